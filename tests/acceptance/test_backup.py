"""`hanvisa backup` and `restore`, of a store in a file and of one in PostgreSQL: what an admin falls back on."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine

from sync_daemon.store import Store, migrations
from sync_daemon.store.lock import TenantLock
from tests import postgresql
from tests.acceptance.municipality import NOON, Municipality
from tests.configuration import STORE, tenant_table

FILE = "sqlite:///hanvisa.db"
AT = ("--at", "2026-11-24T10:10")


@pytest.fixture(params=["sqlite", "postgresql"])
def lived_in(town: Municipality, request: pytest.FixtureRequest) -> Municipality:
    """Anna has opened her phone, Bo is referred by hand."""
    if request.param == "postgresql":
        text = STORE.replace(json.dumps(FILE), json.dumps(postgresql.new_store_url())) + tenant_table()
        (town.folder / "hanvisa.toml").write_text(text, encoding="utf-8")
    town.anna.books("SAM:", "09:00", "12:00")
    town.bo.books("TJÄ: 4711", "13:00", "2026-11-25T16:00")
    town.once("09:30")
    town.hanvisa("open", "4711", "--at", "2026-11-24T10:00")
    town.hanvisa("refer", "4712", "--from", "2026-11-24T10:00", "--until", "2026-11-28T10:00", "--reason", "Åka 🚲")
    assert town.once("10:05").code == 0
    return town


def address(town: Municipality) -> str:
    """The store's."""
    url: str = json.loads(
        (town.folder / "hanvisa.toml").read_text(encoding="utf-8").splitlines()[1].partition(" = ")[2]
    )
    return url if url != FILE else f"sqlite:///{town.folder / 'hanvisa.db'}"


def secret(town: Municipality) -> bytes:
    """By which entries are known."""
    with Store.open(address(town), read_only=True) as store:
        return store.secret()


def left_over(town: Municipality) -> list[str]:
    """Files of an attempt that was not to its end."""
    return [one.name for one in town.folder.iterdir() if ".part" in one.name or "backup.db-" in one.name]


def test_what_was_backed_up_is_restored_and_all_goes_on(lived_in: Municipality) -> None:
    """Openings, referrals by hand and the secret by which entries are known: nothing is to be done afterwards."""
    town, backup = lived_in, lived_in.folder / "backup.db"
    before, kept = town.referrals("10:10"), secret(town)
    assert town.hanvisa("plan", "--json", *AT).json == []
    made = town.hanvisa("backup", str(backup))
    assert made.code == 0, made.err
    assert "backup.db is whole: " in made.out
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert left_over(town) == []

    assert town.hanvisa("open", "4711", "--undo", *AT).code == 0
    assert town.referrals("10:10") != before
    refused = town.hanvisa("restore", str(backup))
    assert (refused.code, "with --force the backup takes its place" in refused.err) == (2, True)
    restored = town.hanvisa("restore", "--force", str(backup))
    assert restored.code == 0, restored.err
    assert "What was there before is kept in " in restored.out
    assert town.referrals("10:10") == before
    assert secret(town) == kept
    assert town.hanvisa("plan", "--json", *AT).json == []
    assert town.once("10:15").code == 0
    assert left_over(town) == []
    events = [json.loads(line)["event"] for line in (town.folder / "hanvisa.log").read_text("utf-8").splitlines()]
    assert {"backup_made", "store_restored"} <= set(events)


def test_what_was_there_is_a_backup_itself(lived_in: Municipality) -> None:
    """Whoever restored the wrong one goes back by the file that was kept."""
    town, backup = lived_in, lived_in.folder / "backup.db"
    town.hanvisa("backup", str(backup))
    assert town.hanvisa("refer", "4711", "--from", "2026-11-24T13:00", "--until", "2030-11-24T16:00").code == 0
    later = town.referrals("10:10")
    town.hanvisa("restore", "--force", str(backup))
    (kept,) = town.folder.glob("hanvisa*.before-*Z")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert town.referrals("10:10") != later
    assert town.hanvisa("restore", "--force", str(kept)).code == 0
    assert town.referrals("10:10") == later


def test_a_backup_is_restored_into_an_empty_place(lived_in: Municipality) -> None:
    """The other kind of database too: a backup of either is a SQLite file."""
    town, backup = lived_in, lived_in.folder / "backup.db"
    before = town.referrals("10:10")
    town.hanvisa("backup", str(backup))
    other = "sqlite:///other.db" if "postgresql" in address(town) else postgresql.new_database_url()
    (town.folder / "hanvisa.toml").write_text(
        STORE.replace(json.dumps(FILE), json.dumps(other)) + tenant_table(), "utf-8"
    )
    restored = town.hanvisa("restore", str(backup))
    assert restored.code == 0, restored.err
    assert "is kept" not in restored.out
    assert town.referrals("10:10") == before


def test_a_file_that_is_there_is_kept_unless_it_is_forced(lived_in: Municipality) -> None:
    """Nor is the store its own backup."""
    town, backup = lived_in, lived_in.folder / "backup.db"
    backup.write_text("yesterday's", encoding="utf-8")
    refused = town.hanvisa("backup", str(backup))
    assert (refused.code, "there is a file" in refused.err) == (2, True)
    assert backup.read_text(encoding="utf-8") == "yesterday's"
    assert town.hanvisa("backup", "--force", str(backup)).code == 0
    with closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT count(*) FROM referrals").fetchone()[0] > 0
    nowhere = town.hanvisa("backup", str(town.folder / "no" / "backup.db"))
    assert (nowhere.code, "cannot be written" in nowhere.err) == (3, True)
    if "sqlite" in address(town):
        itself = town.hanvisa("backup", "--force", str(town.folder / "hanvisa.db"))
        assert (itself.code, "is the store itself" in itself.err) == (2, True)


