"""Which secrets were refused of late, for every process: one that was is not sent again for an hour.

A directory locks an account after some refusals, and cron alone would send a wrong password twelve times an hour. What
is kept stands in a file beside the store: of each secret a digest of what its file is (not of what it holds), and when
it was refused, or let in after that. It ends the hour that the secret's file becomes another.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
import threading
import time
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

import structlog

from sync_daemon.files import bytes_of

REFUSED_FOR = 3600.0
"""Seconds."""

SUFFIX = ".refused"
"""The file stands beside the store, under its name and this."""

_LARGEST = 1 << 20
"""Bytes of a file that is read."""

_AHEAD = 60.0
"""Seconds that a time may lie ahead; what lies further was written by a clock that has been set back since."""

_NOTING = threading.Lock()
"""Each tenant has its own `Refusals` of one file: of two secrets that are refused at once neither is to be lost."""

_Known = Mapping[str, tuple[str, float]]
"""Of each secret whether it was `refused` or let `in` last, and when, in seconds since 1970."""


class Refusals:
    """What the file says; with None for the file nothing is remembered. Safe to share between threads.

    With `try_again` what was refused before now does not count. `clock` gives seconds since 1970.
    """

    def __init__(self, file: Path | None, *, try_again: bool = False, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._since = clock() if try_again else -math.inf
        self._seen: tuple[Hashable, _Known] = (None, {})
        self._told: set[str] = set()
        self._lock = threading.Lock()

    @classmethod
    def beside(cls, store: Path, *, try_again: bool = False) -> Self:
        """Those of a store's file, by whatever name it is known."""
        real = Path(os.path.realpath(store))
        return cls(real.with_name(real.name + SUFFIX), try_again=try_again)

    def refused_at(self, secret: str) -> float | None:
        """When the secret was refused, in seconds since 1970; None where it may be sent."""
        what, at = self._known().get(secret, ("", 0.0))
        return at if what == "refused" and at >= self._since and self._counts(at) else None

    def let_in_within(self, secret: str, seconds: float) -> bool:
        """Whether any process was let in with it in the last so many seconds, after it was refused."""
        what, at = self._known().get(secret, ("", 0.0))
        return what == "in" and self._counts(at) and self._clock() - at < seconds

    def refuse(self, secret: str) -> None:
        """It was refused just now."""
        self._note(secret, "refused")

    def let_in(self, secret: str) -> None:
        """It was taken just now: what was said of it before is over."""
        if self._known().get(secret, ("", 0.0))[0] == "refused":
            self._note(secret, "in")

    def _counts(self, at: float) -> bool:
        return -_AHEAD <= self._clock() - at < REFUSED_FOR

    def _known(self) -> _Known:
        if self._file is None:
            return {}
        try:
            status = self._file.lstat()
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._tell("refusals_unusable", error.strerror or type(error).__name__)
            return {}
        version = (status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size)
        with self._lock:
            if self._seen[0] != version:
                self._seen = (version, self._read(self._file))
            return self._seen[1]

    def _read(self, file: Path) -> _Known:
        """What a whole file of ours says; nothing of any other."""
        try:
            said = json.loads(bytes_of(file, _LARGEST, follow=False))
            return {str(secret): (str(what), _seconds(at)) for secret, (what, at) in said.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            self._tell("refusals_unusable", type(error).__name__)
            return {}

    def _note(self, secret: str, what: str) -> None:
        if self._file is None:
            return
        with _NOTING:
            kept = {name: said for name, said in self._known().items() if self._counts(said[1])}
            try:
                _write(self._file, json.dumps(kept | {secret: (what, self._clock())}))
            except OSError as error:
                self._tell("refusal_not_kept", error.strerror or type(error).__name__)

    def _tell(self, event: str, problem: str) -> None:
        if event in self._told:
            return
        self._told.add(event)
        _TELLING[event](str(self._file), problem)


NOTHING_REFUSED = Refusals(None)
"""For whoever has no store to remember it beside."""

_TELLING: Mapping[str, Callable[[str, str], None]] = {
    "refusals_unusable": lambda file, problem: structlog.get_logger().warning(
        "refusals_unusable", file=file, problem=problem
    ),
    "refusal_not_kept": lambda file, problem: structlog.get_logger().warning(
        "refusal_not_kept", file=file, problem=problem
    ),
}


def _seconds(at: object) -> float:
    if isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at):
        raise ValueError("it is no time")
    return float(at)


def _write(file: Path, text: str) -> None:
    """In place of what was there, readable by its owner only. Raises OSError."""
    opened, name = tempfile.mkstemp(prefix=file.name + ".", dir=file.parent)
    try:
        with os.fdopen(opened, "w", encoding="utf-8") as content:
            content.write(text)
        os.replace(name, file)  # noqa: PTH105 - a name, not a path
    except OSError:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108 - as above
        raise


def secret_in(file: Path, account: str) -> str | None:
    """What a secret of an account is known by as long as its file is this one; None where there is no such file."""
    try:
        status = file.stat()
    except OSError:
        return None
    parts = (account, os.path.realpath(file), status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
    return hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=16).hexdigest()
