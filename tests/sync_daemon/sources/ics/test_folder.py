"""The folder of iCalendar files: what is read of them, and what of them never comes out.

Tuesday 2026-11-24 is the day; the window is two weeks either way. Times are Stockholm's (UTC+1 in November) unless said
otherwise, results are in UTC.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from rules.command import Command, Phone, Vocabulary
from rules.entry import MOST_ENTRIES, Entries, Entry, Fault, Response, Unreadable
from rules.policy import MEETING, ON_DUTY_ELSEWHERE
from sync_daemon.number_check import NumbersOf
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.ics import IcsFolder
from sync_daemon.sources.keys import key_maker
from tests.readings import readings_of

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ANNA = Mailbox("anna@sorsele.example", frozenset({"4711"}))
WINDOW = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))
CANARY = "Kanariefågel"

make_key = key_maker(b"the store's secret")
parse = Vocabulary((ON_DUTY_ELSEWHERE, MEETING), {"4711", "4712"}, NumbersOf("SE")).parse

NINE_TO_TEN = ("DTSTART;TZID=Europe/Stockholm:20261124T090000", "DTEND;TZID=Europe/Stockholm:20261124T100000")
EIGHT_UTC, NINE_UTC = datetime(2026, 11, 24, 8, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)
DAILY = ("UID:series", "SUMMARY:SAM: x", *NINE_TO_TEN)

STANDARD = ("BEGIN:STANDARD", "DTSTART:16010101T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "END:STANDARD")  # fmt: skip
DAYLIGHT = ("BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT")  # fmt: skip


def vevent(*lines: str) -> list[str]:
    """A VEVENT of those lines."""
    return ["BEGIN:VEVENT", *lines, "END:VEVENT"]


def meeting(*lines: str, uid: str = "1", subject: str = "SAM: Budget") -> list[str]:
    """From nine to ten on the day, unless the lines have a DTSTART of their own."""
    times = () if any(line.startswith("DTSTART") for line in lines) else NINE_TO_TEN
    return vevent(f"UID:{uid}", f"SUMMARY:{subject}", *times, *lines)


def vtimezone(tzid: str, *parts: str) -> list[str]:
    """A VTIMEZONE as Exchange writes it: from the year 1601."""
    return ["BEGIN:VTIMEZONE", f"TZID:{tzid}", *(parts or (*STANDARD, *DAYLIGHT)), "END:VTIMEZONE"]


def fixed_zone(tzid: str, offset: str) -> list[str]:
    """A VTIMEZONE without clock changes."""
    return vtimezone(
        tzid, "BEGIN:STANDARD", "DTSTART:16010101T000000", f"TZOFFSETFROM:{offset}", f"TZOFFSETTO:{offset}",
        "END:STANDARD",
    )  # fmt: skip


def calendar(*components: Sequence[str], first: Sequence[str] = (), line_end: str = "\r\n") -> bytes:
    """A file of those components."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *first]
    return line_end.join([*lines, *(line for part in components for line in part), "END:VCALENDAR", ""]).encode()


class Folder:
    """A folder with Anna's calendar."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.source = IcsFolder(path, STOCKHOLM, make_key)
        self.faults: tuple[Fault, ...] = ()
        self.logged: list[dict[str, object]] = []

    def holds(self, content: bytes, name: str = "anna@sorsele.example.ics") -> Folder:
        """With that in the file."""
        (self.path / name).write_bytes(content)
        return self

    def reading(self, window: Window = WINDOW) -> Entries | Unreadable:
        """Anna's mailbox, with its faults and with what was logged beside it."""
        with capture_logs() as logs:
            [(mailbox, reading)] = readings_of(self.source, [ANNA], window, parse)
        self.logged = [dict(log) for log in logs]
        self.faults = reading.faults if isinstance(reading, Entries) else ()
        assert mailbox is ANNA
        return reading

    def read(self, *components: Sequence[str], first: Sequence[str] = (), window: Window = WINDOW) -> Entries:
        """A calendar that can be read."""
        reading = self.holds(calendar(*components, first=first)).reading(window)
        assert isinstance(reading, Entries)
        return reading

    def entry(self, *components: Sequence[str], first: Sequence[str] = (), window: Window = WINDOW) -> Entry:
        """The only entry of a calendar of which nothing is lacking."""
        reading = self.read(*components, first=first, window=window)
        assert reading.complete
        [entry] = reading.entries
        return entry

    def starts(self, *components: Sequence[str], window: Window = WINDOW) -> list[str]:
        """The local starts of the entries, in order, of a calendar of which nothing is lacking."""
        reading = self.read(*components, window=window)
        assert reading.complete
        return local_starts(reading)


