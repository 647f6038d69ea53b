"""All streams of one service account: each mailbox that is to be listened for is given a place, and keeps it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from sync_daemon.findings import Finding, Severity
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.ews.connection import Connection
from sync_daemon.sources.ews.password_trial import PasswordTrial, ServiceAccount
from sync_daemon.sources.ews.streams.dialogue import Dialogue
from sync_daemon.sources.ews.streams.failures import LEFT_OVER
from sync_daemon.sources.ews.streams.limits import StreamLimits
from sync_daemon.sources.ews.streams.stream import Stream
from sync_daemon.sources.exchange.failure import Failure
from sync_daemon.sources.exchange.signs import Signs
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.shared import Places
from sync_daemon.texts import Text

_END = 5.0
"""Seconds that a stream is waited for which was told to end; then its thread, a daemon, is left to itself."""


@dataclass(slots=True)
class _Running:
    """A stream's thread, and the bug that ended it."""

    stream: Stream
    thread: threading.Thread = field(init=False)
    bug: Exception | None = None

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, name="exchange-stream", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.stream.run()
        except Exception as error:  # noqa: BLE001 - it is raised where the streams are looked after
            self.bug = error


@dataclass
class Streams:
    """`connection` makes what sessions are made by, and may raise UserError; `clock` only goes forward.

    `places` are those of the account's connections that may hang.
    """

    settings: EwsSource
    signs: Signs
    account: ServiceAccount
    connection: Callable[[], Connection]
    answers: TimeLimits
    places: Places
    limits: StreamLimits = field(default_factory=StreamLimits)
    clock: Callable[[], float] = time.monotonic
    _looked_at: tuple[frozenset[str], list[frozenset[str]], int] | None = None
    """Who was wanted and who had a place before it was looked last, and how often any had become free."""

    def listen(self, changed: Callable[[frozenset[str]], None], stopped: threading.Event) -> None:
        """As `Announcing.listen`. Raises the exception of a stream that a bug ended."""
        ended = threading.Event()
        trial = PasswordTrial(self.account, self.answers)
        running: list[_Running] = []
        taken = 0
        self._looked_at = None

        def begun() -> Stream | None:
            nonlocal taken
            if not self.places.take():
                return None
            taken += 1
            stream = Stream(self._dialogue(trial), self.signs, changed, ended, self.limits, self.clock)
            running.append(_Running(stream))
            return stream

        with self.signs.listening():
            try:
                while not stopped.wait(self.limits.look):
                    for one in running:
                        if one.bug is not None:
                            raise one.bug
                    self._give_places([one.stream for one in running], begun)
            finally:
                ended.set()
                until = time.monotonic() + _END
                for one in running:
                    one.stream.cut()
                for one in running:
                    one.thread.join(max(0.0, until - time.monotonic()))
                for _ in range(taken):
                    self.places.give_back()

    def findings(self, thing: str, addresses: Collection[str]) -> Iterator[Finding]:
        """Whether Exchange would tell of these mailboxes: one of them is subscribed to for a moment."""
        failure = self._try(min(addresses)) if addresses else None
        if failure is not None:
            problem = Text("Exchange takes no subscription: changes are seen by polling only, each interval")
            yield Finding(Severity.WARNING, thing, problem, failure.told(self.settings.user))
        most = self.settings.stream_connections * self.limits.on_one
        if len(addresses) > most:
            problem = Text(
                "{polled} of {all} mailboxes are polled, for {most} can be listened for",
                polled=len(addresses) - most,
                all=len(addresses),
                most=most,
            )
            yield Finding(Severity.NOTE, thing, problem, LEFT_OVER)

    def _try(self, address: str) -> Failure | None:
        """Why the mailbox cannot be subscribed to."""
        dialogue = self._dialogue(PasswordTrial(self.account, self.answers))
        with closing(dialogue):
            answer = dialogue.subscribe(address)
            if isinstance(answer, Failure):
                return answer
            dialogue.unsubscribe(answer)
        return None

    def _dialogue(self, trial: PasswordTrial) -> Dialogue:
        return Dialogue(self.settings, self.account, trial, self.connection, self.answers)

    def _give_places(self, streams: list[Stream], begun: Callable[[], Stream | None]) -> None:
        """Whoever has none gets a place where there is room, or is told that there is none."""
        wanted, members = self.signs.wanted, [stream.members for stream in streams]
        seen = (wanted, members, self.places.times_freed)
        if self._looked_at == seen:
            return
        waiting = sorted(wanted.difference(*members))
        for stream in streams:
            stream.take_in(waiting)
        while waiting and (one_more := begun()) is not None:
            one_more.take_in(waiting)
        if waiting:
            self.signs.lose(waiting, LEFT_OVER)
        # As they were, so that it is looked again after each change, one that came meanwhile too.
        self._looked_at = seen
