"""Changed calendar files: what it costs that a process of their own reads them."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rules.command import Vocabulary
from rules.entry import Entries
from rules.policy import Rules
from sync_daemon.number_check import NumbersOf
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.ics import IcsFolder, apart
from sync_daemon.sources.ics.reading import Request, read_calendar
from sync_daemon.sources.keys import key_maker
from tests.bench.measured import Measured
from tests.readings import readings_of

_FILES = 1_000
_ENTRIES = 20
_SERIES = 4
_RUNS = 3
_TODAY = datetime(2026, 11, 24, tzinfo=UTC)
_WINDOW = Window(_TODAY - timedelta(days=14), _TODAY + timedelta(days=14))
_ZONE = ZoneInfo("Europe/Stockholm")


def changed() -> Iterator[Measured]:
    """A thousand files, all changed: by the source, from the start of its process on, and by its parser alone."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        mailboxes = [_mailbox(folder, number) for number in range(_FILES)]
        parse = Vocabulary(Rules().commands, {"4711"}, NumbersOf("SE")).parse
        make_key = key_maker(b"the store's secret")
        source = IcsFolder(folder, _ZONE, make_key)

        def apart_from_here() -> int:
            count = sum(_count(reading) for _, reading in readings_of(source, mailboxes, _WINDOW, parse))
            apart.dismiss()  # from when on its time is known
            return count

        def here() -> int:
            requests = (Request(mailbox, _WINDOW, parse, _ZONE, make_key) for mailbox in mailboxes)
            return sum(_count(read_calendar(_path(folder, one.mailbox).read_bytes(), one)) for one in requests)

        here()
        ours, peer = zip(*((_seconds(apart_from_here), _seconds(here)) for _ in range(_RUNS)), strict=True)
        work = f"{_FILES} files with {_ENTRIES} entries and {_SERIES} series each, best of {_RUNS}"
        yield Measured("ics-changed", min(ours), 1.2, "s CPU", work, peer=min(peer))


def _seconds(read: Callable[[], int]) -> float:
    began = _spent()
    if read() < _FILES * _ENTRIES:
        raise ValueError("entries are lacking")
    return _spent() - began


def _spent() -> float:
    """Processor time of this process and of those that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _count(reading: object) -> int:
    return len(reading.entries) if isinstance(reading, Entries) else 0


def _path(folder: Path, mailbox: Mailbox) -> Path:
    return folder / f"{mailbox.address}.ics"


def _mailbox(folder: Path, number: int) -> Mailbox:
    drawn = random.Random(number)
    mailbox = Mailbox(f"p{number}@sorsele.se", frozenset({str(20_000 + number)}))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for entry in range(_ENTRIES + _SERIES):
        start = _TODAY + timedelta(days=drawn.randrange(-13, 13), minutes=15 * drawn.randrange(28, 64))
        series = [] if entry < _ENTRIES else ["RRULE:FREQ=WEEKLY;COUNT=100"]
        lines += ["BEGIN:VEVENT", f"UID:{number}-{entry}", "SUMMARY:SAM: Budget", "DESCRIPTION:Agenda", *series]
        lines += [f"DTSTART;TZID=Europe/Stockholm:{start:%Y%m%dT%H%M%S}", "DURATION:PT45M", "CLASS:PUBLIC"]
        lines += [f"ORGANIZER;CN=P:mailto:{mailbox.address}", "TRANSP:OPAQUE", "END:VEVENT"]
    _path(folder, mailbox).write_text("\r\n".join([*lines, "END:VCALENDAR", ""]), encoding="utf-8")
    return mailbox
