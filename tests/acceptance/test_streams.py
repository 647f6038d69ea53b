"""A booking is a referral within seconds where Exchange tells of it, and within one interval where it cannot."""

from __future__ import annotations

import base64
import io
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sync_daemon import log, settings
from sync_daemon.service import Worker
from sync_daemon.service.shared_store import SharedStore
from sync_daemon.service.tenant_thread import TenantThread
from sync_daemon.service.timetable import Timetable
from sync_daemon.sources.ews import ExchangeSource
from sync_daemon.sources.ews.logons import Logons
from sync_daemon.sources.ews.streams import StreamLimits
from sync_daemon.store import Store
from tests.acceptance.exchange_town import ANNA, BO, ExchangeTown, at
from tests.acceptance.municipality import NOON
from tests.acceptance.test_exchange_secrecy import CANARY, ENVELOPE, FAULTS, MESSAGES, TYPES, found_in, meetings
from tests.exchange.process import Exchange

SHORT = StreamLimits(
    silence=0.6,
    first_word=0.6,
    renewal=2,
    first_pause=0.05,
    longest_pause=0.2,
    longest_busy=0.1,
    refused=0.1,
    look=0.02,
)
SELDOM = "[service]\ninterval = 3600\njitter = 0\nfull_read = 86400\n"
PATIENCE = 60.0


@dataclass
class Listening:
    """Sorsele's thread, which works once an hour; `interval` is over when a test says so."""

    town: ExchangeTown
    thread: TenantThread

    def until(self, true: Callable[[], object], what: str) -> None:
        """Waits for it to be true, as long as that is likely."""
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, f"in vain: {what}; {self.thread._listeners.hearing}"  # noqa: SLF001 - to say why
            threading.Event().wait(0.01)

    def rows(self) -> int:
        """How many referrals the store has."""
        with closing(sqlite3.connect(self.town.folder / "hanvisa.db")) as store:
            return int(store.execute("SELECT count(*) FROM referrals").fetchone()[0])

    @property
    def listened(self) -> int:
        """For how many it is listened."""
        return sum(hearing.listened for hearing in self.thread._listeners.hearing.values())  # noqa: SLF001 - as status says

    def books(self, clock: str, mailbox: str = ANNA) -> None:
        """An hour's meeting, on the stand-in's side."""
        end = clock.replace(":00", ":30")
        self.town.exchange.add_item(
            mailbox, subject="SAM: Budget", start=at(clock).isoformat(), end=at(end).isoformat()
        )

    def interval(self) -> None:
        """An interval is over: a cycle as the timetable asks for it."""
        self.thread.ask(frozenset())


@contextmanager
def _listening(exchange: Exchange, folder: Path) -> Iterator[Listening]:
    town = ExchangeTown(folder, exchange, {"detect": "stream"}, more=SELDOM)
    town.hanvisa("once", "--at", "2026-11-24T06:00")
    loaded = settings.load(folder / "hanvisa.toml", {})
    store = Store.open(loaded.store_url)
    log.configure(loaded.log.file, "debug", 90, terminal=False, strict=True, clock=lambda: NOON)
    timetable = Timetable()
    shared = SharedStore(store, loaded.store_url, lambda: NOON)
    timetable.start()
    thread = TenantThread(Worker(loaded.tenants[0], loaded, store), shared, timetable, lambda: NOON)
    thread.start()
    listening = Listening(town, thread)
    try:
        yield listening
    finally:
        thread.stop()
        timetable.stop()
        assert thread.has_ended(10)


@pytest.fixture(autouse=True)
def _short(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    exchange.evict()
    exchange.streaming(keep_alive=0.1)
    defaults = ExchangeSource.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "streams", SHORT)
    monkeypatch.setitem(defaults, "logons", Logons())


