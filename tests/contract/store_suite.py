"""What every store keeps to; a store is a subclass with a `make_store`.

Tuesday 2026-11-24, times in UTC. Sorsele's Anna has 4711 and a mobile, Bo has 4712; Malå's Cecilia has 5001.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from rules.brake import Waiting
from rules.command import Alternative, Mode, Phone
from rules.entry import Booking
from rules.office_hours import OfficeHours
from rules.plan import Action, Cause, Change, RestReached, after_opening
from rules.policy import Rules
from rules.referral import CALENDAR, Opened, Referral, in_force, usable_alternative
from sync_daemon.errors import RevisionMoved, UserError
from sync_daemon.store import LEAVERS, Held, OverlappingReferrals, Store, StoredSubscriber

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANNA, BO, CECILIA = "anna@sorsele.example", "bo@sorsele.example", "cecilia@mala.example"
MOBILE = "+46701234567"
MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
OFFICE = OfficeHours(Rules(), ZoneInfo("UTC"), lambda _day: False)


def at(clock: str) -> datetime:
    """That time of the day, in UTC."""
    hours, minutes = clock.split(":")
    return MIDNIGHT + timedelta(hours=int(hours), minutes=int(minutes))


@dataclass(frozen=True)
class Line:
    """A line of a directory."""

    mailbox: str
    name: str
    extensions: tuple[str, ...] = ()
    department: str | None = None
    alternative: Alternative | None = None
    source: str | None = None


ANNAS_LINE = Line("Anna@Sorsele.example", "Anna Ek", ("4711", MOBILE), "Socialtjänst", Alternative("4712", Mode.INFO))
BOS_LINE = Line(BO, "Bo Alm", ("4712",))
CECILIAS_LINE = Line(CECILIA, "Cecilia Ö", ("5001",))


def absence(start: str, until: str, phone: Phone = Phone.CLOSED, *keys: str) -> Referral:
    """A referral of the calendar's, of meetings as long as itself."""
    bookings = tuple(Booking(key, at(start), at(until), "SAM", phone) for key in keys or (f"key of {start}",))
    return Referral(CALENDAR, phone, "meeting", at(start), at(until), bookings=bookings)


def by_hand(start: str, until: str, phone: Phone = Phone.CLOSED, reason: str = "lunch") -> Referral:
    """What an operator sets."""
    return Referral("operator", phone, reason, at(start), at(until))


def created(after: Referral) -> Change:
    """That the referral is made."""
    return Change(Action.CREATE, None, after, Cause.BOOKED)


def updated(before: Referral, after: Referral, cause: Cause = Cause.MOVED) -> Change:
    """That the referral is changed."""
    return Change(Action.UPDATE, before, after, cause)


def removed(before: Referral, cause: Cause = Cause.GONE) -> Change:
    """That the referral is removed."""
    return Change(Action.REMOVE, before, None, cause)


def left(opened: Opened) -> list[Change]:
    """What an opening leaves, under the default rules."""
    return after_opening(opened, OFFICE)


class People:
    """The subscribers of both tenants, and short ways to write to them and to look."""

    def __init__(self, store: Store) -> None:
        self.store = store
        sorsele = store.put_directory("sorsele", [ANNAS_LINE, BOS_LINE], (), leave=True, now=at("06:00"))
        mala = store.put_directory("malå", [CECILIAS_LINE], (), leave=True, now=at("06:00"))
        self.anna, self.bo, self.cecilia = sorsele.ids[ANNA], sorsele.ids[BO], mala.ids[CECILIA]

    def apply(self, subscriber: int, *changes: Change, now: str = "07:00") -> int:
        """The daemon writes, having seen the latest revision."""
        return self.store.apply(subscriber, self.held(subscriber).revision, changes, at(now))

    def held(self, subscriber: int) -> Held:
        """All that the store has of the subscriber."""
        return self.store.held([subscriber], MIDNIGHT)[subscriber]

    def referrals(self, subscriber: int) -> tuple[Referral, ...]:
        """All that the store has of the subscriber's referrals."""
        return self.held(subscriber).referrals

    def spans(self, subscriber: int) -> list[tuple[str, str]]:
        """From when until when the subscriber's referrals last."""
        return [(f"{one.start:%H:%M}", f"{one.until:%H:%M}") for one in self.referrals(subscriber)]

    def reason_at(self, subscriber: int, clock: str) -> str | None:
        """Why the subscriber is away at that time, None where they are not."""
        found = {one.reason for one in self.store.in_force(at(clock)) if one.subscriber_id == subscriber}
        return found.pop() if found else None


