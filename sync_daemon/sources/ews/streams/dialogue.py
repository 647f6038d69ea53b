"""What one stream says to Exchange: subscriptions, and the connection that hangs. Always to the same back end.

A subscription is on one of Exchange's servers; headers and a cookie see to it that whoever asks for it comes there:
https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/how-to-maintain-affinity-between-group-of-subscriptions-and-mailbox-server
"""

from __future__ import annotations

import math
import re
import socket
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree as ET

import requests

from sync_daemon.errors import UserError
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.ews import exchangelib_internals as internals
from sync_daemon.sources.ews.answer import MESSAGES, message_of, refusal_in
from sync_daemon.sources.ews.connection import Connection
from sync_daemon.sources.ews.exceptions import of_exception
from sync_daemon.sources.ews.http_statuses import of_page, of_response
from sync_daemon.sources.ews.password_trial import PasswordTrial, ServiceAccount
from sync_daemon.sources.ews.question import account_of
from sync_daemon.sources.ews.streams.envelopes import Envelope, Envelopes, EnvelopeTooLarge, read_envelope
from sync_daemon.sources.ews.streams.failures import CUT, SILENT, TOO_LARGE, of_stream
from sync_daemon.sources.exchange.deadline import within
from sync_daemon.sources.exchange.failure import Concerns, Failure
from sync_daemon.sources.exchange.time_limits import TimeLimits

EVENTS = ("CopiedEvent", "CreatedEvent", "DeletedEvent", "ModifiedEvent", "MovedEvent")
"""What is told of; that mail has come is nothing of the calendar's."""

COOKIE = "X-BackEndOverrideCookie"

_CHUNK = 65_536

_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,1000}")
"""What the value of a cookie may have (RFC 6265, 4.1.1)."""


