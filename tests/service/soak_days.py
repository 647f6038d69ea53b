"""Simulated weeks of a municipality in which everything goes wrong: `days`, and what it says of them.

People do what they do, files, directory, store, disk, clock and process fail at random; each evening everything is
mended, and everybody's rows are compared with what the naive implementation says.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time as clock
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path

from rules.command import Alternative, Mode, Phone
from sync_daemon import log
from sync_daemon.errors import StoreUnavailable
from tests.service.world import MINUTE, NUMBERS, RESPONSES, ZONE, Citizen, World, local

PROGRESS_EVERY = 5.0
"""Seconds."""
SHOWN = 20
"""Differences that are shown; the others are counted."""
GROWTH = 5 * 1024 * 1024
"""Bytes that the process may grow by from the second day to the last."""
FIRST_DAY = date(2026, 11, 24)
SERVICE = "full_read = 7200"
"""With cycles half an hour apart the usual half hour would have everybody read in each."""

_DISK = "size=256m"
_HOURS = (*(h * 60 + m for h in range(7, 18) for m in (0, 30)), 19 * 60, 22 * 60)
_LATEST = 22 * 60
_FAULTS_A_CYCLE = 0.6
_ACTIVITY = 0.08
"""The share of the people who do something between two cycles."""


@dataclass
class Usage:
    """What the process holds at the end of a day."""

    rss: int
    files: int


def usage() -> Usage:
    """Of this process, now: resident bytes (proc(5), statm) and open files.

    What the C library keeps after a peak is given back first (malloc_trim(3)): what is asked is whether anything stays.
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Usage(resident * resource.getpagesize(), len(os.listdir("/proc/self/fd")))  # noqa: PTH208 - but names


