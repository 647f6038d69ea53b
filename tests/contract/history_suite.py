"""What every store keeps to of its history: what is forgotten and when, notices, cycles, a tenant's new id.

The people and the day are those of `store_suite`.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.departments import Notice, State
from sync_daemon.errors import UserError
from sync_daemon.settings.origin import Origin
from sync_daemon.store import FORGOTTEN, LEAVERS, Agreement, Delivery, ReadFrom, Sent, Store
from tests.contract.store_suite import (
    ANNAS_LINE,
    BOS_LINE,
    MIDNIGHT,
    People,
    StoreSuite,
    absence,
    at,
    created,
    left,
    removed,
)

TOLD = Notice(at("09:00"), at("10:00"), at("10:05"), State.TOLD, at("07:30"))


def forget(people: People, before: str, tenant: str = "sorsele") -> dict[str, int]:
    """What goes that is older, in the order of the tables; those of which nothing goes are left out."""
    gone = {kind: people.store.forget(tenant, kind, at(before)) for kind in FORGOTTEN}
    return {kind: count for kind, count in gone.items() if count}


class HistorySuite(StoreSuite):
    """What was, and for how long it is known."""

    def test_from_which_source_somebody_is_read_is_known_as_long_as_they_are(self, people: People) -> None:
        """The last word of several counts. It goes with the person, and follows the tenant's new id."""
        site, cloud = Origin("ews", "site", "https://a"), Origin("graph", None, "a.se")
        read = ReadFrom(people.anna, cloud, at("08:00"), "site", Agreement(2, at("08:05"), ("a 1 end",)))
        people.store.keep_read_from([read, ReadFrom(people.cecilia, site, at("08:00"))])
        assert people.store.read_from("sorsele") == {people.anna: read}
        assert people.store.doubted_count("sorsele") == 1
        settled = ReadFrom(people.anna, cloud, at("08:00"), "site")
        people.store.keep_read_from([read, settled])
        people.store.rename_tenant("malå", "mala")
        assert (people.store.read_from("sorsele"), people.store.doubted_count("sorsele")) == ({people.anna: settled}, 0)
        assert people.store.read_from_counts("sorsele") == {settled.origin: 1}
        assert [*people.store.read_from("mala")] == [people.cecilia]
        people.store.put_directory("sorsele", [BOS_LINE], set(), leave=True, now=at("09:00"))
        assert forget(people, "09:01") == {"subscribers": 1}
        assert people.store.read_from("sorsele") == {}

    def test_when_the_next_referral_or_opening_begins_or_ends(self, people: People) -> None:
        """Whoever has one in force or to come; the tenant's people alone."""
        people.apply(people.anna, created(absence("09:00", "10:00")), now="08:00")
        people.apply(people.cecilia, created(absence("09:00", "10:00")), now="08:00")
        edges = [people.store.next_edges("sorsele", at(clock)) for clock in ("08:59", "09:00", "09:59")]
        assert edges == [{people.anna: at("09:00")}, {people.anna: at("10:00")}, {people.anna: at("10:00")}]
        people.store.open_phone(people.anna, at("09:30"), "anna", left)
        assert people.store.next_edges("sorsele", at("09:00")) == {people.anna: at("09:30")}
        assert people.store.next_edges("sorsele", at("09:00"), [people.bo]) == {}
        assert people.store.next_edges("sorsele", at("10:00")) == {}

    def test_what_is_older_is_forgotten(self, people: People) -> None:
        """Referrals with what was changed of them, openings, notices and cycles; of that tenant, and at that minute."""
        for subscriber in (people.anna, people.cecilia):
            people.apply(subscriber, created(absence("09:00", "10:00")), now="08:00")
            people.store.open_phone(subscriber, at("09:30"), "anna", left)
        for tenant in ("sorsele", "malå"):
            people.store.say(tenant, {"Socialtjänst": [replace(TOLD, until=at("09:30"))]}, {})
            people.store.record_cycle(tenant, at("09:30"), {}, ())

        assert forget(people, "09:30") == {}
        people.apply(people.anna, created(absence("11:00", "12:00")), now="08:10")
        assert forget(people, "09:31") == {"referrals": 1, "changes": 2, "openings": 1, "notices": 1, "cycles": 1}
        assert people.spans(people.anna) == [("11:00", "12:00")]
        assert len(people.store.changes_of(people.anna)) == 1  # as old, and its referral is there
        assert people.spans(people.cecilia) == [("09:00", "09:30")]
        assert people.store.notices("malå", MIDNIGHT) != {}

    def test_what_was_removed_is_known_as_long_as_anything_else(self, people: People) -> None:
        """Why a referral is no longer there can be asked until then."""
        people.apply(people.anna, created(absence("11:00", "12:00")), now="08:00")
        people.apply(people.anna, removed(people.referrals(people.anna)[0]), now="08:30")
        assert forget(people, "08:00") == {}
        assert forget(people, "08:30") == {"changes": 1}
        assert forget(people, "08:31") == {"changes": 1}

    def test_who_left_is_forgotten_last(self, people: People) -> None:
        """With their number, once nothing of theirs is kept any more; who is there stays."""
        people.apply(people.bo, created(absence("09:00", "10:00")))
        people.store.put_directory("sorsele", [ANNAS_LINE], (), leave=True, now=at("08:00"))
        assert forget(people, "10:00") == {}
        assert forget(people, "08:00", "malå") == {}
        assert forget(people, "10:01") == {"referrals": 1, "changes": 1, "subscribers": 1}
        assert people.store.find("4712") is None
        assert [one.id for one in people.store.subscribers(None)] == [people.cecilia, people.anna]

    def test_history_goes_a_few_rows_at_a_time(self, people: People) -> None:
        """So that nobody waits long for the store."""
        people.store.say("sorsele", {"Socialtjänst": [TOLD] * 501}, {})
        assert [people.store.forget("sorsele", "notices", at("10:01")) for _ in range(3)] == [500, 1, 0]

    def test_the_latest_word_of_a_stretch_counts(self, store: Store) -> None:
        """By department; what was said by a moment can be asked as well, and what is over is not told."""
        store.say("sorsele", {"Socialtjänst": [TOLD]}, {"Socialtjänst": "112"})
        (told,) = store.notices("sorsele", at("08:00"))["Socialtjänst"]
        assert told == replace(TOLD, id=told.id)
        corrected = replace(told, until=at("11:00"), back=None, state=State.CORRECTED, at=at("08:00"))
        another = replace(TOLD, start=at("13:00"), until=at("14:00"), at=at("08:00"))
        store.say("sorsele", {"Socialtjänst": [another, corrected], "Skola": [TOLD]}, {})

        said = store.notices("sorsele", at("10:00"))
        assert [(one.start, one.until, one.state) for one in said["Socialtjänst"]] == [
            (at("09:00"), at("11:00"), State.CORRECTED),
            (at("13:00"), at("14:00"), State.TOLD),
        ]
        assert set(said) == {"Socialtjänst"}
        assert store.notices("sorsele", at("09:59"), at("07:59")) == {"Socialtjänst": [told]} | {
            "Skola": store.notices("sorsele", at("09:59"))["Skola"]
        }
        assert store.notices("malå", MIDNIGHT) == {}

    def test_a_word_waits_for_each_receiver_until_it_is_taken(self, store: Store) -> None:
        """In the order of saying, each with a key of its own; what was delivered is what a later word begins from."""
        to = {"Socialtjänst": ("mail:a", "webhook:b")}
        store.say("sorsele", {"Socialtjänst": [TOLD], "Skola": [TOLD]}, {"Socialtjänst": "112"}, to)
        mailed, posted = store.outgoing("sorsele")
        assert (mailed.receiver, posted.receiver, mailed.notice.start) == ("mail:a", "webhook:b", TOLD.start)
        assert (mailed.emergency, mailed.before, mailed.over_at) == ("112", None, TOLD.until)
        assert mailed.key != posted.key
        store.delivery_failed(posted.id, at("08:01"), "not now", refused=True)
        store.delivered(mailed.id, at("08:00"))
        shorter = replace(mailed.notice, until=at("09:30"), state=State.CORRECTED, at=at("08:10"))
        store.say("sorsele", {"Socialtjänst": [shorter]}, {}, to)

        first, again, then = store.outgoing("sorsele")
        assert (first.key, first.tries, first.refused, first.problem) == (posted.key, 1, True, "not now")
        assert (again.receiver, again.before and again.before.until, again.over_at) == (
            "mail:a",
            at("10:00"),
            at("10:00"),
        )
        assert (then.receiver, then.before, then.over_at) == ("webhook:b", None, at("09:30"))
        assert store.outgoing("sorsele", "mail:a") == [again]
        store.delivery_over(first.id, at("10:00"))
        assert [one.key for one in store.outgoing("sorsele")] == [again.key, then.key]
        assert store.last_delivered("sorsele") == {"mail:a": at("08:00")}
        assert store.outgoing("malå") == []

    def test_how_it_stands_with_the_latest_word_is_known_as_of_any_time(self, store: Store) -> None:
        """What was delivered later had not been by then."""
        store.say("sorsele", {"Socialtjänst": [TOLD]}, {}, {"Socialtjänst": ("mail:a",)})
        (word,) = store.outgoing("sorsele")
        store.delivered(word.id, at("08:05"))
        stretch = int(word.notice.id or 0)
        assert store.sent([stretch], at("08:04")) == {stretch: [Sent("mail:a", Delivery.WAITING, None)]}
        assert store.sent([stretch], at("08:05")) == {stretch: [Sent("mail:a", Delivery.DELIVERED, at("08:05"))]}

    def test_what_was_sent_goes_with_its_notice(self, people: People) -> None:
        """Before it, for it points there."""
        people.store.say("sorsele", {"Socialtjänst": [TOLD]}, {}, {"Socialtjänst": ("mail:a", "webhook:b")})
        assert forget(people, "10:00") == {}
        assert forget(people, "10:01") == {"outbox": 2, "notices": 1}

    def test_what_waits_moves_with_a_tenants_new_id(self, people: People) -> None:
        """And is delivered as the new one's."""
        people.store.say("sorsele", {"Socialtjänst": [TOLD]}, {}, {"Socialtjänst": ("mail:a",)})
        people.store.rename_tenant("sorsele", "tärna")
        assert [one.tenant for one in people.store.outgoing("tärna")] == ["tärna"]

    def test_the_latest_cycles_stand_first(self, store: Store) -> None:
        """As many as are asked for, of that tenant; who could not be read is known as of the latest."""
        for minute, unreadable in enumerate(({1, 2}, {2}, ())):
            store.record_cycle("sorsele", at(f"09:0{minute}"), {"read": 1}, unreadable)
        store.record_cycle("malå", at("10:00"), {}, {7})

        assert store.latest_cycles("sorsele", 2) == [at("09:02"), at("09:01")]
        assert (store.latest_cycle("sorsele"), store.latest_cycle("tärna")) == (at("09:02"), None)
        assert store.first_filled("sorsele") == at("09:00")
        assert [store.unreadable(tenant) for tenant in ("sorsele", "malå")] == [frozenset(), frozenset({7})]

    def test_a_tenant_has_another_id(self, people: People) -> None:
        """Everything of it is the new one's: its people, its memory, and what is said of it by name."""
        store = people.store
        store.record_cycle("sorsele", at("09:00"), {}, {people.anna})
        store.restart_count("sorsele", at("09:10"), LEAVERS)
        store.say("sorsele", {"Socialtjänst": [TOLD]}, {})
        store.hold("sorsele", "a1b2", {}, at("09:00"))
        store.put_directory("sorsele", [ANNAS_LINE], (), leave=True, now=at("09:00"))

        assert store.people() == {"malå": 1, "sorsele": 1}
        assert store.rename_tenant("sorsele", "tärna") == 2
        assert store.people() == {"malå": 1, "tärna": 1}
        assert [one.id for one in store.subscribers("tärna")] == [people.anna, people.bo]
        assert (store.unreadable("tärna"), store.latest_cycle("tärna")) == (frozenset({people.anna}), at("09:00"))
        assert store.count_restarted_at("tärna", LEAVERS) == at("09:10")
        assert [one.set for one in store.held_sets("tärna")] == ["a1b2"]
        assert set(store.notices("tärna", MIDNIGHT)) == {"Socialtjänst"}
        assert (store.latest_cycle("sorsele"), store.held_sets("sorsele")) == (None, [])

    def test_what_an_id_held_of_nobody_gives_way(self, people: People) -> None:
        """A cycle of the new id may have run before anybody was its own."""
        for tenant, ids in (("tärna", {99}), ("sorsele", {people.anna})):
            people.store.hold(tenant, f"of {tenant}", {}, at("09:00"))
            people.store.record_cycle(tenant, at("09:00"), {}, ids)
        people.store.rename_tenant("sorsele", "tärna")
        assert [one.set for one in people.store.held_sets("tärna")] == ["of sorsele"]
        assert people.store.unreadable("tärna") == {people.anna}

    @pytest.mark.parametrize(
        ("old", "new", "told"), [("tärna", "x", "has nobody of"), ("sorsele", "malå", "1 people of")]
    )
    def test_an_id_that_cannot_be_is_refused(self, people: People, old: str, new: str, told: str) -> None:
        """Of nobody, or somebody's already: nothing is written."""
        with pytest.raises(UserError, match=told):
            people.store.rename_tenant(old, new)
        assert people.store.people() == {"malå": 1, "sorsele": 2}
