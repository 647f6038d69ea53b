"""`explain`, `referrals`, `referrals --all` and `plan` never contradict each other, whatever happened, at any time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from rules.plan import Change
from sync_daemon import log, settings
from sync_daemon.answers.away import Away, who_is_away, who_will_be_away
from sync_daemon.answers.explanation import Explanation, explain
from sync_daemon.answers.setters import setter
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.report import Outcome, Summary
from sync_daemon.cycle.roster import Person, person_of
from sync_daemon.settings import Settings
from tests.acceptance.lives import CONFIGURATION, TENANT, Life, lived

LIVES = 200
A_BATCH = 20
STARTS = (datetime(2026, 11, 24, 6, tzinfo=UTC), datetime(2026, 11, 27, 13, 30, tzinfo=UTC))


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The town's settings; every life writes a directory of its own there."""
    folder = tmp_path_factory.mktemp("lives")
    (folder / "hanvisa.toml").write_text(CONFIGURATION, encoding="utf-8")
    (folder / "sorsele.csv").write_text("", encoding="utf-8")
    log.configure(None, "error", 90, terminal=False)
    return settings.load(folder / "hanvisa.toml", {})


@pytest.mark.parametrize(
    "first",
    [pytest.param(first, marks=pytest.mark.long if first >= A_BATCH else ()) for first in range(0, LIVES, A_BATCH)],
)
def test_no_answer_contradicts_another(configured: Settings, tmp_path: Path, first: int) -> None:
    """Twenty lives, each looked at now, before and after."""
    for seed in range(first, first + A_BATCH):
        for life in lived(seed, configured, tmp_path, STARTS[seed % len(STARTS)]):
            _look(life, Random(seed))


def _look(life: Life, rng: Random) -> None:
    """Now, in the life or an hour before it, or at a time to come; of somebody of whom there is more to say."""
    cycle = life.cycle()
    lived_for = int((life.now - life.began).total_seconds())
    earlier = life.now - timedelta(seconds=rng.randint(1, lived_for + 3600))
    later = life.now + rng.choice((timedelta(hours=8), timedelta(days=22))) * rng.random()
    at = rng.choice((life.now, life.now, earlier, later.replace(microsecond=0)))
    planned = cycle.run(life.now, every=True) if at >= life.now else Outcome(Summary(TENANT))
    asked = _Asked(life, at, cycle, planned)
    asked.agree(max(rng.sample(asked.people, 2), key=asked.has_much_to_say))


class _Asked:
    """What each command answers, asked for one moment."""

    def __init__(self, life: Life, at: datetime, cycle: Cycle, planned: Outcome) -> None:
        self._life, self._at, self._cycle, self._planned = life, at, cycle, planned
        self._one = who_is_away(life.store, life.tenant, at, life.now)
        self._all = who_will_be_away(life.store, life.tenant, at, life.now)
        self.people = [person_of(one) for one in life.store.subscribers(TENANT)]

    def has_much_to_say(self, person: Person) -> int:
        """How much there is to be told of the person."""
        rows = sum(one.extension in person.extensions for one in self._one)
        return rows + len(_of(self._planned.planned, person)) + 2 * len(_of(self._planned.held_back, person))

    def agree(self, person: Person) -> None:
        """All of them of that person."""
        told = explain(self._cycle, person, self._at, self._life.now)
        where = f"{person.name} at {self._at:%d %H:%M:%S}, now {self._life.now:%d %H:%M:%S}"
        self._same_in_force(told, person, where)
        self._same_to_come(told, person, where)
        self._same_day(told, where)

    def _same_in_force(self, told: Explanation, person: Person, where: str) -> None:
        rows = [_row(one) for one in self._one if one.extension in person.extensions]
        listed = [_row(one) for one in self._all if one.extension in person.extensions and one.in_force]
        assert rows == listed, where
        if person.extensions:
            assert rows == [_row(one) for one in _as_away(told)] * len(person.extensions), where

    def _same_to_come(self, told: Explanation, person: Person, where: str) -> None:
        if self._at < self._life.now:
            assert (told.pending, told.held) == (None, None), where
            return
        assert told.pending is not None, where
        assert told.held is not None, where
        assert _told(told.pending) == _told(_of(self._planned.planned, person)), where
        assert _told([one.change for one in told.held]) == _told(_of(self._planned.held_back, person)), where
        names = {one.set for one in self._life.store.held_sets(TENANT)}
        assert all(one.set in names for one in told.held if one.since), where

    def _same_day(self, told: Explanation, where: str) -> None:
        if told.known:
            now = [one.referral for one in told.day if one.start <= self._at < one.until]
            assert [_plain(one) for one in now] == [_plain(one) for one in (told.referral,) if one], where


def _of(changes: Sequence[tuple[Person, Change]], person: Person) -> list[Change]:
    return [change for whose, change in changes if whose.id == person.id]


def _told(changes: Sequence[Change]) -> list[object]:
    return [(one.action, one.cause, _plain(one.before), _plain(one.after)) for one in changes]


def _plain(referral: object) -> object:
    """Without what only the store asks for."""
    return replace(referral, bookings=(), set_at=None, id=None) if referral else None  # type: ignore[type-var]


@dataclass(frozen=True)
class _Row:
    """What two answers have to say alike of a referral in force."""

    start: datetime
    until: datetime
    back: datetime | None
    reason: str
    phone: str
    origin: str
    opened_at: datetime | None
    alternatives: tuple[object, object, datetime | None]
    set_by: str


def _row(of: Away) -> _Row:
    alternatives = (of.alternative, of.alternative_now, of.alternative_away_until)
    return _Row(of.start, of.until, of.back, of.reason, of.phone, of.origin, of.opened_at, alternatives, of.set_by)


def _as_away(told: Explanation) -> list[Away]:
    one, now = told.referral, told.alternative
    if one is None:
        return []
    return [
        Away(
            tenant="",
            extension="",
            name="",
            reason=one.reason,
            start=one.start,
            until=one.until,
            back=told.back,
            phone=one.phone,
            alternative=one.alternative,
            origin=one.origin,
            opened_at=one.opened_at,
            alternative_now=now.alternative,
            alternative_away_until=now.away_until,
            set_by=setter(one),
        )
    ]
