"""What an admin is mailed by `hanvisa status --mail`, which cron starts beside a service that lives or is dead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync_daemon.store.lock import TenantLock
from tests.acceptance.municipality import NOON, Municipality, Result
from tests.mail_server import MailServer, mail_server

DAY = "2026-11-24"


@pytest.fixture
def post() -> Iterator[MailServer]:
    """The municipality's mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def town(tmp_path: Path, post: MailServer) -> Municipality:
    """Sorsele, whose admin is mailed; its calendars have been read at noon."""
    town = Municipality(tmp_path, alerts(post))
    town.once("12:00")
    return town


def alerts(post: MailServer, more: str = 'lang = "en"\n') -> str:
    """The table that names the admin."""
    server = f'smtp = "127.0.0.1:{post.port}"\nsecurity = "none"\n'
    return f'[alerts]\nto = "it@sorsele.se"\nfrom = "hanvisa@sorsele.se"\n{server}{more}'


def mails_at(town: Municipality, post: MailServer, clock: str) -> list[str]:
    """What cron's line sends at that time of the 24th: the mails' subjects."""
    before = len(post.mails)
    town.hanvisa("status", "--mail", "--at", f"{DAY}T{clock}")
    return [str(mail["Subject"]) for mail in post.mails[before:]]


def logged(town: Municipality, event: str) -> list[dict[str, object]]:
    """The log's lines of that event."""
    lines = (town.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line["event"] == event]


def _status(town: Municipality, clock: str) -> Result:
    return town.hanvisa("status", "--at", f"{DAY}T{clock}")


def test_a_dead_service_is_mailed_once_and_once_more_when_it_is_back(town: Municipality, post: MailServer) -> None:
    """`status` says it after a quarter of an hour, cron mails it after half of one, whoever else may be dead."""
    assert _status(town, "12:15").code == 0
    assert _status(town, "12:16").code == 1
    assert mails_at(town, post, "12:29") == []
    [subject] = mails_at(town, post, "12:31")
    assert subject.startswith("hanvisa: sorsele: the calendars were last read 2026-11-24 12:00, 31 minutes ago")
    for clock in ("12:35", "13:00", "13:35", "18:00"):
        assert mails_at(town, post, clock) == []
    town.once("18:04")
    assert mails_at(town, post, "18:05") == ["hanvisa: sorsele: over: the calendars are read again"]
    assert mails_at(town, post, "18:10") == []
    assert [line["begun"] for line in logged(town, "alert_sent")] == [["not_read"], []]


def test_a_mail_says_what_to_type_and_names_nobody(town: Municipality, post: MailServer) -> None:
    """No person and no subject: what is wrong, since when, the command."""
    town.anna.books("SAM: Hemligt", "15:00", "16:00")
    town.once("12:05")
    for path in (town.folder / "calendars").iterdir():
        path.unlink()
    town.once("12:10")
    mails_at(town, post, "12:50")
    [mail] = post.mails
    text = f"{mail['Subject']}\n{mail.get_content()}"
    assert "* sorsele: 2 of 2 mailboxes cannot be read, since 2026-11-24 12:10. Type `hanvisa check`." in text
    assert "Type `sudo systemctl start hanvisa`." in text
    assert not re.search(r"anna|\bbo\b|hemligt|4711|4712", text, re.IGNORECASE)


def test_mail_is_swedish_unless_english_is_asked_for(tmp_path: Path, post: MailServer) -> None:
    """Times with a full stop; what is typed as it is."""
    town = Municipality(tmp_path, alerts(post, ""))
    town.once("12:00")
    mails_at(town, post, "12:31")
    [mail] = post.mails
    assert "kalendrarna lästes senast 2026-11-24 12.00" in mail.get_content()
    assert "Skriv `sudo systemctl start hanvisa`." in mail.get_content()


def test_a_server_that_is_down_is_tried_again_and_the_log_says_when(town: Municipality, post: MailServer) -> None:
    """Nothing is lost, and nothing sent twice."""
    post.is_down = True
    assert mails_at(town, post, "12:31") == []
    [unsent] = logged(town, "alert_unsent")
    assert unsent["problem"] == "the mail server 127.0.0.1 refuses the mail (451)"
    assert unsent["next"] == "2026-11-24T11:32:00Z"
    post.is_down = False
    assert len(mails_at(town, post, "12:35")) == 1
    assert mails_at(town, post, "12:40") == []


def test_a_tenants_own_admin_hears_of_that_tenant(tmp_path: Path, post: MailServer) -> None:
    """And of what all share; who hears of everything is not told twice."""
    tenant = 'alerts_to = ["it@mala.se", "it@sorsele.se"]\n[[tenants.sources]]\nkind = "ics"\nfolder = "calendars"\n'
    mala = '[[tenants]]\nid = "mala"\ntimezone = "Europe/Stockholm"\ndirectory = "mala.csv"\n' + tenant
    (tmp_path / "mala.csv").write_text("mailbox,name,extensions\nc@mala.se,C,5001\n", encoding="utf-8")
    town = Municipality(tmp_path, mala + alerts(post))
    town.once("12:00")
    mails_at(town, post, "12:31")
    told = {to: mail.get_content() for to, mail in post.received}
    assert told.keys() == {("it@sorsele.se",), ("it@mala.se",)}
    assert "* sorsele:" in told["it@sorsele.se",]
    assert "* mala:" in told["it@sorsele.se",]
    assert "* sorsele:" not in told["it@mala.se",]


