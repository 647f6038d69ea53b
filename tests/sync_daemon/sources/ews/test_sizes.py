"""Twice as much of anything in an answer takes about twice as long, and twice the memory."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from random import Random

import pytest

from rules.entry import Entries
from sync_daemon.sources.ews.answer import view_of
from sync_daemon.sources.ews.item import Reader
from sync_daemon.sources.ews.mailbox import read_mailbox
from sync_daemon.sources.exchange.failure import Failure
from tests.contract.source_suite import CANARY, WINDOW, ZONE, make_key, parse
from tests.hostile.answers import hostile_answers
from tests.sync_daemon.sources.ews.answers import FIXTURES, Item, answer, item, written

MOST = 2.5
"""What a doubling may cost."""

TOO_SHORT = 0.01
"""Seconds below which a time says nothing."""


def _read(content: bytes) -> Entries | Failure:
    view = view_of(content)
    return read_mailbox(lambda _: view, WINDOW, Reader(parse, frozenset(), make_key, ZONE, WINDOW), 0)


def _clock(number: int) -> dict[str, str]:
    day, minute = 11 + number // 1440 % 15, number % 1440
    return {"Start": f"2026-11-{day:02}T{minute // 60:02}:{minute % 60:02}:00Z", "End": "2026-12-01T09:00:00Z"}


def _one(**properties: str) -> bytes:
    return answer(item(**properties))


def _with(name: str, inside: str) -> bytes:
    return answer(Item([*item().properties, (name, inside)]))


def _subject(text: str) -> bytes:
    return answer(Item([("Subject", text), *item().properties[1:]]))


def _spaced(number: int) -> bytes:
    inside = "<x:b/>" * number
    return answer(
        Item([*item().properties, (f'Frobnicate xmlns:x="{"u" * 20 * number}"/><t:More', ""), ("Odd", "")])
    ).replace(b"<t:Odd></t:Odd>", f'<t:Odd xmlns:x="{"u" * 20 * number}">{inside}</t:Odd>'.encode())


CONSTRUCTS: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "items": (400, lambda n: answer(*(item(name=f"{k}", UID=f"{k}", **_clock(k)) for k in range(n)))),
    "items without a command": (400, lambda n: answer(*(item("x", f"{k}", **_clock(k)) for k in range(n)))),
    "unclear items": (400, lambda n: answer(*(item(name=f"{k}", UID=f"{k}", End="") for k in range(n)))),
    "copies of one name": (500, lambda n: answer(*(item(**_clock(k)) for k in range(n)))),
    "copies without a name": (500, lambda n: answer(*(item(name=None, **_clock(k)) for k in range(n)))),
    "copies": (500, lambda n: answer(*(item(name=f"{k}", **_clock(k)) for k in range(n)))),
    "attributes": (30_000, lambda n: _with("X " + " ".join(f'a{k}=""' for k in range(n)), "")),
    "elements": (30_000, lambda n: _with("X", "<b/>" * n)),
    "nested elements": (30_000, lambda n: _with("X", "<b>" * n + "</b>" * n)),
    "comments": (30_000, lambda n: _with("X", "<!-- -->" * n)),
    "entities": (200_000, lambda n: _subject("SAM:" + "&amp;" * n)),
    "references": (90_000, lambda n: _subject("SAM:" + "&#83;" * n)),
    "references to no character": (40_000, lambda n: _subject("SAM:" + "&#x1F;" * n)),
    "references that are none": (90_000, lambda n: _subject("SAM:" + "&#83" * n)),
    "a location": (1_500_000, lambda n: _with("Location", "x" * n)),
    "lines of a location": (1_500_000, lambda n: _with("Location", "\r\n" * (n // 2))),
    "a UID": (1_000_000, lambda n: _one(UID="04" * (n // 2))),
    "an ItemId": (1_000_000, lambda n: answer(item(name="A" * n))),
    "a Start": (1_000_000, lambda n: _one(Start="2026-11-24T" + "0" * n)),
    "a response type": (1_000_000, lambda n: _one(MyResponseType="x" * n)),
    "response messages": (
        15_000,
        lambda n: written("<{m:FindItemResponseMessage} ResponseClass='Success'></{m:FindItemResponseMessage}>" * n),
    ),
    "a name space": (6_000, _spaced),
    "bytes that are no UTF-8": (50_000, lambda n: _subject("SAM: #").replace(b"#", b"\xed\xa0\xbd" * n)),
}  # fmt: skip


def _seconds(content: bytes) -> float:
    """Less what the collection of garbage takes, which depends on all that the process holds."""
    gc.disable()
    try:
        began = time.thread_time()
        _read(content)
        return time.thread_time() - began
    finally:
        gc.enable()


def _bytes(content: bytes) -> int:
    tracemalloc.start()
    try:
        _read(content)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("what", CONSTRUCTS)
def test_twice_as_much_takes_twice_as_long(what: str) -> None:
    """In time of the processor; it is measured again where it seems not to."""
    number, made = CONSTRUCTS[what]
    content, twice = made(number), made(2 * number)
    for _ in range(6):
        once, longer = _seconds(content), _seconds(twice)
        if longer < MOST * max(once, TOO_SHORT):
            return
    pytest.fail(f"{once:.3f} s became {longer:.3f} s")


@pytest.mark.parametrize("what", CONSTRUCTS)
def test_twice_as_much_takes_twice_the_memory(what: str) -> None:
    """At its peak."""
    number, made = CONSTRUCTS[what]
    once, longer = _bytes(made(number // 8)), _bytes(made(number // 4))
    assert longer < MOST * max(once, 100_000)


def test_hostile_answers_break_nothing_and_tell_nothing() -> None:
    """A few hundred of them; none is an exception, and none takes long."""
    valid = [path.read_bytes() for path in FIXTURES]
    valid.append(answer(*(item(f"SAM: {CANARY}", f"{k}", UID=f"{k}", **_clock(k)) for k in range(5))))
    hostile = hostile_answers(valid, Random(15))
    kinds = set()
    began = time.thread_time()
    for _ in range(400):
        found = _read(next(hostile))
        kinds.add(type(found))
        assert CANARY not in repr(found)
    assert kinds == {Entries, Failure}
    assert time.thread_time() - began < 20


def test_a_subject_that_looks_like_a_name_space_is_one() -> None:
    """It is read as any other."""
    found = _read(_subject("SAM: xmlns:a=&quot;" + "x" * 3_000 + '"'))
    assert isinstance(found, Entries)
    assert (len(found.entries), found.complete) == (1, True)
