"""One absence out of several entries, and openings; what holds of any is in test_properties.

See docs/rules.md §3, §5, §6.8.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.absence import absences, back
from rules.command import Alternative, Mode, Phone
from rules.entry import Entry, bookings
from rules.policy import CommandDefinition, Rules
from rules.referral import CALENDAR, Opening, Referral
from tests.rules.town import CONNECT_4711, DEFAULTS, INFO_4711, entry, office, on, spans, told

NO_LUNCH = Rules(lunch=False)
STANDING = Alternative("4712", Mode.CONNECT)


def _whom(*entries: Entry, standing: Alternative | None = STANDING, rules: Rules = DEFAULTS) -> Alternative | None:
    here = office(rules)
    (one,) = absences(bookings(entries, rules, here).values(), (), here, standing)
    return one.alternative


def _why(*entries: Entry, rules: Rules = DEFAULTS) -> str:
    here = office(rules)
    (one,) = absences(bookings(entries, rules, here).values(), (), here)
    return one.reason


# Joining


def test_meetings_in_a_row_are_one_absence() -> None:
    """09–10, 10–11, 10:30–12 and, after lunch, 13:10–15 (policy §4.4)."""
    entries = [entry("SAM:", when) for when in ("09-10", "10-11", "10:30-12", "13:10-15")]
    assert spans(*entries) == ["24 09:00 - 24 15:05"]


@pytest.mark.parametrize(
    ("gap", "margin", "pause", "joined"),
    [(15, 5, 15, True), (15, 5, 16, False), (5, 20, 20, True), (5, 20, 21, False), (0, 0, 0, True), (0, 0, 1, False)],
)
def test_slack_is_the_longer_of_gap_and_margin(gap: int, margin: int, pause: int, *, joined: bool) -> None:
    """A pause no longer than that joins two meetings."""
    rules = Rules(gap=gap, margin=margin, lunch=False)
    found = spans(entry("SAM:", "09-10"), entry("SAM:", f"10:{pause:02}-11"), rules=rules)
    assert len(found) == (1 if joined else 2)


def test_any_entry_of_an_absence_takes_in() -> None:
    """Not only the last: a short meeting within a long one does not cut it off."""
    assert spans(entry("SAM:", "13-16"), entry("SAM:", "13:30-14"), entry("SAM:", "16:10-17")) == [
        "24 13:00 - 24 17:05"
    ]


def test_a_pause_is_measured_from_what_was_reached_not_from_the_margin() -> None:
    """10:00 and 15 minutes, not 10:05 and 15 minutes."""
    assert len(spans(entry("SAM:", "09-10"), entry("SAM:", "10:18-11"))) == 2


def test_lunch_takes_in_what_begins_within_slack_after_it() -> None:
    """13:15 is joined, 13:16 is not."""
    assert spans(entry("SAM:", "10-12"), entry("SAM:", "13:15-14")) == ["24 10:00 - 24 14:05"]
    assert spans(entry("SAM:", "10-12"), entry("SAM:", "13:16-14")) == ["24 10:00 - 24 13:00", "24 13:16 - 24 14:05"]


def test_a_night_takes_in_only_what_begins_before_its_end() -> None:
    """07:59 is joined, 08:00 is not."""
    day = entry("TJÄ:", "all day 24")
    assert spans(day, entry("SAM:", "25 07:59-09")) == ["24 00:00 - 25 09:05"]
    assert spans(day, entry("SAM:", "25 08:00-09")) == ["24 00:00 - 25 08:00", "25 08:00 - 25 09:05"]


def test_a_meeting_that_lasts_to_the_evening_takes_in_a_night() -> None:
    """An all-day entry the day after begins at the midnight."""
    assert spans(entry("SAM:", "23 20-23:50"), entry("TJÄ:", "all day 24")) == ["23 20:00 - 25 08:00"]


def test_closed_and_open_are_merged_apart() -> None:
    """A meeting with the phone open neither joins nor lengthens one with it closed."""
    assert spans(entry("SAM:", "09-10"), entry("SAM;", "10-11"), entry("SAM:", "11-11:30")) == [
        "24 09:00 - 24 10:05",
        "24 10:00 - 24 11:05",
        "24 11:00 - 24 11:35",
    ]


def test_an_entry_that_ends_in_lunch_lasts_until_it_is_over() -> None:
    """Lunch's first minute is in it, its end is not."""
    assert [spans(entry("SAM:", when)) for when in ("10-12", "10-12:59", "10-13")] == [
        ["24 10:00 - 24 13:00"],
        ["24 10:00 - 24 13:00"],
        ["24 10:00 - 24 13:05"],
    ]


