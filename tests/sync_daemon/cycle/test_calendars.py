"""A tenant with several sources: who is read first, and from where."""

from __future__ import annotations

import json
import pickle
import threading
import time
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.entry import Entries, Reading, Unreadable
from sync_daemon import log
from sync_daemon.cycle.calendars import Answer, Calendars
from sync_daemon.cycle.hanging_readings import HangingReadings
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.settings import Tenant
from sync_daemon.settings.sources import IcsSource
from sync_daemon.sources import Mailbox, Parse, Source, Window

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
    thread: threading.Thread | None = None

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
        self.parse, self.thread = parse, threading.current_thread()
        yield from ((mailbox, Entries()) for mailbox in mailboxes)


class Hanging(Empty):
    """A source that waits for an answer which never comes, and says so."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = threading.Event()

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Iterator[tuple[Mailbox, Reading] | None]:
        """Nothing yet, for ever."""
        del mailboxes, window, parse
        try:
            while not self.ended.wait(0.01):
                yield None
        finally:
            self.ended.set()


class Raising(Empty):
    """A source with a bug."""

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Iterator[tuple[Mailbox, Reading] | None]:
        """It raises after the first."""
        del window, parse
        yield next(iter(mailboxes)), Entries()
        raise ZeroDivisionError


class Stuck(Empty):
    """A source that says nothing at all for a while, in so many of its readings."""

    def __init__(self, stuck_readings: int = 1) -> None:
        super().__init__()
        self.readings, self.stuck_readings = 0, stuck_readings
        self.released, self.ended = threading.Event(), threading.Event()

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Iterator[tuple[Mailbox, Reading] | None]:
        """It blocks whoever iterates."""
        self.readings += 1
        try:
            if self.readings <= self.stuck_readings:
                self.released.wait(60)
            yield from super().read(mailboxes, window, parse)
        finally:
            self.ended.set()


def person(name: str, source: str | None) -> Person:
    """Somebody whose calendar is there."""
    return Person(id=None, mailbox=f"{name}@sorsele.se", name=name, extensions=("4711",), source=source)


def eventually(holds: Callable[[], bool]) -> None:
    """Waits until it does."""
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def names(answers: Iterable[Answer | None]) -> list[str | None]:
    """Whose calendars they are, as they come."""
    return [answer and answer.person.name for answer in answers]


@pytest.mark.parametrize("hanging", ["hall", "school"])
def test_a_source_that_hangs_delays_no_other(hanging: str) -> None:
    """Whoever comes first: the others are read meanwhile, and it is ended with the reading."""
    well, hangs = Empty(), Hanging()
    sources: dict[str | None, Source] = {"hall": well, "school": well, hanging: hangs}
    people = (person("anna", "hall"), person("bo", "school"), person("cecilia", "hall"))
    answers = Calendars(TENANT, sources).read(people, Roster(people), WINDOW)
    readable = [one.name for one in people if one.source != hanging]
    assert [next(answers, None) and name for name in readable] == readable
    assert next(answers) is None
    answers.close()
    assert hangs.ended.is_set()
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("reads-")]


def test_who_is_to_be_read_first_at_a_source_is() -> None:
    """The order of the people is kept within each source."""
    people = (person("cecilia", "hall"), person("bo", "school"), person("anna", "hall"))
    calendars = Calendars(TENANT, {"hall": Empty(), "school": Empty()})
    read = [name for name in names(calendars.read(people, Roster(people), WINDOW)) if name != "bo"]
    assert [name for name in read if name] == ["cecilia", "anna"]


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ("hal", "write one of hall, school into the directory's column source: none is called 'hal'"),
        (None, "write one of hall, school into the directory's column source"),
    ],
)
def test_whose_source_is_none_of_the_tenant_s_cannot_be_read(source: str | None, remedy: str) -> None:
    """Beside folders of files a mailbox is looked for nowhere else, and that is said of it."""
    people = (person("anna", source), person("bo", "school"))
    calendars = Calendars(TENANT, {"hall": Empty(), "school": Empty()})
    readings = {one.person.name: one.reading for one in calendars.read(people, Roster(people), WINDOW) if one}
    assert readings == {"anna": Unreadable(remedy), "bo": Entries()}


def test_a_bug_in_one_source_s_reader_stops_no_other(tmp_path: Path) -> None:
    """Its own people cannot be read, each but those who were; the bug is told in the log, without words of its own."""
    log.configure(tmp_path / "hanvisa.log", "info", 90, terminal=False, strict=True)
    people = (person("anna", "hall"), person("bo", "school"), person("cecilia", "school"))
    calendars = Calendars(TENANT, {"hall": Empty(), "school": Raising()})
    answers = [one for one in calendars.read(people, Roster(people), WINDOW) if one]
    assert {one.person.name: one.reading for one in answers} == {
        "anna": Entries(),
        "bo": Entries(),
        "cecilia": Unreadable("report the bug that the log tells of"),
    }
    assert len(answers) == len(people)
    [told] = [json.loads(line) for line in (tmp_path / "hanvisa.log").read_text(encoding="utf-8").splitlines()]
    assert (told["event"], told["where"], told["exception"]) == ("bug", "the source school", "ZeroDivisionError")


def test_an_only_source_is_read_by_who_iterates() -> None:
    """Without another thread."""
    source = Empty()
    people = (person("anna", "hall"),)
    tenant = TENANT.model_copy(update={"sources": TENANT.sources[:1]})
    assert names(Calendars(tenant, {None: source}).read(people, Roster(people), WINDOW)) == [None, "anna"]
    assert source.thread is threading.current_thread()


STUCK_PEOPLE = (person("anna", "hall"), person("bo", "school"))


@dataclass
class Clock:
    """Seconds of which the test says how many have gone by."""

    seconds: float = 0.0

    def __call__(self) -> float:
        """So many."""
        return self.seconds


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    """It ends with the test."""
    stuck = Stuck()
    yield stuck
    stuck.released.set()
    eventually(lambda: not [one for one in threading.enumerate() if one.name == "reads-hall"])


def calendars_of(stuck: Stuck, clock: Clock) -> Calendars:
    """Anna's are with what is stuck."""
    hanging = HangingReadings(farewell=0.1, clock=clock)
    return Calendars(TENANT, {"hall": stuck, "school": Empty()}, hanging=hanging)


