"""Why a calendar could not be read, by what can be done about it: again later, or tell an admin.

Of what Exchange says only its code is told on: its sentences may name what is in a mailbox.
https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/responsecode
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from zoneinfo import ZoneInfo

import exchangelib.errors
import requests.exceptions
import urllib3.exceptions

from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.ews.connection import AnswerTooLarge, AnswerTooSlow
from sync_daemon.sources.ews.deadline import AnswerTooLong
from sync_daemon.sources.ews.exchangelib_internals import PoolStuck
from sync_daemon.sources.refusals import REFUSED_FOR


class Concerns(Enum):
    """Whom a failure is about."""

    MAILBOX = "this mailbox only"
    SERVER = "the server, or the way to it: where it goes on nobody else need be asked"
    ACCOUNT = "the service account: its password was refused"
    TICKET = "the way to a Kerberos ticket: nobody else need be asked for in this reading"
    VIEW = "a view that holds too much: a shorter one may be read"


class Again(Enum):
    """When a mailbox that could not be read is asked for again."""

    NOW = "at once, and once; where Exchange said how long it wants to be left alone, after that"
    SOON = "after the others, a few times, with fewer at once: the server is busy"
    NEXT = "in the next reading"


@dataclass(frozen=True, slots=True)
class Failure:
    """What an admin can do, in words without anything of the mailbox's.

    `back_off` is the seconds for which Exchange wants to hear nothing.
    """

    remedy: str
    concerns: Concerns = Concerns.MAILBOX
    back_off: float | None = None
    again: Again = Again.NEXT
    by_exchange: bool = False
    """It is Exchange's own word, to somebody whom it has let in."""

    @property
    def is_busy(self) -> bool:
        """The server has too much to do at once, and did not say for how long."""
        return self.again is Again.SOON and self.back_off is None

    def told(self, account: str) -> str:
        """The remedy, with the service account's name in it."""
        return self.remedy.replace("ACCOUNT", account)


def _is_a_code(text: str) -> bool:
    """Whether it is one of Exchange's own: what else stands there is not told on, whatever it is."""
    return text.startswith("Error") and isinstance(getattr(exchangelib.errors, text, None), type)


LATER = "wait: it is read again by itself; if it lasts for hours, look at Exchange's own health"


def _later(what: str, concerns: Concerns = Concerns.MAILBOX) -> Failure:
    return Failure(f"{LATER} ({what})", concerns)


_BUSY = frozenset({"ErrorServerBusy", "ErrorExceededConnectionCount", "ErrorTooManyObjectsOpened"})

_PASSING = frozenset(
    {
        "ErrorConnectionFailed",
        "ErrorConnectionFailedTransientError",
        "ErrorInsufficientResources",
        "ErrorInternalServerError",
        "ErrorInternalServerTransientError",
        "ErrorMailboxFailover",
        "ErrorMailboxMoveInProgress",
        "ErrorMailboxStoreUnavailable",
        "ErrorMessageTrackingTransientError",
        "ErrorNoRespondingCASInDestinationSite",
        "ErrorProxyCallFailed",
        "ErrorProxyRequestNotAllowed",
        "ErrorProxyRequestProcessingFailed",
        "ErrorTimeoutExpired",
        "ErrorUnableToGetUserOofSettings",
    }
)

_CUT = frozenset({"ErrorExceededFindCountLimit", "ErrorCalendarViewRangeTooBig"})

_ROLE = (
    "give the service account the role ApplicationImpersonation over this mailbox: New-ManagementRoleAssignment "
    "-Name hanvisa -Role ApplicationImpersonation -User ACCOUNT -CustomRecipientWriteScope SCOPE "
    "(deploy/exchange.ps1 does it)"
)
_RIGHT = (
    "let the service account read this calendar: Add-MailboxFolderPermission MAILBOX:\\Calendar -User ACCOUNT "
    '-AccessRights Reviewer (in a Swedish mailbox :\\Kalender), or use access = "impersonation"'
)
_MISSING = "mend the mailbox in the directory, or take the line out: Exchange knows no mailbox of that address"
_BLOCKED = (
    "let the account use EWS: see Get-OrganizationConfig | fl Ews*, which may block the program hanvisa, and, where "
    "the account has a mailbox, Set-CASMailbox ACCOUNT -EwsEnabled $true"
)
_VERSION = 'set version = "Exchange2013_SP1" in the source: Exchange does not know the schema that was asked in'
_CORRUPT = "repair the mailbox: New-MailboxRepairRequest -Mailbox MAILBOX -CorruptionType FolderView,AggregateCounts"
_DISABLED = "see in Active Directory that the account of this mailbox, and the service account, are enabled"
_EXPIRED = "set a new password for the service account, and write it into the file of the secret"

