"""What every store keeps to where many subscribers' changes are written at once: as if it had been one by one."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from rules.command import Phone
from rules.plan import Cause, Change
from rules.referral import Referral
from sync_daemon.errors import RevisionMoved
from sync_daemon.store import Held, OverlappingReferrals, Store, SubscriberChanges, schema
from tests.contract.store_suite import MIDNIGHT, Line, absence, at, by_hand, created, removed, updated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PEOPLE = 12


@dataclass(frozen=True)
class Crowd:
    """A dozen people, and short ways to write of many of them."""

    store: Store
    ids: tuple[int, ...]

    @classmethod
    def moves_in(cls, store: Store, tenant: str = "sorsele") -> Crowd:
        """All are listed, and nothing is held of them."""
        lines = [Line(f"p{number:02}@{tenant}.example", f"P {number}") for number in range(_PEOPLE)]
        written = store.put_directory(tenant, lines, (), leave=True, now=at("06:00"))
        return cls(store, tuple(written.ids[line.mailbox] for line in lines))

    def held(self) -> list[Held]:
        """Of each of them."""
        held = self.store.held(self.ids, MIDNIGHT)
        return [held[id_] for id_ in self.ids]

    def writes(self, changes: list[tuple[int, int, list[Change]]], *, together: bool) -> list[type[Exception] | int]:
        """What comes of each: of whom by their number, beside which revision, what."""
        planned = [SubscriberChanges(self.ids[number], seen, made) for number, seen, made in changes]
        if together:
            found = {one.subscriber_id: result for one, result in self.store.apply_all(planned, at("07:00"))}
            results: list[Exception | int] = [found[one.subscriber_id] for one in planned]
        else:
            results = [self._alone(one) for one in planned]
        return [type(result) if isinstance(result, Exception) else result for result in results]

    def _alone(self, one: SubscriberChanges) -> Exception | int:
        try:
            return self.store.apply(one.subscriber_id, one.revision, one.changes, at("07:00"))
        except Exception as error:  # noqa: BLE001 - it is compared
            return error

    def shown(self) -> list[object]:
        """All that is held and remembered of everybody, but for the ids of rows, which a refusal uses up."""
        return [
            (
                one.revision,
                [replace(referral, id=None) for referral in one.referrals],
                one.tampered,
                one.taken,
                [_told(change.before, change.after, change.action, change.cause) for change in self._changes(id_)],
            )
            for id_, one in zip(self.ids, self.held(), strict=True)
        ]

    def _changes(self, id_: int) -> list[Change]:
        return [Change(one.action, one.before, one.after, one.cause) for one in self.store.changes_of(id_)]


def _told(before: Referral | None, after: Referral | None, *more: object) -> tuple[object, ...]:
    return (before and replace(before, id=None), after and replace(after, id=None), *more)


class TogetherSuite:
    """A subclass says how a store is made."""

    def make_store(self, folder: Path) -> Store:
        """A store, made at the first call."""
        raise NotImplementedError

    @pytest.fixture
    def crowd(self, tmp_path: Path) -> Iterator[Crowd]:
        """A dozen people of whom nothing is held."""
        with self.make_store(tmp_path) as store:
            yield Crowd.moves_in(store)

    def test_what_is_written_of_many_is_as_if_it_were_one_by_one(self, crowd: Crowd) -> None:
        """Created, changed and removed at once; ids, revisions, memory and what is told of each."""
        assert (
            crowd.writes([(n, 1, [created(absence("09:00", "10:00"))]) for n in range(_PEOPLE)], together=True)
            == [2] * _PEOPLE
        )
        rows = [one.referrals[0] for one in crowd.held()]
        assert len({row.id for row in rows}) == _PEOPLE
        changes = [
            (0, 2, [removed(rows[0]), created(absence("09:00", "09:30"))]),
            (1, 2, [updated(rows[1], absence("09:00", "11:00")), created(absence("13:00", "14:00", Phone.OPEN))]),
            (2, 2, []),
            (3, 2, [removed(rows[3])]),
        ]
        assert crowd.writes(changes, together=True) == [3, 3, 2, 3]
        held = crowd.held()
        assert [[f"{row.start:%H}-{row.until:%H:%M}" for row in one.referrals] for one in held[:5]] == [
            ["09-09:30"], ["09-11:00", "13-14:00"], ["09-10:00"], [], ["09-10:00"],
        ]  # fmt: skip
        assert held[1].referrals[0].id == rows[1].id
        assert all(not one.tampered and not one.taken for one in held)
        (_, last) = crowd.store.changes_of(crowd.ids[3])
        assert (last.before, last.referral_id, last.cause) == (replace(rows[3], bookings=()), rows[3].id, Cause.GONE)

    def test_whose_revision_has_moved_loses_alone(self, crowd: Crowd) -> None:
        """Nothing of theirs is written, everything of the others is."""
        crowd.store.refer(crowd.ids[5], by_hand("12:00", "13:00"), "operator", at("06:30"))
        planned = [(n, 1, [created(absence("09:00", "10:00"))]) for n in range(_PEOPLE)]
        came_of_it = crowd.writes(planned, together=True)
        assert came_of_it == [2] * 5 + [RevisionMoved] + [2] * 6
        assert [len(one.referrals) for one in crowd.held()] == [1] * _PEOPLE
        assert [row.origin for row in crowd.held()[5].referrals] == ["operator"]

    def test_whose_referral_another_hand_has_removed_loses_alone(self, crowd: Crowd) -> None:
        """It is seen although that hand raises no revision."""
        crowd.writes([(n, 1, [created(absence("09:00", "10:00"))]) for n in range(_PEOPLE)], together=True)
        rows = [one.referrals[0] for one in crowd.held()]
        with crowd.store.database.write() as connection:
            connection.execute(delete(schema.referrals).where(schema.referrals.c.id == rows[7].id))
        planned = [(n, 2, [updated(rows[n], absence("09:00", "11:00"))]) for n in range(_PEOPLE)]
        came_of_it = crowd.writes(planned, together=True)
        assert came_of_it == [3] * 7 + [RevisionMoved] + [3] * 4

    @pytest.mark.parametrize(
        "broken",
        [
            [created(absence("11:00", "11:00"))],
            [created(absence("09:00", "10:00")), created(absence("09:30", "11:00"))],
            [created(by_hand("11:00", "12:00"))],
        ],
        ids=["what the database refuses", "an overlap", "another hand's"],
    )
    def test_what_one_breaks_takes_nobody_else_down(self, crowd: Crowd, broken: list[Change]) -> None:
        """Two of them, and everybody else is written."""
        planned = [(n, 1, broken if n in {4, 9} else [created(absence("09:00", "10:00"))]) for n in range(_PEOPLE)]
        came_of_it = crowd.writes(planned, together=True)
        assert [n for n, one in enumerate(came_of_it) if one != 2] == [4, 9]
        assert came_of_it[4] == came_of_it[9] != RevisionMoved
        assert [len(one.referrals) for one in crowd.held()] == [int(n not in {4, 9}) for n in range(_PEOPLE)]
        assert crowd.store.changes_of(crowd.ids[4]) == []
        if len(broken) > 1:
            assert came_of_it[4] is OverlappingReferrals

    def test_many_at_random_are_as_one_by_one(self, crowd: Crowd) -> None:
        """Plans beside right and stale revisions, of rows that are there and that are not, right and broken."""
        other = Crowd.moves_in(crowd.store, "mala")
        for seed in range(25):
            planned, same = (_drawn_plans(random.Random(seed), one) for one in (crowd, other))
            assert crowd.writes(planned, together=True) == other.writes(same, together=False), seed
            assert crowd.shown() == other.shown(), seed


def _drawn_plans(drawn: random.Random, crowd: Crowd) -> list[tuple[int, int, list[Change]]]:
    """Of some of them: what is there changed or removed, and something new."""
    planned = []
    for number, held in enumerate(crowd.held()):
        if drawn.random() < 0.3:
            continue
        changes = [change for row in held.referrals if (change := _drawn_change(drawn, row)) is not None]
        changes += [created(_drawn_absence(drawn)) for _ in range(drawn.choice((0, 1, 1, 2)))]
        stale = drawn.random() < 0.15
        planned.append((number, held.revision - stale, changes))
    return planned


def _drawn_change(drawn: random.Random, row: Referral) -> Change | None:
    what = drawn.randrange(6)
    if what == 0:
        return removed(row)
    if what == 1:
        return updated(row, _drawn_absence(drawn))
    if what == 2 and drawn.random() < 0.1:
        return removed(replace(row, id=999_999))
    return None


def _drawn_absence(drawn: random.Random) -> Referral:
    start = drawn.randrange(8, 16)
    length = drawn.choice((1, 1, 1, 1, 1, 1, 0, 2))
    return absence(f"{start:02}:00", f"{start + length:02}:00", drawn.choice(tuple(Phone)))
