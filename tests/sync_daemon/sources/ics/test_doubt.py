"""Far times, doubtful organisers, and what an entry that cannot be read may be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rules.command import Vocabulary
from rules.entry import Booking, Entries, Entry, Response
from rules.policy import MEETING
from sync_daemon.number_check import NumbersOf
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.ics import IcsFolder
from sync_daemon.sources.keys import key_maker
from tests.acceptance.municipality import Municipality
from tests.readings import readings_of

ANNA = Mailbox("anna@sorsele.se")
WINDOW = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))
FIRST, LAST = datetime(2021, 1, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
MAKE_KEY = key_maker(b"secret")
AT_NINE = ("DTSTART:20261124T090000Z", "DTEND:20261124T100000Z")


def read(folder: Path, *vevents: tuple[str, ...]) -> Entries:
    """Anna's calendar of those VEVENTs; each is `SAM: x`."""
    lines = [line for one in vevents for line in ("BEGIN:VEVENT", "SUMMARY:SAM: x >4712", *one, "END:VEVENT")]
    text = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""])
    (folder / "anna@sorsele.se.ics").write_text(text, encoding="utf-8")
    parse = Vocabulary((MEETING,), {"4712"}, NumbersOf("SE")).parse
    [(_, reading)] = readings_of(IcsFolder(folder, ZoneInfo("Europe/Stockholm"), MAKE_KEY), [ANNA], WINDOW, parse)
    assert isinstance(reading, Entries)
    return reading


def only(reading: Entries) -> Entry:
    """The one entry of a reading of which nothing is lacking."""
    assert reading.complete
    [entry] = reading.entries
    return entry


# Far times (docs/rules.md §6.7)


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [
        (("DTSTART:20261124T090000Z", "DTEND:99991231T235959Z"), NINE, LAST),
        (("DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:99991231"), datetime(2026, 11, 23, 23, tzinfo=UTC), LAST),
        (("DTSTART:00010101T000000Z", "DTEND:99991231T235959Z"), FIRST, LAST),
        (("DTSTART;VALUE=DATE:00010101", "DTEND;VALUE=DATE:99991231"), FIRST, LAST),
        (("DTSTART;TZID=America/New_York:00010101T000000", "DTEND:20261124T100000Z"), FIRST, NINE + timedelta(hours=1)),
        (("DTSTART;TZID=America/New_York:20261124T040000", "DTEND:99991231T235959"), NINE, LAST),
        (("DTSTART:20261124T090000Z", "DTEND:20270601T000000Z"), NINE, datetime(2027, 6, 1, tzinfo=UTC)),
        (("DTSTART:20261124T090000Z", "DURATION:P36500D"), NINE, LAST),
    ],
)
def test_what_is_far_away_is_cut(folder: Path, lines: tuple[str, ...], start: datetime, end: datetime) -> None:
    """A leave until the year 9999 is one until further notice; one of half a year keeps its end."""
    entry = only(read(folder, ("UID:1", *lines)))
    assert (entry.start, entry.end) == (start, end)


@pytest.mark.parametrize(
    "lines",
    [
        ("RRULE:FREQ=DAILY;UNTIL=99991231T235959Z",),
        ("RRULE:FREQ=DAILY;UNTIL=99991231",),
        ("RRULE:FREQ=DAILY", "EXDATE:99991231T235959Z"),
        ("RRULE:FREQ=DAILY", "RDATE:99991231T235959Z,00010101T000000Z"),
    ],
)
def test_a_series_may_speak_of_far_times(folder: Path, lines: tuple[str, ...]) -> None:
    """Its occurrences in the window are read."""
    reading = read(folder, ("UID:1", *AT_NINE, *lines))
    assert reading.complete
    assert len(reading.entries) == 14


def test_an_occurrence_may_have_been_of_the_year_9999(folder: Path) -> None:
    """And have been moved into the window."""
    reading = read(folder, ("UID:1", *AT_NINE, "RECURRENCE-ID:99991231T235959Z"))
    assert only(reading).start == NINE


