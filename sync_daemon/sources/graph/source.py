"""Exchange Online as a source: twenty mailboxes a request, a few requests side by side; a sick one delays no other.

The threads (`exchange.workers`) say what happened to the mailboxes that they asked for (`attempt`). The thread that
iterates over the readings judges it: what is asked once more, who is to be left alone, and when all is given up.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rules.entry import Entries, Reading, Unreadable
from sync_daemon import log
from sync_daemon.findings import Finding
from sync_daemon.log import Troubles
from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources import Hearing, KeyMaker, Mailbox, Parse, Window
from sync_daemon.sources.exchange.abandoned_threads import (
    ABANDONED,
    BUG,
    RESTING,
    STILL_OUT,
    AbandonedThreads,
)
from sync_daemon.sources.exchange.failure import Concerns, Failure, of_another
from sync_daemon.sources.exchange.item_owners import ItemOwners
from sync_daemon.sources.exchange.server_state import BackOffs, ServerState
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.exchange.workers import carry_out
from sync_daemon.sources.graph.attempt import Asker, Attempt
from sync_daemon.sources.graph.batches import Batch, Batches
from sync_daemon.sources.graph.calendar_view import CalendarView
from sync_daemon.sources.graph.delta import Delta
from sync_daemon.sources.graph.event import Reader
from sync_daemon.sources.graph.exceptions import LATE, is_late
from sync_daemon.sources.graph.permissions import findings
from sync_daemon.sources.graph.untold_subjects import UntoldSubjects
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from sync_daemon.sources.graph.question import Asks

_OF_THE_SERVER = (Concerns.SERVER, Concerns.ACCOUNT, Concerns.PASSWORD)


@dataclass(slots=True)
class _Round:
    """One reading of many mailboxes, as the thread that judges sees it."""

    asker: Asker
    batches: Batches
    subjects: UntoldSubjects = field(default_factory=UntoldSubjects)
    bug_told: bool = False


class ExchangeOnlineSource:
    """The calendars of one Exchange Online, read over Microsoft Graph by `asks`.

    `zone` is the tenant's; `roles` are those of the last token, None while they are not known. `clock` gives seconds
    that only go forward; `pause` waits so many of them.
    """

    def __init__(  # noqa: PLR0913 - all but `roles` behind the * are for tests
        self,
        settings: GraphSource,
        zone: ZoneInfo,
        make_key: KeyMaker,
        asks: Asks,
        *,
        limits: TimeLimits = TimeLimits(),  # noqa: B008 - it is frozen
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        roles: Callable[[], frozenset[str] | None] = lambda: None,
    ) -> None:
        self._roles = roles
        self._settings = settings
        self._zone = zone
        self._make_key = make_key
        self._asks = asks
        self._limits = limits
        self._pause = pause
        # Microsoft counts what an application asks of each mailbox by itself:
        # https://learn.microsoft.com/en-us/graph/throttling-limits#outlook-service-limits
        self._back_offs = BackOffs(clock, by_mailbox=True)
        self._ask_last: set[str] = set()
        self._owners = ItemOwners()
        self._mailboxes = AbandonedThreads()
        self._requests = AbandonedThreads()
        self._troubles = Troubles()
        self._delta = Delta(settings, asks, clock) if settings.detect == "delta" else None

    def __repr__(self) -> str:
        return f"ExchangeOnlineSource({self._settings.endpoint!r})"

    def fingerprints(self, addresses: Collection[str]) -> Mapping[str, Hashable]:
        """Of who is listened for; without `detect = "delta"` of nobody: a view cannot say that it is unchanged."""
        self._owners.belong_to_source(addresses)
        return self._delta.signs.fingerprints(addresses) if self._delta else {}

    @property
    def hearing(self) -> Hearing | None:
        """Whose changes are told; None where everybody is polled."""
        return self._delta.signs.hearing if self._delta else None

    def listen(self, changed: Callable[[frozenset[str]], None], stopped: threading.Event) -> None:
        """Asks who has changed, until it is stopped."""
        if self._delta is not None:
            self._delta.listen(changed, stopped)

    def advice(self, tenant: str) -> Iterator[Finding]:
        """Which permissions are more than is needed, as far as the token says."""
        return findings(self._roles(), self._settings, tenant)

    def try_listening(self, tenant: str, addresses: Collection[str]) -> Iterator[Finding]:
        """A batch of them is asked once for what changes; as `TriesListening.try_listening`."""
        if self._delta is not None:
            thing = Text("tenant {tenant}: {thing}", tenant=tenant, thing=self._settings.endpoint)
            yield from self._delta.findings(thing, addresses)

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Generator[tuple[Mailbox, Reading] | None, None, None]:
        """Each mailbox as it is answered; None about once a second while none is."""
        self._back_offs.forget_past()
        waiting = sorted(mailboxes, key=lambda mailbox: mailbox.address in self._ask_last)
        self._owners.begin_reading(mailbox.address for mailbox in waiting)
        still_out = self._mailboxes.addresses()
        yield from ((mailbox, Unreadable(STILL_OUT)) for mailbox in waiting if mailbox.address in still_out)
        views = deque(self._view(mailbox, window, parse) for mailbox in waiting if mailbox.address not in still_out)
        batches = Batches(
            views, lambda: not self._requests.are_too_many(self._settings.concurrency), self._back_offs.seconds_left
        )
        asker = self._asker()
        try:
            yield from self._readings(_Round(asker, batches))
        finally:
            asker.server.stop()
            if self._delta is not None:
                self._delta.covers(window)
        self._requests.tell(self._troubles, self._settings.endpoint, self._settings.concurrency)
        yield from ((view.mailbox, Unreadable(RESTING)) for view in batches.left)

    def _view(self, mailbox: Mailbox, window: Window, parse: Parse) -> CalendarView:
        reader = Reader(parse, mailbox.own_numbers, self._make_key, self._zone, window)
        return CalendarView.of(mailbox, reader, self._asks.path_of)

    def _readings(self, current: _Round) -> Iterator[tuple[Mailbox, Reading] | None]:
        """Those of the mailboxes that are asked for, and None while no thread has anything to say."""
        threads = self._settings.concurrency
        for done in carry_out(current.asker.attempt, current.batches, threads, self._limits.any_result):
            if done is None:
                yield None
                continue
            batch, attempts = done
            if attempts is None:
                yield from self._abandon(batch)
                continue
            for view, reading in self._judged(batch, attempts, current):
                if isinstance(reading, Unreadable):
                    self._owners.failed(view.address)
                yield from current.subjects.judge(view, reading)
        yield from current.subjects.rest()

    def _abandon(self, batch: Iterable[CalendarView]) -> Iterator[tuple[Mailbox, Reading]]:
        """Nobody waits for their answers any more."""
        for number, view in enumerate(batch):
            if number == 0:
                self._requests.abandon(view.address)
            self._mailboxes.abandon(view.address)
            self._owners.failed(view.address)
            self._ask_last.add(view.address)
            yield view.mailbox, Unreadable(ABANDONED)

    def _judged(
        self, batch: Batch, attempts: Sequence[Attempt], current: _Round
    ) -> Sequence[tuple[CalendarView, Reading]]:
        """The readings of those of a batch that are not asked for once more."""
        late = {place: one.outcome for place, one in enumerate(attempts) if is_late(one.outcome)}
        parts = current.batches.put_back_in_parts(late, batch)
        for part in parts:  # one of each may be who the others waited for
            self._learn(part[0], Attempt(LATE[0]), LATE[0], current)
        put_back = {id(view) for part in parts for view in part}
        others = [(view, one) for view, one in zip(batch, attempts, strict=True) if id(view) not in put_back]
        judged = [(view, self._judge(view, one, current)) for view, one in others]
        return [(view, reading) for view, reading in judged if reading is not None]

    def _judge(self, view: CalendarView, attempt: Attempt, current: _Round) -> Reading | None:
        """What the attempt comes to; None where the mailbox is asked for once more."""
        outcome = attempt.outcome
        if isinstance(outcome, Exception):
            if not current.bug_told:
                current.bug_told = True
                log.bug(outcome, mailbox=view.address)
            return Unreadable(BUG)
        if attempt.asked:
            self._learn(view, attempt, outcome, current)
            if isinstance(outcome, Failure) and current.batches.put_back(view, outcome):
                return None
        elif view.failed is not None:
            outcome = view.failed
        if isinstance(outcome, Failure):
            outcome = view.fail(outcome)
        if outcome is None:
            current.batches.go_on(view)
            return None
        other = None if isinstance(outcome, Failure) else self._owners.other_owner(view.address, view.event_ids)
        outcome = outcome if other is None else of_another(other)
        return outcome.unreadable(self._settings.client_id) if isinstance(outcome, Failure) else outcome

    def _learn(self, view: CalendarView, attempt: Attempt, outcome: Entries | Failure | None, current: _Round) -> None:
        """What the attempt says of the server is noted."""
        address = view.address
        sick = isinstance(outcome, Failure) and outcome.concerns in _OF_THE_SERVER
        (self._ask_last.add if sick or attempt.slow else self._ask_last.discard)(address)
        current.asker.server.learn(outcome or Entries(), answered=attempt.answered)
        if isinstance(outcome, Failure):
            self._back_offs.begin(address, outcome)

    def _asker(self) -> Asker:
        return Asker(
            asks=self._asks,
            limits=self._limits,
            server=ServerState(by_mailbox=True),
            back_offs=self._back_offs,
            mailboxes=self._mailboxes,
            requests=self._requests,
            pause=self._pause,
        )
