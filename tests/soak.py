"""What takes too long for the tests: whole collections of calendars, and people by the hundred thousand.

`script/soak ics FOLDER` reads every .ics file below a folder, and ends with 1 where one makes the reader raise.
`script/soak naive [N] [--seed S]` compares the rules with the naive ones on random people, and ends with 1 where they
differ; the number of a person is the seed that makes them.
`script/soak kills [N] [--postgresql]` kills a cycle N times, and ends with 1 where anybody is left between before and
after.
`script/soak service [--days N] [--people N]` is what happens to a municipality in weeks, and ends with 1 where a day
ends with rows that are not what the naive rules say, or the process grows.
`script/soak exchange [--cycles N]` is what happens to whoever reads Exchange for a month: every fault of the stand-in,
each at least a hundred times in 10,000 cycles; it ends with 1 as `service` does, or where a thread is left hanging.
`script/soak online [--days N] [--people N] [--ews] [--graph]` is what happens to mailboxes that are listened for, by
streams and by delta: every way in which listening dies, for a week of simulated time; it ends with 1 where a look finds
rows that are not what the naive rules say, somebody is not listened for again, or anything is left behind.
`script/soak outbox [--failures N] [--kills N]` delivers notices to receivers that fail, by processes that are killed,
and ends with 1 where one is not delivered, not in order, or twice though its answer was not lost.
`script/soak hostile [--seconds N]` has the demonstration's files and an Exchange's answers changed in every bad way,
and times another tenant's bookings meanwhile; it ends with 1 where one takes five seconds or somebody stays unread.
`script/soak outages [KIND…]` has what befalls a PostgreSQL befall it in the middle of a cycle (restarts, a full disk,
no connection left, a standby promoted, connections cut), and ends with 1 where anything is lost, or not told once.
`script/soak copy [--people N] [--acts N] [--kills N]` copies a store with a year of history into PostgreSQL and back
into a file, each copy killed again and again; it ends with 1 where both can be used, or the last is not as the first.
`script/soak hosts [--people N] [--seconds N]` has three hosts with one PostgreSQL of which one is killed, stands still
or is cut off every 20 seconds while people book, and ends with 1 where anything is lost, written late or left alone.
`script/soak three-sources [--people N] [--edits N]` has the same people on Exchange, in Exchange Online and as files,
and ends with 1 where random edits give them other referrals in one of the three.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from rules.command import Vocabulary
from rules.entry import Reading, Unreadable
from rules.policy import MEETING, ON_DUTY_ELSEWHERE
from sync_daemon.number_check import NumbersOf
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.ics import IcsFolder
from sync_daemon.sources.keys import key_maker
from tests.readings import readings_of

PROGRESS_EVERY = 2.0
"""Seconds."""

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SHOWN = 20
"""Differences that are shown; the others are counted."""


class Progress:
    """A line on standard error every two seconds."""

    def __init__(self, of: int) -> None:
        self._of = of
        self._next = time.monotonic() + PROGRESS_EVERY

    def __call__(self, done: int, found: str) -> None:
        """So many are done, and this is what was found."""
        if time.monotonic() >= self._next:
            print(f"{done} of {self._of}: {found}", file=sys.stderr, flush=True)  # noqa: T201
            self._next = time.monotonic() + PROGRESS_EVERY


def read_all(folder: Path, window: Window) -> int:
    """Read every file, print what became of them, and give back the exit code."""
    # Broken entries are what is looked for; each would be a line.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".ics" and path.is_file())
    progress = Progress(len(files))
    outcomes: Counter[str] = Counter()
    slowest = (0.0, "none")
    for number, path in enumerate(files):
        began = time.perf_counter()
        outcome = _outcome(path, window)
        slowest = max(slowest, (time.perf_counter() - began, str(path)))
        outcomes[outcome] += 1
        progress(number + 1, _in_words(outcomes))
    print(f"{len(files)} files: {_in_words(outcomes)}; the slowest took {slowest[0]:.2f} s ({slowest[1]})")  # noqa: T201
    return 1 if outcomes["crashed"] else 0


def _outcome(path: Path, window: Window) -> str:
    source = IcsFolder(path.parent, STOCKHOLM, key_maker(b"soak"))
    parse = Vocabulary((ON_DUTY_ELSEWHERE, MEETING), (), NumbersOf("SE")).parse
    try:
        ((_, reading),) = readings_of(source, [Mailbox(path.stem.lower())], window, parse)
    except Exception as error:  # noqa: BLE001 - that none comes out is what is tried
        problem = type(error).__name__
    else:
        return _became(reading)
    print(f"crashed: {path}: {problem}")  # noqa: T201 - less the text, which may quote the calendar
    return "crashed"


def _became(reading: Reading) -> str:
    if isinstance(reading, Unreadable):
        return "unreadable"
    return "read" if reading.complete else "incomplete"


def _in_words(outcomes: Counter[str]) -> str:
    return ", ".join(f"{outcomes[word]} {word}" for word in ("read", "incomplete", "unreadable", "crashed"))


def compare(seeds: range) -> int:
    """Compare the rules with the naive ones on the people of those seeds; print what differs; the exit code."""
    people = import_module("tests.people")  # reading files needs neither
    compared = import_module("tests.rules.test_same_as_naive")
    return _compare(seeds, lambda seed: compared.differences(people.person(people.dice(seed))))


def _compare(seeds: range, difference: Callable[[int], str | None]) -> int:
    progress = Progress(len(seeds))
    differing = 0
    for number, seed in enumerate(seeds):
        found = difference(seed)
        differing += found is not None
        if found is not None and differing <= SHOWN:
            print(f"seed {seed}: {found}")  # noqa: T201
        progress(number + 1, f"{differing} differ")
    print(f"{len(seeds)} people: {differing} differ")  # noqa: T201
    return 1 if differing else 0


def kill(count: int, seed: int, *, in_postgresql: bool = False) -> int:
    """Kill a cycle so often, and print when it came and what was wrong; the exit code."""
    kills = import_module("tests.service.kills")
    progress, done = Progress(count), []
    with tempfile.TemporaryDirectory() as scratch:
        stores = kills.InPostgresql() if in_postgresql else kills.InFiles()
        for one in kills.Victim(Path(scratch), stores).kills(count, random.Random(seed)):
            done.append(one)
            progress(len(done), f"{sum(one.wrong is not None for one in done)} wrong")
    wrong = [one.wrong for one in done if one.wrong]
    for problem in wrong[:SHOWN]:
        print(problem)  # noqa: T201
    print(f"{len(done)} kills: {len(wrong)} wrong; people written: {kills.histogram(done)}")  # noqa: T201
    return 1 if wrong else 0


def _window(middle: datetime, half: timedelta) -> Window:
    return Window(middle - half, middle + half)


def _lived(arguments: argparse.Namespace) -> int | None:
    """The exit code of what lives in a module of its own; None of anything else."""
    names = {
        "copy": ("copy_kills", "soak", ("people", "acts", "kills")),
        "hostile": ("hostile", "soak", ("seconds",)),
        "outbox": ("outbox_kills", "soak", ("failures", "kills")),
        "hosts": ("region_soak", "soak", ("people", "seconds")),
        "outages": ("outage_kinds", "soak", ("kinds",)),
        "exchange": ("exchange_life", "soak", ("cycles",)),
        "service": ("soak_days", "days", ("days", "people")),
        "three-sources": ("three_sources", "soak", ("people", "edits")),
    }
    if arguments.command not in names:
        return None
    module, function, options = names[arguments.command]
    run = getattr(import_module(f"tests.service.{module}"), function)
    return int(run(*(getattr(arguments, option) for option in options), arguments.seed))


def _add_of_postgresql(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    copied = commands.add_parser(
        "copy", help="a year of history into PostgreSQL and back, by processes that are killed"
    )
    copied.add_argument("--people", type=int, default=100, help="of each of two tenants (default: 100)")
    copied.add_argument("--acts", type=int, default=3, help="times that some of everything happens a day (default: 3)")
    copied.add_argument("--kills", type=int, default=8, help="each way (default: 8)")
    copied.add_argument("--seed", type=int, default=0)
    hosts = commands.add_parser("hosts", help="three hosts with one PostgreSQL, one lost after the other")
    hosts.add_argument("--people", type=int, default=10_000)
    hosts.add_argument("--seconds", type=float, default=300)
    hosts.add_argument("--seed", type=int, default=0)
    outages = commands.add_parser("outages", help="what befalls a PostgreSQL in the middle of a cycle")
    outages.add_argument("kinds", metavar="KIND", nargs="*", help="of those only (default: all)")
    outages.add_argument("--seed", type=int, default=0)


def main() -> int:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="script/soak", description="What takes too long for the tests.")
    commands = parser.add_subparsers(dest="command", required=True)
    ics = commands.add_parser("ics", help="read every .ics file below a folder")
    ics.add_argument("folder", type=Path)
    ics.add_argument("--at", type=datetime.fromisoformat, default=datetime.now(UTC), help="the middle of the window")
    ics.add_argument("--days", type=int, default=14, help="from there to the window's ends (default: 14)")
    naive = commands.add_parser("naive", help="compare the rules with the naive ones on random people")
    naive.add_argument("people", type=int, nargs="?", default=100_000)
    naive.add_argument("--seed", type=int, default=0, help="of the first person (default: 0)")
    kills = commands.add_parser("kills", help="kill a cycle with SIGKILL, at random, and look what it left")
    kills.add_argument("kills", type=int, nargs="?", default=200)
    kills.add_argument("--seed", type=int, default=0)
    kills.add_argument("--postgresql", action="store_true", help="with the store in a PostgreSQL of the wheel's")
    service = commands.add_parser("service", help="simulated days of a municipality to which everything happens")
    service.add_argument("--days", type=int, default=30)
    service.add_argument("--people", type=int, default=1000)
    service.add_argument("--seed", type=int, default=0)
    exchange = commands.add_parser("exchange", help="an Exchange to which everything happens, in simulated time")
    exchange.add_argument("--cycles", type=int, default=10_000)
    exchange.add_argument("--seed", type=int, default=0)
    online = commands.add_parser("online", help="mailboxes that are listened for, and every way in which that dies")
    online.add_argument("--days", type=int, default=7)
    online.add_argument("--people", type=int, default=40)
    online.add_argument("--seed", type=int, default=0)
    online.add_argument("--ews", dest="kinds", action="append_const", const="ews", help="Exchange on site, by streams")
    online.add_argument("--graph", dest="kinds", action="append_const", const="graph", help="Exchange Online, by delta")
    outbox = commands.add_parser("outbox", help="notices to receivers that fail, by processes that are killed")
    outbox.add_argument("--failures", type=int, default=100)
    outbox.add_argument("--kills", type=int, default=20)
    outbox.add_argument("--seed", type=int, default=0)
    hostile = commands.add_parser("hostile", help="mutated calendars and answers, beside a tenant at work")
    hostile.add_argument("--seconds", type=float, default=600)
    hostile.add_argument("--seed", type=int, default=0)
    _add_of_postgresql(commands)
    three = commands.add_parser("three-sources", help="the same people over EWS, over Graph and as files")
    three.add_argument("--people", type=int, default=200)
    three.add_argument("--edits", type=int, default=1_000)
    three.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if (lived := _lived(arguments)) is not None:
        return lived
    if arguments.command == "online":
        online_soak = import_module("tests.service.online_soak")
        kinds = arguments.kinds or list(online_soak.SERVERS)
        return int(online_soak.soak(arguments.days, arguments.people, arguments.seed, kinds))
    if arguments.command == "kills":
        return kill(arguments.kills, arguments.seed, in_postgresql=arguments.postgresql)
    if arguments.command == "naive":
        return compare(range(arguments.seed, arguments.seed + arguments.people))
    if not arguments.folder.is_dir():
        parser.error(f"there is no folder {arguments.folder}: name one that holds .ics files")
    return read_all(arguments.folder, _window(arguments.at.astimezone(UTC), timedelta(days=arguments.days)))


if __name__ == "__main__":
    sys.exit(main())
