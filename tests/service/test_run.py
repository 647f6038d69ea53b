"""`hanvisa run` as a process: signals, the lock, a store that goes away. Each wait has a deadline, and ends with it."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sync_daemon.service import END_SECONDS
from sync_daemon.service.tenant_thread import POLL_SECONDS
from tests.acceptance.municipality import Municipality
from tests.forked import Forked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 120.0
"""Seconds until something must have happened, on a slow machine too."""
BUSY = 15.0
"""Seconds that a busy machine may take beside what a process waits for."""
EVERY_SECOND = "[service]\ninterval = 1\njitter = 0\n"
SELDOM = "[service]\ninterval = 3600\njitter = 0\n"


@dataclass
class Running:
    """A municipality with processes of `hanvisa run`; those that still run are killed at the end."""

    town: Municipality
    processes: list[Forked | subprocess.Popen[bytes]] = field(default_factory=list)

    @contextmanager
    def killed_at_the_end(self) -> Iterator[Running]:
        """Each process that still runs when the block is over, however it ends."""
        try:
            yield self
        finally:
            for process in self.processes:
                process.kill()
                process.wait()

    def starts(self, *options: str) -> Forked:
        """One more process."""
        process = Forked(*self._command, *options)
        self.processes.append(process)
        return process

    def starts_anew(self) -> subprocess.Popen[bytes]:
        """One more process, as a machine starts it."""
        process = subprocess.Popen([sys.executable, "-m", "sync_daemon", *self._command])  # noqa: S603 - our own
        self.processes.append(process)
        return process

    @property
    def _command(self) -> tuple[str, ...]:
        return "run", "--config", str(self.town.folder / "hanvisa.toml")

    def logged(self, event: str, **fields: object) -> list[dict[str, Any]]:
        """The log's lines of that event with those fields."""
        log = self.town.folder / "hanvisa.log"
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        found = (json.loads(line) for line in lines if line.endswith("}"))
        return [one for one in found if one["event"] == event and fields.items() <= one.items()]

    def waits_for(self, event: str, count: int = 1, **fields: object) -> dict[str, Any]:
        """The line, as soon as it has been logged so often."""
        until(lambda: len(self.logged(event, **fields)) >= count, f"{event} {fields}")
        return self.logged(event, **fields)[count - 1]

    def rows(self) -> list[tuple[str, str]]:
        """From and until of each referral in the store."""
        with closing(sqlite3.connect(self.town.folder / "hanvisa.db")) as store:
            return store.execute('SELECT "from", until FROM referrals ORDER BY 1').fetchall()


def until(happened: Callable[[], bool], what: str) -> None:
    """Waits for it, at most PATIENCE."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, f"{what} has not come"
        time.sleep(0.02)


@contextmanager
def _municipality(folder: Path, configuration: str) -> Iterator[Running]:
    running = Running(Municipality(folder, configuration))
    running.town.anna.books("SAM:", "2037-03-03T09:00", "2037-03-03T10:00", uid="a")
    running.town.anna.books("SAM:", *tomorrow(), uid="b")
    with running.killed_at_the_end():
        yield running


def tomorrow() -> tuple[str, str]:
    """From nine to ten."""
    day = time.strftime("%Y-%m-%d", time.localtime(time.time() + 86_400))
    return f"{day}T09:00", f"{day}T10:00"


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Running]:
    """With a cycle each second."""
    with _municipality(tmp_path, EVERY_SECOND) as running:
        yield running


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Running]:
    """With a cycle each hour."""
    with _municipality(tmp_path, SELDOM) as running:
        yield running


def test_a_second_run_takes_over_within_two_seconds_of_the_firsts_death(busy: Running) -> None:
    """SIGKILL leaves no lock behind; meanwhile it says once who works, which is no fault."""
    first = busy.starts()
    busy.waits_for("referral_created")
    second = busy.starts()
    waiting = busy.waits_for("tenant_waiting")
    assert (str(first.pid) in waiting["holder"], waiting["level"]) == (True, "info")
    first.kill()
    first.wait()
    died = time.monotonic()
    busy.waits_for("tenant_taken", 2)
    assert POLL_SECONDS < 2.0
    assert time.monotonic() - died < BUSY
    assert len(busy.logged("tenant_waiting")) == 1
    assert second.poll() is None


def test_once_beside_run_ends_with_1_and_says_who_works(idle: Running) -> None:
    """And writes nothing; with `--at` it is refused for good."""
    process = idle.starts()
    idle.waits_for("cycle_finished")
    result = idle.town.hanvisa("once")
    assert result.code == 1
    assert f"process {process.pid}" in result.err
    assert idle.town.hanvisa("once", "--at", "2026-11-24T09:00").code == 2


def test_once_by_a_link_to_the_store_knows_who_works(idle: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is the real file's; two who work on one store would undo each other's work."""
    process = idle.starts()
    idle.waits_for("cycle_finished")
    link = idle.town.folder / "elsewhere.db"
    link.symlink_to(idle.town.folder / "hanvisa.db")
    monkeypatch.setenv("HANVISA_STORE__URL", f"sqlite:///{link}")
    result = idle.town.hanvisa("once")
    assert result.code == 1
    assert f"process {process.pid}" in result.err


def test_sigterm_ends_it_at_once(idle: Running) -> None:
    """With 0, and with nothing left to do of a cycle."""
    process = idle.starts_anew()
    idle.waits_for("cycle_finished")
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert time.monotonic() - asked < BUSY
    assert idle.waits_for("service_stopped")["unfinished"] == []


