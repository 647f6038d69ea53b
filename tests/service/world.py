"""A municipality in a folder whose people, files, store and time do whatever a test asks; what must hold after it.

Everything is real but the time, which is told. The calendars are known twice: as files for the service, and as
appointments for the naive implementation, which says what the store ought to hold.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from rules.command import Alternative, Command, Mode, Phone
from rules.entry import Entry, Response
from rules.policy import Rules
from rules.referral import Opening, Referral
from sync_daemon import log, settings
from sync_daemon.cycle import always
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.report import Outcome
from sync_daemon.errors import UserError
from sync_daemon.public_holidays import is_holiday
from sync_daemon.service.worker import Worker
from sync_daemon.store import LEAVERS, Held, Store, StoredSubscriber
from sync_daemon.store.strangers import WRITERS
from tests import naive, postgresql
from tests.configuration import tenant_table

ZONE = ZoneInfo("Europe/Stockholm")
TENANT = "sorsele"
MINUTE = timedelta(minutes=1)
NUMBERS = ("4798", "4799")
"""Extensions of nobody's calendar: who takes the calls meanwhile."""
RESPONSES = {
    None: Response.NONE,
    "ACCEPTED": Response.ACCEPTED,
    "DECLINED": Response.DECLINED,
    "TENTATIVE": Response.TENTATIVE,
    "NEEDS-ACTION": Response.UNANSWERED,
}
"""What an owner may have answered to somebody else's invitation, None where the entry is no meeting."""

_KEPT = timedelta(days=7)
"""How long people keep what is over in their calendars."""
_PAST = timedelta(days=20)
"""How far back the store is looked at; `World.past` may say otherwise for what a cycle must not touch."""
_LONG_AGO = 10**18
"""Nanoseconds since 1970, when the first file was written: near the hour of whoever runs this, a directory would pass
for one that is still being written."""
_SWEDEN = is_holiday("SE")
_DEPARTMENTS = ("", "Jour", "IFO", "IFO")
_STANDING = ("", "", f">{NUMBERS[0]}", "", NUMBERS[1])
_RULES = Rules(internal_numbers=NUMBERS)
_RULES_OF_JOUR = replace(_RULES, after_hours=True, lunch=False)
"""What the configuration below says, for the naive implementation: it does not read it."""
_GARBAGE = b"\xff\xfe\x00 this is neither a calendar nor a directory"
_CONFIGURATION = """\
[store]
url = "{url}"
[service]
{service}
[retention]
history_days = {history_days}
[log]
level = "error"
{tenant}[[tenants.departments]]
name = "Jour"
rules = {{after_hours = true, lunch = false}}
[[tenants.departments]]
name = "IFO"
emergency = "0952-140 00"
[tenants.rules]
internal_numbers = ["4798", "4799"]
"""


class Killed(BaseException):
    """The process is gone in the middle of a cycle, and catches nothing any more."""


def local(day: date, clock: time = time(0)) -> datetime:
    """That time of day in Stockholm, in UTC."""
    return datetime.combine(day, clock, ZONE).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Appointment:
    """An entry as its owner knows it; aware times in UTC, of an all-day one local midnights."""

    uid: str
    start: datetime
    end: datetime
    code: str = "SAM"
    phone: Phone = Phone.CLOSED
    alternative: Alternative | None = None
    all_day: bool = False
    cancelled: bool = False
    answer: str | None = None

    def moved(self, minutes: int) -> Appointment:
        """So much later; an all-day one by a day."""
        if self.all_day:
            days = 1 if minutes > 0 else -1
            return replace(self, start=_days_after(self.start, days), end=_days_after(self.end, days))
        return replace(self, start=self.start + minutes * MINUTE, end=self.end + minutes * MINUTE)

    def lengthened(self, minutes: int) -> Appointment:
        """So much longer; an all-day one by a day. It may be left without length."""
        if self.all_day:
            return replace(self, end=_days_after(self.end, 1 if minutes > 0 else -1))
        return replace(self, end=self.end + minutes * MINUTE)

    def with_(self, **details: object) -> Appointment:
        """The same with something otherwise."""
        return replace(self, **details)  # type: ignore[arg-type]

    def entry(self, key: str) -> Entry:
        """As a source would yield it."""
        command = Command(self.code, self.phone, self.alternative)
        response = RESPONSES[self.answer]
        return Entry(key, self.start, self.end, command, self.all_day, self.cancelled, response)

    def text(self, owner: str, *, broken: bool = False) -> str:
        """Its VEVENT in the calendar of that owner, whole or so broken that nobody can read it."""
        lines = ["BEGIN:VEVENT", f"UID:{self.uid}", f"SUMMARY:{self._subject()}"]
        lines += ["DTSTART:soon", "DTEND:later"] if broken else [self._time("DTSTART"), self._time("DTEND")]
        if self.cancelled:
            lines.append("STATUS:CANCELLED")
        if self.answer:
            lines += ["ORGANIZER:mailto:chief@sorsele.se", f"ATTENDEE;PARTSTAT={self.answer}:mailto:{owner}"]
        return "\r\n".join((*lines, "END:VEVENT"))

    def _subject(self) -> str:
        sign = ":" if self.phone is Phone.CLOSED else r"\;"
        found = self.alternative
        return f"{self.code}{sign} x" + (
            f" {'>' if found.mode is Mode.CONNECT else '@'}{found.number}" if found else ""
        )

    def _time(self, name: str) -> str:
        moment = self.start if name == "DTSTART" else self.end
        if self.all_day:
            return f"{name};VALUE=DATE:{moment.astimezone(ZONE):%Y%m%d}"
        return f"{name}:{moment:%Y%m%dT%H%M%SZ}"


