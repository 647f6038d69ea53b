"""What every source keeps to: given these bookings in somebody's calendar, these entries; a source is a subclass.

Tuesday 2026-11-24 in Sorsele, whose zone is Stockholm's (UTC+1 in November); the window is two weeks either way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from rules.command import Alternative, Command, Mode, Phone, Slip, Vocabulary
from rules.entry import Entries, Entry, NearEntry, Response, Unreadable
from rules.policy import MEETING, ON_DUTY_ELSEWHERE
from sync_daemon.number_check import NumbersOf
from sync_daemon.sources import Mailbox, Source, Window
from sync_daemon.sources.keys import key_maker
from tests.readings import readings_of

ZONE = ZoneInfo("Europe/Stockholm")
ANNA, BO, CECILIA = (Mailbox(f"{name}@sorsele.example") for name in ("anna", "bo", "cecilia"))
WINDOW = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))
CANARY = "Kanariefågel"

make_key = key_maker(b"the store's secret")
parse = Vocabulary((ON_DUTY_ELSEWHERE, MEETING), {"4711", "4712"}, NumbersOf("SE")).parse


def at(day: int, clock: str, month: int = 11) -> datetime:
    """That local time."""
    return datetime.combine(date(2026, month, day), time.fromisoformat(clock), ZONE)


@dataclass(frozen=True)
class Booking:
    """What somebody books. Times are local; an all-day one runs from midnight to midnight.

    `days` above one makes a daily series; `moved` says to when its n-th occurrence (from 0) is moved, with its length,
    and `deleted` which of them are gone. `response` is the owner's; with one that has an organiser Bo organises it.
    """

    subject: str
    start: datetime
    end: datetime
    uid: str = "booking"
    all_day: bool = False
    days: int = 1
    moved: Mapping[int, datetime] = field(default_factory=dict)
    deleted: frozenset[int] = frozenset()
    cancelled: bool = False
    private: bool = False
    response: Response = Response.NONE


NINE_TO_TEN = Booking("SAM: Budget", at(24, "09:00"), at(24, "10:00"))
THREE_MORNINGS = replace(NINE_TO_TEN, days=3)
EIGHT_UTC, NINE_UTC = datetime(2026, 11, 24, 8, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)
ENTRY = Entry(make_key("booking", None), EIGHT_UTC, NINE_UTC, Command("SAM"))

Calendars = Mapping[Mailbox, Sequence[Booking]]


class SourceSuite(ABC):
    """Subclass it, with a `make_source`."""

    @abstractmethod
    def make_source(self, calendars: Calendars, folder: Path) -> Source:
        """A source with those calendars and no other, whose zone is ZONE and whose keys are `make_key`'s.

        Called again with the same folder it is the same source, and its calendars have become those.
        """

    @pytest.fixture(autouse=True)
    def _in_folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def read(self, *bookings: Booking, window: Window = WINDOW) -> Entries:
        """Anna's calendar with those bookings."""
        source = self.make_source({ANNA: bookings}, self.folder)
        [(mailbox, reading)] = readings_of(source, [ANNA], window, parse)
        assert mailbox == ANNA
        assert isinstance(reading, Entries)
        assert reading.complete
        return reading

    def local_times(self, *bookings: Booking) -> list[str]:
        """The local starts of the entries, in order."""
        entries = sorted(self.read(*bookings).entries, key=lambda entry: entry.start)
        return [f"{entry.start.astimezone(ZONE):%d %H:%M}" for entry in entries]

    def test_a_booking_with_a_command_is_an_entry(self) -> None:
        """It has its times in UTC, its command, and no subject."""
        assert self.read(NINE_TO_TEN) == Entries((ENTRY,), complete=True)

    def test_an_empty_calendar_is_read(self) -> None:
        """That is not the same as one that cannot be read."""
        assert self.read() == Entries((), complete=True)

    def test_other_bookings_are_counted(self) -> None:
        """Of those without a command nothing else is kept."""
        lunch = replace(NINE_TO_TEN, subject="Lunch", uid="lunch")
        assert self.read(NINE_TO_TEN, lunch) == Entries((ENTRY,), without_command=1)

    def test_of_a_near_miss_key_times_and_kind_are_kept(self) -> None:
        """With what the server says of it, so that it can be told whether it would count; no word of its subject."""
        nearly = replace(NINE_TO_TEN, subject=f"SAM {CANARY}", uid="nearly", response=Response.ACCEPTED, private=True)
        reading = self.read(NINE_TO_TEN, nearly)
        key = make_key("nearly", None)
        would_be = Entry(key, EIGHT_UTC, NINE_UTC, Command("SAM"), response=Response.ACCEPTED, private=True)
        assert reading == Entries((ENTRY,), near_misses=(NearEntry(would_be, Slip.SIGN_MISSING, series=key),))
        assert CANARY not in repr(reading)

    def test_the_near_misses_of_a_series_share_its_key(self) -> None:
        """Each has its own key beside it; a series of its own has another."""
        series = replace(THREE_MORNINGS, subject="TÄJ: Kurs", uid="course")
        other = replace(series, uid="other course", days=2)
        near = self.read(series, other).near_misses
        assert sorted(one.series for one in near) == sorted(
            3 * [make_key("course", None)] + 2 * [make_key("other course", None)]
        )
        assert len({one.key for one in near}) == 5
        assert {(one.slip, one.expected) for one in near} == {(Slip.LETTERS_SWAPPED, "TJÄ:")}

    def test_a_near_miss_outside_the_window_is_none(self) -> None:
        """As an entry there is none."""
        early = replace(NINE_TO_TEN, subject="SAM, Budget", start=at(9, "09:00"), end=at(9, "10:00"))
        assert self.read(early) == Entries()

    def test_an_alternative_is_read(self) -> None:
        """It is the command's, and none of the subscriber's own numbers."""
        booked = replace(NINE_TO_TEN, subject="sam; Budget @4711, annars >4712")
        source = self.make_source({ANNA: [booked]}, self.folder)
        [(_, reading)] = readings_of(source, [replace(ANNA, own_numbers=frozenset({"4711"}))], WINDOW, parse)
        assert isinstance(reading, Entries)
        assert [entry.command for entry in reading.entries] == [
            Command("SAM", Phone.OPEN, Alternative("4712", Mode.INFO))
        ]

    def test_an_all_day_booking_runs_between_local_midnights(self) -> None:
        """Two days are two days."""
        booked = Booking("TJÄ:", at(24, "00:00"), at(26, "00:00"), all_day=True)
        [entry] = self.read(booked).entries
        assert (entry.start, entry.end, entry.all_day) == (at(24, "00:00"), at(26, "00:00"), True)

    def test_what_overlaps_the_window_is_read(self) -> None:
        """Also what began before it and what ends after it, and nothing else."""
        bookings = [
            replace(NINE_TO_TEN, uid="before", start=at(9, "09:00"), end=at(9, "10:00")),
            replace(NINE_TO_TEN, uid="into", start=at(9, "09:00"), end=at(12, "10:00")),
            replace(NINE_TO_TEN, uid="out of", start=at(7, "09:00", 12), end=at(9, "10:00", 12)),
            replace(NINE_TO_TEN, uid="after", start=at(9, "09:00", 12), end=at(9, "10:00", 12)),
        ]
        assert self.local_times(*bookings) == ["09 09:00", "07 09:00"]

    def test_the_occurrences_of_a_series_are_entries(self) -> None:
        """Each with a key by its original start."""
        reading = self.read(THREE_MORNINGS)
        assert {entry.key: entry.start for entry in reading.entries} == {
            make_key("booking", at(day, "09:00")): at(day, "09:00") for day in (24, 25, 26)
        }

    def test_a_series_keeps_its_time_of_day(self) -> None:
        """Also where the clock changes."""
        booked = replace(NINE_TO_TEN, start=at(24, "09:00", 10), end=at(24, "10:00", 10), days=3)
        autumn = Window(at(23, "00:00", 10).astimezone(UTC), at(30, "00:00", 10).astimezone(UTC))
        reading = self.read(booked, window=autumn)
        assert sorted(entry.start.hour for entry in reading.entries) == [7, 8, 8]
        assert {entry.end - entry.start for entry in reading.entries} == {timedelta(hours=1)}

    def test_an_all_day_series_is_keyed_by_its_dates(self) -> None:
        """They do not depend on a zone."""
        booked = Booking("TJÄ:", at(24, "00:00"), at(25, "00:00"), all_day=True, days=2)
        assert {entry.key for entry in self.read(booked).entries} == {
            make_key("booking", date(2026, 11, 24)),
            make_key("booking", date(2026, 11, 25)),
        }

    def test_a_moved_booking_keeps_its_key(self) -> None:
        """The times follow."""
        [before] = self.read(NINE_TO_TEN).entries
        [after] = self.read(replace(NINE_TO_TEN, start=at(25, "13:00"), end=at(25, "14:00"))).entries
        assert (before.key, after.start) == (after.key, at(25, "13:00"))

    def test_a_moved_occurrence_keeps_its_key_and_leaves_its_old_time(self) -> None:
        """Nothing takes place any more at the time that it was moved from."""
        booked = replace(THREE_MORNINGS, moved={1: at(25, "13:00")})
        assert self.local_times(booked) == ["24 09:00", "25 13:00", "26 09:00"]
        assert {e.key for e in self.read(booked).entries} == {e.key for e in self.read(THREE_MORNINGS).entries}

    def test_an_occurrence_is_moved_into_the_window(self) -> None:
        """From far outside it."""
        booked = replace(THREE_MORNINGS, start=at(24, "09:00", 12), end=at(24, "10:00", 12), moved={1: at(25, "13:00")})
        assert self.local_times(booked) == ["25 13:00"]

    def test_a_deleted_occurrence_is_gone(self) -> None:
        """The others stay."""
        assert self.local_times(replace(THREE_MORNINGS, deleted=frozenset({1}))) == ["24 09:00", "26 09:00"]

    @pytest.mark.parametrize("response", list(Response))
    def test_the_owners_answer_is_told(self, response: Response) -> None:
        """Whether it counts is for the rules to say."""
        assert self.read(replace(NINE_TO_TEN, response=response)).entries == (replace(ENTRY, response=response),)

    def test_cancelled_and_private_bookings_are_marked(self) -> None:
        """Whether they count is for the rules to say."""
        marked = self.read(replace(NINE_TO_TEN, cancelled=True), replace(NINE_TO_TEN, uid="p", private=True))
        assert {(entry.cancelled, entry.private) for entry in marked.entries} == {(True, False), (False, True)}

    def test_a_mailbox_that_is_not_there_is_unreadable(self) -> None:
        """The others are read, each asked for is answered once, and the remedy says something."""
        source = self.make_source({ANNA: [NINE_TO_TEN], BO: []}, self.folder)
        readings = list(readings_of(source, [BO, CECILIA, ANNA], WINDOW, parse))
        read = {mailbox: isinstance(reading, Entries) for mailbox, reading in readings}
        assert read == {ANNA: True, BO: True, CECILIA: False}
        assert len(readings) == 3
        assert all(reading.remedy for _, reading in readings if isinstance(reading, Unreadable))

    def test_a_fingerprint_changes_when_its_mailbox_does(self) -> None:
        """And is the same while it does not; of what a source cannot tell it says nothing."""
        before = dict(
            self.make_source({ANNA: [NINE_TO_TEN], BO: []}, self.folder).fingerprints([ANNA.address, BO.address])
        )
        source = self.make_source({ANNA: [NINE_TO_TEN, replace(NINE_TO_TEN, uid="2")], BO: []}, self.folder)
        after = source.fingerprints([ANNA.address, BO.address])
        assert after == source.fingerprints([ANNA.address, BO.address])
        assert ANNA.address not in before or after[ANNA.address] != before[ANNA.address]

    def test_no_word_of_a_subject_comes_out(self) -> None:
        """Neither in what is returned nor in what is logged."""
        with capture_logs() as logs:
            reading = self.read(replace(THREE_MORNINGS, subject=f"SAM: {CANARY}", moved={1: at(25, "13:00")}))
        assert len(reading.entries) == 3
        assert CANARY not in repr(reading) + repr(logs)