def local_starts(reading: Entries) -> list[str]:
    """As `24 09:00`."""
    return [f"{entry.start.astimezone(STOCKHOLM):%d %H:%M}" for entry in sorted(reading.entries, key=lambda e: e.start)]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty one."""
    return Folder(tmp_path)


# The file


def test_an_entry_with_a_command_is_read(folder: Folder) -> None:
    """`SAM: Budget` from nine to ten comes out with its command, in UTC, and without its subject."""
    expected = Entry(make_key("1", None), EIGHT_UTC, NINE_UTC, Command("SAM", Phone.CLOSED))
    assert folder.read(meeting()) == Entries((expected,), complete=True, without_command=0, near_misses=())


def test_other_subjects_are_counted(folder: Folder) -> None:
    """Entries without a command leave a number, as far as they overlap the window."""
    past = meeting("DTSTART:20200101T090000Z", uid="4", subject="Lunch")
    reading = folder.read(
        meeting(uid="1", subject="SAMTAL: Anna"),
        meeting(uid="2", subject="Budget"),
        vevent("UID:3", *NINE_TO_TEN),
        past,
    )
    assert reading == Entries((), complete=True, without_command=3)


def test_of_very_many_near_misses_some_are_kept(folder: Folder) -> None:
    """A series by the minute that nearly has a command fills no memory, and hides nothing beside it."""
    near = [meeting("RRULE:FREQ=MINUTELY", uid=uid, subject="SAM Budget") for uid in ("1", "2")]
    reading = folder.read(*near, meeting(uid="3"))
    assert len(reading.near_misses) == MOST_ENTRIES
    assert len(reading.entries) == 1


def test_a_cancelled_subject_is_no_command(folder: Folder) -> None:
    """`Canceled:` before the subject, in a file that says STATUS:CONFIRMED, takes the entry out."""
    reading = folder.read(meeting("STATUS:CONFIRMED", subject="Canceled: SAM: Budget"))
    assert reading == Entries((), complete=True, without_command=1)


@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_lines_may_end_either_way(folder: Folder, line_end: str) -> None:
    """Files from git and from Outlook end their lines differently."""
    reading = folder.holds(calendar(meeting(), line_end=line_end)).reading()
    assert isinstance(reading, Entries)
    assert len(reading.entries) == 1


def test_a_line_may_be_folded_within_a_letter(folder: Folder) -> None:
    """RFC 5545 folds by octets, so Ä may stand on two lines."""
    content = calendar(meeting(subject="TJÄ: x")).replace("Ä".encode(), b"\xc3\r\n \x84")
    reading = folder.holds(content).reading()
    assert isinstance(reading, Entries)
    assert [entry.command.code for entry in reading.entries] == ["TJÄ"]


def test_a_byte_order_mark_is_no_harm(folder: Folder) -> None:
    """Windows programs put one in front of UTF-8."""
    reading = folder.holds(b"\xef\xbb\xbf" + calendar(meeting())).reading()
    assert isinstance(reading, Entries)
    assert len(reading.entries) == 1


def test_texts_are_unescaped(folder: Folder) -> None:
    """A semicolon after the code is escaped in the file, and leaves the phone open."""
    assert folder.entry(meeting(subject=r"SAM\; Budget\, plan >4712")).command.phone is Phone.OPEN


def test_parameters_may_hold_colons(folder: Folder) -> None:
    """What is quoted before the value is no part of it."""
    entry = folder.entry(vevent("UID:1", 'SUMMARY;ALTREP="cid:SAM: x";LANGUAGE=sv:TJÄ: y', *NINE_TO_TEN))
    assert entry.command.code == "TJÄ"


def test_alarms_and_tasks_are_no_entries(folder: Folder) -> None:
    """Only the VEVENTs' own properties are looked at."""
    alarm = ("BEGIN:VALARM", "SUMMARY:TJÄ: x", "DTSTART:19700101T000000Z", "DURATION:PT5M", "END:VALARM")
    task = ("BEGIN:VTODO", "UID:2", "SUMMARY:SAM: x", "DTSTART:20261124T090000Z", "END:VTODO")
    assert folder.entry(task, vevent(*DAILY, *alarm)).command.code == "SAM"


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"", "empty"),
        (b"\0" * 100, "empty"),
        (calendar(meeting()).decode().encode("utf-16"), "UTF-8"),
        (calendar(meeting(subject="TJÄ: x")).decode().encode("latin-1"), "UTF-8"),
        (calendar(meeting())[:-20], "END:VCALENDAR"),
        (calendar(meeting()) + b"BEGIN:VCALENDAR\r\n", "END:VCALENDAR"),
        (b"<html>\nEND:VCALENDAR", "BEGIN:VCALENDAR"),
    ],
)
def test_what_is_no_whole_calendar_is_unreadable(folder: Folder, content: bytes, remedy: str) -> None:
    """A half-written file is no empty calendar; the remedy says what to do."""
    reading = folder.holds(content).reading()
    assert isinstance(reading, Unreadable)
    assert remedy in reading.remedy


def test_a_missing_file_and_a_missing_folder_are_told_apart(folder: Folder, tmp_path: Path) -> None:
    """The remedy names the file to put there, or the folder."""
    reading = folder.reading()
    assert isinstance(reading, Unreadable)
    assert "anna@sorsele.example.ics" in reading.remedy
    elsewhere = IcsFolder(tmp_path / "elsewhere", STOCKHOLM, make_key)
    [(_, nothing)] = readings_of(elsewhere, [ANNA], WINDOW, parse)
    assert isinstance(nothing, Unreadable)
    assert "elsewhere" in nothing.remedy
    assert elsewhere.fingerprints() == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_unreadable(folder: Folder) -> None:
    """The remedy is to let the service read it."""
    folder.holds(calendar(meeting()))
    (folder.path / "anna@sorsele.example.ics").chmod(0)
    reading = folder.reading()
    assert isinstance(reading, Unreadable)
    assert "let the service read" in reading.remedy


def test_what_is_no_file_is_unreadable(folder: Folder) -> None:
    """A pipe would be waited for for ever."""
    os.mkfifo(folder.path / "anna@sorsele.example.ics")
    reading = folder.reading()
    assert isinstance(reading, Unreadable)
    assert "something else" in reading.remedy


def test_names_are_matched_in_any_case(folder: Folder) -> None:
    """Anna's file may be called by her address as the directory spells it; two such files are one too many."""
    folder.holds(calendar(meeting()), name="Anna@Sorsele.Example.ICS")
    assert isinstance(folder.reading(), Entries)
    assert set(folder.source.fingerprints()) == {"anna@sorsele.example"}
    folder.holds(calendar(meeting()))
    reading = folder.reading()
    assert isinstance(reading, Unreadable)
    assert "Anna@Sorsele.Example.ICS and anna@sorsele.example.ics" in reading.remedy


