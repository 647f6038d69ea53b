"""One token for all threads, renewed before its end and once after Graph refused it; what was refused is not sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import requests

from sync_daemon import log
from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources.exchange.deadline import within
from sync_daemon.sources.exchange.failure import Concerns, Failure
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.graph.credential import Credential
from sync_daemon.sources.graph.entra import Token, ask_for_token
from sync_daemon.sources.graph.entra_codes import CERTIFICATE, SECRET
from sync_daemon.sources.graph.error_codes import BAD_TOKEN
from sync_daemon.sources.graph.exceptions import of_exception
from sync_daemon.sources.graph.refused_credentials import REFUSED, RefusedCredentials
from sync_daemon.sources.refusals import REFUSED_FOR, Refusals, secret_in
from sync_daemon.texts import LocalTime, Text, with_values

RENEWED_BEFORE = 300.0
"""Seconds before a token's end from which on another is asked for; a token lasts for an hour as a rule."""

BETWEEN_TRIES = 30.0
"""Seconds between two sign-ins that came to nothing, where nobody said how long to wait."""

LONGEST_WAIT = 300.0
"""Seconds that are waited at most, whoever says how long."""


@dataclass(slots=True)
class _Held:
    """What the last sign-in came to, by the clock; `useless` is a token that Graph refused."""

    token: Token | None = field(default=None, repr=False)
    renew_at: float = 0.0
    ends_at: float = 0.0
    failure: Failure | None = None
    again_at: float = 0.0
    useless: bool = False


class SignIn:
    """Safe to share between threads. `clock` gives seconds that only go forward; `zone` is the tenant's."""

    def __init__(  # noqa: PLR0913 - what it needs is many things
        self,
        settings: GraphSource,
        credential: Credential,
        session: requests.Session,
        refusals: Refusals,
        zone: ZoneInfo,
        *,
        limits: TimeLimits,
        clock: Callable[[], float],
        refused: RefusedCredentials = REFUSED,
    ) -> None:
        self._settings = settings
        self._credential = credential
        self._session = session
        self._refusals = refusals
        self._refused = refused
        self._zone = zone
        self._limits = limits
        self._clock = clock
        name = f"{settings.client_id.lower()}\0{settings.directory_id.lower()}\0{settings.authority}"
        self._known_as = secret_in(credential.file, name) or str(credential.file)
        self._held = _Held()
        self._lock = threading.Lock()

    @property
    def held(self) -> Token | None:
        """The last token that there was, whether or not it still opens anything."""
        return self._held.token

    def token(self) -> Token | Failure:
        """The token that is to be sent now, or why there is none."""
        held = self._held
        if held.token is not None and not held.useless and self._clock() < held.renew_at:
            return held.token
        # Who has a token that still opens does not wait for the thread that asks for the next one.
        usable = held.token is not None and not held.useless and self._clock() < held.ends_at
        if not self._lock.acquire(blocking=not usable):
            return held.token if held.token is not None else BAD_TOKEN
        try:
            return self._renewed()
        finally:
            self._lock.release()

    def after_refusal(self, refused: Token) -> Token | Failure:
        """Another token, where Graph said 401 to this one; the failure where that was itself the other one.

        A token that was asked for only because the one before was refused, and is refused too, is the last for a while.
        """
        with self._lock:
            held = self._held
            if held.token is refused:
                if held.useless:
                    return BAD_TOKEN
                held.useless = True
                return self._renewed()
        return self.token()

    def refused_twice(self, token: Token) -> Failure:
        """Graph refused the token that was asked for after it had refused another."""
        with self._lock:
            held = self._held
            if held.token is token:
                held.useless = True
                held.failure, held.again_at = BAD_TOKEN, self._clock() + BETWEEN_TRIES
        return BAD_TOKEN

    def _renewed(self) -> Token | Failure:
        """With the lock: what another thread has come to meanwhile, or what a sign-in comes to now."""
        held, now = self._held, self._clock()
        if held.token is not None and not held.useless and now < held.renew_at:
            return held.token
        obstacle = self._obstacle(now)
        if obstacle is None:
            obstacle = self._sign_in(now)
            if obstacle is None:
                return self._held.token or BAD_TOKEN
        if held.token is not None and not held.useless and self._clock() < held.ends_at:
            return held.token
        return obstacle

    def _obstacle(self, now: float) -> Failure | None:
        refused = self._refused.at(self._known_as, now, self._refusals)
        if refused is not None:
            return refused
        elsewhere = self._refusals.refused_at(self._known_as)
        if elsewhere is not None:
            return self._not_tried(elsewhere)
        if now < self._held.again_at:
            return self._held.failure
        return self._credential.failure_at(datetime.now(UTC), self._zone)

    def _sign_in(self, began: float) -> Failure | None:
        """Asks Entra; why there is no token, None where there is."""
        until = time.monotonic() + self._limits.answer
        try:
            with within(lambda: until):
                outcome = ask_for_token(
                    self._settings, self._credential, self._session, self._limits.connect, self._limits.answer
                )
        except (requests.RequestException, OSError) as error:
            outcome = of_exception(error, self._settings.authority)
        except Exception as error:  # noqa: BLE001 - msal raises whatever its parts do; its words may be an answer's
            log.bug(error)
            outcome = of_exception(error, self._settings.authority)
        if isinstance(outcome, Failure):
            return self._failed(outcome)
        self._held = _Held(
            outcome, began + max(outcome.seconds - RENEWED_BEFORE, outcome.seconds / 2), began + outcome.seconds
        )
        self._refused.let_in(self._known_as)
        self._refusals.let_in(self._known_as)
        return None

    def _failed(self, failure: Failure) -> Failure:
        now = self._clock()
        if failure.concerns is Concerns.PASSWORD:
            self._refused.refuse(self._known_as, now, failure)
            self._refusals.refuse(self._known_as)
        wait = BETWEEN_TRIES if failure.back_off is None else failure.back_off
        self._held.failure, self._held.again_at = failure, now + min(wait, LONGEST_WAIT)
        return failure

    def _not_tried(self, refused: float) -> Failure:
        """For what was refused less than an hour ago, in seconds since 1970; told in the tenant's time."""
        at, then = (datetime.fromtimestamp(moment, self._zone) for moment in (refused, refused + REFUSED_FOR))
        told = Text(
            "not tried: refused {at}, next {then}; {remedy}",
            at=LocalTime(at, self._zone, today=at),
            then=LocalTime(then, self._zone, today=at),
            remedy=with_values(self._usual().remedy, account=self._settings.client_id),
        )
        return replace(self._usual(), remedy=told)

    def _usual(self) -> Failure:
        return CERTIFICATE if self._settings.certificate is not None else SECRET
