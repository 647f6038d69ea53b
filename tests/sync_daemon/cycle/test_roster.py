"""What `plan` sees of a directory is what `once` makes of it: one difference, written or not."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sync_daemon.cycle.roster import Person, Roster, listing
from sync_daemon.settings import Tenant
from sync_daemon.settings.sources import IcsSource
from sync_daemon.store import Store

_MORNING = datetime(2026, 11, 24, 7, tzinfo=UTC)
_NAMES = ("anna", "bo", "cilla", "dag", "eva", "fia")
_DOMAINS = ("sorsele.se", "mala.se")
_LINE = st.tuples(
    st.sampled_from(_NAMES),
    st.sampled_from(_DOMAINS),
    st.lists(st.sampled_from(("4711", "4712", "4713", "4714", "no number")), max_size=2, unique=True),
)
_DIRECTORY = st.lists(_LINE, min_size=2, max_size=6, unique_by=lambda line: line[:2])


def _written(lines: list[tuple[str, str, list[str]]]) -> str:
    rows = [f"{name}@{domain},{name.title()} Berg,{';'.join(numbers)}" for name, domain, numbers in lines]
    return "\n".join(["mailbox,name,extensions", *rows, ""])


def _without_ids(roster: Roster) -> Roster:
    def plain(people: tuple[Person, ...]) -> tuple[Person, ...]:
        return tuple(replace(person, id=None) for person in people)

    return replace(roster, people=plain(roster.people), left=plain(roster.left), succeeded=())


@given(directories=st.lists(_DIRECTORY, min_size=2, max_size=5))
@settings(max_examples=20, deadline=None)
def test_a_directory_is_seen_as_it_is_written(directories: list[list[tuple[str, str, list[str]]]]) -> None:
    """Whoever comes, leaves, comes back, changes mailbox or gets another's extension; findings and all."""
    with tempfile.TemporaryDirectory() as scratch, Store.open(f"sqlite:///{scratch}/hanvisa.db") as store:
        folder = Path(scratch)
        source = IcsSource(kind="ics", folder=folder)
        tenant = Tenant(id="sorsele", timezone="Europe/Stockholm", directory=folder / "sorsele.csv", sources=(source,))
        for day, lines in enumerate(directories):
            tenant.directory.write_text(_written(lines), encoding="utf-8")
            now = _MORNING + timedelta(days=day)
            said = listing(store, tenant, now)
            seen = said.preview(store, now)
            assert _without_ids(seen) == _without_ids(said.write(store, now))
