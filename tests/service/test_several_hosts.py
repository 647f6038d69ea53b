"""Several hosts with one PostgreSQL: who works by which configuration, who leaves what to whom, who mails."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from sync_daemon.alerts.watch import Watch
from sync_daemon.service.presence import DUTY, Presence, Works
from sync_daemon.settings import Settings, load
from sync_daemon.settings.digest import digest_of
from sync_daemon.store import Store
from sync_daemon.store.locks import tenant_lock
from tests import postgresql
from tests.acceptance.municipality import Municipality
from tests.mail_server import mail_server
from tests.service.test_run import EVERY_SECOND, PATIENCE, Running

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
PRESENT = "SELECT count(*) FROM hosts"
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


Hosts = Callable[..., OtherHost]


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


@pytest.fixture
def host(store: Store) -> Iterator[Hosts]:
    """Begins another one, with these settings, which works on or stands by for these tenants."""
    begun: list[OtherHost] = []

    def begin(settings: Settings, works_on: str = "", stands_by: str = "") -> OtherHost:
        begun.append(OtherHost(settings, store, works_on, stands_by))
        return begun[-1]

    yield begin
    for one in begun:
        one.presence.leave()


def settings_of(town: Municipality, interval: int = 1) -> Settings:
    """By which a host works that reads so often."""
    text = EVERY_SECOND.replace("interval = 1", f"interval = {interval}")
    file = town.folder / "hanvisa.toml"
    file.write_text(file.read_text("utf-8").partition("[service]")[0] + text, "utf-8")
    return load(file, os.environ)


def test_who_has_an_older_configuration_leaves_what_a_newer_host_would_take(town: Municipality, host: Hosts) -> None:
    """And nothing else: for what nobody else would take it works on."""
    old = host(settings_of(town), works_on="sorsele mala")
    assert not old.presence.leaves("sorsele")
    new = host(settings_of(town, interval=2), stands_by="sorsele")
    old.presence.tell()
    assert old.let_go == ["sorsele"]
    assert (old.presence.leaves("sorsele"), old.presence.leaves("mala")) == (True, False)
    new.presence.tell()
    assert not new.presence.leaves("sorsele")


def test_the_last_host_never_rests(town: Municipality, host: Hosts, url: str) -> None:
    """One that has been silent for a while is taken for dead, whatever its configuration."""
    old = host(settings_of(town))
    host(settings_of(town, interval=2), stands_by="sorsele")
    old.presence.tell()
    assert old.presence.leaves("sorsele")
    postgresql.sql(url, "UPDATE hosts SET seen = seen - interval '1 minute'")
    old.presence.tell()
    assert not old.presence.leaves("sorsele")


def test_an_older_configuration_stays_older_until_it_is_put_into_force(town: Municipality, host: Hosts) -> None:
    """A host that only starts again does not bring it back; else two hosts would take turns."""
    first, second = settings_of(town), settings_of(town, interval=2)
    host(second)
    host(first, stands_by="sorsele")
    returned = host(second, works_on="sorsele")
    assert returned.presence.leaves("sorsele")
    settings_of(town, interval=2)
    check = town.hanvisa("check")
    assert "copy that one here and reload it; only to go back to this one on purpose" in check.out + check.err
    assert "`hanvisa store put-into-force`" in check.out + check.err
    assert "Configuration 3" in town.hanvisa("store", "put-into-force").out
    returned.presence.tell()
    assert not returned.presence.leaves("sorsele")


def test_one_of_several_mails_admins(town: Municipality, host: Hosts) -> None:
    """Whoever is off duty mails nothing of what the store tells; a newer configuration takes the duty over."""
    first = host(settings_of(town))
    second = host(settings_of(town))
    assert (first.presence.on_duty(), second.presence.on_duty()) == (True, False)
    newer = host(settings_of(town, interval=2))
    first.presence.tell()
    newer.presence.tell()
    assert (first.presence.on_duty(), newer.presence.on_duty()) == (False, True)


def test_that_the_store_is_away_is_told_first_by_who_was_on_duty(town: Municipality, url: str) -> None:
    """Others tell it 20 minutes later, should that host be gone with the store."""
    with mail_server() as server:
        file = town.folder / "hanvisa.toml"
        told = f'to = "it@sorsele.se"\nfrom = "h@sorsele.se"\nsmtp = "127.0.0.1:{server.port}"\nsecurity = "none"\n'
        alerts = f"[alerts]\n{told}"
        file.write_text(file.read_text("utf-8") + alerts, "utf-8")
        times, duty = [NOW], [False]
        away = Store.opened_later(make_url(url).set(database="nowhere").render_as_string(hide_password=False))
        watch = Watch(load(file, os.environ), lambda: away, lambda: times[-1], lambda: duty[0] if duty else None)
        watch.look()
        duty.clear()
        for minutes in (0, 10, 19):
            times.append(NOW + timedelta(minutes=minutes))
            watch.look()
        assert server.mails == []
        for minutes in (20, 31):
            times.append(NOW + timedelta(minutes=minutes))
            watch.look()
        assert len(server.mails) == 1


def test_status_shows_every_host(town: Municipality, host: Hosts) -> None:
    """What it works on, its version and its configuration; one that is older, and a directory that differs."""
    host(settings_of(town), works_on="sorsele")
    town.moves_in("cia", "4713")
    host(settings_of(town, interval=2))
    status = town.hanvisa("status").out
    assert "works on sorsele" in status
    assert "configuration 1, which is older" in status
    assert "the directory is not the same" in status
    told = json.loads(town.hanvisa("status", "--json").out)
    assert sorted((one["configuration"], one["works_on"], one["older"]) for one in told["hosts"]) == [
        (1, ["sorsele"], True),
        (2, [], False),
    ]
    assert told["configuration"]["number"] == 2


def test_status_says_who_stands_by_and_what_a_silent_host_had(town: Municipality, host: Hosts, url: str) -> None:
    """No two seem to work on the same tenant, and whoever waits does not seem to be idle."""
    host(settings_of(town), works_on="sorsele")
    postgresql.sql(url, "UPDATE hosts SET seen = seen - interval '1 minute'")
    host(settings_of(town), stands_by="sorsele")
    status = town.hanvisa("status").out
    assert ": worked on sorsele; " in status
    assert ": stands by for sorsele; " in status
    assert "works on sorsele" not in status


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
    with Running(town).killed_at_the_end() as running:
        first = running.starts()
        running.waits_for("tenant_taken")
        settings_of(town, interval=2)
        second = running.starts()
        running.waits_for("tenant_left")
        running.waits_for("tenant_taken", 2)
        running.waits_for("configuration_older", number=1, newest=2)
        second.kill()
        second.wait()
        postgresql.sql(url, SILENCED, second.pid)
        running.waits_for("tenant_taken", 3)
        first.send_signal(signal.SIGTERM)
        assert first.wait(PATIENCE) == 0
        assert postgresql.sql(url, PRESENT) == [(1,)]
        assert not running.logged("bug")
