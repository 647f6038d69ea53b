"""The process that reads calendar files: what breaks it is one person's, and it outlives nobody."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rules.command import Alternative, Command, Mode, Phone, Refusal, Slip, Vocabulary
from rules.entry import Entries, Entry, Fault, NearEntry, Reading, Response, Unreadable
from rules.policy import MEETING
from sync_daemon.number_check import NumbersOf
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.ics import IcsFolder, file_readings, reader_process
from sync_daemon.sources.ics.reader_messages import Answer, packed, unpacked
from sync_daemon.sources.ics.reading import Request, read_calendar
from sync_daemon.sources.keys import key_maker
from tests.acceptance.municipality import Municipality
from tests.readings import readings_of

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WINDOW = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))
PARSE = Vocabulary((MEETING,), {"4711"}, NumbersOf("SE")).parse
MAKE_KEY = key_maker(b"secret")
NAMES = ("anna", "bo", "cecilia")
ROOT = Path(__file__).parents[4]
CANARY = "Kanariefagel"
WHOLE = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:{canary}
DTSTART:20261124T090000Z
DTEND:20261124T100000Z
SUMMARY:SAM: {canary} >4711
DESCRIPTION:{mark}
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three calendars of one meeting each."""
    for name in NAMES:
        write(tmp_path, name)
    return tmp_path


@pytest.fixture
def breakable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that files can break: see `tests.hostile.reader_main`."""
    file_readings.end_spare_process()
    monkeypatch.setattr(reader_process, "COMMAND", ("-m", "tests.hostile.reader_main", "marked"))
    yield
    file_readings.end_spare_process()


def write(folder: Path, name: str, mark: str = "") -> None:
    """Their calendar, with how it breaks whoever reads it."""
    (folder / f"{name}@sorsele.se.ics").write_text(WHOLE.format(canary=CANARY, mark=mark), encoding="utf-8")


def readings(folder: Path) -> dict[str, Reading]:
    """Of all three, in their order."""
    source = IcsFolder(folder, STOCKHOLM, MAKE_KEY)
    read = readings_of(source, [Mailbox(f"{name}@sorsele.se") for name in NAMES], WINDOW, PARSE)
    return {mailbox.address.partition("@")[0]: reading for mailbox, reading in read}


def at_work(of: int | str = "self") -> list[int]:
    """The ids of a process's processes that read calendars."""
    found = []
    for children in Path(f"/proc/{of}/task").glob("*/children"):
        for pid in map(int, children.read_text().split()):
            with suppress(OSError):
                if b"reader_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
    return found


def is_gone(pid: int) -> bool:
    """Whether the process has ended, soon."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if not Path(f"/proc/{pid}/cmdline").read_bytes():
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def count(reading: Reading) -> int | None:
    """How many entries were read, or None."""
    return len(reading.entries) if isinstance(reading, Entries) else None


@pytest.mark.usefixtures("breakable")
@pytest.mark.parametrize(
    ("mark", "remedy"),
    [
        ("SPIN", "over 20 seconds of the processor"),
        ("HOARD", "over 1024 MiB of memory"),
        ("ABORT", "the process that read it ended (-6)"),
        ("KILLED", "over 1024 MiB of memory"),
        ("RAISE", "the process that read it ended (1)"),
    ],
)
def test_a_file_that_breaks_the_process_is_one_persons(folder: Path, mark: str, remedy: str) -> None:
    """Theirs is unreadable, and says why without a word of it; who comes before and after is read."""
    write(folder, "bo", mark)
    found = readings(folder)
    assert list(found) == list(NAMES)
    assert [count(found[name]) for name in NAMES] == [1, None, 1]
    assert isinstance(found["bo"], Unreadable)
    assert remedy in found["bo"].remedy
    assert "bo@sorsele.se.ics" in found["bo"].remedy
    assert CANARY not in repr(found)


@pytest.mark.usefixtures("breakable")
def test_a_file_that_is_waited_for_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a share hangs."""
    monkeypatch.setattr(file_readings, "WALL_SECONDS", 1.5)
    write(folder, "bo", "SLEEP")
    found = readings(folder)
    assert [count(found[name]) for name in NAMES] == [1, None, 1]


