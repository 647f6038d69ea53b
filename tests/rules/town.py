"""A small town in November 2026, so that tests of the rules read like the domain.

Times are local, in Stockholm: `on("24 09:00")`, `on("09:00")` (Tuesday the 24th) or `on("2026-12-24 09:00")`; 24:00 is
the midnight that ends the day. Sweden's holidays and telephone numbers hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rules.absence import absences
from rules.command import Alternative, Command, Mode, Phone, Vocabulary
from rules.entry import Entry, bookings, bookings_and_verdicts
from rules.office_hours import OfficeHours
from rules.plan import Action, Cause, Change, Situation, after_opening, bookings_not_read, plan
from rules.policy import Rules
from rules.referral import Opened, Opening, Referral, open_phone
from sync_daemon.numbers import check_number
from sync_daemon.public_holidays import is_holiday

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

ZONE = ZoneInfo("Europe/Stockholm")
SWEDEN = is_holiday("SE")
DEFAULTS = Rules()
EXTENSIONS = frozenset({"4700", "4711", "4712"})
CONNECT_4711 = Alternative("4711", Mode.CONNECT)
INFO_4711 = Alternative("4711", Mode.INFO)
ANNA = "4700"
"""Whose calendar it is: her own extension."""

_DAY = r"\d{4}-\d\d-\d\d|\d+"
_SPAN = re.compile(rf"(?:(?P<day>{_DAY}) )?(?P<start>[\d:]+)-(?:(?P<last_day>{_DAY}) )?(?P<end>[\d:]+)")

VOCABULARY = Vocabulary(DEFAULTS.commands, EXTENSIONS, check_number("SE", ()))


def on(text: str) -> datetime:
    """A local time: the 24th where no day is named, November 2026 where no month is."""
    day, _, clock = text.rpartition(" ")
    hours, _, minutes = clock.partition(":")
    whole = date.fromisoformat(day) if "-" in day else date(2026, 11, int(day or 24))
    if hours == "24":
        whole, hours = whole + timedelta(days=1), "0"
    local = datetime(whole.year, whole.month, whole.day, int(hours), int(minutes or 0), tzinfo=ZONE)
    return local.astimezone(UTC)


def told(moment: datetime) -> str:
    """The time as these tests write it: day and clock, with the month where it is not November."""
    local = moment.astimezone(ZONE)
    return f"{local:%d %H:%M}" if (local.year, local.month) == (2026, 11) else f"{local:%Y-%m-%d %H:%M}"


def office(rules: Rules = DEFAULTS) -> OfficeHours:
    """The office hours of a tenant with these rules."""
    return OfficeHours(rules, ZONE, SWEDEN)


def entry(subject: str, when: str, *, key: str = "", **more: Any) -> Entry:  # noqa: ANN401 - the entry's own fields
    """An entry as a source yields it: `"24 09:00-10:00"`, `"27 18:00-28 02:00"`, `"all day 24"`, `"all day 23-27"`."""
    command = VOCABULARY.parse(subject, frozenset({ANNA}))
    assert isinstance(command, Command), f"{subject!r} is no command"
    start, end = _times(when)
    return Entry(key or f"{subject} {when}", start, end, command, all_day=when.startswith("all day"), **more)


def _times(when: str) -> tuple[datetime, datetime]:
    if when.startswith("all day"):
        first, _, last = when.removeprefix("all day ").partition("-")
        return on(f"{first} 00:00"), on(f"{last or first} 24:00")
    found = _SPAN.fullmatch(when)
    assert found, f"{when!r} is no span of time"
    day = found["day"] or "24"
    return on(f"{day} {found['start']}"), on(f"{found['last_day'] or day} {found['end']}")


def spans(*entries: Entry, rules: Rules = DEFAULTS, openings: Sequence[Opening] = ()) -> list[str]:
    """From when until when the absences of these entries last."""
    here = office(rules)
    found = absences(bookings(entries, rules, here).values(), openings, here)
    return [f"{told(one.start)} - {told(one.until)}" for one in found]


def line(referral: Referral) -> str:
    """A referral as these tests write it: `24 09:00 - 24 10:05 closed meeting info 4711`."""
    alternative = referral.alternative
    words = [told(referral.start), "-", told(referral.until), referral.phone.value, referral.reason]
    return " ".join([*words, *([alternative.mode.value, alternative.number] if alternative else [])])


@dataclass
class Anna:
    """A subscriber: her calendar, and the rows and openings that a store would hold of her."""

    rules: Rules = DEFAULTS
    standing: Alternative | None = None
    calendar: dict[str, Entry] = field(default_factory=dict)
    rows: list[Referral] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    tampered: set[int] = field(default_factory=set)

    @property
    def lines(self) -> list[str]:
        """Her referrals in order of time."""
        return [line(row) for row in sorted(self.rows, key=lambda row: (row.start, row.until))]

    def books(self, subject: str, when: str, key: str = "", **more: Any) -> None:  # noqa: ANN401 - as `entry`
        """Puts an entry into her calendar, or changes the one of that key."""
        one = entry(subject, when, key=key, **more)
        self.calendar[one.key] = one

    def cancels(self, key: str) -> None:
        """The server says that it is cancelled."""
        self.calendar[key] = replace(self.calendar[key], cancelled=True)

    def deletes(self, key: str) -> None:
        """The entry is gone."""
        del self.calendar[key]

    def opens(self, at: str) -> Opened | None:
        """Opens her phone by hand, as the store does it: what has no length left goes."""
        opened = open_phone(self.rows, on(at))
        if opened is not None:
            ended = {row.id for row in opened.ended}
            kept = [row for row in self.rows if row.id not in ended or row.start < on(at)]
            self.rows = [row.opened(on(at)) if row.id in ended else row for row in kept]
            self.openings += opened.openings
            self.apply(after_opening(opened, office(self.rules), self.standing))
        return opened

    def refers_by_hand(self, reason: str, when: str) -> None:
        """Sets a referral by telephone."""
        start, until = _times(when)
        self._keep(Referral("telephone", Phone.CLOSED, reason, start, until, set_at=start))

    def planned(self, at: str, *, lacking: Collection[str] = ()) -> list[Change]:
        """The changes of a reading at that time; one that lacks entries was read in part."""
        here = office(self.rules)
        read = [one for key, one in self.calendar.items() if key not in lacking]
        counting, verdicts = bookings_and_verdicts(read, self.rules, here)
        if lacking:
            seen = counting.keys() | verdicts.keys()
            counting |= {one.key: one for one in bookings_not_read(self.rows, on(at), seen)}
        situation = Situation(on(at), counting, self.rows, self.openings, self.standing, verdicts, self.tampered)
        return plan(situation, here)

    def read(self, at: str, *, lacking: Collection[str] = ()) -> list[tuple[Action, Cause]]:
        """Reads, plans and applies; gives back what was done, and why."""
        changes = self.planned(at, lacking=lacking)
        self.apply(changes)
        return [(change.action, change.cause) for change in changes]

    def apply(self, changes: Iterable[Change]) -> None:
        """What a store does with changes."""
        for change in changes:
            if change.before is not None:
                self.rows = [row for row in self.rows if row.id != change.before.id]
            if change.after is not None:
                self._keep(change.after)

    def _keep(self, referral: Referral) -> None:
        number = referral.id or max((row.id or 0 for row in self.rows), default=0) + 1
        self.rows.append(replace(referral, id=number))
