"""What has to change in the store, case by case; Anna's calendar is read on Tuesday 24 November.

See docs/rules.md §6.2-§6.5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from rules.command import Phone
from rules.entry import Response
from rules.plan import Action, Cause, RestReached
from tests.rules.town import INFO_4711, Anna, entry, line, on, told

if TYPE_CHECKING:
    from collections.abc import Callable


def _away(when: str = "09-11", at: str = "07:00", key: str = "a") -> Anna:
    """Anna with one meeting that has been read."""
    anna = Anna()
    anna.books("SAM:", when, key)
    anna.read(at)
    return anna


# What is booked


def test_a_booking_makes_a_referral() -> None:
    """It is created because it was booked."""
    anna = Anna()
    anna.books("SAM:", "09-10")
    assert anna.read("07:00") == [(Action.CREATE, Cause.BOOKED)]


def test_the_change_says_which_rest_was_reached() -> None:
    """Lunch, until when, and by which entry."""
    anna = Anna()
    anna.books("SAM:", "10-12", "a")
    (change,) = anna.planned("07:00")
    assert change.rests == (RestReached("a", "lunch", on("13:00")),)


def test_a_referral_remembers_its_entries() -> None:
    """Keys, times, codes and alternatives."""
    anna = Anna()
    anna.books("SAM: @4711", "09-10", "a")
    anna.read("07:00")
    (booking,) = anna.rows[0].bookings
    assert (booking.key, told(booking.start), told(booking.end), booking.code) == ("a", "24 09:00", "24 10:00", "SAM")
    assert booking.alternative == INFO_4711


def test_nothing_changes_where_nothing_has_changed() -> None:
    """A second reading plans nothing, before, while and after the absence lasts."""
    anna = _away()
    assert [anna.read(at) for at in ("07:01", "09:00", "10:00", "11:04", "11:05", "25 07:00")] == [[]] * 6


def test_an_absence_that_is_over_when_it_is_first_seen_is_not_written() -> None:
    """At the very minute of its end it is over."""
    anna = Anna()
    anna.books("SAM:", "09-10")
    assert anna.read("10:05") == []
    assert anna.read("10:04") == [(Action.CREATE, Cause.BOOKED)]


# The past is never rewritten


def test_a_referral_that_has_begun_keeps_its_from() -> None:
    """Although its entry is moved to earlier."""
    anna = _away()
    anna.books("SAM:", "08-11", "a")
    anna.read("09:30")
    assert anna.lines == ["24 09:00 - 24 11:05 closed meeting"]


def test_a_referral_that_has_not_begun_is_moved() -> None:
    """To earlier and to later."""
    anna = _away()
    anna.books("SAM:", "08-10", "a")
    assert anna.read("07:30") == [(Action.UPDATE, Cause.MOVED)]
    assert anna.lines == ["24 08:00 - 24 10:05 closed meeting"]
    anna.books("SAM:", "14-15", "a")
    assert anna.read("07:45") == [(Action.UPDATE, Cause.MOVED)]
    assert anna.lines == ["24 14:00 - 24 15:05 closed meeting"]


def test_one_that_should_end_earlier_than_now_ends_now() -> None:
    """A meeting shortened after the fact."""
    anna = _away()
    anna.books("SAM:", "09-09:30", "a")
    assert anna.read("10:20") == [(Action.UPDATE, Cause.MOVED)]
    assert anna.lines == ["24 09:00 - 24 10:20 closed meeting"]


def test_a_meeting_that_is_shortened_or_lengthened_corrects_its_referral() -> None:
    """Also one in force."""
    anna = _away()
    anna.books("SAM:", "09-10", "a")
    anna.read("09:30")
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting"]
    anna.books("SAM:", "09-14", "a")
    anna.read("09:40")
    assert anna.lines == ["24 09:00 - 24 14:05 closed meeting"]


def test_one_that_is_moved_to_later_ends_now_and_is_made_anew() -> None:
    """From the same entry."""
    anna = _away()
    anna.books("SAM:", "14-15", "a")
    assert anna.read("09:30") == [(Action.UPDATE, Cause.MOVED), (Action.CREATE, Cause.BOOKED)]
    assert anna.lines == ["24 09:00 - 24 09:30 closed meeting", "24 14:00 - 24 15:05 closed meeting"]


def test_one_that_is_moved_to_later_at_its_first_minute_leaves_nothing_behind() -> None:
    """It would be left without length."""
    anna = _away()
    anna.books("SAM:", "14-15", "a")
    anna.read("09:00")
    assert anna.lines == ["24 14:00 - 24 15:05 closed meeting"]


def test_one_that_has_ended_takes_in_nothing() -> None:
    """What is booked beside it begins a new one, when its own entry begins."""
    anna = _away("09-10")
    anna.books("SAM:", "10:15-11", "b")
    anna.read("10:06")
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting", "24 10:15 - 24 11:05 closed meeting"]


def test_what_joins_an_ended_one_begins_when_it_is_seen() -> None:
    """It was booked to begin before that."""
    anna = _away("09-10")
    anna.books("SAM:", "09:50-11", "b")
    anna.read("10:06")
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting", "24 10:06 - 24 11:05 closed meeting"]
    assert anna.read("10:07") == []


def test_an_entry_that_is_moved_to_between_its_referrals_end_and_now_begins_when_it_is_seen() -> None:
    """The minutes since then were open, and nobody says afterwards that they were not."""
    anna = _away("09-10")
    anna.books("SAM:", "10:30-11:30", "a")
    assert anna.read("11:00") == [(Action.CREATE, Cause.BOOKED)]
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting", "24 11:00 - 24 11:35 closed meeting"]
    assert anna.read("11:01") == []


def test_an_entry_that_is_moved_away_from_its_ended_referral_begins_when_it_begins() -> None:
    """Whatever has ended, nothing begins before its entry does."""
    anna = _away("09-10")
    anna.books("SAM:", "14-15", "a")
    anna.read("11:00")
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting", "24 14:00 - 24 15:05 closed meeting"]


def test_what_joins_an_ended_one_and_is_seen_within_its_margin_lasts_the_rest_of_it() -> None:
    """The entry is over, its margin is not."""
    anna = _away("09-10")
    anna.books("SAM:", "09:50-11", "b")
    anna.read("11:02")
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting", "24 11:02 - 24 11:05 closed meeting"]


def test_of_several_entries_that_join_an_ended_one_those_that_last_decide_when_it_begins() -> None:
    """One of them was over before anybody saw it, the next is still to come."""
    anna = _away("09-10")
    anna.books("SAM:", "10:05-10:30", "b")
    anna.books("SAM:", "10:45-11:15", "c")
    anna.read("10:40")
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting", "24 10:45 - 24 11:20 closed meeting"]


def test_an_entry_that_is_lengthened_after_its_end_begins_anew() -> None:
    """The meeting that went on, and was corrected afterwards."""
    anna = _away("09-10")
    anna.books("SAM:", "09-11", "a")
    anna.read("10:30")
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting", "24 10:30 - 24 11:05 closed meeting"]


def test_what_joins_one_that_lasts_lengthens_it() -> None:
    """It goes on as the same referral."""
    anna = _away("09-10")
    anna.books("SAM:", "10:15-11", "b")
    assert anna.read("10:04") == [(Action.UPDATE, Cause.BOOKED)]
    assert anna.lines == ["24 09:00 - 24 11:05 closed meeting"]


def test_the_part_that_begins_anew_has_its_own_reason_and_alternative() -> None:
    """Those of its own entries, not those of the ended ones."""
    anna = Anna()
    anna.books("TJÄ: @4711", "09-10")
    anna.read("07:00")
    anna.books("SAM:", "10:15-11")
    anna.read("10:06")
    assert anna.lines == [
        "24 09:00 - 24 10:05 closed on-duty-elsewhere info 4711",
        "24 10:15 - 24 11:05 closed meeting",
    ]


def test_what_is_booked_afterwards_before_one_that_lasts_changes_all_but_its_from() -> None:
    """The absence began earlier than anybody knew; the entry with the alternative is no longer at its beginning."""
    anna = Anna()
    anna.books("TJÄ: @4711", "14-15", "a")
    anna.read("07:00")
    anna.books("TJÄ:", "13:30-13:45", "b")
    anna.read("14:20")
    assert anna.lines == ["24 14:00 - 24 15:05 closed on-duty-elsewhere"]
    assert anna.read("14:30") == []


# What loses its entries


def _cancelled(anna: Anna) -> None:
    anna.cancels("a")


def _declined(anna: Anna) -> None:
    anna.books("SAM:", "09-11", "a", response=Response.DECLINED)


def _deleted(anna: Anna) -> None:
    anna.deletes("a")


LOSSES = pytest.mark.parametrize(
    ("happens", "cause"),
    [(_cancelled, Cause.CANCELLED), (_declined, Cause.NOT_ACCEPTED), (_deleted, Cause.GONE)],
    ids=["cancelled", "declined", "deleted or without its command"],
)


@LOSSES
def test_one_that_has_not_begun_is_removed(happens: Callable[[Anna], None], cause: Cause) -> None:
    """Where it has no entry left."""
    anna = _away()
    happens(anna)
    assert anna.read("08:00") == [(Action.REMOVE, cause)]
    assert anna.lines == []


@LOSSES
def test_one_in_force_ends_now(happens: Callable[[Anna], None], cause: Cause) -> None:
    """Where it has no entry left."""
    anna = _away()
    happens(anna)
    assert anna.read("09:30") == [(Action.UPDATE, cause)]
    assert anna.lines == ["24 09:00 - 24 09:30 closed meeting"]


@pytest.mark.parametrize("happens", [_cancelled, _declined, _deleted])
def test_one_that_is_over_stays_as_history(happens: Callable[[Anna], None]) -> None:
    """Whatever becomes of its entry."""
    anna = _away()
    happens(anna)
    assert anna.read("11:05") == []
    assert anna.lines == ["24 09:00 - 24 11:05 closed meeting"]


def test_a_cancelled_meeting_that_takes_place_again_begins_when_it_is_seen() -> None:
    """The minutes between stay open."""
    anna = _away()
    anna.cancels("a")
    anna.read("09:30")
    anna.books("SAM:", "09-11", "a")
    anna.read("10:00")
    assert anna.lines == ["24 09:00 - 24 09:30 closed meeting", "24 10:00 - 24 11:05 closed meeting"]


def test_one_of_several_that_is_cancelled_leaves_the_others() -> None:
    """The referral goes on with what is left of it."""
    anna = _away("09-10")
    anna.books("TJÄ:", "10-11", "b")
    anna.read("08:00")
    anna.cancels("b")
    assert anna.read("09:30") == [(Action.UPDATE, Cause.CANCELLED)]
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting"]


def test_a_meeting_whose_phone_is_left_open_after_all() -> None:
    """The closed referral ends, an open one begins."""
    anna = _away()
    anna.books("SAM;", "09-11", "a")
    anna.read("09:30")
    assert anna.lines == ["24 09:00 - 24 09:30 closed meeting", "24 09:00 - 24 11:05 open meeting"]


# Identity


def test_a_referral_goes_on_as_the_absence_of_its_earliest_surviving_entry() -> None:
    """Where a pause parts it in two, the first of them is the same referral, and the other is new."""
    anna = _away("09-10")
    anna.books("SAM:", "10-11", "b")
    anna.read("07:00")
    (row,) = anna.rows
    anna.books("SAM:", "10:30-11", "b")
    anna.read("07:30")
    assert [(line(one), one.id == row.id) for one in anna.rows] == [
        ("24 09:00 - 24 10:05 closed meeting", True),
        ("24 10:30 - 24 11:05 closed meeting", False),
    ]


def test_where_the_earliest_entry_is_gone_the_next_decides() -> None:
    """The referral goes on as that one's absence."""
    anna = _away("09-10")
    anna.books("SAM:", "10-11", "b")
    anna.read("07:00")
    (row,) = anna.rows
    anna.deletes("a")
    assert anna.read("07:30") == [(Action.UPDATE, Cause.GONE)]
    assert [(line(one), one.id) for one in anna.rows] == [("24 10:00 - 24 11:05 closed meeting", row.id)]


