"""Every ResponseCode that Microsoft has published: whom it concerns, what to do, and when to ask again."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync_daemon.sources import Elsewhere
from sync_daemon.sources.ews.answer import view_of
from sync_daemon.sources.exchange.failure import LATER, Again, Concerns, Failure
from sync_daemon.texts import Text, in_language
from tests.sync_daemon.sources.ews.answers import refusal

_LINES = (Path(__file__).parent / "response_codes.txt").read_text(encoding="utf-8").splitlines()
PUBLISHED = [line for line in _LINES if not line.startswith("#")]

ACCOUNT = "SORSELE\\svc-hanvisa"

PASSES_BY_ITSELF = {
    *("ErrorServerBusy", "ErrorExceededConnectionCount", "ErrorTooManyObjectsOpened"),
    *("ErrorInsufficientResources", "ErrorNotEnoughMemory", "ErrorTimeoutExpired", "ErrorRequestAborted"),
    *("ErrorInternalServerError", "ErrorInternalServerTransientError", "ErrorWin32InteropError"),
    *("ErrorMailboxMoveInProgress", "ErrorMailboxFailover", "ErrorMailboxStoreUnavailable", "ErrorMailboxLogonFailed"),
    *("ErrorConnectionFailed", "ErrorConnectionFailedTransientError", "ErrorClientDisconnected"),
    *("ErrorProxyCallFailed", "ErrorProxyRequestProcessingFailed", "ErrorProxyTokenExpired"),
    *("ErrorNoRespondingCASInDestinationSite", "ErrorNoApplicableProxyCASServersAvailable"),
    *("ErrorADOperation", "ErrorDataSourceOperation", "ErrorBatchProcessingStopped", "ErrorWebRequestInInvalidState"),
}
"""What is over after a while, as the published list says or shows by its words; for nothing else is there to wait."""

NAMED = {
    "ErrorSchemaValidation": (Concerns.SERVER, "does not take the question", Again.SLOWLY),
    "ErrorInvalidPropertyRequest": (Concerns.SERVER, "does not take the question", Again.SLOWLY),
    "ErrorNoCalendar": (Concerns.MAILBOX, "open this mailbox once in Outlook", Again.NEXT),
    "ErrorCallerIsInvalidADAccount": (Concerns.ACCOUNT, f"the service account {ACCOUNT}", Again.NEXT),
    "ErrorMailRecipientNotFound": (Concerns.MAILBOX, "take the line out", Again.NEXT),
    "ErrorWrongServerVersion": (Concerns.MAILBOX, "AdminDisplayVersion", Again.NEXT),
    "ErrorInvalidLicense": (Concerns.MAILBOX, "a licence for Exchange", Again.NEXT),
    "ErrorCannotFindUser": (Concerns.MAILBOX, "has a user", Again.NEXT),
    "ErrorDuplicateLegacyDistinguishedName": (Concerns.MAILBOX, "legacyExchangeDN", Again.NEXT),
    "ErrorOrganizationAccessBlocked": (Concerns.SERVER, "your own Exchange", Again.NEXT),
    "ErrorMultiLegacyMailboxAccess": (Concerns.MAILBOX, "AdminDisplayVersion", Again.NEXT),
    "ErrorInvalidServerVersion": (Concerns.SERVER, "Exchange2013_SP1", Again.NEXT),
    "ErrorServerBusy": (Concerns.MAILBOX, "wait", Again.SOON),
    "ErrorMailboxMoveInProgress": (Concerns.MAILBOX, "wait", Again.NEXT),
    "ErrorCalendarViewRangeTooBig": (Concerns.VIEW, "ask for fewer days", Again.NEXT),
    "ErrorPasswordExpired": (Concerns.ACCOUNT, "set a new password", Again.NEXT),
    "ErrorCalendarIsDelegatedForAccept": (Concerns.MAILBOX, "report this code", Again.SLOWLY),
    "ErrorImGroupLimitReached": (Concerns.MAILBOX, "report this code", Again.SLOWLY),
}


def _failure(code: str) -> Failure:
    found = view_of(refusal(code))
    assert isinstance(found, Failure)
    return found


def test_the_list_is_whole() -> None:
    """Microsoft's page has 458 of them."""
    assert len(PUBLISHED) == len(set(PUBLISHED)) > 458
    assert set(PUBLISHED) >= PASSES_BY_ITSELF | set(NAMED)


@pytest.mark.parametrize("language", ["en", "sv"])
def test_each_code_is_told_with_what_to_do(language: str) -> None:
    """By its name, in both languages, with the account's name where a command has it."""
    for code in PUBLISHED:
        told = _failure(code).told(ACCOUNT)
        assert isinstance(told, Text)
        sentence = in_language(told, "sv" if language == "sv" else "en")
        assert sentence.endswith(f" ({code})")
        assert "{" not in sentence, code
        assert (sentence == str(told)) is (language == "en"), code
        assert " ACCOUNT" not in sentence, code


def test_nobody_is_told_to_wait_where_waiting_cannot_help() -> None:
    """And whoever is told to wait is asked for again soon, without anybody's help."""
    waits = {code for code in PUBLISHED if _failure(code).remedy.startswith("wait")}
    assert waits == PASSES_BY_ITSELF
    assert {_failure(code).again for code in waits} == {Again.SOON, Again.NEXT}
    assert all(_failure(code).remedy == LATER for code in waits)


def test_what_is_nobodys_to_mend_is_asked_for_slowly() -> None:
    """What is asked for again in each reading can be mended by somebody, or passes by itself."""
    for code in PUBLISHED:
        failure = _failure(code)
        unmended = failure.remedy.startswith(("report", "see that the endpoint is an Exchange Server 2013"))
        assert (failure.again is Again.SLOWLY) is unmended, code


@pytest.mark.parametrize("code", NAMED)
def test_each_says_whom_it_concerns_what_to_do_and_when_to_ask_again(code: str) -> None:
    """Those that were told to wait, or not told by their names at all, and one of each other kind."""
    concerns, words, again = NAMED[code]
    failure = _failure(code)
    assert (failure.concerns, failure.again) == (concerns, again)
    assert words in failure.told(ACCOUNT)


@pytest.mark.parametrize("code", ["", "NoError", "Error", "ErrorSamBudgetmote", "ErrorAccessDenied SAM: Budget"])
def test_a_code_that_nobody_knows_is_not_told_on(code: str) -> None:
    """It may be anything, a subject too; it is asked for again slowly."""
    failure = _failure(code)
    assert failure.told(ACCOUNT) == failure.remedy
    assert code == "" or code not in failure.remedy
    assert "no code that is known" in failure.remedy
    assert failure.again is Again.SLOWLY


@pytest.mark.parametrize("code", ["ErrorNonExistentMailbox", "ErrorCannotFindUser", "ErrorMailRecipientNotFound"])
def test_a_mailbox_that_exchange_does_not_know_may_be_elsewhere(code: str) -> None:
    """Another source of the tenant's is asked for it; one that may not be read, or is sick, is there."""
    assert isinstance(_failure(code).unreadable(ACCOUNT), Elsewhere)
    for other in ("ErrorAccessDenied", "ErrorMailboxStoreUnavailable", "ErrorNoCalendar", "ErrorInvalidLicense"):
        assert not isinstance(_failure(other).unreadable(ACCOUNT), Elsewhere)
