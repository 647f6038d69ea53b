"""A recurrence rule (RFC 5545 §3.3.10) cut into its parts, and what each of them may say."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sync_daemon.sources.ics.broken import BrokenEntry

FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY")
NUMBERED = {  # the largest of each part, either way
    "BYSECOND": 60,
    "BYMINUTE": 59,
    "BYHOUR": 23,
    "BYMONTHDAY": 31,
    "BYYEARDAY": 366,
    "BYWEEKNO": 53,
    "BYMONTH": 12,
    "BYSETPOS": 366,
}
CLOCK = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_FROM_EITHER_END = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"})
_ALONE = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"})
_PLAIN = {"RSCALE": "GREGORIAN", "SKIP": "OMIT"}  # RFC 7529 §4: what a rule without them means
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_COUNTED = re.compile(r"[+-]?[0-9]{1,9}")
_LONGEST = 4_096

Parts = Mapping[str, str]
"""The parts of a rule by their names, in capitals and without blanks; those of a writer's own (`X-`) are left out."""


def parts_of(written: str) -> dict[str, str]:
    """Raises BrokenEntry where the rule is none, or has a part that nobody knows: without it, it would mean another."""
    if len(written) > _LONGEST:
        raise BrokenEntry("its series has a rule that is too long")
    parts: dict[str, str] = {}
    # Microsoft's CDO writes `BYDAY=MO, TU`; a blank means nothing anywhere in a rule.
    for part in filter(None, "".join(written.upper().split()).split(";")):
        name, equals, value = part.partition("=")
        if not equals:
            raise BrokenEntry("its series has a rule that is none")
        if name not in _ALONE and name not in NUMBERED and not name.startswith("X-") and value != _PLAIN.get(name):
            raise BrokenEntry("its series has a rule with a part that nobody knows")
        parts[name] = value
    frequency = parts.get("FREQ")
    if frequency is None:
        raise BrokenEntry("its series has a rule without FREQ")
    if frequency not in FREQUENCIES:
        raise BrokenEntry("its series has a FREQ that nobody knows")
    return {name: value for name, value in parts.items() if name in _ALONE or name in NUMBERED}


def number(parts: Parts, name: str, default: int) -> int:
    """A part that is one number. Raises BrokenEntry."""
    written = parts.get(name)
    if written is None:
        return default
    if not _COUNTED.fullmatch(written):
        raise BrokenEntry(f"its series has a rule whose {name} is no number, or too large a one")
    return int(written)


def numbers(parts: Parts, name: str) -> list[int]:
    """A part that is a list of numbers; none where it is not there. Raises BrokenEntry."""
    found = []
    for one in _distinct(parts.get(name, "")):
        if (
            not _COUNTED.fullmatch(one)
            or abs(int(one)) > NUMBERED[name]
            or (int(one) == 0 and name in _FROM_EITHER_END)
        ):
            raise BrokenEntry(f"its series has a rule whose {name} is out of range")
        found.append(int(one))
    return found


def weekdays(parts: Parts) -> Sequence[tuple[int, int]]:
    """BYDAY: weekdays (0 is Monday) with their place in the month or the year, or 0. Raises BrokenEntry."""
    found = []
    for one in _distinct(parts.get("BYDAY", "")):
        match = _DAY.fullmatch(one)
        if match is None:
            raise BrokenEntry("its series has a rule whose BYDAY is none")
        found.append((_DAYS.index(match[2]), int(match[1] or 0)))
    return found


def week_start(parts: Parts) -> int:
    """WKST (0 is Monday): on which day a week begins."""
    return _DAYS.index(parts["WKST"]) if parts.get("WKST") in _DAYS else 0


def _distinct(written: str) -> list[str]:
    return list(dict.fromkeys(filter(None, written.split(","))))
