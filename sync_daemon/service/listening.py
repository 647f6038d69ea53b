"""A tenant's sources that can say when a calendar changes: a thread for each, which asks for readings.

What its listening lacks is looked at each second by the main thread, and told when it begins and when it ends.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from sync_daemon import log
from sync_daemon.sources import Announcing, Hearing, Source
from sync_daemon.sources.exchange.signs import NOT_BEGUN

FIRST_PAUSE = 5.0
"""Seconds until a listening that ended by itself is begun anew; each time twice as long, …"""

LONGEST_PAUSE = 600.0
"""… up to so many, and from the beginning again after one that went well for so long."""

PATIENCE = 60.0
"""So many seconds a lack lasts before it is told: a connection is renewed in less, …"""

PATIENCE_AT_FIRST = 900.0
"""… and in so many all listening has begun, of 10,000 mailboxes too."""

END_SECONDS = 3.0
"""How long those that are told to end are waited for."""


@dataclass(slots=True)
class _Told:
    """What of one source's listening lacks, by the reason: since when, and which of it was told."""

    since: dict[str, float] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)


class Listeners:
    """Who listens for a tenant. `ask` may be called from any thread; `clock` gives seconds that only go forward."""

    def __init__(
        self, tenant: str, ask: Callable[[frozenset[str]], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tenant = tenant
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._ended = False
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sources: dict[str | None, Source] = {}
        self._context: Mapping[str, object] = {}
        self._told: dict[str | None, _Told] = {}

    def to(self, sources: Mapping[str | None, Source], context: Mapping[str, object]) -> None:
        """From now on to these, by their names, and no longer to others; nothing where they are the same.

        `context` is what every event of theirs carries.
        """
        with self._lock:
            if self._ended or sources == self._sources:
                return
            self._stopped.set()
            self._stopped, self._sources, self._context = threading.Event(), dict(sources), context
            former = [thread for thread in self._threads if thread.is_alive()]
            begun = [
                threading.Thread(
                    target=self._listen,
                    args=(source, self._stopped, former),
                    name=f"listener {self._tenant}",
                    daemon=True,
                )
                for source in sources.values()
                if isinstance(source, Announcing)
            ]
            self._threads = [*former, *begun]
            for thread in begun:
                thread.start()

    def end(self) -> None:
        """Nobody listens any more, nor ever again; gives back at once."""
        with self._lock:
            self._ended = True
            self._stopped.set()

    def wait(self, seconds: float = END_SECONDS) -> None:
        """Gives back when all have ended that were told to, at the latest after so many seconds."""
        _join(self._threads, seconds)

    @property
    def hearing(self) -> dict[str | None, Hearing]:
        """How well each source is listened for, of those that listen for their mailboxes; by their names."""
        found = {name: source.hearing for name, source in self._sources.items() if isinstance(source, Announcing)}
        return {name: hearing for name, hearing in found.items() if hearing is not None}

    def look(self, shard: int | None = None) -> None:
        """Tells what has lacked for long enough, and what lacks no more; for one thread, about each second.

        `shard` is whose mailboxes they are, where the tenant is read in shards.
        """
        if self._ended:
            return
        now, heard = self._clock(), self.hearing
        for name, hearing in heard.items():
            self._look_at(name, hearing, now, {} if shard is None else {"shard": shard})
        for gone in self._told.keys() - heard.keys():
            del self._told[gone]

    def _look_at(self, name: str | None, hearing: Hearing, now: float, of: Mapping[str, int]) -> None:
        known = self._told.setdefault(name, _Told())
        known.since = {why: known.since.get(why, now) for why in hearing.lacks}
        logger = structlog.get_logger().bind(tenant=self._tenant, source=name, **of, **self._context)
        for why, count in hearing.lacks.items():
            patience = PATIENCE_AT_FIRST if why == NOT_BEGUN else PATIENCE
            if why not in known.told and now - known.since[why] >= patience:
                known.told.add(why)
                logger.warning("signs_lost", mailboxes=count, why=why)
        # What lacks for another reason since a moment ago may lack still when that is told, and so is not back.
        if hearing.lacks.keys() <= known.told:
            for why in known.told - hearing.lacks.keys():
                known.told.discard(why)
                logger.info("signs_back", mailboxes=hearing.polled, why=why)

    def _listen(self, source: Announcing, stopped: threading.Event, former: Iterable[threading.Thread]) -> None:
        """The thread: whatever ends the source's listening but `stopped`, it is begun anew."""
        structlog.contextvars.bind_contextvars(tenant=self._tenant, **self._context)
        _join(former, END_SECONDS)  # a server may let so many listen, and no more
        pause = FIRST_PAUSE
        while not stopped.is_set():
            began = self._clock()
            if self._listens_once(source, stopped) and source.hearing is None:
                return
            pause = FIRST_PAUSE if self._clock() - began > LONGEST_PAUSE else pause
            stopped.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _listens_once(self, source: Announcing, stopped: threading.Event) -> bool:
        """Whether it ended without a bug."""
        try:
            source.listen(self._ask, stopped)
        except Exception as error:  # noqa: BLE001 - what is not told is still read at the interval
            with suppress(Exception):  # there is no memory, say
                log.bug(error)
            return False
        return True


def _join(threads: Iterable[threading.Thread], seconds: float) -> None:
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
