"""The way to one Exchange server: exchangelib's Protocol, with limits to what an answer may take.

What of exchangelib's is changed, and why (5.6.0):

- its Protocols are cached for good by address and user, so one that is stuck could never be replaced;
- `decrease_poolsize` waits for a session while it holds the lock that whoever gives one back needs: a deadlock for
  good when several threads are told that the server is busy. Nothing is decreased here, and no session waited for long;
- its retry policies raise the answer's text, take 401 for "busy" and sleep in every thread: answers come back unjudged.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.exceptions
import urllib3.exceptions
from exchangelib.configuration import Configuration
from exchangelib.credentials import Credentials
from exchangelib.errors import SessionPoolMaxSizeReached
from exchangelib.protocol import CachingProtocol, FailFast, Protocol
from exchangelib.services.find_item import FindItem
from exchangelib.transport import AUTH_TYPE_MAP, BASIC, GSSAPI, NTLM
from exchangelib.version import EXCHANGE_2016, Version

from sync_daemon.errors import UserError
from sync_daemon.files import bytes_of
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.ews.deadline import TimelyAdapter, left, within
from sync_daemon.sources.ews.time_limits import TimeLimits

LARGEST = 4 * 1024 * 1024
"""The bytes of the largest answer that is taken, unpacked; one with 1,000 items has about one million."""

LARGEST_PAGE = 1024 * 1024
"""Those of a page that asks who we are."""

LONGEST_PAGE = 5.0
"""Seconds that are taken for it."""

_LARGEST_CERTIFICATE = 16 * 1024 * 1024
"""Bytes: far more than the certificates of all the world's authorities."""

_CHUNK = 65_536

_NTLM_AUTHENTICATE = base64.b64encode(b"NTLMSSP\0\3").decode()

_ASKS_WHO_WE_ARE = (HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED)

_AUTH = {"basic": BASIC, "ntlm": NTLM, "kerberos": GSSAPI}


class PoolStuck(Exception):
    """The pool gives no session back: it is to be replaced."""


class AnswerTooLarge(requests.exceptions.ConnectionError):
    """It has more than `LARGEST` bytes."""


class AnswerTooSlow(requests.exceptions.Timeout):
    """It was not there in time."""


class _Bounded(TimelyAdapter):
    """Reads each answer within bounds of size and time, unless it asks who we are: then NTLM reads on."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        if left() <= 0:
            raise AnswerTooSlow("there is no time left for an answer", request=request)
        response = super().send(request, *args, **{**kwargs, "stream": True})
        if response.status_code not in _ASKS_WHO_WE_ARE:
            response._content = b"".join(_chunks(response))  # noqa: SLF001 - what requests itself would do
            response._content_consumed = True  # noqa: SLF001 - the same
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


def _chunks(response: requests.Response) -> Iterator[bytes]:
    taken = 0
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            taken += len(chunk)
            if taken > LARGEST:
                response.close()
                raise AnswerTooLarge("the answer is too large", response=response)
            if left() <= 0:
                response.close()
                raise AnswerTooSlow("the answer takes too long", response=response)
            yield chunk
    except (urllib3.exceptions.HTTPError, OSError) as error:
        response.close()
        if isinstance(error, requests.exceptions.RequestException):
            raise
        if isinstance(error, urllib3.exceptions.ReadTimeoutError | TimeoutError):
            raise AnswerTooSlow("the answer takes too long", response=response) from error
        raise requests.exceptions.ConnectionError("the answer was cut off") from error


def _require_readable(certificate: Path) -> None:
    try:
        bytes_of(certificate, _LARGEST_CERTIFICATE)
    except OSError as error:
        raise UserError(
            f"{certificate}: the certificate cannot be read ({error.strerror}); put it there, or mend ca_file"
        ) from None


def _is_latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


class _Uncached(CachingProtocol):  # type: ignore[misc] # exchangelib is not annotated
    def __call__(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, N805 - a metaclass, as exchangelib's own
        return type.__call__(cls, *args, **kwargs)


class _Unjudged(FailFast):  # type: ignore[misc] # exchangelib is not annotated
    """Lets every answer through: what it means is for `failure` to say."""

    def raise_response_errors(self, response: requests.Response) -> None:
        """Nothing is raised."""


class Connection(Protocol, metaclass=_Uncached):  # type: ignore[misc] # exchangelib is not annotated
    """Sessions to one server by one account, as many as there are threads."""

    HTTP_ADAPTER_CLS = _Bounded
    USERAGENT = "hanvisa"

    def __init__(self, settings: EwsSource, password: str, limits: TimeLimits) -> None:
        auth = _AUTH[settings.auth]
        if auth not in AUTH_TYPE_MAP:
            raise UserError(
                f"{settings.endpoint}: Kerberos needs the package requests-gssapi; install it, or set auth to ntlm"
            )
        if settings.ca_file:
            _require_readable(settings.ca_file)
        if auth == BASIC and not _is_latin(settings.user + password):
            raise UserError(
                f"{settings.endpoint}: the password or the user has a letter that Basic cannot send; use ntlm"
            )
        self.TIMEOUT = (limits.connect, max(limits.answer, limits.logon_answer))
        self._limits = limits
        self._verify = str(settings.ca_file) if settings.ca_file else True
        self._proxies = {"http": settings.proxy, "https": settings.proxy} if settings.proxy else {}
        super().__init__(
            config=Configuration(
                # With Kerberos the ticket says who we are.
                credentials=None if auth == GSSAPI else Credentials(settings.user, password),
                service_endpoint=settings.endpoint,
                auth_type=auth,
                version=Version(build=EXCHANGE_2016, api_version=settings.version),
                retry_policy=_Unjudged(),
                max_connections=settings.concurrency,
            )
        )

    def create_session(self) -> Any:  # noqa: ANN401 - a requests.Session with exchangelib's counters
        """A session that asks nothing of the environment: no proxy, no netrc, no other certificates."""
        session = super().create_session()
        session.trust_env = False
        session.verify = self._verify
        session.proxies = self._proxies
        if self.auth_type == GSSAPI and urlsplit(self.service_endpoint).scheme == "https":
            # Extended Protection asks for it; exchangelib does not.
            session.auth.channel_bindings = "tls-server-end-point"
        return session

    def get_session(self) -> Any:  # noqa: ANN401 - as create_session
        """A session, which whoever takes it gives back. Raises PoolStuck where none is given back in time."""
        with suppress(Empty):
            return self._session_pool.get(block=False)
        with suppress(SessionPoolMaxSizeReached):
            self.increase_poolsize()
        try:
            return self._session_pool.get(timeout=self._limits.session)
        except Empty:
            raise PoolStuck from None

    def decrease_poolsize(self) -> None:
        """Nothing: how many ask at once is for the source to say."""


class Asking(FindItem):  # type: ignore[misc] # exchangelib is not annotated
    """exchangelib's FindItem, with a request that is already written and an answer that is not yet read."""

    def ask(self, request: bytes, until: Callable[[], float]) -> requests.Response:
        """The answer, whatever it is, if it is whole by then. Raises exchangelib's errors, and PoolStuck."""
        with within(until):
            response: requests.Response = self._get_response(payload=request, api_version=None)
        return response

    def wrap(self, content: bytes, api_version: str | None = None) -> bytes:  # noqa: ARG002 - exchangelib's signature
        """The request as it is."""
        return content
