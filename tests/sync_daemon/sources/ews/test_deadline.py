"""A server that drips: no thread is held for longer than an answer may take, and no more of them than a few."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from rules.entry import Entries, Unreadable
from sync_daemon.sources import Mailbox
from sync_daemon.sources.ews import connection
from tests.exchange.process import Exchange
from tests.readings import readings_of
from tests.sync_daemon.sources.ews import ews_reader as ews
from tests.sync_daemon.sources.ews.ews_reader import ANNA, BO, CECILIA, MEETING_AT_NINE, WINDOW, Reader

DRIPPING: dict[str, tuple[str, dict[str, Any]]] = {
    "headers": ("drip-headers", {"seconds": 0.05}),
    "a body": ("drip", {"seconds": 0.05}),
    "a page that refuses": ("status-401", {"drip": 0.05}),
}


LATE = replace(ews.PATIENT, answer=1.0, logon_answer=60, next_logon=60)
"""An answer is late soon, but not one to a password of which nobody knows whether it is right."""


def _threads() -> int:
    return sum(thread.name.startswith("exchange-") for thread in threading.enumerate())


def _at_most(count: int, seconds: float = 30.0) -> bool:
    """Whether no more threads are left, now or before long."""
    until = time.monotonic() + seconds
    while _threads() > count and time.monotonic() < until:
        time.sleep(0.02)
    return _threads() <= count


@pytest.mark.parametrize("what", DRIPPING)
@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_what_drips_ends(exchange: Exchange, tmp_path: Path, what: str, auth: str) -> None:
    """Cycle after cycle: its thread is back when the answer has taken too long, and the others are read."""
    reader = Reader(exchange, tmp_path, settings={"auth": auth}, limits=ews.FAST)
    assert reader.reads_soon(BO)
    kind, options = DRIPPING[what]
    exchange.fault(kind, mailbox=ANNA, **options)
    for _ in range(2):
        assert isinstance(reader.all(BO, ANNA, CECILIA)[ANNA], Unreadable)
        assert reader.reads_soon(BO, CECILIA)
    assert _at_most(0)


def test_a_refusal_whose_page_drips_is_a_refusal(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first line says so: the password is not sent again."""
    monkeypatch.setattr(connection, "LONGEST_PAGE", 0.3)
    reader = Reader(exchange, tmp_path, settings={"concurrency": 8})
    exchange.fault("status-401", before_logon=True, drip=0.05)
    for _ in range(2):
        assert not any(isinstance(one, Entries) for one in reader.all().values())
    assert exchange.counters().faults == {"status-401": 1}


def test_a_refusal_that_comes_late_is_waited_for(exchange: Exchange, tmp_path: Path) -> None:
    """It takes longer than an answer may, and the password has been sent once when it is there."""
    reader = Reader(exchange, tmp_path, settings={"concurrency": 8}, limits=LATE)
    exchange.fault("status-401", before_logon=True, seconds=1.2 * LATE.answer)
    for _ in range(3):
        assert not any(isinstance(one, Entries) for one in reader.all().values())
    assert exchange.counters().faults == {"status-401": 1}


def test_a_late_refusal_of_a_password_that_was_right_is_sent_twice_at_most(exchange: Exchange, tmp_path: Path) -> None:
    """It was changed while the service runs; another mailbox is asked for beside the first, and no third."""
    reader = Reader(exchange, tmp_path, settings={"concurrency": 8})
    people = [f"p{n}@sorsele.example" for n in range(12)]
    for one in people:
        exchange.add_mailbox(one, [MEETING_AT_NINE])
    assert all(isinstance(one, Entries) for one in reader.all(*people).values())
    reader.limits = replace(LATE, next_known_logon=0.3)
    reader.source = reader.made()
    exchange.fault("status-401", before_logon=True, seconds=1.2 * LATE.answer)
    for _ in range(3):
        assert not any(isinstance(one, Entries) for one in reader.all(*people).values())
    assert exchange.counters().faults["status-401"] <= 2
    for one in people:
        exchange.remove_mailbox(one)


