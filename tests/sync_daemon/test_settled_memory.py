"""Nobody waits for a look through all that a process keeps: it is taken for what stays, and once an hour anew."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from sync_daemon.settled_memory import AGAIN_AFTER, SettledMemory


class Circle:
    """Something that keeps itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _without_collections() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def test_what_stays_is_looked_through_once_an_hour() -> None:
    """And what was let go of in between is gone then, though it is a circle."""
    now = [0.0]
    memory = SettledMemory(lambda: now[0])
    kept = Circle()
    seen = weakref.ref(kept)
    memory.settle()
    frozen = gc.get_freeze_count()
    del kept
    now[0] = AGAIN_AFTER - 1
    memory.settle()
    gc.collect()
    assert seen() is not None
    assert gc.get_freeze_count() >= frozen - 10
    now[0] = AGAIN_AFTER
    memory.settle()
    assert seen() is None
    assert gc.get_freeze_count() > 0


def test_what_was_let_go_of_before_is_gone_at_once() -> None:
    """The first time as well."""
    seen = weakref.ref(Circle())
    assert seen() is not None
    SettledMemory().settle()
    assert seen() is None
