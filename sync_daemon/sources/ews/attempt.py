"""One mailbox is asked for once, on a thread beside others: what happened is given back, and judged elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from rules.entry import Entries
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources import KeyMaker, Mailbox, Parse, Window
from sync_daemon.sources.ews.answer import KNOWN_BY, View, view_of
from sync_daemon.sources.ews.connection import Asking, Connection
from sync_daemon.sources.ews.exceptions import of_exception
from sync_daemon.sources.ews.exchangelib_internals import PoolStuck
from sync_daemon.sources.ews.http_statuses import of_response
from sync_daemon.sources.ews.item import Reader
from sync_daemon.sources.ews.mailbox import read_mailbox
from sync_daemon.sources.ews.password_trial import PasswordTrial, ServiceAccount
from sync_daemon.sources.ews.question import Question, account_of
from sync_daemon.sources.ews.response_codes import not_followed_yet
from sync_daemon.sources.exchange.abandoned_threads import AbandonedThreads
from sync_daemon.sources.exchange.concurrency_limit import ConcurrencyLimit
from sync_daemon.sources.exchange.failure import HELD, Concerns, Failure
from sync_daemon.sources.exchange.server_state import BackOffs, ServerState
from sync_daemon.sources.exchange.time_limits import TimeLimits

_OF_THE_SERVER = (Concerns.SERVER, Concerns.ACCOUNT, Concerns.PASSWORD)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What happened when one mailbox was asked for, or was to be."""

    outcome: Entries | Failure
    asked: bool = True
    """False where something hindered it, such as a back-off: then Exchange heard nothing."""
    answered: bool = False
    """Exchange let the account in, whatever it said of the mailbox."""
    ask_last: bool = False
    """It took long, or failed for the server's sake: the next time the others come first, lest they never be read."""
    item_ids: tuple[str, ...] = ()
    """Those of the answer's first items."""
    stuck: Connection | None = None
    """The pool of connections that gave none."""


@dataclass(frozen=True, slots=True)
class Asker:
    """How the threads of one reading ask for a mailbox. None of them changes what another one looks at.

    Shared with the thread that judges are `server` and `back_offs`, which that one alone changes, and `trial`, `limit`
    and `abandoned`, which are safe to share. `pause` waits so many seconds.
    """

    settings: EwsSource
    zone: ZoneInfo
    make_key: KeyMaker
    window: Window
    parse: Parse
    limits: TimeLimits
    connection: Callable[[], Connection]
    account: ServiceAccount
    trial: PasswordTrial
    limit: ConcurrencyLimit
    server: ServerState
    back_offs: BackOffs
    abandoned: AbandonedThreads
    pause: Callable[[float], None]
    questions: dict[Window, Question] = field(default_factory=dict)
    """Those that are written already; where two threads write the same one, either will do."""

    def attempt(self, mailbox: Mailbox) -> Attempt | Exception:
        """What happened; the exception where that was a bug. It raises nothing."""
        try:
            with self.abandoned.at_work(mailbox.address), self.trial.turn(), self.limit.turn() as began:
                obstacle = self._obstacle(mailbox)
                if obstacle is not None:
                    return Attempt(obstacle, asked=False)
                self.limit.rest()
                attempt = self._ask(mailbox)
                self._note(attempt, began)
                return attempt
        except Exception as error:  # noqa: BLE001 - a thread that ends would be missed by all the other mailboxes
            return error

    def _note(self, attempt: Attempt, began: int) -> None:
        """Tells the limit whether the server had too much to do at once."""
        if isinstance(attempt.outcome, Failure) and attempt.outcome.is_busy:
            self.limit.busy(began)
        elif attempt.answered:
            self.limit.let_through()

    def question(self, connection: Connection, window: Window) -> Question:
        """The question for that time, which is written once for all mailboxes."""
        question = self.questions.get(window)
        if question is None:
            question = self.questions[window] = Question(self.settings, connection, window)
        return question

    def _obstacle(self, mailbox: Mailbox) -> Failure | None:
        """Why the mailbox is not to be asked for now; the end of a short back-off is waited for."""
        if mailbox.address in self.abandoned.addresses():
            return HELD
        obstacle = self.account.obstacle() or self.server.given_up
        if obstacle is not None:
            return obstacle
        slow = self.back_offs.not_yet(mailbox.address)
        if slow is not None:
            return slow
        wait = self.back_offs.seconds_left(mailbox.address)
        if wait > self.limits.back_off:
            return HELD
        if wait > 0:
            self.pause(wait)
        return None

    def _ask(self, mailbox: Mailbox) -> Attempt:
        began = time.monotonic()
        views = _Views(self, mailbox)
        reader = Reader(self.parse, mailbox.own_numbers, self.make_key, self.zone, self.window)
        outcome = read_mailbox(views.ask, self.window, reader, self.limits.mailbox)
        sick = isinstance(outcome, Failure) and outcome.concerns in _OF_THE_SERVER
        slow = time.monotonic() - began > self.limits.slow
        if isinstance(outcome, Failure) and outcome.concerns is Concerns.PASSWORD:
            outcome = self.trial.refuse()
        return Attempt(
            outcome,
            answered=views.answered,
            ask_last=sick or slow,
            item_ids=tuple(views.item_ids[:KNOWN_BY]),
            stuck=views.stuck,
        )


@dataclass(slots=True)
class _Views:
    """The views of one mailbox, asked for one after the other, and what is noted beside them."""

    asker: Asker
    mailbox: Mailbox
    answered: bool = False
    item_ids: list[str] = field(default_factory=list)
    stuck: Connection | None = None

    def ask(self, window: Window) -> View | Failure:
        """What Exchange shows of that time, or why it shows nothing."""
        asker = self.asker
        connection, began = asker.connection(), asker.account.clock()
        question = asker.question(connection, window)
        try:
            asking = Asking(account=account_of(asker.settings, connection, self.mailbox.address))
            response = asking.ask(question.of(self.mailbox.address), self._time_limit(time.monotonic()))
        except PoolStuck as stuck:
            self.stuck = connection
            return of_exception(stuck)
        except Exception as error:  # noqa: BLE001 - exchangelib raises whatever its parts do; its words may be an answer's
            return of_exception(error)
        failure = of_response(response, asker.settings)
        if failure is not None:
            return failure
        view = view_of(response.content)
        if isinstance(view, View) or view.by_exchange:
            self.answered = True
            asker.trial.accept(began)
        if isinstance(view, Failure):
            return not_followed_yet(view, asker.settings)
        self.item_ids += view.names
        return view

    def _time_limit(self, sent: float) -> Callable[[], float]:
        """Until when the answer must be there, by `time.monotonic`: sooner once the password is known to be right."""
        limits, trial = self.asker.limits, self.asker.trial
        return lambda: sent + (limits.answer if trial.accepted else limits.logon_answer)
