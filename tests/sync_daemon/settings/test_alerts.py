"""The table `[alerts]`: who is told that something is wrong, and what of it cannot be."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from sync_daemon.settings import AlertsSettings, Settings, SettingsError, findings, load
from tests.configuration import STORE, tenant_table

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
to = ["it@sorsele.se", "jour@sorsele.se"]
from = "hanvisa@sorsele.se"
smtp = "mail.sorsele.se"
user = 'SORSELE\\svc-hanvisa'
secret = "mail"
heartbeat = "https://hc-ping.com/0b81a041-a344"
staff = true
lang = "en"
"""
LEAST = 'to = "it@sorsele.se"\nfrom = "hanvisa@sorsele.se"\nsmtp = "mail.sorsele.se"\n'


def _settings(folder: Path, alerts: str, tenant: str = "") -> Settings:
    path = folder / "hanvisa.toml"
    text = f'secrets_dir = "secrets"\n{STORE}[alerts]\n{alerts}\n{tenant_table()}'
    path.write_text(text.replace('directory = "', f'{tenant}\ndirectory = "', 1), encoding="utf-8")
    return load(path, {})


def _refused(folder: Path, alerts: str, tenant: str = "") -> str:
    with pytest.raises(SettingsError) as caught:
        _settings(folder, alerts, tenant)
    return str(caught.value)


def test_without_the_table_nobody_is_told(tmp_path: Path) -> None:
    """Not by mail, and no monitor is asked for."""
    assert _settings(tmp_path, "").alerts == AlertsSettings()


def test_all_of_it_is_read(tmp_path: Path) -> None:
    """The secret is a file in secrets_dir, as a source's is."""
    alerts = _settings(tmp_path, WHOLE).alerts
    assert (alerts.to, alerts.sender) == (("it@sorsele.se", "jour@sorsele.se"), "hanvisa@sorsele.se")
    assert alerts.secret == tmp_path / "secrets" / "mail"
    assert (alerts.heartbeat, alerts.staff, alerts.lang) == ("https://hc-ping.com/0b81a041-a344", True, "en")


def test_one_address_needs_no_list_and_mail_is_swedish_and_encrypted_by_default(tmp_path: Path) -> None:
    """As most write it."""
    alerts = _settings(tmp_path, LEAST).alerts
    assert (alerts.to, alerts.lang, alerts.security) == (("it@sorsele.se",), "sv", "starttls")


@pytest.mark.parametrize(
    ("smtp", "security", "host", "port"),
    [
        ("mail.sorsele.se", "starttls", "mail.sorsele.se", 587),
        ("mail.sorsele.se", "tls", "mail.sorsele.se", 465),
        ("mail.sorsele.se", "none", "mail.sorsele.se", 25),
        ("mail.sorsele.se:2525", "none", "mail.sorsele.se", 2525),
        ("[::1]:25", "none", "::1", 25),
    ],
)
def test_a_server_has_the_port_of_its_security_or_its_own(
    tmp_path: Path, smtp: str, security: str, host: str, port: int
) -> None:
    """587 is submission, 465 with TLS from the first byte, 25 from server to server."""
    alerts = _settings(tmp_path, LEAST.replace("mail.sorsele.se", smtp) + f'security = "{security}"\n').alerts
    assert (alerts.host, alerts.port) == (host, port)


@pytest.mark.parametrize(
    ("alerts", "thing", "said"),
    [
        (LEAST.replace('"it@sorsele.se"', '"It <it@sorsele.se>"'), "alerts.to[0]", "is no mail address"),
        (LEAST.replace('"it@sorsele.se"', '["it@sorsele.se", "it"]'), "alerts.to[1]", "is no mail address"),
        (LEAST.replace('"hanvisa@sorsele.se"', '"hänvisa@sorsele.se"'), "alerts.from", "is no mail address"),
        (LEAST.replace('"mail.sorsele.se"', '"smtp://mail.sorsele.se"'), "alerts.smtp", "is no mail server"),
        (LEAST.replace('"mail.sorsele.se"', '"mail.sorsele.se:post"'), "alerts.smtp", "is no mail server"),
        (LEAST + 'security = "ssl"\n', "alerts.security", "is not one of 'starttls', 'tls' or 'none'"),
        (LEAST + 'user = "hanvisa"\n', "alerts", "user and secret belong together"),
        (LEAST + 'user = "hanvisa"\nsecret = "../mail"\n', "alerts.secret", "is no name of a file"),
        (LEAST + 'security = "none"\nuser = "a"\nsecret = "b"\n', "alerts", "the password would be sent in the clear"),
        ('to = "it@sorsele.se"\nsmtp = "mail.sorsele.se"\n', "alerts", 'add `from = "hanvisa@sorsele.se"`'),
        ('to = "it@sorsele.se"\nfrom = "a@sorsele.se"\n', "alerts", 'add smtp = "mail.sorsele.se"'),
        ("staff = true\n", "alerts", "no sender is set"),
        ('heartbeat = "http://kuma.sorsele.se/api/push/x"\n', "alerts.heartbeat", "would send the monitor's token"),
        ('heartbeat = "hc-ping.com/x"\n', "alerts.heartbeat", "is no web address"),
        ('form = "hanvisa@sorsele.se"\n', "alerts.form", "write from"),
        ('sender = "hanvisa@sorsele.se"\n', "alerts.sender", "there is no such key"),
    ],
)
def test_what_cannot_be_is_said_with_what_to_write(tmp_path: Path, alerts: str, thing: str, said: str) -> None:
    """Before anything is sent anywhere."""
    problem = _refused(tmp_path, alerts)
    assert f"{thing}: " in problem
    assert said in problem


def test_a_tenants_own_admin_is_mailed_by_the_common_server(tmp_path: Path) -> None:
    """So there must be one."""
    alerts_to = 'alerts_to = "it@mala.se"'
    assert _settings(tmp_path, LEAST, alerts_to).tenants[0].alerts_to == ("it@mala.se",)
    refused = _refused(tmp_path, "", alerts_to)
    assert "tenants[0] (sorsele).alerts_to: is set, and there is no mail server; add [alerts]" in refused


def test_a_monitor_on_this_machine_may_be_without_tls(tmp_path: Path) -> None:
    """What is sent to it stays here."""
    alerts = _settings(tmp_path, 'heartbeat = "http://127.0.0.1:3001/api/push/x"\n').alerts
    assert alerts.heartbeat == "http://127.0.0.1:3001/api/push/x"


def test_mail_in_the_clear_is_warned_of(tmp_path: Path) -> None:
    """Not where the server is this machine's own."""
    for host, warned in (("mail.sorsele.se", ["alerts.security"]), ("localhost", [])):
        settings = _settings(tmp_path, LEAST.replace("mail.sorsele.se", host) + 'security = "none"\n')
        assert [one.thing for one in findings(settings, date(2026, 11, 24)) if "alerts" in one.thing] == warned
