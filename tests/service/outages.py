"""What befalls a PostgreSQL while `hanvisa run` works on it: each outage comes in the middle of a cycle of two tenants.

In the middle holds another system both: it has a row of each that they wait for. Afterwards the store must be what a
store is that is built afresh from the same calendars, what a person was told as done is there, and the outage has been
told once, and its end once.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import psycopg

from tests import postgresql
from tests.acceptance.municipality import Calendar, Municipality, Result
from tests.configuration import tenant_table
from tests.forked import Forked
from tests.service.test_run import EVERY_SECOND, Running, tomorrow, until

PEOPLE = 5
"""Of each tenant, whose calendars change; one more is referred by hand."""
LONGEST = 40.0
"""Seconds that a command may take while the store does not answer: one wait for a connection, or for a lock."""

_ZONE = ZoneInfo("Europe/Stockholm")
_TOMORROW = tomorrow()[0][:10]
_BY_HAND = (
    "SELECT r.until FROM referrals AS r JOIN subscribers AS s ON s.id = r.subscriber_id"
    " WHERE r.origin <> 'calendar' AND s.mailbox = 'bo@sorsele.se'"
)
OURS = "application_name LIKE 'hanvisa %'"
_WAITING = f"SELECT count(*) FROM pg_stat_activity WHERE {OURS} AND wait_event_type = 'Lock'"  # noqa: S608 - our own
THROWN_OUT = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OURS}"  # noqa: S608 - our own
LEFT = f"SELECT count(*) FROM pg_stat_activity WHERE {OURS}"  # noqa: S608 - our own
_HELD = "SELECT id FROM subscribers WHERE mailbox IN ('p2@sorsele.se', 'p2@mala.se') FOR UPDATE"


@dataclass
class Scene:
    """Two tenants whose store is in that server, and the process that works on it."""

    folder: Path
    server: postgresql.Server
    url: str
    told: list[datetime] = field(default_factory=list)
    """What people did by hand and were told as done: until when they are referred, aware."""
    calendars: list[Calendar] = field(default_factory=list)
    refused: dict[str, Result] = field(default_factory=dict)
    """What the commands said while the store did not answer, by their names."""
    longest: float = 0.0
    """Seconds that the slowest of them took."""

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self.town = Municipality(self.folder, f'{tenant_table("mala")}{EVERY_SECOND}[log]\nlevel = "info"\n')
        self.running = Running(self.town)
        lines = ["mailbox,name,extensions,department,alternative"]
        for number in range(PEOPLE):
            self.calendars.append(self.town.moves_in(f"p{number}", str(5000 + number)))
            lines.append(f"p{number}@mala.se,P{number},{6000 + number},,")
            self.calendars.append(Calendar(self.folder / "calendars" / f"p{number}@mala.se.ics"))
        (self.folder / "mala.csv").write_text("\n".join((*lines, "")), encoding="utf-8")
        self.book("13:00", "b")

    @property
    def complaints(self) -> str:
        """What the process printed on standard error."""
        return (self.folder / "complaints").read_text("utf-8")

    def hanvisa(self, *arguments: str) -> Result:
        """A command of an operator's, on that store."""
        with mock.patch.dict(os.environ, {"HANVISA_STORE__URL": self.url}):
            return self.town.hanvisa(*arguments)

    def starts(self) -> Forked:
        """The process; returns once both tenants have been read."""
        with mock.patch.dict(os.environ, {"HANVISA_STORE__URL": self.url}):
            command = ("run", "--config", str(self.folder / "hanvisa.toml"))
            self.process = Forked(*command, complains_to=self.folder / "complaints")
        self.running.processes.append(self.process)
        for tenant in ("sorsele", "mala"):
            self.running.waits_for("cycle_finished", tenant=tenant)
        return self.process

    def book(self, clock: str, uid: str, count: int = 1) -> None:
        """Everybody books so many more half hours from then on, tomorrow."""
        for calendar in self.calendars:
            for number in range(count):
                start = datetime.fromisoformat(f"{_TOMORROW}T{clock}") + number * timedelta(minutes=30)
                times = (f"{moment:%Y-%m-%dT%H:%M}" for moment in (start, start + timedelta(minutes=20)))
                calendar.books("SAM: hemligt" if number % 2 else "TJÄ:", *times, uid=f"{uid}{number}")

    def refers(self, minute: int) -> Result:
        """Somebody refers Bo by hand for that minute after eleven; what they are told as done must stay."""
        start, until_then = (f"{_TOMORROW}T11:{minute + more:02}" for more in (0, 1))
        result = self.timed("refer", "4712", "--from", start, "--until", until_then)
        if result.code == 0:
            self.told.append(datetime.fromisoformat(until_then).replace(tzinfo=_ZONE))
        return result

    def timed(self, *arguments: str) -> Result:
        """A command of an operator's, of which is kept how long it took."""
        began = time.monotonic()
        result = self.hanvisa(*arguments)
        self.longest = max(self.longest, time.monotonic() - began)
        return result

    def asks_meanwhile(self, minute: int = 30) -> None:
        """What an operator and a monitor are told while the store does not answer."""
        self.refused["refer"] = self.refers(minute)
        for command in ("status", "check", "referrals", "status --json"):
            self.refused[command] = self.timed(*command.split())

    @contextmanager
    def in_the_middle_of_a_cycle(self, count: int = 1) -> Iterator[None]:
        """Everybody has booked more, and both tenants' cycles wait for a row that another system has."""
        with psycopg.connect(postgresql.dsn_of(self.url), application_name="another system") as other:
            other.execute(_HELD).fetchall()
            self.book("15:00", "c", count)
            with psycopg.connect(postgresql.dsn_of(self.url, "postgres"), autocommit=True) as looks_on:
                until(lambda: count_of(looks_on, _WAITING) >= 2, "the middle of both cycles")
            yield
            with suppress(psycopg.Error):
                other.rollback()

    def is_over(self) -> None:
        """Returns once that has been told."""
        self.running.waits_for("trouble_over", trouble="store_unavailable")

    def rows(self) -> list[str]:
        """The calendars' referrals, as a command tells them."""
        return _told_of(self.hanvisa("referrals", "--json", "--all"))

    def afresh(self) -> list[str]:
        """What they are in a store that is built from the same calendars now, beside this one."""
        with mock.patch.dict(os.environ, {"HANVISA_STORE__URL": f"sqlite:///{self.folder / 'afresh.db'}"}):
            built = self.town.hanvisa("once")
            assert built.code == 0, built
            return _told_of(self.town.hanvisa("referrals", "--json", "--all"))

    def holds(self, *, once: bool = True) -> str:
        """What must hold now that the outage is over; what it came to, in a line. It was told `once`, or as often."""
        expected = self.afresh()
        assert len(expected) >= 2 * PEOPLE, expected
        until(lambda: self.rows() == expected, "the store as one that is built afresh")
        by_hand = {until for (until,) in postgresql.sql(self.url, _BY_HAND)}
        assert set(self.told) <= by_hand, f"told as done, and not there: {set(self.told) - by_hand}"
        begun, over = (
            self.running.logged("store_unavailable"),
            self.running.logged("trouble_over", trouble="store_unavailable"),
        )
        assert len(begun) == len(over), f"told {len(begun)} times, and over {len(over)} times"
        assert len(begun) == 1 or not once, f"told {len(begun)} times"
        assert self.running.logged("bug") == []
        assert self.process.poll() is None, "the process has ended"
        said = "\n".join((self.complaints, self.log, *(one.out + one.err for one in self.refused.values())))
        for word in ("Traceback", "DETAIL", "hemligt"):
            assert word not in said, f"{word}: {said}"
        assert self.longest < LONGEST, f"a command took {self.longest:.1f} s"
        times = sum(int(one["times"]) for one in over)
        told = f"{len(expected)} rows, {len(self.told)} by hand; met {times} times, told {len(begun)}"
        said = "".join(f"\n  {name}: {one.code} {(one.err or one.out).strip()}" for name, one in self.refused.items())
        return f"{told}, commands in {self.longest:.1f} s at most: {begun[0]['problem']}{said}"

    @property
    def log(self) -> str:
        """Every line of it."""
        return (self.folder / "hanvisa.log").read_text("utf-8")

    def ends(self) -> None:
        """With the process."""
        for process in self.running.processes:
            process.kill()
            process.wait()


def _told_of(result: Result) -> list[str]:
    assert result.code == 0, result
    of_calendars = [row for row in result.json if row["origin"] == "calendar"]
    names = ("tenant", "extension", "phone", "from", "until", "reason", "alternative")
    return sorted(" ".join(str(row.get(name)) for name in names) for row in of_calendars)


def count_of(connection: psycopg.Connection, asked: str) -> int:
    """The number that is asked for."""
    found = connection.execute(asked).fetchone()
    return int(found[0]) if found else 0
