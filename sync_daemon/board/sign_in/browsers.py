"""The browsers from which somebody has signed in before: each has a cookie that says to which accounts.

The cookie lets nobody in. It gives a browser attempts of its own (`limits`), so that others' guesses do not count.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

_MOST_ACCOUNTS = 20
"""Of more people at one browser the first are forgotten."""

_LONGEST = 1000
"""Characters of a cookie that is looked at."""


def browser_for(secret: bytes, cookie: str, account: str) -> str | None:
    """The browser's name, where its cookie says that the account was signed in to from it."""
    name, *vouched = cookie[:_LONGEST].split(".")
    expected = _vouched(secret, name, account)
    found = [one for one in vouched if hmac.compare_digest(one.encode("utf-8", "replace"), expected.encode())]
    return name if found else None


def with_account(secret: bytes, cookie: str, account: str) -> str:
    """The cookie of a browser from which the account has been signed in to as well."""
    name, *vouched = cookie[:_LONGEST].split(".")
    if not name.isalnum() or not all(one.isalnum() for one in vouched):
        name, vouched = "", []
    name = name or secrets.token_hex(16)
    own = _vouched(secret, name, account)
    others = [one for one in vouched if one != own][-(_MOST_ACCOUNTS - 1) :]
    return ".".join((name, *others, own))


def _vouched(secret: bytes, name: str, account: str) -> str:
    content = f"browser\0{name}\0{account}".encode("utf-8", "replace")
    return hmac.new(secret, content, hashlib.sha256).hexdigest()[:32]