def test_sigterm_ends_a_cycle_that_hangs_within_five_seconds(idle: Running) -> None:
    """What does not answer; here a store to which somebody else writes without end."""
    assert idle.town.hanvisa("once").code == 0
    with closing(sqlite3.connect(idle.town.folder / "hanvisa.db", isolation_level=None)) as store:
        store.execute("BEGIN IMMEDIATE")
        process = idle.starts()
        idle.waits_for("tenant_taken")
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert END_SECONDS < 5.0
    assert time.monotonic() - asked < END_SECONDS + BUSY
    assert idle.waits_for("service_stopped")["unfinished"] == ["sorsele"]


def test_sighup_takes_what_is_right_into_use_at_once(idle: Running) -> None:
    """Another margin: every mailbox is read again, long before the interval is over."""
    process = idle.starts()
    idle.waits_for("cycle_finished")
    config = idle.town.folder / "hanvisa.toml"
    config.write_text(config.read_text(encoding="utf-8") + "[tenants.rules]\nmargin = 7\n", encoding="utf-8")
    process.send_signal(signal.SIGHUP)
    idle.waits_for("configuration_taken", tenants=["sorsele"])
    assert idle.waits_for("referral_updated")["cause"] == "rules"
    assert idle.rows()[0][1].endswith("07:00Z")


def test_sighup_begins_and_ends_work_on_tenants(idle: Running) -> None:
    """A new one is worked on; the lock of one that is gone is let go."""
    process = idle.starts()
    idle.waits_for("cycle_finished")
    config = idle.town.folder / "hanvisa.toml"
    moved = config.read_text(encoding="utf-8").replace('id = "sorsele"', 'id = "storuman"')
    config.write_text(moved.replace("sorsele.csv", "storuman.csv"), encoding="utf-8")
    (idle.town.folder / "storuman.csv").write_text("mailbox,name,extensions\nc@storuman.se,C,5001\n", encoding="utf-8")
    process.send_signal(signal.SIGHUP)
    idle.waits_for("tenant_taken", tenant="storuman")
    config.write_text(moved.replace("storuman", "sorsele"), encoding="utf-8")
    until(lambda: idle.town.hanvisa("once").code == 0, "the lock of sorsele")


def test_sighup_with_a_configuration_that_is_wrong_ends_nothing(idle: Running) -> None:
    """Whatever is wrong with it; it is told, and the old one stays in use."""
    process = idle.starts()
    idle.waits_for("cycle_finished")
    config = idle.town.folder / "hanvisa.toml"
    right = config.read_text(encoding="utf-8")
    wrong = (
        *("[service]\nintervall = 1\n", "[retention]\nlog_days = 99999999999999999999\n", f"x = {'1' * 5000}\n", "["),
        '[log]\nfile = "nowhere/hanvisa.log"\n',
    )
    for number, lines in enumerate(wrong, 1):
        config.write_text(right.replace(SELDOM, "") + lines, encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        idle.waits_for("configuration_refused", number)
    config.write_text(right, encoding="utf-8")
    told = idle.town.hanvisa("status", "--json")
    assert (told.code, [one["cause"] for one in told.json["problems"]]) == (2, ["configuration_refused"])
    process.send_signal(signal.SIGHUP)
    idle.waits_for("configuration_taken")
    assert idle.town.hanvisa("status").code == 0
    assert idle.logged("bug") == []


def test_an_empty_file_in_the_stores_place_is_no_store(busy: Running) -> None:
    """A backup that is just being copied; a new store would have forgotten every opening."""
    busy.starts()
    busy.waits_for("cycle_finished")
    store = busy.town.folder / "hanvisa.db"
    store.rename(store.with_suffix(".away"))
    store.touch()
    busy.waits_for("store_unavailable")
    assert store.stat().st_size == 0
    store.with_suffix(".away").rename(store)
    busy.waits_for("trouble_over", trouble="store_unavailable")
    assert len(busy.rows()) == 1


def test_a_store_that_is_put_back_or_replaced_is_used_again(busy: Running) -> None:
    """Said once and again when it is over; no restart."""
    busy.starts()
    busy.waits_for("cycle_finished")
    store = busy.town.folder / "hanvisa.db"
    store.rename(store.with_suffix(".away"))
    busy.waits_for("store_unavailable")
    start, end = (moment.replace("T09", "T15").replace("T10", "T16") for moment in tomorrow())
    busy.town.anna.books("SAM:", start, end, uid="c")
    with closing(sqlite3.connect(store.with_suffix(".away"))) as away, closing(sqlite3.connect(store)) as backup:
        away.backup(backup)
    busy.waits_for("store_reopened")
    busy.waits_for("trouble_over", trouble="store_unavailable")
    until(lambda: len(busy.rows()) == 2, "the new referral")
    assert len(busy.logged("store_unavailable")) == 1


def test_a_dry_run_writes_no_referral_and_logs_what_it_would_do(busy: Running) -> None:
    """Once for each change; beside a service that works."""
    busy.starts("--dry-run")
    assert busy.waits_for("referral_created", dry_run=True)["cause"] == "booked"
    assert not (busy.town.folder / "hanvisa.db").exists()
    busy.starts()
    busy.waits_for("referral_created", 2)
    busy.town.anna.deletes("b")
    busy.waits_for("referral_removed", dry_run=True)
    until(lambda: busy.rows() == [], "the removal by the service itself")
    assert len(busy.logged("referral_created", dry_run=True)) == 1
