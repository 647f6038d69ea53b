"""What Graph's error codes ask for: of each whom it concerns, what to do, and when to ask again.

Graph passes on the codes of what stands behind it, Exchange Online, and no page has them all. These are those of
https://learn.microsoft.com/en-us/graph/errors, https://learn.microsoft.com/en-us/graph/throttling,
https://learn.microsoft.com/en-us/graph/resolve-auth-errors, those of Exchange's own that reading a calendar may be
answered by (https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/responsecode), and what
others have seen: MailboxNotEnabledForRESTAPI (microsoft-graph-docs#6305), MailboxNotHostedInExchangeOnline and
MailboxInfoStale (several programs' sources), SyncStateNotFound (microsoft-graph-docs#2350). One that nobody has told of
is not told on: it may be anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync_daemon.sources.exchange.failure import Again, Concerns, Failure, with_code
from sync_daemon.sources.graph.waiting import LATER
from sync_daemon.texts import Text

# What passes by itself

BUSY = Failure(LATER, again=Again.SOON)
PASSES = Failure(LATER)

_FEWER_DAYS = Failure(Text("ask for fewer days: lower lookback_days or horizon_days"), Concerns.VIEW)

EXPIRED = Failure(LATER, expired=True)

# What an admin can mend for a mailbox. A scope comes first: a consent in Entra would undo it
# (https://learn.microsoft.com/en-us/exchange/permissions-exo/application-rbac).

RIGHT = Failure(
    Text(
        "put this mailbox into the group, or see that the scope of the application {account} in Exchange Online takes "
        "it in (`Test-ServicePrincipalAuthorization -Identity {account} -Resource MAILBOX`): it takes up to two hours. "
        "Only where the whole organisation is to be read (way B of docs/exchange-online.md): see in Entra that the "
        "admin's consent to Calendars.ReadBasic.All is granted",
        account="APPLICATION",
    )
)
ELSEWHERE = Failure(
    Text(
        "see that this mailbox is in Exchange Online and has a licence (Get-EXOMailbox MAILBOX), mend its address in "
        "the directory, or take the line out: Exchange Online has no such mailbox"
    ),
    elsewhere=True,
)
NO_CALENDAR = Failure(
    Text(
        "open this mailbox once in Outlook, which makes the calendar that it lacks, or take the line out: Exchange "
        "Online finds no calendar in it"
    )
)
_DISABLED = Failure(Text("see in Entra that the account of this mailbox is enabled, or take the line out"))
_NO_LICENCE = Failure(
    Text("give the user of this mailbox a licence with Exchange Online, or take the line out: it has none")
)
_CORRUPT = Failure(
    Text(
        "have Microsoft's support mend this mailbox (New-MailboxRepairRequest MAILBOX): what is in its calendar cannot "
        "be read"
    )
)
_FULL = Failure(Text("free room in the mailbox: it is full"))

# What concerns everybody

NO_PERMISSION = Failure(
    Text(
        "see that the application {account} has its role and its scope in Exchange Online "
        "(`Test-ServicePrincipalAuthorization -Identity {account} -Resource MAILBOX`; it takes up to two hours): its "
        "token has no permission that Graph knows. Only where the whole organisation is to be read (way B of "
        "docs/exchange-online.md): grant the admin's consent to Calendars.ReadBasic.All in Entra",
        account="APPLICATION",
    ),
    Concerns.ACCOUNT,
)
BAD_TOKEN = Failure(
    Text(
        "see that endpoint and authority are of the same cloud, that this machine's clock is right, and in Entra's "
        "sign-in logs (Service principal sign-ins) what is said of the application {account}: Graph refuses the token "
        "that Entra has just given",
        account="APPLICATION",
    ),
    Concerns.SERVER,
)
_DIRECTORY = Failure(
    Text(
        "see in Entra (Enterprise apps) that the application {account} is there and enabled, and that the "
        "organisation's subscription has not run out: Graph does not serve it",
        account="APPLICATION",
    ),
    Concerns.ACCOUNT,
)
QUESTION = Failure(
    Text(
        "see that endpoint is https://graph.microsoft.com/v1.0 or that of your national cloud, and that no proxy "
        "changes what is sent; else report the bug, with this code: Graph does not take the question as it is written"
    ),
    again=Again.SLOWLY,
)
OTHER = Failure(
    Text("report this, with the time: Graph gave no code that is known. It is asked again every quarter of an hour"),
    again=Again.SLOWLY,
    by_exchange=True,
)

_GROUPS: tuple[tuple[Failure, str], ...] = (
    (
        BUSY,
        """
        TooManyRequests ApplicationThrottled MailboxConcurrency activityLimitReached throttledRequest
        ErrorServerBusy ErrorExceededConnectionCount ErrorTooManyObjectsOpened Request_ThrottledTemporarily
        """,
    ),
    (
        PASSES,
        """
        generalException serviceNotAvailable UnknownError InternalServerError ServiceUnavailable GatewayTimeout
        BadGateway Service_InternalServerError Service_ServiceUnavailable timeout MailboxInfoStale
        ErrorInternalServerError ErrorInternalServerTransientError ErrorMailboxStoreUnavailable ErrorMailboxFailover
        ErrorMailboxInSiteFailover ErrorMailboxMoveInProgress ErrorMailboxLogonFailed ErrorTimeoutExpired
        ErrorBatchProcessingStopped ErrorADOperation ErrorADUnavailable ErrorConnectionFailed
        ErrorConnectionFailedTransientError ErrorInsufficientResources ErrorNotEnoughMemory ErrorDataSourceOperation
        ErrorRequestAborted ErrorProxyRequestProcessingFailed ErrorExecuteSearchStaleData
        """,
    ),
    (
        _FEWER_DAYS,
        "ErrorCalendarViewRangeTooBig ErrorExceededFindCountLimit ErrorResultSetTooBig ErrorTimeIntervalTooBig",
    ),
    (
        EXPIRED,
        """
        SyncStateNotFound SyncStateInvalid resyncRequired resyncChangesApplyDifferences
        resyncChangesUploadDifferences ErrorInvalidSyncStateData
        """,
    ),
    (
        RIGHT,
        """
        ErrorAccessDenied accessDenied Authorization_RequestDenied Forbidden
        ErrorInsufficientPermissionsInAccessToken
        """,
    ),
    (
        ELSEWHERE,
        """
        MailboxNotEnabledForRESTAPI MailboxNotSupportedForRESTAPI MailboxNotHostedInExchangeOnline
        RESTAPINotEnabledForUser ResourceNotFound Request_ResourceNotFound ErrorInvalidUser ErrorNonExistentMailbox
        ErrorMailboxNotFound ErrorRecipientNotFound ErrorMailRecipientNotFound ErrorCannotFindUser
        """,
    ),
    (NO_CALENDAR, "ErrorItemNotFound ErrorFolderNotFound ErrorNoCalendar itemNotFound"),
    (_DISABLED, "ErrorAccountDisabled accountDisabled"),
    (_NO_LICENCE, "ErrorInvalidLicense"),
    (
        _CORRUPT,
        "ErrorCorruptData ErrorItemCorrupt ErrorFolderCorrupt ErrorCalendarFolderIsInvalidForCalendarView",
    ),
    (_FULL, "ErrorQuotaExceeded quotaLimitReached"),
    (NO_PERMISSION, "NoPermissionsInAccessToken"),
    (
        BAD_TOKEN,
        """
        InvalidAuthenticationToken unauthenticated Unauthorized CompactTokenParsingFailed TokenExpired TokenNotYetValid
        InvalidAudience ExpiredAuthenticationToken Authentication_ExpiredToken Authentication_MissingOrMalformed
        Authentication_Unauthorized
        """,
    ),
    (_DIRECTORY, "Authorization_IdentityNotFound Authorization_IdentityDisabled Directory_ResourceSizeExceeded"),
    (
        QUESTION,
        """
        BadRequest invalidRequest notSupported notAllowed RequestBroker--ParseUri Request_BadRequest
        Request_UnsupportedQuery ErrorInvalidRequest ErrorInvalidArgument ErrorInvalidIdMalformed ErrorInvalidId
        ErrorInvalidUrlQuery ErrorInvalidUrlQueryFilter ErrorInvalidOperation ErrorInvalidPropertyRequest
        ErrorUnsupportedPathForQuery ErrorSchemaValidation invalidRange malformed
        """,
    ),
)

_NAMES: Mapping[str, str] = {name.lower(): name for _, names in _GROUPS for name in names.split()}

ANSWERS: Mapping[str, Failure] = {name: answer for answer, names in _GROUPS for name in names.split()}
"""Of each code what it asks for."""


def of_code(code: object) -> Failure | None:
    """What the code asks for, whatever the case of its letters; None for one that nobody has told of."""
    name = _NAMES.get(code.strip().lower()) if isinstance(code, str) else None
    return None if name is None else with_code(ANSWERS[name], name, None)
