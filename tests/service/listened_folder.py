"""A folder of calendars that tells nothing by itself: a mailbox is listened for, or polled, as the test says."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from rules.entry import Entries, Fault
from sync_daemon.sources.exchange.signs import Signs
from sync_daemon.sources.ics import IcsFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Mapping
    from pathlib import Path
    from zoneinfo import ZoneInfo

    import pytest

    from rules.entry import Reading
    from sync_daemon.settings import IcsSource
    from sync_daemon.sources import Hearing, KeyMaker, Mailbox, Parse, Window


class ListenedFolder(IcsFolder):
    """A source that is set to listen; `made` are all that were made, `fails` is what listening comes to."""

    made: list[ListenedFolder]

    def __init__(self, folder: Path, zone: ZoneInfo, make_key: KeyMaker) -> None:
        super().__init__(folder, zone, make_key)
        self.signs = Signs()
        self.changed: Callable[[frozenset[str]], None] = lambda _addresses: None
        self.begun = 0
        self.fails: Exception | None = None
        self.listening = threading.Event()
        self.ended = threading.Event()
        self.read_so_far: list[str] = []
        self.cuts = False
        """Whether something of each view is missing."""
        self.as_it_reads: Callable[[str], None] = lambda _address: None
        self.made.append(self)

    @property
    def hearing(self) -> Hearing:  # type: ignore[override] # a folder itself has none
        """As its signs have it."""
        return self.signs.hearing

    def fingerprints(self, addresses: Collection[str] = ()) -> Mapping[str, Hashable]:
        """Of who is listened for."""
        return self.signs.fingerprints(addresses)

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Generator[tuple[Mailbox, Reading] | None, None, None]:
        """As the folder does."""
        for read in super().read(mailboxes, window, parse):
            if read is not None:
                self.read_so_far.append(read[0].address)
                self.as_it_reads(read[0].address)
                yield read[0], self._cut(read[1]) if self.cuts else read[1]
            else:
                yield None

    def _cut(self, reading: Reading) -> Reading:
        assert isinstance(reading, Entries)
        return replace(reading, complete=False, faults=(Fault(0, "a page is missing"),))

    def listen(self, changed: Callable[[frozenset[str]], None], stopped: threading.Event) -> None:
        """Until it is stopped, or fails."""
        self.begun += 1
        self.changed = changed
        with self.signs.listening():
            if self.fails is not None:
                raise self.fails
            listened: frozenset[str] = frozenset()
            while not stopped.wait(0.01):
                wanted = self.signs.wanted
                self.signs.begin(wanted - listened)
                listened = wanted
                if wanted:
                    self.listening.set()
        self.listening.clear()
        self.ended.set()

    def happens(self, *addresses: str) -> None:
        """Something has changed in these mailboxes."""
        if heard := self.signs.hear(addresses):
            self.changed(heard)

    def was_read(self) -> list[str]:
        """Whose calendars were read since it was asked last, by their names."""
        read, self.read_so_far = self.read_so_far, []
        return sorted(address.partition("@")[0] for address in read)


def listened_folders(monkeypatch: pytest.MonkeyPatch) -> type[ListenedFolder]:
    """From now on each folder of calendars is one; the class, whose `made` holds them."""

    class Ours(ListenedFolder):
        made: list[ListenedFolder] = []  # noqa: RUF012 - this test's

    def make(settings: IcsSource, zone: ZoneInfo, make_key: KeyMaker, *_others: object) -> ListenedFolder:
        return Ours(settings.folder, zone, make_key)

    monkeypatch.setattr("sync_daemon.sources.KINDS", {"ics": make})
    return Ours