def test_where_several_go_on_as_one_the_first_does() -> None:
    """The other has not begun and is removed."""
    anna = _away("09-10")
    anna.books("SAM:", "10:30-11", "b")
    anna.read("07:00")
    assert len(anna.rows) == 2
    anna.books("SAM:", "10-10:30", "c")
    assert sorted(anna.read("07:30")) == [(Action.REMOVE, Cause.JOINED), (Action.UPDATE, Cause.BOOKED)]
    assert [(line(one), one.id) for one in anna.rows] == [("24 09:00 - 24 11:05 closed meeting", 1)]


def test_the_order_in_which_a_calendar_tells_its_entries_does_not_matter() -> None:
    """The referral remembers them in order of time, and nothing changes when the server turns them round."""
    anna = Anna()
    for key, when in (("c", "10:30-11"), ("a", "09-10"), ("b", "10-10:30")):
        anna.books("SAM:", when, key)
    anna.read("07:00")
    assert [booking.key for booking in anna.rows[0].bookings] == ["a", "b", "c"]
    anna.calendar = dict(sorted(anna.calendar.items()))
    assert anna.read("07:05") == []


def test_rows_out_of_order_go_on_as_the_same() -> None:
    """Whatever order a store tells them in, the earliest goes on and the other is joined to it."""
    anna = _away("09-10")
    anna.books("SAM:", "10:30-11", "b")
    anna.read("07:00")
    anna.rows.reverse()
    anna.books("SAM:", "10-10:30", "c")
    anna.read("07:30")
    assert [(line(one), one.id) for one in anna.rows] == [("24 09:00 - 24 11:05 closed meeting", 1)]


