"""Who is listened for where there is no place for all, or where somebody may not be."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync_daemon.findings import Severity
from sync_daemon.sources import Hearing
from sync_daemon.sources.ews.streams.failures import LEFT_OVER
from tests.exchange.process import Exchange
from tests.sync_daemon.sources.ews.ews_reader import ANNA, BO, CECILIA, MEETING_AT_NINE
from tests.sync_daemon.sources.ews.streams.conftest import Listens
from tests.sync_daemon.sources.ews.streams.listener import until

ADAM = "adam@sorsele.example"


def test_who_finds_no_place_is_polled_and_told_of(listens: Listens) -> None:
    """So many connections, and so many on each; the places are full."""
    with listens({"on_one": 1}, stream_connections=2) as listener:
        listener.begun(ANNA, BO)
        assert listener.lacks == LEFT_OVER
        listener.wanted = (ADAM, ANNA, BO, CECILIA)
        listener.has_places()
        assert listener.source.hearing == Hearing(2, {LEFT_OVER: 2})
        assert listener.hears(ANNA, BO)


def test_check_says_how_many_find_no_place(listens: Listens) -> None:
    """A note, with what can be done; where there is a place for each there is nothing to say."""
    source = listens({"on_one": 1}, stream_connections=2).source
    notes = list(source.try_listening("sorsele", [ANNA, BO, CECILIA]))
    assert [(note.severity, note.problem, note.remedy) for note in notes] == [
        (Severity.NOTE, "1 of 3 mailboxes are polled, for 2 can be listened for", LEFT_OVER)
    ]
    assert list(source.try_listening("sorsele", [ANNA, BO])) == []


def test_where_exchange_allows_fewer_connections_the_rest_is_polled(exchange: Exchange, listens: Listens) -> None:
    """The connections that there may be stay; it is tried again now and then."""
    exchange.streaming(hanging_limit=1)
    with listens({"on_one": 1}) as listener:
        until(lambda: "HangingConnectionLimit" in listener.lacks, "that there may be no more")
        assert exchange.user in listener.lacks
        until(lambda: len(listener.fingerprints()) == 1, "that one is listened for")
        exchange.streaming()
        listener.begun()


def test_a_slot_that_is_freed_late_costs_no_reading(exchange: Exchange, listens: Listens) -> None:
    """At a renewal Exchange may count the old connection for a moment still."""
    with listens() as listener:
        before = listener.begun().fingerprints()
        exchange.streaming(hanging_limit=0)
        exchange.end_streams("closed")
        until(lambda: exchange.counters().operations["GetStreamingEvents"] >= 3, "that it is tried")
        exchange.streaming()
        exchange.add_item(ANNA, **MEETING_AT_NINE)
        listener.is_told(ANNA)
        after = listener.fingerprints()
        assert [address for address in before if before[address] != after[address]] == [ANNA]


def test_who_is_added_joins_at_the_renewal_and_who_has_left_leaves(exchange: Exchange, listens: Listens) -> None:
    """The others keep their fingerprints: none of them is read for it."""
    exchange.add_mailbox(ADAM)
    with listens() as listener:
        before = listener.begun().fingerprints()
        listener.wanted = (ADAM, ANNA, BO)
        listener.has_places()
        assert listener.lacks == "", "that somebody new waits for a renewal is no trouble"
        exchange.end_streams("closed")
        until(lambda: listener.hears(ADAM, ANNA, BO), "that who is added is listened for")
        after = listener.fingerprints()
        assert (before[ANNA], before[BO]) == (after[ANNA], after[BO])
        assert set(listener.asked) == {ADAM}
        assert exchange.counters().subscriptions == 3
        listener.wanted = (ADAM, ANNA, BO, CECILIA)
        listener.has_places()
        exchange.end_streams("closed")
        until(lambda: CECILIA in listener.asked, "that whoever comes back is read")


def test_who_was_refused_is_not_tried_at_each_renewal(exchange: Exchange, listens: Listens) -> None:
    """It is left for a while."""
    exchange.fault("code", code="ErrorAccessDenied", operation="Subscribe", mailbox=BO)
    with listens() as listener:
        listener.begun(ANNA, CECILIA)
        for asked in (2, 3):
            exchange.end_streams("closed")
            until(lambda asked=asked: exchange.counters().operations["GetStreamingEvents"] == asked, "the renewal")  # type: ignore[misc]
        assert exchange.counters().operations["Subscribe"] == 3


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("ErrorAccessDenied", "ErrorAccessDenied"),
        ("ErrorNonExistentMailbox", "mend the mailbox"),
        ("ErrorSubscriptionDelegateAccessNotSupported", 'set access = "impersonation"'),
        ("ErrorExceededSubscriptionCount", "EwsMaxSubscriptions"),
        ("ErrorMailboxMoveInProgress", "ErrorMailboxMoveInProgress"),
    ],
)
def test_who_may_not_be_subscribed_to_harms_nobody_else(
    exchange: Exchange, listens: Listens, code: str, remedy: str
) -> None:
    """It is polled, and tried again when the connection is renewed."""
    fault = exchange.fault("code", code=code, operation="Subscribe", mailbox=BO)
    with listens({"refused": 0}) as listener:
        listener.begun(ANNA, CECILIA)
        assert remedy in listener.lacks
        exchange.clear_faults(fault)
        exchange.end_streams("closed")
        until(listener.hears, "that Bo is listened for")
        assert listener.asked == [BO]


def test_a_mailbox_in_which_more_happened_than_exchange_keeps_is_read(exchange: Exchange, listens: Listens) -> None:
    """And subscribed to anew; the subscription that has missed something is ended."""
    with listens() as listener:
        listener.begun()
        exchange.evict(BO, "ErrorMissedNotificationEvents")
        until(lambda: listener.hears(ANNA, CECILIA), "that Bo is polled")
        exchange.end_streams("closed")
        listener.is_told(BO)
    assert exchange.counters().subscriptions == 0


def test_a_password_that_is_refused_is_not_sent_again_and_again(exchange: Exchange, listens: Listens) -> None:
    """As for readings: the account is not locked, and nobody is listened for until another password is there."""
    with listens({"on_one": 1}) as listener:
        listener.begun()
        exchange.lock_after(5)
        exchange.set_password(exchange.user, "another one")
        exchange.end_streams("cut")
        until(lambda: listener.lacking("HTTP 401") == 3 and listener.fingerprints() == {}, "that each is refused")
        until(listener.source._account.is_refused, "that it rests")  # noqa: SLF001 - what readings ask
        sent = exchange.counters().refused
        listener.reader.clock += 100
        exchange.end_streams("cut")
        assert exchange.counters().refused == sent
        assert exchange.counters().locked == []
        assert sum(sent.values()) <= 3


def test_a_password_that_is_wrong_from_the_beginning_is_sent_once(exchange: Exchange, listens: Listens) -> None:
    """By all connections together."""
    exchange.set_password(exchange.user, "another one")
    with listens({"on_one": 1}) as listener:
        until(lambda: listener.lacking("HTTP 401") == 3, "that each is refused")
        assert sum(exchange.counters().refused.values()) == 1


def test_a_certificate_that_has_gone_is_a_trouble_of_the_server(
    exchange: Exchange, listens: Listens, tmp_path: Path
) -> None:
    """Whoever puts it back is listened for again."""
    certificate = tmp_path / "ca.pem"
    certificate.write_text("")
    listener = listens(ca_file=certificate)
    certificate.unlink()
    with listener:
        until(lambda: "the certificate cannot be read" in listener.lacks, "that it is missed")
        certificate.write_text("")
        listener.begun()
    assert exchange.counters().subscriptions == 0