@pytest.mark.usefixtures("breakable")
def test_others_go_on_while_a_file_takes_its_time(folder: Path) -> None:
    """The source says about each second that there is nothing yet; who stops then ends the process as well."""
    write(folder, "bo", "SLEEP")
    source = IcsFolder(folder, STOCKHOLM, MAKE_KEY)
    read = source.read([Mailbox(f"{name}@sorsele.se") for name in NAMES], WINDOW, PARSE)
    first, reading = next(found for found in read if found is not None)
    assert (first.address, count(reading)) == ("anna@sorsele.se", 1)
    assert next(read) is None
    [pid] = at_work()
    read.close()
    assert at_work() == []
    assert is_gone(pid)


@pytest.mark.parametrize("how", ["breaks off", "closes"])
def test_a_process_that_does_not_answer_its_job_ends_with_who_waits_for_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Nothing was read yet, and nobody waits any more."""
    file_readings.end_spare_process()
    monkeypatch.setattr(reader_process, "COMMAND", ("-c", "import time; reader_main = time.sleep(60)"))
    monkeypatch.setattr(reader_process, "LULL", 0.05)
    read = IcsFolder(folder, STOCKHOLM, MAKE_KEY).read([Mailbox("anna@sorsele.se")], WINDOW, PARSE)
    assert next(read) is None
    [pid] = at_work()
    if how == "closes":
        read.close()
    else:
        with pytest.raises(ZeroDivisionError):
            read.throw(ZeroDivisionError)
    assert is_gone(pid)


@pytest.mark.usefixtures("breakable")
def test_who_ends_it_from_outside_breaks_no_file(folder: Path) -> None:
    """SIGTERM goes to every process of a systemd unit: it goes on; and where it is gone, another begins."""
    assert count(readings(folder)["anna"]) == 1
    [pid] = at_work()
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    assert at_work() == [pid]
    os.kill(pid, signal.SIGKILL)
    assert [count(reading) for reading in readings(folder).values()] == [1, 1, 1]


def test_where_none_can_be_started_all_are_unreadable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For one and the same reason, which names what to try by hand."""
    file_readings.end_spare_process()
    monkeypatch.setattr(reader_process, "COMMAND", ("-c", "raise SystemExit(3)"))
    found = set(readings(folder).values())
    assert found == {Unreadable(f"look why this ends at once: {sys.executable} -c raise SystemExit(3)")}
    monkeypatch.setattr(sys, "executable", str(folder / "nothing"))
    found = set(readings(folder).values())
    assert found == {Unreadable("look why no process that reads calendars can be started: No such file or directory")}


def test_it_waits_for_the_next_reading(folder: Path) -> None:
    """One process serves one reading after the other; where there is nothing to read none is started."""
    file_readings.end_spare_process()
    source = IcsFolder(folder, STOCKHOLM, MAKE_KEY)
    assert not list(readings_of(source, [], WINDOW, PARSE))
    assert list(readings_of(source, [Mailbox("nobody@sorsele.se")], WINDOW, PARSE))
    assert at_work() == []
    readings(folder)
    first = at_work()
    readings(folder)
    assert at_work() == first
    assert len(first) == 1


def test_it_has_nothing_of_the_services(folder: Path) -> None:
    """No socket, no lock, no core; docs/rules.md §7."""
    with socket.create_server(("127.0.0.1", 0)), (folder / "lock").open("w", encoding="utf-8"):
        readings(folder)
        [pid] = at_work()
        process = Path(f"/proc/{pid}")
        held = [str(one.readlink()) for one in (process / "fd").iterdir()]
        assert [one for one in held if not one.startswith(("pipe:", "/dev/null"))] == []
        limits = {line[:26].strip(): line[26:47].strip() for line in (process / "limits").read_text().splitlines()}
        assert limits["Max core file size"] == "0"
        assert limits["Max file size"] == "0"
        assert limits["Max address space"] == str(1024**3)


