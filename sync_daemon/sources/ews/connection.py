"""The way to one Exchange server: exchangelib's sessions, with limits to what an answer may take."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from exchangelib import Configuration, Credentials, Version

from sync_daemon.errors import UserError
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.certificates import SEEN
from sync_daemon.sources.ews.exchangelib_internals import (
    AUTH_TYPES,
    BUILD,
    Sessions,
    UnjudgedAnswers,
    WrittenRequest,
    can_log_on_by,
)
from sync_daemon.sources.exchange.bounded_answers import AnswerTooSlow, take
from sync_daemon.sources.exchange.ca_file import require_readable
from sync_daemon.sources.exchange.deadline import TimelyAdapter, left, within
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.texts import Text

LARGEST = 4 * 1024 * 1024
"""The bytes of the largest answer that is taken, unpacked; one with 1,000 items has about one million."""

LARGEST_PAGE = 1024 * 1024
"""Those of a page that asks who we are."""

LONGEST_PAGE = 5.0
"""Seconds that are taken for it."""

_NTLM_AUTHENTICATE = base64.b64encode(b"NTLMSSP\0\3").decode()

_ASKS_WHO_WE_ARE = (HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED)


class _Bounded(TimelyAdapter):
    """Reads each answer within bounds of size and time, unless it asks who we are: then NTLM reads on.

    The body of one that is asked for as a stream is left to whoever asked.
    """

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        if left() <= 0:
            raise AnswerTooSlow("there is no time left for an answer", request=request)
        response = super().send(request, *args, **{**kwargs, "stream": True})
        SEEN.note(request.url or "", response.raw.connection)
        if kwargs.get("stream") and response.status_code == HTTPStatus.OK:
            return response
        if response.status_code not in _ASKS_WHO_WE_ARE:
            take(response, LARGEST)
        else:  # NTLM looks at the connection's certificate before it reads the page
            response.raw.stream = partial(_page, response, response.raw.stream)
        return response


def _page(
    response: requests.Response,
    stream: Callable[..., Iterator[bytes]],
    *args: Any,  # noqa: ANN401 - urllib3's own
    **kwargs: Any,  # noqa: ANN401 - as above
) -> Iterator[bytes]:
    """The page of an answer that asks who we are; that of a refusal may end early, for the refusal is what it says."""
    taken = 0
    until = time.monotonic() + LONGEST_PAGE
    chunks = stream(*args, **kwargs)
    try:
        while True:
            # The bound is the thread's: it must not outlast a page that nobody reads to its end.
            with within(lambda: until):
                chunk = next(chunks, None)
            if chunk is None:
                return
            taken += len(chunk)
            if taken > LARGEST_PAGE:
                raise urllib3.exceptions.ProtocolError("the page is too large")
            yield chunk
    except (urllib3.exceptions.HTTPError, OSError):
        response.raw.close()
        if not _has_said_who_we_are(response.request):
            raise


def _has_said_who_we_are(request: requests.PreparedRequest) -> bool:
    """Whether it had the password in it, or what NTLM proves it with (its third message, [MS-NLMP] 2.2.1.3)."""
    sent = str(request.headers.get("Authorization", ""))
    return sent.startswith("Basic ") or _NTLM_AUTHENTICATE in sent


def _is_latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


class Connection(Sessions):
    """Sessions to one server by one account, as many as there are threads."""

    HTTP_ADAPTER_CLS = _Bounded
    USERAGENT = "hanvisa"

    def __init__(self, settings: EwsSource, password: str, limits: TimeLimits) -> None:
        if not can_log_on_by(settings.auth):
            raise UserError(
                Text(
                    "{endpoint}: Kerberos needs the package requests-gssapi; install it, or set auth to ntlm",
                    endpoint=settings.endpoint,
                )
            )
        if settings.ca_file:
            require_readable(settings.ca_file)
        if settings.auth == "basic" and not _is_latin(settings.user + password):
            raise UserError(
                Text(
                    "{endpoint}: the password or the user has a letter that Basic cannot send; use ntlm",
                    endpoint=settings.endpoint,
                )
            )
        self.TIMEOUT = (limits.connect, max(limits.answer, limits.logon_answer))
        self.session_wait = limits.session
        self._verify = str(settings.ca_file) if settings.ca_file else True
        self._proxies = {"http": settings.proxy, "https": settings.proxy} if settings.proxy else {}
        super().__init__(
            config=Configuration(
                # With Kerberos the ticket says who we are.
                credentials=None if settings.auth == "kerberos" else Credentials(settings.user, password),
                service_endpoint=settings.endpoint,
                auth_type=AUTH_TYPES[settings.auth],
                version=Version(build=BUILD, api_version=settings.version),
                retry_policy=UnjudgedAnswers(),
                max_connections=settings.concurrency,
            )
        )

    def create_session(self) -> Any:  # noqa: ANN401 - a requests.Session with exchangelib's counters
        """A session that asks nothing of the environment: no proxy, no netrc, no other certificates."""
        session = super().create_session()
        session.trust_env = False
        session.verify = self._verify
        session.proxies = self._proxies
        if self.auth_type == AUTH_TYPES["kerberos"] and urlsplit(self.service_endpoint).scheme == "https":
            # Extended Protection asks for it; exchangelib does not.
            session.auth.channel_bindings = "tls-server-end-point"
        return session


class Asking(WrittenRequest):
    """A request that is already written, with a bound on the whole of its answer."""

    def ask(self, request: bytes, until: Callable[[], float]) -> requests.Response:
        """The answer, whatever it is, if it is whole by then. Raises exchangelib's errors, and PoolStuck."""
        with within(until):
            return self.send(request)
