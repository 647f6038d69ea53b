"""A region: tenants whose people's calendars are in one Exchange, which are booked and cancelled all the time."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.acceptance.municipality import Result, hanvisa
from tests.configuration import exchange_source, tenant_table
from tests.exchange.process import Exchange

ZONE = ZoneInfo("Europe/Stockholm")
SECRET_WORD = "hemligt"  # noqa: S105 - no password, but what only a subject says
"""It stands in each subject, and may stand nowhere else."""
BOOKED_AT_FIRST = 3
ACTED_ON = 5
"""Of each tenant so many have their phones opened by hand, and so many are referred by hand; none books anything."""
AT_ONCE = 500
"""So many mailboxes are made by one request."""
FIRST_EXTENSION = 100_000
SHARDS = 5
"""In which the first tenant is read, of people that are so many times another's."""

_SUBJECTS = (f"SAM: {SECRET_WORD} möte", f"TJÄ: {SECRET_WORD}", f"TJÄ: {SECRET_WORD} resa")


@dataclass(frozen=True, slots=True)
class Person:
    """One of a tenant's."""

    tenant: str
    mailbox: str
    extension: str


@dataclass
class Region:
    """So many people in so many tenants, the first of which is large, and an Exchange that has all their calendars."""

    exchange: Exchange
    tenants: tuple[str, ...]
    people: int
    interval: int
    drawn: random.Random
    everybody: list[Person] = field(default_factory=list)
    opened: list[Person] = field(default_factory=list)
    """Whose phones are opened by hand: they are away from an hour ago on, for long."""
    referred: list[Person] = field(default_factory=list)
    booked: int = 0
    cancelled: int = 0
    _items: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number in range(self.people):
            tenant = self.tenants[max(0, number // self.shard + 1 - SHARDS)]
            self.everybody.append(Person(tenant, f"p{number}@{tenant}.se", str(FIRST_EXTENSION + number)))
        for tenant in self.tenants:
            whose = [one for one in self.everybody if one.tenant == tenant]
            self.opened += whose[:ACTED_ON]
            self.referred += whose[ACTED_ON : 2 * ACTED_ON]
        apart = {*self.opened, *self.referred}
        self._bookable = [one for one in self.everybody if one not in apart]
        self.exchange.streaming(hanging_limit=10_000, back_ends=1)
        now = datetime.now(ZONE).replace(second=0, microsecond=0)
        self._tomorrow = now.replace(hour=0, minute=0) + timedelta(days=1)
        begun = {"start": (now - timedelta(hours=1)).isoformat(), "end": (now + timedelta(days=2)).isoformat()}
        booked = {one.mailbox: [self._drawn_item() for _ in range(BOOKED_AT_FIRST)] for one in self._bookable}
        calendars: dict[str, list[dict[str, str]]] = {one.mailbox: [] for one in self.everybody}
        calendars |= booked | {one.mailbox: [{"subject": _SUBJECTS[1], **begun}] for one in self.opened}
        addresses = [*calendars]
        for start in range(0, len(addresses), AT_ONCE):
            mailboxes = addresses[start : start + AT_ONCE]
            ids = self.exchange.add_mailboxes({one: calendars[one] for one in mailboxes})
            self._items += [(one, item) for one in mailboxes if one in booked for item in ids[one]]

    @property
    def shard(self) -> int:
        """How many mailboxes one has, and so the largest tenant that is read as a whole."""
        return -(-self.people // (SHARDS + len(self.tenants) - 1))

    @property
    def untouched(self) -> set[str]:
        """The extensions of whom the calendar alone says how it is."""
        return {one.extension for one in self._bookable}

    def books_or_cancels(self) -> None:
        """Somebody does, at random."""
        if self._items and self.drawn.random() < 0.5:
            mailbox, item = self._items.pop(self.drawn.randrange(len(self._items)))
            self.exchange.remove_item(mailbox, item)
            self.cancelled += 1
        else:
            who = self.drawn.choice(self._bookable)
            self._items.append((who.mailbox, self.exchange.add_item(who.mailbox, **self._drawn_item())))
            self.booked += 1

    def _drawn_item(self) -> dict[str, str]:
        """From tomorrow on, so that the clock alone changes nothing."""
        start = self._tomorrow + timedelta(days=self.drawn.randrange(10), minutes=15 * self.drawn.randrange(28, 72))
        end = start + timedelta(minutes=15 * self.drawn.randint(1, 10))
        return {"subject": self.drawn.choice(_SUBJECTS), "start": start.isoformat(), "end": end.isoformat()}

    def moves_into(self, folder: Path, store_url: str) -> Place:
        """A host's folder, with the configuration that all have and the address by which it reaches the store."""
        (folder / "secrets").mkdir(parents=True)
        (folder / "secrets" / "exchange").write_text(self.exchange.password, "utf-8")
        (folder / "secrets" / "exchange").chmod(0o600)
        source = exchange_source(
            self.exchange.endpoint, self.exchange.user, detect="stream", stream_connections=50, concurrency=4
        )
        service = f"[service]\ninterval = {self.interval}\njitter = 1\nshard = {self.shard}\n"
        service += "[service.brake]\nleast = 100000\n"
        head = f'secrets_dir = "secrets"\n[store]\nurl = "{store_url}"\n{service}[log]\nlevel = "info"\n'
        (folder / "hanvisa.toml").write_text(head + "".join(tenant_table(one, source) for one in self.tenants), "utf-8")
        for tenant in self.tenants:
            whose = (one for one in self.everybody if one.tenant == tenant)
            lines = (f"{one.mailbox},{one.mailbox.partition('@')[0].title()},{one.extension},," for one in whose)
            file = folder / f"{tenant}.csv"
            file.write_text("\n".join(("mailbox,name,extensions,department,alternative", *lines, "")), "utf-8")
        return Place(folder)


@dataclass(frozen=True)
class Place:
    """A folder with a configuration, and what is said there."""

    folder: Path

    def hanvisa(self, *arguments: str) -> Result:
        """A command, in this process."""
        return hanvisa(*arguments, "--config", str(self.folder / "hanvisa.toml"))

    @property
    def said(self) -> str:
        """All logs, and what was printed on standard error."""
        files = (*sorted(self.folder.glob("hanvisa.log*")), *self.folder.glob("complaints*"))
        return "\n".join(file.read_text("utf-8", "replace") for file in files)

    def rows(self, whose: set[str]) -> list[str]:
        """The calendars' referrals of those extensions, as a command tells them."""
        result = self.hanvisa("referrals", "--json", "--all")
        assert result.code == 0, result
        return sorted(_told(result.json, whose))


def _told(rows: Iterable[dict[str, object]], whose: set[str]) -> Iterable[str]:
    names = ("tenant", "extension", "phone", "from", "until", "reason", "alternative")
    for row in rows:
        if row["origin"] == "calendar" and row["extension"] in whose:
            yield " ".join(str(row.get(name)) for name in names)
