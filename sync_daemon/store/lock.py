"""A tenant's lock: one process at a time works on a tenant, and the others are told which.

With PostgreSQL it is in the database (`postgresql_lock`). With SQLite it is a lock on a file beside the database, which
the operating system lets go of when its holder dies, however that happens. The file itself stays: taking it away could
leave two holders, each of a file of that name.

It lies beside the database's real file, whatever links lead to it, as SQLite's own `-wal` does. A database that has two
names by a hard link is refused: each name would get a `-wal` of its own, which damages the file
(https://www.sqlite.org/howtocorrupt.html, "Multiple links to the same file").
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import stat
import time
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sync_daemon.errors import HanvisaError, LockLost, StoreUnavailable
from sync_daemon.store.sqlite import file_at
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_daemon.store.fence import Fence


_LONGEST = 4096
"""Bytes of a lock's file at most; what is longer is something else."""

_GLANCE = 0.02
"""Seconds, far longer than it takes to see whether a lock is had."""

_BEGINS = b'{"pid"'

# A link in the lock's place could have any file of the service's emptied, and a pipe would have everybody wait.
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works on a tenant: the process, its machine, since when (UTC), and its command."""

    pid: int
    host: str
    since: datetime
    command: str

    def __str__(self) -> str:
        return Text(
            "`{command}`, process {pid} on {host}, since {since}",
            command=self.command,
            pid=self.pid,
            host=self.host,
            since=as_text(self.since),
        )


class TenantBusy(HanvisaError):
    """Another process works on the tenant; `holder` is who, where it has said so yet."""

    def __init__(self, tenant: str, holder: Holder | None) -> None:
        by = holder or Text("a process that has just begun")
        super().__init__(
            Text("{tenant} is being worked on by {by}: wait until it is done, or end it", tenant=tenant, by=by)
        )
        self.tenant = tenant
        self.holder = holder


class LockKept(StoreUnavailable):
    """Somebody who is no hanvisa has a tenant's lock, and as long as they do nobody works on the tenant."""


class Lock(ABC):
    """The lock of one tenant. Two of them exclude each other, also within a process."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    @property
    @abstractmethod
    def is_held(self) -> bool:
        """Whether it is had; no more, once others could have taken it."""

    @property
    def fence(self) -> Fence | None:
        """What is written under by who has had it last by `take`; None where it is not in the database."""
        return None

    @abstractmethod
    def take(self, command: str, now: datetime) -> None:
        """Takes it at once; TenantBusy where another has it, StoreUnavailable where nobody can have it."""

    @abstractmethod
    def holder(self) -> Holder | None:
        """Who has it, whichever process that is; None where nobody does. Writes nothing.

        Raises TenantBusy where somebody has it and has not said who, StoreUnavailable where that cannot be seen.
        """

    @abstractmethod
    def refuse_other_files(self) -> None:
        """Raises StoreUnavailable where `take` would for what is in the lock's place; takes and makes nothing."""

    @abstractmethod
    def release(self) -> None:
        """Lets go of it; nothing where it is not held."""

    def make_sure(self) -> None:
        """Raises LockLost where it is not had, or no more: whoever has it now may write, and nobody else."""
        if not self.is_held:
            raise LockLost(
                Text("the lock of {tenant} was lost: nothing is written until it is had again", tenant=self._tenant)
            )

    @contextmanager
    def held(self, command: str, now: datetime) -> Iterator[None]:
        """Has it for the block; raises as `take` does."""
        try:
            self.take(command, now)
            yield
        finally:
            self.release()


