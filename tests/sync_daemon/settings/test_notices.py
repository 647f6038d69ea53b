"""The tables `[[tenants.notices]]`: who is told of unmanned departments, and what of them cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_daemon.settings import MailReceiver, Settings, SettingsError, WebhookReceiver, load
from tests.configuration import STORE, tenant_table

if TYPE_CHECKING:
    from pathlib import Path

ALERTS = '[alerts]\nfrom = "hanvisa@sorsele.se"\nsmtp = "mail.sorsele.se"\n'
HOOK = 'kind = "webhook"\nurl = "https://vaxel.sorsele.se/T0/B1/token"\nsecret = "trio"\n'
MAIL = 'kind = "mail"\nto = "vaxel@sorsele.se"\n'


def _settings(folder: Path, *notices: str, alerts: str = ALERTS) -> Settings:
    path = folder / "hanvisa.toml"
    tables = "".join(f"[[tenants.notices]]\n{one}\n" for one in notices)
    path.write_text(f'secrets_dir = "secrets"\n{STORE}{alerts}{tenant_table()}{tables}', encoding="utf-8")
    return load(path, {})


def _refused(folder: Path, *notices: str, alerts: str = ALERTS) -> str:
    with pytest.raises(SettingsError) as caught:
        _settings(folder, *notices, alerts=alerts)
    return str(caught.value)


def test_both_kinds_are_read(tmp_path: Path) -> None:
    """In Swedish, of all departments, where nothing else is said; the secret is a file in secrets_dir."""
    mail, hook = _settings(tmp_path, MAIL, HOOK + 'lang = "en"\ndepartments = ["IFO"]').tenants[0].notices
    assert isinstance(mail, MailReceiver)
    assert isinstance(hook, WebhookReceiver)
    assert (mail.to, mail.lang, mail.hears_of("Skola")) == ("vaxel@sorsele.se", "sv", True)
    assert (hook.secret, hook.lang) == (tmp_path / "secrets" / "trio", "en")
    assert (hook.hears_of("IFO"), hook.hears_of("Skola")) == (True, False)


def test_a_receiver_stays_the_same_whatever_else_changes(tmp_path: Path) -> None:
    """Its place in the list, its secret, its language; a named one also when its address does."""
    (one,) = _settings(tmp_path, HOOK).tenants[0].notices
    _, moved = _settings(tmp_path, MAIL, HOOK.replace("trio", "new") + 'lang = "en"').tenants[0].notices
    assert moved.id == one.id
    names = [
        _settings(tmp_path, HOOK.replace("token", token) + 'name = "trio"').tenants[0].notices[0].id
        for token in ("a", "b")
    ]
    assert names == ["webhook:trio"] * 2


def test_what_may_be_a_token_in_the_address_is_neither_stored_nor_shown(tmp_path: Path) -> None:
    """Only the host's name is."""
    (hook,) = _settings(tmp_path, HOOK).tenants[0].notices
    assert hook.label == "vaxel.sorsele.se"
    assert "token" not in hook.id
    assert hook.id.startswith("webhook:vaxel.sorsele.se ")


def test_nobody_is_told_where_nothing_is_said(tmp_path: Path) -> None:
    """As before."""
    assert _settings(tmp_path).tenants[0].receivers_of("IFO") == ()


@pytest.mark.parametrize(
    ("notices", "said"),
    [
        (MAIL.replace("@", " "), "notices[0].to: is no mail address; write it as"),
        (HOOK.replace("https", "http"), "url: would send the notices in the clear, to whoever answers there"),
        (HOOK.replace("https", "ftp"), 'url: is no web address; write "https://vaxel.sorsele.se/hanvisa"'),
        (HOOK.replace("vaxel.", "eva:hemligt@vaxel."), "url: holds a user or a password"),
        (HOOK.replace('secret = "trio"', ""), "secret: is missing"),
        (HOOK.replace('"trio"', '"../trio"'), "secret: is no name of a file"),
        ('kind = "sms"', "kind: names no way in which a notice can be sent; write 'mail' or 'webhook'"),
        ('to = "vaxel@sorsele.se"', "kind: is missing; write 'mail' or 'webhook'"),
        (MAIL + 'adress = "x"', "there is no such key; take it away; here may stand departments, lang, kind, to"),
        (HOOK.replace("url", "urll"), "urll: there is no such key; write url"),
        (MAIL + 'departments = "IFO"', "departments: is not a list in brackets"),
    ],
)
def test_what_cannot_be_is_refused_and_says_what_to_write(tmp_path: Path, notices: str, said: str) -> None:
    """As everything else of the configuration."""
    assert said in _refused(tmp_path, notices)


def test_http_is_good_enough_on_this_machine(tmp_path: Path) -> None:
    """As for a monitor."""
    assert _settings(tmp_path, HOOK.replace("https://vaxel.sorsele.se", "http://127.0.0.1:8080")).tenants[0].notices


def test_who_stands_there_twice_would_be_told_twice(tmp_path: Path) -> None:
    """Once, with the departments of both."""
    assert "'vaxel@sorsele.se' stands here twice; write it once" in _refused(tmp_path, MAIL, MAIL)


def test_mail_needs_the_mail_server_of_alerts(tmp_path: Path) -> None:
    """A webhook does not."""
    told = _refused(tmp_path, MAIL, alerts="")
    assert "notices[0].kind: is set, and there is no mail server; add [alerts] with `smtp` and `from`" in told
    assert _settings(tmp_path, HOOK, alerts="").tenants[0].notices
