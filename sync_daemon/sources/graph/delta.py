"""`detect = "delta"`: each `watch` seconds Graph is asked of each mailbox whether anything has changed since.

A sign that something changed, never the truth: an event of whatever kind, one that is said to be removed, a link that
leads nowhere any more; the mailbox is then read. All is kept in memory, and begun anew where it is lost. A deleted
occurrence may not be told of (https://github.com/microsoftgraph/microsoft-graph-docs/issues/11728), nor what time moves
into the cycle's window: those come with `full_read`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator

from sync_daemon.findings import Finding
from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources import Window
from sync_daemon.sources.exchange.signs import Signs
from sync_daemon.sources.graph.delta_askers import Askers
from sync_daemon.sources.graph.delta_rounds import Rounds
from sync_daemon.sources.graph.delta_trial import findings_of
from sync_daemon.sources.graph.question import Asks
from sync_daemon.texts import Text

LOOK = 0.25
"""Seconds after which it is looked whether listening is to end, or another mailbox is wanted."""


class Delta:
    """What is heard of the mailboxes of one Graph source.

    `clock` gives seconds that only go forward.
    """

    def __init__(self, settings: GraphSource, asks: Asks, clock: Callable[[], float] = time.monotonic) -> None:
        self.signs = Signs()
        self._settings = settings
        self._asks = asks
        self._clock = clock
        self._window: Window | None = None

    def covers(self, window: Window) -> None:
        """Said after each reading: what changes in that window is to be told. Before the first nothing is asked.

        First rounds list as many pages as whoever reads everybody for the first time, and that goes before.
        """
        self._window = window

    def findings(self, thing: Text, addresses: Collection[str]) -> Iterator[Finding]:
        """What `check` says of changes in these, which have just been read; `thing` is what it says it of."""
        if self._window is not None:
            yield from findings_of(self._asks, self._settings.client_id, thing, addresses, self._window)

    def listen(self, changed: Callable[[frozenset[str]], None], stopped: threading.Event) -> None:
        """As `Announcing.listen` has it."""
        while self._window is None:
            if stopped.wait(LOOK):
                return
        rounds = Rounds(self.signs, self._settings.watch, self._settings.client_id, changed, self._clock)
        # One request fewer at once than may be: whoever reads what has changed is not to wait for all who ask.
        askers = Askers(self._asks, max(1, self._settings.concurrency - 1))
        try:
            with self.signs.listening():
                while not stopped.is_set():
                    rounds.want(self.signs.wanted)
                    while askers.free and (batch := rounds.due(self._window)):
                        askers.put(batch)
                    if (done := askers.get(rounds.pause(LOOK) if askers.free else LOOK)) is not None:
                        rounds.judge(done)
        finally:
            askers.end()
