"""What holds of any entries (docs/rules.md §3.4, §5): hypothesis looks for a calendar of which it does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as some

from rules.absence import Absence, absences
from rules.command import Alternative, Command, Mode, Phone, Vocabulary
from rules.entry import Booking
from rules.office_hours import OfficeHours
from rules.policy import Rules
from rules.referral import Opening
from sync_daemon.public_holidays import is_holiday
from tests import naive_subject

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MONDAY = datetime(2026, 11, 16, tzinfo=STOCKHOLM).astimezone(UTC)
OFFICES = {
    (night, after): OfficeHours(Rules(night=night, after_hours=after), STOCKHOLM, is_holiday("SE"))
    for night in (True, False)
    for after in (True, False)
}
offices = some.sampled_from(sorted(OFFICES)).map(OFFICES.__getitem__)
moments = some.integers(0, 5 * 96).map(lambda quarters: MONDAY + timedelta(minutes=15 * quarters))


@some.composite
def bookings(draw: some.DrawFn) -> list[Booking]:
    """Up to eight entries of a week."""
    count = draw(some.integers(1, 8))
    starts = draw(some.lists(moments, min_size=count, max_size=count))
    return [
        Booking(
            f"key-{number}",
            start,
            start + timedelta(minutes=draw(some.sampled_from((1, 15, 45, 60, 90, 480, 1440, 2880)))),
            draw(some.sampled_from(("SAM", "TJÄ"))),
            draw(some.sampled_from(Phone)),
            draw(some.sampled_from((None, Alternative("4711", Mode.INFO)))),
        )
        for number, start in enumerate(starts)
    ]


def _covers(found: list[Absence], phone: Phone, moment: datetime) -> bool:
    return any(one.phone is phone and one.start <= moment < one.until for one in found)


@given(bookings(), offices, some.randoms())
def test_the_order_of_the_entries_never_matters(entries: list[Booking], office: OfficeHours, dice: object) -> None:
    """Read in any order they make the same absences."""
    shuffled = sorted(entries, key=lambda _: dice.random())  # type: ignore[attr-defined]
    assert absences(shuffled, (), office) == absences(entries, (), office)


@given(bookings(), offices)
def test_one_more_entry_never_shortens_an_absence(entries: list[Booking], office: OfficeHours) -> None:
    """Whatever was covered without the last entry is covered with it."""
    more = absences(entries, (), office)
    for one in absences(entries[:-1], (), office):
        assert any(one.phone is other.phone and other.start <= one.start and one.until <= other.until for other in more)


@given(bookings(), offices, some.integers(1, 200))
def test_cutting_an_entry_in_two_changes_nothing(entries: list[Booking], office: OfficeHours, quarter: int) -> None:
    """But for entries from midnight to midnight, and cuts at midnight."""
    first, *others = entries
    cut = first.start + timedelta(minutes=quarter)
    local = [moment.astimezone(STOCKHOLM).strftime("%H:%M") for moment in (first.start, first.end, cut)]
    if not first.start < cut < first.end or "00:00" in local:
        return
    halves = [first._replace(end=cut), first._replace(key="key-0b", start=cut)]
    cut_up, whole = absences([*halves, *others], (), office), absences(entries, (), office)
    assert [(one.phone, one.start, one.until, one.reason) for one in cut_up] == [
        (one.phone, one.start, one.until, one.reason) for one in whole
    ]


@given(bookings(), offices, some.lists(moments, max_size=2))
def test_absences_of_one_phone_state_never_overlap(
    entries: list[Booking], office: OfficeHours, times: list[datetime]
) -> None:
    """Nor are they without length."""
    found = absences(entries, [Opening(at) for at in times], office)
    for phone in Phone:
        its = [one for one in found if one.phone is phone]
        assert all(one.start < one.until for one in its)
        assert all(one.until <= other.start for one, other in pairwise(its))


@given(bookings(), offices)
def test_every_entry_that_counts_is_covered(entries: list[Booking], office: OfficeHours) -> None:
    """From its first minute to its last."""
    found = absences(entries, (), office)
    for entry in entries:
        assert any(one.phone is entry.phone and one.start <= entry.start and entry.end <= one.until for one in found)


@given(bookings(), offices, moments)
def test_nothing_is_in_force_after_an_opening_until_an_entry_that_it_did_not_end(
    entries: list[Booking], office: OfficeHours, at: datetime
) -> None:
    """The opening ends every closed entry that has started; the next one closes the phone again."""
    ended = frozenset(one.key for one in entries if one.start <= at and one.phone is Phone.CLOSED)
    found = absences(entries, [Opening(at, Phone.CLOSED, ended)], office)
    others = [one.start for one in entries if one.key not in ended and one.phone is Phone.CLOSED]
    upcoming = min(others, default=at + timedelta(days=9))
    for minutes in (0, 1, 15, 60, 600):
        moment = at + timedelta(minutes=minutes)
        assert moment >= upcoming or not _covers(found, Phone.CLOSED, moment)


@given(bookings(), offices, some.integers(1, 3))
def test_whole_weeks_shift_the_result(entries: list[Booking], office: OfficeHours, weeks: int) -> None:
    """Where neither a holiday nor a change of the clock lies between."""
    later = timedelta(weeks=weeks)
    early = [one._replace(start=one.start - later, end=one.end - later) for one in entries]
    if min(one.start for one in early) < datetime(2026, 11, 2, tzinfo=UTC):
        return
    shifted = absences(early, (), office)
    assert [(one.start + later, one.until + later) for one in shifted] == [
        (one.start, one.until) for one in absences(entries, (), office)
    ]


_VOCABULARY = Vocabulary(Rules().commands, {"4711"}, lambda number: "+46700000000" if number.startswith("0") else None)


@settings(max_examples=500)
@given(some.text() | some.text(alphabet="SAMTJÄ:;>@ 0471+-\u200b\u0308\uff1a").map("SAM".__add__))
def test_parsing_never_raises(subject: str) -> None:
    """For any Unicode; and nothing comes out but the code and a number that holds."""
    said = repr(_VOCABULARY.parse(subject))
    assert len(said) < 200


PARTS = (
    *("SAM:", "TJÄ;", "tja :", "VB: ", "TÄJ:", "SAM", "ASM ;", "ſam:", "\uff1a", "\uff1b"),
    *(">", " >", " @", "(>", "\uff1e", " \uff20 ", "@ "),
    *("4711", "4712", "08-123 456 78", "070", "+46", "00", "0", "7", "78", "13-15"),
    *(" ", "  ", "-", "\u2013", "\uff0d", ".", ",", "/", "(", ")", ":", ";", "_", "\0", "\u00a0", "\t"),
    *("\uff17", "\u0667", "\u00bd", "\u00b2", "\u516b", "\u0301", "\ufe0f\u20e3", "\u200b", "\u00ad", "A\u0308", "x"),
    *("kl 13", " Anna ", "\ud800", "\U0001f600", " " * 1000, "x" * 1000, "\u200b" * 990),
)
subjects = some.lists(some.sampled_from(PARTS), max_size=14).map("".join) | some.text(max_size=40)
commands = subjects.map("SAM: ".__add__)


def _any_number(written: str) -> str:
    """A check that takes every number, so that nothing but the look at what follows can refuse one."""
    return "+" + "".join(sign for sign in written if sign.isdecimal())


LENIENT = Vocabulary(Rules().commands, {"4711", "4712", "7", "78"}, _any_number)
CODES = {word.upper(): one.code for one in Rules().commands for word in one.words}


@settings(max_examples=600, deadline=None)
@given(subjects | commands)
def test_a_subject_says_what_a_plain_reading_says(subject: str) -> None:
    """The same as an implementation that was written from docs/rules.md §2 alone, and neither raises."""
    plain = naive_subject.says(subject, CODES, {"4711", "4712", "7", "78"}, _any_number, {"4712"})
    assert LENIENT.parse(subject, frozenset({"4712"})) == plain


@settings(max_examples=300, deadline=None)
@given(some.text(some.sampled_from(" -.,/()\u2013\uff0d\uff17\u0667\u00bd\u03017089_:\u00a0"), max_size=12))
def test_an_external_number_is_taken_whole_or_not_at_all(after: str) -> None:
    """Whatever digits follow one, with nothing but signs between: every digit is taken, or none is."""
    said = LENIENT.parse(f"SAM: >08-123 456{after}")
    assert isinstance(said, Command)
    digits = "".join(sign for sign in f"08123456{after}" if sign.isnumeric())
    assert said.alternative in {None, Alternative(f"+{digits}", Mode.CONNECT)}


@settings(max_examples=300, deadline=None)
@given(some.lists(some.sampled_from(PARTS), max_size=30).map("".join), subjects)
def test_nothing_beyond_the_cut_is_read(subject: str, more: str) -> None:
    """What stands beyond a subject's 1,024th character changes nothing but a number that the cut may have touched."""
    read = f"SAM: {subject}".ljust(1024, "x")[:1024]
    whole, beyond = LENIENT.parse(read), LENIENT.parse(read + more)
    if whole != beyond:
        assert isinstance(whole, Command)
        assert isinstance(beyond, Command)
        assert whole.alternative is not None
        assert beyond.alternative is None or beyond.alternative != whole.alternative
        assert not any(sign.isalpha() for sign in read[-1:])


@settings(max_examples=200, deadline=None)
@given(subjects, some.sampled_from(["x", ">", "@"]))
def test_what_is_cut_off_behind_a_letter_touches_no_number(subject: str, last: str) -> None:
    """Where a letter or a sign stands last before the cut, whatever follows it changes nothing."""
    read = f"SAM: {subject}"[:1023].ljust(1023) + last
    assert LENIENT.parse(f"{read}\u00adSAM: >4711 78 070") == LENIENT.parse(read)