def test_an_entry_that_is_moved_keeps_its_referral() -> None:
    """Its key is the same, so the store's row is."""
    anna = _away()
    (row,) = anna.rows
    anna.books("SAM:", "26 14-15", "a")
    anna.read("07:30")
    assert [one.id for one in anna.rows] == [row.id]


def test_an_entry_whose_code_is_changed_edits_its_referral() -> None:
    """The reason is another."""
    anna = _away()
    anna.books("TJÄ:", "09-11", "a")
    assert anna.read("08:00") == [(Action.UPDATE, Cause.EDITED)]
    assert anna.lines == ["24 09:00 - 24 11:05 closed on-duty-elsewhere"]


def test_other_rules_change_what_is_to_come() -> None:
    """A longer margin, and a standing alternative."""
    anna = _away()
    anna.rules = replace(anna.rules, margin=10)
    anna.standing = INFO_4711
    assert anna.read("10:00") == [(Action.UPDATE, Cause.RULES)]
    assert anna.lines == ["24 09:00 - 24 11:10 closed meeting info 4711"]


def test_a_row_that_another_hand_changed_is_put_right() -> None:
    """Its entries did not change, so the cause is not theirs."""
    anna = _away()
    anna.rows = [replace(row, until=on("09:30"), reason="lunch") for row in anna.rows]
    anna.tampered = {row.id for row in anna.rows if row.id is not None}
    assert anna.read("09:10") == [(Action.UPDATE, Cause.PUT_RIGHT)]
    assert anna.lines == ["24 09:00 - 24 11:05 closed meeting"]


