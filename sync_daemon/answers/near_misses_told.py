"""What is told of a near miss: its times, what it nearly says, and what is wrong with it (docs/rules.md §2, §7)."""

from __future__ import annotations

from rules.command import Slip
from rules.entry import Booking, NearEntry, Verdict
from sync_daemon.answers import wording
from sync_daemon.answers.day_times import DayTimes
from sync_daemon.texts import Text, in_language


def slip(near: NearEntry) -> Text:
    """What it nearly says, and what is wrong with it."""
    match near.slip:
        case Slip.SIGN_MISSING:
            return Text("looks like {expected}, but the colon is missing", expected=near.expected)
        case Slip.OTHER_SIGN:
            return Text("looks like {expected}, but another sign stands in the colon's place", expected=near.expected)
        case Slip.LETTERS_SWAPPED:
            return Text("looks like {expected}, but two letters are swapped", expected=near.expected)


def near_miss_line(near: NearEntry, judgement: Booking | Verdict, times: DayTimes) -> str:
    """Its times and what is wrong with it; where it would not count all the same, that too."""
    when = times.entry(near.start, near.end, all_day=near.would_be.all_day)
    told = f"{when}: {in_language(slip(near), times.language)}"
    if isinstance(judgement, Verdict):
        return f"{told} ({wording.verdict(judgement, times.language)})"
    return told
