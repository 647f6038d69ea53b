"""The log: where events go, what they may say, and how they are read again."""

from __future__ import annotations

import fcntl
import json
import logging
import subprocess
import sys
import threading
import warnings
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from icalendar import vText

from rules.command import Alternative, Mode, Phone
from rules.plan import Action, Cause, Change
from rules.referral import CALENDAR, Referral
from sync_daemon import log
from sync_daemon.errors import UserError
from sync_daemon.log.daily_file import DailyFile
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CANARY = "Lönesamtal med Kanariefågel"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class WallClock:
    """A clock that shows what it is told."""

    def __init__(self) -> None:
        self.shows = NOON

    def __call__(self) -> datetime:
        """The time shown."""
        return self.shows


@pytest.fixture
def clock() -> WallClock:
    """A clock at noon (UTC) on a Tuesday."""
    return WallClock()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the log goes; afterwards, everything that `configure` touches is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    for module, name in ((warnings, "showwarning"), (sys, "excepthook"), (sys, "unraisablehook")):
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    yield tmp_path / "hanvisa.log"
    log.configure(None, "info", 90, terminal=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(file: Path) -> list[dict[str, Any]]:
    """The events in the file, as JSON reads them."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_an_event_is_a_line_of_json(file: Path, clock: WallClock) -> None:
    """An event is one object with its time in UTC, level and name first, then what it concerns."""
    log.configure(file, "info", 90, terminal=False, strict=True, clock=clock)
    until = datetime(2026, 11, 24, 13, tzinfo=STOCKHOLM)
    structlog.get_logger().info("opening", tenant="sorsele", extension="4711", by="Åsa", until=until)
    assert file.read_text(encoding="utf-8") == (
        '{"at": "2026-11-24T12:00:00Z", "level": "info", "event": "opening", "tenant": "sorsele", '
        '"extension": "4711", "by": "Åsa", "until": "2026-11-24T12:00:00Z"}\n'
    )


def test_the_terminal_tells_what_the_file_holds(
    file: Path, clock: WallClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same event goes to the file and, in words, to stderr; nothing goes to stdout."""
    log.configure(file, "info", 90, terminal=True, strict=True, clock=clock)
    structlog.get_logger().warning("mailbox_unreadable", mailbox="anna@sorsele.se", remedy="give access")
    printed = capsys.readouterr()
    assert printed.err == log.readable(lines(file)[0], None) + "\n"
    assert "warning mailbox unreadable  mailbox=anna@sorsele.se  remedy=give access" in printed.err
    assert printed.out == ""


def test_less_urgent_events_are_left_out(file: Path) -> None:
    """Events below the configured level are not logged."""
    log.configure(file, "warning", 90, terminal=False, strict=True)
    structlog.get_logger().info("near_misses", count=2)
    structlog.get_logger().warning("mailbox_unreadable", remedy="give access")
    assert [line["event"] for line in lines(file)] == ["mailbox_unreadable"]


def test_the_file_is_the_services_own(file: Path) -> None:
    """Nobody but the service's user may read the log."""
    log.configure(file, "info", 90, terminal=False)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_change_is_logged_with_its_cause(file: Path) -> None:
    """A referral's change tells from, until, reason, phone, alternative, cause, and what the times were."""
    log.configure(file, "info", 90, terminal=False, strict=True)
    before = Referral(CALENDAR, Phone.CLOSED, "meeting", NOON, NOON + timedelta(minutes=65))
    after = Referral(CALENDAR, Phone.CLOSED, "meeting", NOON, NOON + timedelta(hours=2), Alternative("4712", Mode.INFO))
    log.change(Change(Action.UPDATE, before, after, Cause.MOVED), tenant="sorsele", extensions=["4711"])
    line = lines(file)[0]
    assert line.pop("at")
    assert line == {
        "level": "info",
        "event": "referral_updated",
        "tenant": "sorsele",
        "extensions": ["4711"],
        "from": "2026-11-24T12:00:00Z",
        "until": "2026-11-24T14:00:00Z",
        "reason": "meeting",
        "phone": "closed",
        "cause": "moved",
        "alternative": "4712",
        "mode": "info",
        "was_from": "2026-11-24T12:00:00Z",
        "was_until": "2026-11-24T13:05:00Z",
    }


@pytest.mark.parametrize(
    ("action", "cause", "name"),
    [
        (Action.CREATE, Cause.BOOKED, "referral_created"),
        (Action.REMOVE, Cause.GONE, "referral_removed"),
        (Action.UPDATE, Cause.PUT_RIGHT, "referral_put_right"),
        (Action.CREATE, Cause.PUT_RIGHT, "referral_put_right"),
    ],
)
def test_each_kind_of_change_has_its_event(file: Path, action: Action, cause: Cause, name: str) -> None:
    """What is made, removed, and put right after another hand are told apart by name."""
    log.configure(file, "info", 90, terminal=False, strict=True)
    referral = Referral(CALENDAR, Phone.CLOSED, "meeting", NOON, NOON + timedelta(hours=1))
    before, after = (referral, None) if action is Action.REMOVE else (None, referral)
    log.change(Change(action, before, after, cause), dry_run=True)
    assert [(line["event"], line["dry_run"]) for line in lines(file)] == [(name, True)]


def test_a_day_has_a_file_of_its_own(file: Path, clock: WallClock) -> None:
    """At midnight UTC the file is put away under its day's name; the new one is the service's own as well."""
    log.configure(file, "info", 90, terminal=False, clock=clock)
    for day in (24, 25, 27):
        clock.shows = datetime(2026, 11, day, 0, 0, 1, tzinfo=UTC)
        structlog.get_logger().info("near_misses", count=day)
    assert {path.name: lines(path)[0]["count"] for path in file.parent.iterdir()} == {
        "hanvisa.log.2026-11-24": 24,
        "hanvisa.log.2026-11-25": 25,
        "hanvisa.log": 27,
    }
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_restart_on_a_later_day_puts_the_file_away(file: Path, clock: WallClock) -> None:
    """Who starts on Thursday with Tuesday's file begins a new one."""
    log.configure(file, "info", 90, terminal=False, clock=clock)
    structlog.get_logger().info("near_misses", count=1)
    clock.shows += timedelta(days=2)
    log.configure(file, "info", 90, terminal=False, clock=clock)
    structlog.get_logger().info("near_misses", count=2)
    assert [line["count"] for line in lines(file)] == [2]
    assert [line["count"] for line in lines(file.with_name("hanvisa.log.2026-11-24"))] == [1]


def test_old_files_are_removed_and_others_are_not(file: Path, clock: WallClock) -> None:
    """A day's file goes after log_days days; what merely lies beside the log stays."""
    kept = ["hanvisa.log.2026-11-22", "hanvisa.log.old", "other.log.2020-01-01", "hanvisa.log.2026-02-30"]
    for name in [*kept, "hanvisa.log.2026-11-21", "hanvisa.log.2026-11-21.1"]:
        file.with_name(name).touch()
    log.configure(file, "info", 2, terminal=False, clock=clock)
    assert {path.name for path in file.parent.iterdir()} == {*kept, "hanvisa.log"}


def test_several_processes_write_to_one_log_over_midnight(tmp_path: Path) -> None:
    """Writers that each find a new day at once put the file away once and lose no line."""
    file, first, writers, days = tmp_path / "hanvisa.log", date(2026, 11, 24), 4, 20
    start = threading.Barrier(writers)

    def write(writer: int) -> None:
        own = DailyFile(file, 90, first)
        for offset in range(days):
            start.wait()
            day = first + timedelta(days=offset)
            for number in range(10):
                own.write(f'{{"at": "{day}T00:00:00Z", "line": "{writer} {offset} {number}"}}', day)
        own.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = [line["line"] for path in tmp_path.iterdir() for line in lines(path)]
    assert sorted(written) == sorted(f"{w} {o} {n}" for w in range(writers) for o in range(days) for n in range(10))
    assert len(list(tmp_path.iterdir())) == days


def test_who_finds_another_putting_the_file_away_waits_for_nothing(tmp_path: Path) -> None:
    """The line goes into the file that is there, and the next into the new one; whoever holds a lock stops nobody."""
    file, tuesday = tmp_path / "hanvisa.log", date(2026, 11, 24)
    wednesday = tuesday + timedelta(days=1)
    writer = DailyFile(file, 90, tuesday)
    writer.write(f'{{"at": "{tuesday}T12:00:00Z", "line": 1}}', tuesday)
    with file.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        writer.write(f'{{"at": "{wednesday}T00:00:00Z", "line": 2}}', wednesday)
        file.rename(tmp_path / "hanvisa.log.2026-11-24")
        file.write_text(f'{{"at": "{wednesday}T00:00:00Z", "line": 3}}\n', encoding="utf-8")
    writer.write(f'{{"at": "{wednesday}T00:00:00Z", "line": 4}}', wednesday)
    writer.close()
    assert [line["line"] for line in lines(file)] == [3, 4]
    assert [line["line"] for line in lines(tmp_path / "hanvisa.log.2026-11-24")] == [1, 2]


def test_a_clock_that_goes_back_overwrites_no_file(file: Path, clock: WallClock) -> None:
    """A day that comes twice has two files, and both are read in order."""
    log.configure(file, "info", 90, terminal=False, clock=clock)
    for number, day in enumerate((24, 25)):
        clock.shows = datetime(2026, 11, day, tzinfo=UTC)
        structlog.get_logger().info("near_misses", count=number)
    file.unlink()
    for number, day in enumerate((24, 25), start=2):
        clock.shows = datetime(2026, 11, day, tzinfo=UTC)
        structlog.get_logger().info("near_misses", count=number)
    assert [record["count"] for record in log.read(file)] == [0, 2, 3]


def test_a_moved_file_is_made_anew(file: Path, clock: WallClock) -> None:
    """Where an admin moves the log away, the next event begins a new one."""
    log.configure(file, "info", 90, terminal=False, clock=clock)
    structlog.get_logger().info("near_misses", count=1)
    file.rename(file.with_name("elsewhere"))
    structlog.get_logger().info("near_misses", count=2)
    assert [line["count"] for line in lines(file)] == [2]


def test_a_torn_line_swallows_no_event(file: Path, clock: WallClock) -> None:
    """After a crash in the middle of a line the next event begins a line of its own, and the torn one is left out."""
    log.configure(file, "info", 90, terminal=False, clock=clock)
    structlog.get_logger().info("near_misses", count=1)
    with file.open("a", encoding="utf-8") as torn:
        torn.write('{"at": "2026-11-24T12:00:00Z", "level": "in')
    assert [record["count"] for record in log.read(file)] == [1]
    log.configure(file, "info", 90, terminal=False, clock=clock)
    structlog.get_logger().info("near_misses", count=2)
    assert [record["count"] for record in log.read(file)] == [1, 2]


def test_a_full_disk_stops_nothing(file: Path, clock: WallClock, capsys: pytest.CaptureFixture[str]) -> None:
    """A log that cannot be written is told of once, on stderr, and the work goes on."""
    log.configure(Path("/dev/full"), "info", 90, terminal=False, clock=clock)
    for _ in range(3):
        structlog.get_logger().info("near_misses", count=1)
    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == 1
    assert "/dev/full cannot be written: No space left on device" in printed[0]
    assert not file.exists()


def test_an_unknown_level_is_the_users_to_mend() -> None:
    """A level that does not exist is named, with those that do."""
    with pytest.raises(UserError, match=r"log\.level is 'loud'; it must be one of debug, info, warning, error"):
        log.configure(None, "loud", 90, terminal=False)


@pytest.mark.parametrize("name", ["exchangelib.util", "icalendar", "sqlalchemy.engine", "urllib3", "root", "alembics"])
def test_a_library_keeps_its_words_to_itself(file: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """At debug, with its logger turned up, a library's record comes out without message, arguments or exception."""
    log.configure(file, "debug", 90, terminal=True, strict=True)
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)
    logger.debug("read %s", CANARY)
    logger.info("read %s", CANARY)
    try:
        int(CANARY)
    except ValueError:
        logger.exception("could not parse %s", CANARY, extra={"subject": CANARY}, stack_info=True)
    logger.error("broken %d arguments", CANARY)
    logger.setLevel(logging.NOTSET)
    told = [{key: value for key, value in line.items() if key != "at"} for line in lines(file)]
    about = {"level": "warning", "event": "library_warning", "logger": name, "severity": "error"}
    assert told == [{**about, "exception": "ValueError"}, about]
    printed = capsys.readouterr()
    assert CANARY not in file.read_text(encoding="utf-8") + printed.out + printed.err


def test_a_library_that_sees_no_calendar_may_speak(file: Path) -> None:
    """Of the migrations' and the connection pool's records the text is kept."""
    log.configure(file, "info", 90, terminal=False, strict=True)
    logging.getLogger("alembic.runtime").warning("revision %s is unknown", "4f1")
    assert lines(file)[0]["text"] == "revision 4f1 is unknown"


def test_a_librarys_own_handler_is_taken_down(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a library set up for the root logger before, prints nothing afterwards."""
    logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
    log.configure(file, "info", 90, terminal=False)
    logging.getLogger("exchangelib").warning(CANARY)
    assert CANARY not in capsys.readouterr().out


def _fail_with_the_canary() -> None:
    subject = CANARY
    try:
        int(subject)
    except ValueError as error:
        raise RuntimeError(f"could not read {subject}") from error


def test_an_exception_is_logged_without_its_words(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bug tells its type, its causes' and the places in the code; no message, no local variable."""
    log.configure(file, "debug", 90, terminal=True, strict=True)
    try:
        _fail_with_the_canary()
    except RuntimeError as error:
        log.bug(error, tenant="sorsele")
        structlog.get_logger().exception("bug")
        structlog.get_logger().error("bug", exc_info=(type(error), error, error.__traceback__))
    printed = capsys.readouterr()
    assert CANARY not in file.read_text(encoding="utf-8") + printed.out + printed.err
    first, second, third = lines(file)
    assert first["tenant"] == "sorsele"
    for line in (first, second, third):
        assert line["exception"] == "RuntimeError"
        assert line["frames"][-1].startswith(f"{__file__}:")
        assert line["frames"][-1].endswith(" _fail_with_the_canary")
        assert line["causes"] == [f"ValueError at {__file__}:{_line_of_int()} _fail_with_the_canary"]


def _line_of_int() -> int:
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    return source.index("        int(subject)") + 1


def test_causes_that_go_round_end(file: Path) -> None:
    """Exceptions that are each other's cause are told once each."""
    log.configure(file, "info", 90, terminal=False, strict=True)
    first, second = ValueError(CANARY), KeyError(CANARY)
    first.__cause__, second.__cause__ = second, first
    log.bug(first)
    assert lines(file)[0]["causes"] == ["KeyError"]


@pytest.mark.parametrize(
    ("method", "name", "fields"),
    [
        ("info", "mailbox_exploded", {}),
        ("info", "mailbox_unreadable", {}),
        ("info", "near_misses", {"subject": "x"}),
        ("info", "near_misses", {"count": object()}),
        ("info", "near_misses", {"count": [b"x"]}),
        ("info", "near_misses", {"count": vText("x")}),
        ("info", "near_misses", {"count": datetime(2026, 11, 24)}),  # noqa: DTZ001 - a naive one is the example
    ],
)
def test_tests_refuse_what_the_catalogue_does_not_know(
    file: Path, method: str, name: str, fields: dict[str, object]
) -> None:
    """In tests an unknown name, another level, an unlisted field, and an object that may hold anything are refused."""
    log.configure(file, "debug", 90, terminal=False, strict=True)
    with pytest.raises((ValueError, TypeError), match=name):
        getattr(structlog.get_logger(), method)(name, **fields)
    assert lines(file) == []


def test_an_unknown_event_is_logged_as_a_warning(file: Path, clock: WallClock) -> None:
    """Outside tests an unknown name is logged as itself, at warning at least; one that is a sentence as a bug."""
    log.configure(file, "info", 90, terminal=False, clock=clock)
    structlog.get_logger().info("mailbox_exploded", mailbox="anna@sorsele.se")
    structlog.get_logger().error("mailbox_exploded")
    structlog.get_logger().info(f"could not read {CANARY}")
    structlog.get_logger().info("could not read %s", CANARY)
    assert [(line["level"], line["event"]) for line in lines(file)] == [
        ("warning", "mailbox_exploded"),
        ("error", "mailbox_exploded"),
        ("warning", "bug"),
        ("warning", "bug"),
    ]


def test_what_an_event_may_not_carry_is_left_out(file: Path) -> None:
    """Outside tests an unlisted field is dropped, and of an object only its type is kept: a parsed text is one too."""
    log.configure(file, "info", 90, terminal=False)
    structlog.get_logger().warning("entry_unreadable", subject=CANARY, number=3, problem=vText(CANARY))
    line = lines(file)[0]
    assert (line["number"], line["problem"]) == (3, "vText")
    assert "subject" not in line


def test_a_sentence_of_ours_is_logged_in_english(file: Path) -> None:
    """What a person is shown in Swedish stands in the log as every other program can look for it."""
    log.configure(file, "info", 90, terminal=False, strict=True)
    reason = Text("let the service read {path}: {reason}", path="anna.ics", reason=Text("Permission denied"))
    structlog.get_logger().warning("entry_unreadable", number=3, problem=reason)
    assert lines(file)[0]["problem"] == "let the service read anna.ics: Permission denied"


def test_warnings_are_logged_without_their_text(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A warning of Python's tells its category and place."""
    log.configure(file, "debug", 90, terminal=True, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(CANARY, FutureWarning, stacklevel=1)
    line = lines(file)[0]
    assert (line["event"], line["category"]) == ("python_warning", "FutureWarning")
    assert line["place"].startswith(__file__)
    printed = capsys.readouterr()
    assert CANARY not in file.read_text(encoding="utf-8") + printed.out + printed.err


CRASHES = {
    "main": "fail()",
    "thread": "thread = threading.Thread(target=fail, name='reader'); thread.start(); thread.join()",
    "unraisable": "class Room:\n    def __del__(self):\n        fail()\nroom = Room()\ndel room",
}


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("terminal", [True, False])
def test_a_crash_tells_no_more_than_that_it_is_a_bug(tmp_path: Path, crash: str, terminal: bool) -> None:  # noqa: FBT001
    """An exception that nobody caught is logged as a bug and told in a line that names the log; its words are not."""
    file = tmp_path / "hanvisa.log"
    program = f"""
import sys, threading
from pathlib import Path
from sync_daemon import log
log.configure(Path({str(file)!r}), "debug", 90, terminal={terminal})
log.install_hooks()
def fail():
    subject = {CANARY!r}
    try:
        int(subject)
    except ValueError:
        raise RuntimeError(subject)
{CRASHES[crash]}
"""
    command = [sys.executable, "-c", program]
    root = Path(__file__).resolve().parents[3]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)  # noqa: S603 - our own
    assert ended.returncode == (1 if crash == "main" else 0)
    assert [line["event"] for line in lines(file)] == ["bug"]
    assert lines(file)[0]["exception"] == "RuntimeError"
    assert "this is a bug in hanvisa" in ended.stderr.splitlines()[-1]
    assert str(file) in ended.stderr.splitlines()[-1]
    assert len(ended.stderr.splitlines()) == 1 + terminal
    for told in (file.read_text(encoding="utf-8"), ended.stdout, ended.stderr):
        assert CANARY not in told


@pytest.fixture
def week(file: Path, clock: WallClock) -> Path:
    """A log of three days."""
    log.configure(file, "debug", 90, terminal=False, strict=True, clock=clock)
    logger = structlog.get_logger()
    logger.info("opening", mailbox="anna@sorsele.se", extension="4711", by="exp")
    clock.shows += timedelta(days=1)
    logger.info("referral_created", mailbox="anna@sorsele.se", extensions=["4711", "+46701234567"], reason="meeting")
    logger.warning("mailbox_unreadable", mailbox="bo@sorsele.se", remedy="give access")
    clock.shows += timedelta(days=1)
    logger.debug("cycle_started", tenant="sorsele")
    logger.error("directory_unusable", tenant="sorsele", remedy="put it there")
    return file


@pytest.mark.parametrize(
    ("asked", "events"),
    [
        ({}, ["opening", "referral_created", "mailbox_unreadable", "cycle_started", "directory_unusable"]),
        ({"extension": "4711"}, ["opening", "referral_created"]),
        ({"extension": "+46701234567"}, ["referral_created"]),
        ({"extension": "471"}, []),
        ({"mailbox": "bo@sorsele.se"}, ["mailbox_unreadable"]),
        ({"extension": "+46701234567", "mailbox": "bo@sorsele.se"}, ["referral_created", "mailbox_unreadable"]),
        ({"level": "warning"}, ["mailbox_unreadable", "directory_unusable"]),
        (
            {"since": NOON + timedelta(days=1)},
            ["referral_created", "mailbox_unreadable", "cycle_started", "directory_un"],
        ),
        ({"since": NOON + timedelta(days=1, seconds=1)}, ["cycle_started", "directory_unusable"]),
        ({"since": NOON + timedelta(days=1), "level": "error"}, ["directory_unusable"]),
    ],
)
def test_the_log_is_read_by_what_is_asked(week: Path, asked: dict[str, Any], events: list[str]) -> None:
    """Events come oldest first over all files: those of an extension or mailbox, since a time, of a level and above."""
    found = [record["event"] for record in log.read(week, **asked)]
    assert len(found) == len(events)
    assert all(name.startswith(start) for name, start in zip(found, events, strict=True))


def test_lines_that_are_no_events_are_left_out(week: Path) -> None:
    """What is no JSON, no object, or has no time that we write, is passed over."""
    with week.open("ab") as end:
        end.write(
            b'\n[1]\n{"at": 1, "level": "info", "event": "x"}\n\xff\n{"at": "today", "level": "i", "event": "x"}\n'
        )
    assert len(list(log.read(week))) == 5


def test_a_log_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    """Before anything was logged there is nothing to read."""
    assert list(log.read(tmp_path / "hanvisa.log")) == []
    assert list(log.read(tmp_path / "nowhere" / "hanvisa.log")) == []


def test_a_line_for_a_person_has_local_times_and_words() -> None:
    """Times are told in the zone, names in words; what is empty is left out."""
    record = {
        "at": "2026-11-24T08:00:05Z",
        "level": "info",
        "event": "referral_created",
        "extensions": ["4711", "4712"],
        "from": "2026-11-24T09:00:00Z",
        "mode": None,
        "causes": [],
        "dry_run": True,
    }
    assert log.readable(record, STOCKHOLM) == (
        "2026-11-24 09:00:05 info    new referral  extensions=4711,4712  from=2026-11-24 10:00  dry_run=true"
    )


def test_a_line_for_a_person_gives_a_terminal_no_orders() -> None:
    """Control characters in a value are written out."""
    record = {"at": "2026-11-24T08:00:05Z", "level": "info", "event": "opening", "by": "\x1b]0;x\x07\nroot"}
    assert log.readable(record, STOCKHOLM).endswith(r'by="\u001b]0;x\u0007\nroot"')


def test_an_event_of_a_later_version_is_read_by_its_name() -> None:
    """An event that this version does not know is shown under its name."""
    record = {"at": "2026-11-24T08:00:05Z", "level": "info", "event": "stream_lost"}
    assert log.readable(record, STOCKHOLM) == "2026-11-24 09:00:05 info    stream_lost"
