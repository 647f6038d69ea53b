"""What another hand does to the calendar's referrals is put right (docs/rules.md §6.1)."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from rules.plan import Cause
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.report import Outcome
from tests.sync_daemon.cycle.anna_alone import anna_alone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MORNING = datetime(2026, 11, 24, 7, tzinfo=UTC)
CALENDAR = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:budget
DTSTART:20261124T090000Z
DTEND:20261124T100000Z
SUMMARY:SAM: Budget
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def cycle(tmp_path: Path) -> Iterator[Cycle]:
    """Anna alone, with a meeting 10-11."""
    with anna_alone(tmp_path, CALENDAR) as cycle:
        yield cycle


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_meeting_that_is_moved_is_moved_whatever_version_wrote_its_referral(
    cycle: Cycle, tmp_path: Path, version: str
) -> None:
    """An update of the daemon, which finds rows of the version before it, is no other hand."""
    cycle.run(MORNING, every=True)
    if version == "1":
        _as_the_first_version_wrote_it(tmp_path)
    (tmp_path / "anna@sorsele.se.ics").write_text(CALENDAR.replace("T100000Z", "T110000Z"), encoding="utf-8")
    assert _causes(cycle.run(MORNING, every=True)) == [Cause.MOVED]


def test_what_another_hand_changed_is_put_right_whatever_version_wrote_it(cycle: Cycle, tmp_path: Path) -> None:
    """A row of the version before this one that was changed since is known as well."""
    cycle.run(MORNING, every=True)
    _as_the_first_version_wrote_it(tmp_path)
    _by_another_hand(tmp_path, "UPDATE referrals SET until = '2026-11-24T09:30:00Z'")
    assert _causes(cycle.run(MORNING, every=True)) == [Cause.PUT_RIGHT]


def _as_the_first_version_wrote_it(folder: Path) -> None:
    """The digest of the only row, as it was made up to 5bfc05f: of the JSON that `--json` showed then."""
    with sqlite3.connect(folder / "hanvisa.db") as connection:
        connection.row_factory = sqlite3.Row
        (row,) = connection.execute("SELECT * FROM referrals").fetchall()
        shown = {name: row[name] for name in ("from", "until", "reason", "phone", "origin", "opened_at")}
        text = json.dumps(
            [{**shown, "alternative": None}, json.loads(row["bookings"])], ensure_ascii=False, sort_keys=True
        )
        digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        connection.execute("UPDATE referrals SET written = ?", [digest])
    connection.close()


def _by_another_hand(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "hanvisa.db") as connection:
        connection.execute(statement)
    connection.close()


def _causes(outcome: Outcome) -> list[Cause]:
    return [change.cause for _, change in outcome.planned]


def test_a_referral_that_another_hand_removed_is_made_again(cycle: Cycle, tmp_path: Path) -> None:
    """The next full reading puts it right, and says that this is what it does."""
    cycle.run(MORNING, every=True)
    _by_another_hand(tmp_path, "DELETE FROM referrals")
    assert _causes(cycle.run(MORNING, every=True)) == [Cause.PUT_RIGHT]
    assert _causes(cycle.run(MORNING, every=True)) == []


def test_a_referral_that_another_hand_shortened_is_put_right(cycle: Cycle, tmp_path: Path) -> None:
    """The same for one whose time another hand changed."""
    cycle.run(MORNING, every=True)
    _by_another_hand(tmp_path, "UPDATE referrals SET until = '2026-11-24T09:30:00Z'")
    assert _causes(cycle.run(MORNING, every=True)) == [Cause.PUT_RIGHT]
    assert [row.until for row in cycle.store.held([1], MORNING)[1].referrals] == [
        datetime(2026, 11, 24, 10, 5, tzinfo=UTC)
    ]


def test_a_referral_that_the_calendar_removed_is_booked_anew(cycle: Cycle, tmp_path: Path) -> None:
    """What the daemon itself removed and somebody books again is no other hand's doing."""
    calendar = tmp_path / "anna@sorsele.se.ics"
    cycle.run(MORNING, every=True)
    calendar.write_text(CALENDAR.replace("SAM: ", ""), encoding="utf-8")
    assert _causes(cycle.run(MORNING, every=True)) == [Cause.GONE]
    calendar.write_text(CALENDAR, encoding="utf-8")
    assert _causes(cycle.run(MORNING, every=True)) == [Cause.BOOKED]
