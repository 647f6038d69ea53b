"""What is to be said of an entry beside its verdict: whose it is, the pause before it, whose alternative holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta

from rules.absence import Absence
from rules.command import Alternative, Mode, Refusal
from rules.entry import Response, Verdict
from rules.explain import Way
from rules.office_hours import OfficeHours
from rules.pauses import Bond, Pause, pauses
from rules.whose_alternative import Named, Use, named_alternatives, source_of
from sync_daemon.answers import wording
from sync_daemon.answers.day_times import DayTimes
from sync_daemon.answers.store_at import AlternativeNow
from sync_daemon.texts import Text, in_language

_LONGEST_PAUSE = timedelta(hours=1)
"""After a longer one nobody asks why two meetings are not one absence."""


class Notes:
    """The notes on a person's entries that are `shown`, of all their `ways`, in the language and times of `times`.

    `now` is the alternative of what is in force at the time that is asked for.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a note is made of
        self,
        ways: Sequence[Way],
        shown: Sequence[Way],
        office: OfficeHours,
        times: DayTimes,
        country: str,
        now: AlternativeNow,
    ) -> None:
        self._ways = ways
        self._shown = shown
        self._times = times
        self._country = country
        self._now = now
        self._rules = office.rules
        self._slack = office.slack
        self._pauses = pauses(self._ways, office.slack)
        self._named = named_alternatives(self._ways, office.slack)

    def of(self, way: Way) -> Iterator[str]:
        """Each note as a sentence without its full stop."""
        for text in self._texts(way):
            yield in_language(text, self._times.language)

    def _texts(self, way: Way) -> Iterator[Text]:
        counts = way.verdict in {Verdict.COUNTS, Verdict.OPENED}
        if way.entry is not None and counts:
            yield from _whose(way.entry.response)
            if way.entry.private:
                yield Text("private, and counts like any other (`count_private`)")
        if way.verdict is Verdict.PRIVATE:
            yield Text("private entries do not count here (`count_private = false`)")
        if pause := self._pauses.get(way.booking.key):
            yield from self._pause(pause)
        if way.absence is not None:
            yield from self._alternative(way, way.absence)

    def _pause(self, pause: Pause) -> Iterator[Text]:
        plain = before = self._times.booking(pause.before)
        if pause.reach != pause.before.end:
            reach = self._times.time(pause.reach)
            before = in_language(Text("{entry} (until {reach})", entry=before, reach=reach), self._times.language)
        key = "gap" if self._rules.gap >= self._rules.margin else "margin"
        slack = round(self._slack.total_seconds() / 60)
        minutes = math.ceil(pause.length.total_seconds() / 60)
        if pause.bond is Bond.GAP and pause.length <= max(_LONGEST_PAUSE, 2 * self._slack):
            yield Text(
                "after {before}: {minutes} minutes between, more than the {slack} of `{key}`: not one absence",
                before=before,
                minutes=minutes,
                slack=slack,
                key=key,
            )
        elif pause.bond is Bond.JOINED and timedelta() < pause.length <= self._slack:
            yield Text(
                "after {before}: {minutes} minutes between, no more than the {slack} of `{key}`: one absence",
                before=before,
                minutes=minutes,
                slack=slack,
                key=key,
            )
        elif pause.bond is Bond.NIGHT:
            yield Text(
                "begins as the night of {before} ends, which takes in nothing more: not one absence", before=plain
            )
        elif pause.bond is Bond.OPENING and pause.length <= _LONGEST_PAUSE:
            yield Text("after {before}: the phone was opened between: not one absence", before=plain)
        elif pause.bond is Bond.APART:
            yield Text(
                "after {before}: its referral had ended when this entry was first read: not one absence", before=plain
            )

    def _alternative(self, way: Way, absence: Absence) -> Iterator[Text]:
        named = self._named.get(way.booking.key)
        if named is not None and named.use is Use.FOLLOWED and named.number is not None:
            yield self._followed(named.number, absence)
            return
        if named is not None:
            yield self._not_followed(named)
        if named is not None or self._is_first(way, absence):
            yield from self._source(absence, told_anyway=named is not None)

    def _followed(self, alternative: Alternative, absence: Absence) -> Text:
        number, now = self._number(alternative), self._now
        is_asked_about = absence.start <= self._times.at < absence.until
        if now.away_until is None or now.alternative is None or now.alternative.number != alternative.number:
            is_asked_about = False
        if not is_asked_about or now.away_until is None:
            return Text("its alternative {number} is followed", number=number)
        return Text(
            "its alternative {number} is followed: told, not connected, because {extension} is away until {until}",
            number=number,
            extension=wording.telephone_number(alternative.number, self._country),
            until=self._times.time(now.away_until),
        )

    def _not_followed(self, named: Named) -> Text:
        number = "" if named.number is None else self._number(named.number)
        match named.use:
            case Use.NOT_OWN:
                return Text(
                    "their alternative {number} is not followed: only that of an entry of one's own is",
                    number=number,
                )
            case Use.TOO_LATE:
                return Text(
                    "its alternative {number} is not followed: the entry begins more than {minutes} minutes into the"
                    " absence",
                    number=number,
                    minutes=round(self._slack.total_seconds() / 60),
                )
            case Use.REFUSED:
                return Text(
                    "its alternative is not followed: {why}",
                    why=refusal(named.refusal) if named.refusal else "",
                )
            case _:
                return Text("its alternative {number} is not followed: an earlier entry names one", number=number)

    def _source(self, absence: Absence, *, told_anyway: bool) -> Iterator[Text]:
        source = source_of(absence, self._ways)
        if source is None:
            if told_anyway:
                yield Text("the absence has no alternative")
        elif source.entry is None:
            number = self._number(source.alternative).removeprefix("@")
            yield Text("the absence has the directory's alternative {number}", number=number)
        elif told_anyway:
            yield Text(
                "the absence has the alternative {number}, which {entry} names",
                number=self._number(source.alternative),
                entry=self._times.booking(source.entry),
            )

    def _is_first(self, way: Way, absence: Absence) -> bool:
        return next((one for one in self._shown if one.absence == absence), way) is way

    def _number(self, alternative: Alternative) -> str:
        sign = ">" if alternative.mode is Mode.CONNECT else "@"
        return sign + wording.telephone_number(alternative.number, self._country)


def _whose(response: Response) -> Iterator[Text]:
    match response:
        case Response.ACCEPTED:
            yield Text("another person booked it, and it is accepted")
        case Response.TENTATIVE | Response.UNANSWERED:
            yield Text(
                "another person booked it; {answer}, and counts all the same (`count_tentative`)",
                answer=wording.answer(response),
            )


def refusal(why: Refusal) -> Text:
    """Why what stands behind an alternative's sign is none, without a digit of it."""
    match why:
        case Refusal.NO_NUMBER:
            return Text("no number stands behind the sign")
        case Refusal.NOT_WHOLE:
            return Text("what follows it does not show where the number ends")
        case Refusal.UNKNOWN:
            return Text(
                "the number is no extension of the directory and none of `internal_numbers`; service numbers are "
                "never used"
            )
        case Refusal.NOT_ALLOWED:
            return Text("as a whole it is no fixed, mobile, 010 or 020 number of `country` or `countries`")
        case Refusal.OWN:
            return Text("it is the person's own number")
