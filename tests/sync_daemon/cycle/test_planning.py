"""One person's plan where something of theirs is held back (docs/rules.md §6.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from rules.entry import Entries, Entry
from rules.plan import Cause, Change
from rules.policy import Rules
from rules.referral import Referral
from sync_daemon.cycle.planning import Case, PersonReading, Planner
from sync_daemon.cycle.roster import Person
from sync_daemon.settings import Tenant
from sync_daemon.settings.sources import IcsSource
from sync_daemon.sources import Window
from sync_daemon.store import Held
from tests.rules.town import entry, line, on

NOW = on("07:00")
ANNA = Person(1, "anna@sorsele.se", "Anna Berg", ("4700",))
MEETINGS = (
    entry("SAM:", "10:30-12", key="to lunch"),
    entry("SAM:", "13:20-14", key="after lunch"),
    entry("SAM:", "14:30-15", key="afternoon"),
)
OVER_THE_GAPS = entry("SAM:", "12:20-14:30", key="over the gaps")


def _planned(entries: tuple[Entry, ...], rows: tuple[Referral, ...], rules: Rules, keep: set[int]) -> list[Change]:
    source = IcsSource(kind="ics", folder=Path("calendars"))
    tenant = Tenant(
        id="sorsele", timezone="Europe/Stockholm", directory=Path("sorsele.csv"), sources=(source,), rules=rules
    )
    window = Window(NOW - timedelta(days=14), NOW + timedelta(days=14))
    case = Case(PersonReading(ANNA, Entries(entries)), Held(1, rows), window, NOW)
    return list(Planner(tenant).plan(case, keep).changes)


def _rows() -> tuple[Referral, ...]:
    made = _planned(MEETINGS, (), Rules(), set())
    return tuple(replace(change.after, id=number) for number, change in enumerate(made) if change.after)


def test_what_is_joined_goes_with_what_covers_it() -> None:
    """Two rows become one, and nothing is asked of the brake."""
    rows = _rows()
    assert [line(row) for row in rows] == [
        "24 10:30 - 24 13:00 closed meeting",
        "24 13:20 - 24 14:05 closed meeting",
        "24 14:30 - 24 15:05 closed meeting",
    ]
    changes = _planned((*MEETINGS, OVER_THE_GAPS), rows, Rules(lunch=False), {99})
    assert [change.cause for change in changes if change.before == rows[2]] == [Cause.JOINED]
    assert [line(change.after) for change in changes if change.after and change.before == rows[1]] == [
        "24 12:20 - 24 15:05 closed meeting"
    ]


def test_what_is_joined_stays_where_what_would_cover_it_is_held_back() -> None:
    """Lunch is abolished: that the first row ends sooner is held, and the second cannot grow into its time."""
    rows = _rows()
    assert _planned((*MEETINGS, OVER_THE_GAPS), rows, Rules(lunch=False), {0}) == []
