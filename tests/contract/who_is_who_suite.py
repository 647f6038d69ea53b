"""What every store keeps to of who is who: other mailboxes, successors, two that are one, one that is two.

See docs/rules.md §9.

The people and the day are those of `store_suite`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.command import Phone
from rules.plan import Cause
from rules.referral import CALENDAR, Opening
from sync_daemon.errors import UserError
from sync_daemon.store import DirectoryWritten, StoredSubscriber, Succession
from tests.contract.store_suite import (
    ANNA,
    ANNAS_LINE,
    BO,
    BOS_LINE,
    MOBILE,
    Line,
    People,
    StoreSuite,
    absence,
    at,
    by_hand,
    created,
    left,
)

ANNA_BERG, DAN = "anna.berg@sorsele.example", "dan@sorsele.example"
ANNA_BERGS_LINE = replace(ANNAS_LINE, mailbox=ANNA_BERG)
DANS_LINE = Line(DAN, "Dan Ek", ("4712",))


def lists(people: People, *lines: Line, now: str = "07:00", **more: dict[str, str]) -> DirectoryWritten:
    """Sorsele's directory has these lines."""
    return people.store.put_directory("sorsele", lines, (), leave=True, now=at(now), renamed=more.get("renamed", {}))


def marries(people: People) -> None:
    """Anna is Anna Berg from 07:00 on, and nobody has read her new mailbox yet."""
    lists(people, ANNA_BERGS_LINE, BOS_LINE, renamed={ANNA_BERG: ANNA})


def known(people: People, subscriber: int) -> StoredSubscriber:
    """The subscriber as the store has them."""
    return next(one for one in people.store.subscribers("sorsele") if one.id == subscriber)