_ADMIN: Mapping[str, str] = {
    "ErrorAccessDenied": _RIGHT,
    "ErrorAccountDisabled": _DISABLED,
    "ErrorADUnavailable": "see that Exchange reaches a domain controller",
    "ErrorCalendarFolderIsInvalidForCalendarView": _CORRUPT,
    "ErrorCorruptData": _CORRUPT,
    "ErrorFolderCorrupt": _CORRUPT,
    "ErrorFolderNotFound": _RIGHT,
    "ErrorImpersonateUserDenied": _ROLE,
    "ErrorImpersonationDenied": _ROLE,
    "ErrorImpersonationFailed": _ROLE,
    "ErrorIncorrectSchemaVersion": _VERSION,
    "ErrorInvalidSchemaVersionForMailboxVersion": _VERSION,
    "ErrorInvalidServerVersion": _VERSION,
    "ErrorInvalidSmtpAddress": _MISSING,
    "ErrorItemNotFound": _RIGHT,
    "ErrorMailboxConfiguration": "see in Exchange that the mailbox is whole: Get-Mailbox MAILBOX | fl",
    "ErrorMailboxDataArrayEmpty": _MISSING,
    "ErrorMissingEmailAddress": _MISSING,
    "ErrorNonExistentMailbox": _MISSING,
    "ErrorNonPrimarySmtpAddress": "write the mailbox's primary address into the directory: this is another of its own",
    "ErrorPasswordChangeRequired": _EXPIRED,
    "ErrorPasswordExpired": _EXPIRED,
    "ErrorQuotaExceeded": "free room in the mailbox: it is full",
}


def of_code(code: str | None, back_off: float | None) -> Failure:
    """What Exchange's ResponseCode asks for; `back_off` in seconds, where it says how long it wants to be left."""
    return replace(_of_code(code, back_off), by_exchange=True)


def _of_code(code: str | None, back_off: float | None) -> Failure:
    known = (code or "").strip()
    if not _is_a_code(known):
        return _later("Exchange gave no code that is known")
    if known in _CUT:
        return Failure(f"ask for fewer days: lower lookback_days or horizon_days ({known})", Concerns.VIEW)
    if known in _BUSY:
        return replace(_later(known), back_off=back_off, again=Again.SOON)
    if known in _PASSING:
        return replace(_later(known), back_off=back_off)
    if known in _ADMIN:
        return Failure(f"{_ADMIN[known]} ({known})")
    return _later(known)


def of_page(content: bytes) -> Failure:
    """For what is no answer of Exchange's, though it came as one."""
    start = content[:1024].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return Failure(
            "see that the endpoint is the address of /EWS/Exchange.asmx itself, and that no proxy or firewall puts a "
            "page of its own before it: a web page came back",
            Concerns.SERVER,
        )
    return _later("the answer was empty" if not content.strip() else "the answer was no whole XML of Exchange's")


def of_response(response: requests.Response, settings: EwsSource) -> Failure | None:
    """What a status other than 200 asks for; None where the body is to be looked at."""
    status = response.status_code
    back_off = _retry_after(response.headers)
    if status == HTTPStatus.OK or (status == HTTPStatus.INTERNAL_SERVER_ERROR and _is_xml(response.content)):
        return None
    if status == HTTPStatus.UNAUTHORIZED:
        return _refused(response, settings)
    if "X-CasErrorCode" in response.headers and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return replace(_later("Exchange's front end could not reach the mailbox's server"), back_off=back_off)
    if 300 <= status < 400 and "genericerrorpage" not in response.headers.get("Location", "").lower():  # noqa: PLR2004
        return Failure(f"mend the endpoint: it answers that it has moved (HTTP {status})", Concerns.SERVER)
    remedy = _BY_STATUS.get(status)
    if remedy:
        return Failure(f"{remedy} (HTTP {status})", Concerns.SERVER)
    again = Again.SOON if back_off is not None or status in _BUSY_STATUSES else Again.NEXT
    return replace(_later(f"HTTP {status}", Concerns.SERVER), back_off=back_off, again=again)


_BUSY_STATUSES = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


_BY_STATUS: Mapping[int, str] = {
    400: "see that the endpoint is the address of /EWS/Exchange.asmx, and that no proxy changes what is sent",
    403: _BLOCKED,
    404: "mend the endpoint: there is nothing at that address",
    405: "mend the endpoint: it takes no requests of this kind",
    407: "let this machine through the proxy without a password: it asks for one",
    413: "let the proxy before Exchange take larger requests",
    440: "see that the endpoint is /EWS/Exchange.asmx: this one asks for a log-on page",
}

PASSWORD_REFUSED = Failure(
    "write the service account's password into the file of the secret and reload the service; see in Active Directory "
    "that the account is enabled and not locked, and, behind a load balancer, that it shows Exchange's certificate. "
    "Till then it is tried once an hour, lest it be locked, or at once with `hanvisa check --try-again` (HTTP 401)",
    Concerns.ACCOUNT,
)


