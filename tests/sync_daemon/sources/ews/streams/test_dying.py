"""Each way that a stream dies: nobody is dark meanwhile, and what was booked then is read."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.exchange.back_ends import BackEnds
from tests.exchange.process import Exchange
from tests.exchange.stream_messages import status_message
from tests.sync_daemon.sources.ews.ews_reader import ANNA, BO, CECILIA, MEETING_AT_NINE
from tests.sync_daemon.sources.ews.streams.conftest import Listens
from tests.sync_daemon.sources.ews.streams.listener import SHORT, Listener, until


def _books_and_is_heard(exchange: Exchange, listener: Listener, address: str = ANNA) -> None:
    listener.asked.clear()
    exchange.add_item(address, **MEETING_AT_NINE)
    listener.is_told(address)


DEATHS: dict[str, Callable[[Exchange], object]] = {
    "cut": lambda exchange: exchange.end_streams("cut"),
    "reset": lambda exchange: exchange.end_streams("reset"),
    "restarted": lambda exchange: exchange.restart(),
    "evicted, all of them": lambda exchange: exchange.evict(code="ErrorSubscriptionNotFound"),
    "read events failed": lambda exchange: exchange.evict(code="ErrorReadEventsFailed"),
}


@pytest.mark.parametrize("death", DEATHS)
def test_after_an_end_nobody_planned_everybody_is_read(exchange: Exchange, listens: Listens, death: str) -> None:
    """What happened on the way may be lost: each mailbox of the stream is asked for once it is listened for again."""
    with listens() as listener:
        before = listener.begun().fingerprints()
        DEATHS[death](exchange)
        for address in (ANNA, BO, CECILIA):
            listener.is_told(address)
        after = listener.begun().fingerprints()
        assert all(before[address] != after[address] for address in before)
        _books_and_is_heard(exchange, listener)


def test_an_end_that_exchange_planned_asks_for_no_reading(exchange: Exchange, listens: Listens) -> None:
    """Each keeps its fingerprint; what happens between the two connections is told on the second."""
    with listens() as listener:
        before = listener.begun().fingerprints()
        exchange.end_streams("closed")
        exchange.add_item(BO, **MEETING_AT_NINE)
        listener.is_told(BO)
        after = listener.fingerprints()
        assert listener.asked == [BO]
        assert (before[ANNA], before[CECILIA]) == (after[ANNA], after[CECILIA])


def test_a_connection_that_falls_silent_is_given_up(exchange: Exchange, listens: Listens) -> None:
    """As after a lost network: nothing comes, and the connection stays open. Each is read at once, and then polled."""
    with listens() as listener:
        listener.begun()
        exchange.half_open()
        listener.reader.clock += SHORT.silence
        until(lambda: listener.fingerprints() == {}, "nobody is listened for")
        listener.is_told(ANNA)
        listener.asked.clear()
        exchange.half_open(on=False)
        listener.reader.clock += SHORT.first_word
        listener.is_told(ANNA)


def test_one_that_is_evicted_is_subscribed_to_anew_and_the_others_stay(exchange: Exchange, listens: Listens) -> None:
    """It is polled until the connection is renewed."""
    with listens() as listener:
        before = listener.begun().fingerprints()
        exchange.evict(BO, "ErrorSubscriptionNotFound")
        until(lambda: listener.hears(ANNA, CECILIA), "that only Bo is no longer listened for")
        exchange.add_item(BO, **MEETING_AT_NINE)
        exchange.end_streams("closed")
        listener.is_told(BO)
        until(lambda: listener.hears(ANNA, BO, CECILIA), "Bo is listened for again")
        after = listener.fingerprints()
        assert (before[ANNA], before[CECILIA]) == (after[ANNA], after[CECILIA])
        assert set(listener.asked) == {BO}
        _books_and_is_heard(exchange, listener, BO)


def test_one_that_is_evicted_without_a_word_is_noticed_at_the_renewal(exchange: Exchange, listens: Listens) -> None:
    """Exchange looks whether it has each subscription; who it has none of is read and subscribed to anew."""
    with listens() as listener:
        listener.begun()
        exchange.evict(BO)
        exchange.add_item(BO, **MEETING_AT_NINE)
        exchange.end_streams("closed")
        listener.is_told(BO)
        assert set(listener.asked) == {BO}
        _books_and_is_heard(exchange, listener, BO)


def test_another_back_end_has_no_subscription_of_ours(exchange: Exchange, listens: Listens) -> None:
    """Where the cookie leads nowhere any more everybody is subscribed to anew, and read; no subscription is left."""
    with listens() as listener:
        listener.begun()
        exchange.lose_affinity()
        exchange.end_streams("closed")
        for address in (ANNA, BO, CECILIA):
            listener.is_told(address)
        until(listener.hears, "everybody is listened for again")
        _books_and_is_heard(exchange, listener)
    assert exchange.counters().subscriptions == 0


def test_the_cookie_leads_to_the_subscriptions_wherever_the_anchor_is(exchange: Exchange, listens: Listens) -> None:
    """A mailbox that moves to another server takes nobody's subscription along."""
    others = next(number for number in range(3, 9) if BackEnds(number).home(ANNA) != BackEnds().home(ANNA))
    with listens() as listener:
        listener.begun()
        exchange.streaming(back_ends=others)
        exchange.end_streams("closed")
        _books_and_is_heard(exchange, listener)
        assert listener.asked == [ANNA]
        assert exchange.counters().operations["Subscribe"] == 3


