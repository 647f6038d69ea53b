"""What is taken back of what was set by hand (docs/rules.md §5.5)."""

from __future__ import annotations

from dataclasses import replace

from rules.by_hand import to_withdraw, withdrawn
from rules.command import Phone
from rules.referral import CALENDAR, Referral
from tests.rules.town import on

EIGHT, NINE, TEN, NOON, THREE = (on(clock) for clock in ("08:00", "09:00", "10:00", "12:00", "15:00"))
SICK = Referral("operator", Phone.CLOSED, "sick", NINE, THREE, set_at=EIGHT, id=1)
LUNCH = Referral("telephone", Phone.CLOSED, "lunch", NINE, NOON, set_at=NINE, id=2)
MEETING = Referral(CALENDAR, Phone.CLOSED, "meeting", NINE, THREE, set_at=TEN, id=3)
LATER = Referral("operator", Phone.OPEN, "training", NOON, THREE, set_at=EIGHT, id=4)


def test_the_one_in_force_that_another_hand_set() -> None:
    """Of several the one set last; never the calendar's."""
    assert to_withdraw([SICK, LUNCH, MEETING, LATER], TEN, TEN) == LUNCH
    assert to_withdraw([SICK, MEETING, LATER], TEN, TEN) == SICK
    assert to_withdraw([MEETING, LATER], TEN, TEN) is None


def test_one_to_come_is_named_by_its_beginning() -> None:
    """Of two that begin then the one set last."""
    again = replace(LATER, set_at=NINE, id=5)
    assert to_withdraw([SICK, LATER], TEN, TEN, NOON) == LATER
    assert to_withdraw([again, LATER], TEN, TEN, NOON) == again
    assert to_withdraw([SICK, LATER], TEN, TEN, TEN) is None


def test_a_beginning_is_named_by_its_minute() -> None:
    """Another system writes seconds, which nobody is shown."""
    seventeen = replace(LATER, start=NOON.replace(second=17))
    assert to_withdraw([seventeen], TEN, TEN, NOON) == seventeen


def test_another_system_takes_back_only_its_own() -> None:
    """Whether it is in force or named; what others set over it stays."""
    own = replace(LUNCH, set_at=EIGHT)
    sick = replace(SICK, set_at=NINE)
    assert to_withdraw([sick, own, MEETING], TEN, TEN, origin="telephone") == own
    assert to_withdraw([sick, MEETING], TEN, TEN, origin="telephone") is None
    assert to_withdraw([LATER], TEN, TEN, NOON, origin="telephone") is None


def test_one_is_named_by_itself() -> None:
    """In force or not, to come or not; never the calendar's, nor one that is over."""
    everything = [SICK, LUNCH, MEETING, LATER]
    found = [to_withdraw(everything, TEN, TEN, referral_id=one) for one in (1, 2, 3, 4, 5)]
    assert found == [SICK, LUNCH, None, LATER, None]
    assert to_withdraw(everything, NOON, NOON, referral_id=2) is None
    assert to_withdraw(everything, TEN, TEN, referral_id=1, origin="telephone") is None


def test_what_is_over_stays_as_it_was() -> None:
    """Written down at one, as of half past eleven: what lasted until noon is over."""
    assert to_withdraw([LUNCH], on("11:30"), on("13:00")) is None


def test_what_has_begun_ends_and_what_has_not_is_gone() -> None:
    """One that begins at that very moment would be left without length."""
    assert withdrawn(LUNCH, TEN) == replace(LUNCH, until=TEN)
    assert [withdrawn(LUNCH, NINE), withdrawn(LATER, TEN)] == [None, None]
