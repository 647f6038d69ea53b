"""Where it is kept what was mailed: in the store; in a file beside it of the store itself, which is then not to be had.

Each changes all at once, and keeps other processes out meanwhile.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sync_daemon.store import Alert, Store
from sync_daemon.store.place import beside_store
from sync_daemon.store.sqlite import ALERTS_SUFFIX
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_daemon.store.alerts import Change

_LARGEST = 1 << 20
"""Bytes: far more than what is kept of one cause."""

_TIMES = ("began_at", "told_at", "next_try")
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class Memory(Protocol):
    """What is known of what was mailed."""

    def change(self, change: Change) -> None:
        """Puts what the function makes of all alerts in their place.

        Raises StoreUnavailable or OSError where it cannot be kept: then the function may not have been called.
        """


class InStore:
    """The store's table."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def change(self, change: Change) -> None:
        """Raises StoreUnavailable."""
        self._store.change_alerts(change)


class BesideStore:
    """A file beside the store, its owner's alone. Where it cannot be written either, `change` raises OSError."""

    def __init__(self, store_url: str) -> None:
        real = Path(os.path.realpath(beside_store(store_url)))
        self.file = real.with_name(real.name + ALERTS_SUFFIX)

    def change(self, change: Change) -> None:
        """Raises OSError. No file is made while there is nothing to keep: whoever looks first would own it."""
        if not os.path.lexists(self.file):
            if first := change(()):
                with self._opened() as file:
                    _write(file, first)
            return
        with self._opened() as file:
            before = _read(file)
            after = sorted(change(before), key=lambda alert: alert.key)
            if after != before:
                _write(file, after)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        file = os.open(self.file, _FLAGS, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise OSError("it is no file")
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)


class InProcess:
    """Another memory while it can be written, and this process's own from then on until it can be again."""

    def __init__(self, kept: Memory) -> None:
        self._kept = kept
        self._unkept: Sequence[Alert] = ()

    def change(self, change: Change) -> None:
        """Raises no OSError."""
        made: list[Sequence[Alert]] = []

        def noted(before: Sequence[Alert]) -> Sequence[Alert]:
            made.append(change(before or self._unkept))
            return made[0]

        try:
            self._kept.change(noted)
        except OSError:
            self._unkept = made[0] if made else change(self._unkept)
        else:
            self._unkept = ()


def _read(file: int) -> list[Alert]:
    """None of what is no file of ours, or was cut: then it is told anew."""
    try:
        os.lseek(file, 0, os.SEEK_SET)
        said = json.loads(os.read(file, _LARGEST) or b"[]")
        return [_alert(one) for one in said]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return []


def _alert(said: Mapping[str, Any]) -> Alert:
    values = {field.name: said[field.name] for field in fields(Alert)}
    return Alert(**{**values, **{name: values[name] and from_text(values[name]) for name in _TIMES}})


def _write(file: int, alerts: Sequence[Alert]) -> None:
    text = json.dumps([{name: _plain(value) for name, value in asdict(alert).items()} for alert in alerts])
    os.ftruncate(file, 0)
    os.pwrite(file, text.encode(), 0)


def _plain(value: object) -> object:
    return as_text(value) if isinstance(value, datetime) else value
