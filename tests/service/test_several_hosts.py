"""Several hosts with one PostgreSQL: who works by which configuration, who leaves what to whom, who mails."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_daemon.alerts.watch import Watch
from sync_daemon.service.presence import DUTY, Presence, Works
from sync_daemon.settings import Settings, load
from sync_daemon.settings.digest import digest_of
from sync_daemon.store import Store
from sync_daemon.store.locks import tenant_lock
from tests import postgresql
from tests.acceptance.municipality import Municipality
from tests.mail_server import MailServer
from tests.service.test_run import EVERY_SECOND, Running, until

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SILENCED = "UPDATE hosts SET seen = seen - interval '1 minute' WHERE pid = %s"


class OtherHost:
    """One of several in this process: it tells of itself when it is asked to."""

    def __init__(self, settings: Settings, store: Store, works_on: str = "", stands_by: str = "") -> None:
        self.works = Works(works_on.split(), stands_by.split())
        self.let_go: list[str] = []
        self.presence = Presence(
            settings,
            lambda: store,
            lambda: self.works,
            self.let_go.append,
            tenant_lock(settings.store_url, DUTY),
            lambda: NOW,
        )
        self.presence.tell()


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> str:
    """A new store's."""
    url = postgresql.empty_store_url()
    monkeypatch.setenv("HANVISA_STORE__URL", url)
    return url


@pytest.fixture
def town(tmp_path: Path, url: str) -> Municipality:
    """Whose store it is."""
    assert url
    return Municipality(tmp_path, EVERY_SECOND)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """The hosts' own."""
    with Store.open(url) as store:
        yield store


def settings_of(town: Municipality, interval: int = 1) -> Settings:
    """By which a host works that reads so often."""
    text = EVERY_SECOND.replace("interval = 1", f"interval = {interval}")
    file = town.folder / "hanvisa.toml"
    file.write_text(file.read_text("utf-8").partition("[service]")[0] + text, "utf-8")
    return load(file, os.environ)


def test_who_has_an_older_configuration_leaves_what_a_newer_host_would_take(town: Municipality, store: Store) -> None:
    """And nothing else: for what nobody else would take it works on."""
    old = OtherHost(settings_of(town), store, works_on="sorsele mala")
    assert not old.presence.leaves("sorsele")
    new = OtherHost(settings_of(town, interval=2), store, stands_by="sorsele")
    old.presence.tell()
    assert old.let_go == ["sorsele"]
    assert (old.presence.leaves("sorsele"), old.presence.leaves("mala")) == (True, False)
    new.presence.tell()
    assert not new.presence.leaves("sorsele")


def test_the_last_host_never_rests(town: Municipality, store: Store, url: str) -> None:
    """One that has been silent for a while is taken for dead, whatever its configuration."""
    old = OtherHost(settings_of(town), store)
    OtherHost(settings_of(town, interval=2), store, stands_by="sorsele")
    old.presence.tell()
    assert old.presence.leaves("sorsele")
    postgresql.sql(url, "UPDATE hosts SET seen = seen - interval '1 minute'")
    old.presence.tell()
    assert not old.presence.leaves("sorsele")


def test_an_older_configuration_stays_older_until_it_is_put_into_force(town: Municipality, store: Store) -> None:
    """A host that only starts again does not bring it back; else two hosts would take turns."""
    first, second = settings_of(town), settings_of(town, interval=2)
    OtherHost(second, store)
    OtherHost(first, store, stands_by="sorsele")
    returned = OtherHost(second, store, works_on="sorsele")
    assert returned.presence.leaves("sorsele")
    settings_of(town, interval=2)
    check = town.hanvisa("check")
    assert "`hanvisa store put-into-force`" in check.out + check.err
    assert "Configuration 3" in town.hanvisa("store", "put-into-force").out
    returned.presence.tell()
    assert not returned.presence.leaves("sorsele")


