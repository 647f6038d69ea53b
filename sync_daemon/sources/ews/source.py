"""Exchange as a source: every mailbox is asked over a few connections side by side, and a sick one delays no other."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog

from rules.entry import Entries, Reading, Unreadable
from sync_daemon import log
from sync_daemon.log import Trouble, Troubles
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources import Idle, KeyMaker, Mailbox, Parse, Window, never_mind
from sync_daemon.sources.ews.answer import KNOWN_BY, View, view_of
from sync_daemon.sources.ews.connection import Asking, Connection, PoolStuck
from sync_daemon.sources.ews.crew import carried_out
from sync_daemon.sources.ews.failure import (
    HELD,
    PASSWORD_REFUSED,
    REFUSED_HERE,
    Concerns,
    Failure,
    not_tried,
    of_another,
    of_exception,
    of_response,
)
from sync_daemon.sources.ews.item import Reader
from sync_daemon.sources.ews.logons import LOGONS, Logons, account_key
from sync_daemon.sources.ews.lost import Lost
from sync_daemon.sources.ews.mailbox import read_mailbox
from sync_daemon.sources.ews.owners import Owners
from sync_daemon.sources.ews.password import password_in
from sync_daemon.sources.ews.patience import Patience
from sync_daemon.sources.ews.question import Question, account_of
from sync_daemon.sources.refusals import NOTHING_REFUSED, Refusals, secret_in

ATTEMPTS = 2
"""How often a mailbox is asked for where that may help."""

LONGEST_BACK_OFF = 3600.0
"""Seconds; whatever Exchange says, an hour later it is asked again."""

LONGEST_FOR_ALL = 300.0
"""Seconds for which the whole server is left alone at most: one mailbox's answer may have said it."""

IN_A_ROW = 50
"""After so many mailboxes that failed for the server's sake, and none that did not, the rest is not asked for now."""

_OF_THE_SERVER = (Concerns.SERVER, Concerns.ACCOUNT)
"""Whoever fails for these is asked for last the next time, lest those who come after never be."""

_LOST = "wait: it is read again by itself; if it lasts for hours, restart the service (no answer ever came)"

GIVEN_UP = 2
"""As many threads as are asking at once, so many times over, may be out without an answer; then nobody is asked."""

_STILL_OUT = "wait: the last question for it has no answer yet; if it lasts for hours, restart the service"

_RESTING = (
    "see what stands between this machine and Exchange: so many questions have no answer that no more are asked until "
    "some have; if it lasts for hours, restart the service"
)

_BUG = "report the bug that the log tells of"


def _name_of(settings: EwsSource) -> str:
    """What an account is told from others by."""
    return f"{settings.user.lower()}\0{settings.auth}"


@dataclass(slots=True)
class _Round:
    """One reading of many mailboxes: what it reads, and what it learned of the server so far."""

    window: Window
    parse: Parse
    connection: Connection
    questions: dict[Window, Question] = field(default_factory=dict)
    taken: bool = False
    """The password was, by the latest that were asked for."""
    answered: bool = False
    """Anybody was."""
    failed: int = 0
    in_a_row: int = 0
    given_up: Failure | None = None
    bug_told: bool = False


