"""Who do things by hand in a region all the time, and note down what they were told as done."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests import postgresql
from tests.acceptance.municipality import Result
from tests.service.region import Person, Place, Region

_UNTIL = (
    "SELECT count(*) FROM referrals JOIN subscribers AS s ON s.id = subscriber_id WHERE s.mailbox = %s AND until = %s"
)
_OPENINGS = (
    "SELECT at, undone_at FROM openings JOIN subscribers AS s ON s.id = subscriber_id WHERE s.mailbox = %s ORDER BY at"
)
_CLOSED_NOW = (
    "SELECT count(*) FROM referrals JOIN subscribers AS s ON s.id = subscriber_id"
    """ WHERE s.mailbox = %s AND origin = 'calendar' AND "from" <= now() AND until > now()"""
)


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did by hand: whether they were told that it is done, and when they asked and were told."""

    what: str
    who: Person
    done: bool
    asked: datetime
    told: datetime
    until: datetime | None = None


@dataclass
class Operators:
    """Who refer, open and take back all the time, and note down what they were told."""

    place: Place
    region: Region
    drawn: random.Random
    acts: list[Act] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _minutes: int = 0

    def act(self) -> None:
        """One of them does one thing."""
        if self.drawn.random() < 0.5:
            self._refers(self.drawn.choice(self.region.referred))
        else:
            who = self.drawn.choice(self.region.opened)
            what = self.drawn.choice(("open", "undo"))
            self._did(what, who, "open", who.extension, *(("--undo",) if what == "undo" else ()))

    def _refers(self, who: Person) -> None:
        """For a minute that nobody else is referred for, in half a year."""
        self._minutes += 1
        until = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=180, minutes=2 * self._minutes)
        start = until - timedelta(minutes=1)
        told = ("--from", f"{start:%Y-%m-%dT%H:%MZ}", "--until", f"{until:%Y-%m-%dT%H:%MZ}")
        self._did("refer", who, "refer", who.extension, *told, until=until)

    def _did(self, what: str, who: Person, *command: str, until: datetime | None = None) -> None:
        asked = datetime.now(UTC)
        result: Result = self.place.hanvisa(*command)
        self.acts.append(Act(what, who, result.code == 0, asked, datetime.now(UTC), until))
        if "a bug" in result.err or "Traceback" in result.err:
            self.problems.append(f"{command}: {result}")

    def lost(self, url: str) -> list[str]:
        """What they were told as done and is not so, in words."""
        referred = (one for one in self.acts if one.done and one.until is not None)
        lost = [
            f"{one.who.mailbox} is not referred until {one.until}"
            for one in referred
            if postgresql.sql(url, _UNTIL, one.who.mailbox, one.until) == [(0,)]
        ]
        for who in self.region.opened:
            mine = [one for one in self.acts if one.who == who]
            rows, closed = (postgresql.sql(url, asked, who.mailbox) for asked in (_OPENINGS, _CLOSED_NOW))
            lost += _lost_openings(mine, rows, is_closed=closed != [(0,)])
        return lost


def _lost_openings(acts: list[Act], rows: list[tuple[object, ...]], *, is_closed: bool) -> list[str]:
    """Each opening that was told is a row of that moment; the phone is as the openings that stand have it.

    Whether one stands the last act says, where that was told as done.
    """
    second = timedelta(seconds=1)
    lost = [
        f"{one.who.mailbox} was not opened at {one.asked}"
        for one in acts
        if one.what == "open" and one.done
        if not any(isinstance(at, datetime) and one.asked - second <= at <= one.told for at, _ in rows)
    ]
    stand = sum(undone is None for _, undone in rows)
    last = acts[-1] if acts and acts[-1].done else None
    if last is not None and (stand == 0 if last.what == "open" else stand == len(rows)):
        lost.append(f"{last.who.mailbox}: the last {last.what}, at {last.asked}, is not there")
    if acts and is_closed != (stand == 0):
        lost.append(f"{acts[0].who.mailbox}: {stand} openings stand, and the phone is closed: {is_closed}")
    return lost
