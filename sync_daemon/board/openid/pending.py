"""A sign-in that has begun: what must come back with it, in a cookie that only this process can read or write.

So the answer of a sign-in that somebody else began is of no use in another browser, and nothing is kept here of those
that never come back (https://www.rfc-editor.org/rfc/rfc9700#section-4.7).
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken

LASTS = 600
"""Seconds: a password and a second factor."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What the answer must carry (`state`), what the token (`nonce`), and what redeems the code (`verifier`).

    `onward` is the page of ours that the person wants to see.
    """

    state: str
    nonce: str
    verifier: str
    onward: str = "/"


def new_pending(onward: str = "/") -> Pending:
    """Of 256 bits each; RFC 7636 §4.1 asks for 43 characters or more of a verifier."""
    return Pending(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), onward)


class Seal:
    """Of one process: what was sealed before a restart is not read after it."""

    def __init__(self) -> None:
        self._fernet = Fernet(Fernet.generate_key())

    def seal(self, pending: Pending, now: datetime) -> str:
        """As a cookie's value."""
        content = json.dumps(asdict(pending)).encode()
        return self._fernet.encrypt_at_time(content, int(now.timestamp())).decode()

    def opened(self, sealed: str, now: datetime) -> Pending | None:
        """None where it was not sealed here, or too long ago."""
        try:
            content = self._fernet.decrypt_at_time(sealed.encode(), LASTS, int(now.timestamp()))
        except (InvalidToken, UnicodeEncodeError):
            return None
        return Pending(**json.loads(content))
