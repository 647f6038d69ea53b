"""What an exception of the way to Microsoft asks for; its words stay where they are."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeGuard
from urllib.parse import urlsplit

import requests.exceptions
import urllib3.exceptions

from sync_daemon.sources.exchange.bounded_answers import AnswerBroken, AnswerTooLarge, AnswerTooSlow
from sync_daemon.sources.exchange.causes import causes_of, openssl_error
from sync_daemon.sources.exchange.deadline import AnswerTooLong
from sync_daemon.sources.exchange.failure import Again, Concerns, Failure
from sync_daemon.sources.graph.waiting import LATER
from sync_daemon.texts import Text, with_values


def of_exception(error: BaseException, address: str) -> Failure:
    """What can be done about it, with the host and port of the web address that was asked."""
    failure, host = _of_exception(error), host_of(address)
    told = replace(failure, remedy=with_values(failure.remedy, host=host), why=with_values(failure.why, host=host))
    return failure if told == failure else told


def host_of(address: str) -> str:
    """`graph.microsoft.com:443`."""
    parts = urlsplit(address)
    return f"{parts.hostname}:{parts.port or 443}"


def _of_exception(error: BaseException) -> Failure:
    causes = causes_of(error)
    if any(isinstance(cause, requests.exceptions.SSLError) for cause in causes):
        return of_tls(openssl_error(causes))
    for kind, failure in _BY_KIND:
        if any(isinstance(cause, kind) for cause in causes):
            return failure
    why = Text("an unexpected {kind} on the way to Microsoft", kind=type(error).__name__)
    return Failure(LATER, Concerns.SERVER, why=why)


_UNTRUSTED = Text(
    "name in ca_file the certificate of the authority that what stands before Microsoft signs with (a proxy or a "
    "firewall that looks into TLS): none of those that are trusted has signed the certificate that {host} showed",
    host="HOST",
)
_NOT_VALID_NOW = Text(
    "set this machine's clock, or renew the certificate of what stands before Microsoft: the one that {host} showed "
    "has run out, or is not valid yet",
    host="HOST",
)
_OTHER_HOST = Text(
    "see that authority and endpoint are written right, and that no proxy answers in Microsoft's place: the "
    "certificate that {host} showed is for other hosts",
    host="HOST",
)
_NO_CERTIFICATE = Text(
    "put the authority's certificate into ca_file as text, with a line BEGIN CERTIFICATE: no certificate can be read "
    "in that file"
)
_TLS = Text(
    "see that a firewall or proxy lets TLS 1.2 and 1.3 through from this machine to {host}: TLS with what answers "
    "there does not come about",
    host="HOST",
)

_OF_CERTIFICATES: Mapping[int, Text] = {
    **dict.fromkeys((9, 10), _NOT_VALID_NOW),
    **dict.fromkeys((62, 64), _OTHER_HOST),
}
"""By OpenSSL's number: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/"""


def of_tls(error: ssl.SSLError | None) -> Failure:
    """What can be done about it; None where OpenSSL did not say what it is."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(_OF_CERTIFICATES.get(error.verify_code, _UNTRUSTED), Concerns.SERVER)
    if error is not None and error.library in {"X509", "PEM", "ASN1"}:
        return Failure(_NO_CERTIFICATE, Concerns.SERVER)
    again = Again.NOW if isinstance(error, ssl.SSLEOFError) else Again.NEXT
    return Failure(_TLS, Concerns.SERVER, again=again, why=(error.reason or "") if error is not None else "")


TOO_LARGE = Failure(LATER, why=Text("the answer was larger than any calendar"))

LATE = (
    Failure(LATER, Concerns.SERVER, why=Text("the answer took too long")),
    Failure(LATER, Concerns.SERVER, why=Text("no answer in time")),
)
"""For an answer that was not there in time."""


def is_late(outcome: object) -> TypeGuard[Failure]:
    """Whether an answer was not there in time."""
    return isinstance(outcome, Failure) and outcome in LATE


NOT_REACHED = Failure(LATER, again=Again.NOW, why=Text("the answers of others took too long"))

_BY_KIND: tuple[tuple[type[BaseException], Failure], ...] = (
    (AnswerTooLarge, TOO_LARGE),
    (AnswerTooLong, Failure(LATER, why=Text("the answer's headers were larger than any"))),
    (AnswerTooSlow, LATE[0]),
    (
        AnswerBroken,
        Failure(
            Text(
                "see that what stands between this machine and Microsoft leaves answers as they are: one that says "
                "that it is packed with gzip could not be unpacked"
            ),
            Concerns.SERVER,
            again=Again.NOW,
        ),
    ),
    (
        requests.exceptions.ProxyError,
        Failure(
            Text("see that the proxy is there and lets this machine through to {host}", host="HOST"), Concerns.SERVER
        ),
    ),
    (
        urllib3.exceptions.NameResolutionError,
        Failure(
            Text("see that this machine's name service (DNS) finds {host}: it did not", host="HOST"),
            Concerns.SERVER,
        ),
    ),
    (
        urllib3.exceptions.NewConnectionError,
        Failure(
            Text(
                "see that a firewall lets this machine through to {host}, or name a proxy: no connection came about",
                host="HOST",
            ),
            Concerns.SERVER,
        ),
    ),
    (
        requests.exceptions.ConnectTimeout,
        Failure(LATER, Concerns.SERVER, why=Text("no connection to {host} came about in time", host="HOST")),
    ),
    (requests.exceptions.Timeout, LATE[1]),
    (
        requests.exceptions.ConnectionError,
        Failure(
            LATER,
            Concerns.SERVER,
            again=Again.NOW,
            why=Text("the connection to {host} failed or was cut off", host="HOST"),
        ),
    ),
    (
        requests.exceptions.RequestException,
        Failure(LATER, Concerns.SERVER, why=Text("the way to Microsoft failed")),
    ),
    (
        OSError,
        Failure(
            Text("see that the certificate in ca_file is still there, and readable for the service"), Concerns.SERVER
        ),
    ),
)
"""The first that fits, of the exception and its causes."""
