"""The rows in the orders in which they are shown, and what is looked for in them, beside each other in lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sync_daemon.answers.board.row import Row
from sync_daemon.answers.board.search_keys import Term


@dataclass(frozen=True)
class Index:
    """Rows by name. Places in the lists stand for them: a list of places is narrowed faster than rows are looked into.

    `names`, `words` and `numbers` are those of `SearchKeys`.
    """

    rows: tuple[Row, ...]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Index:
        """Of these, as Swedish sorts their names."""
        return cls(tuple(sorted(rows, key=lambda row: (row.keys.order, row.tenant, row.id))))

    @cached_property
    def by_id(self) -> dict[int, Row]:
        """By the store's id."""
        return {row.id: row for row in self.rows}

    @cached_property
    def by_return(self) -> list[int]:
        """Whoever is back first, then who is away without a time, then who is not away; each by name."""
        return sorted(range(len(self.rows)), key=lambda place: _return(self.rows[place]))

    @cached_property
    def _names(self) -> list[str]:
        return [row.keys.name for row in self.rows]

    @cached_property
    def _words(self) -> list[str]:
        return [row.keys.words for row in self.rows]

    @cached_property
    def _numbers(self) -> list[str]:
        return [row.keys.numbers for row in self.rows]

    def narrowed(self, places: Sequence[int], terms: Iterable[Term]) -> list[int]:
        """Those of the places at which everything is found that is looked for, in the same order."""
        left = list(places)
        for term in terms:
            left = self._having(left, term)
        return left

    def best_first(self, places: Sequence[int], terms: Sequence[Term]) -> list[int]:
        """First a number typed whole, then beginnings of a name's words, then of any word, then parts within."""
        digits = [term.digits for term in terms if term.digits]
        words = [word for term in terms for word in term.words]
        tests: list[Callable[[int], bool]] = []
        if digits:
            tests.append(lambda place: any(f" {one} " in self._numbers[place] for one in digits))
        if words:
            beginnings = [f" {word}" for word in words]
            tests += [
                lambda place: all(one in self._names[place] for one in beginnings),
                lambda place: all(one in self._words[place] for one in beginnings),
            ]
        return _in_turn(places, tests)

    def _having(self, places: list[int], term: Term) -> list[int]:
        for word in term.words:
            places = [place for place in places if word in self._words[place]]
        if not term.digits:
            return places
        whole = f" {term.digits}"
        if len(term.groups) == 1:
            (group,) = term.groups
            return [place for place in places if whole in self._numbers[place] or group in self._words[place]]
        return [
            place
            for place in places
            if whole in self._numbers[place]
            or all(f" {one}" in self._numbers[place] or one in self._words[place] for one in term.groups)
        ]


def _in_turn(places: Sequence[int], tests: Iterable[Callable[[int], bool]]) -> list[int]:
    """Those that pass the first test, then of the others those that pass the second, and so on; then the rest."""
    found: list[int] = []
    rest = list(places)
    for test in tests:
        passed = [place for place in rest if test(place)]
        found += passed
        taken = set(passed)
        rest = [place for place in rest if place not in taken]
    return found + rest


def _return(row: Row) -> tuple[int, float]:
    if row.back is not None:
        return 0, row.back.timestamp()
    return (1 if row.is_away else 2), 0.0