def test_mailboxes_come_in_the_order_asked_for(folder: Folder) -> None:
    """One that cannot be read stops none."""
    folder.holds(calendar(meeting()), name="bo@sorsele.example.ics").holds(calendar(meeting()))
    asked = [Mailbox(f"{name}@sorsele.example") for name in ("bo", "cecilia", "anna")]
    read = list(readings_of(folder.source, asked, WINDOW, parse))
    assert [(mailbox, type(reading)) for mailbox, reading in read] == list(
        zip(asked, (Entries, Unreadable, Entries), strict=True)
    )


def test_a_fingerprint_changes_with_its_file(folder: Folder) -> None:
    """Whether it is edited, or replaced by another of the same size and time."""
    file = folder.path / "anna@sorsele.example.ics"
    folder.holds(calendar(meeting()))
    os.utime(file, ns=(1, 1))
    before = folder.source.fingerprints()
    assert folder.source.fingerprints() == before
    folder.holds(calendar(meeting()), name="new")
    os.utime(folder.path / "new", ns=(1, 1))
    (folder.path / "new").replace(file)
    assert folder.source.fingerprints() != before


def test_fingerprints_of_ten_thousand_files_are_quick(folder: Folder) -> None:
    """They are asked for in every cycle."""
    for number in range(10_000):
        (folder.path / f"m{number}@sorsele.example.ics").touch()
    began = time.process_time()
    assert len(folder.source.fingerprints()) == 10_000
    assert time.process_time() - began < 0.5


# Times


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("DTSTART:20261124T080000Z", "DTEND:20261124T090000Z"),
        ("DTSTART:20261124T090000", "DTEND:20261124T100000"),
        ("DTSTART;TZID=Europe/Helsinki:20261124T100000", "DTEND;TZID=America/New_York:20261124T040000"),
        ("DTSTART;TZID=Europe/Stockholm:20261124T090000", "DURATION:PT1H"),
        ("DTSTART;VALUE=DATE-TIME;TZID=europe/stockholm:20261124T090000", "DTEND;TZID=UTC:20261124T090000"),
        ("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Stockholm:20261124T090000", "DURATION:+PT60M"),
        ("DTSTART;TZID=Europe/Helsinki:20261124T080000Z", "DURATION:PT1H"),
        ("DTSTART;TZID=Europe/Helsinki:20261124T100000", "DTEND:20261124T110000"),
    ],
)
def test_nine_to_ten_is_said_in_many_ways(folder: Folder, start: str, end: str) -> None:
    """In UTC, floating (the tenant's zone), in a zone, by a duration."""
    entry = folder.entry(meeting(start, end))
    assert (entry.start, entry.end, entry.all_day) == (EIGHT_UTC, NINE_UTC, False)


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261125"),
        ("DTSTART;VALUE=DATE:20261124",),
        ("DTSTART:20261124", "DURATION:P1D"),
        ("DTSTART:20261124T000000", "DTEND:20261125T000000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"),
        ("DTSTART:20261123T230000Z", "DTEND:20261124T230000Z", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"),
    ],
)
def test_all_day_is_from_local_midnight_to_local_midnight(folder: Folder, lines: Sequence[str]) -> None:
    """As a date, or as midnights that Outlook flags."""
    entry = folder.entry(meeting(*lines))
    assert entry.start == datetime(2026, 11, 24, tzinfo=STOCKHOLM)
    assert entry.end == datetime(2026, 11, 25, tzinfo=STOCKHOLM)
    assert entry.all_day


def test_the_flag_for_all_day_is_not_believed_of_other_times(folder: Folder) -> None:
    """Outlook takes it only of midnights, so 23 to 23 is what it says."""
    flagged = ("DTSTART:20261124T230000", "DTEND:20261125T230000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE")
    assert not folder.entry(meeting(*flagged)).all_day


@pytest.mark.parametrize(
    "lines", [("DTSTART:20261124T080000Z",), ("DTSTART:20261124T080000Z", "DTEND:20261124T070000Z")]
)
def test_what_has_no_length_is_read(folder: Folder, lines: Sequence[str]) -> None:
    """So that whoever judges it can say so."""
    entry = folder.entry(meeting(*lines))
    assert entry.start == EIGHT_UTC
    assert entry.end <= entry.start


@pytest.mark.parametrize(
    ("start", "end", "is_read"),
    [
        ("20261110T000000Z", "20261110T010000Z", True),
        ("20261109T230000Z", "20261110T000000Z", False),
        ("20261207T235900Z", "20261208T010000Z", True),
        ("20261208T000000Z", "20261208T010000Z", False),
        ("20260101T000000Z", "20270101T000000Z", True),
        ("20261110T000000Z", "20261110T000000Z", True),
        ("20261208T000000Z", "20261208T000000Z", False),
    ],
)
def test_an_entry_is_read_that_overlaps_the_window(folder: Folder, start: str, end: str, *, is_read: bool) -> None:
    """Its end is not part of it, nor is the window's."""
    reading = folder.read(meeting(f"DTSTART:{start}", f"DTEND:{end}"))
    assert (len(reading.entries) == 1) is is_read


