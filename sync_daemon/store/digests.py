"""By what a row is known to be as the daemon wrote it: a digest of its columns, which stands in its `written`.

Before it stands the version of what it is made of, `2:…`. The digests of a version never change, for they stand in
stores: whoever needs another one adds a version, and keeps those before it as long as rows of theirs can exist (a
referral is kept for `history_days`, and one that lasts is not always written anew). It is made of the columns alone:
what `--json` shows may grow and no row looks as if another hand had changed it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sync_daemon.times import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = "2"
"""Of the digests that are written here now."""


def digest(row: Mapping[str, Any]) -> str:
    """Of the row's columns, by their keys in `schema.referrals`, with its version."""
    return f"{VERSION}:{_DIGESTS[VERSION](row)}"


def is_as_written(written: str | None, row: Mapping[str, Any]) -> bool:
    """Whether nobody but the daemon has changed the row, whose column `written` this is.

    One without a digest was made by another hand. One of a version that only newer code knows counts as untouched: a
    row that cannot be checked is no sign of anybody.
    """
    if written is None:
        return False
    version, _, told = written.rpartition(":")
    known = _DIGESTS.get(version)
    return known is None or known(row) == told


def _of_columns(row: Mapping[str, Any]) -> str:
    """Version 2: the values as they are stored, in this order; JSON with its keys sorted."""
    return _hashed(_columns(row))


def _of_columns_in_sql(row: Mapping[str, Any]) -> str:
    """Version 3: the same by SHA-256, which PostgreSQL has as well: what other systems open is written there."""
    return hashlib.sha256(_text(_columns(row))).hexdigest()


def _columns(row: Mapping[str, Any]) -> list[Any]:
    return [
        row["origin"],
        row["phone"],
        row["reason"],
        as_text(row["start"]),
        as_text(row["until"]),
        row["alternative_number"],
        row["alternative_mode"],
        row["bookings"],
        row["opened_at"] and as_text(row["opened_at"]),
    ]


def _of_public_json(row: Mapping[str, Any]) -> str:
    """Version 1, until November 2026: the referral as `--json` showed it at that time, and its bookings."""
    number, mode = row["alternative_number"], row["alternative_mode"]
    shown = {
        "from": as_text(row["start"]),
        "until": as_text(row["until"]),
        "reason": row["reason"],
        "phone": row["phone"],
        "alternative": None if number is None else {"number": number, "mode": mode},
        "origin": row["origin"],
        "opened_at": row["opened_at"] and as_text(row["opened_at"]),
    }
    return _hashed([shown, row["bookings"]])


def _hashed(values: object) -> str:
    return hashlib.blake2b(_text(values), digest_size=16).hexdigest()


def _text(values: object) -> bytes:
    return json.dumps(values, ensure_ascii=False, sort_keys=True).encode()


_DIGESTS = {"": _of_public_json, VERSION: _of_columns, "3": _of_columns_in_sql}
"""By what stands before the colon: version 1 had none."""
