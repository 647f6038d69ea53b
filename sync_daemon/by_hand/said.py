"""What is written by hand for others to read: a reason, a name."""

from __future__ import annotations

from sync_daemon.by_hand.refusals import Field, Refused
from sync_daemon.printable import cut
from sync_daemon.texts import Text

_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"
"""Letters of Unicode that look like nothing at all (Hangul fillers)."""


def told_by_hand(option: str, text: str, field: Field | None = None) -> str:
    """What somebody says for others to read, as it can be shown; Refused where nothing is left of it."""
    told = cut(text)
    if not any(letter.isalnum() and letter not in _BLANK_LETTERS for letter in told):
        raise Refused(Text("{option} is empty: write what others are to read there", option=option), field)
    return told