@pytest.mark.parametrize(
    ("lines", "hours"),
    [
        (("DTSTART;TZID=Europe/Stockholm:20260328T220000", "DTEND;TZID=Europe/Stockholm:20260329T060000"), 7),
        (("DTSTART;TZID=Europe/Stockholm:20260328T220000", "DURATION:PT8H"), 8),
        (("DTSTART;TZID=Europe/Stockholm:20260328T220000", "DURATION:P1D"), 23),
        (("DTSTART;TZID=Europe/Stockholm:20260329T023000", "DTEND;TZID=Europe/Stockholm:20260329T030000"), 0.5),
        (("DTSTART;TZID=Europe/Stockholm:20261025T023000", "DURATION:PT1H"), 1),
        (("DTSTART;VALUE=DATE:20261025",), 25),
    ],
)
def test_lengths_across_a_clock_change(folder: Folder, lines: Sequence[str], hours: float) -> None:
    """Ends are on the wall, days are nominal, hours are exact (RFC 5545 §3.3.6)."""
    year = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    entry = folder.entry(meeting(*lines), window=year)
    assert entry.end - entry.start == timedelta(hours=hours)


# Names of zones

OUTLOOK_NAMES = [
    "W. Europe Standard Time",
    "w. europe standard time",
    '"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"',
    '"(UTC+01:00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien"',
    "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
    "(GMT+01.00) Amsterdam, Berlin, Bern, Rom, Stockholm, Wien",
    "Mitteleuropäische Zeit",
    "Mitteleuropäische Zeit ",
]


@pytest.mark.parametrize("name", OUTLOOK_NAMES)
def test_a_zone_by_what_outlook_calls_it(folder: Folder, name: str) -> None:
    """A file is not lost for a name that no list of zones has."""
    assert folder.entry(meeting(f"DTSTART;TZID={name}:20261124T090000", "DURATION:PT1H")).start == EIGHT_UTC


@pytest.mark.parametrize("name", [*OUTLOOK_NAMES, '"Customized Time Zone"', "tzone://Microsoft/Custom"])
def test_a_zone_that_the_file_defines(folder: Folder, name: str) -> None:
    """With a VTIMEZONE as Exchange writes it, commas escaped, the same comes out, in summer as well."""
    escaped = name.strip('"').replace(",", r"\,")
    year = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    reading = folder.read(
        vtimezone(escaped),
        meeting(f"DTSTART;TZID={name}:20261124T090000", "DURATION:PT1H", uid="winter"),
        meeting(f"DTSTART;TZID={name}:20260624T090000", "DURATION:PT1H", uid="summer"),
        window=year,
    )
    assert [entry.start for entry in reading.entries] == [EIGHT_UTC, datetime(2026, 6, 24, 7, tzinfo=UTC)]


def test_microsofts_own_name_of_utc(folder: Folder) -> None:
    """`tzone://Microsoft/Utc` needs no definition."""
    assert (
        folder.entry(meeting("DTSTART;TZID=tzone://Microsoft/Utc:20261124T080000", "DURATION:PT1H")).start == EIGHT_UTC
    )


def test_one_files_zone_is_not_anothers(folder: Folder) -> None:
    """Every file may have a `Customized Time Zone` of its own; nothing of it is left when the next one is read."""
    start = "DTSTART;TZID=Customized Time Zone:20261124T090000"
    here = folder.entry(fixed_zone("Customized Time Zone", "+0100"), meeting(start))
    far = folder.entry(fixed_zone("Customized Time Zone", "+0800"), meeting(start))
    assert (here.start, far.start) == (EIGHT_UTC, EIGHT_UTC - timedelta(hours=7))
    assert not folder.read(meeting(start)).complete


def test_a_definition_of_the_winter_alone_redefines_no_name_of_windows(folder: Folder) -> None:
    """What a file says of `W. Europe Standard Time` counts only where it cannot be that zone."""
    zone = fixed_zone("W. Europe Standard Time", "+0200")
    assert folder.entry(zone, meeting("DTSTART;TZID=W. Europe Standard Time:20261124T090000")).start == EIGHT_UTC


@pytest.mark.parametrize(
    "zone",
    [
        [],
        vtimezone("Home", "COMMENT:nothing in it"),
        fixed_zone("Home", "+9900"),
        fixed_zone("Home", "abc"),
        vtimezone("Home", *(line.replace("YEARLY", "SECONDLY") for line in STANDARD), *DAYLIGHT),
        vtimezone("Home", *(f"{line};BYSECOND=1,2" if line[0] == "R" else line for line in STANDARD)),
        [*fixed_zone("Home", "+0100"), *fixed_zone("Home", "+0200")],
    ],
)
def test_a_time_in_a_zone_that_nobody_knows_is_not_guessed(folder: Folder, zone: Sequence[str]) -> None:
    """The entry is lacking, the others are read, and what is wrong is told with its number."""
    reading = folder.read(zone, meeting("DTSTART;TZID=Home:20261124T090000"), meeting(uid="2"))
    assert not reading.complete
    assert [entry.key for entry in reading.entries] == [make_key("2", None)]
    assert [fault.number for fault in folder.faults] == [1]
    assert "zone" in folder.faults[0].problem


# Series


def test_a_series_is_expanded_within_the_window(folder: Folder) -> None:
    """A weekly one since 2020 has its four Tuesdays, each with a key by its original start."""
    reading = folder.read(vevent("UID:series", "SUMMARY:SAM: x", "RRULE:FREQ=WEEKLY",
                                 "DTSTART;TZID=Europe/Stockholm:20200107T090000", "DURATION:PT1H"))  # fmt: skip
    assert local_starts(reading) == ["10 09:00", "17 09:00", "24 09:00", "01 09:00"]
    assert {entry.key for entry in reading.entries} == {make_key("series", entry.start) for entry in reading.entries}