def _changed_by_another_hand(anna: Anna, until: str) -> None:
    anna.rows = [replace(row, until=on(until)) for row in anna.rows]
    anna.tampered = {row.id for row in anna.rows if row.id is not None}


def test_a_row_that_another_hand_lengthened_ends_because_it_is_put_right() -> None:
    """The meeting was over and nobody moved it: §6.1 wants it logged that another hand did."""
    anna = _away("09-10")
    _changed_by_another_hand(anna, "17:00")
    assert anna.read("10:30") == [(Action.UPDATE, Cause.PUT_RIGHT)]


def test_a_row_that_another_hand_ended_is_put_right_by_a_new_one() -> None:
    """The meeting still lasts; the past stays as the other hand left it."""
    anna = _away("09-12")
    _changed_by_another_hand(anna, "09:30")
    assert anna.read("10:00") == [(Action.CREATE, Cause.PUT_RIGHT)]


def test_what_is_booked_beside_a_row_that_another_hand_ended_is_booked() -> None:
    """The one is put right, the other is new."""
    anna = _away("09-12")
    _changed_by_another_hand(anna, "09:30")
    anna.books("SAM:", "15-16", "b")
    assert anna.read("10:00") == [(Action.CREATE, Cause.PUT_RIGHT), (Action.CREATE, Cause.BOOKED)]


def test_a_row_that_another_hand_changed_is_right_from_now_on() -> None:
    """Whatever it is logged as."""
    longer, shorter = _away("09-10"), _away("09-12")
    _changed_by_another_hand(longer, "17:00")
    _changed_by_another_hand(shorter, "09:30")
    longer.read("10:30")
    shorter.read("10:00")
    assert longer.lines == ["24 09:00 - 24 10:30 closed meeting"]
    assert shorter.lines == ["24 09:00 - 24 09:30 closed meeting", "24 10:00 - 24 13:00 closed meeting"]


