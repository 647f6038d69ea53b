"""A store with a year of history: random acts of everybody, through the store's own methods only.

Names and reasons have umlauts, emoji, quotes and other systems' odd ways; what happens is drawn by a seed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rules.brake import Waiting
from rules.command import Alternative, Mode, Phone
from rules.departments import Notice, Reason, State
from rules.entry import Booking
from rules.office_hours import OfficeHours
from rules.plan import Action, Cause, Change, after_opening
from rules.policy import Rules
from rules.referral import CALENDAR, Opened, Referral
from sync_daemon.settings.origin import Origin
from sync_daemon.store import FORGOTTEN, LEAVERS, Agreement, Alert, Owner, ReadFrom, SetName, Store
from sync_daemon.texts import Text
from tests.contract.store_suite import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

TENANTS = ("sorsele", "malå")
BEGAN = datetime(2025, 11, 24, 7, tzinfo=UTC)
DAYS = 365
OFFICE = OfficeHours(Rules(), ZoneInfo("Europe/Stockholm"), lambda _day: False)

ODD = (
    "Åsa Öberg-Ängström",
    "Zoë 🎉👩‍👩‍👧 “Ek”",
    "O'Brien; DROP TABLE referrals; --",
    'say "hej"\\back\\slash %s %(x)s :now {braces}',
    "日本語 ﷽ \u202eright to left",
    "tab\tand\nline",
    "e\u0301 is not é, nor İ i̇",
    "\U0010ffff last of all letters",
)
"""Names, reasons and departments."""


@dataclass(frozen=True)
class Life:
    """The store, who lives there, and by what it is drawn what they do."""

    store: Store
    chance: random.Random
    ids: dict[str, list[int]]

    def day(self, number: int) -> None:
        """Some of everything that may happen."""
        now = BEGAN + timedelta(days=number, minutes=self.chance.randrange(60))
        for tenant in TENANTS:
            self.chance.choice(self._acts())(tenant, now)
            for act in self.chance.choices(self._acts(), k=3):
                act(tenant, now)

    def _acts(self) -> Sequence[Callable[[str, datetime], None]]:
        return (
            *(self._books, self._books, self._books, self._refers, self._opens, self._undoes, self._holds, self._says),
            *(self._sends, self._cycles, self._alerts, self._near_misses, self._reads, self._approves, self._withdraws),
        )

    def _who(self, tenant: str) -> int:
        return self.chance.choice(self.ids[tenant])

    def _books(self, tenant: str, now: datetime) -> None:
        """The calendar's referrals of the day: new ones, and those before moved or removed."""
        who = self._who(tenant)
        held = self.store.held([who], now)[who]
        changes = [
            Change(Action.REMOVE, one, None, self.chance.choice([Cause.GONE, Cause.CANCELLED]))
            for one in held.referrals
            if one.by_calendar and one.start > now
        ]
        start = now + timedelta(hours=self.chance.randrange(1, 5))
        if not any(one.by_calendar and one.until > start for one in held.referrals if one.start <= now):
            booked = self._booked(start)
            changes.append(Change(Action.CREATE, None, booked, Cause.BOOKED))
        self.store.apply(who, held.revision, changes, now)

    def _booked(self, start: datetime) -> Referral:
        until = start + timedelta(minutes=self.chance.randrange(10, 300))
        phone = self.chance.choice(list(Phone))
        bookings = (Booking(f"key {self.chance.random()} å🎉", start, until, "SAM", phone),)
        return Referral(CALENDAR, phone, self._odd(), start, until, self._alternative(), bookings=bookings)

    def _alternative(self) -> Alternative | None:
        number = self.chance.choice(["4711", "+46701234567", None])
        return Alternative(number, self.chance.choice(list(Mode))) if number else None

    def _odd(self) -> str:
        return self.chance.choice(ODD)

    def _refers(self, tenant: str, now: datetime) -> None:
        start = now + timedelta(minutes=self.chance.randrange(60))
        by_hand = Referral("operator", self.chance.choice(list(Phone)), self._odd(), start, start + timedelta(hours=3))
        self.store.refer(self._who(tenant), replace(by_hand, alternative=self._alternative()), self._odd(), now)

    def _withdraws(self, tenant: str, now: datetime) -> None:
        who = self._who(tenant)
        self.store.withdraw(who, now, "Eva", now)

    def _opens(self, tenant: str, now: datetime) -> None:
        self.store.open_phone(self._who(tenant), now + timedelta(hours=2), self._odd(), self._left)

    def _left(self, opened: Opened) -> Sequence[Change]:
        return after_opening(opened, OFFICE)

    def _undoes(self, tenant: str, now: datetime) -> None:
        who = self._who(tenant)
        if (latest := self.store.latest_opening(who)) is not None and latest.lasts(now):
            self.store.undo_opening(who, now, "Eva")

    def _holds(self, tenant: str, now: datetime) -> None:
        waiting = {f"{self._who(tenant)} {self._odd()} end": Waiting(now, self.chance.randrange(1, 3))}
        kind = self.chance.choice(["changes", LEAVERS])
        self.store.hold(tenant, SetName(f"a{self.chance.randrange(40)}", 1), waiting, now, kind)

    def _approves(self, tenant: str, now: datetime) -> None:
        for one in self.store.held_sets(tenant)[:1]:
            self.store.approve(tenant, one.set, "Eva å", now)

    def _says(self, tenant: str, now: datetime) -> None:
        told = Notice(now, now + timedelta(hours=2), None, State.TOLD, now)
        whose = tuple(self.ids[tenant][:2])
        words = {self._odd(): [told, replace(told, state=State.WITHDRAWN, reason=Reason.PRESENT, whose=whose)]}
        receivers = dict.fromkeys(words, ("mail:a", "webhook:å"))
        self.store.say(tenant, words, dict.fromkeys(words, "112"), receivers)

    def _sends(self, tenant: str, now: datetime) -> None:
        for one in self.store.outgoing(tenant)[:3]:
            what = self.chance.randrange(3)
            if what == 0:
                self.store.delivered(one.id, now)
            elif what == 1:
                self.store.delivery_over(one.id, now)
            else:
                problem = Text("the store {name} cannot be used: {problem}", name="å", problem=self._odd())
                self.store.delivery_failed(one.id, now, problem, refused=self.chance.random() < 0.5)

    def _cycles(self, tenant: str, now: datetime) -> None:
        summary = {"read": 1, "share": self.chance.choice([1.0, 0.1, 1e-7, 10**20]), "of": None, "name": self._odd()}
        unreadable = self.ids[tenant][: self.chance.randrange(3)]
        self.store.record_cycle(tenant, now, summary, unreadable, {unreadable[0]: 2} if unreadable else {}, whole=True)

    def _alerts(self, tenant: str, now: datetime) -> None:
        new = Alert("", self._odd(), tenant, str(self.chance.random()), now, told=self.chance.random() < 0.5)
        self.store.change_alerts(lambda before: [*before[-20:], new])

    def _near_misses(self, tenant: str, now: datetime) -> None:
        owner = Owner(tenant, self._who(tenant), "anna@sorsele.example")
        self.store.keep_near_misses(owner, {self._odd(), str(self.chance.random())}, now, mailed=True)

    def _reads(self, tenant: str, now: datetime) -> None:
        origin = Origin(self.chance.choice(["ics", "ews"]), self.chance.choice([None, "å 🎉"]), self._odd())
        agreement = Agreement(1, now, (f"{self._odd()} end",)) if self.chance.random() < 0.5 else None
        self.store.keep_read_from([ReadFrom(self._who(tenant), origin, now, "before", agreement)])