class Disk:
    """Where the store lies: a small file system of its own where one may be mounted, else an ordinary folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        mount = shutil.which("mount")
        command = [mount or "mount", "-t", "tmpfs", "-o", _DISK, "hanvisa-soak", str(folder)]
        self.mounted = mount is not None and subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
        self.kind = (
            "a small tmpfs" if self.mounted else "a stand-in: RLIMIT_FSIZE, which SQLite takes for a broken disk"
        )

    def unmount(self) -> None:
        """The file system is gone, with all that is on it."""
        if self.mounted:
            subprocess.run([shutil.which("umount") or "umount", str(self.folder)], check=True)  # noqa: S603

    @contextmanager
    def full(self, database: Path) -> Iterator[None]:
        """Nothing more can be written."""
        with closing(sqlite3.connect(database)) as other:
            # What the log of writes takes up already could be used again.
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with self._filled() if self.mounted else _no_file_grows():
            yield

    @contextmanager
    def _filled(self) -> Iterator[None]:
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass
        try:
            yield
        finally:
            filler.unlink()


@contextmanager
def _no_file_grows() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@dataclass
class Life:
    """A world that is lived in at random; `counts` says what happened how often."""

    world: World
    disk: Disk
    drawn: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    jumped: timedelta = timedelta()

    # What people do

    def people_act(self) -> None:
        """Some of them do something."""
        for _ in range(max(1, round(len(self.world.people) * _ACTIVITY))):
            act = self.drawn.choices(_ACTIONS, _WEIGHTS)[0]
            if act(self, self._someone()):
                self.counts[act.__name__] += 1

    def books(self, who: Citizen) -> bool:
        """A meeting within the next days, on the clock's five minutes."""
        draw = self.drawn
        start = self.world.now + draw.choice((-60, -5, 15, 60, 120, 300, 1440, 2880)) * MINUTE
        start -= timedelta(minutes=start.minute % 5)
        until = start + draw.choice((15, 30, 45, 60, 60, 90, 180, 480)) * MINUTE
        number = Alternative(draw.choice(NUMBERS), draw.choice(list(Mode))) if draw.random() < 0.2 else None
        answer = draw.choice((None, None, *RESPONSES))
        code, phone = draw.choice(("SAM", "SAM", "TJÄ")), draw.choice((*[Phone.CLOSED] * 4, Phone.OPEN))
        self.world.books(who, start, until, code=code, phone=phone, alternative=number, answer=answer)
        return True

    def books_days(self, who: Citizen) -> bool:
        """Whole days, up to five of them."""
        first = self.world.now.astimezone(ZONE).date() + timedelta(days=self.drawn.randrange(4))
        last = first + timedelta(days=self.drawn.choice((1, 1, 2, 3, 5)))
        self.world.books(who, local(first), local(last), code="TJÄ", all_day=True)
        return True

    def moves(self, who: Citizen) -> bool:
        """An appointment begins at another time."""
        minutes = self.drawn.choice((-120, -30, -5, 15, 30, 60, 300))
        return self.world.edits(who, self.drawn.randrange(9), lambda one: one.moved(minutes))

    def lengthens(self, who: Citizen) -> bool:
        """An appointment ends at another time."""
        minutes = self.drawn.choice((-60, -15, 15, 30, 120))
        return self.world.edits(who, self.drawn.randrange(9), lambda one: one.lengthened(minutes))

    def cancels(self, who: Citizen) -> bool:
        """An appointment is cancelled or taken up again."""
        return self.world.edits(who, self.drawn.randrange(9), lambda one: one.with_(cancelled=not one.cancelled))

    def answers(self, who: Citizen) -> bool:
        """An appointment is an invitation that is accepted or not."""
        answer = self.drawn.choice(list(RESPONSES))
        return self.world.edits(who, self.drawn.randrange(9), lambda one: one.with_(answer=answer))

    def deletes(self, who: Citizen) -> bool:
        """An appointment is gone."""
        return self.world.edits(who, self.drawn.randrange(9), lambda _: None)

    def opens(self, who: Citizen) -> bool:
        """Somebody who is away opens the phone."""
        return self.world.opens(who) or any(self.world.opens(self._someone()) for _ in range(9))

    def takes_back(self, who: Citizen) -> bool:
        """An opening is taken back."""
        return self.world.takes_back(who)

    def refers(self, who: Citizen) -> bool:
        """An operator refers by hand."""
        start = self.world.now + self.drawn.choice((0, 0, 30)) * MINUTE
        return self.world.refers(who, start, start + self.drawn.choice((30, 60, 240)) * MINUTE, Phone.CLOSED)

    # What fails

    def something_fails(self) -> None:
        """One of the faults, now and then."""
        if self.drawn.random() < _FAULTS_A_CYCLE:
            fault = self.drawn.choice(_FAULTS)
            if fault(self) is not False:
                self.counts[fault.__name__] += 1

    def files_are_damaged(self) -> None:
        """Some files become garbage, half written, are gone, or have an entry that nobody can read."""
        for _ in range(self.drawn.randrange(1, 6)):
            how = self.drawn.choice(("garbage", "cut", "missing", "part", "part"))
            if self.world.damages(self._someone(), how, self.drawn.randrange(9)):
                self.counts[f"file: {how}"] += 1

    def files_are_restored(self) -> None:
        """Most of the damaged ones."""
        for who in self.world.people:
            if who.file != "whole" and self.drawn.random() < 0.7:
                self.world.restores(who)

    def all_files_are_gone(self) -> bool:
        """The export fails, and comes back by the next cycle but one."""
        return all(self.world.damages(who, "missing") for who in self.world.people)

    def calendars_are_emptied(self) -> None:
        """Whoever serves the calendars serves most of them empty: the brake's."""
        for who in self.world.people:
            if self.drawn.random() < 0.8:
                who.appointments.clear()
                self.world.restores(who)

    def people_leave_or_join(self) -> None:
        """A few lines of the directory go, or come back."""
        for _ in range(self.drawn.randrange(1, 5)):
            who = self._someone()
            if who.mailbox not in self.world.listed:
                self.world.joins(who)
                self.counts["joined"] += 1
            elif self.world.leaves(who):
                self.counts["left"] += 1

    def directory_is_broken(self) -> None:
        """It cannot be read."""
        self.world.breaks_directory()

    def directory_is_mended(self) -> None:
        """It can."""
        self.world.mends_directory()

    def store_is_locked(self) -> bool:
        """By another process, for a whole cycle."""
        with self.world.locked():
            return self._cycle_fails()

    def store_is_locked_halfway(self) -> bool:
        """By another process, in the middle of a cycle."""
        noticed = self.world.cycle_locked_after(self.drawn.randrange(1, len(self.world.people)), StoreUnavailable)
        self.world.check()
        return noticed

    def disk_is_full(self) -> bool:
        """For a whole cycle."""
        with self.disk.full(self.world.database):
            return self._cycle_fails()

    def process_is_killed_halfway(self) -> None:
        """And another one takes over."""
        self.world.cycle_killed_after(self.drawn.randrange(1, len(self.world.people)))
        self.world.check()

    def process_restarts(self) -> None:
        """Between two cycles."""
        self.world.restarts()

    def clock_jumps(self) -> None:
        """An hour on or back, and back or on with the next jump, or in the evening."""
        hour = timedelta(hours=self.drawn.choice((-1, 1)))
        self.jumped = -self.jumped or hour
        self.world.now += self.jumped

    def configuration_is_broken(self) -> None:
        """And read again: the old one stays."""
        assert not self.world.reloads(broken=True)

    def configuration_is_reloaded(self) -> None:
        """And taken into use."""
        assert self.world.reloads(broken=False)

    def _cycle_fails(self) -> bool:
        try:
            self.world.cycle()
        except StoreUnavailable:
            self.world.check()
            return True
        self.wrong.append(f"at {self.world} a cycle said nothing of a store that could not be written to")
        return False

    # Days

    def day(self, number: int, progress: Callable[[str], None]) -> None:
        """From the first cycle to the evening's comparison."""
        today = FIRST_DAY + timedelta(days=number)
        for minutes in _HOURS:
            at = local(today) + minutes * MINUTE
            self.jumped = self.jumped if at < local(today, time(21)) else timedelta()
            self.world.now = at + self.jumped
            self.people_act()
            self.something_fails()
            self._cycle()
            progress(f"day {number + 1}, {self.world}: {self.counts['cycles']} cycles, {len(self.wrong)} wrong")
        self._evening()

    def _cycle(self) -> None:
        self._checked(self._whole_cycle)

    def _whole_cycle(self) -> None:
        outcome = self.world.cycle()
        self.counts["cycles"] += 1
        self.counts["mailboxes read"] += outcome.summary.read
        self.counts["referrals written"] += outcome.summary.created + outcome.summary.updated + outcome.summary.removed
        self.counts["cycles with something held back"] += bool(outcome.summary.held)
        self.world.check()

    def _evening(self) -> None:
        self.counts["evening cycles"] += self._checked(self.world.settles) or 0
        self.wrong += self.world.differences()

    def _checked(self, does: Callable[[], int | None]) -> int | None:
        try:
            return does()
        except AssertionError as error:
            self.wrong.append(str(error))
            return None

    def _someone(self) -> Citizen:
        return self.drawn.choice(self.world.people)


