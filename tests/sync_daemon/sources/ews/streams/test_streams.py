"""Exchange tells of changes: who is listened for, what is heard, and what asks for a reading."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sync_daemon.sources.exchange.signs import NOT_BEGUN
from tests.exchange.certificate import make
from tests.exchange.process import Exchange
from tests.sync_daemon.sources.ews.ews_reader import ANNA, BO, CECILIA, MEETING_AT_NINE, Reader
from tests.sync_daemon.sources.ews.streams.conftest import Listens
from tests.sync_daemon.sources.ews.streams.listener import Listener, until


@pytest.mark.parametrize("access", ["impersonation", "delegate"])
@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_a_booking_asks_for_a_reading_of_its_mailbox(
    exchange: Exchange, listens: Listens, access: str, auth: str
) -> None:
    """And of no other; its fingerprint has changed before anybody is told."""
    exchange.rights("reviewer")
    with listens(access=access, auth=auth) as listener:
        before = listener.begun().fingerprints()
        exchange.add_item(ANNA, **MEETING_AT_NINE)
        listener.is_told(ANNA)
        after = listener.fingerprints()
        assert set(listener.asked) == {ANNA}
        assert [address for address in before if before[address] != after[address]] == [ANNA]


def test_nobody_has_a_fingerprint_before_exchange_has_begun_to_tell(exchange: Exchange, listens: Listens) -> None:
    """Until then each is polled; then each is read once, for something may have happened before."""
    exchange.half_open()
    with listens() as listener:
        assert listener.fingerprints() == {}
        exchange.half_open(on=False)
        listener.begun()


def test_when_nobody_listens_any_more_nothing_is_left(exchange: Exchange, listens: Listens) -> None:
    """No subscription, connection, thread or fingerprint."""
    threads = threading.active_count()
    listener = listens().__enter__().begun()
    assert exchange.counters().subscriptions == 3
    listener.stop()
    assert exchange.counters().subscriptions == 0
    until(lambda: exchange.counters().streams == 0, "the end of the connection")
    assert threading.active_count() == threads
    assert listener.fingerprints() == {}


def test_a_source_that_polls_listens_for_nobody(exchange: Exchange, listens: Listens) -> None:
    """It says so at once, and has no fingerprints."""
    with listens(detect="poll") as listener:
        listener._thread.join(10)  # noqa: SLF001 - that it ends by itself
        assert not listener._thread.is_alive()  # noqa: SLF001 - as above
        assert listener.source.hearing is None
        assert listener.fingerprints() == {}
    assert exchange.counters().subscriptions == 0
    assert {ANNA, BO, CECILIA} == set(listener.wanted)


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_a_stream_over_tls_is_heard_and_ended(tmp_path: Path, auth: str) -> None:
    """With NTLM too, which looks at the certificate; whoever stops does not wait for the next word."""
    certificate, key = make(tmp_path)
    with Exchange(auth="both", tls=(certificate, key)) as server:
        for mailbox in (ANNA, BO, CECILIA):
            server.add_mailbox(mailbox)
        settings = {"detect": "stream", "auth": auth, "ca_file": certificate}
        with Listener(Reader(server, tmp_path, settings=settings)) as listener:
            listener.begun()
            server.add_item(ANNA, **MEETING_AT_NINE)
            listener.is_told(ANNA)
            server.end_streams("closed")
            server.add_item(BO, **MEETING_AT_NINE)
            listener.is_told(BO)
        assert server.counters().subscriptions == 0


def test_a_page_that_is_not_exchanges_says_nothing_of_the_password(exchange: Exchange, listens: Listens) -> None:
    """What stands before Exchange may answer anybody; only Exchange's own word opens the gate to all."""
    exchange.fault("html", operation="Subscribe")
    with listens() as listener:
        until(lambda: listener.lacks not in {"", NOT_BEGUN}, "that it is told")
        assert not listener.reader.logons.was_accepted(listener.source._account.key)  # noqa: SLF001 - what threads ask
