"""Sorsele and Malå on Thursday 26 November 2026, in a store without calendars: people, and what was set of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rules.command import Alternative, Mode, Phone
from rules.office_hours import OfficeHours
from rules.plan import Action, Cause, Change, after_opening
from rules.policy import Rules
from rules.referral import CALENDAR, Referral
from sync_daemon import settings
from sync_daemon.answers.board.keeper import Keeper
from sync_daemon.answers.board.roll import Roll
from sync_daemon.answers.board.row import Row
from sync_daemon.cycle.departments import Departments
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import person_of
from sync_daemon.settings import Settings, Tenant
from sync_daemon.store import Store
from tests.configuration import STORE, tenant_table

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MOBILE = "+46701740605"


@dataclass(frozen=True)
class Line:
    """A line of a directory."""

    name: str
    extensions: tuple[str, ...]
    department: str | None = None
    mailbox: str = ""
    alternative: Alternative | None = None
    source: str | None = None


def line(name: str, *extensions: str, department: str | None = None) -> Line:
    """With a mailbox after the name."""
    return Line(name, extensions, department, f"{'.'.join(name.casefold().split())}@example.se")


PEOPLE = {
    "sorsele": (
        line("Anna Ek", "4700", MOBILE, department="Socialtjänst"),
        line("Bo Öberg", "4711", department="Socialtjänst"),
        line("Åsa-Britt Lind", "4712", "+4695414011", department="Plan och bygg"),
    ),
    "mala": (line("Cecilia Müller", "5001", department="Skola"),),
}


def at(clock: str, day: int = 26) -> datetime:
    """A local time in November 2026, in UTC."""
    return datetime.fromisoformat(f"2026-11-{day:02}T{clock}").replace(tzinfo=STOCKHOLM).astimezone(UTC)


class Town:
    """The store of both, and the board's clock, which says `now`."""

    def __init__(self, folder: Path, configuration: str = "") -> None:
        self.folder = folder
        text = STORE + tenant_table("sorsele") + configuration + tenant_table("mala")
        (folder / "hanvisa.toml").write_text(text, encoding="utf-8")
        (folder / "calendars").mkdir()
        self.settings: Settings = settings.load(folder / "hanvisa.toml", {})
        self.store = Store.open(self.settings.store_url)
        self.now = at("10:00")
        self.lines = dict(PEOPLE)
        for tenant in self.lines:
            self.list(tenant)
        self.keeper = Keeper(self.settings, self.store, lambda: self.now)

    def list(self, tenant: str, *more: Line) -> None:
        """The directory is as in `lines`, and these."""
        self.lines[tenant] = (*self.lines[tenant], *more)
        self.store.put_directory(tenant, self.lines[tenant], (), leave=True, now=self.now)

    def tenant(self, tenant: str = "sorsele") -> Tenant:
        """By its id."""
        return next(one for one in self.settings.tenants if one.id == tenant)

    def id_of(self, number: str) -> int:
        """Whose the extension is."""
        found = self.store.find(number)
        assert found is not None
        return found.id

    def books(  # noqa: PLR0913, PLR0917 - what a referral is
        self,
        number: str,
        start: str,
        until: str,
        reason: str = "meeting",
        phone: Phone = Phone.CLOSED,
        alternative: Alternative | None = None,
    ) -> None:
        """A referral of the calendar's on the 26th, as a cycle writes it."""
        self.writes(number, at(start), at(until), reason, phone, alternative)

    def writes(  # noqa: PLR0913, PLR0917 - what a referral is
        self,
        number: str,
        start: datetime,
        until: datetime,
        reason: str,
        phone: Phone,
        alternative: Alternative | None,
    ) -> None:
        """The same at any time."""
        person = self.id_of(number)
        referral = Referral(CALENDAR, phone, reason, start, until, alternative)
        revision = self.store.held([person], self.now)[person].revision
        self.store.apply(person, revision, [Change(Action.CREATE, None, referral, Cause.BOOKED)], self.now)

    def refers(self, number: str, start: str, until: str, reason: str = "lunch", by: str = "Maj Ek") -> None:
        """What an operator sets by hand."""
        self.sets(self.id_of(number), at(start), at(until), reason, by)

    def sets(self, person: int, start: datetime, until: datetime, reason: str = "lunch", by: str = "Maj Ek") -> None:
        """The same at any time."""
        self.store.refer(person, Referral("operator", Phone.CLOSED, reason, start, until), by, self.now)

    def opens(self, person: int) -> None:
        """The phone is opened by hand, where anything is in force."""
        office = OfficeHours(Rules(), STOCKHOLM, lambda _: False)
        self.store.open_phone(person, self.now, "Maj Ek", lambda opened: after_opening(opened, office))

    def cycle(self, tenant: str = "sorsele", unreadable: Sequence[int] = ()) -> None:
        """A whole cycle of the tenant has ended, in which these could not be read, and told of its departments."""
        of = self.tenant(tenant)
        people = [person_of(one) for one in self.store.subscribers(tenant) if one.left_at is None]
        saying = Departments(of, Planner(of)).saying(self.store, people, unreadable, self.now)
        self.store.say(tenant, saying, {one.name: one.emergency for one in of.departments})
        self.store.record_cycle(tenant, self.now, {"read": 1}, unreadable, whole=True)

    def roll(self, clock: str | None = None) -> Roll:
        """What the board shows, at that time."""
        self.now = self.now if clock is None else at(clock)
        return self.keeper.current()

    def row(self, number: str, clock: str | None = None) -> Row:
        """The row of whose the extension is."""
        found = self.roll(clock).find(number, ("sorsele", "mala")).rows
        assert found, f"nobody with {number} is shown"
        return found[0]


def told(number: str) -> Alternative:
    """An alternative that the operator tells."""
    return Alternative(number, Mode.INFO)


def connected(number: str) -> Alternative:
    """An alternative that calls are connected to."""
    return Alternative(number, Mode.CONNECT)
