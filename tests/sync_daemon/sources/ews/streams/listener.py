"""A source that listens to the stand-in on a thread of its own, as the service has it, with short limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from sync_daemon.sources.ews.streams import StreamLimits
from tests.sync_daemon.sources.ews.ews_reader import ANNA, BO, CECILIA, Reader

SHORT = StreamLimits(first_pause=0.05, longest_pause=0.2, longest_busy=0.1, look=0.02)
PATIENCE = 60.0
"""Seconds after which what does not come is missed."""


def until(true: Callable[[], object], what: str) -> None:
    """Waits for it to be true, as long as that is likely."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"in vain: {what}"
        threading.Event().wait(0.005)


@dataclass
class Listener:
    """Listens, from `with` on; `asked` are the mailboxes that are to be read, in the order in which they came.

    Its time goes on only where a test says so (`reader.clock`).
    """

    reader: Reader
    limits: StreamLimits = SHORT
    wanted: tuple[str, ...] = (ANNA, BO, CECILIA)
    asked: list[str] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    bug: BaseException | None = None

    def __post_init__(self) -> None:
        self.source = self.reader.made(streams=self.limits)

    def __enter__(self) -> Self:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self.fingerprints()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Nobody listens any more."""
        self._stopped.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if self.bug is not None:
            raise self.bug

    def _listen(self) -> None:
        try:
            self.source.listen(self._changed, self._stopped)
        except BaseException as error:  # noqa: BLE001 - it is raised where it is looked for
            self.bug = error

    def _changed(self, addresses: frozenset[str]) -> None:
        self.asked += sorted(addresses)
        self.threads.add(threading.current_thread().name)

    def fingerprints(self) -> dict[str, object]:
        """As a cycle asks for them."""
        return dict(self.source.fingerprints(self.wanted))

    @property
    def lacks(self) -> str:
        """Why somebody is not listened for; nothing where all are."""
        hearing = self.source.hearing
        assert hearing is not None
        return "; ".join(hearing.lacks)

    def lacking(self, why: str) -> int:
        """How many are not listened for, of whom it is told with this word."""
        hearing = self.source.hearing
        assert hearing is not None
        return sum(polled for told, polled in hearing.lacks.items() if why in told)

    def hears(self, *addresses: str) -> bool:
        """Whether these, and no others, are listened for."""
        return self.fingerprints().keys() == set(addresses or self.wanted)

    def begun(self, *addresses: str) -> Self:
        """Once these are listened for, and nothing was asked for but that they be read."""
        until(lambda: self.hears(*addresses), f"listening; {self.source.hearing}")
        until(lambda: set(addresses or self.wanted) <= set(self.asked), "a reading of each")
        self.asked.clear()
        return self

    def has_places(self) -> None:
        """Once each that is wanted now has been given a place, or none."""
        self.fingerprints()
        streams = self.source._streams  # noqa: SLF001 - a renewal may come only then
        until(lambda: streams._looked_at and streams._looked_at[0] == set(self.wanted), "places")  # noqa: SLF001 - as above

    def is_told(self, address: str) -> None:
        """The mailbox is to be read before long."""
        until(lambda: address in self.asked, f"a sign of {address}; {self.source.hearing}")