class TenantLock(Lock):
    """The one beside the SQLite file at the url."""

    def __init__(self, url: str, tenant: str) -> None:
        super().__init__(tenant)
        self._database = file_at(url)
        self._file: int | None = None
        self.path = self._place()

    @property
    def is_held(self) -> bool:
        """Whether it is had, and its file is still the one that others would try."""
        file = self._file  # another thread may let go of it meanwhile
        if file is None or self._place() != self.path:
            return False
        try:
            return os.path.samestat(os.fstat(file), self.path.lstat())
        except OSError:
            return False

    def take(self, command: str, now: datetime) -> None:
        """Takes it at once.

        Raises TenantBusy where another has it, StoreUnavailable where there can be no file, what is in its place is no
        lock, or the database has two names.
        """
        self.release()
        self.path = self._place()
        file = self._opened()
        try:
            self._make_sure_of(file)
        except BaseException:
            os.close(file)
            raise
        self._file = file
        self._say({"pid": os.getpid(), "host": socket.gethostname(), "since": as_text(now), "command": command})

    def holder(self) -> Holder | None:
        """Who has it, whichever process that is; None where nobody does. Makes no file.

        Raises TenantBusy where somebody has it and has not said who, StoreUnavailable where that cannot be seen.
        """
        if not os.path.lexists(self.path):
            return None
        file = self._opened(_FLAGS & ~(os.O_CREAT | os.O_RDWR) | os.O_RDONLY)
        try:
            self._refuse_other_files(file)
            # Shared, for an instant: `take` looks twice, so that it is not taken for somebody who works.
            if _lock(file, fcntl.LOCK_SH):
                return None
            if (who := _said(file)) is None:
                raise TenantBusy(self._tenant, None)
            return who
        finally:
            os.close(file)

    def refuse_other_files(self) -> None:
        """Raises StoreUnavailable where `take` would for what is in the lock's place; takes and makes nothing."""
        if os.path.lexists(self.path):
            file = self._opened(_FLAGS & ~os.O_CREAT)
            try:
                self._refuse_other_files(file)
                self._refuse_two_names()
            finally:
                os.close(file)

    def release(self) -> None:
        """Lets go of it; nothing where it is not held."""
        if self._file is None:
            return
        file, self._file = self._file, None
        os.ftruncate(file, 0)
        fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)

    def _place(self) -> Path:
        real = Path(os.path.realpath(self._database))
        return real.with_name(f"{real.name}.{quote(self._tenant, safe='')}.lock")

    def _opened(self, flags: int = _FLAGS) -> int:
        try:
            return os.open(self.path, flags, 0o600)
        except OSError as error:
            if self.path.is_symlink():
                raise self._no_lock(Text("is a link")) from None
            raise StoreUnavailable(
                Text(
                    "the lock {path} cannot be opened: {reason}; see that its folder is there and that this user "
                    "may write in it",
                    path=self.path,
                    reason=reason_of(error),
                )
            ) from error

    def _make_sure_of(self, file: int) -> None:
        self._refuse_other_files(file)
        self._refuse_two_names()
        if not _lock(file):
            time.sleep(_GLANCE)  # somebody may only have looked whether it is had
            if not _lock(file):
                raise TenantBusy(self._tenant, _said(file))

    def _refuse_other_files(self, file: int) -> None:
        """What is taken is written to and emptied, so it must be nobody else's file."""
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise self._no_lock(Text("is no ordinary file"))
        if found.st_nlink > 1:
            raise self._no_lock(Text("is also another file (a hard link)"))
        if found.st_size > _LONGEST or not _is_a_lock(_read(file)):
            raise self._no_lock(Text("holds something else"))

    def _no_lock(self, what: str) -> StoreUnavailable:
        return StoreUnavailable(
            Text(
                "{path}, the place of the lock of {tenant}, {what}: nothing was written to it; move it away",
                path=self.path,
                tenant=self._tenant,
                what=what,
            )
        )

    def _refuse_two_names(self) -> None:
        with suppress(OSError):
            if self._database.stat().st_nlink > 1:
                raise StoreUnavailable(
                    Text(
                        "the store {database} has another name (a hard link), and two processes that open it by two "
                        "names damage it: remove the other name, or make it a copy (Backup, in docs/admin.md)",
                        database=self._database,
                    )
                )

    def _say(self, who: dict[str, object]) -> None:
        if self._file is not None:
            with suppress(OSError):  # on a full disk nobody can be told who has it; it is had all the same
                os.ftruncate(self._file, 0)
                os.lseek(self._file, 0, os.SEEK_SET)
                os.write(self._file, json.dumps(who).encode())


def _is_a_lock(content: bytes) -> bool:
    """One that nobody has written to, or the disk kept only in part; else it begins as `_say` writes it."""
    written = content.strip(b"\0 \r\n\t")
    return written.startswith(_BEGINS) or _BEGINS.startswith(written)


def _read(file: int) -> bytes:
    os.lseek(file, 0, os.SEEK_SET)
    return os.read(file, _LONGEST)


def _said(file: int) -> Holder | None:
    """None where the holder has not written it yet."""
    try:
        who = json.loads(_read(file))
        return Holder(who["pid"], who["host"], from_text(who["since"]), who["command"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _lock(file: int, how: int = fcntl.LOCK_EX) -> bool:
    """`flock`, not `lockf`: it is the open file's, so that two in one process exclude each other (flock(2))."""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