@dataclass
class Dialogue:
    """One stream's, for one thread. `trial` is all streams'; `connection` makes sessions as reading has them."""

    settings: EwsSource
    account: ServiceAccount
    trial: PasswordTrial
    connection: Callable[[], Connection]
    limits: TimeLimits
    deadline: Callable[[], float] = lambda: math.inf
    """The moment, by `time.monotonic`, after which no answer is waited for; it may move."""
    _anchor: str | None = None
    """The first mailbox that was subscribed to: it says on which back end the stream is."""
    _cookie: str | None = None
    _began: float = 0.0
    """When it was asked last, by the account's clock."""
    _session: Any = field(default=None, repr=False)
    _made_by: Connection | None = field(default=None, repr=False)
    _hanging: socket.socket | None = field(default=None, repr=False)

    def forget_back_end(self) -> None:
        """The next subscription says anew where the stream is."""
        self._anchor = self._cookie = None

    def subscribe(self, address: str) -> str | Failure:
        """The id of a new subscription to the mailbox's calendar."""

        def written(connection: Connection) -> bytes:
            asked_as = account_of(self.settings, connection, address)
            return internals.written_subscription(asked_as, EVENTS, schema=self.settings.version)

        message = self._ask("Subscribe", written, self._anchor or address)
        refusal = message if isinstance(message, Failure) else refusal_in(message)
        if isinstance(message, Failure) or refusal is not None:
            return of_stream(refusal or of_page(b""))
        self._anchor = self._anchor or address
        return (message.findtext(f"{MESSAGES}SubscriptionId") or "").strip() or of_page(b"")

    def unsubscribe(self, subscription: str) -> Failure | None:
        """Ends the subscription; why that was not possible, such as that there is no such."""
        message = self._ask(
            "Unsubscribe",
            lambda connection: internals.written_unsubscription(
                self._as_oneself(connection), subscription, schema=self.settings.version
            ),
        )
        return message if isinstance(message, Failure) else refusal_in(message)

    def hang(
        self, subscriptions: Sequence[str], minutes: int, silent: Callable[[], float]
    ) -> Generator[Envelope | Failure]:
        """What is told of these subscriptions, as it comes; last why there is no more, if nobody said that it ends.

        `silent` gives the seconds after which the connection is taken for lost. Whoever looks on no longer closes it.
        """
        response = self._send(
            lambda connection: internals.written_stream(
                self._as_oneself(connection), subscriptions, minutes=minutes, schema=self.settings.version
            ),
            hangs=True,
        )
        if isinstance(response, Failure):
            yield response
            return
        with closing(response):
            if response.status_code != HTTPStatus.OK:
                yield of_stream(self._refused(response) or _of_fault(response.content))
                return
            self._hanging = response.raw.connection.sock if response.raw.connection else None
            try:
                with within(lambda: min(time.monotonic() + silent(), self.deadline())):
                    yield from self._envelopes(response)
            except EnvelopeTooLarge:
                yield TOO_LARGE
            except Exception as error:  # noqa: BLE001 - as in attempt.py
                yield SILENT if silent() <= 0 else replace(of_exception(error), concerns=Concerns.SERVER)
            finally:
                self._hanging = None

    def cut(self) -> None:
        """Ends the wait on the connection that hangs; for any thread."""
        if self._hanging is not None:
            with suppress(OSError):
                # Not the one of ssl, which first takes apart what another thread reads from.
                socket.socket.shutdown(self._hanging, socket.SHUT_RDWR)

    def close(self) -> None:
        """No connection is left."""
        if self._session is not None:
            self._session.close()
        self._session = self._made_by = None

    def _as_oneself(self, connection: Connection) -> Any:  # noqa: ANN401 - as exchangelib's services want it
        """The service account itself: what it subscribed to is its own, whomever it subscribed as."""
        return internals.account_of(connection, self._anchor or "", impersonates=False)

    def _envelopes(self, response: requests.Response) -> Iterator[Envelope | Failure]:
        envelopes = Envelopes()
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            for content in envelopes.of(chunk):
                envelope = read_envelope(content)
                if envelope.failure is None or envelope.failure.by_exchange:
                    self._let_in()
                yield envelope
                if envelope.closed:
                    return
        yield CUT

    def _ask(
        self, operation: str, written: Callable[[Connection], bytes], anchor: str | None = None
    ) -> ET.Element | Failure:
        """The message that is the answer, or why there is none of Exchange's."""
        response = self._send(written, anchor)
        if isinstance(response, Failure):
            return response
        said = self._refused(response) or message_of(response.content, operation)
        if not isinstance(said, Failure) or said.by_exchange:
            self._let_in()
        return said

    def _let_in(self) -> None:
        """The answer is Exchange's own: the password was right when it was asked."""
        self.trial.accept(self._began)

    def _send(
        self, written: Callable[[Connection], bytes], anchor: str | None = None, *, hangs: bool = False
    ) -> requests.Response | Failure:
        """The answer, whatever it is, or why there is none. Where it hangs its body is still to be read."""
        with self.trial.turn():
            obstacle = self.account.obstacle()
            if obstacle is not None:
                return obstacle
            self._began, sent = self.account.clock(), time.monotonic()
            try:
                connection, session = self._opened()
            except UserError as error:
                return Failure(error.text, Concerns.SERVER)
            request = written(connection)
            try:
                with within(lambda: min(sent + self.limits.answer, self.deadline())):
                    response: requests.Response = session.post(
                        self.settings.endpoint,
                        data=request,
                        headers=self._headers(anchor or self._anchor or "", hangs=hangs),
                        timeout=connection.TIMEOUT,
                        allow_redirects=False,
                        stream=hangs,
                    )
            except Exception as error:  # noqa: BLE001 - as in attempt.py
                self.close()
                return of_exception(error)
            self._keep_cookie(response)
            return response

    def _keep_cookie(self, response: requests.Response) -> None:
        # By itself it would not be sent on: it is for https only, and a proxy may have changed the path it is for.
        given = next((cookie.value for cookie in response.cookies if cookie.name == COOKIE), None)
        if given and _COOKIE_VALUE.fullmatch(given):
            self._cookie = given
        self._session.cookies.clear()

    def _refused(self, response: requests.Response) -> Failure | None:
        failure = of_response(response, self.settings)
        if failure is not None and failure.concerns is Concerns.PASSWORD:
            return self.trial.refuse()
        return failure

    def _opened(self) -> tuple[Connection, Any]:
        """A session of this stream's own, so that none of those that read is held by a connection that hangs."""
        if self._session is None or self._made_by is None:
            self._made_by = self.connection()
            self._session = self._made_by.create_session()
        return self._made_by, self._session

    def _headers(self, anchor: str, *, hangs: bool) -> dict[str, str]:
        headers = {"X-AnchorMailbox": anchor, "X-PreferServerAffinity": "true"}
        if self._cookie is not None:
            headers["Cookie"] = f"{COOKIE}={self._cookie}"
        if hangs:
            # What is packed may be held back until there is more of it.
            headers["Accept-Encoding"] = "identity"
        return headers


def _of_fault(content: bytes) -> Failure:
    message = message_of(content, "GetStreamingEvents")
    if isinstance(message, Failure):
        return message
    return refusal_in(message) or of_page(content)
