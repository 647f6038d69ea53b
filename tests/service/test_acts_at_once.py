"""`hanvisa run` with its store in PostgreSQL and a cycle each hour: what a person does is acted on long before that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest

from tests import postgresql
from tests.acceptance.municipality import Calendar, Municipality
from tests.service.test_run import SELDOM, Running, until

MANY = [f"p{number:02}" for number in range(12)]
"""So many that the brake holds back what is gone from all of their calendars at once."""

ZONE = ZoneInfo("Europe/Stockholm")
ROLE = "trio_at_once"
THEIRS = """SELECT count(*) FROM referrals JOIN extensions USING (subscriber_id)
    WHERE number = %s AND origin = 'calendar'"""


def in_hours(hours: int) -> str:
    """Local time, whatever the time of day is by now."""
    return (datetime.now(UTC) + timedelta(hours=hours)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def books(calendar: Calendar, uid: str = "later") -> None:
    """An entry that no act concerns, of in two days: it is seen by who reads the mailbox."""
    calendar.books("SAM:", in_hours(48), in_hours(49), uid=uid)


@pytest.fixture(scope="module")
def url() -> str:
    """A store's that is not made yet."""
    return postgresql.new_database_url()


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory, url: str) -> Iterator[Running]:
    """It has made its first cycle, which held back what is gone; Bo is referred by hand, and a switchboard let in."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HANVISA_STORE__URL", url)
        town = Municipality(tmp_path_factory.mktemp("at-once"), SELDOM)
        town.moves_in("cilla", "4713")
        calendars = [town.moves_in(name, f"48{number:02}") for number, name in enumerate(MANY)]
        for calendar in calendars:
            books(calendar)
        assert town.hanvisa("once").code == 0
        for calendar in calendars:
            calendar.deletes("later")
        assert town.hanvisa("refer", "4712", "--until", in_hours(30)).code == 0
        grants = town.hanvisa("store", "grants", "--role", ROLE, "--tenant", "sorsele").out
        statements = (line for line in grants.splitlines() if not line.startswith("\\"))  # the others are psql's
        postgresql.sql(url, "\n".join((f"CREATE ROLE {ROLE} LOGIN;", *statements)))
        running = Running(town)
        try:
            with running.killed_at_the_end():
                running.starts()
                running.waits_for("cycle_finished", 2)
                yield running
        finally:
            postgresql.sql(url, f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")


def refers(town: Municipality, _url: str) -> None:
    """By the command."""
    assert town.hanvisa("refer", "4711", "--until", in_hours(1)).code == 0


def opens(town: Municipality, _url: str) -> None:
    """The phone of who is referred by hand."""
    assert town.hanvisa("open", "4712").code == 0


def another_system_refers(_town: Municipality, url: str) -> None:
    """By a function of the database."""
    as_role = f"SET SESSION AUTHORIZATION {ROLE};"
    postgresql.sql(url, f"{as_role} SELECT refer_phone('4713', now() + interval '1 hour', reason => 'lunch')")


@pytest.mark.parametrize(
    ("name", "extension", "act"),
    [("anna", "4711", refers), ("bo", "4712", opens), ("cilla", "4713", another_system_refers)],
)
def test_whom_somebody_acts_on_is_read_at_once(
    idle: Running, url: str, name: str, extension: str, act: Callable[[Municipality, str], None]
) -> None:
    """A booking that no cycle would see for an hour is a referral."""
    books(Calendar(idle.town.folder / "calendars" / f"{name}@sorsele.se.ics"))
    act(idle.town, url)
    until(lambda: postgresql.sql(url, THEIRS, extension) == [(1,)], "the booking's referral")


def test_an_approved_set_is_carried_out_at_once(idle: Running, url: str) -> None:
    """It would have waited for an hour, too."""
    held = idle.waits_for("changes_held")
    assert postgresql.sql(url, THEIRS, "4800") == [(1,)]
    assert idle.town.hanvisa("approve", "sorsele", held["set"]).code == 0
    until(lambda: {postgresql.sql(url, THEIRS, f"48{number:02}")[0] for number in range(12)} == {(0,)}, "the removals")
    assert len(idle.logged("referral_removed")) == len(MANY)


@contextmanager
def nothing_told(url: str) -> Iterator[None]:
    """The listener listens, and no word comes."""
    postgresql.sql(url, "ALTER TABLE referrals DISABLE TRIGGER USER")
    yield


@contextmanager
def nobody_listening(url: str) -> Iterator[None]:
    """The listener's connection is ended, and each that it makes anew."""
    listeners = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    over, ended = Event(), []

    def ends_them() -> None:
        while not over.wait(0.05):
            ended.extend(postgresql.sql(url, f"SELECT pg_terminate_backend(pid) {listeners}"))

    thread = Thread(target=ends_them)
    thread.start()
    try:
        until(lambda: bool(ended), "a listener's end")
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("unheard", [nothing_told, nobody_listening])
def test_an_act_that_nobody_hears_of_is_acted_on_by_the_next_ordinary_cycle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unheard: Callable[[str], AbstractContextManager[None]]
) -> None:
    """Being told at once is a help and no need: the command has done it, and its cycle comes in its time."""
    url = postgresql.new_store_url()
    monkeypatch.setenv("HANVISA_STORE__URL", url)
    running = Running(Municipality(tmp_path, "[service]\ninterval = 3\njitter = 0\n"))
    process = running.starts()
    try:
        begun = "SELECT count(*) FROM marks WHERE name = 'whole-cycle sorsele'"
        until(lambda: postgresql.sql(url, begun) == [(1,)], "the first cycle")
        with unheard(url):
            books(running.town.anna)
            assert running.town.hanvisa("refer", "4711", "--until", in_hours(1)).code == 0
            until(lambda: postgresql.sql(url, THEIRS, "4711") == [(1,)], "the booking's referral")
    finally:
        process.kill()
        process.wait()
    assert postgresql.sql(url, THEIRS.replace("'calendar'", "'operator'"), "4711") == [(1,)]