SICK: list[tuple[str, dict[str, Any]]] = [
    ("http", {"status": 503}),
    ("http", {"status": 503, "retry_after": 0}),
    ("http", {"status": 429}),
    ("http", {"status": 500}),
    ("busy", {"back_off_ms": 50}),
    ("code", {"code": "ErrorInternalServerError"}),
    ("reset", {}),
    ("html", {}),
    ("empty", {}),
    ("entities", {"what": "laughs"}),
    ("huge", {"mib": 5}),
]


@pytest.mark.parametrize(("kind", "options"), SICK)
def test_while_the_server_is_sick_everybody_is_polled(
    exchange: Exchange, listens: Listens, kind: str, options: dict[str, Any]
) -> None:
    """And listened for, and read, when it is well again."""
    with listens() as listener:
        listener.begun()
        fault = exchange.fault(kind, operation="GetStreamingEvents", **options)
        exchange.end_streams("closed")
        until(lambda: listener.fingerprints() == {}, "nobody is listened for")
        exchange.add_item(ANNA, **MEETING_AT_NINE)
        assert listener.source.hearing is not None
        assert listener.source.hearing.polled == 3
        exchange.clear_faults(fault)
        listener.is_told(ANNA)
        until(listener.hears, "everybody is listened for again")


def test_a_server_that_closes_at_once_is_not_asked_again_and_again(exchange: Exchange, listens: Listens) -> None:
    """As one that fails: after pauses that grow, and whoever would wait for long is polled."""
    with listens({"renewal": 0.1, "longest_pause": 60.0}) as listener:
        listener.begun()
        closed = base64.b64encode(status_message("Closed")).decode()
        fault = exchange.fault("raw", operation="GetStreamingEvents", body=closed, status=200)
        exchange.end_streams("closed")
        until(lambda: "as soon as it is opened" in listener.lacks, "that it is known")
        assert exchange.counters().operations["GetStreamingEvents"] < 10
        exchange.clear_faults(fault)
        listener.begun()


def test_where_exchange_never_finds_a_subscription_again_the_way_there_is_named(
    exchange: Exchange, listens: Listens
) -> None:
    """A load balancer that lets no cookie through, say."""
    exchange.fault("code", code="ErrorSubscriptionNotFound", operation="GetStreamingEvents")
    with listens() as listener:
        until(lambda: "X-BackEndOverrideCookie" in listener.lacks, "that it is told")
        assert listener.fingerprints() == {}


def test_a_back_end_that_does_not_come_back_is_left(exchange: Exchange, listens: Listens) -> None:
    """Its mailboxes may be on another one by now: they are subscribed to anew, and the old subscriptions ended."""
    with listens() as listener:
        listener.begun()
        exchange.fault("http", status=503, operation="GetStreamingEvents", times=4)
        exchange.end_streams("cut")
        until(lambda: exchange.counters().operations["Subscribe"] == 6, "that it is left")
        until(listener.hears, "that everybody is listened for again")
        _books_and_is_heard(exchange, listener)
        assert exchange.counters().subscriptions == 3


def test_where_a_back_end_is_left_everybody_is_read(exchange: Exchange, listens: Listens) -> None:
    """What happens until there are new subscriptions is told on none, even where the old ones were counted on."""
    with listens() as listener:
        before = listener.begun().fingerprints()
        closed = base64.b64encode(status_message("Closed")).decode()
        exchange.fault("raw", operation="GetStreamingEvents", body=closed, status=200, times=3)
        exchange.end_streams("closed")
        until(lambda: exchange.counters().operations["Subscribe"] == 6, "that it is left")
        for address in (ANNA, BO, CECILIA):
            listener.is_told(address)
        until(listener.hears, "that everybody is listened for again")
        after = listener.fingerprints()
        assert all(before[address] != after[address] for address in before)
