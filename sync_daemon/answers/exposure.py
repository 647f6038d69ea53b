"""Who else may read and write what hanvisa works with: its own files are made private again, of all else it is told."""

from __future__ import annotations

import glob
import grp
import os
import pwd
import shlex
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import structlog

from sync_daemon.findings import Finding, Severity
from sync_daemon.log import put_away_files
from sync_daemon.settings import Settings
from sync_daemon.sources.refusals import SUFFIX as REFUSED_SUFFIX
from sync_daemon.store.place import beside_store
from sync_daemon.store.sqlite import ALERTS_SUFFIX, DRY_RUN_SUFFIX, SESSIONS_SUFFIX
from sync_daemon.texts import Text

_PRIVATE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_STRANGERS = stat.S_IWGRP | stat.S_IRWXO
"""What nobody can have meant, where an admin may let a group read: the log, a secret."""


def findings(config: Path, settings: Settings) -> list[Finding]:
    """What is open to others than it should be; what is not there is told of elsewhere."""
    places = (config.absolute().parent, settings.secrets_dir, beside_store(settings.store_url).parent)
    folders = {folder for folder in places if folder is not None}
    return [
        *_writable(config, Text("who writes to it can have the password sent elsewhere")),
        *(
            one
            for folder in sorted(folders)
            for one in _writable(folder, Text("who writes in it can put other files there"))
        ),
        *(one for secret in sorted(_secrets(settings)) for one in _readable(secret)),
        *(_own(path, mode) for path, mode in _own_open_to_others(settings)),
    ]


def tell(config: Path, settings: Settings) -> None:
    """Log what is found, a line each."""
    for finding in findings(config, settings):
        about = {"thing": finding.thing, "problem": finding.problem, "remedy": finding.remedy}
        structlog.get_logger().warning("file_exposed", **about)


def put_right(settings: Settings) -> list[tuple[Path, int]]:
    """Makes files of hanvisa's own private again, where they are this user's; which, and the mode that each had.

    None of them is opened: to close a database's file would let go of the locks that this process has on it
    (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    made_private = []
    for path, mode in _own_open_to_others(settings):
        with suppress(OSError):  # then it is found as it is
            if path.lstat().st_uid == os.geteuid():
                path.chmod(_PRIVATE)
                made_private.append((path, mode))
    return made_private


def tell_of_own(made_private: list[tuple[Path, int]]) -> None:
    """Log the files that were made private again."""
    for path, mode in made_private:
        structlog.get_logger().warning("file_made_private", file=str(path), mode=f"{mode:04o}")


def _writable(path: Path, why: str) -> Iterator[Finding]:
    status = _status(path)
    if status is None:
        return
    if status.st_mode & stat.S_IWOTH or (status.st_mode & stat.S_IWGRP and not _is_own_group(status)):
        problem = Text(
            "others than its owner may write there (mode {mode})", mode=f"{stat.S_IMODE(status.st_mode):04o}"
        )
        yield Finding(Severity.WARNING, str(path), problem, Text("chmod go-w it: {why}", why=why))


def _readable(secret: Path) -> Iterator[Finding]:
    """Those of systemd's credentials are the service's user's, by an ACL that shows as the group's right to read."""
    status = _status(secret)
    if status is not None and status.st_mode & _STRANGERS:
        remedy = Text("type `sudo chmod 600 {file}`", file=shlex.quote(str(secret)))
        yield Finding(Severity.WARNING, str(secret), Text("others than its owner may read the secret"), remedy)


def _own(path: Path, mode: int) -> Finding:
    status = _status(path)
    problem, remedy = (
        Text("others may read it or write to it (mode {mode})", mode=f"{mode:04o}"),
        Text("chmod 600 it; the service does as it starts"),
    )
    if status is not None and status.st_uid != os.geteuid():
        remedy = Text("give it to the service's user, and chmod 600 it")
    return Finding(Severity.WARNING, str(path), problem, remedy)


def _own_open_to_others(settings: Settings) -> Iterator[tuple[Path, int]]:
    """The files of hanvisa's own that others may use, with their modes; no links."""
    own = [*_store_files(settings), *_board_files(settings)]
    for files, others in ((own, _OTHERS), (_log_files(settings), _STRANGERS)):
        for path in files:
            status = _status(path, follow=False)
            if status is not None and stat.S_ISREG(status.st_mode) and status.st_mode & others:
                yield path, stat.S_IMODE(status.st_mode)


def _store_files(settings: Settings) -> list[Path]:
    database = beside_store(settings.store_url)
    files: set[Path] = set()
    for base in (database, database.with_name(database.name + DRY_RUN_SUFFIX), database.resolve()):
        files.update(
            base.with_name(base.name + end)
            for end in ("", "-wal", "-shm", REFUSED_SUFFIX, ALERTS_SUFFIX, SESSIONS_SUFFIX)
        )
        files.update(base.parent.glob(f"{glob.escape(base.name)}.*.lock"))
    return sorted(files)


def _board_files(settings: Settings) -> list[Path]:
    users = settings.board.users
    return [] if users is None else [users, users.with_name(f"{users.name}.lock")]


def _log_files(settings: Settings) -> list[Path]:
    if settings.log.file is None:
        return []
    with suppress(OSError):
        return [settings.log.file, *(path for _, path in put_away_files(settings.log.file))]
    return [settings.log.file]


def _secrets(settings: Settings) -> set[Path]:
    """Of every kind of source and of receiver that has one, of the mail server, and of the board."""
    of_tenants = (one for tenant in settings.tenants for one in (*tenant.sources, *tenant.notices))
    users = [settings.store, settings.alerts, settings.board.oidc, *of_tenants]
    files = (getattr(user, key, None) for user in users for key in ("secret", "certificate"))
    return {file for file in (*files, settings.board.key) if isinstance(file, Path)}


def _status(path: Path, *, follow: bool = True) -> os.stat_result | None:
    try:
        return path.stat(follow_symlinks=follow)
    except OSError:
        return None


def _is_own_group(status: os.stat_result) -> bool:
    """Whether the owner is alone in the file's group, as is usual (pam_umask(8), `usergroups`)."""
    try:
        user, group = pwd.getpwuid(status.st_uid).pw_name, grp.getgrgid(status.st_gid)
    except KeyError:
        return False
    return group.gr_name == user and set(group.gr_mem) <= {user}
