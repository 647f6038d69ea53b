"""A log that fits on a screen: what went as it should is told by the hour or by the day, what did not, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta, tzinfo
from typing import Any

from sync_daemon.log.lines import readable
from sync_daemon.texts import Language, Text, in_language
from sync_daemon.times import from_text

SCREEN = 40
"""Lines of ordinary work, more than which are told together."""

_BY_DAY = timedelta(days=2)
"""Ordinary work over a longer time than this is told by the day."""

_ORDINARY = (
    *("referral_created", "referral_updated", "referral_removed", "referral_set", "referral_withdrawn"),
    "cycle_finished",
)
_WRONG = ("failed", "incomplete", "held", "postponed")


def is_ordinary(record: Mapping[str, Any]) -> bool:
    """Whether it is work that went as it should: a referral made, changed or removed, and a cycle that did it."""
    return record["event"] in _ORDINARY and not any(record.get(name) for name in _WRONG)


def told_together(
    records: Iterable[Mapping[str, Any]], zone: tzinfo | None, language: Language = "en", *, by_day: bool
) -> Iterator[str]:
    """The events as lines; ordinary work as one line for each hour or day in which there was some, at its end."""
    counts: Counter[str] = Counter()
    period = ""
    for record in records:
        moment = from_text(record["at"]).astimezone(zone)
        its = f"{moment:%Y-%m-%d}" if by_day else f"{moment:%Y-%m-%d %H}"
        if its != period:
            yield from _line(period, counts, language)
            counts.clear()
            period = its
        if is_ordinary(record):
            counts[record["event"]] += 1
        else:
            yield readable(record, zone, language)
    yield from _line(period, counts, language)


def told_by_day(first: str, last: str) -> bool:
    """Whether ordinary work from the one to the other time of the log is told by the day."""
    return from_text(last) - from_text(first) > _BY_DAY


def _line(period: str, counts: Mapping[str, int], language: Language) -> Iterator[str]:
    if counts:
        hour = period[len("2026-11-24 ") :]
        mark = "." if language == "sv" else ":"
        when = f"{period}{mark}00-{hour}{mark}59   " if hour else f"{period}         "
        told = ", ".join(in_language(_counted(name, counts[name]), language) for name in _ORDINARY if counts[name])
        yield f"{when} info    {told}"


def _counted(event: str, count: int) -> Text:
    match event:
        case "referral_created":
            return Text("new referrals: {count}", count=count)
        case "referral_updated":
            return Text("changed: {count}", count=count)
        case "referral_removed":
            return Text("removed: {count}", count=count)
        case "referral_set":
            return Text("set by hand: {count}", count=count)
        case "referral_withdrawn":
            return Text("withdrawn by hand: {count}", count=count)
        case _:
            return Text("cycles that wrote: {count}", count=count)