class WhoIsWhoSuite(StoreSuite):
    """Who goes on as whom."""

    def test_who_has_another_mailbox_is_the_same_subscriber(self, people: People) -> None:
        """They keep their id and what they have; their new mailbox is unread until it was read whole."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        before = people.referrals(people.anna)
        written = lists(people, ANNA_BERGS_LINE, BOS_LINE, renamed={ANNA_BERG: ANNA})
        anna = known(people, people.anna)

        assert (written.ids[ANNA_BERG], written.renamed, written.left) == (people.anna, {ANNA_BERG: ANNA}, ())
        assert (anna.mailbox, anna.former_mailbox, anna.extensions) == (ANNA_BERG, ANNA, (MOBILE, "4711"))
        assert (anna.renamed_at, anna.unread_since, anna.revision) == (at("07:00"), at("07:00"), 3)
        assert people.referrals(people.anna) == before
        people.store.read_whole(people.anna)
        assert known(people, people.anna).unread_since is None

    def test_nobody_is_renamed_who_is_still_listed(self, people: People) -> None:
        """Both have a line: the second is somebody new."""
        new = replace(ANNA_BERGS_LINE, extensions=())
        written = lists(people, ANNAS_LINE, BOS_LINE, new, renamed={ANNA_BERG: ANNA})
        assert written.renamed == {}
        assert written.ids[ANNA] == people.anna != written.ids[ANNA_BERG]

    def test_nobody_is_renamed_who_has_left_or_to_a_mailbox_that_is_known(self, people: People) -> None:
        """Who left before comes back by their own mailbox only, and nobody becomes two."""
        lists(people, ANNAS_LINE)
        written = lists(people, ANNAS_LINE, DANS_LINE, renamed={DAN: BO}, now="08:00")
        assert written.renamed == {}
        assert written.ids[DAN] != people.bo
        assert lists(people, DANS_LINE, now="09:00", renamed={DAN: ANNA}).renamed == {}

    def test_nobody_is_renamed_to_a_mailbox_that_is_not_listed(self, people: People) -> None:
        """Who is in no line under either mailbox has left."""
        written = lists(people, BOS_LINE, renamed={ANNA_BERG: ANNA})
        assert (written.renamed, written.left) == ({}, (people.anna,))

    def test_what_a_directory_would_come_to_is_told_without_a_word_written(self, people: People) -> None:
        """For `plan`, which writes nothing: the same answer, and the store as it was."""
        before = people.store.subscribers(None)
        lines = [replace(ANNAS_LINE, extensions=("4711",)), replace(DANS_LINE, extensions=("4712", MOBILE))]
        told = people.store.put_directory("sorsele", lines, (), leave=True, now=at("07:00"), write=False)

        assert (told.left, told.moved) == ((people.bo,), {MOBILE: DAN, "4712": DAN})
        assert people.store.subscribers(None) == before

    def test_a_successor_inherits_what_was_set_by_hand_on_the_number(self, people: People) -> None:
        """Neither what is over nor what the calendar said; it stays the former one's too, and is inherited once."""
        people.apply(people.bo, created(absence("09:00", "10:00")))
        people.store.refer(people.bo, by_hand("05:00", "07:00", reason="over"), "operator", at("05:00"))
        people.store.refer(people.bo, by_hand("06:00", "16:00", reason="ill"), "operator", at("06:00"))
        written = lists(people, ANNAS_LINE, DANS_LINE)
        dan = written.ids[DAN]

        assert written.succeeded == (Succession("4712", DAN, BO, 1),)
        assert [(one.reason, one.set_at) for one in people.referrals(dan)] == [("ill", at("06:00"))]
        assert people.store.changes_of(dan)[0].cause is Cause.SUCCESSOR
        assert len(people.referrals(people.bo)) == 3
        lists(people, ANNAS_LINE, BOS_LINE, now="08:00")
        assert lists(people, ANNAS_LINE, DANS_LINE, now="09:00").succeeded == (Succession("4712", DAN, BO, 0),)

    def test_somebody_with_an_extension_waits_for_what_was_set_by_hand_on_another(self, people: People) -> None:
        """It would close theirs as well; at the minute when it is over they get the number."""
        people.store.refer(people.bo, by_hand("06:00", "09:00"), "operator", at("06:00"))
        both = replace(ANNAS_LINE, extensions=("4711", MOBILE, "4712"))

        assert lists(people, both, now="08:59").waiting_extensions == (("4712", ANNA, BO),)
        assert known(people, people.bo).extensions == ("4712",)
        assert lists(people, both, now="09:00").waiting_extensions == ()
        assert known(people, people.anna).extensions == (MOBILE, "4711", "4712")

    def test_two_are_one(self, people: People) -> None:
        """Who left goes on under the new mailbox, with everything of both, closed wherever either was."""
        people.apply(people.bo, created(absence("09:00", "11:00", Phone.CLOSED, "k1")))
        dan = lists(people, ANNAS_LINE, replace(DANS_LINE, extensions=("4713",))).ids[DAN]
        people.apply(dan, created(absence("10:00", "12:00", Phone.CLOSED, "k2")), now="07:10")
        people.store.refer(dan, by_hand("14:00", "15:00"), "operator", at("07:20"))
        people.store.open_phone(dan, at("14:10"), "dan", left)
        version = people.store.people_version("sorsele")
        joined = people.store.join("sorsele", BO, DAN, "eva", at("08:00"))

        assert (joined.id, joined.mailbox, joined.former_mailbox, joined.left_at) == (people.bo, DAN, BO, None)
        assert (joined.extensions, joined.name, joined.unread_since) == (("4712", "4713"), "Dan Ek", at("08:00"))
        assert people.spans(people.bo) == [("09:00", "12:00"), ("14:00", "14:10")]
        assert people.held(people.bo).openings == (Opening(at("14:10")),)
        assert people.referrals(dan) == ()
        assert Cause.SAME_PERSON in {one.cause for one in people.store.changes_of(people.bo)}
        assert people.store.people_version("sorsele") not in {version, people.store.people_version("malå")}

    @pytest.mark.parametrize(
        ("old", "new", "told"), [(ANNA, DAN, "has not left"), (BO, "nobody@x", "nobody in"), (BO, BO, "is not in the")]
    )
    def test_two_who_cannot_be_one(self, people: People, old: str, new: str, told: str) -> None:
        """The first has left, the second has not, and there are both; else nothing is written."""
        lists(people, ANNAS_LINE, replace(DANS_LINE, extensions=("4713",)))
        before = people.store.subscribers(None)
        with pytest.raises(UserError, match=told):
            people.store.join("sorsele", old, new, "eva", at("08:00"))
        assert people.store.subscribers(None) == before

    def test_one_is_two(self, people: People) -> None:
        """Who has the mailbox is somebody new with what was read and opened there; the former one has left."""
        people.store.refer(people.anna, by_hand("08:00", "16:00"), "operator", at("06:00"))
        people.store.refer(people.anna, by_hand("05:00", "09:00", reason="over"), "operator", at("05:00"))
        people.store.open_phone(people.anna, at("06:30"), "anna", left)
        marries(people)
        people.store.read_whole(people.anna)
        people.apply(people.anna, created(absence("07:30", "08:30")), created(absence("10:00", "11:00")), now="07:10")
        people.store.open_phone(people.anna, at("08:05"), "anna", left)
        version = people.store.people_version("sorsele")
        new, kept = people.store.split("sorsele", ANNA_BERG, "eva", at("09:00"))
        former = known(people, people.anna)

        assert (new.mailbox, new.extensions, new.name) == (ANNA_BERG, (MOBILE, "4711"), "Anna Ek")
        assert (former.mailbox, former.left_at, former.former_mailbox) == (ANNA, at("09:00"), None)
        assert (former.extensions, former.renamed_at, former.unread_since) == ((), None, None)
        assert kept == 0  # the opening at 08:05 ended the one of 08:00
        assert [one.start for one in people.referrals(new.id) if one.origin == CALENDAR] == [at("10:00")]
        assert [one.at for one in people.held(new.id).openings] == [at("08:05")]
        assert people.store.people_version("sorsele") != version

    def test_one_is_two_before_the_new_mailbox_was_read(self, people: People) -> None:
        """What stands there is the former one's calendar; what was set by hand on the number is both's."""
        people.apply(people.anna, created(absence("10:00", "11:00")))
        people.store.refer(people.anna, by_hand("08:00", "16:00"), "operator", at("06:00"))
        marries(people)
        new, kept = people.store.split("sorsele", ANNA_BERG, "eva", at("09:00"))

        assert kept == 1
        assert people.spans(new.id) == [("08:00", "16:00")]
        assert people.spans(people.anna) == [("08:00", "16:00"), ("10:00", "11:00")]

    def test_who_was_taken_for_nobody_cannot_be_two(self, people: People) -> None:
        """Nor can they once the former mailbox has come back by itself."""
        with pytest.raises(UserError, match="has not been taken for anybody"):
            people.store.split("sorsele", ANNA, "eva", at("09:00"))
        marries(people)
        lists(people, ANNA_BERGS_LINE, BOS_LINE, replace(ANNAS_LINE, extensions=()), now="08:00")
        with pytest.raises(UserError, match="has come back by itself"):
            people.store.split("sorsele", ANNA_BERG, "eva", at("09:00"))