def test_without_a_lunch_a_meeting_has_its_margin() -> None:
    """`lunch = false`."""
    assert spans(entry("SAM:", "10-12"), rules=NO_LUNCH) == ["24 10:00 - 24 12:05"]


@pytest.mark.parametrize("cut", ["09:30", "11:45", "12:00", "12:30", "13:00", "13:10"])
def test_cutting_an_entry_in_two_changes_nothing(cut: str) -> None:
    """Also where the first half ends in a rest."""
    assert spans(entry("SAM:", f"09-{cut}"), entry("SAM:", f"{cut}-14")) == spans(entry("SAM:", "09-14"))


def test_what_is_over_is_left_out_where_that_is_asked_for() -> None:
    """`since` is a moment from which on something must last."""
    here = office()
    counting = bookings([entry("SAM:", "09-10"), entry("SAM:", "14-15")], DEFAULTS, here).values()
    assert [len(absences(counting, (), here, since=on(at))) for at in ("10:04", "10:05", "15:05")] == [2, 1, 0]


# Reason and alternative


def test_the_reason_is_that_of_the_command_that_stands_first_in_the_list() -> None:
    """Whichever entry begins first."""
    both = entry("SAM:", "09-10"), entry("TJÄ:", "10-11")
    assert _why(*both) == "on-duty-elsewhere"
    assert _why(*both, rules=Rules(commands=tuple(reversed(DEFAULTS.commands)))) == "meeting"


def test_a_code_that_is_no_longer_configured_stands_last() -> None:
    """And is its own reason where it stands alone."""
    rules = Rules(commands=(CommandDefinition("TJÄ", "on-duty-elsewhere"),))
    assert _why(entry("SAM:", "09-10"), entry("TJÄ:", "10-11"), rules=rules) == "on-duty-elsewhere"
    assert _why(entry("SAM:", "09-10"), rules=rules) == "SAM"


def test_the_alternative_of_the_first_that_names_one() -> None:
    """It must start no later than slack after the absence begins."""
    assert _whom(entry("SAM:", "09-10"), entry("SAM: >4711", "09:15-10")) == CONNECT_4711
    assert _whom(entry("SAM:", "09-10"), entry("SAM: >4711", "09:16-10")) == STANDING
    assert _whom(entry("SAM:", "09-10"), entry("SAM: >4711", "09:16-10"), standing=None) is None


def test_at_equal_starts_the_order_of_commands_decides_then_that_of_keys() -> None:
    """Which entry's alternative is the first."""
    duty, meeting = entry("TJÄ: @4711", "09-10", key="z"), entry("SAM: >4712", "09-11", key="a")
    assert _whom(meeting, duty) == INFO_4711
    assert _whom(entry("SAM: @4711", "09-10", key="b"), entry("SAM: >4712", "09-11", key="a")) == STANDING


def test_an_open_absence_tells_its_alternative() -> None:
    """Also the standing one, which would be connected."""
    assert _whom(entry("SAM;", "09-10")) == STANDING.told()


def test_entries_out_of_order_are_the_same_absences() -> None:
    """A calendar tells them in the order in which they were booked."""
    meetings = [entry("SAM:", when) for when in ("14-15", "10-11", "09-10", "15:10-16", "11:10-11:30")]
    assert spans(*meetings) == spans(*meetings[::-1]) == ["24 09:00 - 24 11:35", "24 14:00 - 24 16:05"]


# Openings


def test_an_ended_entry_lasts_until_the_opening_without_margin_or_rest() -> None:
    """Its night does not come either."""
    day = entry("TJÄ:", "all day 24", key="day")
    assert spans(day, openings=[Opening(on("09:40"), keys=frozenset({"day"}))]) == ["24 00:00 - 24 09:40"]


def test_an_entry_that_is_over_by_an_opening_reaches_no_further() -> None:
    """Although its key is not remembered: 09–10 would have lasted until 10:05."""
    assert spans(entry("SAM:", "09-10"), openings=[Opening(on("10:02"))]) == ["24 09:00 - 24 10:02"]


