"""What an entry is known by outside its calendar: a keyed digest of its UID, which tells nothing.

See docs/rules.md §6.3.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

_KEY_LENGTH = 32

_GLOBAL_OBJECT_ID = re.compile(r"(040000008200E00074C5B7101A82E008)([0-9A-F]{8})((?:[0-9A-F]{2})*)", re.IGNORECASE)
"""Outlook's: a fixed part, the date of an occurrence (year, month, day), the rest ([MS-OXOCAL] 2.2.1.27).

https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/1d3aac05-a7b9-45cc-a213-47f0a0a2c5c1
"""


def clean_uid(uid: str) -> str:
    """The UID that all occurrences of a series share: of Outlook's in capitals and without date, any other as it is."""
    match = _GLOBAL_OBJECT_ID.fullmatch(uid)
    return f"{match[1]}{'0' * 8}{match[3]}".upper() if match else uid


_FOREIGN = b"vCal-Uid\x01\x00\x00\x00"
_HEADER = 40
"""Bytes of such a UID before its own data: the fixed part, the date, when it was made, eight noughts, a length."""


def unwrapped_uid(uid: str) -> str:
    """The UID of another program's that Outlook has put into one of its own; any other UID as it is.

    [MS-OXCICAL] 2.1.3.1.1.20.26:

    https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxcical/ac8c1e68-de58-4230-a2e2-79aae754a055
    """
    if _GLOBAL_OBJECT_ID.fullmatch(uid) is None:
        return uid
    marker, found, foreign = bytes.fromhex(uid)[_HEADER:].partition(_FOREIGN)
    if marker or not found:
        return uid
    try:
        return foreign.partition(b"\0")[0].decode() or uid
    except UnicodeDecodeError:
        return uid


def date_in_uid(uid: str) -> date | None:
    """The original date of the one occurrence that an Outlook UID is of; None of a series, and of any other UID.

    The year is big-endian, whatever the specification's preface says: `07D80319` is 2008-03-25
    (https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/3a11139f-52fa-4d2d-9b43-9f3007e38f08).
    """
    match = _GLOBAL_OBJECT_ID.fullmatch(uid)
    if match is None:
        return None
    year, month, day = (int(digits, 16) for digits in (match[2][:4], match[2][4:6], match[2][6:]))
    try:
        return date(year, month, day)
    except ValueError:
        return None


def key_maker(secret: bytes) -> Callable[[str, datetime | date | None], str]:
    """What makes keys with the store's secret: of a UID and, of an occurrence of a series only, its original start.

    The original start is an aware datetime or, of an all-day occurrence, its date; a naive one is a ValueError. It can
    be sent to a process of ours.
    """
    return partial(_key, secret)


def _key(secret: bytes, uid: str, original_start: datetime | date | None) -> str:
    name = clean_uid(uid).encode("utf-8", "surrogatepass")
    # The length in front says where the UID ends, whatever it ends with.
    message = b"%d:%b:%b" % (len(name), name, _written(original_start))
    # hmac.digest is quicker alone, but lets other threads go first, which costs eight that read side by side a fifth.
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:_KEY_LENGTH]


def _written(original_start: datetime | date | None) -> bytes:
    if original_start is None:
        return b""
    if not isinstance(original_start, datetime):
        return original_start.isoformat().encode()
    if original_start.tzinfo is None:
        raise ValueError("an original start must be aware")
    return original_start.astimezone(UTC).isoformat().encode()
