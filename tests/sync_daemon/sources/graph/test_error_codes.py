"""Every code that Graph is known to answer with: whom it concerns, what to do, and when to ask again."""

from __future__ import annotations

import re

import pytest

from sync_daemon.sources.exchange.failure import Again, Concerns, Failure
from sync_daemon.sources.graph import entra_codes
from sync_daemon.sources.graph.error_codes import ANSWERS
from sync_daemon.sources.graph.http_statuses import Reply, outcome_of
from sync_daemon.sources.graph.waiting import LATER
from sync_daemon.texts import Language, Text, in_language
from tests.sync_daemon.sources.graph.asking import failure

NAMED: dict[str, tuple[int, Concerns, str, Again]] = {
    "ErrorAccessDenied": (403, Concerns.MAILBOX, "into the group", Again.NEXT),
    "Authorization_RequestDenied": (403, Concerns.MAILBOX, "see that the scope", Again.NEXT),
    "MailboxNotEnabledForRESTAPI": (404, Concerns.MAILBOX, "is in Exchange Online", Again.NEXT),
    "ResourceNotFound": (404, Concerns.MAILBOX, "is in Exchange Online", Again.NEXT),
    "ErrorInvalidUser": (404, Concerns.MAILBOX, "take the line out", Again.NEXT),
    "ErrorItemNotFound": (404, Concerns.MAILBOX, "open this mailbox once in Outlook", Again.NEXT),
    "ApplicationThrottled": (429, Concerns.MAILBOX, "wait", Again.SOON),
    "MailboxConcurrency": (429, Concerns.MAILBOX, "wait", Again.SOON),
    "activityLimitReached": (429, Concerns.MAILBOX, "wait", Again.SOON),
    "ErrorServerBusy": (503, Concerns.MAILBOX, "wait", Again.SOON),
    "UnknownError": (500, Concerns.MAILBOX, "wait", Again.NEXT),
    "ErrorInternalServerTransientError": (500, Concerns.MAILBOX, "wait", Again.NEXT),
    "ErrorMailboxMoveInProgress": (500, Concerns.MAILBOX, "wait", Again.NEXT),
    "ErrorMailboxInSiteFailover": (500, Concerns.MAILBOX, "wait", Again.NEXT),
    "SyncStateNotFound": (410, Concerns.MAILBOX, "wait", Again.NEXT),
    "resyncRequired": (410, Concerns.MAILBOX, "wait", Again.NEXT),
    "InvalidAuthenticationToken": (400, Concerns.SERVER, "refuses the token", Again.NEXT),
    "Authorization_IdentityNotFound": (403, Concerns.ACCOUNT, "does not serve it", Again.NEXT),
    "NoPermissionsInAccessToken": (403, Concerns.ACCOUNT, "no permission", Again.NEXT),
    "RequestBroker--ParseUri": (400, Concerns.MAILBOX, "does not take the question", Again.SLOWLY),
    "ErrorCalendarViewRangeTooBig": (400, Concerns.VIEW, "ask for fewer days", Again.NEXT),
    "ErrorInvalidLicense": (403, Concerns.MAILBOX, "a licence", Again.NEXT),
}

ELSEWHERE = {
    *("MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI", "MailboxNotHostedInExchangeOnline"),
    *("RESTAPINotEnabledForUser", "ResourceNotFound", "Request_ResourceNotFound", "ErrorInvalidUser"),
    *("ErrorNonExistentMailbox", "ErrorMailboxNotFound", "ErrorRecipientNotFound", "ErrorMailRecipientNotFound"),
    "ErrorCannotFindUser",
}
"""The mailbox is not there; of nothing else another source is asked."""


def _failure(code: object, status: int = 400) -> Failure:
    body = {"error": {"code": code, "message": "SAM: Budget", "innerError": {"code": "SAM: Budget"}}}
    return failure(outcome_of(Reply(status, {}, body, inner=True)))