@pytest.mark.parametrize(
    ("rule", "starts"),
    [
        ("FREQ=DAILY;INTERVAL=5", ["13 09:00", "18 09:00", "23 09:00", "28 09:00", "03 09:00"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;WKST=SU", ["16 09:00", "19 09:00", "30 09:00", "03 09:00"]),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,MO;WKST=MO", ["16 09:00", "22 09:00", "07 09:00"]),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2", ["10 09:00", "17 09:00", "24 09:00", "01 09:00"]),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["13 09:00", "20 09:00", "27 09:00", "04 09:00"]),
        ("FREQ=DAILY;COUNT=2514", ["10 09:00", "11 09:00"]),
    ],
)
def test_an_old_series_keeps_its_rhythm(folder: Folder, rule: str, starts: Sequence[str]) -> None:
    """Counted from its start on Wednesday 2019-12-25 (by dateutil, once, over all its years)."""
    old = "DTSTART;TZID=Europe/Stockholm:20191225T090000"
    assert folder.starts(meeting(old, "DURATION:PT1H", f"RRULE:{rule}")) == starts


def test_a_series_keeps_its_time_of_day(folder: Folder) -> None:
    """From summer into winter, nine o'clock stays nine."""
    autumn = Window(datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC))
    nightly = meeting(
        "DTSTART;TZID=W. Europe Standard Time:20260601T220000",
        "DTEND;TZID=W. Europe Standard Time:20260602T060000",
        "RRULE:FREQ=DAILY",
    )
    entries = sorted(folder.read(nightly, window=autumn).entries, key=lambda entry: entry.start)
    assert [f"{e.start.astimezone(STOCKHOLM):%H}-{e.end.astimezone(STOCKHOLM):%H}" for e in entries] == ["22-06"] * 4
    assert [(entry.end - entry.start).total_seconds() / 3600 for entry in entries] == [8, 9, 8, 8]