_DOES: dict[Callable[[Life, Citizen], bool], int] = {
    Life.books: 40,
    Life.books_days: 4,
    Life.moves: 10,
    Life.lengthens: 10,
    Life.cancels: 4,
    Life.answers: 4,
    Life.deletes: 8,
    Life.opens: 6,
    Life.takes_back: 1,
    Life.refers: 2,
}
_ACTIONS, _WEIGHTS = list(_DOES), list(_DOES.values())
_FAULTS: tuple[Callable[[Life], bool | None], ...] = (
    Life.files_are_damaged,
    Life.files_are_damaged,
    Life.files_are_restored,
    Life.files_are_restored,
    Life.all_files_are_gone,
    Life.calendars_are_emptied,
    Life.people_leave_or_join,
    Life.people_leave_or_join,
    Life.directory_is_broken,
    Life.directory_is_mended,
    Life.store_is_locked,
    Life.store_is_locked_halfway,
    Life.disk_is_full,
    Life.process_is_killed_halfway,
    Life.process_restarts,
    Life.clock_jumps,
    Life.clock_jumps,
    Life.configuration_is_broken,
    Life.configuration_is_reloaded,
)


class _Progress:
    """A line on standard error every few seconds."""

    def __init__(self) -> None:
        self._next = clock.monotonic() + PROGRESS_EVERY

    def __call__(self, text: str) -> None:
        if clock.monotonic() >= self._next:
            print(text, file=sys.stderr, flush=True)  # noqa: T201
            self._next = clock.monotonic() + PROGRESS_EVERY


def days(days: int = 30, people: int = 1000, seed: int = 0) -> int:
    """Live so many days with so many people; print what happened; 1 where anything differs or the process grows."""
    with tempfile.TemporaryDirectory() as folder:
        disk = Disk(Path(folder) / "disk")
        try:
            return _lived(Path(folder), disk, days, people, seed)
        finally:
            disk.unmount()


def _lived(folder: Path, disk: Disk, days: int, people: int, seed: int) -> int:
    progress, used = _Progress(), []
    begins = local(FIRST_DAY, time(6))
    world = World(folder, begins, people, service=SERVICE, history_days=10, store=disk.folder / "hanvisa.db")
    world.past = timedelta(days=1)
    life = Life(world, disk, random.Random(seed))
    try:
        for number in range(days):
            life.day(number, progress)
            used.append(usage())
            progress(f"day {number + 1}: RSS {used[-1].rss / 1024**2:.1f} MiB, {used[-1].files} open files")
    finally:
        world.close()
        log.configure(None, "error", 1, terminal=False)  # the file system is not given back while the file is open
    return _told(life, used)


def _told(life: Life, used: list[Usage]) -> int:
    for name, number in sorted(life.counts.items()):
        _say(f"{number:8} {name.replace('_', ' ')}")
    second, last = used[min(1, len(used) - 1)], used[-1]
    for one in life.wrong[:SHOWN]:
        _say(one)
    _say(f"full disk: {life.disk.kind}")
    _say(f"RSS on day 2 {second.rss / 1024**2:.1f} MiB, on the last {last.rss / 1024**2:.1f} MiB")
    _say(f"open files on day 2 {second.files}, on the last {last.files}")
    _say(f"{len(used)} days of {len(life.world.people)} people: {len(life.wrong)} differences")
    return 1 if life.wrong or last.rss > second.rss + GROWTH or last.files > second.files else 0


def _say(text: str) -> None:
    print(text)  # noqa: T201


def main() -> int:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.service.soak_days", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    return days(arguments.days, arguments.people, arguments.seed)


if __name__ == "__main__":
    sys.exit(main())
