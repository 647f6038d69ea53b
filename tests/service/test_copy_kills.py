"""SIGKILL at random while a store is copied: at most one of both is in use, and the same command goes on."""

from __future__ import annotations

import random
import signal
from typing import TYPE_CHECKING

import pytest

from sync_daemon.errors import UserError
from sync_daemon.store import Store
from sync_daemon.store.copied_tables import Content, contents
from sync_daemon.store.moving import opened
from tests import lived_year, postgresql
from tests.forked import FORKSERVER, forked
from tests.service.copy_kills import copies

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 5


@pytest.mark.parametrize(("source", "target"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_a_copy_that_is_killed_again_and_again_is_whole_in_the_end(tmp_path: Path, source: str, target: str) -> None:
    """Never is half a store taken for a whole one, and nothing is lost of the old one."""
    drawn, statements = random.Random(20), FORKSERVER.Value("i", 0)
    old, new = (_place(tmp_path, name, kind) for name, kind in (("old", source), ("new", target)))
    with Store.open(old) as store:
        lived_year.live(store, seed=1, step=12)
    whole = _held(old)

    rehearsed = _place(tmp_path, "rehearsal", target)
    again = _place(tmp_path, "again", source)
    assert _copied(old, rehearsed, 0, statements) == 0
    total = statements.value * 2 // 3  # who goes on has fewer
    assert _copied(rehearsed, again, 0, statements) == 0
    old = again
    half = 0
    for kill_before in sorted(drawn.sample(range(1, total), KILLS)):
        assert _copied(old, new, kill_before, statements) == -signal.SIGKILL
        assert _held(old) == whole
        if _is_in_use(new):
            assert not _is_in_use(old)
            assert _held(new) == whole
        half += 0 < sum(one.rows for one in _held(new)) < sum(one.rows for one in whole)
    assert half, "no kill came in the middle"
    assert _copied(old, new, 0, statements) == 0
    assert _held(new) == whole
    assert (_is_in_use(old), _is_in_use(new)) == (False, True)


def _place(folder: Path, name: str, kind: str) -> str:
    return postgresql.new_store_url() if kind == "postgresql" else f"sqlite:///{folder / name}.db"


def _copied(old: str, new: str, kill_before: int, statements: object) -> int | None:
    process = forked(copies, old, new, kill_before, statements)
    process.join()
    return process.exitcode


def _held(url: str) -> list[Content]:
    with opened(url) as database, database.read() as connection:
        return contents(connection)


def _is_in_use(url: str) -> bool:
    try:
        Store.open(url, read_only=True).close()
    except UserError:
        return False
    return True