def test_referrals_of_other_hands_are_never_touched() -> None:
    """Whatever the calendar says beside them."""
    anna = _away()
    anna.refers_by_hand("lunch", "09:30-10")
    anna.deletes("a")
    anna.read("09:45")
    assert anna.lines == ["24 09:00 - 24 09:45 closed meeting", "24 09:30 - 24 10:00 closed lunch"]


# Doubtful readings


def test_a_reading_in_part_removes_nothing() -> None:
    """What a referral remembers and the reading lacks counts as last seen."""
    anna = _away("09-10")
    anna.books("SAM:", "14-15", "b")
    anna.read("07:00")
    assert anna.read("08:00", lacking={"a", "b"}) == []
    assert anna.read("09:30", lacking={"a"}) == []


def test_a_reading_in_part_lengthens_by_what_it_saw() -> None:
    """And joins it to what it remembers."""
    anna = _away("09-10")
    anna.books("SAM:", "10-11", "b")
    assert anna.read("09:30", lacking={"a"}) == [(Action.UPDATE, Cause.BOOKED)]
    assert anna.lines == ["24 09:00 - 24 11:05 closed meeting"]


def test_a_reading_in_part_that_sees_a_cancellation_believes_it() -> None:
    """It saw the entry."""
    anna = _away("09-10")
    anna.books("SAM:", "14-15", "b")
    anna.read("07:00")
    anna.cancels("b")
    assert anna.read("08:00", lacking={"a"}) == [(Action.REMOVE, Cause.CANCELLED)]


@pytest.mark.parametrize("at", ["09:30", "09:40"])
def test_a_reading_in_part_beside_a_referral_that_has_ended_does_not_bring_it_back(at: str) -> None:
    """It was cancelled while it lasted; that the next reading lacks it is no news, from that very minute on."""
    anna = _away("09-11")
    anna.cancels("a")
    anna.read("09:30")
    assert anna.read(at, lacking={"a"}) == []
    assert anna.lines == ["24 09:00 - 24 09:30 closed meeting"]


@pytest.mark.parametrize("until", ["10:00", "10:02"])
def test_a_row_that_another_hand_ended_within_the_margin_is_not_made_again_for_it(until: str) -> None:
    """Its entry was over by then: that the rest of the margin is new is no other hand's doing."""
    anna = _away("09-10")
    _changed_by_another_hand(anna, until)
    assert anna.read("10:03") == [(Action.CREATE, Cause.BOOKED)]


def test_what_is_over_is_not_remembered() -> None:
    """A referral that has ended holds on to nothing."""
    anna = _away("09-10")
    assert anna.read("10:05", lacking={"a"}) == []
    assert anna.lines == ["24 09:00 - 24 10:05 closed meeting"]


def test_the_afternoon_after_an_opening_is_remembered() -> None:
    """The referral has ended, but an entry of it is to come, and the next reading lacks it."""
    anna = Anna()
    anna.books("SAM:", "10-12", "a")
    anna.books("SAM:", "13-15", "b")
    anna.read("07:00")
    anna.opens("11:20")
    anna.read("11:21", lacking={"a", "b"})
    assert anna.lines == ["24 10:00 - 24 11:20 closed meeting", "24 13:00 - 24 15:05 closed meeting"]


def test_what_a_whole_reading_found_gone_is_not_remembered() -> None:
    """After an opening an entry was deleted; a later reading in part does not bring it back (§6.5: "as last seen")."""
    anna = Anna()
    anna.books("SAM:", "10-12", "a")
    anna.books("SAM:", "13-15", "b")
    anna.read("07:00")
    anna.opens("11:20")
    anna.read("11:21")
    anna.deletes("b")
    assert anna.read("11:30") == [(Action.REMOVE, Cause.GONE)]
    assert anna.read("11:40", lacking={"a"}) == []


# Openings


def _opened() -> Anna:
    anna = _away("09-12")
    anna.opens("09:40")
    return anna


@pytest.mark.parametrize("when", ["09-12", "09-16", "08-10", "09:40-11"])
def test_an_entry_that_an_opening_ended_never_closes_the_phone_again(when: str) -> None:
    """However often it is read or edited."""
    anna = _opened()
    anna.books("SAM: another room", when, "a")
    assert [anna.read(at) for at in ("09:41", "10:00", "25 08:00")] == [[], [], []]