def test_one_of_several_mails_admins(town: Municipality, store: Store) -> None:
    """Whoever is off duty mails nothing of what the store tells; a newer configuration takes the duty over."""
    first = OtherHost(settings_of(town), store)
    second = OtherHost(settings_of(town), store)
    assert (first.presence.on_duty(), second.presence.on_duty()) == (True, False)
    newer = OtherHost(settings_of(town, interval=2), store)
    first.presence.tell()
    newer.presence.tell()
    assert (first.presence.on_duty(), newer.presence.on_duty()) == (False, True)


def test_that_the_store_is_away_is_told_by_who_was_on_duty_first(town: Municipality, store: Store) -> None:
    """Others tell it 20 minutes later, should that host be gone with the store."""
    with MailServer() as server:
        file = town.folder / "hanvisa.toml"
        alerts = (
            f'[alerts]\nto = "it@sorsele.se"\nfrom = "h@sorsele.se"\nsmtp = "{server.address}"\nsecurity = "none"\n'
        )
        file.write_text(file.read_text("utf-8") + alerts, "utf-8")
        settings, clock, duty = load(file, os.environ), [NOW], [False, None]
        watch = Watch(settings, lambda: store, lambda: clock[-1], lambda: duty[-1])
        duty.append(False)
        watch.look()
        duty.append(None)
        postgresql.drop(settings.store_url)
        postgresql._one_store.cache_clear()
        for minutes in (0, 10, 19):
            clock.append(NOW + timedelta(minutes=minutes))
            watch.look()
        assert server.mails == []
        for minutes in (20, 31):
            clock.append(NOW + timedelta(minutes=minutes))
            watch.look()
        assert len(server.mails) == 1


def test_status_shows_every_host(town: Municipality, store: Store) -> None:
    """What it works on, its version and its configuration; one that is older, and a directory that differs."""
    OtherHost(settings_of(town), store, works_on="sorsele")
    town.moves_in("cia", "4713")
    OtherHost(settings_of(town, interval=2), store)
    status = town.hanvisa("status").out
    assert "works on sorsele" in status
    assert "configuration 1, which is older" in status
    assert "the directory is not the same" in status
    told = json.loads(town.hanvisa("status", "--json").out)
    assert [(one["works_on"], one["configuration"], one["older"]) for one in told["hosts"]] == [
        (["sorsele"], 1, True),
        ([], 2, False),
    ]
    assert told["configuration"]["number"] == 2


def test_a_digest_is_of_what_a_service_does(town: Municipality, tmp_path: Path) -> None:
    """Whatever the folders of a host, and whether a default is written; a rule makes another one."""
    settings = settings_of(town)
    digest = digest_of(settings, b"key")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    text = (town.folder / "hanvisa.toml").read_text("utf-8")
    for changed, same in (("full_read = 1800\n", True), ("full_read = 1801\n", False)):
        (elsewhere / "hanvisa.toml").write_text(text + changed, "utf-8")
        assert (digest_of(load(elsewhere / "hanvisa.toml", os.environ), b"key") == digest) is same
    assert digest_of(settings, b"another store") != digest


def test_a_roll_out_goes_host_by_host(town: Municipality, url: str) -> None:
    """The second host, with a new configuration, takes over from the first, and the first again where that dies."""
    running = Running(town)
    try:
        running.starts()
        running.waits_for("tenant_taken")
        settings_of(town, interval=2)
        second = running.starts()
        running.waits_for("tenant_left")
        running.waits_for("tenant_taken", 2)
        running.waits_for("configuration_older", number=1, newest=2)
        second.kill()
        second.wait()
        until(
            lambda: (
                bool(running.logged("tenant_taken")[2:])
                or (bool(postgresql.sql(url, SILENCED + " RETURNING 1", second.pid))
                and False)
            ),
            "the first",
        )
        assert not running.logged("bug")
    finally:
        for process in running.processes:
            process.kill()
            process.wait()
