"""Accounts: passwords, refused logons, locks; Basic and NTLM as IIS does them in front of EWS.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/authentication-and-ews-in-exchange,
MS-NTHT (NTLM over HTTP is of the connection, not of the request) and MS-NLMP 2.2.1.3 (where AUTHENTICATE_MESSAGE
has the user's name).
"""

from __future__ import annotations

import base64
import binascii
import os
import struct
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import spnego

_SIGNATURE = b"NTLMSSP\x00"
_UNICODE = 1


@dataclass
class Accounts:
    """Who may log on: names in lower case, with a domain before them or as an address.

    `owner` knows the mailboxes' owners.
    """

    passwords: dict[str, str] = field(default_factory=dict)
    owner: Callable[[str], str | None] = lambda _: None
    schemes: tuple[str, ...] = ("Basic",)
    lock_after: int | None = None
    refused: Counter[str] = field(default_factory=Counter)
    in_a_row: Counter[str] = field(default_factory=Counter)
    locked: set[str] = field(default_factory=set)
    negotiate: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def password_of(self, user: str) -> str | None:
        """The password, None where there is no such account."""
        return self.passwords.get(user.lower()) or self.owner(user.lower())

    def log_on(self, user: str, *, right: bool) -> bool:
        """Whether a logon is let in; each refusal counts, and locks the account when told so."""
        name = user.lower()
        with self._lock:
            if right and name not in self.locked:
                self.in_a_row[name] = 0
                return True
            self.refused[name] += 1
            self.in_a_row[name] += 1
            if self.lock_after is not None and self.in_a_row[name] >= self.lock_after:
                self.locked.add(name)
            return False

    def unlock(self, user: str) -> None:
        """Lets an account in again."""
        self.locked.discard(user.lower())
        self.in_a_row[user.lower()] = 0

    def basic(self, credentials: str) -> str | None:
        """The user of an Authorization header's value, None where refused."""
        try:
            user, _, password = base64.b64decode(credentials).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        known = self.password_of(user)
        return user.lower() if self.log_on(user, right=known is not None and known == password) else None


_STORE = threading.Lock()
_STORE_FILE = Path(tempfile.gettempdir()) / f"exchange-stand-in-{os.getpid()}"


class Ntlm:
    """One connection's handshake: a challenge for the first message, the user for the last."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._acceptor: spnego.ContextProxy | None = None

    def step(self, token: bytes) -> tuple[str | None, bytes | None]:
        """The user when logged on, or the challenge to send; neither where refused."""
        if not token.startswith(_SIGNATURE):
            self._accounts.negotiate += 1
            return None, None
        user = _user_of(token) if token[8] == 3 else "nobody"
        with _STORE:
            self._write_store(user)
            try:
                return self._step(user, token)
            except spnego.exceptions.SpnegoError:
                self._acceptor = None
                self._accounts.log_on(user, right=False)
                return None, None
            finally:
                _STORE_FILE.unlink(missing_ok=True)

    def _step(self, user: str, token: bytes) -> tuple[str | None, bytes | None]:
        if self._acceptor is None or token[8] == 1:
            self._acceptor = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
        challenge = self._acceptor.step(token)
        if not self._acceptor.complete:
            return None, challenge
        self._acceptor = None
        return (user.lower() if self._accounts.log_on(user, right=True) else None), None

    def _write_store(self, user: str) -> None:
        """Just the one account in question, in Heimdal's form; the acceptor reads no other way than from a file."""
        os.environ["NTLM_USER_FILE"] = str(_STORE_FILE)
        domain, _, name = user.rpartition("\\")
        password = self._accounts.password_of(user)
        line = "" if password is None else f"{domain}:{name}:{password}\n"
        descriptor = os.open(_STORE_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(line)


def _user_of(message: bytes) -> str:
    """The user's name in an AUTHENTICATE_MESSAGE."""
    flags = struct.unpack_from("<I", message, 60)[0]
    encoding = "utf-16-le" if flags & _UNICODE else "latin-1"
    domain, user = _field(message, 28).decode(encoding), _field(message, 36).decode(encoding)
    return f"{domain}\\{user}" if domain else user


def _field(message: bytes, at: int) -> bytes:
    length, _, offset = struct.unpack_from("<HHI", message, at)
    return message[offset : offset + length]
