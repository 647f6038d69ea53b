"""What every store tells of a moment that is over: what it held then, who was unread, what was said of a department."""

from __future__ import annotations

from dataclasses import replace

from rules.departments import Notice, Reason, State
from tests.contract.store_suite import (
    MIDNIGHT,
    People,
    StoreSuite,
    absence,
    at,
    by_hand,
    created,
    left,
    removed,
    updated,
)


class KnownThenSuite(StoreSuite):
    """Each moment by what was written of it up to then."""

    def _spans(self, people: People, clock: str) -> list[tuple[str, str]]:
        held = people.store.held_then(at(clock), subscriber_id=people.anna).get(people.anna, ())
        return [(f"{one.start:%H:%M}", f"{one.until:%H:%M}") for one in held]

    def test_a_referral_is_known_from_its_making_until_its_removal(self, people: People) -> None:
        """With the end that it had by then."""
        people.apply(people.anna, created(absence("09:00", "12:00")), now="08:00")
        (row,) = people.referrals(people.anna)
        people.apply(people.anna, updated(row, replace(row, until=at("11:00"))), now="09:30")
        assert [self._spans(people, clock) for clock in ("07:59", "08:00", "09:29", "09:30", "11:00")] == [
            *([], [("09:00", "12:00")], [("09:00", "12:00")], [("09:00", "11:00")], [])
        ]
        people.apply(people.anna, removed(people.referrals(people.anna)[0]), now="10:00")
        assert (self._spans(people, "09:59"), self._spans(people, "10:00")) == ([("09:00", "11:00")], [])

    def test_an_opening_that_is_written_down_late_holds_from_its_moment(self, people: People) -> None:
        """Also beside what was written in between."""
        people.apply(people.anna, created(absence("09:00", "12:00")), now="08:00")
        (row,) = people.referrals(people.anna)
        people.apply(people.anna, updated(row, replace(row, until=at("13:00"))), now="09:50")
        people.store.open_phone(people.anna, at("09:40"), "eva", left, at("10:00"))
        held = {clock: self._spans(people, clock) for clock in ("09:39", "09:45", "10:30")}
        assert held == {"09:39": [("09:00", "12:00")], "09:45": [], "10:30": []}

    def test_now_it_is_what_the_store_holds(self, people: People) -> None:
        """By hand, by calendar, of each tenant; less the entries, which the memory tells otherwise."""
        people.apply(people.anna, created(absence("09:00", "12:00")), now="08:00")
        people.store.refer(people.anna, by_hand("10:00", "11:00"), "eva", at("09:00"))
        people.apply(people.cecilia, created(absence("09:00", "10:00")), now="08:00")
        then = people.store.held_then(at("09:30"), tenant="sorsele")
        rows = people.store.held([people.anna], at("09:30"))[people.anna].referrals
        assert then == {people.anna: tuple(replace(row, bookings=()) for row in rows)}

    def test_since_when_a_calendar_is_unread_is_known(self, people: People) -> None:
        """From the first cycle that could not read it, until one can."""
        for clock, unread in (("09:00", {people.anna}), ("09:05", {people.anna, people.bo}), ("09:10", {people.bo})):
            people.store.record_cycle("sorsele", at(clock), {}, unread)
            known = people.store.unread_since("sorsele")
            assert known.keys() == unread == people.store.unreadable("sorsele")
            assert all(since == (at("09:00") if id_ == people.anna else at("09:05")) for id_, since in known.items())

    def test_every_word_of_a_stretch_is_known(self, people: People) -> None:
        """With why it was withdrawn, and because of whom; as far as it was said by then."""
        told = Notice(at("09:00"), at("10:00"), at("10:05"), State.TOLD, at("07:30"))
        people.store.say("sorsele", {"IFO": [told]}, {})
        (first,) = people.store.notices("sorsele", MIDNIGHT)["IFO"]
        unread = replace(first, state=State.WITHDRAWN, at=at("07:40"), reason=Reason.UNREAD, whose=(people.bo,))
        people.store.say("sorsele", {"IFO": [unread]}, {})
        assert first.id is not None
        assert people.store.notice_words([first.id], at("07:40")) == {first.id: [first, unread]}
        assert people.store.notice_words([first.id], at("07:39")) == {first.id: [first]}
        assert people.store.notices("sorsele", MIDNIGHT)["IFO"] == [unread]
