"""A token of Entra's for the application itself: asked for once with msal, over our own session.

msal asks nobody but the authority: a host that it does not know it would look up at Microsoft
(https://learn.microsoft.com/en-us/entra/msal/python/advanced/msal-python-adfs-support), so that one is named as an
authority of OpenID Connect, and no region is looked for (it reads MSAL_FORCE_REGION). Each token is asked for by an
application object of its own: its caches would keep refusals, and tokens, longer than we do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msal
import msal.authority
import requests

from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources.exchange.failure import Concerns, Failure
from sync_daemon.sources.exchange.retry_after import retry_after
from sync_daemon.sources.graph.credential import Credential
from sync_daemon.sources.graph.entra_codes import PASSES, THROTTLED, of_refusal
from sync_daemon.sources.graph.exceptions import host_of
from sync_daemon.texts import Text, with_values

_NO_ENTRA = Failure(
    Text(
        "see that authority is https://login.microsoftonline.com or that of your national cloud, and that no proxy or "
        "firewall puts a page of its own before it: what answered at {host} is not Entra",
        host="HOST",
    ),
    Concerns.LOGON,
)
SHORTEST, LONGEST = 60, 2 * 24 * 3600
"""Seconds for which a token is taken to last, whatever is said of it."""

_MOST_DIGITS = 9

_MICROSOFTS = msal.authority.WELL_KNOWN_AUTHORITY_HOSTS


@dataclass(frozen=True, slots=True)
class Token:
    """What opens the calendars, for so many seconds from when it was asked for."""

    value: str = field(repr=False)
    seconds: float


class _Refused(Exception):
    """What Entra answered that is no token. Neither a ValueError nor an OSError: msal would take it for its own."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Reply:
    """What msal looks at of an answer."""

    status_code: int
    text: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def raise_for_status(self) -> None:
        """Nothing: what is no answer of Entra's does not come as far."""


@dataclass(frozen=True, slots=True)
class _Way:
    """The session, as msal wants it: what it is given is JSON, and from whom the secret may be sent to."""

    session: requests.Session = field(repr=False)
    host: str
    connect: float
    answer: float
    by_certificate: bool

    def get(self, url: str, *, params: object = None, headers: object = None, **_: object) -> Reply:
        """The directory's description (OpenID Connect Discovery)."""
        reply = self._asked("GET", url, params=params, headers=headers)
        if reply.status_code != HTTPStatus.OK:
            raise _Refused(_of_refusal(_object(reply), reply, by_certificate=self.by_certificate))
        return reply

    def post(
        self, url: str, *, params: object = None, data: object = None, headers: object = None, **_: object
    ) -> Reply:
        """The token, or why there is none."""
        return self._asked("POST", url, params=params, data=data, headers=headers)

    def close(self) -> None:
        """Nothing: the session is another's."""

    def _asked(self, method: str, url: str, **more: Any) -> Reply:  # noqa: ANN401 - requests' own
        self._check(url)
        timeout = (self.connect, self.answer)
        response = self.session.request(method, url, timeout=timeout, allow_redirects=False, **more)
        reply = Reply(response.status_code, response.content.decode("utf-8", "replace"), dict(response.headers))
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise _Refused(_with(THROTTLED, response))
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _Refused(_with(PASSES, response))
        _object(reply)
        return reply

    def _check(self, url: str) -> None:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        among_microsofts = self.host in _MICROSOFTS and host in _MICROSOFTS
        if parts.scheme != "https" or not (host == self.host or among_microsofts):
            raise _Refused(_NO_ENTRA)


def _with(failure: Failure, response: requests.Response) -> Failure:
    why = Text("HTTP {status}", status=response.status_code)
    return replace(failure, why=why, back_off=retry_after(response.headers))


def _of_refusal(said: Mapping[str, object], reply: Reply, *, by_certificate: bool) -> Failure:
    """Entra names an error by a word or a number (RFC 6749, 5.2); whoever names none is not Entra."""
    if not isinstance(said.get("error"), str) and "error_codes" not in said:
        return replace(_NO_ENTRA, why=Text("HTTP {status}", status=reply.status_code))
    return of_refusal(said, by_certificate=by_certificate)


def _object(reply: Reply) -> Mapping[str, object]:
    try:
        said = json.loads(reply.text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _Refused(replace(_NO_ENTRA, why=Text("HTTP {status}", status=reply.status_code)))
    return said


def ask_for_token(
    settings: GraphSource, credential: Credential, session: requests.Session, connect: float, answer: float
) -> Token | Failure:
    """The token, or why there is none; `connect` and `answer` in seconds. Raises what `requests` raises."""
    outcome = _asked_for(settings, credential, session, connect, answer)
    if isinstance(outcome, Token):
        return outcome
    return replace(outcome, remedy=with_values(outcome.remedy, host=host_of(settings.authority)))


def _asked_for(
    settings: GraphSource, credential: Credential, session: requests.Session, connect: float, answer: float
) -> Token | Failure:
    host = (urlsplit(settings.authority).hostname or "").lower()
    by_certificate = settings.certificate is not None
    way = _Way(session, host, connect, answer, by_certificate)
    authority = f"{settings.authority}/{settings.directory_id}"
    of_microsoft = host in _MICROSOFTS
    try:
        application = msal.ConfidentialClientApplication(
            settings.client_id,
            client_credential=credential.for_msal,
            authority=authority if of_microsoft else None,
            oidc_authority=None if of_microsoft else f"{authority}/v2.0",
            instance_discovery=False,
            azure_region=False,
            http_client=way,
        )
        said = application.acquire_token_for_client([_scope_of(settings.endpoint)])
    except _Refused as refused:
        return refused.failure
    except (ValueError, KeyError, TypeError, AttributeError):
        # msal's, of an answer that lacks what it has to have; its words hold the answer.
        return _NO_ENTRA
    if not isinstance(said, dict):
        return _NO_ENTRA
    value, seconds = said.get("access_token"), _seconds(said.get("expires_in"))
    if isinstance(value, str) and value.isascii() and value.isprintable() and seconds is not None:
        return Token(value, seconds)
    return of_refusal(said, by_certificate=by_certificate)


def _seconds(told: object) -> float | None:
    """For how long a token lasts, a number or its digits (as version 1 of Entra's endpoint has it); None where neither.

    One that says that it is over already is tried for a moment, lest a new one be asked for with every question.
    """
    if isinstance(told, str) and told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS:
        told = int(told)
    if not isinstance(told, int) or isinstance(told, bool):
        return None
    return float(min(max(told, SHORTEST), LONGEST))


def _scope_of(endpoint: str) -> str:
    """All that the application is granted of Graph, or of the national cloud's."""
    parts = urlsplit(endpoint)
    return f"https://{parts.netloc}/.default"
