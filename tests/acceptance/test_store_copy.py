"""The command line moves a town's store to PostgreSQL and back: what an admin types, and what becomes of the town."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from sync_daemon.cli import output
from sync_daemon.store import Store
from sync_daemon.store.lock import TenantLock
from tests import postgresql
from tests.acceptance.municipality import NOON, Municipality
from tests.configuration import STORE, tenant_table

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "sqlite:///hanvisa.db"
AT = ("--at", "2026-11-24T10:10")


@pytest.fixture(autouse=True)
def _in_english_afterwards() -> Iterator[None]:
    yield
    output.show_in("en")


@pytest.fixture
def lived_in(town: Municipality) -> Municipality:
    """Anna is in a meeting and has opened her phone, Bo is referred by hand."""
    town.anna.books("SAM:", "09:00", "12:00")
    town.bo.books("TJÄ: 4711", "13:00", "2026-11-25T16:00")
    town.once("09:30")
    town.hanvisa("open", "4711", "--at", "2026-11-24T10:00")
    town.hanvisa("refer", "4712", "--from", "2026-11-24T10:00", "--until", "2026-11-28T10:00", "--reason", "Åka 🚲")
    assert town.once("10:05").code == 0
    return town


def is_kept_at(town: Municipality, url: str) -> None:
    """The configuration says so from now on."""
    text = STORE.replace(json.dumps(FILE), json.dumps(url)) + tenant_table()
    (town.folder / "hanvisa.toml").write_text(text, encoding="utf-8")


def planned(town: Municipality) -> list[object]:
    """What the next cycle would change."""
    changes: list[object] = town.hanvisa("plan", "--json", *AT).json
    return changes


def everybody(town: Municipality) -> list[dict[str, object]]:
    """What the switchboard is told."""
    return town.referrals("10:10")


def test_a_town_goes_on_where_its_store_was_moved_to(lived_in: Municipality) -> None:
    """To PostgreSQL and back into a file: nothing is to be done before or after, and everybody is where they were."""
    town, database = lived_in, postgresql.new_database_url()
    before, back = everybody(town), "sqlite:///back.db"
    assert planned(town) == []
    with Store.open(f"sqlite:///{town.folder / 'hanvisa.db'}") as store:
        secret = store.secret()

    moved = town.hanvisa("store", "copy", FILE, database)
    assert moved.code == 0, moved.err
    assert "are equal: " in moved.out
    assert "Name the new one in url in [store], and start the service." in moved.out
    is_kept_at(town, database)
    assert planned(town) == []
    assert everybody(town) == before
    with Store.open(database) as store:
        assert store.secret() == secret
    assert town.hanvisa("open", "4711", "--undo", *AT).code == 0
    assert town.once("10:20").code == 0

    after = everybody(town)
    assert town.hanvisa("store", "copy", database, back).code == 0
    is_kept_at(town, back)
    assert everybody(town) == after != before
    assert planned(town) == []
    assert [event for event in _log(town) if event["event"] == "store_moved"]


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "once",
        "plan",
        "check",
        "status",
        "referrals",
        "refer 4711 --until 12:00",
        "open 4711",
        "approve sorsele abc",
        "tenant rename sorsele mala",
        "status --mail",
    ],
)
@freeze_time(NOON)
def test_the_old_store_is_refused_by_every_command(lived_in: Municipality, command: str) -> None:
    """With where it went and what to do, by exit code 2."""
    assert lived_in.hanvisa("store", "copy", FILE, "sqlite:///new.db").code == 0
    told = lived_in.hanvisa(*command.split())
    assert "was moved to" in told.err + told.out
    assert "new.db" in told.err + told.out
    assert "hanvisa store use" in told.err + told.out
    assert told.code == 2


def test_who_must_go_back_the_same_evening_is_told_what_would_be_lost(lived_in: Municipality) -> None:
    """Somebody has set a referral in the new store: only by force is it left behind; then the old one is used again."""
    town = lived_in
    assert town.hanvisa("store", "copy", FILE, "sqlite:///new.db").code == 0
    is_kept_at(town, "sqlite:///new.db")
    assert town.hanvisa("refer", "4711", "--from", "2026-11-24T13:00", "--until", "2030-11-24T16:00").code == 0
    refused = town.hanvisa("store", "use", FILE)
    assert (refused.code, "people have made 1 changes" in refused.err) == (2, True)
    forced = town.hanvisa("store", "use", "--force", FILE)
    assert forced.code == 0
    assert "is used again" in forced.out
    assert town.hanvisa("referrals").code == 2
    is_kept_at(town, FILE)
    assert planned(town) == []
    taken = [line for line in _log(town) if line["event"] == "store_taken_back"]
    assert [line["lost"] for line in taken] == [1]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql+psycopg://hanvisa:hemligt@db.example/hanvisa", "a url has a password in it; take it out"),
        ("hemligt", "a url is no address of a database; write sqlite:///hanvisa.db"),
        ("mysql://hanvisa:hemligt@db/hanvisa", "of a kind of database that hanvisa does not use"),
        ("sqlite://", "names no file"),
        ("postgresql+psycopg://hanvisa@/hanvisa?host=/nowhere", "no server answers there"),
    ],
)
def test_an_address_that_cannot_be_is_refused_and_never_repeated(town: Municipality, url: str, told: str) -> None:
    """For it may hold a password."""
    town.once("09:30")
    for arguments in (("copy", FILE, url), ("copy", url, FILE), ("use", url)):
        refused = town.hanvisa("store", *arguments)
        assert told in refused.err
        assert "hemligt" not in refused.err + refused.out
        assert refused.code in {2, 3}


def test_a_password_is_a_file(town: Municipality) -> None:
    """Of the store in the configuration that which `secret` names; it is asked for when it connects."""
    town.once("09:30")
    secrets = town.folder / "secrets"
    secrets.mkdir(mode=0o700)
    database = postgresql.new_database_url()
    text = f'secrets_dir = "secrets"\n[store]\nurl = {json.dumps(database)}\nsecret = "database"\n' + tenant_table()
    (town.folder / "hanvisa.toml").write_text(text, encoding="utf-8")
    refused = town.hanvisa("store", "copy", FILE, database)
    assert "secrets/database" in refused.err
    (secrets / "database").write_text("hemligt\n", encoding="utf-8")
    (secrets / "database").chmod(0o600)
    assert town.hanvisa("store", "copy", FILE, database).code == 0


def test_nothing_is_moved_while_run_works(lived_in: Municipality) -> None:
    """Who works is named."""
    url = f"sqlite:///{lived_in.folder / 'hanvisa.db'}"
    with TenantLock(url, "sorsele").held("hanvisa run", NOON):
        busy = lived_in.hanvisa("store", "copy", FILE, "sqlite:///new.db")
    assert (busy.code, "sorsele is being worked on by `hanvisa run`" in busy.err) == (1, True)
    assert planned(lived_in) == []


def _log(town: Municipality) -> list[dict[str, object]]:
    lines = (town.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
