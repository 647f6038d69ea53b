"""Names of users and systems, and the origins of referrals that systems may set."""

from __future__ import annotations

import re
import unicodedata

from sync_daemon.errors import UserError
from sync_daemon.printable import quoted
from sync_daemon.texts import Text

LONGEST_NAME = 100
"""Characters."""

OURS = frozenset({"calendar", "operator"})
"""Origins of hanvisa's own."""

_NAME = re.compile(rf"[^\W_](?:[\w.@+-]{{0,{LONGEST_NAME - 1}}})")
_ORIGIN = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_LONGEST_ORIGIN = 50


def account_name(text: str) -> str:
    """The name as it is kept: small and capital letters are alike (RFC 8265, 3.3)."""
    return unicodedata.normalize("NFC", text.strip()[: LONGEST_NAME + 1]).casefold()


def refuse_name(name: str) -> str:
    """The name. Raises UserError where it can be none."""
    if not _NAME.fullmatch(name):
        raise UserError(
            Text(
                "{name} cannot be a name at the board: write letters, digits and . _ - @ +, at most {most}",
                name=quoted(name),
                most=LONGEST_NAME,
            )
        )
    return name


def refuse_origin(origin: str) -> str:
    """The origin. Raises UserError where it can be none, or is hanvisa's own."""
    if not _ORIGIN.fullmatch(origin) or len(origin) > _LONGEST_ORIGIN:
        raise UserError(
            Text(
                "--origin {origin}: write small letters a-z, digits and hyphens only, at most {most}",
                origin=quoted(origin),
                most=_LONGEST_ORIGIN,
            )
        )
    if origin in OURS:
        raise UserError(
            Text("--origin {origin}: that is hanvisa's own; give the system a name of its own", origin=quoted(origin))
        )
    return origin
