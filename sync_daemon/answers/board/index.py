"""The rows in the orders in which they are shown, and what is looked for in them, beside each other in lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from sync_daemon.answers.board.row import Presence, Row
from sync_daemon.answers.board.search_keys import Term

_UNREACHED = 2


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
        """The best of them: a number typed whole, beginnings of a number, of the name, of any word, the rest.

        Of names that begin with what is typed those that do so in its order. Of those who are found by nothing of
        their name, but by their department or tenant, whoever can be reached now.
        """
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
        words = [word for term in terms for word in term.words]
        if not words:
            yield places
            return
        beginnings = [f" {word}" for word in words]
        named = _with_all(places, self._names, beginnings)
        if len(words) > 1:
            yield self._in_their_order(named, words)
        yield named
        yield from self._reachable_first(_with_all(places, self._words, beginnings), beginnings)
        yield from self._reachable_first(places, words)

    def _in_their_order(self, places: Sequence[int], words: Sequence[str]) -> list[int]:
        """Those in whose names words that follow each other begin as these do: `an as` of Anna Åström, not Åsa Anna."""
        names = self._names
        # One search through all of them: a call a row is what a list of 10,000 has no time for.
        lines = "".join([f"{names[place]} {place}\n" for place in places])
        beginnings = "".join(rf" {word}[^ \n]*" for word in words)
        return list(map(int, re.findall(rf"{beginnings}(?: .*)? (\d+)\n", lines)))

    def _reachable_first(self, places: Sequence[int], words: Sequence[str]) -> Iterator[Sequence[int]]:
        """Those who have any of the words in their name as they stand, then of the others whoever can be reached."""
        names, reached, others = self._names, self._reached, places
        for word in words:
            others = [place for place in others if word not in names[place]]
        if len(others) < len(places):
            unnamed = set(others)
            yield [place for place in places if place not in unnamed]
        for how in range(_UNREACHED + 1):
            yield [place for place in others if reached[place] == how]

    @cached_property
    def _reached(self) -> list[int]:
        """How well each can be reached: who is there, who is referred with an open phone, everybody else."""
        there, reachable = Presence.THERE, Presence.REACHABLE
        return [
            0 if (presence := row.presence) is there else 1 if presence is reachable else _UNREACHED
            for row in self.rows
        ]

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
