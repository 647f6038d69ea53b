"""A day as a strip of time, a character a quarter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from rules.command import Phone
from rules.entry import Verdict
from rules.office_hours import Day, OfficeHours
from rules.plan import Cause
from sync_daemon.answers.day import Stretch
from sync_daemon.answers.explanation import Explanation

_STEP = timedelta(minutes=15)


def strip(explanation: Explanation, office: OfficeHours, names: Mapping[str, str]) -> list[str]:
    """The day, a character a quarter: entries, rests, openings, what is in force; `names` are those of the rows."""
    day = office.day_of(explanation.at)
    first, last = _shown(day, explanation.at)
    marks = [first + _STEP * step for step in range(int((last - first) / _STEP))]
    width = max(len(name) for name in names.values())
    hours = "".join(f"{mark.astimezone(office.zone):%H}  " for mark in marks[::4])
    counting = [way.booking for way in explanation.ways if way.verdict in {Verdict.COUNTS, Verdict.OPENED}]
    rests = [day.lunch] if day.lunch else []
    opens, closes = day.hours or (day.next_midnight, day.next_midnight)
    outside = [(day.midnight, opens), (closes, day.next_midnight)]
    lines = [
        ("hours", hours),
        ("entries", _line(marks, [(booking.start, booking.end) for booking in counting], "▒")),
        # The hours may be what is wrong with the configuration.
        *([] if explanation.store_only else [("rests", _line(marks, [*rests, *outside], "·"))]),
        ("referral", _referrals(marks, explanation.day)),
    ]
    opened = [(moment, moment + timedelta.resolution) for moment in _opened(explanation)]
    if any(first <= start < last for start, _ in opened):
        lines.append(("opening", _line(marks, opened, "○")))
    now = " " * int((explanation.at - first) / _STEP) + "^" if first <= explanation.at < last else ""
    return [f"{names[row]:<{width}} {line}".rstrip() for row, line in [*lines, ("at", now)]]


def _opened(explanation: Explanation) -> list[datetime]:
    """When the phone was opened, also where that has been taken back since."""
    made = {change.at for change in explanation.changes if change.cause is Cause.OPENED}
    return sorted(made | {opening.at for opening in explanation.openings})


def _shown(day: Day, at: datetime) -> tuple[datetime, datetime]:
    """Thirteen hours from well before the office opens; the whole day where what is asked for lies outside."""
    opens = day.hours[0] if day.hours else day.midnight + timedelta(hours=8)
    first = max(opens.replace(minute=0, second=0) - timedelta(hours=2), day.midnight)
    last = min(first + timedelta(hours=13), day.next_midnight)
    return (first, last) if first <= at < last else (day.midnight, day.next_midnight)


def _referrals(marks: Sequence[datetime], stretches: Sequence[Stretch]) -> str:
    """Of a quarter in which the phone is closed and open that it is closed."""
    by_phone = {phone: [(one.start, one.until) for one in stretches if one.referral.phone is phone] for phone in Phone}
    closed, still_open = (
        _line(marks, by_phone[phone], fill) for phone, fill in ((Phone.CLOSED, "█"), (Phone.OPEN, "░"))
    )
    return "".join(one if one != " " else other for one, other in zip(closed, still_open, strict=True))


def _line(marks: Iterable[datetime], stretches: Sequence[tuple[datetime, datetime]], fill: str) -> str:
    return "".join(
        fill if any(start < mark + _STEP and mark < end for start, end in stretches) else " " for mark in marks
    )