def live(  # noqa: PLR0913, PLR0917 - how much of everything
    store: Store, seed: int, people: int = 12, days: int = DAYS, step: int = 4, acts: int = 1
) -> None:
    """A year of it, each so many days so many times; some have left, and ids were given that no row has any more."""
    chance = random.Random(seed)
    ids: dict[str, list[int]] = {}
    for tenant in TENANTS:
        lines = list(_lines(tenant, people))
        ids[tenant] = list(store.put_directory(tenant, lines, (), leave=True, now=BEGAN).ids.values())
    life = Life(store, chance, ids)
    for number in range(0, days, step):
        for _ in range(acts):
            life.day(number)
    now = BEGAN + timedelta(days=days)
    store.put_directory(TENANTS[0], list(_lines(TENANTS[0], people - 2)), (), leave=True, now=now)
    for kind in FORGOTTEN:
        store.forget(TENANTS[1], kind, BEGAN + timedelta(days=days // 3))
    store.mark("run")
    store.secret()


def _lines(tenant: str, people: int) -> Iterator[Line]:
    for number in range(people):
        name = f"{ODD[number % len(ODD)]} {number}"
        mailbox = f"åsa.{number}@{tenant}.example"
        extension = f"{TENANTS.index(tenant) + 4}{number:03}"
        yield Line(mailbox, name, (extension,), ODD[number % 3], Alternative("4711", Mode.INFO) if number % 2 else None)
