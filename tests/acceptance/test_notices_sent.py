"""What an admin sees of notices on their way (`check`, `status`, `notices`), and what a webhook checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from freezegun import freeze_time

from sync_daemon.notices import webhook
from sync_daemon.settings import WebhookReceiver
from sync_daemon.store import Store
from sync_daemon.texts import Text
from sync_daemon.transport import web
from tests.acceptance.municipality import Municipality
from tests.mail_server import MailServer, certificates, mail_server
from tests.webhook_receiver import SECRET, Receiver, webhook_receiver

DAY = "2026-11-24"
ADMIN_PAGE = Path(__file__).parents[2] / "docs" / "admin.md"


@pytest.fixture
def post() -> Iterator[MailServer]:
    """The municipality's mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """The switchboard's own system."""
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture
def town(tmp_path: Path, post: MailServer, hook: Receiver) -> Municipality:
    """Sorsele, whose IFO is away from nine to half past ten, which has been said and not been sent."""
    town = Municipality(
        tmp_path,
        f'[[tenants.notices]]\nkind = "mail"\nto = "vaxel@sorsele.se"\nlang = "en"\n'
        f'[[tenants.notices]]\nkind = "webhook"\nurl = "{hook.address}"\nsecret = "trio"\n'
        f'[alerts]\nfrom = "hanvisa@sorsele.se"\nsmtp = "127.0.0.1:{post.port}"\nsecurity = "none"\n',
    )
    configuration = tmp_path / "hanvisa.toml"
    configuration.write_text('secrets_dir = "secrets"\n' + configuration.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "secrets" / "trio").write_text(SECRET, encoding="utf-8")
    for name, extension in (("anna", 4711), ("bo", 4712)):
        town.lists(name, f"{name}@sorsele.se,{name.title()},{extension},IFO,")
    for calendar in (town.anna, town.bo):
        calendar.books("SAM:", "09:00", "10:30")
    town.once("07:30")
    return town


def test_status_says_what_waits_for_whom_and_since_when(town: Municipality) -> None:
    """Trouble only after five minutes; `notices` says the same of each department."""
    lines = town.hanvisa("status", "--at", f"{DAY}T07:34").out
    assert "sorsele: notices to vaxel@sorsele.se: 1 waits, said 07:30" in lines
    assert "Nothing is wrong." in lines
    late = town.hanvisa("status", "--json", "--at", f"{DAY}T07:35").json
    assert [(one["cause"], one["since"]) for one in late["problems"]] == [
        ("notices_waiting", "2026-11-24T06:30:00Z"),
        ("notices_waiting", "2026-11-24T06:30:00Z"),
    ]
    [_, hook] = late["tenants"][0]["receivers"]
    assert hook == {
        "receiver": "127.0.0.1",
        "kind": "webhook",
        "configured": True,
        "waiting": 1,
        "since": "2026-11-24T06:30:00Z",
        "problem": None,
        "refused": False,
        "last_delivered": None,
    }
    told = town.hanvisa("notices", "--at", f"{DAY}T07:31").out
    assert "IFO: waits to be delivered to vaxel@sorsele.se, waits to be delivered to 127.0.0.1." in told


def test_status_says_why_and_when_it_is_refused_at_once(town: Municipality) -> None:
    """In the language that is asked for, though it was another process that met it."""
    with Store.open(f"sqlite:///{town.folder / 'hanvisa.db'}") as store:
        mailed, posted = store.outgoing("sorsele")
        store.delivered(mailed.id, mailed.notice.at)
        problem = Text("{name} answers with {code}", name="trio", code=403)
        store.delivery_failed(posted.id, posted.notice.until, problem, refused=True)
    result = town.hanvisa("status", "--at", f"{DAY}T07:31", "--lang", "sv")
    assert "sorsele: meddelanden till vaxel@sorsele.se: inget väntar; senast levererat 07.30" in result.out
    assert "sorsele: meddelanden till 127.0.0.1: 1 väntar, sagt 07.30: trio svarar med 403" in result.out
    assert "Skriv `hanvisa check --notices`." in result.out
    assert result.code == 1
    sent = town.hanvisa("notices", "--json", "--at", f"{DAY}T07:31").json[0]["sent"]
    assert sent == [
        {"receiver": "vaxel@sorsele.se", "state": "delivered", "at": "2026-11-24T06:30:00Z"},
        {"receiver": "127.0.0.1", "state": "waiting", "at": None},
    ]


def test_a_trial_tries_every_receiver_and_says_what_became_of_it(
    town: Municipality, post: MailServer, hook: Receiver
) -> None:
    """Nothing of any department, and nothing that waits is sent."""
    result = town.hanvisa("check", "--notices")
    assert result.out.splitlines() == [
        "sorsele: vaxel@sorsele.se has taken what was sent on trial.",
        "sorsele: 127.0.0.1 has taken what was sent on trial.",
    ]
    assert result.code == 0
    assert [str(mail["Subject"]) for mail in post.mails] == ["hanvisa: a trial"]
    assert [(one["kind"], one["tenant"], "department" in one) for one in hook.taken] == [("trial", "sorsele", False)]
    hook.code = 302
    result = town.hanvisa("check", "--notices")
    assert "sorsele: 127.0.0.1 has not: 127.0.0.1 answers with 302." in result.out
    assert result.code == 1
    assert len(hook.sent) == 2  # a redirection is not followed


def test_a_trial_goes_with_nothing_that_would_go_unheard(town: Municipality, tmp_path: Path) -> None:
    """And says where there is nobody to try."""
    assert "--notices goes with none of --json" in town.hanvisa("check", "--notices", "--json").err
    (tmp_path / "other").mkdir()
    result = Municipality(tmp_path / "other").hanvisa("check", "--notices")
    assert (result.code, "name them in [[tenants.notices]]" in result.err) == (2, True)


def test_check_finds_a_secret_that_is_missing_or_short(town: Municipality) -> None:
    """Before a department is unmanned."""
    secret = town.folder / "secrets" / "trio"
    secret.write_text("kort", encoding="utf-8")
    assert f"the secret {secret} is short: signatures could be forged" in town.hanvisa("check").out
    secret.unlink()
    assert f"no notice can be sent: {secret}: the secret cannot be read" in town.hanvisa("check").out


def test_a_webhook_is_spoken_to_over_tls_that_holds(tmp_path: Path) -> None:
    """With the authority of ca_file; with another one nothing is sent."""
    with webhook_receiver(certificates()) as hook:

        def sent(ca_file: Path | None) -> int:
            return web.post(hook.address, b"{}", {}, name="trio", ca_file=ca_file)

        assert sent(certificates()[0]) == 401  # unsigned, but it has arrived
        with pytest.raises(web.Unanswered, match="the certificate of trio does not hold"):
            sent(None)
        with pytest.raises(web.Unanswered, match="cannot be read"):
            sent(tmp_path / "none.pem")
        assert hook.forged == 1


def test_the_check_of_the_admins_page_takes_what_is_sent_and_nothing_else() -> None:
    """The worked example, as it is typed there."""
    check = _check_of_the_page()
    with freeze_time("2026-11-24T06:30:00Z") as clock:
        now = clock().astimezone()
        body = '{"department":"Ålderdomshemmet"}'.encode()
        header = webhook.headers(body, "k", SECRET, now)["Hanvisa-Signature"]
        assert re.fullmatch(r"t=\d+,v1=[0-9a-f]{64}", header)
        assert check(body, header, SECRET)
        assert not check(body + b" ", header, SECRET)
        assert not check(body, header, SECRET + "?")
        assert not check(body, header.replace("t=1", "t=2"), SECRET)
        assert not any(check(body, wrong, SECRET) for wrong in ("", "t=1", "v1=", "t=x,v1=y", ",,=,"))
        clock.tick(299)
        assert check(body, header, SECRET)
        clock.tick(2)
        assert not check(body, header, SECRET)


def _check_of_the_page() -> Callable[[bytes, str, str], bool]:
    section = ADMIN_PAGE.read_text(encoding="utf-8").partition("### To the switchboard")[2]
    [code] = re.findall(r"```python\n(.*?)```", section.partition("\n### ")[0], re.DOTALL)
    names: dict[str, Callable[[bytes, str, str], bool]] = {}
    exec(code, names)  # noqa: S102 - our own page
    return names["is_from_hanvisa"]


def test_every_field_that_is_sent_stands_on_the_admins_page(town: Municipality) -> None:
    """An interface: none is renamed, and a new one is told of."""
    with Store.open(f"sqlite:///{town.folder / 'hanvisa.db'}") as store:
        word = store.outgoing("sorsele")[1]
    given = {"kind": "webhook", "url": "https://vaxel.sorsele.se/", "secret": "trio"}
    receiver = WebhookReceiver.model_validate(given, strict=False)
    fields = re.findall(r'"(\w+)":', webhook.body(word, receiver, ZoneInfo("Europe/Stockholm")).decode())
    table = ADMIN_PAGE.read_text(encoding="utf-8").partition("**What a webhook gets.**")[2].partition("```python")[0]
    told = re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `")))
    assert set(fields) == set(told)