class StoreSuite:
    """The contract. A subclass says how a store is made; every store that it makes in a folder is the same one."""

    def make_store(self, folder: Path) -> Store:
        """A store, made at the first call."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        """One that nobody has used."""
        with self.make_store(tmp_path) as store:
            yield store

    @pytest.fixture
    def people(self, store: Store) -> People:
        """The subscribers, in a store that has nothing else."""
        return People(store)


class DirectorySuite(StoreSuite):
    """Subscribers, as directories list them."""

    def test_a_directory_is_read_back_as_it_was_written(self, people: People) -> None:
        """Mailboxes are in lower case, extensions sorted, alternatives whole."""
        anna, bo = people.store.subscribers("sorsele")

        assert anna == StoredSubscriber(
            id=people.anna,
            tenant="sorsele",
            mailbox=ANNA,
            name="Anna Ek",
            extensions=(MOBILE, "4711"),
            department="Socialtjänst",
            source=None,
            alternative=Alternative("4712", Mode.INFO),
            revision=1,
            left_at=None,
        )
        assert (bo.id, bo.extensions, bo.alternative) == (people.bo, ("4712",), None)
        assert [person.tenant for person in people.store.subscribers(None)] == ["malå", "sorsele", "sorsele"]

    def test_a_subscriber_is_found_by_any_of_their_extensions(self, people: People) -> None:
        """A mobile extension is found as well as a desk's; an unknown number is nobody's."""
        assert people.store.find(MOBILE) == people.store.find("4711") == people.store.subscribers("sorsele")[0]
        assert people.store.find("9999") is None

    def test_a_directory_that_is_unchanged_writes_nothing(self, people: People) -> None:
        """The same lines again raise no revision."""
        before = people.store.subscribers(None)
        written = people.store.put_directory(
            "sorsele", [BOS_LINE, ANNAS_LINE], (), leave=True, now=at("07:00")
        )  # fmt: skip

        assert written.ids == {ANNA: people.anna, BO: people.bo}
        assert (written.left, written.refused_extensions) == ((), ())
        assert people.store.subscribers(None) == before

    def test_only_who_has_changed_gets_a_new_revision(self, people: People) -> None:
        """A new name, and a new alternative, raise the revision of that subscriber alone."""
        line = replace(ANNAS_LINE, name="Anna Berg", alternative=Alternative("4712", Mode.CONNECT))
        people.store.put_directory("sorsele", [line, BOS_LINE], (), leave=True, now=at("07:00"))

        assert people.store.revisions("sorsele") == {people.anna: 2, people.bo: 1}
        assert people.store.revisions("sorsele", [people.anna, 99]) == {people.anna: 2}
        assert people.store.revisions("elsewhere", [people.anna]) == people.store.revisions("sorsele", []) == {}
        assert people.store.subscribers("sorsele")[0].name == "Anna Berg"
        assert people.store.subscribers("sorsele")[0].alternative == Alternative("4712", Mode.CONNECT)

    def test_who_is_no_longer_listed_has_left_and_keeps_the_extension(self, people: People) -> None:
        """Somebody who is taken out of the directory has left since then, told once."""
        written = people.store.put_directory("sorsele", [ANNAS_LINE], (), leave=True, now=at("07:00"))
        again = people.store.put_directory("sorsele", [ANNAS_LINE], (), leave=True, now=at("08:00"))
        bo = people.store.find("4712")

        assert (written.left, again.left) == ((people.bo,), ())
        assert bo is not None
        assert (bo.left_at, bo.revision) == (at("07:00"), 2)

    def test_who_comes_back_is_the_same_subscriber(self, people: People) -> None:
        """Listed again, they have not left."""
        people.store.put_directory("sorsele", [ANNAS_LINE], (), leave=True, now=at("07:00"))
        written = people.store.put_directory("sorsele", [ANNAS_LINE, BOS_LINE], (), leave=True, now=at("08:00"))
        bo = people.store.find("4712")

        assert written.ids[BO] == people.bo
        assert bo is not None
        assert (bo.id, bo.left_at, bo.revision) == (people.bo, None, 3)

    def test_who_is_kept_stays_as_they_are(self, people: People) -> None:
        """A mailbox whose line is bad neither leaves nor loses an extension to another line."""
        line = replace(ANNAS_LINE, extensions=("4711", "4712"))
        written = people.store.put_directory("sorsele", [line], [BO.upper()], leave=True, now=at("07:00"))

        assert written.ids == {ANNA: people.anna, BO: people.bo}
        assert written.refused_extensions == (("4712", ANNA, BO),)
        assert people.store.revisions("sorsele")[people.bo] == 1
        assert people.store.find("4712") == people.store.subscribers("sorsele")[1]

    def test_nobody_leaves_when_leaving_is_off(self, people: People) -> None:
        """A directory that is not taken as whole removes nobody."""
        assert people.store.put_directory("sorsele", [], (), leave=False, now=at("07:00")).left == ()
        assert all(person.left_at is None for person in people.store.subscribers(None))

    def test_an_extension_moves_within_the_tenant(self, people: People) -> None:
        """The new line has it, and both subscribers have changed."""
        lines = [replace(ANNAS_LINE, extensions=("4711",)), replace(BOS_LINE, extensions=("4712", MOBILE))]
        written = people.store.put_directory("sorsele", lines, (), leave=True, now=at("07:00"))

        assert written.refused_extensions == ()
        assert [person.extensions for person in people.store.subscribers("sorsele")] == [("4711",), (MOBILE, "4712")]
        assert people.store.revisions("sorsele") == {people.anna: 2, people.bo: 2}

    def test_two_can_swap_their_extensions(self, people: People) -> None:
        """A swap is one writing."""
        lines = [replace(ANNAS_LINE, extensions=("4712",)), replace(BOS_LINE, extensions=("4711", MOBILE))]
        people.store.put_directory("sorsele", lines, (), leave=True, now=at("07:00"))

        assert [person.extensions for person in people.store.subscribers("sorsele")] == [("4712",), (MOBILE, "4711")]

    def test_an_extension_of_another_tenant_is_refused(self, people: People) -> None:
        """A number is unique over the switchboard: who is present keeps it, and the rest of the line counts."""
        line = replace(BOS_LINE, name="Bo Ask", extensions=("4712", "5001"))
        written = people.store.put_directory("sorsele", [ANNAS_LINE, line], (), leave=True, now=at("07:00"))

        assert written.refused_extensions == (("5001", BO, CECILIA),)
        assert people.store.subscribers("malå")[0].extensions == ("5001",)
        assert people.store.subscribers("sorsele")[1].name == "Bo Ask"

    def test_an_extension_of_somebody_who_has_left_is_taken_over(self, people: People) -> None:
        """Also from another tenant."""
        people.store.put_directory("malå", [], (), leave=True, now=at("07:00"))
        line = replace(BOS_LINE, extensions=("4712", "5001"))
        written = people.store.put_directory("sorsele", [ANNAS_LINE, line], (), leave=True, now=at("08:00"))

        assert written.refused_extensions == ()
        assert people.store.find("5001") == people.store.subscribers("sorsele")[1]
        assert people.store.subscribers("malå")[0].extensions == ()

    def test_of_two_lines_with_an_extension_the_first_has_it(self, people: People) -> None:
        """The second is told who has it, in every writing alike."""
        lines = [ANNAS_LINE, replace(BOS_LINE, extensions=("4712", "4711"))]
        first, second = (
            people.store.put_directory("sorsele", lines, (), leave=True, now=at("07:00")) for _ in range(2)
        )  # fmt: skip

        assert first.refused_extensions == second.refused_extensions == (("4711", BO, ANNA),)
        assert people.store.revisions("sorsele") == {people.anna: 1, people.bo: 1}

    def test_an_extension_that_is_no_longer_listed_is_free(self, people: People) -> None:
        """It is nobody's until a line has it."""
        people.store.put_directory(
            "sorsele", [replace(ANNAS_LINE, extensions=("4711",)), BOS_LINE], (), leave=True, now=at("07:00")
        )  # fmt: skip

        assert people.store.find(MOBILE) is None
        assert people.store.revisions("sorsele") == {people.anna: 2, people.bo: 1}