class ExchangeSource:
    """The calendars of one Exchange, read by a service account.

    `zone` is the tenant's; `refusals` are those of every process. `clock` gives seconds that only go forward; `pause`
    waits so many of them. Raises UserError where the secret or the certificate cannot be read.
    """

    def __init__(  # noqa: PLR0913 - the last four are for tests
        self,
        settings: EwsSource,
        zone: ZoneInfo,
        make_key: KeyMaker,
        refusals: Refusals | None = None,
        *,
        logons: Logons = LOGONS,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._zone = zone
        self._make_key = make_key
        self._logons = logons
        self._patience = patience
        self._clock = clock
        self._pause = pause
        self._refusals = refusals or NOTHING_REFUSED
        self._secret = None if settings.auth == "kerberos" else secret_in(settings.secret, _name_of(settings))
        self._password = "" if settings.auth == "kerberos" else password_in(settings.secret)
        self._account = account_key(settings, self._password)
        self._gate = logons.gate(self._account)
        self._connection = Connection(settings, self._password, patience)
        self._lock = threading.Lock()
        self._held: dict[str, float] = {}
        self._all_held = 0.0
        self._last: set[str] = set()
        self._owners = Owners()
        self._lost = Lost()
        self._troubles = Troubles()

    def __repr__(self) -> str:
        return f"ExchangeSource({self._settings.endpoint!r})"

    def fingerprints(self) -> Mapping[str, Hashable]:
        """None: a view cannot say of itself that it is unchanged."""
        return {}

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse, idle: Idle = never_mind
    ) -> Iterator[tuple[Mailbox, Reading]]:
        """Each mailbox as it is answered."""
        self._held = {address: until for address, until in self._held.items() if until > self._clock()}
        waiting = sorted(mailboxes, key=lambda mailbox: mailbox.address in self._last)
        self._owners.begin(mailbox.address for mailbox in waiting)
        this = _Round(window, parse, self._connection)
        out = self._lost.addresses()
        yield from ((mailbox, Unreadable(_STILL_OUT)) for mailbox in waiting if mailbox.address in out)
        left = deque(mailbox for mailbox in waiting if mailbox.address not in out)
        work = partial(self._reading, this)
        tasks = self._while_threads_come_back(left)
        for mailbox, reading in carried_out(work, tasks, self._settings.concurrency, self._patience.lost, idle):
            if reading is None:
                self._lost.give_up(mailbox.address)
                self._replace(this.connection)
            yield mailbox, reading or Unreadable(_LOST)
        self._tell_of_threads()
        yield from ((mailbox, Unreadable(_RESTING)) for mailbox in left)

    def _while_threads_come_back(self, left: deque[Mailbox]) -> Iterator[Mailbox]:
        """What is left, as long as not too many threads were given up."""
        while left and not self._rests():
            yield left.popleft()

    def _rests(self) -> bool:
        return len(self._lost.addresses()) >= GIVEN_UP * self._settings.concurrency

    def _tell_of_threads(self) -> None:
        fields = {"server": urlsplit(self._settings.endpoint).hostname, "threads": len(self._lost.addresses())}
        resting = [Trouble("exchange_resting", fields=fields)] if self._rests() else []
        self._troubles.found("threads", resting, datetime.now(UTC))

    def _reading(self, this: _Round, mailbox: Mailbox) -> Reading:
        """It raises nothing, whatever came."""
        try:
            with self._lost.watched(mailbox.address):
                found = self._tried(mailbox, this)
        except Exception as error:  # noqa: BLE001 - a thread that ends would be missed by all the other mailboxes
            if not this.bug_told:
                this.bug_told = True
                log.bug(error, mailbox=mailbox.address)
            return Unreadable(_BUG)
        return Unreadable(found.told(self._settings.user)) if isinstance(found, Failure) else found

    def _tried(self, mailbox: Mailbox, this: _Round) -> Entries | Failure:
        found: Entries | Failure = HELD
        for attempt in range(ATTEMPTS):
            with self._turn(this):
                hindrance = self._hindrance(mailbox, this)
                if hindrance is not None:
                    return found if attempt else hindrance
                found = self._asked(mailbox, this)
                if isinstance(found, Failure):
                    found = self._learned(mailbox, found, this)
                else:
                    this.in_a_row = 0
            if not (isinstance(found, Failure) and found.again):
                break
        return found

    @contextmanager
    def _turn(self, this: _Round) -> Iterator[None]:
        """Alone, as long as nobody knows whether the password is taken."""
        known = self._logons.was_accepted(self._account)
        patience = self._patience
        inside = self._gate.enter(
            lambda: this.taken or self._is_refused(), patience.alone if known else patience.another, patience.another
        )
        try:
            yield
        finally:
            if inside:
                self._gate.leave()

    def _hindrance(self, mailbox: Mailbox, this: _Round) -> Failure | None:
        """Why it is not to be asked for now; a short back-off is waited for."""
        if mailbox.address in self._lost.addresses():
            return HELD  # nobody waits for this thread any more
        if self._logons.is_refused(self._account, self._clock()) and self._is_refused():
            return PASSWORD_REFUSED
        if self._secret and (refused := self._refusals.refused_at(self._secret)) is not None:
            return not_tried(refused, self._zone)
        if this.given_up is not None:
            return this.given_up
        wait = max(self._held.get(mailbox.address, 0.0), self._all_held) - self._clock()
        if wait > self._patience.held:
            return HELD
        if wait > 0:
            self._pause(wait)
        return None

    def _is_refused(self) -> bool:
        """By this process, or by any other."""
        seconds = self._logons.refused_for(self._account, self._clock())
        if seconds is not None:
            if not (self._secret and self._refusals.let_in_within(self._secret, seconds)):
                return True
            self._logons.let_in_elsewhere(self._account)
        return self._secret is not None and self._refusals.refused_at(self._secret) is not None

    def _asked(self, mailbox: Mailbox, this: _Round) -> Entries | Failure:
        began = time.monotonic()
        reader = Reader(this.parse, mailbox.own_numbers, self._make_key, self._zone, this.window)
        names: list[str] = []
        found = read_mailbox(partial(self._view, mailbox, this, names), this.window, reader, self._patience.mailbox)
        sick = isinstance(found, Failure) and found.concerns in _OF_THE_SERVER
        slow = time.monotonic() - began > self._patience.slow
        (self._last.add if sick or slow else self._last.discard)(mailbox.address)
        other = None if isinstance(found, Failure) else self._owners.other(mailbox.address, names[:KNOWN_BY])
        return found if other is None else of_another(other)

    def _view(self, mailbox: Mailbox, this: _Round, names: list[str], part: Window) -> View | Failure:
        connection = self._connection
        question = this.questions.get(part)
        if question is None:
            question = this.questions[part] = Question(self._settings, connection, part)
        began, sent = self._clock(), time.monotonic()
        patience = self._patience
        try:
            asking = Asking(account=account_of(self._settings, connection, mailbox.address))
            response = asking.ask(
                question.of(mailbox.address), lambda: sent + (patience.answer if this.taken else patience.trial)
            )
        except PoolStuck as stuck:
            self._replace(connection)
            return of_exception(stuck)
        except Exception as error:  # noqa: BLE001 - exchangelib raises whatever its parts do; its words may be an answer's
            return of_exception(error)
        failure = of_response(response, self._settings)
        if failure is not None:
            return failure
        view = view_of(response.content)
        if isinstance(view, View) or view.by_exchange:
            if self._secret and not this.taken:
                self._refusals.let_in(self._secret)
            this.taken = this.answered = True
            self._logons.accept(self._account, began)
        if isinstance(view, View):
            names += view.names
        return view

    def _learned(self, mailbox: Mailbox, failure: Failure, this: _Round) -> Failure:
        """What is told of it, and what it means for the others."""
        this.failed += 1
        this.in_a_row = this.in_a_row + 1 if failure.concerns is Concerns.SERVER else 0
        if failure.concerns is Concerns.ACCOUNT:
            if this.taken:  # a moment ago it was right: the next one says whose fault it is, and is asked for alone
                this.taken = False
                return REFUSED_HERE
            self._logons.refuse(self._account, self._clock())
            if self._secret:
                self._refusals.refuse(self._secret)
        silent = not this.answered and this.failed >= IN_A_ROW
        if silent or this.in_a_row >= IN_A_ROW or failure.concerns is Concerns.TICKET:
            this.given_up = failure
        if failure.back_off:
            self._hold(mailbox, failure, failure.back_off)
        return failure

    def _hold(self, mailbox: Mailbox, failure: Failure, seconds: float) -> None:
        # A delegate's calls are all on its own account; whose an impersonated one's are, only the answer says.
        if failure.concerns is Concerns.MAILBOX and self._settings.access == "impersonation":
            self._held[mailbox.address] = self._clock() + min(seconds, LONGEST_BACK_OFF)
        else:
            self._all_held = max(self._all_held, self._clock() + min(seconds, LONGEST_FOR_ALL))

    def _replace(self, connection: Connection) -> None:
        """Another pool of connections in the place of one that is stuck; whoever still waits in it is let go."""
        with self._lock:
            if self._connection is not connection:
                return
            self._connection = Connection(self._settings, self._password, self._patience)
        structlog.get_logger().warning("exchange_pool_replaced", server=urlsplit(self._settings.endpoint).hostname)
