"""What is in force, and what an opening ends (docs/rules.md §5, §6.1, §6.6)."""

from __future__ import annotations

from dataclasses import replace

from rules.command import Phone
from rules.referral import CALENDAR, Opening, Referral, in_force, open_phone, usable_alternative
from tests.rules.town import CONNECT_4711, INFO_4711, Anna, on

CLOSED = Referral(CALENDAR, Phone.CLOSED, "meeting", on("09:00"), on("10:05"), id=1)
OPEN = Referral(CALENDAR, Phone.OPEN, "on-duty-elsewhere", on("08:00"), on("17:05"), id=2)
LUNCH = Referral("telephone", Phone.CLOSED, "lunch", on("09:30"), on("09:50"), set_at=on("09:30"), id=3)
AT_DESK = Referral("operator", Phone.OPEN, "at-desk", on("09:20"), on("09:55"), set_at=on("09:20"), id=4)


def _reasons(*referrals: Referral, at: tuple[str, ...]) -> list[str | None]:
    found = [in_force(referrals, on(moment)) for moment in at]
    return [None if one is None else one.reason for one in found]


def test_a_referral_holds_from_its_first_minute_up_to_its_end() -> None:
    """The end is no longer part of it."""
    assert _reasons(CLOSED, at=("08:59", "09:00", "10:04", "10:05")) == [None, "meeting", "meeting", None]


def test_a_closed_one_hides_an_open_one() -> None:
    """While it lasts."""
    found = _reasons(OPEN, CLOSED, at=("08:30", "09:00", "10:05"))
    assert found == ["on-duty-elsewhere", "meeting", "on-duty-elsewhere"]


def test_a_closed_one_of_the_calendars_hides_an_open_one_that_was_set_later() -> None:
    """When the calendar's were set does not matter: of the two the closed one is in force."""
    open_one, closed = replace(OPEN, set_at=on("09:10")), replace(CLOSED, set_at=on("07:00"))
    assert _reasons(open_one, closed, at=("09:30",)) == _reasons(closed, open_one, at=("09:30",)) == ["meeting"]


def test_another_hands_goes_before_the_calendars() -> None:
    """While it lasts; when it ends by itself the calendar's is in force again."""
    assert _reasons(CLOSED, AT_DESK, at=("09:19", "09:20", "09:55")) == ["meeting", "at-desk", "meeting"]


def test_of_several_the_one_that_was_set_last() -> None:
    """Not the one that begins last, nor the closed one."""
    assert _reasons(LUNCH, AT_DESK, at=("09:25", "09:35", "09:50")) == ["at-desk", "lunch", "at-desk"]
    later = replace(AT_DESK, set_at=on("09:31"))
    assert _reasons(LUNCH, later, at=("09:35",)) == ["at-desk"]


def test_of_two_set_at_the_same_time_the_later_row() -> None:
    """Whatever their order."""
    same = replace(AT_DESK, set_at=LUNCH.set_at)
    assert _reasons(LUNCH, same, at=("09:35",)) == _reasons(same, LUNCH, at=("09:35",)) == ["at-desk"]


def test_an_opening_is_refused_where_nothing_is_in_force() -> None:
    """Before, between and after."""
    assert open_phone([CLOSED], on("08:59")) is None
    assert open_phone([CLOSED], on("10:05")) is None
    assert open_phone([], on("09:00")) is None


def test_an_opening_ends_a_hand_set_closed_one_and_the_calendars_under_it_alike() -> None:
    """But not the open one beside them."""
    opened = open_phone([OPEN, CLOSED, LUNCH], on("09:40"))
    assert opened is not None
    assert set(opened.ended) == {CLOSED, LUNCH}
    assert opened.openings == (Opening(on("09:40"), Phone.CLOSED),)


def test_where_nothing_closed_is_in_force_the_open_one_ends() -> None:
    """It can be opened, too."""
    opened = open_phone([OPEN], on("12:00"))
    assert opened is not None
    assert opened.ended == (OPEN,)
    assert opened.openings == (Opening(on("12:00"), Phone.OPEN),)


def test_what_is_over_or_to_come_is_not_ended() -> None:
    """Only what keeps the phone closed at that moment."""
    afternoon = replace(CLOSED, id=5, start=on("13:00"), until=on("14:05"))
    early = replace(CLOSED, id=6, start=on("08:00"), until=on("08:30"))
    opened = open_phone([early, CLOSED, afternoon], on("09:40"))
    assert opened is not None
    assert opened.ended == (CLOSED,)


def test_an_opening_remembers_the_keys_of_what_had_started() -> None:
    """An entry that begins at that very minute has started; one to come has not."""
    anna = Anna()
    for key, when in (("a", "09-10"), ("b", "09:40-10:30"), ("c", "09:41-11")):
        anna.books("SAM:", when, key)
    anna.read("07:00")
    opened = anna.opens("09:40")
    assert opened is not None
    assert opened.openings == (Opening(on("09:40"), Phone.CLOSED, frozenset({"a", "b"})),)


def test_an_opening_under_an_open_one_of_another_hands_ends_what_it_hides() -> None:
    """Otherwise the calendar's closed one would close the phone that somebody has just opened."""
    opened = open_phone([CLOSED, AT_DESK], on("09:40"))
    assert opened is not None
    assert set(opened.ended) == {CLOSED, AT_DESK}
    assert {opening.phone for opening in opened.openings} == {Phone.CLOSED, Phone.OPEN}


def test_connecting_to_a_number_that_is_itself_closed_is_told_instead() -> None:
    """So no call goes round."""
    assert usable_alternative(CONNECT_4711, lambda number: number == "4711") == INFO_4711
    assert usable_alternative(CONNECT_4711, lambda _: False) == CONNECT_4711
    assert usable_alternative(INFO_4711, lambda _: True) == INFO_4711
    assert usable_alternative(None, lambda _: True) is None
