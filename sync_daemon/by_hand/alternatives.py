"""Whom callers are to try meanwhile, as it is written by hand."""

from __future__ import annotations

from rules.command import Alternative, Mode
from sync_daemon.by_hand.hand import Hand
from sync_daemon.by_hand.refusals import Refused
from sync_daemon.numbers import check_number, internal_numbers, is_service, normalised
from sync_daemon.printable import quoted
from sync_daemon.texts import Text


def alternative_of(hand: Hand, text: str, mode: Mode) -> Alternative:
    """The alternative of that number; Refused where no calls can go there, or it is the person's own."""
    number = normalised(text, hand.tenant.rules.country)
    if number is None or not _takes_calls(hand, number, text):
        problem = Text(
            "{number} is no number that calls can go to: give an extension, or a whole telephone number",
            number=quoted(text),
        )
        raise Refused(problem, "alternative")
    if number in hand.person.extensions:
        problem = Text(
            "{number} is {name}'s own number: an alternative is somebody else's",
            number=quoted(text),
            name=hand.person.name,
        )
        raise Refused(problem, "alternative")
    return Alternative(number, mode)


def _takes_calls(hand: Hand, number: str, text: str) -> bool:
    """What docs/rules.md §2 asks of a number in a subject: one of the switchboard's, or a whole valid external one."""
    rules = hand.tenant.rules
    if is_service(number, rules.country):
        return False
    if hand.store.find(number) is not None or number in internal_numbers(rules.internal_numbers, rules.country):
        return True
    if hand.tenant.doubts("internal_numbers", "countries"):
        problem = Text(
            "whether calls can go to {number} is not known while the configuration is wrong: mend what"
            " `hanvisa check` tells, or give an extension",
            number=quoted(text),
        )
        raise Refused(problem, "alternative")
    return check_number(rules.country, rules.countries)(text) is not None