def not_tried(refused: float, zone: ZoneInfo) -> Failure:
    """For a password that was refused less than an hour ago, in seconds since 1970; told in the tenant's time."""
    at, then = (datetime.fromtimestamp(moment, zone) for moment in (refused, refused + REFUSED_FOR))
    told = f"not tried: refused {at:%H:%M}, next {then:%H:%M}; {PASSWORD_REFUSED.remedy}"
    return replace(PASSWORD_REFUSED, remedy=told)


REFUSED_HERE = Failure(
    "see in IIS's log what Exchange's server for this mailbox refused: the account was let in for the others (HTTP 401)"
)

_NO_TICKET = Failure(
    "see with klist that the service's user has a Kerberos ticket that has not run out, where the service looks for it "
    "(KRB5CCNAME; its /tmp is its own), or give it a keytab (KRB5_CLIENT_KTNAME), and, with setspn -Q HTTP/HOST, that "
    "the domain knows the endpoint's host: no ticket for it could be had",
    Concerns.TICKET,
)

_TICKET_REFUSED = Failure(
    "see that Exchange has the key for the endpoint's host (setspn -Q HTTP/HOST; its alternate service account), that "
    "the account is enabled, that the clocks agree within five minutes, and that a load balancer shows Exchange's "
    "certificate: it refused the Kerberos ticket (HTTP 401)",
    Concerns.SERVER,
)


def of_another(address: str) -> Failure:
    """For an answer that may be that of the mailbox of this address."""
    return Failure(
        f"leave one line in the directory where this is the mailbox of {address} too, else see that no proxy before "
        "Exchange mixes answers up: both showed the same items"
    )


HELD = _later("Exchange asked to be left alone for a while")


def _refused(response: requests.Response, settings: EwsSource) -> Failure:
    offered = response.headers.get("WWW-Authenticate", "")
    schemes = [scheme for scheme in ("Basic", "NTLM", "Negotiate") if scheme.lower() in offered.lower()]
    wanted = {"basic": {"Basic"}, "ntlm": {"NTLM", "Negotiate"}, "kerberos": {"Negotiate"}}[settings.auth]
    if schemes and not wanted & set(schemes):
        remedy = f"set auth to what Exchange offers ({', '.join(schemes)}), or let it offer {settings.auth} (HTTP 401)"
        return Failure(remedy, Concerns.SERVER)
    if settings.auth == "kerberos":
        # requests-gssapi gives the first 401 back where its library has no token to send.
        return _TICKET_REFUSED if "Authorization" in response.request.headers else _NO_TICKET
    return PASSWORD_REFUSED


def _is_xml(content: bytes) -> bool:
    return content[:256].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<s:", b"<soap", b"<S:"))


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds; the other form, a date, Exchange does not use."""
    text = headers.get("Retry-After", "").strip()
    return float(text) if text.isascii() and text.isdigit() else None


def of_exception(error: BaseException) -> Failure:
    """What an exception of the way there asks for; its words stay where they are."""
    causes = [error, *_causes(error)]
    for kind, failure in _BY_EXCEPTION:
        if any(isinstance(cause, kind) for cause in causes):
            return failure
    return _later(f"an unexpected {type(error).__name__} on the way to Exchange", Concerns.SERVER)


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    while (cause := error.__cause__ or error.__context__) is not None and cause not in found:
        found.append(cause)
        error = cause
    return found


_BY_EXCEPTION: tuple[tuple[type[BaseException], Failure], ...] = (
    (PoolStuck, _later("no connection came free", Concerns.SERVER)),
    (AnswerTooLarge, _later("the answer was larger than any calendar")),
    (AnswerTooLong, _later("the answer's headers were larger than any")),
    (AnswerTooSlow, _later("the answer took too long")),
    (
        requests.exceptions.ProxyError,
        Failure("see that the proxy is there and lets this machine through to Exchange", Concerns.SERVER),
    ),
    (
        requests.exceptions.SSLError,
        Failure(
            "name the certificate of the authority that signed Exchange's in ca_file, and see that the endpoint's host "
            "is one of the certificate's names and that it has not run out",
            Concerns.SERVER,
        ),
    ),
    (
        urllib3.exceptions.NewConnectionError,
        Failure(
            "see that the endpoint's host and port are right, that Exchange is up, and that a firewall lets this "
            "machine through: no connection came about",
            Concerns.SERVER,
        ),
    ),
    (requests.exceptions.ConnectTimeout, _later("no connection to the endpoint came about", Concerns.SERVER)),
    (requests.exceptions.Timeout, _later("no answer in time")),
    (
        requests.exceptions.ConnectionError,
        replace(_later("the connection failed or was cut off", Concerns.SERVER), again=Again.NOW),
    ),
    (requests.exceptions.RequestException, _later("the way to Exchange failed", Concerns.SERVER)),
    (PermissionError, Failure("set auth to what Exchange offers: it does not take NTLM", Concerns.SERVER)),
    (
        OSError,
        Failure("see that the certificate in ca_file is still there, and readable for the service", Concerns.SERVER),
    ),
)
