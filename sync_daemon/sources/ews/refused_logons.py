"""Who is not let in: HTTP 401, and what is known of it beforehand.

A wrong password, an account that is locked, a way to log on that Exchange does not offer, and one that is not carried
by what stands between are all a 401.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import requests

from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.exchange.failure import Concerns, Failure
from sync_daemon.sources.refusals import REFUSED_FOR
from sync_daemon.texts import LocalTime, Text, listed

_401 = Text("HTTP 401")

PASSWORD_REFUSED = Failure(
    Text(
        "write the service account's password into the file of the secret and reload the service; see in Active "
        "Directory that the account is enabled and not locked, and, behind a load balancer, that it shows Exchange's "
        "certificate and carries NTLM. Till then it is tried once an hour, lest it be locked, or at once with `hanvisa "
        "check --try-again`"
    ),
    Concerns.PASSWORD,
    why=_401,
)


def not_tried(refused: float, zone: ZoneInfo) -> Failure:
    """For a password that was refused less than an hour ago, in seconds since 1970; told in the tenant's time."""
    at, then = (datetime.fromtimestamp(moment, zone) for moment in (refused, refused + REFUSED_FOR))
    told = Text(
        "not tried: refused {at}, next {then}; {remedy}",
        at=LocalTime(at, zone, today=at),
        then=LocalTime(then, zone, today=at),
        remedy=PASSWORD_REFUSED.remedy,
    )
    return replace(PASSWORD_REFUSED, remedy=told)


REFUSED_HERE = Failure(
    Text("see in IIS's log what Exchange's server for this mailbox refused: the account was let in for the others"),
    why=_401,
)

_NO_TICKET = Failure(
    Text(
        "see with klist that the service's user has a Kerberos ticket that has not run out, where the service looks "
        "for it (KRB5CCNAME; its /tmp is its own), or give it a keytab (KRB5_CLIENT_KTNAME), and, with setspn -Q "
        "HTTP/HOST, that the domain knows the endpoint's host: no ticket for it could be had"
    ),
    Concerns.LOGON,
)

_TICKET_REFUSED = Failure(
    Text(
        "see that Exchange has the key for the endpoint's host (setspn -Q HTTP/HOST; its alternate service account), "
        "that the account is enabled, that the clocks agree within five minutes, and that a load balancer shows "
        "Exchange's certificate: it refused the Kerberos ticket"
    ),
    Concerns.SERVER,
    why=_401,
)

NTLM_NOT_CARRIED = Failure(
    Text(
        'set auth = "basic" or "kerberos", or take an endpoint that goes past the proxy or load balancer: NTLM logs on '
        "a connection, and what stands between gives each request another one"
    ),
    Concerns.LOGON,
)
"""[MS-NTHT] 1.3, and RFC 4559, 6: a proxy that shares connections cannot carry it."""

_CHALLENGE = re.compile(r"(?:NTLM|Negotiate) TlRMTVNTUAACAAAA")
"""The beginning of an NTLM CHALLENGE_MESSAGE in base64 ([MS-NLMP] 2.2.1.2)."""


def of_unauthorized(response: requests.Response, settings: EwsSource) -> Failure:
    """What a 401 asks for, that came after all that the way to log on has to say."""
    offered = response.headers.get("WWW-Authenticate", "")
    schemes = [scheme for scheme in ("Basic", "NTLM", "Negotiate") if scheme.lower() in offered.lower()]
    wanted = {"basic": {"Basic"}, "ntlm": {"NTLM", "Negotiate"}, "kerberos": {"Negotiate"}}[settings.auth]
    if schemes and not wanted & set(schemes):
        remedy = Text(
            "set auth to what Exchange offers ({offered}), or let it offer {auth}",
            offered=listed(schemes),
            auth=settings.auth,
        )
        return Failure(remedy, Concerns.SERVER, why=_401)
    if settings.auth == "kerberos":
        # requests-gssapi gives the first 401 back where its library has no token to send.
        return _TICKET_REFUSED if "Authorization" in response.request.headers else _NO_TICKET
    if settings.auth == "ntlm" and _CHALLENGE.search(offered):
        # To whoever has answered a challenge a new one says that the answer came over another connection.
        return replace(NTLM_NOT_CARRIED, why=_401)
    return PASSWORD_REFUSED
