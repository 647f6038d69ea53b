"""What lies on somebody's day: rests, entries, referrals and openings, each with the sentence that says it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rules.command import Command, Phone
from rules.entry import Booking, Verdict
from rules.office_hours import Day, OfficeHours
from rules.plan import Cause
from sync_daemon.answers import wording
from sync_daemon.answers.day import Stretch
from sync_daemon.answers.day_times import DayTimes
from sync_daemon.answers.explanation import Explanation
from sync_daemon.answers.setters import named, setter
from sync_daemon.answers.words import WORDS
from sync_daemon.board.strip import Kind, Piece, Words
from sync_daemon.settings import Tenant
from sync_daemon.texts import Language, Text, in_language, listed


@dataclass(frozen=True, slots=True)
class _Shown:
    """An answer about a day, and in what words it is shown."""

    told: Explanation
    tenant: Tenant
    office: OfficeHours
    times: DayTimes

    @property
    def day(self) -> Day:
        return self.office.day_of(self.told.at)

    def said(self, text: str) -> str:
        return in_language(text, self.times.language)


def pieces_of(told: Explanation, tenant: Tenant, office: OfficeHours, language: Language) -> list[Piece]:
    """What lies on the day that the answer is about, kind by kind, each in order of time. No subjects."""
    shown = _Shown(told, tenant, office, DayTimes(told.at, tenant.zone, language))
    return [*_rests(shown), *_entries(shown), *_referrals(shown), *_openings(shown)]


def words_of(told: Explanation, tenant: Tenant, pieces: Sequence[Piece], language: Language, mark: Text) -> Words:
    """What the strip of these pieces says beside them."""
    day = day_name(told, tenant, language)
    title = Text("{name}, {day}", name=told.person.name, day=day)
    sentences = listed((piece.told for piece in pieces if piece.kind is not Kind.REST), " ")
    if any(piece.kind is not Kind.REST for piece in pieces):
        described = Text("A strip of time from 00 to 24. {pieces}", pieces=sentences)
    else:
        described = Text("A strip of time from 00 to 24. Nothing is known that closes the phone on {day}.", day=day)
    said = (in_language(text, language) for text in (title, described, Text("entries"), Text("referral"), mark))
    return Words(*said)


def day_name(told: Explanation, tenant: Tenant, language: Language) -> str:
    """`Thursday 26 November`, in the reader's language."""
    words = WORDS[language]
    day = told.at.astimezone(tenant.zone).date()
    return f"{words.weekdays[day.weekday()]} {day.day} {words.months[day.month - 1]}"


def hours_are_known(tenant: Tenant) -> bool:
    """Whether the configuration says for certain when the office is open."""
    return not tenant.doubts("hours", "special_hours", "lunch")


def _rests(shown: _Shown) -> Iterator[Piece]:
    if not hours_are_known(shown.tenant):
        return
    day = shown.day
    outside, lunch = Text("outside office hours"), Text("lunch")
    opens, closes = day.hours or (day.next_midnight, day.next_midnight)
    rests = [(day.midnight, opens, outside), (closes, day.next_midnight, outside)]
    if day.lunch is not None:
        rests.insert(1, (*day.lunch, lunch))
    for start, until, what in rests:
        if start < until:
            told = Text("{span}: {what}.", span=_span(shown, start, until), what=what)
            yield Piece(Kind.REST, start, until, shown.said(what), shown.said(told))


def _entries(shown: _Shown) -> Iterator[Piece]:
    """By their times and commands, which is all that the store has of them."""
    day = shown.day
    known = {way.booking.key: (way.booking, way.verdict) for way in shown.told.ways}
    for stretch in shown.told.day:  # what was booked longer ago than changes are remembered
        for booking in stretch.referral.bookings:
            known.setdefault(booking.key, (booking, Verdict.COUNTS))
    for booking, verdict in sorted(known.values(), key=_times_of):
        if booking.start < day.next_midnight and booking.end > day.midnight:
            written = Command(booking.code, booking.phone).written
            counts = verdict is Verdict.COUNTS
            when, became = shown.times.booking(booking), wording.verdict(verdict, shown.times.language)
            told = Text("{when} {command} {became}.", when=when, command=written, became=became)
            kind = Kind.ENTRY if counts else Kind.OVER
            start, until = max(booking.start, day.midnight), min(booking.end, day.next_midnight)
            yield Piece(kind, start, until, written, shown.said(told))


