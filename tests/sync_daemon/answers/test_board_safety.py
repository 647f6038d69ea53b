"""What `hanvisa check` says of the board."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sync_daemon import settings
from sync_daemon.accounts import AccountsFile, User
from sync_daemon.answers import board_safety
from sync_daemon.texts import in_language
from tests.configuration import STORE, tenant_table
from tests.exchange import certificate

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)


def found(folder: Path, table: str, now: datetime = NOW) -> dict[str, tuple[str, str]]:
    """Severity and problem, by the thing."""
    text = 'secrets_dir = "."\n' + STORE + table + tenant_table()
    (folder / "hanvisa.toml").write_text(text, encoding="utf-8")
    (folder / "calendars").mkdir(exist_ok=True)
    loaded = settings.load(folder / "hanvisa.toml", {})
    return {
        one.thing: (one.severity.value, in_language(one.problem, "sv")) for one in board_safety.findings(loaded, now)
    }


def add(folder: Path, *tenants: str) -> None:
    """Eva, of these tenants."""
    eva = User(name="eva", password="$argon2id$", operates=tenants)  # noqa: S106 - none
    AccountsFile(folder / "board-users.json").change(lambda now: now.with_user(eva))


def test_where_there_is_no_board_nothing_is_said(tmp_path: Path) -> None:
    """Not every municipality has one."""
    assert found(tmp_path, "") == {}


def test_a_board_as_it_should_be_has_no_finding(tmp_path: Path) -> None:
    """At this machine, with a user."""
    add(tmp_path, "sorsele", "*")
    assert found(tmp_path, '[board]\nlanguage = "sv"\n') == {}


def test_a_board_without_users_lets_nobody_in(tmp_path: Path) -> None:
    """Whether the file is empty or not there."""
    expected = ("warning", f"ingen kan logga in på tavlan: det finns ingen användare i {tmp_path / 'board-users.json'}")
    assert found(tmp_path, '[board]\nlanguage = "sv"\n') == {"board.users": expected}
    add(tmp_path, "sorsele")
    AccountsFile(tmp_path / "board-users.json").change(lambda now: now.without(user="eva"))
    assert found(tmp_path, "") == {"board.users": expected}


def test_users_that_cannot_be_read_or_are_of_no_tenant_are_told(tmp_path: Path) -> None:
    """A tenant may have another name now."""
    add(tmp_path, "sorsele", "mala")
    assert found(tmp_path, "")["board user eva"] == (
        "warning",
        "släpps in till mala, som konfigurationen inte har",
    )
    (tmp_path / "board-users.json").write_text("{", encoding="utf-8")
    assert found(tmp_path, "")["board.users"][0] == "error"


@pytest.mark.parametrize(
    ("table", "severity"),
    [
        ('listen = "0.0.0.0:8471"\n', "error"),
        ('listen = "10.0.0.4:8471"\ntrusted_proxies = ["10.0.0.5"]\n', "note"),
        ('listen = "127.0.0.1:8471"\n', None),
        ('listen = "[::1]:8471"\n', None),
    ],
)
def test_a_board_that_others_can_listen_to_is_told(tmp_path: Path, table: str, severity: str | None) -> None:
    """Without TLS and without a proxy it does not begin."""
    add(tmp_path, "sorsele")
    assert found(tmp_path, f"[board]\n{table}").get("board.listen", (None,))[0] == severity


def test_a_board_where_nobody_signs_in_is_noted(tmp_path: Path) -> None:
    """Though it is so configured."""
    assert {*found(tmp_path, "[board]\nsign_in = false\n")} == {"board.sign_in"}


def test_an_address_by_https_that_nothing_encrypts_is_told(tmp_path: Path) -> None:
    """Whatever the proxy sends would be refused, for the board does not know it as one."""
    add(tmp_path, "sorsele")
    table = '[board]\npublic_url = "https://vaxel.sorsele.se"\n'
    assert found(tmp_path, table) == {
        "board.public_url": ("warning", "inget krypterar: tavlan avvisar alla som kommer till den adressen")
    }
    assert found(tmp_path, table + 'trusted_proxies = ["127.0.0.1"]\n') == {}
    assert found(tmp_path, '[board]\npublic_url = "http://localhost:8471"\n') == {}


def test_a_proxy_that_may_be_anybody_is_told(tmp_path: Path) -> None:
    """Then anybody says which address they have."""
    add(tmp_path, "sorsele")
    table = '[board]\ntrusted_proxies = ["0.0.0.0/0", "10.0.0.0/28"]\n'
    assert {*found(tmp_path, table)} == {"board.trusted_proxies 0.0.0.0/0"}


@pytest.mark.parametrize(
    ("days", "severity", "begins"),
    [
        (300, None, ""),
        (335, "warning", "det går ut "),
        (365, "error", "det gick ut "),
        (-30, "error", "det gäller först"),
    ],
)
def test_a_certificate_is_told_of_a_month_before_it_ends(
    tmp_path: Path, days: int, severity: str | None, begins: str
) -> None:
    """And where it has ended, or has not begun."""
    add(tmp_path, "sorsele")
    certificate.make(tmp_path)  # for 364 days from today
    table = '[board]\ncertificate = "cert.pem"\nkey = "key.pem"\n'
    said = found(tmp_path, table, NOW + timedelta(days=days)).get("board.certificate", (None, ""))
    assert said[0] == severity
    assert said[1].startswith(begins)


def test_a_certificate_for_another_name_or_without_its_key_is_told(tmp_path: Path) -> None:
    """Browsers would turn it away."""
    add(tmp_path, "sorsele")
    certificate.make(tmp_path, host="tavla.sorsele.se")
    table = '[board]\ncertificate = "cert.pem"\nkey = "key.pem"\npublic_url = "https://{}.sorsele.se"\n'
    assert found(tmp_path, table.format("tavla")) == {}
    assert found(tmp_path, table.format("vaxel"))["board.certificate"][0] == "warning"
    (tmp_path / "key.pem").unlink()
    assert found(tmp_path, table.format("tavla"))["board.certificate"][0] == "error"
