"""Exchange as a source: every mailbox is asked over a few connections side by side, and a sick one delays no other.

The threads (`workers`) say what happened when they asked for a mailbox (`attempt`). The thread that iterates over the
readings judges it: what is asked once more, whom the server does not want to hear from, and when it is given up.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog

from rules.entry import Entries, Reading, Unreadable
from sync_daemon import log
from sync_daemon.errors import UserError
from sync_daemon.findings import Finding
from sync_daemon.log import Troubles
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources import Hearing, KeyMaker, Mailbox, Parse, Window
from sync_daemon.sources.ews.attempt import Asker, Attempt
from sync_daemon.sources.ews.connection import Connection
from sync_daemon.sources.ews.logons import LOGONS, Logons, account_key
from sync_daemon.sources.ews.password_trial import PasswordTrial, ServiceAccount
from sync_daemon.sources.ews.streams import StreamLimits, Streams
from sync_daemon.sources.ews.streams.failures import JOINS
from sync_daemon.sources.exchange.abandoned_threads import (
    ABANDONED,
    BUG,
    RESTING,
    STILL_OUT,
    AbandonedThreads,
)
from sync_daemon.sources.exchange.concurrency_limit import ConcurrencyLimit
from sync_daemon.sources.exchange.failure import Again, Concerns, Failure, of_another
from sync_daemon.sources.exchange.item_owners import ItemOwners
from sync_daemon.sources.exchange.server_state import BackOffs, ServerState
from sync_daemon.sources.exchange.signs import Signs
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.exchange.workers import carry_out
from sync_daemon.sources.password import password_in
from sync_daemon.sources.refusals import NOTHING_REFUSED, Refusals, secret_in
from sync_daemon.sources.shared import Places, Shared
from sync_daemon.texts import Text

MOST_TRIES = 10
"""So often a mailbox is asked for in one reading as long as the server is busy."""


def _name_of(settings: EwsSource) -> str:
    """What an account is told from others by."""
    return f"{settings.user.lower()}\0{settings.auth}"


@dataclass(frozen=True, slots=True)
class _Task:
    """A mailbox that is to be asked for; `failed` is why the last of the `tries` before this one failed."""

    mailbox: Mailbox
    failed: Failure | None = None
    tries: int = 0


@dataclass(slots=True)
class _Tasks(Iterator[_Task]):
    """What is still to be asked for; it is taken out as long as `may_ask`, and may be put back."""

    left: deque[_Task]
    may_ask: Callable[[], bool]

    def put_back(self, task: _Task, failure: Failure) -> bool:
        """Puts it back where it is to be asked for once more; whether that is so."""
        again = _Task(task.mailbox, failure, task.tries + 1)
        if failure.is_busy and again.tries < MOST_TRIES:
            self.left.append(again)
            return True
        if failure.again in {Again.NOW, Again.SOON} and not failure.is_busy and task.failed is None:
            self.left.appendleft(again)
            return True
        return False

    def __next__(self) -> _Task:
        if not self.left or not self.may_ask():
            raise StopIteration
        return self.left.popleft()


@dataclass(slots=True)
class _Round:
    """One reading of many mailboxes, as the thread that judges sees it."""

    asker: Asker
    tasks: _Tasks
    connection: Connection
    """The pool that it begins with."""
    bug_told: bool = False


class ExchangeSource:
    """The calendars of one Exchange, read by a service account.

    `zone` is the tenant's; `refusals` are those of every process. `clock` gives seconds that only go forward; `pause`
    waits so many of them. With `shared` those of other shards ask and listen within the same limits. Raises UserError
    where the secret or the certificate cannot be read.
    """

    def __init__(  # noqa: PLR0913 - the last five are for tests
        self,
        settings: EwsSource,
        zone: ZoneInfo,
        make_key: KeyMaker,
        refusals: Refusals | None = None,
        shared: Shared | None = None,
        *,
        logons: Logons = LOGONS,
        limits: TimeLimits = TimeLimits(),  # noqa: B008 - it is frozen
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        streams: StreamLimits = StreamLimits(),  # noqa: B008 - it is frozen
    ) -> None:
        self._settings = settings
        self._zone = zone
        self._make_key = make_key
        self._limits = limits
        self._pause = pause
        kerberos = settings.auth == "kerberos"
        self._password = "" if kerberos else password_in(settings.secret)
        self._account = ServiceAccount(
            account_key(settings, self._password),
            None if kerberos else secret_in(settings.secret, _name_of(settings)),
            logons,
            refusals or NOTHING_REFUSED,
            clock,
            zone,
        )
        self._connection = Connection(settings, self._password, limits)
        self._back_offs = BackOffs(clock, by_mailbox=settings.access == "impersonation")
        self._ask_last: set[str] = set()
        self._owners = ItemOwners()
        self._abandoned = AbandonedThreads()
        self._troubles = Troubles()
        self._signs = Signs()
        self._limit = None if shared is None else shared.once("requests", self._new_limit)
        self._streams = Streams(
            settings,
            self._signs,
            self._account,
            lambda: Connection(settings, self._password, limits),
            limits,
            (shared or Shared()).once("streams", lambda: Places(settings.stream_connections)),
            streams,
            clock,
        )

    def __repr__(self) -> str:
        return f"ExchangeSource({self._settings.endpoint!r})"

    def fingerprints(self, addresses: Collection[str]) -> Mapping[str, Hashable]:
        """Those of the mailboxes that Exchange tells of; a view cannot say of itself that it is unchanged."""
        self._owners.belong_to_source(addresses)
        return self._signs.fingerprints(addresses) if self._listens else {}

    @property
    def hearing(self) -> Hearing | None:
        """As `Announcing.hearing`; that somebody who was added waits for a connection's renewal is no trouble."""
        if not self._listens:
            return None
        hearing = self._signs.hearing
        return Hearing(hearing.listened, {why: count for why, count in hearing.lacks.items() if why != JOINS})

    def listen(self, changed: Callable[[frozenset[str]], None], stopped: threading.Event) -> None:
        """As `Announcing.listen`."""
        if self._listens:
            self._streams.listen(changed, stopped)

    def try_listening(self, tenant: str, addresses: Collection[str]) -> Iterator[Finding]:
        """One subscription is made, and ended; as `TriesListening.try_listening`."""
        if self._listens:
            thing = Text("tenant {tenant}: {thing}", tenant=tenant, thing=self._settings.endpoint)
            yield from self._streams.findings(thing, addresses)

    @property
    def _listens(self) -> bool:
        return self._settings.detect == "stream"

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Generator[tuple[Mailbox, Reading] | None, None, None]:
        """Each mailbox as it is answered; None about once a second while none is."""
        self._back_offs.forget_past()
        waiting = sorted(mailboxes, key=lambda mailbox: mailbox.address in self._ask_last)
        self._owners.begin_reading(mailbox.address for mailbox in waiting)
        still_out = self._abandoned.addresses()
        yield from ((mailbox, Unreadable(STILL_OUT)) for mailbox in waiting if mailbox.address in still_out)
        tasks = _Tasks(
            deque(_Task(mailbox) for mailbox in waiting if mailbox.address not in still_out),
            lambda: not self._abandoned.are_too_many(self._settings.concurrency),
        )
        asker = self._asker(window, parse)
        try:
            yield from self._readings(_Round(asker, tasks, self._connection))
        finally:
            asker.server.stop()
        self._abandoned.tell(self._troubles, self._settings.endpoint, self._settings.concurrency)
        yield from ((task.mailbox, Unreadable(RESTING)) for task in tasks.left)

    def _readings(self, current: _Round) -> Iterator[tuple[Mailbox, Reading] | None]:
        """Those of the mailboxes that are asked for, and None while no thread has anything to say."""

        def work(task: _Task) -> Attempt | Exception:
            return current.asker.attempt(task.mailbox)

        for done in carry_out(work, current.tasks, self._settings.concurrency, self._limits.any_result):
            if done is None:
                yield None
                continue
            task, attempt = done
            reading = self._judge(task, attempt, current)
            if reading is not None:
                if isinstance(reading, Unreadable):
                    self._owners.failed(task.mailbox.address)
                yield task.mailbox, reading

    def _judge(self, task: _Task, attempt: Attempt | Exception | None, current: _Round) -> Reading | None:
        """What the attempt comes to; None where the mailbox is asked for once more."""
        address = task.mailbox.address
        if attempt is None:
            self._abandoned.abandon(address)
            self._ask_last.add(address)
            hindered = self._replace(current.connection)
            return Unreadable(ABANDONED if hindered is None else hindered.remedy)
        if isinstance(attempt, Exception):
            if not current.bug_told:
                current.bug_told = True
                log.bug(attempt, mailbox=address)
            return Unreadable(BUG)
        outcome = attempt.outcome
        if attempt.asked:
            outcome = self._learn(task, attempt, current)
            if isinstance(outcome, Failure) and current.tasks.put_back(task, outcome):
                return None
        elif task.failed is not None:
            outcome = task.failed
        return outcome.unreadable(self._settings.user) if isinstance(outcome, Failure) else outcome

    def _learn(self, task: _Task, attempt: Attempt, current: _Round) -> Entries | Failure:
        """What the attempt says of the server is noted; the mailbox's own reading, or why there is none."""
        address, outcome = task.mailbox.address, attempt.outcome
        (self._ask_last.add if attempt.ask_last else self._ask_last.discard)(address)
        if attempt.stuck is not None:
            hindered = self._replace(attempt.stuck)
            outcome = hindered if hindered is not None and isinstance(outcome, Failure) else outcome
        if not isinstance(outcome, Failure):
            other = self._owners.other_owner(address, attempt.item_ids)
            outcome = outcome if other is None else of_another(other)
        current.asker.server.learn(outcome, answered=attempt.answered)
        if isinstance(outcome, Failure):
            self._back_offs.begin(address, outcome)
        return outcome

    def _new_limit(self) -> ConcurrencyLimit:
        return ConcurrencyLimit(self._settings.concurrency, self._limits.answer, self._pause)

    def _asker(self, window: Window, parse: Parse) -> Asker:
        return Asker(
            settings=self._settings,
            zone=self._zone,
            make_key=self._make_key,
            window=window,
            parse=parse,
            limits=self._limits,
            connection=lambda: self._connection,
            account=self._account,
            trial=PasswordTrial(self._account, self._limits),
            limit=self._limit or self._new_limit(),
            server=ServerState(),
            back_offs=self._back_offs,
            abandoned=self._abandoned,
            pause=self._pause,
        )

    def _replace(self, connection: Connection) -> Failure | None:
        """Another pool of connections in the place of one that is stuck; whoever still waits in it is let go.

        Why there can be none, else, such as a certificate that has gone: the stuck one stays, and it is tried again.
        """
        if self._connection is not connection:
            return None
        try:
            self._connection = Connection(self._settings, self._password, self._limits)
        except UserError as error:
            return Failure(error.text, Concerns.SERVER)
        structlog.get_logger().warning("exchange_pool_replaced", server=urlsplit(self._settings.endpoint).hostname)
        return None