@pytest.mark.parametrize("language", ["en", "sv"])
def test_each_code_is_told_with_what_to_do(language: str) -> None:
    """By its name, in both languages, with the application where a command has it."""
    for code in ANSWERS:
        told = _failure(code).told("4711-app")
        assert isinstance(told, Text)
        sentence = in_language(told, "sv" if language == "sv" else "en")
        assert sentence.endswith(f" ({code})"), code
        assert not any(word in sentence for word in ("{", "APPLICATION", "Budget")), code
        assert (sentence == str(told)) is (language == "en"), code


@pytest.mark.parametrize("language", ["en", "sv"])
def test_nobody_is_told_to_consent_before_the_scope_is_looked_at(language: Language) -> None:
    """A consent holds for the whole organisation, and undoes the scope of who has one."""
    for answer in (*ANSWERS.values(), *entra_codes.ANSWERS.values()):
        told = in_language(Text("{it}", it=answer.told("4711-app")), language)
        scope, _, whole = told.partition(" (way B of " if language == "en" else " (väg B i ")
        assert "Calendars." not in scope
        assert not re.search("admin's consent|administratörens medgivande", scope)
        assert not whole or re.search(r"\. (Only where|Bara om) [\w ]+$", scope)


@pytest.mark.parametrize("code", NAMED)
def test_each_says_whom_it_concerns_what_to_do_and_when_to_ask_again(code: str) -> None:
    """With the status that it comes with, and whatever the case of its letters."""
    status, concerns, words, again = NAMED[code]
    for written in (code, code.upper(), f" {code} "):
        told = _failure(written, status)
        assert (told.concerns, told.again, told.why, told.by_exchange) == (concerns, again, code, True)
        assert words in told.told("4711-app")


def test_nobody_is_told_to_wait_where_waiting_cannot_help() -> None:
    """And whoever waits is asked for again without anybody's help."""
    for code, answer in ANSWERS.items():
        assert (answer.remedy == LATER) is answer.remedy.startswith("wait"), code
        assert answer.remedy != LATER or answer.again in {Again.SOON, Again.NEXT}, code


def test_who_is_elsewhere_and_what_has_run_out() -> None:
    """What the reader of a hybrid tenant, and the asker for changes, look at."""
    assert {code for code in ANSWERS if _failure(code).elsewhere} == ELSEWHERE
    assert {code.lower() for code in ANSWERS if _failure(code).expired} == {
        *("syncstatenotfound", "syncstateinvalid", "resyncrequired", "errorinvalidsyncstatedata"),
        *("resyncchangesapplydifferences", "resyncchangesuploaddifferences"),
    }


@pytest.mark.parametrize(
    "code", ["", "SAM: Budget", "ErrorSamBudgetmote", "ErrorAccessDenied SAM: Budget", None, 7, {}]
)
@pytest.mark.parametrize(
    ("status", "words", "again"),
    [
        (400, "does not take the question", Again.SLOWLY),
        (401, "wait", Again.SOON),
        (403, "put this mailbox into the group", Again.NEXT),
        (404, "gave no code that is known", Again.SLOWLY),
        (410, "wait", Again.NEXT),
        (418, "gave no code that is known", Again.SLOWLY),
        (429, "wait", Again.SOON),
        (500, "wait", Again.NEXT),
        (503, "wait", Again.SOON),
        (504, "wait", Again.NEXT),
    ],
)
def test_a_code_that_nobody_knows_is_not_told_on(code: object, status: int, words: str, again: Again) -> None:
    """It may be anything, a subject too; the status decides, and nobody is taken for elsewhere."""
    told = _failure(code, status)
    assert words in told.told("4711-app")
    assert told.told("4711-app").endswith(f"(HTTP {status})")
    assert (told.again, told.elsewhere) == (again, False)


def test_a_mailbox_that_is_not_there_by_its_status_alone_is_not_taken_for_moved() -> None:
    """A 404 without a code may be a wrong endpoint."""
    assert not failure(outcome_of(Reply(404, {}, None, inner=True))).elsewhere
