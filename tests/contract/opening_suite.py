"""What every store keeps to when the phone is opened by hand, and when that is taken back (docs/rules.md §5).

The people and the day are those of `store_suite`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rules.command import Phone
from rules.entry import Booking
from rules.referral import Opening
from tests.contract.store_suite import MIDNIGHT, People, StoreSuite, absence, at, by_hand, created, left, updated

if TYPE_CHECKING:
    from pathlib import Path


class OpeningSuite(StoreSuite):
    """The phone opened by hand, and taken back."""

    def test_an_opening_ends_what_keeps_the_phone_closed(self, people: People) -> None:
        """The calendar's and the hand-set one alike end at that time, and the entries that had begun are remembered."""
        people.apply(people.anna, created(absence("09:00", "12:00", Phone.CLOSED, "k1")))
        people.store.refer(people.anna, by_hand("09:30", "10:30"), "operator", at("08:00"))
        before = people.referrals(people.anna)
        opened = people.store.open_phone(people.anna, at("09:40"), "anna", left)

        assert opened is not None
        assert opened.ended == before
        assert people.spans(people.anna) == [("09:00", "09:40"), ("09:30", "09:40")]
        assert {one.opened_at for one in people.referrals(people.anna)} == {at("09:40")}
        assert people.held(people.anna).openings == (Opening(at("09:40"), Phone.CLOSED, frozenset({"k1"})),)
        assert people.reason_at(people.anna, "09:40") is None

    def test_an_open_referral_lasts_on_under_a_closed_one(self, people: People) -> None:
        """The closed one alone is ended."""
        people.apply(people.anna, created(absence("09:00", "10:05")), created(absence("08:00", "16:00", Phone.OPEN)))
        people.store.open_phone(people.anna, at("09:40"), "anna", left)

        assert people.spans(people.anna) == [("08:00", "16:00"), ("09:00", "09:40")]

    def test_where_nothing_is_in_force_nothing_is_opened(self, people: People) -> None:
        """It is refused, and nothing is written."""
        people.apply(people.anna, created(absence("09:00", "10:00")))

        assert people.store.open_phone(people.anna, at("10:00"), "anna", left) is None
        assert people.held(people.anna).openings == ()
        assert people.store.revisions("sorsele")[people.anna] == 2

    def test_one_that_begins_at_that_very_time_goes(self, people: People) -> None:
        """It would be left without length; taken back at once, it is the same one again."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        before = people.referrals(people.anna)
        people.store.open_phone(people.anna, at("09:00"), "anna", left)

        assert people.referrals(people.anna) == ()
        people.store.undo_opening(people.anna, at("09:00"), "anna")
        assert people.referrals(people.anna) == before

    def test_an_opening_within_a_second_counts_from_the_whole_one(self, people: People) -> None:
        """The store holds whole seconds."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        people.store.open_phone(people.anna, at("09:40") + timedelta(milliseconds=700), "anna", left)

        assert people.spans(people.anna) == [("09:00", "09:40")]
        assert people.held(people.anna).openings[0].at == at("09:40")

    def test_what_an_opening_wrote_is_no_other_hands(self, people: People) -> None:
        """A row that it ended is as the daemon expects it."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        people.store.open_phone(people.anna, at("09:40"), "anna", left)

        assert people.held(people.anna).tampered == frozenset()

    def test_the_entries_to_come_get_a_referral_of_their_own(self, people: People) -> None:
        """At once, whatever can be read; the one that was opened forgets them, and taken back it is one again."""
        morning, afternoon = (
            Booking(key, at(start), at(end), "SAM", Phone.CLOSED)
            for key, start, end in (("k1", "10:00", "12:00"), ("k2", "13:00", "15:00"))
        )
        both = replace(absence("10:00", "15:05"), bookings=(morning, afternoon))
        people.apply(people.anna, created(both))
        people.store.open_phone(people.anna, at("11:20"), "anna", left)

        assert people.spans(people.anna) == [("10:00", "11:20"), ("13:00", "15:05")]
        assert [one.bookings for one in people.referrals(people.anna)] == [(morning,), (afternoon,)]
        assert people.held(people.anna).tampered == frozenset()
        people.store.undo_opening(people.anna, at("11:30"), "anna")
        assert people.spans(people.anna) == [("10:00", "11:20"), ("11:30", "15:05")]
        assert people.store.removed_or_shortened("sorsele", MIDNIGHT) == 0

    def test_an_opening_taken_back_later_closes_the_phone_from_then(self, people: People) -> None:
        """The past stays; from now to their former end the ended ones are in force again."""
        people.apply(people.anna, created(absence("09:00", "12:00", Phone.CLOSED, "k1")))
        people.store.refer(people.anna, by_hand("09:30", "10:30"), "operator", at("08:00"))
        calendars, hand_set = people.referrals(people.anna)
        people.store.open_phone(people.anna, at("09:40"), "anna", left)
        undone = people.store.undo_opening(people.anna, at("10:00"), "anna")

        assert people.spans(people.anna) == [
            ("09:00", "09:40"), ("09:30", "09:40"), ("10:00", "12:00"), ("10:00", "10:30"),
        ]  # fmt: skip
        assert undone is not None
        assert undone.at == at("09:40")
        assert [replace(one, id=None) for one in undone.restored] == [
            replace(one, id=None, start=at("10:00")) for one in (calendars, hand_set)
        ]
        assert undone.restored == people.referrals(people.anna)[2:]
        assert [people.reason_at(people.anna, clock) for clock in ("09:50", "10:00", "10:30")] == [
            None,
            "lunch",
            "meeting",
        ]
        assert people.held(people.anna).openings == ()

    def test_an_opening_taken_back_at_once_leaves_the_referrals_as_they_were(self, people: People) -> None:
        """Within the same second nobody saw the phone open."""
        people.apply(people.anna, created(absence("09:00", "12:00")))
        before = people.referrals(people.anna)
        people.store.open_phone(people.anna, at("09:40"), "anna", left)
        people.store.undo_opening(people.anna, at("09:40"), "anna")

        assert people.referrals(people.anna) == before

    def test_what_would_be_over_by_now_is_not_made_again(self, people: People) -> None:
        """An opening taken back after the meeting's end restores nothing."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        people.store.open_phone(people.anna, at("09:40"), "anna", left)
        undone = people.store.undo_opening(people.anna, at("10:00"), "anna")

        assert undone is not None
        assert undone.restored == ()
        assert people.spans(people.anna) == [("09:00", "09:40")]

    def test_a_time_that_the_calendar_has_taken_since_is_not_taken_twice(self, people: People) -> None:
        """What was booked after the opening stays, and nothing overlaps."""
        people.apply(people.anna, created(absence("09:00", "12:00")))
        people.store.open_phone(people.anna, at("09:40"), "anna", left)
        people.apply(people.anna, created(absence("11:00", "13:00", Phone.CLOSED, "k2")), now="09:45")
        undone = people.store.undo_opening(people.anna, at("10:00"), "anna")

        assert undone is not None
        assert undone.restored == ()
        assert people.spans(people.anna) == [("09:00", "09:40"), ("11:00", "13:00")]

    def test_a_row_beside_what_is_in_force_again_stays(self, people: People) -> None:
        """The afternoon's meeting has nothing to do with it, nor has the one that begins as the other ends."""
        people.apply(
            people.anna,
            created(absence("09:00", "12:00", Phone.CLOSED, "k1")),
            created(absence("12:00", "12:30", Phone.CLOSED, "k2")),
            created(absence("13:00", "14:00", Phone.CLOSED, "k3")),
            created(absence("11:00", "13:00", Phone.OPEN, "k4")),
        )
        others = people.referrals(people.anna)[1:]
        people.store.open_phone(people.anna, at("09:40"), "anna", left)
        people.store.undo_opening(people.anna, at("10:00"), "anna")

        found = people.referrals(people.anna)
        assert all(other in found for other in others)
        assert ("10:00", "12:00") in people.spans(people.anna)

    def test_what_was_opened_before_stays_opened(self, people: People) -> None:
        """The latest opening is taken back; what an earlier one ended is not in force again."""
        people.apply(people.anna, created(absence("09:00", "12:00", Phone.CLOSED, "k1")))
        people.store.open_phone(people.anna, at("09:30"), "anna", left)
        people.apply(people.anna, created(absence("09:35", "11:00", Phone.CLOSED, "k2")), now="09:35")
        people.store.open_phone(people.anna, at("10:00"), "anna", left)
        people.store.undo_opening(people.anna, at("10:10"), "anna")

        assert people.spans(people.anna) == [("09:00", "09:30"), ("09:35", "10:00"), ("10:10", "11:00")]
        assert [opening.at for opening in people.held(people.anna).openings] == [at("09:30")]

    @pytest.mark.parametrize("clock", ["13:00", "13:30"])
    def test_a_referral_that_has_begun_since_stays_as_it_is(self, people: People, clock: str) -> None:
        """What the opening left of the meeting has a past of its own, which is not rewritten."""
        morning = Booking("k1", at("10:00"), at("12:00"), "SAM", Phone.CLOSED)
        afternoon = Booking("k2", at("13:00"), at("15:00"), "SAM", Phone.CLOSED)
        people.apply(people.anna, created(replace(absence("10:00", "15:05"), bookings=(morning, afternoon))))
        people.store.open_phone(people.anna, at("11:20"), "anna", left)
        undone = people.store.undo_opening(people.anna, at(clock), "anna")

        assert undone is not None
        assert undone.restored == ()
        assert people.spans(people.anna) == [("10:00", "11:20"), ("13:00", "15:05")]

    def test_what_lies_beside_in_another_way_is_in_nobodys_way(self, people: People) -> None:
        """An open referral of the calendar's, and one that was set by hand, stay beside what is restored."""
        people.apply(people.anna, created(absence("09:00", "12:00")))
        people.store.open_phone(people.anna, at("09:40"), "anna", left)
        people.apply(people.anna, created(absence("10:30", "11:30", Phone.OPEN, "k2")), now="09:45")
        people.store.refer(people.anna, by_hand("10:30", "11:00"), "operator", at("09:50"))
        people.store.undo_opening(people.anna, at("10:00"), "anna")

        assert people.spans(people.anna) == [
            ("09:00", "09:40"), ("10:00", "12:00"), ("10:30", "11:30"), ("10:30", "11:00"),
        ]  # fmt: skip

    def test_what_comes_after_an_opened_one_is_not_beside_it(self, people: People) -> None:
        """A later meeting keeps its referral, and the opened one is restored up to its end."""
        people.apply(people.anna, created(absence("09:00", "12:00")), created(absence("12:00", "14:00")))
        people.store.open_phone(people.anna, at("09:40"), "anna", left)
        people.store.undo_opening(people.anna, at("10:00"), "anna")

        assert people.spans(people.anna) == [("09:00", "09:40"), ("10:00", "12:00"), ("12:00", "14:00")]

    def test_an_entry_that_was_booked_beside_what_an_opening_left_keeps_its_referral(self, people: People) -> None:
        """Only what is made of nothing but the ended entries gives way when the opening is taken back."""
        morning = Booking("k1", at("10:00"), at("12:00"), "SAM", Phone.CLOSED)
        afternoon = Booking("k2", at("13:00"), at("15:00"), "SAM", Phone.CLOSED)
        people.apply(people.anna, created(replace(absence("10:00", "15:05"), bookings=(morning, afternoon))))
        people.store.open_phone(people.anna, at("11:20"), "anna", left)
        coming = people.referrals(people.anna)[-1]
        another = Booking("k3", at("15:00"), at("16:00"), "SAM", Phone.CLOSED)
        longer = replace(coming, until=at("16:05"), bookings=(afternoon, another))
        people.apply(people.anna, updated(coming, longer), now="11:25")
        people.store.undo_opening(people.anna, at("11:30"), "anna")

        assert people.spans(people.anna) == [("10:00", "11:20"), ("13:00", "16:05")]

    def test_an_opening_at_a_time_that_was_changes_nothing_that_is_over(self, people: People) -> None:
        """An operator may open as of some minutes ago: what ended since stays as it was (docs/rules.md §6.2)."""
        people.apply(people.anna, created(absence("09:00", "10:00")), created(absence("10:00", "12:00")))
        opened = people.store.open_phone(people.anna, at("09:50"), "anna", left, now=at("10:00"))
        assert opened is None
        opened = people.store.open_phone(people.anna, at("11:30"), "anna", left, now=at("11:59"))
        assert opened is not None
        undone = people.store.undo_opening(people.anna, at("11:40"), "anna", now=at("12:00"))
        assert undone is not None
        assert undone.restored == ()
        assert people.spans(people.anna) == [("09:00", "10:00"), ("10:00", "11:30")]

    def test_an_opening_taken_back_within_what_lasts_restores_it(self, people: People) -> None:
        """It was over neither at that time nor now."""
        people.apply(people.anna, created(absence("10:00", "12:00")))
        people.store.open_phone(people.anna, at("11:30"), "anna", left)
        undone = people.store.undo_opening(people.anna, at("11:40") + timedelta(milliseconds=300), "anna", at("11:59"))
        assert undone is not None
        assert people.spans(people.anna) == [("10:00", "11:30"), ("11:40", "12:00")]

    def test_openings_are_taken_back_one_by_one(self, people: People) -> None:
        """The latest first; where none is left, nothing is written."""
        people.apply(people.anna, created(absence("09:00", "10:00")), created(absence("11:00", "12:00")))
        for clock in ("09:30", "11:30"):
            people.store.open_phone(people.anna, at(clock), "anna", left)
        undone = [people.store.undo_opening(people.anna, at("11:40"), "anna") for _ in range(3)]

        assert [one and one.at for one in undone] == [at("11:30"), at("09:30"), None]
        assert people.spans(people.anna) == [("09:00", "09:30"), ("11:00", "11:30"), ("11:40", "12:00")]

    def test_the_latest_opening_is_told_with_who_made_it(self, people: People) -> None:
        """And with what it ended, as that was; only who made it takes it back, where that is asked for."""
        assert people.store.latest_opening(people.anna) is None
        people.apply(people.anna, created(absence("09:00", "12:00")), created(absence("13:00", "14:00")))
        people.store.open_phone(people.anna, at("09:40"), "anna", left)
        people.store.open_phone(people.anna, at("13:10"), "trio", left)
        latest = people.store.latest_opening(people.anna)

        assert latest is not None
        assert (latest.at, latest.by, [one.until for one in latest.ended]) == (
            at("13:10"),
            frozenset({"trio"}),
            [at("14:00")],
        )
        assert (latest.is_of("trio"), latest.is_of("anna")) == (True, False)
        assert (latest.lasts(at("13:59")), latest.lasts(at("14:00"))) == (True, False)
        assert people.store.undo_opening(people.anna, at("13:20"), "anna", only_own=True) is None
        assert people.store.latest_opening(people.anna) == latest
        assert people.store.undo_opening(people.anna, at("13:20"), "trio", only_own=True) is not None
        assert people.store.undo_opening(people.anna, at("13:20"), "trio", only_own=True) is None
        assert people.store.undo_opening(people.anna, at("13:20"), "trio") is not None

    def test_an_opening_survives_the_stores_closing(self, people: People, tmp_path: Path) -> None:
        """A daemon that is started again knows of it."""
        people.apply(people.anna, created(absence("09:00", "12:00")))
        people.store.open_phone(people.anna, at("09:40"), "anna", left)
        before = people.held(people.anna)
        people.store.close()

        with self.make_store(tmp_path) as again:
            assert again.held([people.anna], MIDNIGHT)[people.anna] == before
