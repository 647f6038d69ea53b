"""What an exception of the way to Exchange asks for; its words stay where they are."""

from __future__ import annotations

from dataclasses import replace

import requests.exceptions
import urllib3.exceptions

from sync_daemon.sources.ews.exchangelib_internals import PoolStuck
from sync_daemon.sources.ews.refused_logons import NTLM_NOT_CARRIED
from sync_daemon.sources.exchange.bounded_answers import AnswerBroken, AnswerTooLarge, AnswerTooSlow
from sync_daemon.sources.exchange.causes import causes_of, openssl_error
from sync_daemon.sources.exchange.deadline import AnswerTooLong
from sync_daemon.sources.exchange.failure import Again, Concerns, Failure, later
from sync_daemon.sources.exchange.tls import of_tls
from sync_daemon.texts import Text


def of_exception(error: BaseException) -> Failure:
    """What can be done about it."""
    causes = causes_of(error)
    if any(isinstance(cause, requests.exceptions.SSLError) for cause in causes):
        return of_tls(openssl_error(causes))
    for kind, failure in _BY_KIND:
        if any(isinstance(cause, kind) for cause in causes):
            return failure
    why = Text("an unexpected {kind} on the way to Exchange", kind=type(error).__name__)
    return later(why, Concerns.SERVER)


_BY_KIND: tuple[tuple[type[BaseException], Failure], ...] = (
    (PoolStuck, later(Text("no connection came free"), Concerns.SERVER)),
    (AnswerTooLarge, later(Text("the answer was larger than any calendar"))),
    (AnswerTooLong, later(Text("the answer's headers were larger than any"))),
    (AnswerTooSlow, later(Text("the answer took too long"))),
    (
        AnswerBroken,
        Failure(
            Text(
                "see that what stands between this machine and Exchange leaves answers as they are: one that says that "
                "it is packed with gzip could not be unpacked"
            ),
            Concerns.SERVER,
            again=Again.NOW,
        ),
    ),
    (
        requests.exceptions.ProxyError,
        Failure(Text("see that the proxy is there and lets this machine through to Exchange"), Concerns.SERVER),
    ),
    (
        urllib3.exceptions.NewConnectionError,
        Failure(
            Text(
                "see that the endpoint's host and port are right, that Exchange is up, and that a firewall lets this "
                "machine through: no connection came about"
            ),
            Concerns.SERVER,
        ),
    ),
    (
        requests.exceptions.ConnectTimeout,
        later(Text("no connection to the endpoint came about"), Concerns.SERVER),
    ),
    (requests.exceptions.Timeout, later(Text("no answer in time"))),
    (
        requests.exceptions.ConnectionError,
        replace(later(Text("the connection failed or was cut off"), Concerns.SERVER), again=Again.NOW),
    ),
    (requests.exceptions.RequestException, later(Text("the way to Exchange failed"), Concerns.SERVER)),
    # requests_ntlm's: NTLM was offered, and no challenge came when it was begun.
    (PermissionError, NTLM_NOT_CARRIED),
    (
        OSError,
        Failure(
            Text("see that the certificate in ca_file is still there, and readable for the service"), Concerns.SERVER
        ),
    ),
)
"""The first that fits, of the exception and its causes."""