def test_an_entry_that_the_opening_did_not_end_begins_at_it() -> None:
    """One that is booked afterwards."""
    assert spans(entry("SAM:", "09-11"), openings=[Opening(on("09:40"))]) == ["24 09:40 - 24 11:05"]


def test_nothing_is_joined_over_an_opening() -> None:
    """09–10 and 10–11 are two absences where the phone was opened at 10:00."""
    opening = Opening(on("10:00"), keys=frozenset({"a"}))
    found = spans(entry("SAM:", "09-10", key="a"), entry("SAM:", "10:01-11"), openings=[opening])
    assert found == ["24 09:00 - 24 10:00", "24 10:01 - 24 11:05"]


def test_an_opening_of_the_open_state_leaves_the_closed() -> None:
    """And the other way round."""
    both = entry("SAM:", "09-10", key="closed"), entry("SAM;", "14-15", key="open")
    keys = frozenset({"closed", "open"})
    assert spans(*both, openings=[Opening(on("09:30"), Phone.OPEN, keys)]) == [
        "24 09:00 - 24 10:05",
        "24 14:00 - 24 15:05",
    ]


def test_each_opening_ends_its_own() -> None:
    """Two in a day."""
    openings = [Opening(on("09:30"), keys=frozenset({"a"})), Opening(on("14:10"), keys=frozenset({"b"}))]
    entries = entry("SAM:", "09-10", key="a"), entry("SAM:", "14-15", key="b"), entry("SAM:", "16-16:30", key="c")
    assert spans(*entries, openings=openings) == ["24 09:00 - 24 09:30", "24 14:00 - 24 14:10", "24 16:00 - 24 16:35"]


def test_a_second_opening_in_the_margin_ends_it() -> None:
    """The entry outlasted the first opening and was over by the second."""
    openings = [Opening(on("09:40")), Opening(on("11:02"))]
    assert spans(entry("SAM:", "09-11"), openings=openings) == ["24 09:40 - 24 11:02"]
    assert spans(entry("SAM:", "09-11"), openings=openings[::-1]) == ["24 09:40 - 24 11:02"]


def test_a_second_opening_after_the_margin_changes_nothing() -> None:
    """Not at its very end either."""
    openings = [Opening(on("09:40")), Opening(on("11:05"))]
    assert spans(entry("SAM:", "09-11"), openings=openings) == ["24 09:40 - 24 11:05"]


# Back


def _back(*referrals: Referral, now: str = "09:00", days: int = 14) -> str | None:
    found = back(referrals, on(now), on(now) + timedelta(days=days), office())
    return None if found is None else told(found)


def _closed(start: str, until: str, origin: str = CALENDAR, phone: Phone = Phone.CLOSED) -> Referral:
    return Referral(origin, phone, "meeting", on(start), on(until), set_at=on("23 08:00"))


@pytest.mark.parametrize(
    ("now", "when"),
    [
        ("09:30", "24 09:30"),
        ("07:10", "24 08:00"),
        ("12:10", "24 13:00"),
        ("17:00", "25 08:00"),
        ("28 10:00", "30 08:00"),
    ],
)
def test_who_is_not_away_is_back_in_the_next_minute_of_office_hours(now: str, when: str) -> None:
    """Outside lunch."""
    assert _back(now=now) == when


def test_back_after_one_absence_and_the_next() -> None:
    """Two rows with nothing between them are no return."""
    assert _back(_closed("09:00", "10:05"), _closed("10:05", "11:35")) == "24 11:35"


def test_a_pause_between_two_absences_is_a_return() -> None:
    """Of however few minutes."""
    assert _back(_closed("09:00", "10:05"), _closed("10:06", "11:35")) == "24 10:05"


def test_an_open_referral_of_another_hands_is_a_return() -> None:
    """It is in force over the calendar's closed one, which is in force again afterwards."""
    assert _back(_closed("08:00", "17:05"), _closed("10:00", "11:00", "operator", Phone.OPEN)) == "24 10:00"


def test_no_time_is_promised_beyond_the_horizon() -> None:
    """Three weeks away."""
    assert _back(_closed("20 00:00", "2026-12-14 08:00")) is None
    assert _back(_closed("20 00:00", "2026-12-14 08:00"), days=21) == "2026-12-14 08:00"


def test_a_time_between_two_minutes_counts_as_the_later() -> None:
    """The first whole minute from now on."""
    now = on("09:30") + timedelta(seconds=1)
    assert back((), now, now + timedelta(days=1), office()) == on("09:31")