@pytest.mark.parametrize("year", ["9999", "0001"])
def test_a_single_entry_of_a_far_year_is_in_no_window(folder: Path, year: str) -> None:
    """It is no fault either."""
    reading = read(folder, ("UID:1", f"DTSTART:{year}1231T235959", "DURATION:PT1H"))
    assert reading == Entries()


@pytest.mark.parametrize(
    ("begun", "rule"),
    [
        ("16041124T090000Z", "FREQ=YEARLY"),
        ("16011124T090000Z", "FREQ=YEARLY;INTERVAL=5;BYDAY=4TU;BYMONTH=11"),
        ("16040229T090000Z", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1"),
    ],
)
def test_a_year_that_no_birthday_has_is_no_fault(folder: Path, begun: str, rule: str) -> None:
    """Telephones write a birthday whose year nobody knows into 1604; it hides nothing of the rest."""
    assert only(read(folder, ("UID:1", f"DTSTART:{begun}", "DURATION:PT1H", f"RRULE:{rule}"))).start == NINE


def test_away_until_the_year_9999_in_the_whole_daemon(town: Municipality) -> None:
    """Cycle, referrals, explain and plan say until further notice; the colleague is read as ever."""
    town.anna.books("SAM: x", "09:00", "9999-12-31T23:00")
    town.bo.books("SAM: x", "09:00", "10:00")
    assert town.once("08:30").code == 0
    assert town.rows("08:30", "4712") == ["24 09:00 - 24 10:05 closed meeting"]
    assert [row[:8] for row in town.rows("08:30")] == ["24 09:00"]
    for command in (("explain", "4711"), ("explain", "4711", "--lang", "sv"), ("plan",), ("referrals",)):
        told = town.hanvisa(*command, "--at", "2026-11-24T09:30")
        assert told.code == 0, told.err


# Whose word it is (docs/rules.md §1.3)

FROM_ANNA, FROM_BO = "ORGANIZER:mailto:anna@sorsele.se", "ORGANIZER:mailto:bo@sorsele.se"
SENT_BY_BO = 'ORGANIZER;SENT-BY="mailto:bo@sorsele.se":mailto:anna@sorsele.se'
SENT_BY_ANNA = 'ORGANIZER;SENT-BY="mailto:Anna@sorsele.se":mailto:anna@sorsele.se'
SENT_BY_BOTH = 'ORGANIZER;SENT-BY="mailto:anna@sorsele.se";SENT-BY="mailto:bo@sorsele.se":mailto:anna@sorsele.se'
SENT_BY_NOBODY = 'ORGANIZER;SENT-BY="/o=Sorsele/cn=Bo":mailto:anna@sorsele.se'
MEANT_FOR_BO = "ORGANIZER;EMAIL=anna@sorsele.se:mailto:bo@sorsele.se"
TO_BO = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bo@sorsele.se"


def to_anna(answer: str) -> str:
    """Anna among the attendees."""
    return f"ATTENDEE;PARTSTAT={answer}:mailto:anna@sorsele.se"


@pytest.mark.parametrize(
    ("people", "response"),
    [
        ((SENT_BY_BO, to_anna("NEEDS-ACTION")), Response.UNANSWERED),
        ((SENT_BY_BO, to_anna("ACCEPTED")), Response.ACCEPTED),
        ((SENT_BY_BO, to_anna("DECLINED")), Response.DECLINED),
        ((SENT_BY_BO,), Response.ACCEPTED),
        ((SENT_BY_BO, TO_BO), Response.ACCEPTED),
        ((SENT_BY_ANNA, to_anna("NEEDS-ACTION")), Response.ORGANIZER),
        ((FROM_ANNA, FROM_ANNA, to_anna("NEEDS-ACTION")), Response.ORGANIZER),
        ((FROM_ANNA, FROM_BO, to_anna("NEEDS-ACTION")), Response.UNANSWERED),
        ((FROM_BO, FROM_ANNA, to_anna("TENTATIVE")), Response.TENTATIVE),
        ((FROM_ANNA, FROM_BO, TO_BO), Response.UNANSWERED),
        ((FROM_ANNA, FROM_BO), Response.ACCEPTED),
        ((SENT_BY_BOTH, to_anna("NEEDS-ACTION")), Response.UNANSWERED),
        ((SENT_BY_NOBODY, to_anna("NEEDS-ACTION")), Response.UNANSWERED),
        ((MEANT_FOR_BO, to_anna("NEEDS-ACTION")), Response.UNANSWERED),
    ],
)
def test_a_doubtful_organiser(folder: Path, people: tuple[str, ...], response: Response) -> None:
    """PARTSTAT outweighs an ORGANIZER that another sent, or that is one of two."""
    assert only(read(folder, ("UID:1", *AT_NINE, *people))).response is response


def test_the_number_of_a_doubtful_organiser_is_not_followed(town: Municipality) -> None:
    """What a secretary booked counts, and its alternative is nobody's word."""
    town.anna.books("SAM: x >4712", "09:00", "10:00", SENT_BY_BO)
    assert town.after("08:30") == ["24 09:00 - 24 10:05 closed meeting"]


# What an entry that cannot be read may be (docs/rules.md §6.5)


def booking(uid: str, start: datetime = NINE, original: datetime | date | None = None) -> Booking:
    """As a referral remembers it."""
    return Booking(MAKE_KEY(uid, original), start, start + timedelta(hours=1), "SAM")


LATER = datetime(2027, 3, 2, 9, tzinfo=UTC)


def test_a_broken_meeting_is_that_meeting_only(folder: Path) -> None:
    """By its UID, whenever it was; a deleted one beside it ends."""
    reading = read(folder, ("UID:broken", "DTSTART:20270302T090000Z", "DTEND:now"))
    assert reading.may_hold(booking("broken"))
    assert not reading.may_hold(booking("deleted"))
    assert not reading.may_hold(booking("deleted", LATER))


def test_a_broken_series_is_nothing_before_it_began(folder: Path) -> None:
    """Of its occurrences nobody knows the keys, but they do not lie before its DTSTART."""
    reading = read(folder, ("UID:broken", "DTSTART:20270302T090000Z", "RRULE:FREQ=SOMETIMES"))
    assert not reading.may_hold(booking("deleted"))
    assert reading.may_hold(booking("broken", LATER, LATER))
    assert reading.may_hold(booking("deleted", LATER))


def test_a_series_of_which_one_is_broken_is_lost_whole(folder: Path) -> None:
    """Whatever it had since its first occurrence may be there."""
    series = ("UID:series", "DTSTART:20261120T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")
    for lost in ("DTSTART:20270302T090000Z", "DTSTART:20261118T090000Z"):
        reading = read(folder, series, ("UID:series", lost, "DTEND:now", "RECURRENCE-ID:20261124T090000Z"))
        assert not reading.entries
        assert reading.may_hold(booking("series", NINE, NINE))
        assert not reading.may_hold(booking("deleted", datetime(2026, 11, 12, 9, tzinfo=UTC)))


@pytest.mark.parametrize(
    "lines",
    [
        ("UID:broken", "DTSTART:now", "RRULE:FREQ=DAILY"),
        ("UID:broken", "RRULE:FREQ=DAILY"),
        ("DTSTART:20270302T090000Z", "RECURRENCE-ID:20270302T090000Z"),
        ("UID:broken", "DTSTART:20270302T090000Z", "END:VALARM"),
        ("UID:broken", "DTSTART:20270302T090000Z", "RRULE:FREQ=NEVER", "RDATE:now"),
    ],
)
def test_where_nothing_is_certain_it_may_be_anything(folder: Path, lines: tuple[str, ...]) -> None:
    """Lines lost or another's, no time, or an occurrence of nobody knows what."""
    reading = read(folder, lines)
    assert not reading.complete
    assert reading.may_hold(booking("deleted"))


@pytest.mark.parametrize(
    "torn",
    [
        'SUMMARY;X="b:SAM: x',
        'RRULE;X="FREQ=DAILY',
        'STATUS;X="b:CANCELLED',
        "RDATE;TZID=Europe/Stockholm",
        'DURATION;X="P',
    ],
)
def test_an_entry_with_a_torn_line_is_not_read_without_it(folder: Path, torn: str) -> None:
    """It would be no command, no series, or not cancelled; it is what the referral remembers until it can be read."""
    reading = read(folder, ("UID:broken", *AT_NINE, torn))
    assert not reading.complete
    assert not reading.entries
    assert reading.may_hold(booking("broken"))
    later = booking("broken", LATER, LATER)
    assert reading.may_hold(later) == torn.startswith(("RRULE", "RDATE"))


def test_a_torn_line_of_a_stranger_is_no_harm(folder: Path) -> None:
    """Where the owner's own word is known, nobody else's line is needed; where it is not, it may be theirs."""
    torn, strange = 'ATTENDEE;CN="Kalle:mailto:kalle@x.se', "ORGANIZER:mailto:boss@x.se"
    accepted = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@sorsele.se"
    assert only(read(folder, ("UID:u", *AT_NINE, strange, torn, accepted))).response is Response.ACCEPTED
    own = read(folder, ("UID:u", *AT_NINE, "ORGANIZER:mailto:anna@sorsele.se", torn))
    assert only(own).response is Response.ORGANIZER
    assert read(folder, ("UID:u", *AT_NINE, strange, torn)).may_hold(booking("u"))


def test_an_entry_of_two_uids_is_known_by_its_time(folder: Path) -> None:
    """It may have had any key, but not before it begins."""
    reading = read(folder, ("UID:1", "UID:2", "DTSTART:20270302T090000Z", "DURATION:PT1H"))
    assert not reading.may_hold(booking("deleted"))
    assert reading.may_hold(booking("deleted", LATER))


def test_a_deleted_meeting_ends_beside_an_unreadable_invitation(town: Municipality) -> None:
    """One unreadable invitation of 2027 keeps nobody's phone closed today."""
    meeting = town.anna.books("SAM: x", "09:00", "12:00")
    assert town.after("08:30") == ["24 09:00 - 24 13:00 closed meeting"]
    town.anna.deletes(meeting)
    town.anna.books("SAM: y", "2027-03-02T09:00", "2027-03-02T10:00", "DTEND:now", uid="invitation")
    assert town.after("09:30") == []


def test_a_phone_that_was_opened_stays_open_for_an_entry_without_a_uid(town: Municipality) -> None:
    """It is known again when it was called otherwise and made longer, and others were booked in front of it."""
    on_the_24th = "DTSTART;TZID=Europe/Stockholm:20261124T090000"
    meeting = town.anna.has("SUMMARY:SAM: x", on_the_24th, "DURATION:PT2H")
    assert town.after("08:30") == ["24 09:00 - 24 11:05 closed meeting"]
    assert town.hanvisa("open", "4711", "--at", "2026-11-24T09:40").code == 0
    town.anna.deletes(meeting)
    town.anna.books("SAM: y", "14:00", "15:00", uid="afternoon")
    town.anna.has("SUMMARY:Lunch", on_the_24th, "DURATION:PT1H")
    town.anna.has("SUMMARY:SAM: z", on_the_24th, "DURATION:PT2H30M")
    assert town.after("09:50") == ["24 14:00 - 24 15:05 closed meeting"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty one."""
    return tmp_path


@pytest.fixture
def town(tmp_path: Path) -> Municipality:
    """Sorsele, with Anna and Bo."""
    return Municipality(tmp_path)
