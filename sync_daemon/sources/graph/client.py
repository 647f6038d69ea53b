"""The way to Graph: one HTTP request for up to 20 questions, with one token for all threads.

What Graph says of one mailbox holds for that mailbox, what it says of the application for all; both are obeyed here, so
that whoever asks need not know of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sync_daemon import log
from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources.exchange.concurrency_limit import ConcurrencyLimit
from sync_daemon.sources.exchange.deadline import within
from sync_daemon.sources.exchange.failure import Again, Failure
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.graph.batch import MISSING, Sent, send
from sync_daemon.sources.graph.credential import credential_of
from sync_daemon.sources.graph.entra import Token
from sync_daemon.sources.graph.exceptions import NOT_REACHED, TOO_LARGE, is_late, of_exception
from sync_daemon.sources.graph.http_statuses import of_all, outcome_of
from sync_daemon.sources.graph.permissions import roles_in
from sync_daemon.sources.graph.portions import Portions
from sync_daemon.sources.graph.question import Answer, Question
from sync_daemon.sources.graph.sessions import session_of
from sync_daemon.sources.graph.sign_in import SignIn
from sync_daemon.sources.graph.unauthorized import ACCEPTED_LATELY, Unauthorized, shows_token_taken, verdict
from sync_daemon.sources.graph.waiting import HELD, Waiting
from sync_daemon.sources.refusals import NOTHING_REFUSED, Refusals
from sync_daemon.texts import Text

LONGEST_LINK = 16 * 1024
"""Characters of a link that is followed."""

_BUG = Failure(Text("report the bug that the log tells of"))
_SPLIT = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


class Client:
    """Satisfies `Asks`.

    `zone` is the tenant's; `refusals` are those of every process. `clock` gives seconds that only go forward; `pause`
    waits so many of them. Raises UserError where the secret or a certificate cannot be read.
    """

    def __init__(  # noqa: PLR0913 - the last three are for tests
        self,
        settings: GraphSource,
        zone: ZoneInfo,
        refusals: Refusals | None = None,
        *,
        limits: TimeLimits = TimeLimits(),  # noqa: B008 - it is frozen
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._limits = limits
        self._clock = clock
        self._pause = pause
        credential = credential_of(settings)
        self._session = session_of(settings)
        self._sign_in = SignIn(
            settings, credential, self._session, refusals or NOTHING_REFUSED, zone, limits=limits, clock=clock
        )
        self._limit = ConcurrencyLimit(settings.concurrency, limits.answer, pause)
        self._waiting = Waiting(clock)
        self._portions = Portions()
        self._accepted_at: float | None = None
        """When Graph last took a token."""

    def __repr__(self) -> str:
        return f"Client({self._settings.endpoint!r})"

    @property
    def roles(self) -> frozenset[str] | None:
        """The permissions in the last token; None where there is none yet, or none that can be read."""
        token = self._sign_in.held
        return None if token is None else roles_in(token.value)

    def ask(self, questions: Sequence[Question]) -> list[Answer | Failure]:
        """What is answered to each, in their order (`Asks.ask`)."""
        try:
            return self._ask(questions)
        except Exception as error:  # noqa: BLE001 - a thread that ends would be missed by all the other mailboxes
            log.bug(error)
            return [_BUG for _ in questions]

    def path_of(self, link: object) -> str | None:
        """The path of a link that Graph gave; None where it leads elsewhere, and so is not followed."""
        if not isinstance(link, str) or len(link) > LONGEST_LINK or not (link.isascii() and link.isprintable()):
            return None
        try:
            parts, own = urlsplit(link), urlsplit(self._settings.endpoint)
            same = (parts.scheme, parts.hostname, parts.port or 443) == (own.scheme, own.hostname, own.port or 443)
        except ValueError:
            return None
        behind = parts.path.removeprefix(own.path)
        if not same or "@" in parts.netloc or " " in link or not parts.path.startswith(f"{own.path}/"):
            return None
        if any(step in {".", ".."} for step in behind.replace("%2e", ".").replace("%2E", ".").split("/")):
            return None
        return f"{behind}?{parts.query}" if parts.query else behind

    def close(self) -> None:
        """Ends the connections."""
        self._session.close()

    def _ask(self, questions: Sequence[Question]) -> list[Answer | Failure]:
        held = self._held(question.address for question in questions)
        going = [question for question in questions if question.address not in held]
        found: dict[int, Answer | Failure] = {}
        until = time.monotonic() + self._limits.answer
        for places in self._portions.of([question.address for question in going]):
            if found and time.monotonic() > until:
                found.update(dict.fromkeys(places, NOT_REACHED))
            else:
                found.update(zip(places, self._asked([going[place] for place in places]), strict=True))
        answered = iter([found[place] for place in range(len(going))])
        return [held[question.address] if question.address in held else next(answered) for question in questions]

    def _held(self, addresses: Iterable[str]) -> Mapping[str, Failure]:
        """The mailboxes that are not asked for now; the end of a short back-off is waited for."""
        left = {address: self._waiting.seconds_left(address) for address in addresses}
        longest = self._limits.back_off
        wait = max((seconds for seconds in left.values() if seconds <= longest), default=0.0)
        if wait > 0:
            self._pause(wait)
        return {address: HELD for address, seconds in left.items() if seconds > longest}

    def _asked(self, questions: Sequence[Question]) -> list[Answer | Failure]:
        """What one HTTP request is answered, or more where one is too much."""
        outcome = self._once(questions)
        if outcome is None:
            half = (len(questions) + 1) // 2
            return [*self._asked(questions[:half]), *self._asked(questions[half:])]
        return outcome

    def _once(self, questions: Sequence[Question]) -> list[Answer | Failure] | None:
        """What it is answered; None where the questions are to be asked in two halves."""
        token = self._sign_in.token()
        if isinstance(token, Failure):
            return [token for _ in questions]
        with self._limit.turn() as began:
            self._limit.rest()
            sent = self._sent(questions, token)
            if self._refuses(sent):
                another = self._sign_in.after_refusal(token)
                if isinstance(another, Failure):
                    return [another for _ in questions]
                sent = self._sent(questions, another)
                if self._refuses(sent):
                    failure = self._sign_in.refused_twice(another)
                    return [failure for _ in questions]
            if len(questions) > 1 and _is_too_much(sent):
                return None
            outcomes = self._judged(questions, sent)
            self._note(outcomes, began)
            self._divide(questions, outcomes, sent)
            return outcomes

    def _divide(
        self, questions: Sequence[Question], outcomes: Sequence[Answer | Failure], sent: Sent | Failure
    ) -> None:
        """Notes whom fewer are to be asked for together with."""
        addresses = [question.address for question in questions]
        if is_late(sent):
            self._portions.late(addresses)
        elif len(addresses) == 1 and _is_too_much(sent):
            self._portions.alone(addresses[0])
        else:
            for address, outcome in zip(addresses, outcomes, strict=True):
                if isinstance(outcome, Answer):
                    self._portions.well(address)

    def _sent(self, questions: Sequence[Question], token: Token) -> Sent | Failure:
        """One HTTP request; a failure where no answer came."""
        until = time.monotonic() + self._limits.answer
        try:
            with within(lambda: until):
                sent = send(self._session, self._settings.endpoint, questions, token, self._limits)
        except Exception as error:  # noqa: BLE001 - requests raises whatever its parts do; its words may be an answer's
            return of_exception(error, self._settings.endpoint)
        if any(shows_token_taken(reply) for reply in sent.replies):
            self._accepted_at = self._clock()
        return sent

    def _refuses(self, sent: Sent | Failure) -> bool:
        """Whether the token was refused."""
        if isinstance(sent, Failure):
            return False
        lately = self._accepted_at is not None and self._clock() - self._accepted_at < ACCEPTED_LATELY
        return verdict(sent.replies, accepted_lately=lately) is Unauthorized.TOKEN

    def _judged(self, questions: Sequence[Question], sent: Sent | Failure) -> list[Answer | Failure]:
        """What the answers come to; whoever is to be left alone is noted."""
        if isinstance(sent, Failure):
            return [sent for _ in questions]
        if sent.of_all is not None:
            failure = of_all(sent.of_all)
            if failure.again is Again.SOON:
                self._waiting.learn_of_all(failure)
            return [failure for _ in questions]
        outcomes = [MISSING if reply is None else outcome_of(reply) for reply in sent.each]
        self._waiting.learn([(asked.address, _busy(one)) for asked, one in zip(questions, outcomes, strict=True)])
        return outcomes

    def _note(self, outcomes: Sequence[Answer | Failure], began: int) -> None:
        """Fewer requests at once where at least half of the answers say "slow down"."""
        busy = sum(1 for outcome in outcomes if _busy(outcome) is not None)
        if 2 * busy >= len(outcomes):
            self._limit.busy(began)
        elif any(isinstance(outcome, Answer) for outcome in outcomes):
            self._limit.let_through()


def _busy(outcome: Answer | Failure) -> Failure | None:
    """The failure, where it says "slow down"."""
    return outcome if isinstance(outcome, Failure) and outcome.again is Again.SOON else None


def _is_too_much(sent: Sent | Failure) -> bool:
    """Whether one of the questions makes the whole request or its answer what it may not be."""
    if isinstance(sent, Failure):
        return sent == TOO_LARGE
    return any(reply.is_torn or (sent.of_all is reply and reply.status in _SPLIT) for reply in sent.replies)
