"""A tenant with several sources: who is read first, and from where."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.entry import Entries, Reading
from sync_daemon.cycle.calendars import Calendars
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.settings import Tenant
from sync_daemon.settings.sources import IcsSource
from sync_daemon.sources import Mailbox, Parse, Window

WINDOW = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))
TENANT = Tenant(
    id="sorsele",
    timezone="Europe/Stockholm",
    directory=Path("sorsele.csv"),
    sources=(
        IcsSource(kind="ics", name="hall", folder=Path("a")),
        IcsSource(kind="ics", name="school", folder=Path("b")),
    ),
)


@dataclass
class Empty:
    """A source whose calendars have nothing in them; it keeps what it was given to read subjects with."""

    parse: Parse | None = None

    def fingerprints(self, addresses: Collection[str]) -> Mapping[str, Hashable]:
        """None."""
        del addresses
        return {}

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Iterator[tuple[Mailbox, Reading] | None]:
        """Each as it is asked for, after a while."""
        del window
        yield None
        self.parse = parse
        yield from ((mailbox, Entries()) for mailbox in mailboxes)


def person(name: str, source: str) -> Person:
    """Somebody whose calendar is there."""
    return Person(id=None, mailbox=f"{name}@sorsele.se", name=name, extensions=("4711",), source=source)


@pytest.mark.parametrize(("first", "then"), [("hall", "school"), ("school", "hall")])
def test_the_source_of_whoever_has_waited_longest_is_read_first(first: str, then: str) -> None:
    """Else one that hangs until the cycle's time is over would keep the other from ever being read."""
    people = (person("anna", first), person("bo", then), person("cecilia", first))
    calendars = Calendars(TENANT, {"hall": Empty(), "school": Empty()})
    read = [found and found[0].mailbox for found in calendars.read(people, Roster(people), WINDOW)]
    assert read == [None, "anna@sorsele.se", "cecilia@sorsele.se", None, "bo@sorsele.se"]


def test_what_reads_subjects_can_be_sent_to_another_process() -> None:
    """There it reads them as here, numbers included."""
    people = (person("anna", "hall"),)
    hall = Empty()
    list(Calendars(TENANT, {"hall": hall, "school": Empty()}).read(people, Roster(people), WINDOW))
    assert hall.parse is not None
    sent: Parse = pickle.loads(pickle.dumps(hall.parse))  # noqa: S301 - our own
    for subject in ("SAM: x >4711", "SAM: x >070-123 45 67", "TJÄ; y @08-12", "SAM Budget", "Lunch"):
        assert sent(subject, frozenset()) == hall.parse(subject, frozenset())
