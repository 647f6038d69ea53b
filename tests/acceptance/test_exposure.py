"""Who else may read and write: what is hanvisa's own is made private and told, all else is told, by `check` and log."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sync_daemon import log
from tests.acceptance.municipality import Municipality
from tests.configuration import source_table, tenant_table
from tests.forked import Forked
from tests.graph import certificates

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 120.0
"""Seconds until something must have happened, on a slow machine too."""
ENDPOINT = "https://127.0.0.1:1/EWS/Exchange.asmx"
EXCHANGE = tenant_table(
    "arjeplog",
    source_table(kind="ews", endpoint=ENDPOINT, user=r"ARJEPLOG\svc-hanvisa", secret="arjeplog-ews"),  # noqa: S106 - a name
)
OWN = (
    *("hanvisa.db", "hanvisa.db-wal", "hanvisa.db.dry-run", "hanvisa.db.refused"),
    *("hanvisa.db.sorsele.lock", "hanvisa.log", f"hanvisa.log.{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"),
)


@pytest.fixture
def town(tmp_path: Path) -> Municipality:
    """With a second tenant, in Exchange, in which there is nobody yet."""
    town = Municipality(tmp_path, EXCHANGE)
    (tmp_path / "arjeplog.csv").write_text("mailbox,name,extensions\n", encoding="utf-8")
    toml = tmp_path / "hanvisa.toml"
    toml.write_text('secrets_dir = "secrets"\n' + toml.read_text(encoding="utf-8"), encoding="utf-8")
    toml.chmod(0o644)
    secret(tmp_path / "secrets")
    return town


def secret(folder: Path, *, mode: int = 0o600, of_folder: int = 0o700) -> Path:
    """A folder of secrets with the one in it."""
    folder.mkdir()
    file = folder / "arjeplog-ews"
    file.write_text("Hemligt-7F3A\n", encoding="utf-8")
    file.chmod(mode)
    folder.chmod(of_folder)
    return file


def exposed(town: Municipality) -> dict[str, tuple[str, str]]:
    """What `check` says of modes: problem and remedy, by the file's name."""
    found = town.hanvisa("check", "--json").json
    return {
        Path(one["thing"]).name: (one["problem"], one["remedy"])
        for one in found
        if one["problem"].startswith("others") and one["severity"] == "warning"
    }


def logged(town: Municipality, event: str) -> list[dict[str, Any]]:
    """The log's events of that name."""
    return [one for one in log.read(town.folder / "hanvisa.log") if one["event"] == event]


def modes(town: Municipality) -> dict[str, int]:
    """Of hanvisa's own files that are there."""
    return {name: (town.folder / name).stat().st_mode & 0o777 for name in OWN if (town.folder / name).exists()}


def test_what_is_as_the_documents_have_it_is_not_told(town: Municipality) -> None:
    """A configuration that all may read, secrets that their owner alone may."""
    town.hanvisa("once")
    assert exposed(town) == {}
    assert logged(town, "file_exposed") + logged(town, "file_made_private") == []


@pytest.mark.parametrize(
    ("what", "mode"),
    [("hanvisa.toml", 0o666), (".", 0o777), ("secrets", 0o777), ("secrets/arjeplog-ews", 0o644)],
)
def test_what_others_may_write_or_read_is_told(town: Municipality, what: str, mode: int) -> None:
    """By `check` and in the log; it is the admin's, and stays as it is."""
    path = (town.folder / what).resolve()
    path.chmod(mode)
    assert list(exposed(town)) == [path.name]
    assert "chmod " in exposed(town)[path.name][1]
    town.hanvisa("once")
    told = logged(town, "file_exposed")
    assert [(one["thing"], one["problem"], one["remedy"]) for one in told] == [(str(path), *exposed(town)[path.name])]
    assert path.stat().st_mode & 0o777 == mode


def test_an_applications_key_that_others_may_read_is_told(town: Municipality) -> None:
    """It lies beside the secrets."""
    toml = town.folder / "hanvisa.toml"
    source = source_table(
        kind="graph",
        directory_id="arjeplog.se",
        client_id="66666666-7777-8888-9999-000000000000",
        certificate="app.pem",
    )
    text = toml.read_text(encoding="utf-8").partition('[[tenants]]\nid = "arjeplog"')[0]
    toml.write_text(text + tenant_table("arjeplog", source), encoding="utf-8")
    file = town.folder / "secrets" / "app.pem"
    certificates.make(file)
    assert exposed(town) == {}
    file.chmod(0o644)
    assert list(exposed(town)) == ["app.pem"]


def test_systemds_credentials_are_not_told(town: Municipality, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their folder is 0500, they are 0400, or 0440 where an ACL lets the service's user read them."""
    toml = town.folder / "hanvisa.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('secrets_dir = "secrets"\n', ""), encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(town.folder / "credentials"))
    file = secret(town.folder / "credentials", mode=0o400, of_folder=0o500)
    assert exposed(town) == {}
    file.chmod(0o440)
    assert exposed(town) == {}
    file.chmod(0o444)
    assert list(exposed(town)) == ["arjeplog-ews"]


def test_its_own_files_are_made_private_again_and_that_is_told(town: Municipality) -> None:
    """Store, lock, log, those put away, the dry run's copy: `check` finds them, the next command puts them right."""
    town.hanvisa("once")
    for name in OWN:
        (town.folder / name).touch()
        (town.folder / name).chmod(0o666)
    (town.folder / "hanvisa.db-wal").unlink()
    wrong = set(OWN) - {"hanvisa.db-wal"}
    assert set(exposed(town)) == wrong
    assert modes(town) == dict.fromkeys(wrong, 0o666)
    town.hanvisa("once")
    assert modes(town) == dict.fromkeys(wrong, 0o600)
    assert {(Path(one["file"]).name, one["mode"]) for one in logged(town, "file_made_private")} == {
        (name, "0666") for name in wrong
    }
    assert exposed(town) == {}


def test_a_log_that_a_group_may_read_stays_so(town: Municipality) -> None:
    """Whoever ships logs is in that group; the store is nobody else's."""
    town.hanvisa("once")
    for name in ("hanvisa.log", "hanvisa.db"):
        (town.folder / name).chmod(0o640)
    assert list(exposed(town)) == ["hanvisa.db"]
    town.hanvisa("once")
    assert (modes(town)["hanvisa.log"], modes(town)["hanvisa.db"]) == (0o640, 0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_users_is_told_and_left(town: Municipality) -> None:
    """It is theirs to mend."""
    town.hanvisa("once")
    lock = town.folder / "hanvisa.db.sorsele.lock"
    lock.chmod(0o666)
    os.chown(lock, 65_534, 65_534)
    town.hanvisa("once")
    assert modes(town)[lock.name] == 0o666
    assert exposed(town)[lock.name][1] == "give it to the service's user, and chmod 600 it"


def test_run_tells_as_it_starts_and_after_sighup(town: Municipality) -> None:
    """And puts right what is its own, both times."""
    town.hanvisa("once")
    (town.folder / "hanvisa.toml").chmod(0o666)
    file = town.folder / "hanvisa.log"
    file.chmod(0o666)
    process = Forked("run", "--config", str(town.folder / "hanvisa.toml"))
    try:
        for count in (1, 2):
            _until(lambda count=count: len(logged(town, "file_exposed")) == count)  # type: ignore[misc]
            _until(lambda count=count: len(logged(town, "file_made_private")) == count)  # type: ignore[misc]
            _until(lambda: bool(logged(town, "service_started")))
            file.chmod(0o666)
            process.send_signal(signal.SIGHUP)
    finally:
        process.kill()
        process.wait()


def _until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)