class ReferralSuite(StoreSuite):
    """What the daemon applies, and what an operator sets."""

    def test_a_referral_is_read_back_as_it_was_applied(self, people: People) -> None:
        """Reason, times, alternative and every booking survive; the store adds its id and when it was set."""
        connected = Alternative("4712", Mode.CONNECT)
        booking = Booking("k1", at("09:00"), at("10:00"), "SAM", alternative=connected, all_day=True)
        wished = replace(
            absence("09:00", "10:05"), alternative=Alternative("+46709999999", Mode.CONNECT), bookings=(booking,)
        )
        people.apply(people.anna, created(wished))
        (held,) = people.referrals(people.anna)

        assert held.id is not None
        assert held == replace(wished, id=held.id, set_at=at("07:00"))
        assert held.start.tzinfo is UTC

    def test_times_come_back_in_utc_whatever_zone_they_came_in(self, people: People) -> None:
        """10:00 in Stockholm, whose winter is an hour ahead, is 09:00; a fraction of a second is cut off."""
        stockholm = Referral(
            CALENDAR,
            Phone.CLOSED,
            "meeting",
            datetime.fromisoformat("2026-11-24T10:00:00.9+01:00"),
            datetime.fromisoformat("2026-11-24T11:00:00+01:00"),
        )
        people.apply(people.anna, created(stockholm))

        assert people.spans(people.anna) == [("09:00", "10:00")]
        assert people.referrals(people.anna)[0].start == at("09:00")

    def test_a_naive_time_is_refused(self, people: People) -> None:
        """A time without a zone is a bug, and nothing is written."""
        naive = replace(absence("09:00", "10:00"), start=datetime(2026, 11, 24, 9))  # noqa: DTZ001 - that is the point
        with pytest.raises(Exception, match="has no time zone"):
            people.apply(people.anna, created(naive))

        assert people.referrals(people.anna) == ()

    def test_an_update_keeps_id_and_when_it_was_set(self, people: People) -> None:
        """A meeting that is moved moves its referral, which goes on being the same one."""
        people.apply(people.anna, created(absence("09:00", "10:05")))
        (before,) = people.referrals(people.anna)
        people.apply(people.anna, updated(before, absence("09:00", "11:05")), now="08:00")
        (after,) = people.referrals(people.anna)

        assert after == replace(absence("09:00", "11:05"), id=before.id, set_at=at("07:00"))

    def test_a_removal_takes_the_row_away(self, people: People) -> None:
        """What has been removed is held no more, and its id is never given again."""
        people.apply(people.anna, created(absence("09:00", "10:05")))
        (before,) = people.referrals(people.anna)
        people.apply(people.anna, removed(before))
        people.apply(people.anna, created(absence("13:00", "14:05")))
        (after,) = people.referrals(people.anna)

        assert people.spans(people.anna) == [("13:00", "14:05")]
        assert after.id != before.id

    def test_every_write_raises_the_revision(self, people: People) -> None:
        """The new revision is told, and only that subscriber's is raised."""
        assert people.apply(people.anna, created(absence("09:00", "10:00"))) == 2
        people.store.refer(people.anna, by_hand("11:00", "12:00"), "operator", at("08:00"))
        people.store.open_phone(people.anna, at("11:10"), "operator", left)
        people.store.undo_opening(people.anna, at("11:20"), "operator")

        assert people.store.revisions("sorsele") == {people.anna: 5, people.bo: 1}

    def test_no_changes_write_nothing(self, people: People) -> None:
        """An empty plan leaves the revision as it was."""
        assert people.store.apply(people.anna, 1, [], at("07:00")) == 1
        assert people.store.revisions("sorsele")[people.anna] == 1

    def test_a_plan_that_saw_an_older_revision_is_refused(self, people: People) -> None:
        """Somebody opened the phone meanwhile: nothing of the plan is written."""
        people.apply(people.anna, created(absence("09:00", "10:05")))
        (before,) = people.referrals(people.anna)
        seen = people.held(people.anna).revision
        people.store.open_phone(people.anna, at("09:40"), "operator", left)

        with pytest.raises(RevisionMoved):
            people.store.apply(people.anna, seen, [updated(before, absence("09:00", "11:05"))], at("09:41"))
        assert people.spans(people.anna) == [("09:00", "09:40")]

    def test_changes_are_applied_all_or_none(self, people: People) -> None:
        """Where one of them cannot be, the others are not either, nor are they remembered."""
        good, bad = absence("09:00", "10:00"), absence("11:00", "11:00")
        with pytest.raises(Exception, match="length"):
            people.apply(people.anna, created(good), created(bad))

        assert people.held(people.anna) == Held(revision=1)
        assert people.store.changes_of(people.anna) == []

    def test_what_the_database_refuses_is_told_without_what_was_written(self, people: People) -> None:
        """Reasons, numbers and keys stay out of errors, which are logged; the constraint is named."""
        wished = replace(absence("11:00", "11:00", Phone.CLOSED, "a-key"), alternative=Alternative(MOBILE, Mode.INFO))
        with pytest.raises(Exception, match="length") as refused:
            people.apply(people.anna, created(wished))

        assert not any(told in str(refused.value) for told in ("meeting", MOBILE, "a-key"))

    @pytest.mark.parametrize("first", [0, 1])
    def test_two_calendar_referrals_of_a_phone_state_never_overlap(self, people: People, first: int) -> None:
        """A plan that would write them is refused as a whole, whichever stands first."""
        both = [created(absence("09:00", "10:05")), created(absence("10:00", "11:05"))]
        with pytest.raises(OverlappingReferrals, match=r"09:00.*10:05|10:00.*11:05"):
            people.apply(people.anna, both[first], both[1 - first])

        assert people.referrals(people.anna) == ()

    def test_referrals_that_meet_or_differ_in_phone_are_no_overlap(self, people: People) -> None:
        """One may begin when another ends, and an open one lie beside a closed one."""
        people.apply(
            people.anna,
            created(absence("09:00", "10:00")),
            created(absence("10:00", "11:00")),
            created(absence("08:00", "12:00", Phone.OPEN)),
        )

        assert people.spans(people.anna) == [("08:00", "12:00"), ("09:00", "10:00"), ("10:00", "11:00")]

    def test_one_that_gives_way_to_another_is_no_overlap(self, people: People) -> None:
        """What counts is how it is after all changes, in whatever order they stand."""
        people.apply(people.anna, created(absence("09:00", "10:00")), created(absence("11:00", "12:00")))
        first, second = people.referrals(people.anna)
        people.apply(people.anna, updated(first, absence("09:00", "12:00"), Cause.JOINED), removed(second))

        assert people.spans(people.anna) == [("09:00", "12:00")]

    def test_the_daemon_never_writes_what_another_hand_set(self, people: People) -> None:
        """Neither as a change to it nor as a new one of another origin."""
        hand_set = people.store.refer(people.anna, by_hand("09:00", "10:00"), "operator", at("08:00"))
        for change in (
            removed(hand_set),
            updated(hand_set, by_hand("09:00", "11:00")),
            created(by_hand("12:00", "13:00")),
        ):
            with pytest.raises(ValueError, match="operator"):
                people.apply(people.anna, change)
        disguised = replace(hand_set, origin=CALENDAR)
        with pytest.raises(RevisionMoved):
            people.apply(people.anna, removed(disguised))

        assert people.referrals(people.anna) == (hand_set,)

    def test_a_referral_by_hand_may_overlap_and_the_last_one_set_is_in_force(self, people: People) -> None:
        """When it ends by itself the one before it is in force again, then the calendar's."""
        people.apply(people.anna, created(absence("09:00", "12:00")))
        people.store.refer(people.anna, by_hand("09:30", "11:00", reason="ill"), "operator", at("08:10"))
        people.store.refer(people.anna, by_hand("09:15", "10:00", reason="lunch"), "operator", at("08:20"))

        clocks = ("09:00", "09:15", "09:30", "10:00", "11:00", "12:00")
        assert [people.reason_at(people.anna, clock) for clock in clocks] == [
            "meeting", "lunch", "lunch", "ill", "meeting", None,
        ]  # fmt: skip

    def test_the_very_same_is_set_once_where_that_is_asked_for(self, people: People) -> None:
        """Nothing is written the second time; whatever differs is another one, and so is another origin's."""
        course = by_hand("09:00", "12:00", reason="course")
        first = people.store.refer(people.anna, course, "trio", at("08:00"), once=True)
        revision = people.held(people.anna).revision
        assert people.store.refer(people.anna, course, "trio", at("08:01"), once=True) == first
        assert people.held(people.anna).revision == revision
        others = [
            replace(course, reason="ill"),
            replace(course, until=at("12:01")),
            replace(course, phone=Phone.OPEN),
            replace(course, alternative=Alternative("4712", Mode.INFO)),
            replace(course, origin="telephone"),
        ]
        made = [people.store.refer(people.anna, one, "trio", at("08:02"), once=True).id for one in others]
        assert len({first.id, *made}) == len(others) + 1
        assert people.store.refer(people.anna, course, "trio", at("08:03")).id not in {first.id, *made}

    def test_a_referral_by_hand_has_a_length(self, people: People) -> None:
        """One that ends before it begins is refused with both times."""
        with pytest.raises(UserError, match=r"10:00:00Z.*11:00:00Z"):
            people.store.refer(people.anna, by_hand("11:00", "10:00"), "operator", at("08:00"))

    def test_nothing_is_set_for_somebody_whom_the_store_lacks(self, people: People) -> None:
        """An unknown id is a bug, told by its number."""
        with pytest.raises(LookupError, match="no subscriber 9999"):
            people.store.refer(9999, by_hand("09:00", "10:00"), "operator", at("08:00"))

    def test_held_has_what_ends_after_a_time(self, people: People) -> None:
        """What was over by then is history."""
        people.apply(people.anna, created(absence("09:00", "10:00")), created(absence("11:00", "12:00")))

        held = people.store.held([people.anna, people.bo, 9999], at("10:00"))

        assert [one.start for one in held[people.anna].referrals] == [at("11:00")]
        assert held[people.bo] == Held(revision=1)
        assert set(held) == {people.anna, people.bo}

    def test_every_referral_that_is_not_over_is_listed_with_its_subscriber(self, people: People) -> None:
        """Whoever set it, of one tenant or all, alternatives as wished."""
        people.apply(people.anna, created(absence("08:00", "09:00")), created(absence("11:00", "12:00")))
        people.apply(people.cecilia, created(absence("09:00", "10:00")))
        people.store.refer(people.bo, by_hand("10:00", "11:00"), "operator", at("08:00"))

        listed = [(person.mailbox, one.start) for person, one in people.store.not_over(at("09:00"))]
        assert listed == [(CECILIA, at("09:00")), (ANNA, at("11:00")), (BO, at("10:00"))]
        assert [person.mailbox for person, _ in people.store.not_over(at("09:00"), "malå")] == [CECILIA]

    def test_threads_write_one_after_another(self, people: People) -> None:
        """Many plans at once, of two subscribers: each that saw the latest revision is applied, whole."""
        moved: list[int] = []

        def work(subscriber: int, hour: int) -> None:
            while True:
                try:
                    people.apply(subscriber, created(absence(f"{hour}:00", f"{hour}:30")))
                except RevisionMoved:
                    moved.append(subscriber)
                else:
                    return

        threads = [
            threading.Thread(target=work, args=(subscriber, hour))
            for subscriber in (people.anna, people.bo)
            for hour in range(8, 16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(people.spans(people.anna)) == len(people.spans(people.bo)) == 8
        assert people.store.revisions("sorsele") == {people.anna: 9, people.bo: 9}


class InForceSuite(StoreSuite):
    """The one SELECT, beside `rules.referral.in_force`."""

    def test_one_row_an_extension(self, people: People) -> None:
        """A subscriber's referral holds on all of their extensions."""
        people.apply(
            people.anna, created(replace(absence("09:00", "10:00"), alternative=Alternative("4712", Mode.INFO)))
        )
        mobile, desk = people.store.in_force(at("09:30"))

        assert (mobile.extension, desk.extension) == (MOBILE, "4711")
        assert (desk.tenant, desk.name, desk.subscriber_id) == ("sorsele", "Anna Ek", people.anna)
        assert (desk.start, desk.until, desk.phone) == (at("09:00"), at("10:00"), Phone.CLOSED)
        assert (desk.alternative, desk.origin, desk.opened_at) == (Alternative("4712", Mode.INFO), CALENDAR, None)

    def test_only_the_tenants_own_are_listed_where_one_is_named(self, people: People) -> None:
        """Without a name all tenants are."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        people.apply(people.cecilia, created(absence("09:00", "10:00")))

        assert [one.extension for one in people.store.in_force(at("09:30"))] == ["5001", MOBILE, "4711"]
        assert [one.extension for one in people.store.in_force(at("09:30"), "malå")] == ["5001"]

    def test_connect_to_somebody_who_is_closed_is_told_only(self, people: People) -> None:
        """While Bo is closed nobody is connected to Bo; when Bo is back they are."""
        people.apply(
            people.anna, created(replace(absence("09:00", "12:00"), alternative=Alternative("4712", Mode.CONNECT)))
        )
        people.apply(people.bo, created(absence("10:00", "11:00")), created(absence("11:00", "11:30", Phone.OPEN)))

        modes = {clock: people.store.in_force(at(clock), "sorsele")[-1] for clock in ("09:30", "11:15")}
        closed = next(one for one in people.store.in_force(at("10:30")) if one.extension == "4711")
        assert closed.alternative == Alternative("4712", Mode.INFO)
        assert modes["09:30"].alternative == Alternative("4712", Mode.CONNECT)
        open_ = next(one for one in people.store.in_force(at("11:15")) if one.extension == "4711")
        assert open_.alternative == Alternative("4712", Mode.CONNECT)
        assert people.referrals(people.anna)[0].alternative == Alternative("4712", Mode.CONNECT)

    def test_the_calendars_closed_one_is_in_force_whenever_its_open_one_was_set(self, people: People) -> None:
        """When they were set decides between other hands alone."""
        people.apply(people.anna, created(absence("08:00", "16:00")), now="07:00")
        people.apply(people.anna, created(absence("09:00", "10:00", Phone.OPEN)), now="07:10")
        people.apply(people.bo, created(absence("09:00", "10:00", Phone.OPEN)), now="07:00")
        people.apply(people.bo, created(absence("08:00", "16:00")), now="07:10")

        assert {one.extension: one.phone for one in people.store.in_force(at("09:30"))} == dict.fromkeys(
            ("4711", MOBILE, "4712"), Phone.CLOSED
        )

    @pytest.mark.parametrize("seed", range(8))
    def test_what_is_in_force_is_what_the_rules_say(self, people: People, seed: int) -> None:
        """Whenever something of a random store begins or ends, on every extension, its connect judged alike."""
        fill(people, random.Random(seed))
        extensions = {number: person.id for person in people.store.subscribers(None) for number in person.extensions}
        held = people.store.held(set(extensions.values()), MIDNIGHT)
        for moment in {moment for one in held.values() for r in one.referrals for moment in (r.start, r.until)}:
            ruling = {number: in_force(held[id_].referrals, moment) for number, id_ in extensions.items()}
            closed = {number for number, one in ruling.items() if one and one.phone is Phone.CLOSED}
            expected = {
                (
                    number, one.reason, one.start, one.until, one.phone, one.origin,
                    usable_alternative(one.alternative, closed.__contains__),
                )
                for number, one in ruling.items()
                if one is not None
            }  # fmt: skip

            assert {
                (one.extension, one.reason, one.start, one.until, one.phone, one.origin, one.alternative)
                for one in people.store.in_force(moment)
            } == expected


LAST_MINUTE = 120


def fill(people: People, chance: random.Random) -> None:
    """Random referrals of every hand between 09:00 and 11:00, those of the calendar's without overlap."""
    for subscriber in (people.anna, people.bo, people.cecilia):
        for phone in Phone:
            points = sorted(chance.sample(range(LAST_MINUTE), 6))
            people.apply(
                subscriber,
                *(
                    created(_random_referral(chance, CALENDAR, phone, start, until))
                    for start, until in zip(points[::2], points[1::2], strict=True)
                ),
                now=f"07:0{chance.randrange(3)}",
            )
        for _ in range(chance.randrange(4)):
            start, until = sorted(chance.sample(range(LAST_MINUTE), 2))
            hand_set = _random_referral(chance, "operator", chance.choice(list(Phone)), start, until)
            people.store.refer(subscriber, hand_set, "operator", at(f"08:0{chance.randrange(3)}"))


def _random_referral(chance: random.Random, origin: str, phone: Phone, start: int, until: int) -> Referral:
    number = chance.choice(["4711", "4712", "5001", MOBILE, "+46709999999", None])
    alternative = Alternative(number, chance.choice(list(Mode))) if number else None
    begin, end = (at("09:00") + timedelta(minutes=minutes) for minutes in (start, until))
    return Referral(origin, phone, f"reason {chance.random()}", begin, end, alternative)


class MemorySuite(StoreSuite):
    """What the store remembers: changes, held-back sets, cycles, its secret."""

    def test_each_change_is_remembered_with_its_cause(self, people: People) -> None:
        """Before and after, the entries, the rests, and by whom, in order."""
        rest = RestReached("k1", "lunch", datetime(2026, 11, 24, 12, tzinfo=UTC))
        people.apply(people.anna, replace(created(absence("09:00", "10:00", Phone.CLOSED, "k1")), rests=(rest,)))
        (first,) = people.referrals(people.anna)
        longer = absence("09:00", "11:00", Phone.CLOSED, "k2")
        people.apply(people.anna, updated(first, longer), now="07:10")
        people.apply(people.anna, removed(people.referrals(people.anna)[0]), now="07:20")
        made, moved, gone = people.store.changes_of(people.anna)

        assert (made.at, made.action, made.cause, made.by) == (at("07:00"), Action.CREATE, Cause.BOOKED, "calendar")
        assert (made.before, made.after) == (None, replace(first, bookings=()))
        assert (made.entries, made.rests) == (first.bookings, (rest,))
        assert (moved.action, moved.cause) == (Action.UPDATE, Cause.MOVED)
        assert moved.before == made.after
        assert [entry.key for entry in moved.entries] == ["k1", "k2"]
        assert (gone.action, gone.before, gone.after) == (Action.REMOVE, moved.after, None)
        assert gone.entries == longer.bookings
        assert {one.referral_id for one in (made, moved, gone)} == {first.id}
        assert people.store.changes_of(people.anna, at("07:10")) == [moved, gone]

    def test_what_people_do_is_remembered_too(self, people: People) -> None:
        """A referral by hand, an opening and one taken back, each by whom."""
        people.store.refer(people.anna, by_hand("09:00", "12:00"), "operator", at("08:00"))
        people.store.open_phone(people.anna, at("09:40"), "anna", left)
        people.store.undo_opening(people.anna, at("10:00"), "bo")

        assert [(one.at, one.action, one.cause, one.by) for one in people.store.changes_of(people.anna)] == [
            (at("08:00"), Action.CREATE, Cause.BY_HAND, "operator"),
            (at("09:40"), Action.UPDATE, Cause.OPENED, "anna"),
            (at("10:00"), Action.CREATE, Cause.OPENING_UNDONE, "bo"),
        ]

    def test_the_brake_does_not_count_what_was_joined(self, people: People) -> None:
        """What covers it stands there instead."""
        people.apply(people.anna, created(absence("09:00", "10:00")), created(absence("11:00", "12:00")))
        first, second = people.referrals(people.anna)
        longer = updated(first, absence("09:00", "12:00"), Cause.BOOKED)
        people.apply(people.anna, longer, removed(second, Cause.JOINED))

        assert people.store.removed_or_shortened("sorsele", MIDNIGHT) == 0

    def test_the_brake_counts_what_was_removed_or_shortened(self, people: People) -> None:
        """Each referral once: removed, ended earlier, or begun later; neither made nor lengthened."""
        day = [absence(f"{hour}:00", f"{hour}:30") for hour in range(9, 15)]
        people.apply(people.anna, *(created(one) for one in day), now="06:30")
        first, second, third, fourth, *_ = people.referrals(people.anna)
        people.apply(
            people.anna,
            removed(first),
            updated(second, replace(second, until=at("10:10"))),
            updated(third, replace(third, start=at("11:10"), until=at("11:50"))),
            updated(fourth, replace(fourth, until=at("12:50"))),
        )
        people.apply(people.anna, removed(people.referrals(people.anna)[0]), now="07:05")

        assert people.store.removed_or_shortened("sorsele", at("07:00")) == 3
        assert people.store.removed_or_shortened("sorsele", at("07:01")) == 1
        assert people.store.removed_or_shortened("sorsele", at("07:06")) == 0
        assert people.store.removed_or_shortened("malå", at("07:00")) == 0

    def test_the_brake_counts_nothing_that_a_wrong_clock_did(self, people: People) -> None:
        """What was made a year ahead by mistake would else be counted for a year."""
        people.apply(people.anna, created(absence("09:00", "10:00")), created(absence("11:00", "12:00")), now="06:30")
        first, second = people.referrals(people.anna)
        people.apply(people.anna, removed(first), now="07:00")
        people.apply(people.anna, removed(second), now=f"{365 * 24 + 7}:00")

        assert people.store.removed_or_shortened("sorsele", at("06:59"), at("07:30")) == 1
        assert people.store.lessened("sorsele", at("06:59"), at("07:30")) == {first.id}
        assert people.store.lessened("sorsele", at("06:29"), at("07:30")) == set()

    def test_the_brake_remembers_when_something_was_let_through(self, store: Store) -> None:
        """Each tenant's by itself, and leavers apart from changes."""
        assert store.count_restarted_at("sorsele") is None
        store.restart_count("sorsele", at("09:00"))
        store.restart_count("sorsele", at("10:00"))
        store.restart_count("malå", at("11:00"))
        store.restart_count("sorsele", at("12:00"), LEAVERS)
        assert store.count_restarted_at("sorsele") == at("10:00")
        assert store.count_restarted_at("sorsele", LEAVERS) == at("12:00")

    def test_when_a_tenants_store_was_filled_first(self, store: Store) -> None:
        """By the first cycle that read anything and left nobody who was due."""
        came_to = (
            {"read": 0},
            {"read": 9, "postponed": 2},
            {"read": 1, "postponed": 0, "still_due": 2},
            {"read": 2, "postponed": 0},
            {"read": 11},
        )
        filled = []
        for minute, summary in enumerate(came_to):
            store.record_cycle("sorsele", at(f"09:0{minute}"), summary, ())
            filled.append(store.first_filled("sorsele"))
        assert filled == [None, None, None, at("09:03"), at("09:03")]
        assert store.first_filled("malå") is None
        assert [store.first_read(tenant) for tenant in ("sorsele", "malå")] == [at("09:01"), None]

    def test_the_brake_counts_no_opening_and_no_other_hand(self, people: People) -> None:
        """What people end by themselves is no sign of a broken source."""
        people.apply(people.anna, created(absence("09:00", "12:00")))
        people.store.refer(people.anna, by_hand("09:30", "10:30"), "operator", at("08:00"))
        people.store.open_phone(people.anna, at("09:40"), "anna", left)
        (ended, _) = people.referrals(people.anna)
        people.apply(people.anna, updated(ended, replace(ended, until=at("09:35")), Cause.OPENED), now="09:50")

        assert people.store.removed_or_shortened("sorsele", MIDNIGHT) == 0

    def test_the_brake_knows_how_many_were_not_over_then(self, people: People) -> None:
        """Those that were, as they were: also ones that have been removed or ended since, and none made since."""
        day = [absence(f"{hour}:00", f"{hour}:30") for hour in range(9, 14)]
        people.apply(people.anna, *(created(one) for one in day), now="06:30")
        people.apply(people.cecilia, created(absence("09:00", "10:00")), now="06:30")
        people.store.refer(people.bo, by_hand("09:00", "16:00"), "operator", at("06:30"))
        first, second, *_ = people.referrals(people.anna)
        people.apply(people.anna, removed(second), now="09:10")
        people.apply(people.anna, updated(first, replace(first, until=at("09:10"))), now="09:10")
        people.apply(people.anna, created(absence("15:00", "16:00")), now="09:20")
        people.apply(people.anna, removed(people.referrals(people.anna)[-1]), now="09:25")
        people.apply(people.anna, created(absence("17:00", "18:00")), now="09:25")

        assert people.store.not_over_count("sorsele", at("06:29")) == 0
        assert people.store.not_over_count("sorsele", at("09:00")) == 5
        assert people.store.not_over_count("sorsele", at("09:15")) == 3
        assert people.store.not_over_count("sorsele", at("09:22")) == 4
        assert people.store.not_over_count("sorsele", at("13:00")) == 2
        assert people.store.not_over_count("malå", at("09:00")) == 1
        for enough in range(1, 8):
            count = people.store.not_over_count("sorsele", at("09:00"), enough)
            assert count == 5 if enough > 5 else enough <= count <= 5

    def test_a_held_back_set_counts_its_readings(self, store: Store) -> None:
        """The first reading brings the changes; each one after it is counted."""
        changes = {"anna@sorsele.example 17 end": Waiting(at("09:00"), 2)}
        store.hold("sorsele", "a1b2", {}, at("09:00"))
        (first,) = store.held_sets("sorsele")
        store.hold("sorsele", "c3d4", {}, at("09:05"))
        store.hold("sorsele", "a1b2", changes, at("09:30"))
        again, other = store.held_sets("sorsele")

        assert (first.count, first.first_reading, first.last_reading) == (1, at("09:00"), at("09:00"))
        assert (again.count, again.first_reading, again.last_reading) == (2, at("09:00"), at("09:30"))
        assert (again.changes, again.approved_by) == (changes, None)
        assert [again.set, other.set] == ["a1b2", "c3d4"]
        assert store.held_sets("malå") == []

    def test_an_admin_approves_that_very_set(self, store: Store) -> None:
        """By its name and its tenant; another one is unknown."""
        store.hold("sorsele", "a1b2", {}, at("09:00"))

        assert not store.approve("malå", "a1b2", "admin", at("09:10"))
        assert store.approve("sorsele", "a1b2", "admin", at("09:10"))
        (held,) = store.held_sets("sorsele")
        assert (held.approved_by, held.approved_at) == ("admin", at("09:10"))

    @pytest.mark.parametrize("slip", ["a1b2-0", "a1b2-00", "a1b2-2", "a1b2-" + "9" * 5000])
    def test_a_version_that_there_never_was_approves_nothing(self, store: Store, slip: str) -> None:
        """A slip of the pen behind the name."""
        store.hold("sorsele", "a1b2", {"anna@sorsele.example 17 end": Waiting(at("09:00"))}, at("09:00"))

        assert store.approve("sorsele", slip, "eva", at("09:10")) is None
        (held,) = store.held_sets("sorsele")
        assert (held.approved_at, held.unapproved) == (None, [*held.changes])

    def test_sets_that_nobody_asks_for_any_more_are_dropped(self, store: Store) -> None:
        """Those of the tenant's, and of the kind, that are named."""
        for tenant, name in (("sorsele", "a1b2"), ("sorsele", "c3d4"), ("malå", "a1b2")):
            store.hold(tenant, name, {}, at("09:00"))
        store.drop_held("sorsele", ["a1b2"], LEAVERS)
        assert len(store.held_sets("sorsele")) == 2
        store.drop_held("sorsele", ["a1b2"])

        assert [one.set for one in store.held_sets("sorsele")] == ["c3d4"]
        assert [one.set for one in store.held_sets("malå")] == ["a1b2"]

    def test_an_approval_that_nobody_has_read_yet_is_not_dropped(self, store: Store) -> None:
        """Who drops the set says which approvals they know of; a later one is for the next cycle."""
        for name in ("a1b2", "c3d4"):
            store.hold("sorsele", name, {}, at("09:00"))
            store.approve("sorsele", name, "eva", at("09:01"))
        store.drop_held("sorsele", ["a1b2", "c3d4"], approved=["a1b2"])

        assert [one.set for one in store.held_sets("sorsele")] == ["c3d4"]

    def test_the_secret_is_drawn_once(self, store: Store, tmp_path: Path) -> None:
        """The next process has the same one, or every entry would get a new key."""
        drawn = store.secret()
        store.close()

        assert len(drawn) == 32
        with self.make_store(tmp_path) as again:
            assert again.secret() == drawn

    def test_a_mark_lasts(self, store: Store, tmp_path: Path) -> None:
        """What has been done to a store is known to the next process; marking twice is no harm."""
        assert not store.marked("run")
        store.mark("run")
        store.mark("run")
        store.close()

        with self.make_store(tmp_path) as again:
            assert again.marked("run")
            assert not again.marked("once")

    def test_a_cycle_is_recorded(self, store: Store) -> None:
        """Its summary is written as it is."""
        store.record_cycle("sorsele", at("09:00"), {"tenant": "sorsele", "read": 2}, {7})
        assert store.unreadable("sorsele") == {7}
        assert store.latest_cycle("sorsele") == at("09:00")