def _times_of(one: tuple[Booking, Verdict]) -> tuple[datetime, datetime]:
    return one[0].start, one[0].end


def _referrals(shown: _Shown) -> Iterator[Piece]:
    reasons = wording.reason_texts(shown.tenant.rules.commands, shown.times.language)
    for stretch in _joined(shown.told.day):
        referral, day = stretch.referral, shown.day
        start = referral.start if stretch.start == day.midnight else stretch.start
        until = referral.until if stretch.until == day.next_midnight else stretch.until
        reason = reasons.get(referral.reason, referral.reason)
        span = shown.times.span(min(start, stretch.start), max(until, stretch.until))
        values = {"span": span, "reason": reason, "by": named(setter(referral))}
        if referral.phone is Phone.CLOSED:
            kind, label = Kind.CLOSED, reason
            told = Text("{span}: phone closed, {reason}. Set by {by}.", **values)
        else:
            kind, label = Kind.OPEN, shown.said(Text("open: {reason}", reason=reason))
            told = Text("{span}: phone open, {reason}. Set by {by}.", **values)
        yield Piece(kind, stretch.start, stretch.until, label, shown.said(told))


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """The stretches, those of one referral that follow each other as one."""
    found: list[Stretch] = []
    for stretch in stretches:
        if found and found[-1].until == stretch.start and _same(found[-1], stretch):
            found[-1] = replace(stretch, start=found[-1].start)
        else:
            found.append(stretch)
    return found


def _same(one: Stretch, other: Stretch) -> bool:
    before, after = one.referral, other.referral
    return (before.id, before.phone, before.reason) == (after.id, after.phone, after.reason)


def _openings(shown: _Shown) -> Iterator[Piece]:
    """When the phone was opened by hand and when that was taken back, and by whom."""
    day, told = shown.day, shown.told
    made: dict[datetime, str | None] = {opening.at: None for opening in told.openings}
    undone: dict[datetime, str | None] = {}
    for change in told.changes:
        if change.cause is Cause.OPENED:
            made[change.at] = change.by
        elif change.cause is Cause.OPENING_UNDONE:
            undone[change.at] = change.by
    for moment, by in sorted(made.items()):
        if day.midnight <= moment < day.next_midnight:
            yield _moment(shown, moment, _opened(shown.times.time(moment), by))
    for moment, by in sorted(undone.items()):
        if day.midnight <= moment < day.next_midnight:
            values = {"time": shown.times.time(moment), "by": named(by or "operator")}
            yield _moment(shown, moment, Text("{time}: the opening was taken back by {by}.", **values))


def _opened(time: str, by: str | None) -> Text:
    if by is None:
        return Text("{time}: the phone was opened by hand.", time=time)
    return Text("{time}: the phone was opened by {by}.", time=time, by=named(by))


def _moment(shown: _Shown, moment: datetime, told: Text) -> Piece:
    return Piece(Kind.OPENING, moment, moment, "", shown.said(told))


def _span(shown: _Shown, start: datetime, until: datetime) -> str:
    """Within the day: its end is 24, which no clock shows."""
    clock = "%H.%M" if shown.times.language == "sv" else "%H:%M"
    first = f"{start.astimezone(shown.tenant.zone):{clock}}"
    if until >= shown.day.next_midnight:
        return f"{first}–24{clock[2]}00"
    return f"{first}–{until.astimezone(shown.tenant.zone):{clock}}"
