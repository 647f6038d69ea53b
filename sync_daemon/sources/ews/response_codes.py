"""What Exchange's ResponseCode asks for: of each code whom it concerns, what to do, and when to ask again.

The codes: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/responsecode,
https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxwscdata/53734587-8b80-4cd8-b0ea-92da6b960d9e,
and what others have seen that stands in neither, such as `ErrorCannotFindUser`. One that nobody has told of is not told
on: it may be anything, a piece of a subject too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources.ews.other_response_codes import OF_OTHER_OPERATIONS
from sync_daemon.sources.exchange.failure import LATER, Again, Concerns, Failure, with_code
from sync_daemon.texts import Text

# What passes by itself

_BUSY = Failure(LATER, again=Again.SOON)
_PASSES = Failure(LATER)

_FEWER_DAYS = Failure(Text("ask for fewer days: lower lookback_days or horizon_days"), Concerns.VIEW)

# What an admin can mend for a mailbox

_RIGHT = Failure(
    Text(
        "let the service account read this calendar: Add-MailboxFolderPermission MAILBOX:\\Calendar -User {account} "
        '-AccessRights Reviewer (in a Swedish mailbox :\\Kalender), or use access = "impersonation"',
        account="ACCOUNT",
    )
)
_NOT_AS_OWNER = Text(
    "see that EWS is on for this mailbox (Get-CASMailbox MAILBOX | fl Ews*) and that it has its calendar "
    "(Get-MailboxFolderStatistics MAILBOX -FolderScope Calendar): not even as its owner could it be opened"
)
_ROLE = Failure(
    Text(
        "give the service account the role ApplicationImpersonation over this mailbox: New-ManagementRoleAssignment "
        "-Name hanvisa -Role ApplicationImpersonation -User {account} -CustomRecipientWriteScope SCOPE "
        "(deploy/exchange.ps1 does it)",
        account="ACCOUNT",
    )
)
_NO_MAILBOX = Failure(
    Text("mend the mailbox in the directory, or take the line out: Exchange knows no mailbox of that address"),
    elsewhere=True,
)
_NO_USER = Failure(
    Text(
        "see in Active Directory that this mailbox has a user (Get-Mailbox MAILBOX | fl LinkedMasterAccount, "
        "DistinguishedName), or take the line out: Exchange finds none"
    ),
    elsewhere=True,
)
_OTHER_ADDRESS = Failure(Text("write the mailbox's primary address into the directory: this is another of its own"))
_DISABLED = Failure(
    Text("see in Active Directory that the account of this mailbox, and the service account, are enabled")
)
_NO_LICENCE = Failure(Text("give the user of this mailbox a licence for Exchange, or take the line out: it has none"))
_NO_CALENDAR = Failure(
    Text(
        "open this mailbox once in Outlook, which makes the calendar that it lacks (outlook /resetfolders), or take "
        "the line out"
    )
)
_CORRUPT = Failure(
    Text("repair the mailbox: New-MailboxRepairRequest -Mailbox MAILBOX -CorruptionType FolderView,AggregateCounts")
)
_MISCONFIGURED = Failure(Text("see in Exchange that the mailbox is whole: Get-Mailbox MAILBOX | fl"))
_SAME_NAME_TWICE = Failure(
    Text(
        "give each its own legacyExchangeDN: two objects in Active Directory have this mailbox's (Get-Recipient "
        "MAILBOX | fl LegacyExchangeDN, then look for it with Get-ADObject)"
    )
)
_FULL = Failure(Text("free room in the mailbox: it is full"))
_OTHER_SERVER = Failure(
    Text(
        "read this mailbox by an endpoint of its own server's version and site, in a source of its own, or move it: "
        "Get-Mailbox MAILBOX | fl ServerName, AdminDisplayVersion"
    )
)
_NO_WAY_BETWEEN = Failure(
    Text(
        "see that each Exchange server has its address of EWS and lets the others log on there: "
        "Get-WebServicesVirtualDirectory | fl Server, InternalUrl, *Authentication"
    )
)

# What concerns everybody

_PASSWORD = Failure(
    Text("set a new password for the service account, and write it into the file of the secret"), Concerns.ACCOUNT
)
_NO_ACCOUNT = Failure(
    Text(
        "see that the service account {account} is an ordinary user in a domain that Exchange's servers know: they "
        "find no such account",
        account="ACCOUNT",
    ),
    Concerns.ACCOUNT,
)
_MANY_GROUPS = Failure(
    Text("take the service account out of groups: in more than 3000 of them it is not let through between servers"),
    Concerns.ACCOUNT,
)
_LOCKED = Failure(
    Text(
        "unlock the service account (Unlock-ADAccount), and look for another program that still sends an old password: "
        "Active Directory has locked it"
    ),
    Concerns.ACCOUNT,
)
_IDENTITY = Failure(
    Text(
        "see in the event logs of Exchange's servers why one does not take another's word for who asks: their clocks, "
        "their computer accounts, Test-ServiceHealth"
    ),
    Concerns.SERVER,
)
_DIRECTORY = Failure(Text("see that Exchange reaches a domain controller"), Concerns.SERVER)
_VERSION = Failure(
    Text('set version = "Exchange2013_SP1" in the source: Exchange does not know the schema that was asked in'),
    Concerns.SERVER,
)
_TOO_OLD = Text(
    "see that the endpoint is an Exchange Server 2013 SP1 or later, and that this mailbox is on such a one: it does "
    "not know the schema Exchange2013_SP1, the oldest that is asked in"
)
_BLOCKED = Failure(
    Text("see that the endpoint is your own Exchange: the organisation that answers is marked for removal"),
    Concerns.SERVER,
)
_QUESTION = Failure(
    Text(
        "see that the endpoint is an Exchange Server 2013 SP1 or later, and that no proxy changes what is sent; else "
        "report the bug, with this code: Exchange does not take the question as it is written"
    ),
    Concerns.SERVER,
    again=Again.SLOWLY,
)

# What concerns nobody known

_OTHER = Failure(
    Text(
        "report this code, with what Exchange's event log says at that time: no question for a calendar should be "
        "answered by it. It is asked again every quarter of an hour"
    ),
    again=Again.SLOWLY,
)
_UNKNOWN = Failure(
    Text(
        "see Exchange's event log, and what stands between: Exchange gave no code that is known. It is asked again "
        "every quarter of an hour"
    ),
    again=Again.SLOWLY,
    by_exchange=True,
)

_GROUPS: tuple[tuple[Failure, str], ...] = (
    (_BUSY, "ServerBusy ExceededConnectionCount TooManyObjectsOpened"),
    (
        _PASSES,
        """
        ADOperation BatchProcessingStopped ClientDisconnected ConnectionFailed ConnectionFailedTransientError
        DataSourceOperation InsufficientResources InternalServerError InternalServerTransientError MailboxFailover
        MailboxLogonFailed MailboxMoveInProgress MailboxStoreUnavailable NoApplicableProxyCASServersAvailable
        NoRespondingCASInDestinationSite NotEnoughMemory ProxyCallFailed ProxyRequestProcessingFailed ProxyTokenExpired
        RequestAborted TimeoutExpired WebRequestInInvalidState Win32InteropError
        """,
    ),
    (_FEWER_DAYS, "CalendarViewRangeTooBig ExceededFindCountLimit ResultSetTooBig TimeIntervalTooBig"),
    (_RIGHT, "AccessDenied FolderNotFound ItemNotFound NoFreeBusyAccess"),
    (_ROLE, "ImpersonateUserDenied ImpersonationDenied ImpersonationFailed"),
    (
        _NO_MAILBOX,
        """
        InvalidExchangeImpersonationHeaderData InvalidMailbox InvalidSmtpAddress InvalidUserPrincipalName
        MailRecipientNotFound MailboxDataArrayEmpty MissingEmailAddress MissingInformationEmailAddress
        NonExistentMailbox RecipientNotFound
        """,
    ),
    (_NO_USER, "CannotFindUser MissingExchangePrincipal InvalidSid InvalidUserSid InvalidUserSidMissingUPN"),
    (_OTHER_ADDRESS, "NonPrimarySmtpAddress"),
    (_DISABLED, "AccountDisabled"),
    (_NO_LICENCE, "InvalidLicense"),
    (_NO_CALENDAR, "NoCalendar"),
    (
        _CORRUPT,
        """
        CalendarFolderIsInvalidForCalendarView CalendarInvalidPropertyState CorruptData FolderCorrupt
        FolderPropertRequestFailed FolderPropertyRequestFailed InvalidSecurityDescriptor ItemCorrupt
        ItemPropertyRequestFailed ResponseSchemaValidation UnsupportedTypeForConversion
        """,
    ),
    (_MISCONFIGURED, "MailboxConfiguration"),
    (_SAME_NAME_TWICE, "DuplicateLegacyDistinguishedName"),
    (_FULL, "QuotaExceeded"),
    (
        _OTHER_SERVER,
        """
        CrossSiteRequest MultiLegacyMailboxAccess NoDestinationCASDueToVersionMismatch WrongServerVersion
        WrongServerVersionDelegate
        """,
    ),
    (
        _NO_WAY_BETWEEN,
        """
        NoDestinationCASDueToKerberosRequirements NoDestinationCASDueToSSLRequirements ProxyRequestNotAllowed
        ProxyServiceDiscoveryFailed
        """,
    ),
    (_PASSWORD, "PasswordChangeRequired PasswordExpired"),
    (_NO_ACCOUNT, "CallerIsInvalidADAccount"),
    (_MANY_GROUPS, "ProxyGroupSidLimitExceeded"),
    (
        _IDENTITY,
        """
        InvalidAuthorizationContext InvalidClientSecurityContext InvalidNetworkServiceContext
        InvalidProxySecurityContext InvalidSerializedAccessToken LogonAsNetworkServiceFailed TokenSerializationDenied
        """,
    ),
    (_DIRECTORY, "ADUnavailable"),
    (_VERSION, "IncorrectSchemaVersion InvalidSchemaVersionForMailboxVersion InvalidServerVersion"),
    (_BLOCKED, "OrganizationAccessBlocked"),
    (
        _QUESTION,
        """
        AccessModeSpecified CalendarEndDateIsEarlierThanStartDate DistinguishedUserNotSupported DuplicateSOAPHeader
        InvalidArgument InvalidFolderId InvalidFolderTypeForOperation InvalidId InvalidIdEmpty InvalidIdMalformed
        InvalidLogonType InvalidOperation InvalidPagingMaxRows InvalidPropertyForOperation InvalidPropertyRequest
        InvalidRequest InvalidTimeInterval InvalidValueForProperty MissingArgument MoreThanOneAccessModeSpecified
        RequestStreamTooBig SchemaValidation TimeZone UnsupportedPathForQuery UnsupportedPropertyDefinition
        ValueOutOfRange
        """,
    ),
    (_OTHER, OF_OTHER_OPERATIONS),
)

ANSWERS: Mapping[str, Failure] = {f"Error{name}": answer for answer, names in _GROUPS for name in names.split()}
"""Of each code what it asks for."""

_LOCKED_OUT = b"account is currently locked out"
_VERSION_INVALID = b"server version is invalid"


def of_code(code: str | None, back_off: float | None) -> Failure:
    """What the code asks for; `back_off` in seconds, where Exchange says how long it wants to be left."""
    known = (code or "").strip()
    answer = ANSWERS.get(known)
    return _UNKNOWN if answer is None else with_code(answer, known, back_off)


def is_known(code: str | None) -> bool:
    """Whether it is one of Exchange's own."""
    return (code or "").strip() in ANSWERS


def of_words(words: bytes) -> Failure | None:
    """For an error of Exchange's that has no code: some are known by their words, which are not told on."""
    if _LOCKED_OUT in words:
        return _LOCKED
    if _VERSION_INVALID in words:
        return with_code(_VERSION, "ErrorInvalidServerVersion", None)
    return None


def not_followed_yet(failure: Failure, settings: EwsSource) -> Failure:
    """The failure, with other advice where the settings are already as it would have them."""
    if failure.remedy is _VERSION.remedy and settings.version == "Exchange2013_SP1":
        return replace(failure, remedy=_TOO_OLD)
    if failure.remedy is _RIGHT.remedy and settings.access == "impersonation":
        return replace(failure, remedy=_NOT_AS_OWNER)
    return failure
