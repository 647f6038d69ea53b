"""What a 401 of Graph's means: that the token is refused, or "slow down", or something of one mailbox.

Graph says it where it can: by a code, by WWW-Authenticate (RFC 6750, 3.1), by Retry-After; else the other answers do,
those of the same batch and those just before.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from http import HTTPStatus

from sync_daemon.sources.graph.error_codes import BAD_TOKEN, of_code
from sync_daemon.sources.graph.http_statuses import Reply

ACCEPTED_LATELY = 60.0
"""Seconds: a token that others were let in with as late as this is not wrong where nothing says so."""


class Unauthorized(Enum):
    """What is to be done about it."""

    TOKEN = "another token is asked for, once"  # noqa: S105 - none
    BUSY = "it is asked for again later, with the same token"


def verdict(replies: Sequence[Reply], *, accepted_lately: bool) -> Unauthorized | None:
    """What the answers to one HTTP request say; None where there is no 401 among them."""
    refused = [reply for reply in replies if reply.status == HTTPStatus.UNAUTHORIZED]
    if not refused:
        return None
    if any(shows_token_taken(reply) for reply in replies) or any(reply.says_when for reply in refused):
        return Unauthorized.BUSY
    if any(_says_token(reply) for reply in refused) or not accepted_lately:
        return Unauthorized.TOKEN
    return Unauthorized.BUSY


def shows_token_taken(reply: Reply) -> bool:
    """Whether it was given to somebody who was let in: it is of a calendar, or of what may not be done with it."""
    return HTTPStatus.OK <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR and reply.status not in {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.TOO_MANY_REQUESTS,
    }


def _says_token(reply: Reply) -> bool:
    challenge = reply.headers.get("WWW-Authenticate", "").lower()
    if "invalid_token" in challenge or "insufficient_claims" in challenge:
        return True
    known = of_code(reply.code)
    return known is not None and known.remedy is BAD_TOKEN.remedy
