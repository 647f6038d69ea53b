"""The same folder read twice writes nothing the second time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sync_daemon import settings
from sync_daemon.cycle import Cycle
from sync_daemon.sources.ics import IcsFolder
from sync_daemon.sources.keys import key_maker
from sync_daemon.store import Store
from tests.acceptance.municipality import NOON
from tests.forked import Forked

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping

    from rules.entry import Reading
    from sync_daemon.sources import Mailbox, Parse, Window
    from tests.acceptance.municipality import Municipality

_WATCHED = ("subscribers", "extensions", "referrals", "openings", "changes", "held", "secrets")


def _contents(town: Municipality) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(town.folder / "hanvisa.db")) as store:
        return {table: store.execute(f"SELECT * FROM {table}").fetchall() for table in _WATCHED}  # noqa: S608


def _filled(town: Municipality) -> None:
    town.anna.books("SAM:", "09:00", "10:00", days="FREQ=DAILY;COUNT=5")
    town.anna.books("SAM; >4712", "2026-11-25", "2026-11-26")
    town.bo.books("TJÄ: @4711", "10:00", "12:00")
    town.once("09:30")


def test_a_second_cycle_writes_nothing(town: Municipality) -> None:
    """Row versions, revisions and changes stay as they are."""
    _filled(town)
    before = _contents(town)
    for at in ("09:30", "09:35", "11:00"):
        town.once(at)
    assert _contents(town) == before
    assert len(before["referrals"]) == 7


def test_nor_does_one_after_a_restart(town: Municipality) -> None:
    """Another process, with nothing in its memory."""
    _filled(town)
    before = _contents(town)
    configuration = str(town.folder / "hanvisa.toml")
    assert Forked("once", "--at", "2026-11-24T09:40", "--config", configuration).wait() == 0
    assert _contents(town) == before


@dataclass
class _Counting:
    """The folder, and which mailboxes were read from it."""

    folder: IcsFolder
    read_from: list[str] = field(default_factory=list)

    def fingerprints(self, addresses: Collection[str]) -> Mapping[str, Hashable]:
        """The folder's."""
        return self.folder.fingerprints(addresses)

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Iterator[tuple[Mailbox, Reading] | None]:
        """As the folder reads."""
        for read in self.folder.read(mailboxes, window, parse):
            if read is not None:
                self.read_from.append(read[0].address)
            yield read


def test_unchanged_files_are_not_read_again(town: Municipality) -> None:
    """Until they change, somebody opens the phone, or half an hour has passed."""
    _filled(town)
    configuration = settings.load(town.folder / "hanvisa.toml", {})
    (tenant,) = configuration.tenants
    with Store.open(configuration.store_url) as store:
        folder = IcsFolder(town.folder / "calendars", ZoneInfo("Europe/Stockholm"), key_maker(store.secret()))
        source = _Counting(folder)
        cycle = Cycle(tenant, configuration.service, store, {None: source})

        def read_at(minutes: int) -> list[str]:
            source.read_from.clear()
            cycle.run(NOON + timedelta(minutes=minutes))
            return sorted(address.partition("@")[0] for address in source.read_from)

        assert read_at(0) == ["anna", "bo"]
        assert read_at(5) == []
        town.bo.books("SAM:", "14:00", "15:00")
        assert read_at(10) == ["bo"]
        assert store.open_phone(_id_of(store, "bo"), NOON + timedelta(minutes=12), "test", lambda _: []) is not None
        assert read_at(15) == ["bo"]
        assert read_at(30) == ["anna"]
        assert read_at(35) == []


def _id_of(store: Store, name: str) -> int:
    return next(one.id for one in store.subscribers("sorsele") if one.mailbox.startswith(name))