@pytest.fixture
def listening(exchange: Exchange, tmp_path: Path) -> Iterator[Listening]:
    """Anna and Bo are listened for, and the readings that this asks for are done."""
    with _listening(exchange, tmp_path) as listening:
        listening.until(lambda: listening.listened == 2, "that both are listened for")
        yield listening
    listening.until(lambda: exchange.counters().streams == 0, "that no connection is left")
    assert exchange.counters().subscriptions == 0


def test_a_booking_is_a_referral_long_before_the_interval_is_over(
    listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And gone as soon as it is cancelled; whoever listens does not read."""
    readers, read = set(), ExchangeSource.read

    def noted(source: ExchangeSource, *asked: Any) -> Any:  # noqa: ANN401 - as it is
        readers.add(threading.current_thread().name)
        return read(source, *asked)

    monkeypatch.setattr(ExchangeSource, "read", noted)
    listening.books("13:00")
    listening.until(lambda: listening.rows() == 1, "the referral")
    listening.town.exchange.replace_items(ANNA, [])
    listening.until(lambda: listening.rows() == 0, "that it is gone")
    assert readers == {"tenant sorsele"}


def _each(*happen: Callable[[], object]) -> None:
    for one in happen:
        one()


PASSING: dict[str, Callable[[Exchange], object]] = {
    "closed": lambda exchange: exchange.end_streams("closed"),
    "cut": lambda exchange: exchange.end_streams("cut"),
    "reset": lambda exchange: exchange.end_streams("reset"),
    "half-open": lambda exchange: exchange.half_open(),
    "evicted": lambda exchange: exchange.evict(code="ErrorSubscriptionNotFound"),
    "evicted in silence": lambda exchange: (exchange.evict(), exchange.end_streams("closed")),
    "restarted": lambda exchange: exchange.restart(),
    "affinity lost": lambda exchange: _each(exchange.lose_affinity, exchange.end_streams),
}


@pytest.mark.parametrize("death", PASSING)
def test_what_is_booked_while_a_stream_dies_is_there_before_the_interval_is_over(
    exchange: Exchange, listening: Listening, death: str
) -> None:
    """Without any cycle but those that are asked for: what may have been missed is read."""
    PASSING[death](exchange)
    listening.books("13:00", ANNA)
    listening.books("13:00", BO)
    listening.until(lambda: listening.rows() == 2, "both referrals")
    exchange.half_open(on=False)
    listening.until(lambda: listening.listened == 2, "that both are listened for again")
    listening.books("15:00", ANNA)
    listening.until(lambda: listening.rows() == 3, "that a booking is told of")


LASTING: dict[str, tuple[int, Callable[[Exchange], object]]] = {
    "half-open": (0, lambda exchange: exchange.half_open()),
    "one evicted": (1, lambda exchange: exchange.evict(ANNA, code="ErrorSubscriptionNotFound")),
    "503": (
        0,
        lambda exchange: (
            exchange.fault("http", status=503, operation="GetStreamingEvents"),
            exchange.end_streams("cut"),
        ),
    ),
    "busy": (
        0,
        lambda exchange: (
            exchange.fault("busy", back_off_ms=None, operation="GetStreamingEvents"),
            exchange.end_streams("closed"),
        ),
    ),
    "no subscription": (
        0,
        lambda exchange: (
            exchange.fault("code", code="ErrorAccessDenied", operation="Subscribe"),
            exchange.evict(code="ErrorSubscriptionNotFound"),
        ),
    ),
    "no connection left": (
        0,
        lambda exchange: _each(
            lambda: exchange.streaming(keep_alive=0.1, hanging_limit=0), lambda: exchange.end_streams("cut")
        ),
    ),
}


@pytest.mark.parametrize("death", LASTING)
def test_while_a_stream_stays_dead_nobody_is_dark(exchange: Exchange, listening: Listening, death: str) -> None:
    """Who is not listened for is polled: the next cycle has what was booked."""
    left, dies = LASTING[death]
    dies(exchange)
    listening.until(lambda: listening.listened == left, "that it is known")
    listening.books("13:00", ANNA)
    listening.books("13:00", BO)
    listening.interval()
    listening.until(lambda: listening.rows() == 2, "both referrals")


STREAMING = ("Subscribe", "GetStreamingEvents")
OF_VIEWS = {"bad-item", "silent-cut", "control-characters"}


def _told(content: str, kind: str = "Success") -> bytes:
    return (
        f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><m:GetStreamingEventsResponse xmlns:m="{MESSAGES}" '
        f'xmlns:t="{TYPES}"><m:ResponseMessages><m:GetStreamingEventsResponseMessage ResponseClass="{kind}">{content}'
        "</m:GetStreamingEventsResponseMessage></m:ResponseMessages></m:GetStreamingEventsResponse></s:Body></s:Envelope>"
    ).encode()


SAID = (
    _told(f"<m:ResponseCode>{CANARY}</m:ResponseCode><m:MessageText>{CANARY}</m:MessageText>", "Error"),
    _told(
        f"<m:ResponseCode>ErrorSubscriptionNotFound</m:ResponseCode><m:MessageText>{CANARY}</m:MessageText>", "Error"
    ),
    _told(
        f"<m:ResponseCode>NoError</m:ResponseCode><m:Notifications><m:Notification><t:SubscriptionId>{CANARY}"
        f"</t:SubscriptionId><t:CreatedEvent><t:Subject>SAM: {CANARY}</t:Subject></t:CreatedEvent></m:Notification>"
        "</m:Notifications>"
    ),
    f"<s:Envelope>{CANARY}</s:Envelope>".encode() * 3,
)
"""What no Exchange says."""


def _renewed_and_met(exchange: Exchange) -> int:
    """How many faults were met, once whoever was refused may be tried anew."""
    exchange.end_streams("closed")
    return sum(exchange.counters().faults.values())


@pytest.mark.usefixtures("hurried")
def test_the_canary_stays_inside_whatever_a_stream_says(
    exchange: Exchange, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fault of a subscription and of a connection, at level debug; and while all goes well."""
    errors = io.StringIO()
    monkeypatch.setattr("sys.stderr", errors)
    exchange.add_items(ANNA, meetings())
    listening.until(listening.rows, "the referrals")
    faults = [(kind, options) for kind, options in FAULTS if kind not in {*OF_VIEWS, "cut"}]
    faults += [("raw", {"body": base64.b64encode(said).decode(), "status": 200}) for said in SAID]
    for operation in STREAMING:
        exchange.reset_counters()
        for kind, options in faults:
            exchange.fault(kind, operation=operation, times=1, **options)
        exchange.restart()
        listening.until(lambda: _renewed_and_met(exchange) == len(faults), f"each fault of {operation}")
    exchange.evict(code=f"Error{CANARY}")
    exchange.restart()
    listening.until(lambda: listening.listened == 2, "that all is well")
    listening.thread.look_at_listening()
    printed = listening.town.hanvisa("log", "--json")
    status = listening.town.hanvisa("status", "--json")
    assert found_in(listening.town, f"{printed.out}{status.out}{status.err}{errors.getvalue()}".encode()) == []
    assert b"DEBUG" in (listening.town.folder / "hanvisa.log").read_bytes().upper()


def test_exchange_is_asked_for_one_subscription_by_check(exchange: Exchange, tmp_path: Path) -> None:
    """It says what to do where none can be made; none is left."""
    town = ExchangeTown(tmp_path, exchange, {"detect": "stream"})
    assert "subscription" not in town.checked().out
    assert exchange.counters().operations["Unsubscribe"] == 1
    exchange.fault("code", code="ErrorSubscriptionDelegateAccessNotSupported", operation="Subscribe")
    found = town.checked()
    assert "Exchange takes no subscription" in found.out.replace("\n", " ")
    assert 'access = "impersonation"' in found.out.replace("\n", " ")
    assert found.code == 1
    assert exchange.counters().subscriptions == 0
