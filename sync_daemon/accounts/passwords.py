"""Passwords, as a person types them and as the file holds them; tokens, which systems are given."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from sync_daemon.errors import UserError
from sync_daemon.texts import Text

SHORTEST = 12
"""Characters of a password; what is long needs no rules of signs and capitals (NIST SP 800-63B, 3.1.1.2:
https://pages.nist.gov/800-63-4/sp800-63b.html)."""

LONGEST = 500
"""Characters of a password: more are not hashed."""

_TOKEN_BYTES = 32

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
"""Three passes over 64 MiB, four lanes: the second recommended option of RFC 9106, 4
(https://www.rfc-editor.org/rfc/rfc9106#section-4)."""


def hashed(password: str, account: str) -> str:
    """What the file keeps of the password. Raises UserError where it is too easily guessed."""
    written = _normalised(password)
    if len(written) < SHORTEST:
        raise UserError(Text("the password has fewer than {least} characters: choose a longer one", least=SHORTEST))
    if len(written) > LONGEST:
        raise UserError(Text("the password has more than {most} characters: choose a shorter one", most=LONGEST))
    if len(set(written.casefold())) < _SIGNS or written.casefold().replace(account, "") == "":
        raise UserError(Text("the password is guessed at once: choose another one"))
    return _hasher.hash(written)


_SIGNS = 5
"""Different characters that a password has at least."""


def is_right(password: str, kept: str | None) -> bool:
    """Whether it is the password; `kept` is None where there is no such account, which takes as long."""
    if len(password) > LONGEST:
        return False
    try:
        right = _hasher.verify(kept or _of_nobody(), _normalised(password))
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def new_token() -> str:
    """A token for a system: 256 bits at random."""
    return f"hanvisa_{secrets.token_urlsafe(_TOKEN_BYTES)}"


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


@cache
def _of_nobody() -> str:
    return _hasher.hash(secrets.token_hex())


def _normalised(password: str) -> str:
    """However a keyboard writes an å: RFC 8265, 4.2 (https://www.rfc-editor.org/rfc/rfc8265#section-4.2)."""
    return unicodedata.normalize("NFC", password)
