"""What is written by hand for others to read (a reason, a name), and how what is set is told back."""

from __future__ import annotations

from rules.command import Alternative, Mode
from rules.referral import Referral
from sync_daemon.answers.setters import named, setter
from sync_daemon.answers.wording import reason_told, telephone_number
from sync_daemon.by_hand.hand import Hand
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


def referral_told(hand: Hand, referral: Referral) -> Text:
    """Why, from when until when, who set it, and where calls go meanwhile."""
    values = {
        "reason": reason_told(referral.reason, hand.tenant.rules.commands),
        "start": hand.local(referral.start, hand.now),
        "until": hand.local(referral.until, hand.now),
        "by": named(setter(referral)),
    }
    if referral.alternative is None:
        return Text("{reason}, {start} to {until}, set by {by}", **values)
    alternative = alternative_told(hand, referral.alternative)
    return Text("{reason}, {start} to {until}, set by {by}; {alternative}", **values, alternative=alternative)


def alternative_told(hand: Hand, alternative: Alternative) -> Text:
    """Whether calls are connected to it or it is told, and whose it is where it is somebody's of the same tenant."""
    number = telephone_number(alternative.number, hand.tenant.rules.country)
    whose = hand.store.find(alternative.number)
    if whose is not None and whose.tenant == hand.tenant.id:
        number = f"{number} ({whose.name})"
    if alternative.mode is Mode.CONNECT:
        return Text("calls are connected to {number}", number=number)
    return Text("{number} is told to the caller", number=number)
