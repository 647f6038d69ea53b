"""What stands where a file should be: a pipe, a device, a folder, or too much of it."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.entry import Unreadable
from sync_daemon import directory, settings
from sync_daemon.errors import HanvisaError
from sync_daemon.sources import Window
from sync_daemon.sources.ics.folder import content_of
from sync_daemon.sources.password import password_in
from tests.acceptance.municipality import Municipality

SECONDS = 20
"""After so long something is waited for that never comes; it takes a hundredth of that."""

WINDOW = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(path) if len(str(path)) > 100 else str(path))


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _folder(path: Path) -> None:
    path.mkdir()


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def _in_time(work: Callable[[], object]) -> object:
    """What the work gives back or raises; a test must not wait for what never comes."""
    came: list[object] = []

    def run() -> None:
        try:
            came.append(work())
        except Exception as error:  # noqa: BLE001 - handed over
            came.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(SECONDS)
    assert came, "it waits"
    return came[0]


@pytest.mark.parametrize("stands_there", [_pipe, _socket, _device, _loop, _folder, _large])
@pytest.mark.parametrize("name", ["sorsele.csv", "hanvisa.toml", "secret"])
def test_what_is_no_file_is_told_and_not_waited_for(
    tmp_path: Path, stands_there: Callable[[Path], None], name: str
) -> None:
    """Neither as the directory, nor as the configuration, nor as a secret; the path is named."""
    Municipality(tmp_path)
    tenant = settings.load(tmp_path / "hanvisa.toml", {}).tenants[0]
    path = tmp_path / name
    path.unlink(missing_ok=True)
    stands_there(path)
    reads: dict[str, Callable[[], object]] = {
        "sorsele.csv": lambda: directory.read(path, tenant),
        "hanvisa.toml": lambda: settings.load(path, {}),
        "secret": lambda: password_in(path),
    }
    error = _in_time(reads[name])
    assert isinstance(error, HanvisaError)
    assert str(path) in str(error)


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    """A NUL ends a path for the system."""
    assert isinstance(_in_time(lambda: password_in(tmp_path / "a\0b")), HanvisaError)


def test_a_calendar_that_becomes_a_pipe_as_it_is_opened_keeps_nobody_waiting(tmp_path: Path) -> None:
    """It is a file when it is looked at, and a pipe a moment later: what is open is looked at again."""
    calendar = tmp_path / "anna@sorsele.se.ics"
    calendar.write_bytes(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n")
    swapped: list[str] = []

    def swap(event: str, arguments: tuple[object, ...]) -> None:
        # Python says that it is about to open a file (https://docs.python.org/3/library/audit_events.html).
        if event == "open" and arguments[0] == str(calendar) and not swapped:
            swapped.append(event)
            calendar.unlink()
            os.mkfifo(calendar)

    sys.addaudithook(swap)
    found = _in_time(lambda: content_of(calendar))
    assert swapped
    assert isinstance(found, Unreadable)