def _days_after(midnight: datetime, days: int) -> datetime:
    return local(midnight.astimezone(ZONE).date() + timedelta(days=days))


@dataclass
class Citizen:
    """Somebody with a calendar. `file` is how it stands: whole, garbage, cut, missing, or in part (`broken`)."""

    number: int
    appointments: dict[str, Appointment] = field(default_factory=dict)
    file: str = "whole"
    broken: str | None = None
    domain: str = "sorsele.se"
    openings: list[Opening] = field(default_factory=list)

    @property
    def mailbox(self) -> str:
        """Their address, which names their file."""
        return f"person{self.number}@{self.domain}"

    def owns(self, mailbox: str) -> bool:
        """Whether it is theirs, or was before the domain changed."""
        return mailbox.partition("@")[0] == f"person{self.number}"

    @property
    def line(self) -> str:
        """Their line in the directory."""
        n = self.number
        return f"{self.mailbox},Person {n},{10_000 + n},{self._department},{self._standing}"

    @property
    def _department(self) -> str:
        return _DEPARTMENTS[self.number % len(_DEPARTMENTS)]

    @property
    def _standing(self) -> str:
        return _STANDING[self.number % len(_STANDING)]

    @property
    def rules(self) -> Rules:
        """The rules of their department."""
        return _RULES_OF_JOUR if self._department == "Jour" else _RULES

    @property
    def standing(self) -> Alternative | None:
        """Who takes their calls by the directory."""
        number = self._standing.removeprefix(">")
        return Alternative(number, Mode.INFO if number == self._standing else Mode.CONNECT) if number else None

    def content(self) -> bytes:
        """The calendar as the file holds it."""
        events = [one.text(self.mailbox, broken=uid == self.broken) for uid, one in self.appointments.items()]
        whole = "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", "")).encode()
        return {"garbage": _GARBAGE, "cut": whole[: len(whole) // 2]}.get(self.file, whole)


Rows = Mapping[int, tuple[str, Referral]]
"""Referrals by their id, with the mailbox whose they are."""


class World:
    """The municipality at `now`, aware and in UTC. Every person is in the directory to begin with."""

    def __init__(  # noqa: PLR0913 - a world and its laws
        self,
        folder: Path,
        now: datetime,
        people: int = 5,
        *,
        service: str = "brake = {share = 0.5, least = 3}",
        history_days: int = 30,
        store: Path | None = None,
        url: str | None = None,
    ) -> None:
        self.folder = folder
        self.now = now
        self.people = [Citizen(number) for number in range(people)]
        self.listed = {one.mailbox for one in self.people}
        self.directory_is_broken = False
        self.database = store or folder / "hanvisa.db"
        self._ticks = count(_LONG_AGO)
        self._uids = count()
        self.past = _PAST
        self._before: Rows = {}
        self._whole = False
        self._known: dict[str, tuple[object, list[naive.Naive]]] = {}
        (folder / "calendars").mkdir()
        self._in_postgresql = url
        self._configuration = _CONFIGURATION.format(
            url=url or f"sqlite:///{self.database}?timeout=0.05",
            service=service,
            history_days=history_days,
            tenant=tenant_table(),
        )
        self._put(folder / "hanvisa.toml", self._configuration.encode())
        self._write_directory()
        for citizen in self.people:
            self.write(citizen)
        self.store: Store | None = None
        self.restarts()

    # The process

    def restarts(self) -> None:
        """A new process: nothing is remembered but what the store holds."""
        self.close()
        self.settings = settings.load(self.folder / "hanvisa.toml", {})
        log.configure(self.settings.log.file, "error", 90, terminal=False, strict=True, clock=lambda: self.now)
        self.store = Store.open(self.settings.store_url)
        self.worker = Worker(self.settings.tenants[0], self.settings, self.store)
        self.planner = Planner(self.settings.tenants[0])
        self._secret = self.store.secret()

    def close(self) -> None:
        """Nobody works any more."""
        if self.store is not None:
            self.store.close()

    @property
    def _store(self) -> Store:
        assert self.store is not None
        return self.store

    def reloads(self, *, broken: bool) -> bool:
        """Reads the configuration anew, as SIGHUP has it; whether it was taken into use. A broken one is not."""
        path = self.folder / "hanvisa.toml"
        self._put(path, (self._configuration + ("[servise]\ninterval = 0\n" if broken else "")).encode())
        try:
            found = settings.load(path, {})
        except UserError:
            self._put(path, self._configuration.encode())
            return False
        self.settings = found
        self.worker = Worker(found.tenants[0], found, self._store, troubles=self.worker.troubles)
        return True

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another process keeps the store locked."""
        with closing(self._lock()) as other:
            yield
            other.rollback()  # who only closes in PostgreSQL does not know when its server has seen that

    def _lock(self) -> sqlite3.Connection | psycopg.Connection:
        if self._in_postgresql is not None:
            hand = psycopg.connect(postgresql.dsn_of(self._in_postgresql))
            hand.execute("SELECT pg_advisory_xact_lock(%s, %s)", WRITERS)
            return hand
        other = sqlite3.connect(self.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return other

    def cycle(self, go_on: Callable[[], bool] = always) -> Outcome:
        """A cycle now. What it raises leaves `check` with what holds after a cycle that came to nothing."""
        self._before, self._whole = self.rows(), False
        outcome = self.worker.work(self.now, (), go_on)
        self._whole = True
        damaged = {who.mailbox for who in self.people if who.file not in {"whole", "part"}}
        assert {person.mailbox for person, _ in outcome.unreadable} <= damaged, f"somebody could not be read at {self}"
        return outcome

    def cycle_killed_after(self, mailboxes: int) -> None:
        """A cycle that is killed when so many mailboxes are read, if so many are due; then a new process."""

        def die() -> None:
            raise Killed

        try:
            self.cycle(_After(mailboxes, die))
        except Killed:
            self.restarts()

    def cycle_locked_after(self, mailboxes: int, trouble: type[Exception]) -> bool:
        """A cycle whose store is locked when so many mailboxes are read; whether that was noticed."""
        others: list[sqlite3.Connection | psycopg.Connection] = []
        try:
            self.cycle(_After(mailboxes, lambda: others.append(self._lock())))
        except trouble:
            return True
        finally:
            for other in others:
                other.rollback()
                other.close()
        return False

    # People and their calendars

    def books(self, who: Citizen, start: datetime, end: datetime, **details: object) -> Appointment:
        """Something is booked."""
        made = Appointment(f"entry-{next(self._uids)}", start, end).with_(**details)
        if made.phone is Phone.OPEN and made.alternative:
            made = replace(made, alternative=made.alternative.told())
        who.appointments[made.uid] = made
        self.write(who)
        return made

    def edits(self, who: Citizen, which: int, edit: Callable[[Appointment], Appointment | None]) -> bool:
        """Some appointment that is not long over is changed, or deleted where the edit says None."""
        current = [one for one in who.appointments.values() if one.end > self.now - timedelta(days=1)]
        if not current:
            return False
        chosen = current[which % len(current)]
        edited = edit(chosen)
        if edited is None:
            del who.appointments[chosen.uid]
        else:
            who.appointments[chosen.uid] = edited
        self.write(who)
        return True

    def stored(self, who: Citizen) -> StoredSubscriber | None:
        """The person as the store knows them; None where it does not, or they have left."""
        found = self._store.find(str(10_000 + who.number))
        return found if found and found.left_at is None else None

    def away(self) -> list[Citizen]:
        """Whoever has a referral in force, whoever set it."""
        in_force = {mailbox for mailbox, row in self.rows().values() if row.covers(self.now)}
        return [who for who in self.people if who.mailbox in in_force]

    def opens(self, who: Citizen) -> bool:
        """The person opens the phone; whether there was anything to open."""
        person = self.stored(who)
        if person is None:
            return False
        own = [row for mailbox, row in self.rows().values() if mailbox == person.mailbox]
        left = self.planner.after_opening(person.department, person.alternative)
        opened = self._store.open_phone(person.id, self.now, "telephone", left) is not None
        who.openings += naive.openings_written(own, self.now) if opened else []
        return opened

    def takes_back(self, who: Citizen) -> bool:
        """The person takes the latest opening back; whether there was any."""
        person = self.stored(who)
        if person is None or self._store.undo_opening(person.id, self.now, "telephone") is None:
            return False
        latest = max(opening.at for opening in who.openings)
        who.openings = [opening for opening in who.openings if opening.at != latest]
        return True

    def refers(self, who: Citizen, start: datetime, until: datetime, phone: Phone) -> bool:
        """An operator refers the person by hand."""
        person = self.stored(who)
        if person is None:
            return False
        new = Referral("operator", phone, "lunch", start, until, set_at=self.now)
        return self._store.refer(person.id, new, "eva", self.now) is not None

    # Files

    def damages(self, who: Citizen, how: str, which: int = 0) -> bool:
        """The person's file becomes garbage, cut, missing, or can be read in part only."""
        if how == "part":
            lasting = [uid for uid, one in who.appointments.items() if one.end > self.now]
            if not lasting:
                return False
            who.broken = lasting[which % len(lasting)]
        else:
            who.broken = None
        who.file = how
        self.write(who)
        return True

    def restores(self, who: Citizen) -> None:
        """The person's file is whole again."""
        who.file, who.broken = "whole", None
        self.write(who)

    def write(self, who: Citizen) -> None:
        """The file as the calendar stands; a file that is renamed into place is another one, however quick it was."""
        who.appointments = {
            uid: one for uid, one in who.appointments.items() if one.end > self.now - _KEPT or uid == who.broken
        }
        if who.broken is not None and who.broken not in who.appointments:
            who.file, who.broken = "whole", None
        path = self.folder / "calendars" / f"{who.mailbox}.ics"
        if who.file == "missing":
            path.unlink(missing_ok=True)
        else:
            self._put(path, who.content())

    def _put(self, path: Path, content: bytes) -> None:
        beside = path.with_suffix(".new")
        beside.write_bytes(content)
        tick = int(next(self._ticks))
        os.utime(beside, ns=(tick, tick))
        beside.replace(path)

    # The directory

    def leaves(self, who: Citizen) -> bool:
        """The person's line is gone, unless so many were gone then that nobody would believe it."""
        after = self.listed - {who.mailbox}
        known = sum(one.left_at is None for one in self._store.subscribers(TENANT))
        if 2 * len(after) < max(known, len(self.listed)):
            return False
        self.listed = after
        self._write_directory()
        return True

    def joins(self, who: Citizen) -> None:
        """The person's line is there."""
        self.listed = self.listed | {who.mailbox}
        self._write_directory()

    def changes_domain(self, who: Citizen) -> bool:
        """The person's mailbox is another one, with the same calendar, if the directory can say so."""
        if self.directory_is_broken or who.mailbox not in self.listed:
            return False
        self.listed = self.listed - {who.mailbox}
        (self.folder / "calendars" / f"{who.mailbox}.ics").unlink(missing_ok=True)
        who.domain = "sorsele.example" if who.domain == "sorsele.se" else "sorsele.se"
        self.write(who)
        self.joins(who)
        return True

    def breaks_directory(self) -> None:
        """The directory is none; it stays so whoever joins or leaves."""
        self.directory_is_broken = True
        self._write_directory()

    def mends_directory(self) -> None:
        """The directory is as it should be."""
        self.directory_is_broken = False
        self._write_directory()

    def _write_directory(self) -> None:
        lines = (one.line for one in self.people if one.mailbox in self.listed)
        text = "\n".join(("mailbox,name,extensions,department,alternative", *lines, ""))
        self._put(self.folder / "sorsele.csv", _GARBAGE if self.directory_is_broken else text.encode())

    # What must hold

    def rows(self) -> dict[int, tuple[str, Referral]]:
        """What the store holds, with what ended of late."""
        found = self._store.not_over(self.now - self.past, TENANT)
        return {row.id: (person.mailbox, row) for person, row in found if row.id is not None}

    def check(self) -> None:
        """What holds after a cycle, whatever became of it; after a whole one also that the store is right."""
        after = self.rows()
        self._no_overlaps(after.values())
        self._the_past_is_as_it_was(after)
        if not self._whole:
            return
        present = {one.mailbox: one for one in self._store.subscribers(TENANT) if one.left_at is None}
        kept = {mailbox for one in self._store.held_sets(TENANT, LEAVERS) for mailbox in one.changes}
        followed = present.keys() == self.listed | kept
        assert self.directory_is_broken or followed, f"the directory was not followed at {self}"
        held = self.held_back()
        self._doubtful_ones_lose_nothing(after, present)
        self._who_left_has_nothing_to_come(after, present, held)
        found = self.differences()
        assert not found, found[0]

    def __str__(self) -> str:
        """The time, for a message."""
        return f"{self.now.astimezone(ZONE):%Y-%m-%d %H:%M}"

    def held_back(self) -> set[str]:
        """The mailboxes of whom the brake holds something back."""
        return {what.split()[0] for one in self._store.held_sets(TENANT) for what in one.changes}

    def differences(self) -> list[str]:
        """Of whoever was read whole and has nothing held back: where the store is not what the naive one says."""
        held = self.held_back()
        present = {one.mailbox: one for one in self._store.subscribers(TENANT) if one.left_at is None}
        judged = [w for w in self.people if w.mailbox in present and w.file == "whole" and w.mailbox not in held]
        of_store = self._store.held([present[who.mailbox].id for who in judged], self.now)
        found = (self._difference(who, present[who.mailbox], of_store) for who in judged)
        return [one for one in found if one]

    def _no_overlaps(self, rows: Iterable[tuple[str, Referral]]) -> None:
        last: dict[tuple[str, Phone], datetime] = {}
        calendars = [(mailbox, row) for mailbox, row in rows if row.by_calendar]
        for mailbox, row in sorted(calendars, key=lambda one: one[1].start):
            assert row.start < row.until, f"{mailbox} has a row without length at {self}"
            whose = (mailbox, row.phone)
            assert whose not in last or last[whose] <= row.start, f"{mailbox} has two rows at once at {self}"
            last[whose] = row.until

    def _the_past_is_as_it_was(self, after: Rows) -> None:
        for id_, (mailbox, old) in self._before.items():
            new = after[id_][1] if id_ in after else None
            where = f"{mailbox} at {self}: {_told(old)} became {_told(new) if new else 'nothing'}"
            if old.until <= self.now or not old.by_calendar:
                assert new == old, where
            elif old.start < self.now:
                assert new is not None, where
                assert new.start == old.start, where
                assert new.until >= self.now, where

    def _doubtful_ones_lose_nothing(self, after: Rows, present: Collection[str]) -> None:
        for who in self.people:
            if who.mailbox not in present or who.file == "whole":
                continue
            old, new = (
                {id_: row for id_, (mailbox, row) in rows.items() if who.owns(mailbox)}
                for rows in (self._before, after)
            )
            if who.file != "part":
                assert old == new, f"{who.mailbox} was not read and yet changed at {self}"
            elif who.broken is not None:
                self._what_cannot_be_read_stays(who, old.values(), new.values())

    def _what_cannot_be_read_stays(self, who: Citizen, old: Iterable[Referral], new: Iterable[Referral]) -> None:
        key = naive.key(self._secret, who.broken or "")
        for phone in Phone:
            its = [b for row in old if row.phone is phone and row.until > self.now for b in row.bookings]
            lasting = [b for b in its if b.key == key and b.end > self.now]
            covered = [row for row in new if row.phone is phone and row.until > self.now]
            for booking in lasting:
                assert any(booking in row.bookings and row.until >= booking.end for row in covered), (
                    f"{who.mailbox} lost at {self} what could not be read"
                )

    def _who_left_has_nothing_to_come(self, after: Rows, present: Collection[str], held: Collection[str]) -> None:
        for mailbox, row in after.values():
            if row.by_calendar and row.start > self.now:
                assert mailbox in present or mailbox in held, f"{mailbox} has left and is referred later, at {self}"

    def _difference(self, who: Citizen, person: StoredSubscriber, of_store: Mapping[int, Held]) -> str | None:
        held = of_store.get(person.id, Held(0))
        ideal = self._ideal(who)
        rows = [row for row in held.referrals if row.by_calendar]
        found = first_difference(ideal, rows, self.now)
        if found is None:
            return None
        all_rows = [
            row for row in self._store.held([person.id], self.now - _PAST)[person.id].referrals if row.by_calendar
        ]
        found = first_difference(ideal, all_rows, self.now, forgiving=True)
        return found and f"{who.mailbox} at {self}: {found}"

    def _ideal(self, who: Citizen) -> list[naive.Naive]:
        asked = (tuple(who.appointments.values()), tuple(who.openings))
        known = self._known.get(who.mailbox)
        if known is not None and known[0] == asked:
            return known[1]
        entries = [one.entry(naive.key(self._secret, uid)) for uid, one in who.appointments.items()]
        found = naive.absences(entries, who.openings, who.rules, ZONE, _SWEDEN, who.standing)
        self._known[who.mailbox] = asked, found
        return found

    # Everything put right

    def mends(self) -> None:
        """Every file and the directory are whole again."""
        for who in self.people:
            if who.file != "whole":
                self.restores(who)
        if self.directory_is_broken:
            self.mends_directory()

    def settles(self) -> int:
        """Everything mended and every held set let through, by an admin and by time in turn; the cycles it took."""
        self.mends()
        for cycles in range(1, 10):
            outcome = self.cycle()
            self.check()
            if not outcome.summary.held:
                return cycles
            if cycles % 2:
                assert self._store.approve(TENANT, str(outcome.summary.set), "eva", self.now)
            self.now += 15 * MINUTE
        raise AssertionError(f"the brake still holds something back at {self}")


class _After:
    """Asked before each mailbox: does something once, when so many have been read."""

    def __init__(self, mailboxes: int, then: Callable[[], object]) -> None:
        self._left = mailboxes
        self._then = then

    def __call__(self) -> bool:
        self._left -= 1
        if self._left == 0:
            self._then()
        return True


def _told(row: Referral | naive.Naive) -> str:
    times = f"{row.start.astimezone(ZONE):%d %H:%M}-{row.until.astimezone(ZONE):%d %H:%M}"
    return f"{row.phone} {times} {row.reason} {row.alternative.number if row.alternative else ''}".rstrip()


def first_difference(
    ideal: Sequence[naive.Naive], rows: Sequence[Referral], now: datetime, *, forgiving: bool = False
) -> str | None:
    """Where the rows are not the absences, from now on; `forgiving` what docs/rules.md §6.2 has otherwise than §3."""
    for phone in Phone:
        wanted = [one for one in ideal if one.phone is phone and one.until > now]
        ends = {end for one in wanted for end in (one.start, one.until)}
        held = [row for row in rows if row.phone is phone]
        ends |= {end for one in held for end in (one.start, one.until)}
        for moment in sorted({now} | {end for end in ends if end > now}):
            absence = next((one for one in wanted if one.start <= moment < one.until), None)
            row = next((one for one in held if one.covers(moment)), None)
            if _same(absence, row) or (forgiving and absence and _joins_an_ended_one(absence, row, held, now, moment)):
                continue
            told = [_told(one) if one else "nothing" for one in (row, absence)]
            return f"the store has {told[0]} at {moment.astimezone(ZONE):%d %H:%M} and ought to have {told[1]}"
    return None


def _same(absence: naive.Naive | None, row: Referral | None) -> bool:
    if absence is None or row is None:
        return absence is None and row is None
    return (absence.until, absence.reason, absence.alternative) == (row.until, row.reason, row.alternative)


def _joins_an_ended_one(
    absence: naive.Naive, row: Referral | None, held: Sequence[Referral], now: datetime, moment: datetime
) -> bool:
    """One that has ended takes in nothing: what joins it later begins a new one, which knows only what is left."""
    ended = [one for one in held if one.until <= now]
    shares = any(
        one.overlaps(absence.start, absence.until) or absence.keys & {booking.key for booking in one.bookings}
        for one in ended
    )
    if not shares:
        return False
    if row is None:
        return any(moment < one.start < absence.until for one in held)
    return row.until == absence.until and row.start > absence.start
