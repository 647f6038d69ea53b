"""What users of other calendar connections complain of, each through the command line."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.acceptance.municipality import Municipality

MEETING, DUTY = "closed meeting", "closed on-duty-elsewhere"


def test_back_to_back_meetings_leave_no_gap(town: Municipality) -> None:
    """The phone is not open for minutes between two meetings in a row."""
    town.anna.books("SAM: ett", "09:00", "10:00")
    town.anna.books("SAM: två", "10:00", "11:00")
    assert town.after("06:00") == [f"24 09:00 - 24 11:05 {MEETING}"]


def test_six_quarters_in_a_row_do_not_drift(town: Municipality) -> None:
    """Six entries of fifteen minutes are one absence with one margin."""
    marks = ["08:30", "08:45", "09:00", "09:15", "09:30", "09:45", "10:00"]
    for start, end in pairwise(marks):
        town.anna.books("SAM:", start, end)
    assert town.after("06:00") == [f"24 08:30 - 24 10:05 {MEETING}"]


def test_an_overlapping_entry_lasts_to_the_later_end(town: Municipality) -> None:
    """13:00-15:10 and 15:00-15:30 end at 15:35."""
    town.anna.books("SAM:", "13:00", "15:10")
    town.anna.books("SAM:", "15:00", "15:30")
    assert town.after("06:00") == [f"24 13:00 - 24 15:35 {MEETING}"]


def test_all_day_entries_on_successive_days_are_one(town: Municipality) -> None:
    """The second's beginning comes before the first's end, and nothing is lost."""
    town.anna.books("TJÄ:", "2026-11-24", "2026-11-25")
    town.anna.books("TJÄ:", "2026-11-25", "2026-11-26")
    assert town.after("06:00") == [f"24 00:00 - 26 08:00 {DUTY}"]
    assert town.after("2026-11-25T00:10") == [f"24 00:00 - 26 08:00 {DUTY}"]


def test_a_moved_occurrence_does_not_fire_at_its_old_time(town: Municipality) -> None:
    """One occurrence of a series moved from 06:40 to 08:00 counts there only."""
    uid = town.anna.books("SAM:", "2026-11-23T06:40", "2026-11-23T07:00", days="FREQ=DAILY;COUNT=3")
    town.anna.has(
        f"UID:{uid}",
        "RECURRENCE-ID;TZID=Europe/Stockholm:20261124T064000",
        "DTSTART;TZID=Europe/Stockholm:20261124T080000",
        "DTEND;TZID=Europe/Stockholm:20261124T083000",
        "SUMMARY:SAM:",
    )
    assert town.after("06:00") == [f"24 08:00 - 24 08:35 {MEETING}", f"25 06:40 - 25 07:05 {MEETING}"]


def test_a_series_does_not_fire_again_for_each_restart(town: Municipality) -> None:
    """Each command is a process that starts anew; the rows stay the same, and so do their numbers."""
    town.anna.books("SAM:", "09:00", "10:00", days="FREQ=DAILY;COUNT=3")
    first = town.after("06:00")
    assert len(first) == 3
    for at in ("06:05", "06:10"):
        summary = town.once(at).json[0]
        assert (summary["created"], summary["updated"], summary["removed"]) == (0, 0, 0)
    assert town.rows("06:10") == first


def test_deleting_the_last_entry_removes_its_referral(town: Municipality) -> None:
    """An empty calendar leaves no state behind."""
    uid = town.anna.books("SAM:", "09:00", "10:00")
    town.once("06:00")
    town.anna.deletes(uid)
    assert town.after("06:05") == []


def test_deleting_a_running_entry_frees_nobody_whom_another_covers(town: Municipality) -> None:
    """The one in force goes on for the other entry."""
    short = town.anna.books("SAM:", "09:00", "10:00")
    town.anna.books("SAM:", "09:30", "11:00")
    town.once("09:40")
    town.anna.deletes(short)
    assert town.after("09:45") == [f"24 09:00 - 24 11:05 {MEETING}"]


def test_a_phone_that_was_opened_by_hand_is_not_closed_again(town: Municipality) -> None:
    """However often the calendar is read or the meeting edited."""
    uid = town.anna.books("SAM:", "09:00", "10:00")
    town.once("09:10")
    town.hanvisa("open", "4711", "--at", "2026-11-24T09:20")
    assert town.after("09:25") == []
    town.anna.books("SAM: längre", "09:00", "11:00", uid=uid)
    assert town.after("09:30") == []


def test_an_outlook_display_name_of_a_zone_loses_no_file(town: Municipality) -> None:
    """`(UTC+01:00) Amsterdam, …` without a VTIMEZONE is Stockholm's time."""
    zone = '"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"'
    town.anna.has(f"DTSTART;TZID={zone}:20261124T090000", f"DTEND;TZID={zone}:20261124T100000", "UID:x", "SUMMARY:SAM:")
    assert town.after("06:00") == [f"24 09:00 - 24 10:05 {MEETING}"]


def test_a_cancelled_meeting_that_says_confirmed_does_not_count(town: Municipality) -> None:
    """Outlook writes `Canceled:` before the subject and leaves STATUS:CONFIRMED."""
    town.anna.books("Canceled: SAM: Budget", "09:00", "10:00", "STATUS:CONFIRMED")
    town.anna.books("SAM: Budget", "13:00", "14:00", "STATUS:CANCELLED")
    assert town.after("06:00") == []


def test_plan_explain_and_cycle_say_the_same(town: Municipality) -> None:
    """One code for one question: what is planned is what is explained is what is written."""
    day = "2037-03-03T"  # a Tuesday that is to come: explain then answers from a fresh reading
    town.anna.books("SAM:", f"{day}10:00", f"{day}12:00")
    town.once(f"{day}06:00")
    town.anna.books("TJÄ:", f"{day}13:10", f"{day}15:00")
    (planned,) = town.hanvisa("plan", "--json", "--at", f"{day}07:00").json
    explained = town.hanvisa("explain", "4711", "--lang", "en", "--at", f"{day}07:00")
    town.once(f"{day}07:00")
    (written,) = [row for row in town.referrals(f"{day}07:00") if row["extension"] == "4711"]
    assert planned["after"]["until"] == written["until"] == "2037-03-03T14:05:00Z"
    assert planned["after"]["reason"] == written["reason"] == "on-duty-elsewhere"
    assert "part of 10:00–15:05" in explained.out
    assert "Changed referral 2037-03-03 10:00–15:05, away on duty" in explained.out
