"""The file: read again where it has changed, and written whole or not at all."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from sync_daemon.accounts.models import Accounts
from sync_daemon.errors import UserError
from sync_daemon.files import bytes_of
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

_LARGEST = 4 * 1024 * 1024
"""Bytes: some ten thousand users."""

_Version = tuple[int, int, int, int]


class AccountsUnreadable(UserError):
    """The file is there and cannot be used."""


class AccountsFile:
    """The users' file at that path. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: tuple[_Version | None, Accounts] = (None, Accounts())

    def read(self) -> Accounts:
        """What it holds now; nobody where there is no file. Raises AccountsUnreadable."""
        version = self._version()
        known, accounts = self._known
        if version is None:
            return Accounts()
        if version != known:
            accounts = self._parsed()
            self._known = version, accounts
        return accounts

    def change(self, change: Callable[[Accounts], Accounts]) -> None:
        """Writes what `change` makes of what it holds, as a whole. Raises AccountsUnreadable, UserError."""
        try:
            with self._alone():
                changed = change(self.read())
                self._write(changed.model_dump_json(indent=1) + "\n")
        except OSError as error:
            raise UserError(
                Text("{file} cannot be written: {reason}; see to its folder", file=self.path, reason=reason_of(error))
            ) from None

    def _version(self) -> _Version | None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(reason_of(error)) from None
        return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size

    def _parsed(self) -> Accounts:
        try:
            return Accounts.model_validate_json(bytes_of(self.path, _LARGEST))
        except OSError as error:
            raise self._unreadable(reason_of(error)) from None
        except ValidationError:
            raise self._unreadable(Text("it is not as `hanvisa board add-user` writes it")) from None

    def _unreadable(self, reason: str) -> AccountsUnreadable:
        return AccountsUnreadable(
            Text(
                "the board's users in {file} cannot be read: {reason}; mend the file, or move it away and add the "
                "users anew",
                file=self.path,
                reason=reason,
            )
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While another command changes the file, this one waits."""
        lock = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._give_to_the_owner(lock)
            yield
        finally:
            os.close(lock)

    def _write(self, text: str) -> None:
        """Beside the file and then in its place, so that a board that reads it has the one or the other."""
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")  # mode 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                self._give_to_the_owner(descriptor)
                file.write(text)
                file.flush()
                os.fsync(descriptor)
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _give_to_the_owner(self, descriptor: int) -> None:
        """What root writes belongs to whoever has the folder, who is to read it."""
        if os.geteuid() == 0:
            folder = self.path.parent.stat()
            os.fchown(descriptor, folder.st_uid, folder.st_gid)
