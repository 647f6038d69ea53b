"""A tenant with an Exchange on site and one in the cloud, each of which says what the test says."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from rules.command import Command, Phone
from rules.entry import Entries, Entry, Reading, Unreadable
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.commit import InStore, Nowhere
from sync_daemon.cycle.report import Outcome
from sync_daemon.findings import Finding
from sync_daemon.settings import EwsSource, GraphSource, ServiceSettings, Tenant
from sync_daemon.sources import Elsewhere, Mailbox, Parse, Source, Window
from sync_daemon.store import Store

SITE = EwsSource(kind="ews", name="site", endpoint="https://mail.sorsele.se/EWS", user="svc", secret=Path("exchange"))
CLOUD = GraphSource(
    kind="graph",
    name="cloud",
    directory_id="sorsele.se",
    client_id="66666666-7777-8888-9999-000000000000",
    secret=Path("graph"),
)

ANNA, BO = "anna@sorsele.se", "bo@sorsele.se"


def at(clock: str, day: int = 24) -> datetime:
    """That time in November 2026, in UTC."""
    return datetime.fromisoformat(f"2026-11-{day}T{clock}").replace(tzinfo=UTC)


@dataclass
class Exchange:
    """A server with these mailboxes, each with its entries by their keys; of any other it says that it is elsewhere."""

    mailboxes: dict[str, dict[str, Entry]] = field(default_factory=dict)
    is_down: bool = False
    in_part: bool = False
    has_bug: bool = False
    signs: dict[str, int] = field(default_factory=dict)
    """Of mailboxes that are listened for the number of their last sign."""
    asked: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    """Whom it was asked to listen for, to try it."""

    def fingerprints(self, addresses: Collection[str]) -> Mapping[str, Hashable]:
        """Of those that are listened for."""
        return {address: self.signs[address] for address in addresses if address in self.signs}

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Iterator[tuple[Mailbox, Reading] | None]:
        """Each mailbox as it is."""
        del window, parse
        if self.has_bug:
            raise ZeroDivisionError
        for mailbox in mailboxes:
            self.asked.append(mailbox.address)
            yield mailbox, self._reading(mailbox.address)

    def try_listening(self, tenant: str, addresses: Collection[str]) -> Iterable[Finding]:
        """It says nothing."""
        del tenant
        self.tried += addresses
        return ()

    def _reading(self, address: str) -> Reading:
        if self.is_down:
            return Unreadable("start the server")
        if address not in self.mailboxes:
            return Elsewhere("mend the address")
        return Entries(tuple(self.mailboxes[address].values()), complete=not self.in_part)

    def books(self, address: str, start: str, end: str, key: str | None = None, day: int = 24) -> None:
        """A meeting with a command."""
        key = key or f"key of {start}"
        entry = Entry(key, at(start, day), at(end, day), Command("SAM", Phone.CLOSED))
        self.mailboxes.setdefault(address, {})[key] = entry


class TwoExchanges:
    """Sorsele, whose Anna (4711) and Bo (4712) are in one or the other."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        self.site, self.cloud = Exchange(), Exchange()
        self.tenant = Tenant(
            id="sorsele", timezone="Europe/Stockholm", directory=folder / "sorsele.csv", sources=(SITE, CLOUD)
        )
        self.lists()
        self.restarts()

    def lists(self, anna: str = "", bo: str = "") -> None:
        """The directory's column `source`."""
        text = f"mailbox,name,extensions,source\n{ANNA},Anna,4711,{anna}\n{BO},Bo,4712,{bo}\n"
        (self.folder / "sorsele.csv").write_text(text, encoding="utf-8")

    def restarts(self, commit: InStore | None = None) -> None:
        """A new process, which remembers nothing but what is in the store."""
        self.cycle = self._made(commit or InStore(self.store, self.tenant))

    def configured(self, *sources: EwsSource | GraphSource) -> None:
        """Another configuration, taken into use."""
        self.tenant = self.tenant.model_copy(update={"sources": sources})
        self.restarts()

    def _made(self, commit: InStore | Nowhere) -> Cycle:
        servers: dict[str, Source] = {"ews": self.site, "graph": self.cloud}
        only = len(self.tenant.sources) == 1
        sources = {None if only else source.name: servers[source.kind] for source in self.tenant.sources}
        return Cycle(self.tenant, ServiceSettings(), self.store, sources, commit=commit)

    def works(self, clock: str, day: int = 24, *, clock_jumped: bool = False) -> Outcome:
        """A cycle then, as `run` has it."""
        return self.cycle.run(at(clock, day), clock_jumped=clock_jumped)

    def plans(self, clock: str) -> Outcome:
        """What a cycle would do."""
        return self.looking().run(at(clock), every=True)

    def looking(self) -> Cycle:
        """One that writes nothing, as of `plan` and `check`."""
        return self._made(Nowhere(self.store))

    def moves(self, address: str = ANNA) -> None:
        """The mailbox is in the other one from now on, with all that is in it."""
        before, after = (self.site, self.cloud) if address in self.site.mailboxes else (self.cloud, self.site)
        after.mailboxes[address] = before.mailboxes.pop(address)

    def rows(self, extension: str = "4711") -> list[tuple[int | None, str]]:
        """Somebody's referrals of that day and later: ids, and from when until when, in UTC."""
        found = [one for person, one in self.store.not_over(at("00:00")) if extension in person.extensions]
        return [(one.id, f"{one.start:%H:%M}-{one.until:%H:%M}") for one in found]

    def times(self, extension: str = "4711") -> list[str]:
        """The same without the ids."""
        return [times for _, times in self.rows(extension)]


def shortened(entry: Entry, end: str) -> Entry:
    """The entry, which ends then."""
    return replace(entry, end=at(end))