def test_an_entry_that_is_moved_to_start_after_the_opening_counts() -> None:
    """It is another meeting by then."""
    anna = _opened()
    anna.books("SAM:", "10:30-12", "a")
    anna.read("09:45")
    assert anna.lines == ["24 09:00 - 24 09:40 closed meeting", "24 10:30 - 24 13:00 closed meeting"]


def test_who_goes_home_ill_and_books_the_whole_day_is_away_again() -> None:
    """The new entry counts from the opening on."""
    anna = _opened()
    anna.books("TJÄ:", "all day 24", "ill")
    anna.read("09:45")
    assert anna.lines == ["24 09:00 - 24 09:40 closed meeting", "24 09:40 - 25 08:00 closed on-duty-elsewhere"]


def test_an_opening_that_is_taken_back() -> None:
    """The ended entries count again, from when that is seen; the past stays as it was."""
    anna = _opened()
    anna.openings.clear()
    anna.read("10:00")
    assert anna.lines == ["24 09:00 - 24 09:40 closed meeting", "24 10:00 - 24 13:00 closed meeting"]


def test_an_opening_at_the_first_minute_leaves_no_referral() -> None:
    """It would be left without length."""
    anna = _away()
    anna.opens("09:00")
    assert anna.read("09:00") == []
    assert anna.lines == []


# Interrupted


def test_interrupted_anywhere_the_rest_comes_out() -> None:
    """After the first changes of a plan the next plan has exactly the others."""
    anna = _away("09-10")
    anna.books("SAM:", "10:30-11", "b")
    anna.books("TJÄ;", "14-15", "c")
    anna.read("07:00")
    anna.books("SAM:", "10-10:30", "d")
    anna.deletes("c")
    anna.books("SAM:", "25 09-10", "e")
    before, changes = list(anna.rows), anna.planned("07:30")
    assert len(changes) == 4
    for applied in range(len(changes) + 1):
        anna.rows = list(before)
        anna.apply(changes[:applied])
        assert anna.planned("07:30") == changes[applied:]


def test_removing_and_shortening_lessens() -> None:
    """What the brake counts: a later start and an earlier end too, but nothing that is made or lengthened."""
    anna = _away()
    (row,) = anna.rows
    later, shorter, longer = (
        replace(row, start=on("09:30")),
        replace(row, until=on("10:00")),
        replace(row, until=on("12:00")),
    )
    anna.deletes("a")
    (removal,) = anna.planned("08:00")
    assert removal.lessens
    lessened = [replace(removal, action=Action.UPDATE, after=after).lessens for after in (later, shorter, longer)]
    assert lessened == [True, True, False]
    assert not replace(removal, before=None, after=row).lessens


def test_what_is_joined_to_an_absence_that_covers_it_is_not_lessened() -> None:
    """Somebody books over the gap between two meetings: nobody can be reached who could not before."""
    anna = _away("09-10")
    anna.books("SAM:", "10:30-11", "b")
    anna.read("07:00")
    anna.books("SAM:", "10-10:30", "c")
    changes = anna.planned("07:30")
    assert [(change.action, change.cause, change.lessens) for change in changes] == [
        (Action.REMOVE, Cause.JOINED, False),
        (Action.UPDATE, Cause.BOOKED, False),
    ]


@pytest.mark.parametrize("when", ["10-10:30", "10:29-10:59"])
def test_what_is_joined_and_leaves_some_of_its_time_open_is_lessened(when: str) -> None:
    """The later meeting is moved to where the earlier one takes it in: its own time is open then, or some of it."""
    anna = _away("09-10:20")
    anna.books("SAM:", "10:40-11", "b")
    anna.read("07:00")
    anna.books("SAM:", when, "b")
    changes = anna.planned("07:30")
    assert [(change.action, change.cause, change.lessens) for change in changes] == [
        (Action.REMOVE, Cause.MOVED, True),
        (Action.UPDATE, Cause.BOOKED, False),
    ]


def test_the_two_phone_states_are_planned_apart() -> None:
    """A closed referral never goes on as an open absence."""
    closed, open_ = entry("SAM:", "09-10"), entry("SAM;", "09-10")
    assert (closed.command.phone, open_.command.phone) == (Phone.CLOSED, Phone.OPEN)
    anna = Anna()
    anna.calendar = {closed.key: closed, open_.key: open_}
    anna.read("07:00")
    assert sorted(anna.lines) == ["24 09:00 - 24 10:05 closed meeting", "24 09:00 - 24 10:05 open meeting"]
