"""A calendar of another tenant's, whatever it is, and the booking of somebody else: `hanvisa run` as a process."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.configuration import files_source, tenant_table
from tests.service.test_run import PATIENCE, Running, _municipality, until

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 5.0
"""Seconds from a booking to its referral, and from SIGTERM to the end."""

_OTHERS = """\
[service]
interval = 2
jitter = 0
""" + tenant_table("arjeplog", files_source("arjeplog"))
_EVENT = "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:20370303T090000\r\nDTEND:20370303T100000\r\n{lines}\r\nEND:VEVENT\r\n"
_STRANGER = "ORGANIZER:mailto:stranger@example.com\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:{mailbox}"


def _calendar(*events: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", ""]).encode()


def _invitation() -> bytes:
    lines = _STRANGER.format(mailbox="eva@arjeplog.se") + f"\r\nSUMMARY:Offert{' ' * 400_000}2027"
    return _calendar(_EVENT.format(uid="offer", lines=lines))


def _returns() -> bytes:
    return _calendar(_EVENT.format(uid="returns", lines="DESCRIPTION:" + "\r" * 2_000_000 + "x"))


def _nesting() -> bytes:
    return _calendar("BEGIN:VEVENT", *["BEGIN:A"] * 30_000, *["END:A"] * 30_000, "END:VEVENT")


def _by_the_minute() -> bytes:
    start = time.strftime("%Y%m%d", time.gmtime(time.time() - 20 * 86_400))
    series = f"UID:m\r\nDTSTART:{start}T000000Z\r\nDURATION:PT1M\r\nRRULE:FREQ=MINUTELY\r\nSUMMARY:SAM:"
    return _calendar("BEGIN:VEVENT", series, "END:VEVENT")


def _zones() -> bytes:
    observance = "DTSTART:00010101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYDAY=MO"
    zones = [
        f"BEGIN:VTIMEZONE\r\nTZID:zone{n}\r\nBEGIN:STANDARD\r\n{observance}\r\nEND:STANDARD\r\nEND:VTIMEZONE"
        for n in range(16)
    ]
    uses = [f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART;TZID=zone{n}:20370303T090000\r\nEND:VEVENT" for n in range(16)]
    return _calendar(*zones, *uses)


HOSTILE = {
    "400,000 spaces in an invitation": _invitation,
    "two million carriage returns": _returns,
    "30,000 components in each other": _nesting,
    "a series by the minute": _by_the_minute,
    "zones with weekly rules since the year 1": _zones,
}


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[Running]:
    """Anna in Sorsele, and Eva in Arjeplog, who gets strange calendars."""
    with _municipality(tmp_path, "") as running:
        config = tmp_path / "hanvisa.toml"
        config.write_text(config.read_text(encoding="utf-8") + _OTHERS, encoding="utf-8")
        (tmp_path / "arjeplog").mkdir()
        (tmp_path / "arjeplog.csv").write_text("mailbox,name,extensions\neva@arjeplog.se,Eva,5001\n", encoding="utf-8")
        yield running


@pytest.mark.long
def test_a_calendar_costs_nobody_else_an_answered_call(beside: Running) -> None:
    """While each of them is read, another tenant's booking is in the store within five seconds, and SIGTERM holds."""
    process = beside.starts()
    beside.waits_for("tenant_taken", tenant="sorsele")
    for number, content in enumerate(HOSTILE.values()):
        (beside.town.folder / "arjeplog" / "new").write_bytes(content())
        (beside.town.folder / "arjeplog" / "new").rename(beside.town.folder / "arjeplog" / "eva@arjeplog.se.ics")
        booked = time.monotonic()
        day = time.strftime("%Y-%m-%d", time.localtime(time.time() + (2 + number) * 86_400))
        beside.town.anna.books("SAM:", f"{day}T19:00", f"{day}T19:30", uid=f"evening {number}")
        until(lambda day=day: any(row[0].startswith(day) for row in beside.rows()), list(HOSTILE)[number])  # type: ignore[misc]
        assert time.monotonic() - booked < LONGEST, list(HOSTILE)[number]
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert time.monotonic() - asked < LONGEST