def give_up(calendars: Calendars) -> None:
    """A reading is ended while what is stuck says nothing."""
    answers = calendars.read(STUCK_PEOPLE, Roster(STUCK_PEOPLE), WINDOW)
    assert names([next(answers)]) == ["bo"]
    answers.close()


def annas_reading(calendars: Calendars) -> Reading:
    """What is said of her calendar now."""
    answers = calendars.read(STUCK_PEOPLE, Roster(STUCK_PEOPLE), WINDOW)
    [reading] = [one.reading for one in answers if one and one.person.name == "anna"]
    return reading


def test_a_source_whose_last_reading_has_not_ended_is_left_alone(stuck: Stuck) -> None:
    """What does not even say that it waits is not asked twice at once; who is there is told of, and read later."""
    calendars = calendars_of(stuck, clock := Clock())
    give_up(calendars)
    clock.seconds += 11
    reading = annas_reading(calendars)
    assert isinstance(reading, Unreadable)
    assert "has not come to an end" in reading.remedy
    assert stuck.readings == 1
    stuck.released.set()
    stuck.ended.wait(60)
    eventually(lambda: not [one for one in threading.enumerate() if one.name == "reads-hall"])
    assert annas_reading(calendars) == Entries()


def test_a_reading_that_takes_a_moment_to_end_darkens_nobody(stuck: Stuck) -> None:
    """The next one, which a sign asked for, waits for it; the others are read meanwhile."""
    calendars = calendars_of(stuck, Clock())
    give_up(calendars)
    answers = calendars.read(STUCK_PEOPLE, Roster(STUCK_PEOPLE), WINDOW)
    assert names([next(answers)]) == ["bo"]
    stuck.released.set()
    assert [answer.reading for answer in answers if answer] == [Entries()]
    assert stuck.readings == 2


def test_a_source_that_hangs_for_ever_is_tried_anew_after_a_while(stuck: Stuck) -> None:
    """Beside the reading that hangs: a server that came back is read without a restart."""
    calendars = calendars_of(stuck, clock := Clock())
    give_up(calendars)
    clock.seconds += 299
    assert isinstance(annas_reading(calendars), Unreadable)
    clock.seconds += 1
    assert annas_reading(calendars) == Entries()
    assert [one for one in threading.enumerate() if one.name == "reads-hall"]


def test_at_most_three_readings_of_a_source_hang(stuck: Stuck) -> None:
    """Threads are not gathered for ever."""
    stuck.stuck_readings = 9
    calendars = calendars_of(stuck, clock := Clock())
    for _ in range(3):
        give_up(calendars)
        clock.seconds += 300
    assert isinstance(annas_reading(calendars), Unreadable)
    assert stuck.readings == 3


def test_what_reads_subjects_can_be_sent_to_another_process() -> None:
    """There it reads them as here, numbers included."""
    people = (person("anna", "hall"),)
    hall = Empty()
    list(Calendars(TENANT, {"hall": hall, "school": Empty()}).read(people, Roster(people), WINDOW))
    assert hall.parse is not None
    sent: Parse = pickle.loads(pickle.dumps(hall.parse))  # noqa: S301 - our own
    for subject in ("SAM: x >4711", "SAM: x >070-123 45 67", "TJÄ; y @08-12", "SAM Budget", "Lunch"):
        assert sent(subject, frozenset()) == hall.parse(subject, frozenset())
