"""What an HTTP status other than 200 says, and a page where an answer of Exchange's should be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

import requests

from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.ews.refused_logons import of_unauthorized
from sync_daemon.sources.ews.response_codes import of_words
from sync_daemon.sources.exchange.failure import Again, Concerns, Failure, later
from sync_daemon.sources.exchange.retry_after import retry_after
from sync_daemon.texts import Text

_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)

_BY_STATUS: Mapping[int, Text] = {
    400: Text("see that the endpoint is the address of /EWS/Exchange.asmx, and that no proxy changes what is sent"),
    403: Text(
        "let the account use EWS: see Get-OrganizationConfig | fl Ews*, which may block the program hanvisa, and, "
        "where the account has a mailbox, Set-CASMailbox {account} -EwsEnabled $true",
        account="ACCOUNT",
    ),
    404: Text("mend the endpoint: there is nothing at that address"),
    405: Text("mend the endpoint: it takes no requests of this kind"),
    407: Text("let this machine through the proxy without a password: it asks for one"),
    413: Text("let the proxy before Exchange take larger requests"),
    440: Text("see that the endpoint is /EWS/Exchange.asmx: this one asks for a log-on page"),
}

_LOG_ON_PAGES = re.compile(
    r"/owa/auth|/cookieauth\.dll|/adfs/|/my\.policy|/logonpoint|/vpn/|saml|wsfed|wa=wsignin|log-?in|log-?on|sign-?in|/sso"
)
"""Where those that stand before Exchange send whoever has not logged on with them: Outlook on the web itself, Forefront
TMG, AD FS, F5 BIG-IP, Citrix ADC, and what others call theirs.

https://learn.microsoft.com/en-us/previous-versions/tn-archive/cc995313(v=technet.10) (CookieAuth.dll),
https://learn.microsoft.com/en-us/windows-server/identity/ad-fs/overview/ad-fs-overview
"""

_LOG_ON_PAGE = Text(
    "take an endpoint that goes past the log-on page: what stands before Exchange (a reverse proxy, AD FS, Outlook on "
    "the web) sends whoever asks for /EWS/Exchange.asmx to a page to log on at"
)

_PAGE = Failure(
    Text(
        "see that the endpoint is the address of /EWS/Exchange.asmx itself, and that no proxy or firewall puts a page "
        "of its own before it: a web page came back"
    ),
    Concerns.SERVER,
)


def of_page(content: bytes) -> Failure:
    """For what is no answer of Exchange's, though it came as one."""
    start = content[:1024].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return _PAGE
    if not content.strip():
        return later(Text("the answer was empty"))
    return later(Text("the answer was no whole XML of Exchange's"))


def of_response(response: requests.Response, settings: EwsSource) -> Failure | None:
    """What a status other than 200 asks for; None where the body is to be looked at."""
    status = response.status_code
    if status == HTTPStatus.OK or (status == HTTPStatus.INTERNAL_SERVER_ERROR and _is_xml(response.content)):
        return None
    if status == HTTPStatus.UNAUTHORIZED:
        return of_unauthorized(response, settings)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _of_a_sick_server(response)
    known = _BY_STATUS.get(status)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        known = _moved(response.headers.get("Location", "").lower())
    if known is not None:
        return Failure(known, Concerns.SERVER, why=_status(status))
    return _of_a_status(response)


def _of_a_sick_server(response: requests.Response) -> Failure:
    known = of_words(response.content) if response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR else None
    if known is not None:
        return known
    if "X-CasErrorCode" in response.headers:
        why = Text("Exchange's front end could not reach the mailbox's server")
        return replace(later(why), back_off=retry_after(response.headers))
    return _of_a_status(response)


def _of_a_status(response: requests.Response) -> Failure:
    """For one of which no more is known."""
    back_off = retry_after(response.headers)
    again = Again.SOON if back_off is not None or response.status_code in _BUSY else Again.NEXT
    return replace(later(_status(response.status_code), Concerns.SERVER), back_off=back_off, again=again)


def _status(status: int) -> Text:
    return Text("HTTP {status}", status=status)


def _moved(location: str) -> Text | None:
    """For a redirect; None where Exchange sends to its own page of an error."""
    if "genericerrorpage" in location:
        return None
    if _LOG_ON_PAGES.search(location):
        return _LOG_ON_PAGE
    return Text("mend the endpoint: it answers that it has moved")


def _is_xml(content: bytes) -> bool:
    return content[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<s:", b"<soap", b"<S:"))
