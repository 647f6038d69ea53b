"""Whether two hosts have the same configuration: a digest of what of it decides what a service does.

The same on every host whose settings are alike: of a path the last name alone counts, for its folder is the host's own,
and what holds by default counts as if it were not written, whichever version of the program it is. Left out are the
store's address (the digests of one store alone are compared), the log and the board, which may be a host's own, and
whatever is in files. It is keyed with what only the store has: who sees a digest can test no guess of a token in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sync_daemon.settings.models import Settings

COUNTS = frozenset({"service", "retention", "alerts", "tenants"})
"""The tables of the configuration that do."""

_BYTES = 6
"""Enough to tell some hundred configurations apart, and short enough to be read aloud."""


def digest_of(settings: Settings, key: bytes) -> str:
    """Twelve hexadecimal digits; `key` is the store's secret, of 64 bytes at most."""
    told = json.dumps(_plain(settings.model_dump(include=set(COUNTS), exclude_defaults=True)), sort_keys=True)
    return hashlib.blake2b(told.encode(), key=key, person=b"configuration", digest_size=_BYTES).hexdigest()


def directory_digest(content: bytes, key: bytes) -> str:
    """The same of a directory's file, byte for byte."""
    return hashlib.blake2b(content, key=key, person=b"directory", digest_size=_BYTES).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a setting may be
    """As JSON has it, in an order of its own."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value), key=json.dumps)
    if isinstance(value, Path):
        return value.name
    return str(value) if isinstance(value, time | timedelta) else value
