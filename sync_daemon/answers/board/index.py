"""The rows in the orders in which they are shown, and what is looked for in them, beside each other in lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
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
    def _tenants(self) -> list[str]:
        return [row.tenant for row in self.rows]

    @cached_property
    def _all_tenants(self) -> frozenset[str]:
        return frozenset(self._tenants)

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
        for term in terms:
            places = self._having(places, term)
        return list(places)

    def of_tenants(self, places: Sequence[int], tenants: AbstractSet[str]) -> list[int]:
        """Those of the places at which somebody of these tenants is, in the same order."""
        if tenants >= self._all_tenants:
            return list(places)
        return [place for place in places if self._tenants[place] in tenants]

    def best_first(self, places: Sequence[int], terms: Sequence[Term], limit: int) -> list[int]:
        """The best of them: a number typed whole, beginnings of a number, of the name, of any word, the rest."""
        found: list[int] = []
        for best in self._ways(places, terms):
            known = set(found)
            found += [place for place in best if place not in known]
            if len(found) >= limit:
                break
        return found[:limit]

    def _ways(self, places: Sequence[int], terms: Sequence[Term]) -> Iterator[Sequence[int]]:
        """The places at which it is found in the best way, those at which it is in the second best, and so on."""
        for digits in (term.digits for term in terms if term.digits):
            yield _with_all(places, self._numbers, [f" {digits} "])
            yield _with_all(places, self._numbers, [f" {digits}"])
        beginnings = [f" {word}" for term in terms for word in term.words]
        if beginnings:
            yield _with_all(places, self._names, beginnings)
            yield _with_all(places, self._words, beginnings)
        yield places

    def _having(self, places: Sequence[int], term: Term) -> list[int]:
        places = list(_with_all(places, self._words, term.words))
        if not term.digits:
            return places
        words, numbers = self._words, self._numbers
        beginning = f" {term.digits}"
        end = beginning if term.last_digits is None else f"{term.last_digits} "
        if len(term.groups) == 1:
            (group,) = term.groups
            return [
                place for place in places if beginning in (its := numbers[place]) or end in its or group in words[place]
            ]
        return [
            place
            for place in places
            if beginning in (its := numbers[place])
            or end in its
            or all(f" {one}" in its or one in words[place] for one in term.groups)
        ]


def _with_all(places: Sequence[int], strings: Sequence[str], parts: Iterable[str]) -> Sequence[int]:
    for part in parts:
        places = [place for place in places if part in strings[place]]
    return places


def _return(row: Row) -> tuple[int, float]:
    if row.back is not None:
        return 0, row.back.timestamp()
    return (1 if row.is_away else 2), 0.0
