"""A process that copies a store and is killed with SIGKILL before one of its statements, drawn by whoever starts it."""

from __future__ import annotations

import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from sync_daemon.errors import UserError
from sync_daemon.store import Store
from sync_daemon.store.copied_tables import COPIED, Content, Row, contents
from sync_daemon.store.database import schema_version
from sync_daemon.store.moving import opened
from tests import lived_year, postgresql
from tests.forked import FORKSERVER, forked
from tests.service.copying import copies

PAGE = 5
"""Rows a transaction, so that there are many of them."""

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own there
"""A year is written in thousands of transactions, each of which a disk would be waited for."""


class Copying:
    """Copies by processes, each of so many rows a transaction; `total`: the last one's statements."""

    def __init__(self, page: int = PAGE) -> None:
        self._page = page
        self._statements: Synchronized[int] = FORKSERVER.Value("i", 0)

    @property
    def total(self) -> int:
        """Statements of the latest copy, up to where it was killed."""
        return self._statements.value

    def copy(self, old: str, new: str, kill_before: int = 0) -> int | None:
        """How the process ended."""
        process = forked(copies, old, new, kill_before, self._statements, self._page)
        process.join()
        return process.exitcode

    def killed(self, old: str, new: str, kills: Iterable[int]) -> list[int]:
        """Copies, each attempt killed before one of those statements, and the last one not.

        How many rows each left in the new store. AssertionError where both or a half one can be used, one of the old
        one's rows is not as it was, or they are not equal in the end.
        """
        whole, left = held(old), []
        for kill_before in kills:
            assert self.copy(old, new, kill_before) == -signal.SIGKILL, f"no kill came before statement {kill_before}"
            assert held(old) == whole, "the old store was changed"
            found = held(new)
            if any(one.rows for one in found) and is_in_use(new):  # before its first row it is an empty one
                assert not is_in_use(old), "both can be used"
                assert found == whole, "half a store can be used"
            left.append(sum(one.rows for one in found))
        assert self.copy(old, new) == 0, "the last attempt did not end well"
        assert held(new) == whole, "they are not equal"
        assert (is_in_use(old), is_in_use(new)) == (False, True)
        return left


def held(url: str) -> list[Content]:
    """What is in the store, whether it may be used or not; nothing where it has no tables yet."""
    with opened(url) as database:
        if schema_version(database) is None:
            return []
        with database.read() as connection:
            return contents(connection)


def rows(url: str) -> dict[str, list[Row]]:
    """Every value of every table."""
    with opened(url) as database, database.read() as connection:
        return {one.name: [row for page in one.pages(connection) for row in page] for one in COPIED}


def is_in_use(url: str) -> bool:
    """Whether a command takes it."""
    try:
        Store.open(url, read_only=True).close()
    except UserError:
        return False
    return True


def soak(people: int, acts: int, kills: int, seed: int) -> int:
    """A year, into PostgreSQL and back into a file, each killed so often; the exit code."""
    drawn = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="hanvisa-copy-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        first, last = (f"sqlite:///{Path(folder) / name}" for name in ("first.db", "last.db"))
        between = postgresql.new_store_url()
        began = time.monotonic()
        with Store.open(first) as store:
            lived_year.live(store, seed, people=people, step=1, acts=acts)
        before = rows(first)
        told = f"{sum(map(len, before.values()))} rows in {len(before)} tables, {_megabytes(first):.1f} MB"
        print(f"a year: {told} ({time.monotonic() - began:.0f} s)", flush=True)  # noqa: T201
        try:
            for old, new in ((first, between), (between, last)):
                _there(old, new, Path(folder), kills, drawn)
            wrong = [name for name, found in rows(last).items() if found != before[name]]
            wrong += [name for name, found in rows(between).items() if found != before[name]]
        except AssertionError as problem:
            wrong = [str(problem)]
    print("equal, row by row, to what it began with" if not wrong else f"WRONG: {', '.join(wrong)}")  # noqa: T201
    return 1 if wrong else 0


def _there(old: str, new: str, folder: Path, kills: int, drawn: random.Random) -> None:
    copying, began = Copying(page=100), time.monotonic()
    rehearsed = folder / f"rehearsed {old.partition(':')[0]}.db"
    assert copying.copy(_double(old, folder), f"sqlite:///{rehearsed}") == 0
    rehearsal = time.monotonic() - began
    upto = copying.total // 2  # who goes on has fewer, but compares everything
    points = sorted(drawn.sample(range(1, upto), kills))
    left = copying.killed(old, new, points)
    ways = " -> ".join(one.partition(":")[0].partition("+")[0] for one in (old, new))
    print(  # noqa: T201
        f"{ways}: {copying.total} statements in the last attempt; killed before {points}, which left {left} rows;"
        f" then whole and equal ({time.monotonic() - began:.0f} s, {rehearsal:.0f} of them to rehearse)",
        flush=True,
    )


def _double(url: str, folder: Path) -> str:
    """The same store once more: who rehearses marks it as moved."""
    if url.startswith("sqlite:///"):
        shutil.copy(url.removeprefix("sqlite:///"), folder / "double.db")
        return f"sqlite:///{folder / 'double.db'}"
    into = postgresql.new_database_url()
    postgresql.copy_database(url, into)
    return into


def _megabytes(url: str) -> float:
    return Path(url.removeprefix("sqlite:///")).stat().st_size / 1e6
