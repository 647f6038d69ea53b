"""Whether the store and the log can be written where they are, and how much room there is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sync_daemon import log
from sync_daemon.answers.health.problems import Cause, HealthProblem
from sync_daemon.texts import Text

LITTLE_ROOM = 100_000_000
"""Bytes: a disk with less room is told of."""

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where the store or the log is. `writable` is None where this user cannot tell: the file is another's.

    `free` are the bytes that there is room for, None where the disk does not say.
    """

    path: Path
    writable: bool | None
    free: int | None


@dataclass(frozen=True, slots=True)
class Database:
    """A store that is no file of this host's: of its disk nothing is known here. `name` as a person knows it."""

    name: str


def store_place(path: Path) -> Place:
    """The store's file as it is now, and its folder, in which SQLite writes as well."""
    folder = path.absolute().parent
    may = _free(path) != 0 and os.access(folder, os.W_OK | os.X_OK) and os.access(path, os.W_OK)
    return Place(path, may or _refusal(path), _free(path))


def log_place(path: Path) -> Place:
    """The log's file as it is now, or as it could be made; nothing is written."""
    return Place(path, log.finding(path) is None or _refusal(path), _free(path))


def store_problems(store: Place) -> Iterator[HealthProblem]:
    """What keeps it from being written, or soon will."""
    if store.writable is False:
        text = Text(
            "the store {file} cannot be written: see to its rights, its folder's, and the disk", file=store.path
        )
        yield HealthProblem(Cause.STORE_NOT_WRITABLE, None, None, text, f"ls -ld {store.path.parent} {store.path}")


def log_problems(file: Place) -> Iterator[HealthProblem]:
    """The same of the log."""
    if file.writable is False:
        text = Text("the log {file} cannot be written; until it can, nothing is logged", file=file.path)
        yield HealthProblem(Cause.LOG_NOT_WRITABLE, None, None, text, f"ls -ld {file.path.parent} {file.path}")


def room_problems(places: Iterable[Place]) -> Iterator[HealthProblem]:
    """Disks that are nearly full; each folder once."""
    for folder, place in {place.path.absolute().parent: place for place in places}.items():
        if place.free is not None and place.free < LITTLE_ROOM:
            megabytes = place.free // _MEGABYTE
            text = Text("the disk of {folder} has room for {megabytes} MB", folder=folder, megabytes=megabytes)
            yield HealthProblem(Cause.LITTLE_ROOM, None, None, text, f"df -h {folder}", str(folder))


def _refusal(path: Path) -> bool | None:
    """What it means that this user may not write: nothing, where the file, or its folder, is another user's."""
    nearest = path if path.exists() else path.absolute().parent
    try:
        return False if os.geteuid() in {0, nearest.stat().st_uid} else None
    except OSError:
        return False


def _free(path: Path) -> int | None:
    try:
        disk = os.statvfs(path.absolute().parent)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize if disk.f_blocks else None  # some in user space do not say
