"""What stands in a table's cell for a value that other programs read by its code."""

from __future__ import annotations

from rules.command import Phone
from rules.departments import State
from rules.plan import Action, Cause
from sync_daemon.answers import wording
from sync_daemon.cli.output import language
from sync_daemon.settings import Tenant
from sync_daemon.texts import Text


def reason_in_words(reason: str, tenant: Tenant) -> str:
    """The reason of a referral; one that a person wrote stands as it was written."""
    if language() == "en":
        return reason
    return wording.reason_texts(tenant.rules.commands, language()).get(reason, reason)


def cause_in_words(cause: Cause) -> str:
    """Why a referral changes."""
    return cause.value if language() == "en" else wording.cause(cause, language())


def phone_in_words(phone: Phone) -> Text:
    """Whether the phone is closed."""
    return Text("open") if phone is Phone.OPEN else Text("closed")


def action_in_words(action: Action) -> Text:
    """What is done to a referral."""
    match action:
        case Action.CREATE:
            return Text("new")
        case Action.UPDATE:
            return Text("changed")
        case Action.REMOVE:
            return Text("removed")


def state_in_words(state: State) -> Text:
    """What the switchboard was told of a department last."""
    match state:
        case State.TOLD:
            return Text("told")
        case State.CORRECTED:
            return Text("corrected")
        case State.WITHDRAWN:
            return Text("withdrawn")