@pytest.mark.parametrize(
    ("rule", "starts"),
    [
        ("FREQ=DAILY;COUNT=3", ["24 09:00", "25 09:00", "26 09:00"]),
        ("FREQ=DAILY;UNTIL=20261125T080000Z", ["24 09:00", "25 09:00"]),
        ("FREQ=DAILY;UNTIL=20261125T075959Z", ["24 09:00"]),
        ("FREQ=DAILY;UNTIL=20261125", ["24 09:00", "25 09:00"]),
        ("FREQ=DAILY;UNTIL=20261125T090000", ["24 09:00", "25 09:00"]),
        ("UNTIL=20261125;FREQ=DAILY;COUNT=9", ["24 09:00", "25 09:00"]),
        ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3", ["24 09:00", "26 09:00", "01 09:00"]),
        ("FREQ=MONTHLY;BYDAY=4TU;COUNT=2", ["24 09:00"]),
        ("FREQ=WEEKLY;BYDAY=FR;UNTIL=20261130T000000Z", ["24 09:00", "27 09:00"]),
        ("FREQ=HOURLY;INTERVAL=4;COUNT=3", ["24 09:00", "24 13:00", "24 17:00"]),
        ("FREQ=DAILY;COUNT=2;", ["24 09:00", "25 09:00"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", ["24 09:00"]),
    ],
)
def test_rules(folder: Folder, rule: str, starts: Sequence[str]) -> None:
    """As RFC 5545 and the writers mean them; the first start always takes place."""
    assert folder.starts(vevent(*DAILY, f"RRULE:{rule}")) == starts


@pytest.mark.parametrize(
    "line",
    [
        "EXDATE;TZID=Europe/Stockholm:20261125T090000",
        "EXDATE:20261125T080000Z",
        "EXDATE:20261125T090000",
        "EXDATE;VALUE=DATE:20261125",
        "EXDATE;TZID=W. Europe Standard Time:20261125T090000,20261224T090000",
    ],
)
def test_an_occurrence_is_taken_out(folder: Folder, line: str) -> None:
    """In whatever way EXDATE names it."""
    assert folder.starts(vevent(*DAILY, "RRULE:FREQ=DAILY;COUNT=3", line)) == ["24 09:00", "26 09:00"]


def test_extra_dates_belong_to_the_series(folder: Folder) -> None:
    """RDATE adds occurrences, a period with a length of its own."""
    for_three_hours = "RDATE;VALUE=PERIOD:20261126T080000Z/PT3H"
    half_past = "RDATE;VALUE=PERIOD;TZID=Europe/Stockholm:20261127T090000/20261127T093000"
    reading = folder.read(vevent(*DAILY, "RDATE:20261125T080000Z", for_three_hours, half_past))
    assert [(entry.end - entry.start).total_seconds() / 3600 for entry in reading.entries] == [1, 1, 3, 0.5]
    assert local_starts(reading) == ["24 09:00", "25 09:00", "26 09:00", "27 09:00"]
    assert {entry.key for entry in reading.entries} == {make_key("series", entry.start) for entry in reading.entries}


def test_an_all_day_series_is_keyed_by_its_dates(folder: Folder) -> None:
    """Its occurrences are dates, whatever the zone."""
    series = vevent("UID:series", "SUMMARY:TJÄ: x", "DTSTART;VALUE=DATE:20261124", "RRULE:FREQ=DAILY;COUNT=3",
                    "EXDATE;TZID=Europe/Stockholm:20261125T000000")  # fmt: skip
    reading = folder.read(series)
    assert {entry.key for entry in reading.entries} == {
        make_key("series", date(2026, 11, 24)), make_key("series", date(2026, 11, 26))
    }  # fmt: skip
    assert all(entry.all_day and entry.end - entry.start == timedelta(days=1) for entry in reading.entries)


def test_a_flagged_all_day_series_has_the_same_keys(folder: Folder) -> None:
    """Midnights that Outlook flags are the dates, also when they are written in UTC."""
    by_date = folder.read(vevent("UID:s", "SUMMARY:SAM: x", "DTSTART;VALUE=DATE:20261124", "RRULE:FREQ=DAILY;COUNT=2"))
    midnights = ("DTSTART:20261123T230000Z", "DTEND:20261124T230000Z", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE")
    flagged = folder.read(vevent("UID:s", "SUMMARY:SAM: x", *midnights, "RRULE:FREQ=DAILY;COUNT=2"))
    assert flagged == by_date


def moved(recurrence_id: str, start: str, *lines: str, subject: str = "SAM: x") -> list[str]:
    """An occurrence of the series that takes place otherwise, for an hour."""
    return vevent("UID:series", f"SUMMARY:{subject}", recurrence_id, f"DTSTART:{start}", "DURATION:PT1H", *lines)


@pytest.mark.parametrize(
    "recurrence_id",
    [
        "RECURRENCE-ID;TZID=Europe/Stockholm:20261125T090000",
        "RECURRENCE-ID:20261125T080000Z",
        "RECURRENCE-ID:20261125T090000",
        "RECURRENCE-ID;VALUE=DATE:20261125",
    ],
)
def test_a_moved_occurrence_is_where_it_was_moved_to(folder: Folder, recurrence_id: str) -> None:
    """It no longer takes place at its old time, and keeps its key."""
    before = folder.read(vevent(*DAILY, "RRULE:FREQ=DAILY;COUNT=3"))
    after = folder.read(vevent(*DAILY, "RRULE:FREQ=DAILY;COUNT=3"), moved(recurrence_id, "20261125T130000"))
    assert local_starts(after) == ["24 09:00", "25 13:00", "26 09:00"]
    assert {entry.key for entry in after.entries} == {entry.key for entry in before.entries}


def test_occurrences_are_moved_into_the_window_and_out_of_it(folder: Folder) -> None:
    """One from January to today, one of today's to January."""
    series = vevent(*DAILY, "RRULE:FREQ=WEEKLY;COUNT=60")
    into = moved("RECURRENCE-ID:20270119T080000Z", "20261127T130000")
    out_of = moved("RECURRENCE-ID:20261124T080000Z", "20270101T130000")
    assert folder.starts(series, into, out_of) == ["27 13:00", "01 09:00"]


def test_an_occurrence_has_its_own_subject_and_state(folder: Folder) -> None:
    """A command in one occurrence, none in another, a third cancelled."""
    series = vevent(*DAILY, "RRULE:FREQ=DAILY;COUNT=4")
    reading = folder.read(
        series,
        moved("RECURRENCE-ID:20261124T080000Z", "20261124T090000", subject="TJÄ: x"),
        moved("RECURRENCE-ID:20261125T080000Z", "20261125T090000", subject="Lunch"),
        moved("RECURRENCE-ID:20261126T080000Z", "20261126T090000", "STATUS:CANCELLED"),
    )
    said = sorted((f"{entry.start:%d}", entry.command.code, entry.cancelled) for entry in reading.entries)
    assert said == [("24", "TJÄ", False), ("26", "SAM", True), ("27", "SAM", False)]
    assert reading.without_command == 1


def test_an_occurrence_without_its_series_is_one(folder: Folder) -> None:
    """Who was invited to a single occurrence has only that, with the key that it has in the series."""
    alone = folder.entry(moved("RECURRENCE-ID;TZID=Europe/Stockholm:20261125T090000", "20261125T130000"))
    assert alone.key == make_key("series", datetime(2026, 11, 25, 8, tzinfo=UTC))


def test_this_and_future_occurrences_move_together(folder: Folder) -> None:
    """RANGE=THISANDFUTURE shifts what follows, which keeps its keys; a later single change goes before it."""
    series = vevent(*DAILY, "RRULE:FREQ=DAILY;COUNT=5")
    before = folder.read(series)
    after = folder.read(
        series,
        moved("RECURRENCE-ID;RANGE=THISANDFUTURE:20261125T080000Z", "20261125T133000", subject="TJÄ: x"),
        moved("RECURRENCE-ID:20261127T080000Z", "20261127T070000"),
    )
    assert local_starts(after) == ["24 09:00", "25 13:30", "26 13:30", "27 07:00", "28 13:30"]
    assert {entry.key for entry in after.entries} == {entry.key for entry in before.entries}


def test_of_duplicates_the_highest_sequence_counts(folder: Folder) -> None:
    """A file with the old and the new state of an entry has one entry, also where it is an occurrence."""
    newer = meeting("SEQUENCE:2", "DTSTART:20261124T100000Z", "DURATION:PT1H")
    assert folder.starts(newer, meeting("SEQUENCE:1"), meeting()) == ["24 11:00"]
    series = vevent(*DAILY, "RRULE:FREQ=DAILY;COUNT=2")
    once = moved("RECURRENCE-ID:20261125T080000Z", "20261125T130000", "SEQUENCE:5")
    again = moved("RECURRENCE-ID:20261125T080000Z", "20261125T150000", "SEQUENCE:4")
    assert folder.starts(series, once, again) == ["24 09:00", "25 13:00"]


OUTLOOK_UID = (
    "040000008200E00074C5B7101A82E00800000000E040C9C12685C4010000000000000000100000000BF0ED4B6E4EE94E9E39E3867B378EF3"
)


def test_an_occurrence_that_outlook_took_out_of_its_series(folder: Folder) -> None:
    """Its date in the UID is what it replaces, also without RECURRENCE-ID, and in other letters."""
    dated = OUTLOOK_UID[:32] + "07EA0B19" + OUTLOOK_UID[40:].lower()
    series = vevent(f"UID:{OUTLOOK_UID}", "SUMMARY:SAM: x", *NINE_TO_TEN, "RRULE:FREQ=DAILY;COUNT=3")
    alone = vevent(f"UID:{dated}", "SUMMARY:SAM: x", "DTSTART:20261125T130000", "DURATION:PT1H")
    assert folder.starts(series, alone) == ["24 09:00", "25 13:00", "26 09:00"]


# Whose word, and what the server says of it

FROM_BO = "ORGANIZER;CN=Bo:mailto:bo@sorsele.example"
FROM_ANNA = "ORGANIZER:MAILTO:Anna@Sorsele.example"
TO_BO = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bo@sorsele.example"


def to_anna(answer: str) -> str:
    """Anna among the attendees."""
    return f'ATTENDEE;CN="Ek, Anna: x;PARTSTAT=DECLINED";PARTSTAT={answer};RSVP=TRUE:mailto:Anna@Sorsele.Example'


@pytest.mark.parametrize(
    ("people", "response"),
    [
        ((), Response.NONE),
        ((FROM_ANNA,), Response.ORGANIZER),
        ((FROM_ANNA, TO_BO), Response.ORGANIZER),
        ((FROM_ANNA, TO_BO, to_anna("DECLINED")), Response.DECLINED),
        ((FROM_ANNA, TO_BO, to_anna("NEEDS-ACTION")), Response.ORGANIZER),
        ((FROM_BO,), Response.ACCEPTED),
        ((FROM_BO, TO_BO, to_anna("ACCEPTED")), Response.ACCEPTED),
        ((FROM_BO, to_anna("accepted")), Response.ACCEPTED),
        ((FROM_BO, to_anna("TENTATIVE")), Response.TENTATIVE),
        ((FROM_BO, to_anna("DECLINED")), Response.DECLINED),
        ((FROM_BO, to_anna("NEEDS-ACTION")), Response.UNANSWERED),
        ((FROM_BO, to_anna("DELEGATED")), Response.UNANSWERED),
        ((FROM_BO, "ATTENDEE:mailto:anna@sorsele.example"), Response.UNANSWERED),
        ((FROM_BO, TO_BO), Response.UNANSWERED),
        ((TO_BO,), Response.UNANSWERED),
        ((FROM_BO, "ATTENDEE;PARTSTAT=ACCEPTED;EMAIL=anna@sorsele.example:urn:uuid:1"), Response.ACCEPTED),
    ],
)
def test_whose_word_it_is(folder: Folder, people: Sequence[str], response: Response) -> None:
    """The owner's own answer, never another attendee's (docs/rules.md §1.3)."""
    assert folder.entry(meeting(*people)).response is response


def test_cancelled_by_status_and_by_method(folder: Folder) -> None:
    """A calendar whose METHOD is CANCEL cancels all that is in it, and nothing of the next one in the file."""
    assert folder.entry(meeting("STATUS:CANCELLED")).cancelled
    assert folder.entry(meeting(), first=["METHOD:CANCEL"]).cancelled
    both = folder.holds(calendar(meeting(), first=["METHOD:CANCEL"]) + calendar(meeting(uid="2"))).reading()
    assert isinstance(both, Entries)
    assert [entry.cancelled for entry in both.entries] == [True, False]
    assert not folder.entry(meeting("STATUS:CONFIRMED"), first=["METHOD:PUBLISH"]).cancelled


@pytest.mark.parametrize(("line", "private"), [("PRIVATE", True), ("confidential", True), ("PUBLIC", False)])
def test_private_entries_are_marked(folder: Folder, line: str, *, private: bool) -> None:
    """Whether they count is the tenant's rule."""
    assert folder.entry(meeting(f"CLASS:{line}")).private is private


# Broken entries

BROKEN_LINES = [
    ("DTSTART:now",),
    ("DTSTART:20261124T090000", "DTEND:later"),
    ("DTSTART:20261324T090000",),
    ("DTSTART:20261124T250000",),
    ("DTSTART:20261124T090000", "DTSTART:20261124T100000"),
    ("DTSTART:20261124T090000", "DURATION:long"),
    ("DTSTART:20261124T090000", "DURATION:P99999999999999D"),
    ("DTSTART:20261124T090000", "SEQUENCE:one"),
    ("DTSTART:20261124T090000", "RECURRENCE-ID:x"),
    ("DTSTART:20261124T090000", "EXDATE:x"),
    ("DTSTART:20261124T090000", "RDATE:x"),
    ("DTSTART:20261124T090000", "UID:another"),
    ("DTSTART:20261124T090000", "RRULE:FREQ=SOMETIMES"),
    ("DTSTART:20261124T090000", "RRULE:x"),
    ("DTSTART:20261124T090000", "RRULE:FREQ=DAILY;UNTIL=x"),
    ("DTSTART:20261124T090000", "RRULE:FREQ=DAILY;INTERVAL=0"),
    ("DTSTART:20261124T090000", "RRULE:FREQ=DAILY;INTERVAL=-1"),
    ("DTSTART:20261124T090000", "RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY"),
    ("DTSTART:20200101T090000", "RRULE:FREQ=SECONDLY"),
    ("DTSTART:20200101T090000", "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"),
    ("DTSTART:20261124T090000", "RRULE:FREQ=MINUTELY;BYSETPOS=2"),
    (
        "DTSTART:20200101T090000",
        "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=1,2,3,4",
    ),
    ("DTSTART:20200101T000000", "DURATION:P9999999D", "RRULE:FREQ=DAILY"),
    ("BEGIN:VALARM", "DTSTART:20261124T090000"),
    ("DTSTART:20261124T090000", "END:VALARM"),
]


@pytest.mark.parametrize("lines", BROKEN_LINES)
def test_a_broken_entry_harms_no_other(folder: Folder, lines: Sequence[str]) -> None:
    """The good ones are read, the reading is incomplete, and the log has its number and no word of it."""
    broken = meeting(*lines, f"DESCRIPTION:{CANARY}", f"LOCATION:{CANARY}", uid=CANARY, subject=f"SAM: {CANARY}")
    began = time.process_time()
    reading = folder.read(meeting(uid="1"), broken, meeting(uid="3"))
    assert time.process_time() - began < 5
    assert not reading.complete
    assert [entry.key for entry in reading.entries] == [make_key("1", None), make_key("3", None)]
    assert [fault.number for fault in folder.faults] == [2]
    assert CANARY not in repr(folder.logged) + repr(reading)


def test_a_lost_begin_or_end_is_noticed(folder: Folder) -> None:
    """An entry whose frame is damaged is lacking; it does not take its neighbour along."""
    for lost in ("BEGIN:VEVENT", "END:VEVENT"):
        damaged = [line for line in meeting(uid="1") if line != lost]
        reading = folder.read(damaged, meeting(uid="2"))
        assert not reading.complete
        assert [entry.key for entry in reading.entries] == [make_key("2", None)]


def test_a_series_that_lost_an_occurrence_is_left_out_whole(folder: Folder) -> None:
    """The occurrence would show at the time that it was moved from; what is lacking counts as it was last seen."""
    series = vevent(*DAILY, "RRULE:FREQ=DAILY;COUNT=3")
    lost = moved("RECURRENCE-ID:20261125T080000Z", "sometime")
    for components in ((series, lost), (lost, series)):
        reading = folder.read(*components, meeting(uid="2"))
        assert not reading.complete
        assert [entry.key for entry in reading.entries] == [make_key("2", None)]


def test_a_rule_that_yields_nothing_is_given_up_soon(folder: Folder) -> None:
    """The library looks for its next date up to the year 9999; here it may not take seconds."""
    began = time.process_time()
    starts = folder.starts(vevent(*DAILY, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"))
    assert starts == ["24 09:00"]
    assert time.process_time() - began < 2


# Secrecy, whatever the bytes

LINES = st.sampled_from(
    [
        "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM",
        "BEGIN:VTIMEZONE", "END:VTIMEZONE", *STANDARD, *DAYLIGHT, f"TZID:{CANARY}",
        "UID:1", "UID:2", f"UID:{CANARY}", "SUMMARY:SAM: x",
        f"SUMMARY:SAM: {CANARY}", f"SUMMARY;X={CANARY}", f'SUMMARY;X="{CANARY}:SAM: x', f"DTSTART:{CANARY}",
        "DTSTART:20261124T090000Z", f"DTSTART;TZID={CANARY}:20261124T090000", "DTSTART;VALUE=DATE:20261124",
        "DTEND:20261124T100000Z", f"DTEND:{CANARY}", "DURATION:PT1H", f"DURATION:{CANARY}", "RRULE:FREQ=DAILY",
        f"RRULE:FREQ={CANARY}", f"RRULE:FREQ=DAILY;UNTIL={CANARY}", f"RRULE:FREQ=WEEKLY;BYDAY={CANARY}",
        "RRULE:FREQ=SECONDLY", f"EXDATE:{CANARY}", f"RDATE:{CANARY}", "RDATE:20261125T090000Z/PT1H",
        "RECURRENCE-ID:20261125T090000Z", f"RECURRENCE-ID:{CANARY}", f"SEQUENCE:{CANARY}", f"ATTENDEE:mailto:{CANARY}",
        f"ORGANIZER;CN={CANARY}:mailto:x", f"STATUS:{CANARY}", f"CLASS:{CANARY}", f"DESCRIPTION:{CANARY}", CANARY,
        f"LOCATION:{CANARY}", f" {CANARY}", "METHOD:CANCEL", f"METHOD:{CANARY}",
    ]
)  # fmt: skip


def assert_silent(folder: Folder, content: bytes) -> None:
    """Reading that raises nothing, and says nothing of it."""
    reading = folder.holds(content).reading()
    assert CANARY not in repr(reading) + repr(folder.logged)
    assert CANARY.encode().decode("latin-1") not in repr(reading) + repr(folder.logged)
    if isinstance(reading, Entries):
        assert len({entry.key for entry in reading.entries}) == len(reading.entries)
        assert reading.complete is (not folder.faults)


repeated = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)


@repeated
@given(content=st.binary(max_size=300))
def test_arbitrary_bytes_never_raise(folder: Folder, content: bytes) -> None:
    """Whatever is in the file."""
    assert_silent(folder, content)
    assert_silent(folder, b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + content + b"\nEND:VEVENT\nEND:VCALENDAR")


@repeated
@given(lines=st.lists(LINES, max_size=30))
def test_no_word_of_a_calendar_comes_out(folder: Folder, lines: list[str]) -> None:
    """Neither in what is logged nor in what is returned, in whatever order its lines come."""
    assert_silent(folder, "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]).encode())


@repeated
@given(lines=st.lists(LINES, max_size=12), place=st.integers(0, 2000), junk=st.binary(max_size=8))
def test_damage_in_a_whole_calendar_never_raises(folder: Folder, lines: list[str], place: int, junk: bytes) -> None:
    """With bytes put into the middle of a good file."""
    whole = calendar(vtimezone("Customized Time Zone"), vevent(*DAILY, "RRULE:FREQ=DAILY", *lines), meeting(uid="2"))
    assert_silent(folder, whole[: place % len(whole)] + junk + whole[place % len(whole) :])
