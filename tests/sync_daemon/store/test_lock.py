"""A tenant's lock: one process at a time, and the others are told which."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync_daemon.errors import StoreUnavailable
from sync_daemon.store.lock import Holder, TenantBusy, TenantLock
from tests.acceptance.municipality import Municipality

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PROJECT = Path(__file__).parents[3]

HOLDER = """
import sys
from datetime import UTC, datetime
from sync_daemon.store.lock import TenantLock
lock = TenantLock(sys.argv[1], "sorsele")
lock.take("hanvisa run", datetime(2026, 11, 24, 7, 30, tzinfo=UTC))
print("has it", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store's; the lock needs the folder only."""
    return f"sqlite:///{tmp_path / 'hanvisa.db'}"


def test_a_second_one_is_told_who_has_it(url: str) -> None:
    """Who comes second learns the holder's process, machine, beginning and command."""
    TenantLock(url, "sorsele").take("hanvisa run", NOW)

    with pytest.raises(TenantBusy) as refused:
        TenantLock(url, "sorsele").take("hanvisa once", NOW)

    assert refused.value.holder == Holder(os.getpid(), os.uname().nodename, NOW, "hanvisa run")
    assert refused.value.exit_code == 1
    assert f"sorsele is being worked on by `hanvisa run`, process {os.getpid()}" in str(refused.value)
    assert "since 2026-11-24T08:00:00Z" in str(refused.value)


def test_tenants_do_not_wait_for_one_another(url: str) -> None:
    """Each tenant has a lock of its own."""
    with TenantLock(url, "sorsele").held("hanvisa run", NOW), TenantLock(url, "malå").held("hanvisa run", NOW):
        pass


def test_it_is_free_again_after_the_block(url: str) -> None:
    """A context lets go of the lock, also where it fails."""
    with pytest.raises(ZeroDivisionError), TenantLock(url, "sorsele").held("hanvisa once", NOW):
        raise ZeroDivisionError

    TenantLock(url, "sorsele").take("hanvisa once", NOW)


def test_it_dies_with_its_holder(url: str) -> None:
    """A killed process leaves no lock behind."""
    holder = _another_process(url)
    try:
        with pytest.raises(TenantBusy) as refused:
            TenantLock(url, "sorsele").take("hanvisa once", NOW)
    finally:
        holder.kill()
        holder.communicate()

    assert refused.value.holder is not None
    assert refused.value.holder.pid == holder.pid
    TenantLock(url, "sorsele").take("hanvisa once", NOW)


def test_a_lock_whose_file_was_taken_away_is_no_longer_held(url: str) -> None:
    """Another process would make the file anew, and then two would work on the tenant."""
    lock = TenantLock(url, "sorsele")
    lock.take("hanvisa run", NOW)
    assert lock.is_held
    lock.path.unlink()
    assert not lock.is_held
    lock.take("hanvisa run", NOW)
    assert lock.is_held


def test_letting_go_twice_is_no_harm(url: str) -> None:
    """A lock that is not held is let go of without a word."""
    lock = TenantLock(url, "sorsele")
    lock.take("hanvisa once", NOW)
    lock.release()
    lock.release()


def test_a_tenant_never_names_another_folder(url: str, tmp_path: Path) -> None:
    """Whatever the tenant is called, the file lies beside the database, for the service's eyes only."""
    lock = TenantLock(url, "../elsewhere")
    lock.take("hanvisa once", NOW)

    assert lock.path.parent == tmp_path
    assert stat.S_IMODE(lock.path.stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The error says which file could not be made and what to look for."""
    url = f"sqlite:///{tmp_path / 'nowhere' / 'hanvisa.db'}"

    with pytest.raises(StoreUnavailable, match=r"nowhere.*No such file or directory; see that its folder"):
        TenantLock(url, "sorsele").take("hanvisa once", NOW)


@pytest.mark.parametrize("linked", ["folder", "file"])
def test_a_link_to_the_database_leads_to_the_same_lock(url: str, tmp_path: Path, linked: str) -> None:
    """Two services whose configurations name one store in two ways do not both work on it."""
    (tmp_path / "hanvisa.db").touch()
    link = tmp_path / "elsewhere"
    link.symlink_to(tmp_path if linked == "folder" else tmp_path / "hanvisa.db")
    other = TenantLock(f"sqlite:///{link / 'hanvisa.db' if linked == 'folder' else link}", "sorsele")
    with TenantLock(url, "sorsele").held("hanvisa run", NOW), pytest.raises(TenantBusy) as refused:
        other.take("hanvisa run", NOW)
    assert refused.value.holder is not None


def test_a_link_that_leads_to_another_database_by_now_is_another_lock(tmp_path: Path) -> None:
    """So its holder takes that one before it works on."""
    link = tmp_path / "hanvisa.db"
    for name in ("first.db", "second.db"):
        (tmp_path / name).touch()
    link.symlink_to("first.db")
    lock = TenantLock(f"sqlite:///{link}", "sorsele")
    lock.take("hanvisa run", NOW)
    link.unlink()
    link.symlink_to("second.db")
    assert not lock.is_held
    lock.take("hanvisa run", NOW)
    with pytest.raises(TenantBusy):
        TenantLock(f"sqlite:///{tmp_path / 'second.db'}", "sorsele").take("hanvisa run", NOW)


def test_a_database_with_two_names_is_refused(url: str, tmp_path: Path) -> None:
    """By a hard link each name would get a log of writes of its own, which SQLite cannot stand."""
    (tmp_path / "hanvisa.db").touch()
    (tmp_path / "elsewhere.db").hardlink_to(tmp_path / "hanvisa.db")
    with pytest.raises(StoreUnavailable, match=r"hanvisa\.db has another name \(a hard link\).*remove"):
        TenantLock(url, "sorsele").take("hanvisa run", NOW)


@pytest.mark.parametrize("how", ["symbolic", "dangling", "hard", "content", "pipe"])
def test_what_is_no_lock_is_never_written_to(url: str, tmp_path: Path, how: str) -> None:
    """Whoever may write in the folder could else have any file of the service's emptied; the error names the place."""
    place = TenantLock(url, "sorsele").path
    precious = tmp_path / "precious"
    if how != "dangling":
        precious.write_text("{} never to be lost", encoding="utf-8")
    if how in {"symbolic", "dangling"}:
        place.symlink_to(precious)
    elif how == "hard":
        place.hardlink_to(precious)
    elif how == "content":
        place.write_text("{} never to be lost", encoding="utf-8")
    else:
        os.mkfifo(place)
    with pytest.raises(StoreUnavailable, match=r"sorsele\.lock, the place of the lock of sorsele, .*; move it away"):
        TenantLock(url, "sorsele").take("hanvisa once", NOW)
    assert precious.exists() is (how != "dangling")
    for file in (place, precious):
        if file.is_file():
            assert file.read_text(encoding="utf-8") == "{} never to be lost"


@pytest.mark.parametrize("content", [b"", b'{"pi', b'{"pid": 12, "ho', b"\0" * 90])
def test_what_a_loss_of_power_left_of_a_lock_is_one(url: str, content: bytes) -> None:
    """Nobody has to clean up after it."""
    TenantLock(url, "sorsele").path.write_bytes(content)
    TenantLock(url, "sorsele").take("hanvisa once", NOW)


def test_who_has_it_can_be_asked_without_taking_it(url: str) -> None:
    """Nobody, before and after; whoever has it goes on having it, and no file is made."""
    lock = TenantLock(url, "sorsele")
    assert lock.holder() is None
    assert not lock.path.exists()
    with TenantLock(url, "sorsele").held("hanvisa run", NOW):
        assert lock.holder() == Holder(os.getpid(), os.uname().nodename, NOW, "hanvisa run")
        with pytest.raises(TenantBusy):
            lock.take("hanvisa once", NOW)
    assert lock.holder() is None


def test_what_a_dead_holder_said_is_said_of_nobody(url: str) -> None:
    """A process that was killed leaves its words in the file, and no lock."""
    lock = TenantLock(url, "sorsele")
    lock.take("hanvisa run", NOW)
    said = lock.path.read_bytes()
    lock.release()
    lock.path.write_bytes(said)
    assert TenantLock(url, "sorsele").holder() is None


def test_who_only_looks_keeps_nobody_from_taking_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To look takes a shared lock for an instant; who meets that looks twice."""
    lock = TenantLock(url, "sorsele")
    lock.path.touch(0o600)
    looking = os.open(lock.path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    monkeypatch.setattr(time, "sleep", lambda _: os.close(looking))
    lock.take("hanvisa once", NOW)
    assert lock.is_held


def _another_process(url: str) -> subprocess.Popen[str]:
    holder = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-c", HOLDER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "has it\n"
    return holder


def test_check_finds_what_stands_in_the_locks_place(tmp_path: Path) -> None:
    """Nothing would be kept in step, and all else is well; a lock that is free, or not there yet, is none."""
    town = Municipality(tmp_path)
    assert town.hanvisa("check").code == 0
    place = tmp_path / "hanvisa.db.sorsele.lock"
    place.mkdir()
    result = town.hanvisa("check")
    assert result.code == 3
    assert f"the lock {place} cannot be opened" in result.out
    place.rmdir()
    place.symlink_to("hanvisa.toml")
    assert "is a link: nothing was written to it" in town.hanvisa("check").out
    place.unlink()
    assert town.once("08:00").code == 0
    assert town.hanvisa("check", "--at", "2026-11-24T08:01").code == 0
