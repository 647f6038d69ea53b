"""Calendars that people fill, change and empty at random on a stand-in, and what the store ought to make of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rules.command import Alternative, Command, Mode
from rules.entry import Entry, Response
from rules.policy import Rules
from sync_daemon.public_holidays import is_holiday
from tests import naive
from tests.exchange.process import Exchange

ZONE = ZoneInfo("Europe/Stockholm")
SUBJECTS: Mapping[str, Command | None] = {
    "SAM: Budget": Command("SAM"),
    "TJÄ: Hembesök": Command("TJÄ"),
    "sam: Nämnd @4911": Command("SAM", alternative=Alternative("4911", Mode.INFO)),
    "VB: TJÄ: Kurs >4912": Command("TJÄ", alternative=Alternative("4912", Mode.CONNECT)),
    "Lunch": None,
    "SAMTAL: Eva": None,
}
RULES = Rules(internal_numbers=("4911", "4912"))
_SWEDEN = is_holiday("SE")
_MOST = 8


@dataclass
class Booked:
    """An entry, or `days` of a daily series that keeps its wall time."""

    uid: str
    subject: str
    start: datetime
    end: datetime
    days: int = 1
    id: str = ""

    def item(self) -> dict[str, Any]:
        """As the stand-in takes it."""
        item: dict[str, Any] = {
            "subject": self.subject,
            "uid": self.uid,
            "start": str(self.start),
            "end": str(self.end),
        }
        return item if self.days == 1 else item | {"series": {"kind": "Daily", "number": self.days}}

    def entries(self, make_key: Callable[[str, datetime | None], str]) -> Iterator[Entry]:
        """What it says, occurrence by occurrence."""
        command = SUBJECTS[self.subject]
        if command is None:
            return
        for day in range(self.days):
            start, end = ((at.astimezone(ZONE) + timedelta(days=day)).astimezone(UTC) for at in (self.start, self.end))
            key = make_key(self.uid, None if self.days == 1 else start)
            yield Entry(key, start, end, command, response=Response.ORGANIZER)


@dataclass
class Calendars:
    """Those of some people; `counts` says what they did how often."""

    exchange: Exchange
    add_mailbox: Callable[[str], None]
    people: list[str]
    drawn: random.Random
    counts: Counter[str]
    booked: dict[str, list[Booked]] = field(init=False)
    _made: int = 0

    def __post_init__(self) -> None:
        self.booked = {mailbox: [] for mailbox in self.people}
        for mailbox in self.people:
            self.add_mailbox(mailbox)

    def somebody_acts(self, now: datetime, gone: Collection[str]) -> set[str]:
        """Somebody whose mailbox is not gone books, moves or deletes something, or tidies away.

        The mailbox, or none where nothing was there to be moved or deleted.
        """
        before = self.counts.copy()
        mailbox = self.drawn.choice([one for one in self.people if one not in gone])
        for one in [one for one in self.booked[mailbox] if one.end < now - timedelta(days=9)]:
            self._delete(mailbox, one)
        act = self.drawn.choice((self._book, self._book, self._move, self._delete_one))
        act(mailbox, now)
        return {mailbox} if self.counts != before else set()

    def recreate(self, mailbox: str) -> None:
        """The mailbox is there anew, with all that was in it, under other ids."""
        self.add_mailbox(mailbox)
        for one in self.booked[mailbox]:
            one.id = self.exchange.add_item(mailbox, **one.item())

    def wanted(self, mailbox: str, make_key: Callable[[str, datetime | None], str]) -> list[naive.Naive]:
        """What the rules make of a calendar."""
        entries = [entry for one in self.booked[mailbox] for entry in one.entries(make_key)]
        return naive.absences(entries, (), RULES, ZONE, _SWEDEN, None)

    def _book(self, mailbox: str, now: datetime) -> None:
        if len(self.booked[mailbox]) >= _MOST:
            return
        self._made += 1
        subject = self.drawn.choice(sorted(SUBJECTS))
        days = self.drawn.choice((1, 1, 1, 3, 5))
        made = Booked(f"entry-{self._made}", subject, *self._times(now), days=days)
        made.id = self.exchange.add_item(mailbox, **made.item())
        self.booked[mailbox].append(made)
        self.counts["book"] += 1

    def _move(self, mailbox: str, now: datetime) -> None:
        coming = [one for one in self.booked[mailbox] if one.start > now]
        if not coming:
            return
        one = self.drawn.choice(coming)
        one.start, one.end = self._times(now)
        self.exchange.change_item(mailbox, one.id, **one.item())
        self.counts["move"] += 1

    def _delete_one(self, mailbox: str, now: datetime) -> None:
        coming = [one for one in self.booked[mailbox] if one.start > now]
        if coming:
            self._delete(mailbox, self.drawn.choice(coming))

    def _delete(self, mailbox: str, one: Booked) -> None:
        self.booked[mailbox].remove(one)
        self.exchange.remove_item(mailbox, one.id, moved=self.drawn.random() < 0.5)
        self.counts["delete"] += 1

    def _times(self, now: datetime) -> tuple[datetime, datetime]:
        """Of the next days, or of this hour."""
        if self.drawn.random() < 0.3:
            start = now.replace(minute=0) + timedelta(hours=1, minutes=15 * self.drawn.randint(0, 8))
        else:
            day = now.replace(hour=0, minute=0) + timedelta(days=self.drawn.randint(1, 9))
            start = day + timedelta(minutes=15 * self.drawn.randint(24, 64))
        return start, start + timedelta(minutes=15 * self.drawn.randint(1, 12))