def test_it_cannot_be_dumped() -> None:
    """Nobody attaches to it, and a crash leaves nothing (PR_GET_DUMPABLE, prctl(2))."""
    program = (
        "import ctypes; from sync_daemon.sources.ics.reader_main import confine;"
        "confine(); print(ctypes.CDLL(None).prctl(3))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)  # noqa: S603
    assert told.stdout.split() == [b"0"]


def test_it_ends_with_the_service(folder: Path) -> None:
    """Also where that is killed."""
    program = (
        "import sys, time; from pathlib import Path\n"
        "from tests.sync_daemon.sources.ics import test_reader_process as these\n"
        f"these.readings(Path({str(folder)!r})); print(these.at_work()[0], flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT) as service:  # noqa: S603
        assert service.stdout is not None
        pid = int(service.stdout.readline())
        service.kill()
    assert is_gone(pid)


def test_no_subject_and_no_uid_crosses(folder: Path) -> None:
    """What the process answers are times, codes and keys."""
    content = (folder / "anna@sorsele.se.ics").read_bytes()
    reading = read_calendar(content, Request(Mailbox("anna@sorsele.se"), WINDOW, PARSE, STOCKHOLM, MAKE_KEY))
    crossed = packed(Answer(reading))
    assert count(reading) == 1
    assert CANARY.encode() not in crossed


def test_what_crosses_is_the_reading() -> None:
    """Every field of it."""
    nine = datetime(2026, 11, 24, 9, tzinfo=UTC)
    command = Command("TJÄ", Phone.OPEN, Alternative("+46701234567", Mode.INFO), refused=Refusal.OWN)
    entry = Entry("1", nine, nine + timedelta(hours=1), command, True, True, Response.TENTATIVE, True, ("2",))  # noqa: FBT003
    faults = (Fault(3, "why", 4, frozenset({"5"}), nine, nine), Fault(6, "why"))
    for reading in (
        Entries((entry, Entry("7", nine, nine, Command("SAM"))), complete=False, without_command=8, faults=faults),
        Entries(near_misses=(NearEntry(entry, Slip.OTHER_SIGN, series="8"), NearEntry(entry, Slip.SIGN_MISSING, "9"))),
        Unreadable("why"),
    ):
        assert unpacked(packed(Answer(reading, spent=True))) == Answer(reading, spent=True)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"{", b"[false]", b"[false, 1]", b"\xff", b"[" * 100_000, b"[0,[],[[1]],[]]"),
        b'[false, [], [], [[0, "why", 1, null, 1e17, 1e17]], [true, 0, 0]]',
        *(b'[false, ["why", []]]', b'[false, ["why", 1]]', b'[false, ["{why}", null]]', b'[false, ["why", {"a": []}]]'),
    ],
)
def test_any_other_answer_is_none(content: bytes) -> None:
    """It is the end of the process, and not the service's."""
    with pytest.raises(ValueError, match="no answer of ours"):
        unpacked(content)


RUN = (
    "from sync_daemon.sources.ics import reader_process;"
    "reader_process.COMMAND = ('-m', 'tests.hostile.reader_main', 'marked');"
    "from sync_daemon.cli import main; main()"
)


def test_the_service_goes_on_and_ends_while_a_file_takes_its_time(tmp_path: Path) -> None:
    """Who was read before is written meanwhile; SIGTERM ends it in time, and the process with it."""
    town = Municipality(tmp_path)
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    town.anna.books("SAM: x", f"{tomorrow}T09:00", f"{tomorrow}T10:00")
    town.bo.books("SAM: x", f"{tomorrow}T09:00", f"{tomorrow}T10:00", "DESCRIPTION:SLEEP")
    command = [sys.executable, "-c", RUN, "run", "--config", str(tmp_path / "hanvisa.toml")]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as service:  # noqa: S603 - our own
        until = time.monotonic() + 60
        while not at_work(service.pid) or not town.rows(f"{tomorrow}T08:00"):
            assert time.monotonic() < until
            time.sleep(0.2)  # lest the question take the processor from what it waits for
        [pid] = at_work(service.pid)
        service.send_signal(signal.SIGTERM)
        assert service.wait(30) == 0  # of the minute that the file takes
    assert is_gone(pid)


def test_a_large_service_keeps_its_reader(folder: Path) -> None:
    """A process is judged by its own memory, not by that of who started it: one reads all three and is kept."""
    file_readings.end_spare_process()
    large = bytearray(b"x") * (300 * 1024 * 1024)
    readings(folder)
    [first] = at_work()
    readings(folder)
    assert at_work() == [first]
    assert len(large) > 0
    file_readings.end_spare_process()