def test_a_backup_is_made_while_the_service_works_and_restored_only_when_it_does_not(lived_in: Municipality) -> None:
    """Who works is named."""
    town, backup = lived_in, lived_in.folder / "backup.db"
    with Store.open(address(town)) as store, store.database.write():
        assert town.hanvisa("backup", str(backup)).code == 0
    if "sqlite" in address(town):
        with TenantLock(address(town), "sorsele").held("hanvisa run", NOON):
            busy = town.hanvisa("restore", "--force", str(backup))
        assert (busy.code, "by `hanvisa run`" in busy.err) == (1, True)
        with Store.open(address(town)) as board:
            board.subscribers(None)
            in_use = town.hanvisa("restore", "--force", str(backup))
        assert (in_use.code, "end the service and the board first" in in_use.err) == (2, True)
    assert town.hanvisa("restore", "--force", str(backup)).code == 0


@pytest.mark.parametrize("what", ["nothing", "text", "cut", "another program's", "newer"])
def test_what_is_no_backup_is_refused_and_the_store_stays(lived_in: Municipality, what: str) -> None:
    """Nothing of the store is touched before the backup is known to be whole."""
    town, backup, before = lived_in, lived_in.folder / "backup.db", lived_in.referrals("10:10")
    if what != "nothing":
        town.hanvisa("backup", str(backup))
    if what == "text":
        backup.write_text("no database" * 1000, encoding="utf-8")
    if what == "cut":
        backup.write_bytes(backup.read_bytes()[: backup.stat().st_size // 3])
    if what == "another program's":
        backup.unlink()
        _with(backup, "CREATE TABLE bookmarks (id INTEGER)")
    if what == "newer":
        _with(backup, "UPDATE alembic_version SET version_num = '9999'")
    refused = town.hanvisa("restore", "--force", str(backup))
    assert refused.code in {2, 3}
    assert ("newer version of hanvisa" in refused.err) == (what == "newer")
    assert "a bug" not in refused.err
    assert town.referrals("10:10") == before
    assert left_over(town) == []


def test_a_damaged_store_is_replaced_and_kept(town: Municipality) -> None:
    """That is what a backup is for."""
    town.anna.books("SAM:", "09:00", "12:00")
    town.once("09:30")
    before, backup, store = town.referrals("10:10"), town.folder / "backup.db", town.folder / "hanvisa.db"
    town.hanvisa("backup", str(backup))
    store.write_bytes(b"damaged" * 10_000)
    assert town.hanvisa("referrals").code == 3
    assert town.hanvisa("restore", "--force", str(backup)).code == 0
    assert town.referrals("10:10") == before
    (kept,) = town.folder.glob("hanvisa.db.before-*Z")
    assert kept.read_bytes().startswith(b"damaged")


def test_a_backup_of_before_an_upgrade_is_brought_up_to_date(town: Municipality, tmp_path: Path) -> None:
    """It is the newest schema that is restored; the backup stays as it is."""
    town.anna.books("SAM:", "09:00", "12:00")
    town.once("09:30")
    before, backup = town.referrals("10:10"), tmp_path / "old.db"
    town.hanvisa("backup", str(backup))
    with create_engine(f"sqlite:///{backup}").begin() as connection:
        command.downgrade(migrations.configuration(connection), "0008")
    content = backup.read_bytes()
    shutil.move(town.folder / "hanvisa.db", tmp_path / "away.db")
    assert town.hanvisa("restore", str(backup)).code == 0
    assert town.referrals("10:10") == before
    assert backup.read_bytes() == content


def _with(backup: Path, statement: str) -> None:
    with closing(sqlite3.connect(backup)) as file:
        file.execute(statement)
        file.commit()


PAGE = Path(__file__).parents[2] / "docs" / "admin.md"
SERVICE = "sudo systemctl "


def _typed_lines() -> list[str]:
    """What the page's chapter `Backup` has between its fences of a shell, and the command of its line for cron."""
    chapter = re.search(r"^## Backup\n(.*?)^## ", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert chapter is not None
    blocks = re.findall(r"^```sh\n(.*?)^```$", chapter[1], re.MULTILINE | re.DOTALL)
    (nightly,) = re.findall(
        r"^15 2 \* \* \* /opt/hanvisa/bin/(.*) --config /srv/hanvisa/hanvisa.toml$", chapter[1], re.MULTILINE
    )
    first, *others = [line for block in blocks for line in block.splitlines() if line.startswith(("hanvisa ", SERVICE))]
    return [first, nightly, *others]


def test_the_page_can_be_typed_as_it_stands(lived_in: Municipality) -> None:
    """By hand and each night; and restored after something was opened, with the service ended and started around it."""
    town = lived_in
    before, lines = town.referrals("10:10"), _typed_lines()
    assert [line.partition(" ")[2].split()[0] for line in lines] == [
        "backup",
        "backup",
        "systemctl",
        "restore",
        "systemctl",
    ]
    for line in lines:
        if line.startswith(SERVICE):
            assert shlex.split(line)[2:] in (
                ["stop", "hanvisa", "hanvisa-board"],
                ["start", "hanvisa", "hanvisa-board"],
            )
            if "stop" in line:
                town.hanvisa("withdraw", "4712", *AT)
                assert town.referrals("10:10") != before
            continue
        done = town.hanvisa(*shlex.split(line.replace("/srv/hanvisa/", f"{town.folder}/"))[1:])
        assert done.code == 0, done.err
        if " restore " in line:
            assert town.referrals("10:10") == before