@contextmanager
def _answering(head: Callable[[], Iterator[bytes]]) -> Iterator[str]:
    """A server that says this to everybody."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                while True:
                    caller, _ = server.accept()
                    with caller:
                        caller.recv(65_536)
                        for piece in head():
                            caller.sendall(piece)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/EWS/Exchange.asmx"
        server.shutdown(socket.SHUT_RDWR)  # whoever accepts is woken
        thread.join(60)


_CONTINUES = 10_000


def _continues() -> Iterator[bytes]:
    for _ in range(_CONTINUES):
        yield b"HTTP/1.1 100 Continue\r\n\r\n"
        time.sleep(0.01)


def _long_lines() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(90):
        yield b"X-%d: %b\r\n" % (number, b"y" * 60_000)


@pytest.mark.parametrize(
    ("head", "told"), [(_continues, "no answer in time"), (_long_lines, "headers were larger than any")]
)
def test_headers_are_bounded(
    exchange: Exchange, tmp_path: Path, head: Callable[[], Iterator[bytes]], told: str
) -> None:
    """A server that lets one continue for ever, and one whose headers are megabytes."""
    with _answering(head) as endpoint:
        began = time.monotonic()
        assert told in Reader(exchange, tmp_path, settings={"endpoint": endpoint}, limits=ews.FAST).remedy()
        assert time.monotonic() - began < _CONTINUES * 0.01
    assert _at_most(0)


def test_threads_that_do_not_come_back_are_counted(exchange: Exchange, tmp_path: Path) -> None:
    """However many cycles there are; the source rests, says so, and goes on when they are back."""
    reader = Reader(exchange, tmp_path, settings={"concurrency": 2})
    people = [f"p{n:02}@sorsele.example" for n in range(20)]
    for one in people:
        exchange.add_mailbox(one, [MEETING_AT_NINE])
    assert all(isinstance(one, Entries) for one in reader.all(*people).values())
    reader.source = reader.made(replace(ews.PATIENT, any_result=0.3))
    back = threading.Event()

    def hangs(subject: str | None, _own: frozenset[str]) -> None:
        assert subject
        back.wait(60)

    def cycle() -> list[str]:
        found = readings_of(reader.source, [Mailbox(one) for one in people], WINDOW, hangs)
        return [reading.remedy for _, reading in found if isinstance(reading, Unreadable)]

    try:
        with capture_logs() as logs:
            for _ in range(6):
                assert len(cycle()) == len(people)
                assert _at_most(2 * 2)
    finally:
        back.set()
    assert _at_most(0)
    with capture_logs() as more:
        assert all(isinstance(one, Entries) for one in reader.all(*people).values())
    assert [one["event"] for one in logs if one["event"] != "exchange_pool_replaced"] == ["exchange_resting"]
    assert [one["trouble"] for one in more] == ["exchange_resting"]


def test_one_whose_thread_is_out_costs_nobody_else_anything(exchange: Exchange, tmp_path: Path) -> None:
    """It is not asked for again until then; cycle after cycle there is one thread out."""
    reader = Reader(exchange, tmp_path, limits=replace(ews.PATIENT, next_known_logon=0.3, any_result=8))
    assert reader.reads(BO)
    exchange.replace_items(ANNA, [{**MEETING_AT_NINE, "subject": "SAM: hang"}])
    back = threading.Event()

    def parse(subject: str | None, own: frozenset[str]) -> object:
        if subject == "SAM: hang":
            back.wait(30)
        return ews.parse(subject, own)

    try:
        for _ in range(4):
            found = readings_of(reader.source, [Mailbox(one) for one in (ANNA, BO, CECILIA)], WINDOW, parse)  # type: ignore[arg-type]
            assert {one.address for one, reading in found if isinstance(reading, Entries)} == {BO, CECILIA}
            assert _at_most(1)
    finally:
        back.set()
    assert _at_most(0)