def test_a_store_that_is_away_is_mailed_after_ten_minutes_once_an_hour(town: Municipality, post: MailServer) -> None:
    """What was mailed of it stands beside it: there is nowhere else."""
    store, away = town.folder / "hanvisa.db", town.folder / "away.db"
    store.rename(away)
    assert [mails_at(town, post, clock) for clock in ("12:05", "12:10", "12:14")] == [[], [], []]
    [subject] = mails_at(town, post, "12:15")
    assert "there is no store at" in subject
    assert mails_at(town, post, "13:45") == []
    assert not store.exists()
    assert (town.folder / "hanvisa.db.alerts").stat().st_mode & 0o777 == 0o600
    away.rename(store)
    town.once("13:50")
    assert mails_at(town, post, "13:51") == ["hanvisa: hanvisa: over: the store answers again"]
    assert mails_at(town, post, "13:55") == []


def test_a_configuration_that_cannot_be_used_is_mailed_by_what_is_left_of_it(
    town: Municipality, post: MailServer
) -> None:
    """A misspelt key keeps the service from starting: whoever can be told is."""
    path = town.folder / "hanvisa.toml"
    right = path.read_text(encoding="utf-8")
    path.write_text(right + "[servise]\ninterval = 5\n", encoding="utf-8")
    [subject] = mails_at(town, post, "12:05")
    assert subject.startswith("hanvisa: hanvisa: the configuration cannot be used: servise: there is no such key")
    path.write_text(right, encoding="utf-8")
    assert mails_at(town, post, "13:06")[0].startswith("hanvisa: 1 wrong, 1 over")


def test_while_a_service_works_it_says_what_it_could_not_use(town: Municipality, post: MailServer) -> None:
    """It goes on with what it had; what cron's line is given may differ, such as the folder of the secrets."""
    path = town.folder / "hanvisa.toml"
    path.write_text(path.read_text(encoding="utf-8") + "[servise]\ninterval = 5\n", encoding="utf-8")
    with TenantLock(f"sqlite:///{town.folder / 'hanvisa.db'}", "sorsele").held("hanvisa run", NOON):
        assert mails_at(town, post, "12:05") == []


def test_where_nobody_is_named_that_is_said(tmp_path: Path) -> None:
    """A cron line that could never mail anything is a mistake."""
    town = Municipality(tmp_path)
    town.once("12:00")
    result = town.hanvisa("status", "--mail")
    assert (result.code, "name them as `to` in [alerts]" in result.err) == (2, True)
    assert town.hanvisa("check", "--mail").code == 2


@pytest.mark.parametrize("line", [("status", "--json"), ("status", "--tenant", "sorsele"), ("check", "--json")])
def test_what_would_go_unheard_beside_mail_is_refused(town: Municipality, line: tuple[str, ...]) -> None:
    """All tenants are looked at, and the answer is a sentence."""
    result = town.hanvisa(*line, "--mail")
    assert (result.code, "--mail goes with none of" in result.err) == (2, True)


def test_check_sends_one_mail_on_trial_and_says_what_the_server_answered(town: Municipality, post: MailServer) -> None:
    """Also where it will not take it."""
    result = town.hanvisa("check", "--mail", "--lang", "en")
    assert (result.code, result.out) == (0, "The mail to it@sorsele.se was taken: 250 2.0.0 Taken as number 7\n")
    assert [str(mail["Subject"]) for mail in post.mails] == ["hanvisa: a trial"]
    post.refused = {"it@sorsele.se"}
    result = town.hanvisa("check", "--mail", "--lang", "en")
    assert result.code == 1
    assert (
        "takes no mail for it@sorsele.se (550). The server said: 550 5.1.1 There is nobody of that name" in result.out
    )


def test_check_finds_a_password_that_cannot_be_read_before_it_is_needed(tmp_path: Path, post: MailServer) -> None:
    """Else the first mail about something else would be the one that is not sent."""
    more = 'user = "svc-hanvisa"\nsecret = "mail"\nca_file = "none.pem"\n'
    table = alerts(post, more)
    town = Municipality(tmp_path, table)
    path = tmp_path / "hanvisa.toml"
    path.write_text('secrets_dir = "secrets"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    found = {one["thing"]: one["problem"] for one in town.hanvisa("check", "--json").json}
    assert "nothing can be mailed: " in found["alerts.secret"]
    assert "none.pem (ca_file) cannot be read" in found["alerts.ca_file"]
