"""Why somebody is not signed in: what they are told, and what an admin is to do."""

from __future__ import annotations

from http import HTTPStatus

from sync_daemon.errors import HanvisaError
from sync_daemon.texts import Text

TRY_AGAIN = Text("sign in again from the beginning")


class NotSignedIn(HanvisaError):
    """`reason` is a short word for the log, `status` the answer's; nothing of a token is in any of it."""

    def __init__(self, reason: str, problem: str, remedy: str, status: HTTPStatus) -> None:
        super().__init__(Text("{problem}; {remedy}", problem=problem, remedy=remedy))
        self.reason = reason
        self.problem = problem
        self.remedy = remedy
        self.status = status


def begun_elsewhere() -> NotSignedIn:
    """The answer belongs to no sign-in that this browser began in the last minutes."""
    problem = Text("this sign-in was not begun in this browser, or too long ago")
    return NotSignedIn("not_begun_here", problem, TRY_AGAIN, HTTPStatus.BAD_REQUEST)


def busy() -> NotSignedIn:
    """Too many sign in at the same time."""
    problem, remedy = Text("many sign in at the moment"), Text("try again in a few seconds")
    return NotSignedIn("busy", problem, remedy, HTTPStatus.SERVICE_UNAVAILABLE)


def without_access(reason: str, problem: str, remedy: str) -> NotSignedIn:
    """The provider knows who it is, and they may see nothing."""
    return NotSignedIn(reason, problem, remedy, HTTPStatus.FORBIDDEN)


def provider_trouble(reason: str, problem: str, remedy: str) -> NotSignedIn:
    """The provider cannot be asked now, or not by us."""
    return NotSignedIn(reason, problem, remedy, HTTPStatus.BAD_GATEWAY)


def not_believed(reason: str) -> NotSignedIn:
    """An ID token that is not what it must be; `reason` says in a word what is not."""
    problem = Text("the sign-in service's answer cannot be believed ({reason})", reason=reason)
    remedy = Text(
        "sign in again from the beginning; where that does not help, an admin compares issuer, client_id and the clocks"
    )
    return NotSignedIn(reason, problem, remedy, HTTPStatus.FORBIDDEN)
