"""Nobody waits for a look through all that a process keeps: it is taken for what stays, and once an hour anew."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator, Sequence

import pytest

from sync_daemon.settled_memory import AGAIN_AFTER, MANY_PEOPLE, SettledMemory


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


_HALF = MANY_PEOPLE // 2


@pytest.mark.parametrize(
    ("kept", "looked_through"),
    [
        ([("sorsele", MANY_PEOPLE - 1), ("sorsele", MANY_PEOPLE - 1)], [False, False]),
        ([("sorsele", _HALF), ("mala", _HALF), ("storuman", _HALF)], [False, True, False]),
        ([("sorsele", MANY_PEOPLE), ("mala", _HALF), ("storuman", _HALF)], [True, False, True]),
        ([("sorsele", MANY_PEOPLE), ("sorsele", 0), ("sorsele", MANY_PEOPLE)], [True, False, True]),
    ],
    ids=["few", "several small ones", "as many more", "let go of and taken back"],
)
def test_it_is_looked_through_once_a_thousand_more_are_kept(
    kept: Sequence[tuple[str, int]], looked_through: Sequence[bool]
) -> None:
    """By all tenants and shards of the process together, however small each is."""
    memory = SettledMemory()
    seen = []
    for what, people in kept:
        garbage = weakref.ref(Circle())
        memory.keeps(what, people)
        seen.append(garbage() is None)
    gc.collect()
    assert seen == looked_through


def test_nothing_is_looked_through_for_what_is_let_go_of() -> None:
    """Not even where it is due: whoever lets go of a shard has another host waiting for its lock."""
    now = [0.0]
    memory = SettledMemory(lambda: now[0])
    memory.keeps("sorsele", MANY_PEOPLE)
    memory.keeps(("luleå", 1), MANY_PEOPLE)
    now[0] = AGAIN_AFTER
    garbage = weakref.ref(Circle())
    memory.lets_go(("luleå", 1))
    assert garbage() is not None
    memory.keeps(("luleå", 1), MANY_PEOPLE)
    assert garbage() is None


def test_of_many_people_it_is_looked_through_once_an_hour_as_well() -> None:
    """Also where nobody has come."""
    now = [0.0]
    memory = SettledMemory(lambda: now[0])
    memory.keeps("sorsele", MANY_PEOPLE)
    now[0] = AGAIN_AFTER
    garbage = weakref.ref(Circle())
    memory.keeps("sorsele", MANY_PEOPLE)
    assert garbage() is None
