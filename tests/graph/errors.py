"""Errors as Graph writes them.

Source: https://learn.microsoft.com/en-us/graph/errors
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.exchange.answer import Answer

JSON = "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"
CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
    'client_id="00000003-0000-0000-c000-000000000000"'
)
"""The WWW-Authenticate of a 401."""
_REQUEST_ID = "e4bb6e53-8d5c-4a27-a1b9-0b2f0b3c6b2d"


@dataclass
class GraphError(Exception):
    """A request that is refused: HTTP status, Graph's code, its words and its headers."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The JSON of it."""
        inner = {"date": "2026-10-19T07:00:00", "request-id": _REQUEST_ID, "client-request-id": _REQUEST_ID}
        return {"error": {"code": self.code, "message": self.message, "innerError": inner}}


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a JSON body, by its own content type unless `headers` name one."""
    named = dict(headers or {})
    content_type = named.pop("Content-Type", JSON)
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(body, status, content_type, tuple(named.items()))


def not_found(address: str, code: str) -> GraphError:
    """The three ways in which Graph says that it has no such mailbox, all with 404.

    Sources: https://learn.microsoft.com/en-us/graph/resolve-auth-errors (the mailbox is on site),
    https://github.com/microsoftgraph/microsoft-graph-docs-contrib/issues (their words as users quote them).
    """
    messages = {
        "MailboxNotEnabledForRESTAPI": "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        "ErrorInvalidUser": f"The requested user '{address}' is invalid.",
        "ResourceNotFound": "Resource could not be discovered.",
        "Request_ResourceNotFound": (
            f"Resource '{address}' does not exist or one of its queried reference-property objects are not present."
        ),
    }
    return GraphError(404, code, messages.get(code, "The resource could not be found."))


def access_denied() -> GraphError:
    """No role, or a mailbox outside the scope of the role."""
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
