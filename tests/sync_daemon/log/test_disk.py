"""The log where it cannot be written, and where it would fill the disk: nothing waits for it, and nothing is filled."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import warnings
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from sync_daemon import log
from sync_daemon.errors import UserError
from sync_daemon.log.daily_file import DailyFile
from sync_daemon.log.events import EVENTS
from tests.acceptance.municipality import Municipality
from tests.service.test_run import tomorrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PATIENCE = 30.0
"""Seconds until something must have happened, on a slow machine too."""
MEGABYTE = 1_000_000


class WallClock:
    """A clock that shows what it is told."""

    def __init__(self) -> None:
        self.shows = NOON

    def __call__(self) -> datetime:
        """The time shown."""
        return self.shows


@pytest.fixture
def clock() -> Iterator[WallClock]:
    """A clock at noon; afterwards nothing is logged anywhere."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    shown = warnings.showwarning
    yield WallClock()
    warnings.showwarning = shown
    log.configure(None, "info", 90, terminal=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KB of its own; only root may mount one."""
    folder, mount, unmount = tmp_path / "disk", shutil.which("mount"), shutil.which("umount")
    folder.mkdir()
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=256k", "hanvisa-test", str(folder)]
    if mount is None or unmount is None or subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603
        pytest.skip("nothing may be mounted here")
    yield folder
    log.configure(None, "info", 90, terminal=False)
    subprocess.run([unmount, "--lazy", str(folder)], check=True)  # noqa: S603


def fill(folder: Path) -> Path:
    """A file that takes all the room there is."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return ballast


def events(file: Path) -> list[dict[str, Any]]:
    """The log's events, as `hanvisa log` reads them, each as the list of events has it."""
    found = list(log.read(file))
    for one in found:
        assert one.keys() - {"at", "level", "event"} <= EVENTS[one["event"]].allowed
        assert one["level"] == EVENTS[one["event"]].level
    return found


def _no_folder(file: Path) -> None:
    shutil.rmtree(file.parent)


def _is_a_folder(file: Path) -> None:
    file.mkdir()


def _always_full(file: Path) -> None:
    file.symlink_to("/dev/full")


def _is_a_file_in_between(file: Path) -> None:
    file.parent.rmdir()
    file.parent.write_text("", encoding="utf-8")


UNWRITABLE: dict[str, tuple[Callable[[Path], None], str]] = {
    "no folder": (_no_folder, "No such file or directory; make its folder, or set log.file"),
    "a folder in its place": (_is_a_folder, "Is a directory; take the folder away, or set log.file"),
    "a full disk": (_always_full, "No space left on device; make room, or set log.file"),
    "a file in the folder's place": (_is_a_file_in_between, "Not a directory; see to it, or set log.file"),
}


@pytest.fixture
def town(tmp_path: Path) -> Municipality:
    """Whose log has a folder of its own."""
    (tmp_path / "logs").mkdir()
    town = Municipality(tmp_path, '[log]\nfile = "logs/hanvisa.log"\n')
    town.anna.books("SAM: x", "09:00", "10:00")
    return town


@pytest.mark.parametrize("spoil", UNWRITABLE)
def test_a_log_that_cannot_be_written_keeps_no_command_from_its_work(town: Municipality, spoil: str) -> None:
    """It is told on standard error, once, with what to do; `check` finds it, an error; and each command works."""
    file = town.folder / "logs" / "hanvisa.log"
    spoiled, told = UNWRITABLE[spoil]
    spoiled(file)
    line = f"hanvisa: the log {file} cannot be written: {told}\n"
    for command in (
        ("once", "--at", "2026-11-24T09:10"),
        ("open", "4711", "--at", "2026-11-24T09:15"),
        ("refer", "4712", "--reason", "ill", "--until", "2026-11-24T12:00", "--from", "2026-11-24T09:20"),
    ):
        result = town.hanvisa(*command)
        assert (result.code, result.err) == (0, line), command
    assert town.rows("09:12") == ["24 09:00 - 24 10:05 closed meeting"]
    assert town.rows("09:16") == []
    assert town.rows("09:30", "4712") == ["24 09:20 - 24 12:00 closed ill"]
    found = [one for one in town.hanvisa("check", "--json").json if one["thing"] == str(file)]
    assert [one["severity"] for one in found] == ["error"]
    assert (
        told == f"{found[0]['problem'].removeprefix('the log cannot be written: ').split(';')[0]}; {found[0]['remedy']}"
    )


def test_check_makes_no_log(town: Municipality) -> None:
    """Nor finds anything, where it could be made."""
    assert [one for one in town.hanvisa("check", "--json").json if "log" in one["thing"]] == []
    assert list((town.folder / "logs").iterdir()) == []


def test_a_pipe_in_the_logs_place_is_waited_for_by_nobody(town: Municipality) -> None:
    """Whether or not anybody reads it: what does not fit into it is lost, told once."""
    file = town.folder / "logs" / "hanvisa.log"
    os.mkfifo(file)
    reader = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(file, os.O_WRONLY | os.O_NONBLOCK)
    try:
        while os.write(writer, b"x" * 4096):
            pass
    except BlockingIOError:
        result = town.once("09:10")
    os.close(writer)
    os.close(reader)
    assert result.code == 0
    assert result.err.splitlines() == [
        line for line in result.err.splitlines() if "let something read the pipe" in line
    ]
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize("what", ["a folder", "a pipe", "an endless device"])
def test_what_is_no_file_is_not_read_as_a_log(tmp_path: Path, what: str) -> None:
    """`hanvisa log` says so at once."""
    file = tmp_path / "hanvisa.log"
    if what == "a folder":
        file.mkdir()
    elif what == "a pipe":
        os.mkfifo(file)
    else:
        file.symlink_to("/dev/full")
    with pytest.raises(UserError, match=r"hanvisa[.]log cannot be read: Is (a directory|no file); see to it"):
        list(log.read(file))


def test_a_torn_last_line_on_a_full_disk_keeps_nobody_from_beginning(
    disk: Path, clock: WallClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """When there is room again, the log goes on in a line of its own, and says how many were lost since when."""
    file = disk / "hanvisa.log"
    file.write_text('{"at": "2026-11-24T11:00:00Z", "level": "in', encoding="utf-8")
    ballast = fill(disk)
    with file.open("ab", buffering=0) as torn:
        while torn.write(b"x") and file.stat().st_size % 4096:
            pass
    log.configure(file, "info", 90, terminal=False, strict=True, clock=clock)
    for number in range(3):
        structlog.get_logger().info("near_misses", count=number)
    clock.shows += timedelta(minutes=5)
    structlog.get_logger().info("near_misses", count=3)
    assert len(capsys.readouterr().err.splitlines()) == 1
    ballast.unlink()
    structlog.get_logger().info("near_misses", count=4)
    assert [(one["event"], one.get("lines"), one.get("first"), one.get("count")) for one in events(file)] == [
        ("log_interrupted", 4, "2026-11-24T12:00:00Z", None),
        ("near_misses", None, None, 4),
    ]
    assert capsys.readouterr().err == ""


def test_a_disk_that_is_full_every_other_moment_is_not_told_each_time(
    disk: Path, clock: WallClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once an hour at most."""
    log.configure(disk / "hanvisa.log", "info", 90, terminal=False, strict=True, clock=clock)
    for _ in range(5):
        ballast = fill(disk)
        for _ in range(40):
            structlog.get_logger().warning("mailbox_unreadable", remedy="x" * 200)
        ballast.unlink()
        structlog.get_logger().info("near_misses", count=1)
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert [one["event"] for one in events(disk / "hanvisa.log")].count("log_interrupted") == 5


def test_run_begins_and_goes_on_without_its_log(disk: Path, tmp_path: Path) -> None:
    """The log's disk is full as it starts: the referral is written; the log goes on when there is room."""
    town = Municipality(tmp_path, f'[log]\nfile = "{disk}/hanvisa.log"\n[service]\ninterval = 1\njitter = 0\n')
    town.anna.books("SAM:", *tomorrow())
    store, ballast = tmp_path / "hanvisa.db", fill(disk)
    command = [sys.executable, "-m", "sync_daemon", "run", "--config", str(tmp_path / "hanvisa.toml")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own
    try:
        _until(lambda: store.exists() and _has_referrals(store))
        ballast.unlink()
        town.anna.has("UID:broken", "DTSTART:never", "SUMMARY:SAM:")
        _until(lambda: any(one["event"] == "entry_unreadable" for one in log.read(disk / "hanvisa.log")))
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=PATIENCE)[1].splitlines()
    finally:
        process.kill()
    assert process.returncode == 0
    assert len(said) == 1
    assert "hanvisa.log cannot be written: No space left on device; make room" in said[0]
    assert events(disk / "hanvisa.log")[0]["event"] == "log_interrupted"


def _has_referrals(store: Path) -> bool:
    with closing(sqlite3.connect(store)) as read, suppress(sqlite3.OperationalError):
        return bool(read.execute("SELECT 1 FROM referrals").fetchone())
    return False


def _until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.2)  # lest who waits take the processor from what it waits for


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_all_log_files_together_stay_below_the_most(tmp_path: Path, clock: WallClock) -> None:
    """Of a flood of one day the oldest goes, in pieces; it is told; and what is there is read in its order."""
    file = tmp_path / "hanvisa.log"
    log.configure(file, "info", 90, terminal=False, strict=True, clock=clock, megabytes=1)
    largest = 0
    for number in range(3000):
        structlog.get_logger().warning("mailbox_unreadable", remedy="x" * 1000, extension=str(number))
        if number % 100 == 0:
            largest = max(largest, _size(tmp_path))
    assert 0.8 * MEGABYTE < largest <= MEGABYTE + 2000
    kept = [int(one["extension"]) for one in events(file) if "extension" in one]
    assert kept == list(range(kept[0], 3000))
    assert kept[0] < 2300
    assert sum(one["files"] for one in events(file) if one["event"] == "log_shortened") > 3
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())


def test_the_oldest_days_go_first(tmp_path: Path, clock: WallClock) -> None:
    """Where those put away are more than may be, as after an upgrade, it is done as the log is opened."""
    for day in range(10, 20):
        (tmp_path / f"hanvisa.log.2026-11-{day}").write_bytes(b"x" * (MEGABYTE // 5))
    log.configure(tmp_path / "hanvisa.log", "info", 90, terminal=False, strict=True, clock=clock, megabytes=1)
    assert sorted(path.name for path in tmp_path.iterdir())[1:] == [
        f"hanvisa.log.2026-11-{day}" for day in range(16, 20)
    ]
    structlog.get_logger().info("near_misses", count=1)
    assert [(one["event"], one.get("files")) for one in events(tmp_path / "hanvisa.log")][-1] == ("log_shortened", 6)


def test_the_most_is_the_configurations(tmp_path: Path) -> None:
    """`[log] max_mb`; 200 where nothing is said."""
    town = Municipality(tmp_path)
    old = tmp_path / f"hanvisa.log.{datetime.now(UTC) - timedelta(days=5):%Y-%m-%d}"
    old.write_bytes(b"x" * (2 * MEGABYTE))
    town.hanvisa("once")
    assert old.exists()
    with (tmp_path / "hanvisa.toml").open("a", encoding="utf-8") as toml:
        toml.write("[log]\nmax_mb = 1\n")
    town.hanvisa("once")
    assert not old.exists()


def test_several_processes_stay_below_the_most_together(tmp_path: Path) -> None:
    """Each looks at what is there, whoever wrote it; none puts away what another has begun."""
    today = NOON.date()

    def write() -> None:
        own = DailyFile(tmp_path / "hanvisa.log", 90, today, megabytes=1)
        for _ in range(800):
            own.write(f'{{"at": "{today}T00:00:00Z", "line": "{"x" * 1000}"}}', today)
        own.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.5 * MEGABYTE < _size(tmp_path) < 1.2 * MEGABYTE  # two may put one away each, where they are slow
    for path in tmp_path.iterdir():
        # A file that is opened while another writes may seem torn: then an empty line stands before the next.
        for line in filter(None, path.read_text(encoding="utf-8").splitlines()):
            assert len(json.loads(line)["line"]) == 1000


def test_a_bug_that_is_met_a_thousand_times_is_told_twenty_times_an_hour(tmp_path: Path, clock: WallClock) -> None:
    """Then how many there were; so is what libraries warn of. Another bug is told beside it."""
    log.configure(tmp_path / "hanvisa.log", "debug", 90, terminal=False, strict=True, clock=clock)
    for _ in range(1000):
        try:
            int("Lönesamtal")
        except ValueError as error:
            log.bug(error)
        logging.getLogger("urllib3.connectionpool").warning("Connection pool is full: %s", "Lönesamtal")
        warnings.showwarning("Lönesamtal", FutureWarning, "zones.py", 17)
    log.bug(KeyError("another"))
    clock.shows += timedelta(hours=1)
    structlog.get_logger().info("near_misses", count=1)
    found = events(tmp_path / "hanvisa.log")
    assert [one["exception"] for one in found if one["event"] == "bug"] == ["ValueError"] * 20 + ["KeyError"]
    assert sum(one["event"] == "library_warning" for one in found) == 20
    assert [(one["line"], one["count"]) for one in found if one["event"] == "lines_left_out"] == [
        ("bug", 980),
        ("library_warning", 980),
        ("python_warning", 980),
    ]
    assert "Lönesamtal" not in (tmp_path / "hanvisa.log").read_text(encoding="utf-8")


def test_what_was_left_out_is_told_as_the_process_ends(tmp_path: Path, clock: WallClock) -> None:
    """And when the log goes elsewhere."""
    log.configure(tmp_path / "hanvisa.log", "debug", 90, terminal=False, strict=True, clock=clock)
    for _ in range(25):
        log.bug(KeyError("x"))
    log.configure(None, "info", 90, terminal=False)
    assert events(tmp_path / "hanvisa.log")[-1]["count"] == 5


@pytest.mark.parametrize("named", ["hanvisa.db", "hanvisa.toml", "sorsele.csv", "calendars/anna@sorsele.se.ics"])
def test_a_log_with_the_name_of_another_file_writes_nothing_to_it(tmp_path: Path, named: str) -> None:
    """A slip in `log.file` costs neither store, directory nor calendar: it is told, and `check` finds it."""
    town = Municipality(tmp_path)
    town.anna.books("SAM: x", "09:00", "10:00")
    assert town.once("08:00").code == 0
    with (tmp_path / "hanvisa.toml").open("a", encoding="utf-8") as configuration:
        configuration.write(f'[log]\nfile = "{named}"\n')
    before = (tmp_path / named).read_bytes()
    result = town.hanvisa("refer", "4712", "--reason", "ill", "--until", "2028-01-01")
    assert "cannot be written: Is another file; move that file away, or set log.file" in result.err
    assert "error" in [one["severity"] for one in town.hanvisa("check", "--json").json if "log" in one["problem"]]
    assert [one["extension"] for one in town.referrals("09:30", every=False)] == ["4711"]
    if named != "hanvisa.db":
        assert (tmp_path / named).read_bytes() == before


def test_check_finds_a_full_disk_under_a_log_that_is_there(disk: Path, tmp_path: Path) -> None:
    """Where nothing was logged yet, writing nothing to the file succeeds."""
    town = Municipality(tmp_path, f'[log]\nfile = "{disk / "hanvisa.log"}"\n')
    (disk / "hanvisa.log").touch(0o600)
    assert town.hanvisa("check").code == 0
    ballast = fill(disk)
    result = town.hanvisa("check")
    ballast.unlink()
    assert result.code == 1
    assert "the log cannot be written: No space left on device" in result.out
