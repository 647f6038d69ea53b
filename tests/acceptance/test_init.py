"""`hanvisa init`: what it writes `check` takes, nothing is overwritten, and a person is asked for what is missing."""

from __future__ import annotations

import io
import os
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rules.policy import Rules
from sync_daemon import settings
from sync_daemon.cli import output
from tests.acceptance.municipality import Result, hanvisa
from tests.acceptance.person import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.exchange.process import Exchange

EMPTY = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
ANNA = ("--mailbox", "anna@sorsele.se", "--extension", "4711 oe:0701740605", "--name", "Anna Ek")
FILES = ("--tenant", "sorsele", "--source", "ics", "--yes")
ACCOUNT = "SORSELE\\svc-hanvisa"
EXCHANGE = ("--tenant", "sorsele", "--endpoint", "mail.sorsele.se", "--account", ACCOUNT, "--yes")
DIRECTORY_ID, CLIENT_ID = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000"
ONLINE = ("--tenant", "sorsele", "--directory-id", DIRECTORY_ID, "--client-id", CLIENT_ID, "--yes")


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In a folder with nothing in it, as a service's user has it, and in English."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    yield
    output.show_in("en")


def init(*arguments: str) -> Result:
    """It, with these options."""
    return hanvisa("init", *arguments)


def there() -> set[str]:
    """The files that are there, less what hanvisa makes while it works."""
    return {str(path) for path in Path().rglob("*") if path.is_file()}


def found() -> list[str]:
    """What `check` says is wrong."""
    return [one["problem"] for one in hanvisa("check", "--json").json]


NEW = "there was no cycle yet"
"""A note: there has not been one."""


def configured() -> settings.Settings:
    """What hanvisa makes of the file."""
    return settings.load(Path("hanvisa.toml"), {})


def test_a_folder_of_files_is_taken_by_check() -> None:
    """As soon as Anna's calendar is there."""
    assert init(*FILES, *ANNA, "--department", "Bygg", "--emergency", "0952-140 00").code == 0
    Path("calendars/sorsele/anna@sorsele.se.ics").write_text(EMPTY, encoding="utf-8")
    assert (hanvisa("check").code, found()) == (0, [NEW])
    assert [(one.name, one.emergency) for one in configured().tenants[0].departments] == [("Bygg", "0952-140 00")]


def test_an_exchange_is_taken_by_check(server: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the password in a file that nobody else may read."""
    server.add_mailbox("anna@sorsele.se")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{server.password}\n"))
    source = ("--endpoint", server.endpoint, "--account", server.user, "--auth", "basic", "--password-stdin")
    assert init("--tenant", "sorsele", *source, *ANNA).code == 0
    assert (hanvisa("check").code, found()) == (0, [NEW])
    modes = [Path(name).stat().st_mode & 0o777 for name in ("secrets", "secrets/sorsele-ews")]
    assert modes == [0o700, 0o600]


def test_who_gives_the_least_has_what_can_be_filled_in() -> None:
    """A directory with its columns, a folder, and no error in either."""
    result = init(*FILES)
    assert (result.code, there()) == (0, {"hanvisa.toml", "sorsele.csv"})
    assert Path("sorsele.csv").read_text(encoding="utf-8") == "mailbox,name,extensions,department,alternative\n"
    assert Path("calendars/sorsele").is_dir()
    assert found() == [NEW, "there is nobody in it"]
    assert f"write a line for each person into {Path.cwd()}/sorsele.csv" in result.out


def test_the_host_of_exchange_is_enough() -> None:
    """The address is the same on every Exchange; without a password the next step says where it goes."""
    result = init(*EXCHANGE, "--ca-file", "ca.pem", "--access", "delegate", "--internal-numbers", "4000, 4001")
    source = configured().tenants[0].sources[0]
    assert isinstance(source, settings.EwsSource)
    assert (source.endpoint, source.user) == ("https://mail.sorsele.se/EWS/Exchange.asmx", ACCOUNT)
    assert (source.access, source.ca_file) == ("delegate", Path.cwd() / "ca.pem")
    assert configured().tenants[0].rules.internal_numbers == ("4000", "4001")
    assert f"write the password into {source.secret}: its first line" in result.out


def test_what_stands_there_as_a_comment_is_what_holds() -> None:
    """Whoever takes the marks away has changed nothing yet."""
    init(*FILES)
    page = Path("hanvisa.toml").read_text(encoding="utf-8")
    before, mark, rules = page.partition("# [tenants.rules]")
    assert mark
    uncommented = before + mark.removeprefix("# ") + rules.replace("\n# ", "\n")
    Path("hanvisa.toml").write_text(uncommented, encoding="utf-8")
    assert {"hours", "lunch", "country", "internal_numbers"} <= tomllib.loads(uncommented)["tenants"][0]["rules"].keys()
    assert configured().tenants[0].rules == Rules()


def online() -> settings.GraphSource:
    """The source, as hanvisa understands the file."""
    source = configured().tenants[0].sources[0]
    assert isinstance(source, settings.GraphSource)
    return source


def test_exchange_online_signs_in_by_a_certificate_where_nothing_else_is_said() -> None:
    """The next step says where the certificate goes; a national cloud has its own addresses."""
    result = init(*ONLINE, "--authority", "https://login.example", "--endpoint", "https://graph.example/v1.0")
    source = online()
    assert (source.directory_id, source.client_id, source.secret) == (DIRECTORY_ID, CLIENT_ID, None)
    assert (source.authority, source.endpoint) == ("https://login.example", "https://graph.example/v1.0")
    assert source.certificate == Path.cwd() / "secrets/sorsele-graph.pem"
    assert f"put the private key and its certificate into {source.certificate}, PEM, mode 600" in result.out


def test_a_certificate_that_was_made_before_is_used_as_it_is() -> None:
    """Its file is not touched; that Entra must have it is said."""
    Path("secrets").mkdir()
    Path("secrets/sorsele-graph.pem").write_text("made by openssl", encoding="utf-8")
    result = init(*ONLINE)
    assert (result.code, Path("secrets/sorsele-graph.pem").read_text(encoding="utf-8")) == (0, "made by openssl")
    assert f"see that Entra has the certificate of {Path.cwd()}/secrets/sorsele-graph.pem" in result.out


def test_exchange_online_signs_in_by_a_secret_that_nobody_else_may_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes on standard input is one."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("Hemligt-7F3A\n"))
    assert init(*ONLINE, "--password-stdin").code == 0
    file = online().secret
    assert file == Path.cwd() / "secrets/sorsele-graph"
    assert (file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777) == ("Hemligt-7F3A\n", 0o600)


def test_a_secret_of_exchange_online_can_come_later() -> None:
    """Where it goes is said."""
    result = init(*ONLINE, "--sign-in", "secret")
    assert f"write the secret's value into {online().secret}: its first line" in result.out


@pytest.mark.parametrize("given", [FILES, EXCHANGE, ONLINE], ids=["ics", "ews", "graph"])
def test_the_comments_are_in_the_admins_language(given: tuple[str, ...]) -> None:
    """And what is configured is the same."""
    init(*given, "--lang", "en", "--config", "english.toml")
    Path("sorsele.csv").unlink()
    init(*given, "--lang", "sv", "--config", "swedish.toml")
    english, swedish = (Path(f"{one}.toml").read_text(encoding="utf-8") for one in ("english", "swedish"))
    assert tomllib.loads(english) == tomllib.loads(swedish)
    comments = [{line.partition("# ")[2] for line in page.splitlines()} for page in (english, swedish)]
    assert {one for one in comments[0] & comments[1] if " = " not in one and "[" not in one} == {""}


def test_what_comes_next_can_be_typed_as_it_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The program by its name where the shell finds it, else as it was called; the file where it is not found alone."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "  hanvisa check  # " in init(*FILES).out
    (tmp_path / "other").mkdir()
    monkeypatch.setattr("sys.argv", [".venv/bin/hanvisa"])
    written = init(*FILES, "--config", "other/hanvisa.toml")
    assert "  hanvisa check --config other/hanvisa.toml  # " in written.out


def test_a_configuration_that_is_there_is_not_touched() -> None:
    """Nor is anything else written."""
    Path("hanvisa.toml").write_text("mine", encoding="utf-8")
    result = init(*FILES)
    assert (result.code, there()) == (2, {"hanvisa.toml"})
    assert result.err.startswith("hanvisa: hanvisa.toml is there already, and stays as it is")
    assert Path("hanvisa.toml").read_text(encoding="utf-8") == "mine"


def test_a_directory_that_is_there_is_used() -> None:
    """An export out of Active Directory, say; the one of a first person is not written over it."""
    theirs = "mailbox,name,extensions\nbo@sorsele.se,Bo,4712\n"
    Path("sorsele.csv").write_text(theirs, encoding="utf-8")
    assert init(*FILES, *ANNA).code == 2
    assert there() == {"sorsele.csv"}
    assert "sorsele.csv was there already, and is used as it is." in init(*FILES).out
    assert Path("sorsele.csv").read_text(encoding="utf-8") == theirs


def test_a_secret_that_is_there_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written then."""
    Path("secrets").mkdir()
    Path("secrets/sorsele-ews").write_text("old", encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", io.StringIO("new\n"))
    assert init(*EXCHANGE, "--password-stdin").code == 2
    assert (there(), Path("secrets/sorsele-ews").read_text(encoding="utf-8")) == ({"secrets/sorsele-ews"}, "old")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((*FILES, "--tenant", "Sorsele kommun"), "--tenant: 'Sorsele kommun' is no short name"),
        ((*FILES, "--zone", "Europe/Stokholm"), "Europe/Stockholm"),
        ((*FILES, *ANNA, "--extension", "112"), "--extension: '112' is no extension"),
        ((*FILES, "--mailbox", "anna", "--extension", "4711"), "--mailbox: 'anna' is no mailbox"),
        ((*FILES, "--mailbox", "anna@sorsele.se"), "give --extension"),
        ((*EXCHANGE, "--endpoint", "http://mail.sorsele.se/EWS/Exchange.asmx"), "--endpoint: endpoint would send"),
        (("--yes",), "give --tenant --source: nobody is asked here"),
        (("--tenant", "sorsele"), "give --source"),
        (("--tenant", "sorsele", "--source", "ews", "--yes"), "give --endpoint --account"),
        ((*EXCHANGE, "--password-stdin"), "--password-stdin: nothing came"),
        (("--tenant", "sorsele", "--source", "graph", "--yes"), "give --directory-id --client-id"),
        ((*ONLINE, "--authority", "http://login.example"), "--authority: would send what opens"),
        ((*ONLINE, "--directory-id", "Sorsele"), "--directory-id: is no directory of Entra's; write its Directory"),
        ((*ONLINE, "--client-id", "hanvisa"), "--client-id: is no application's number; write its Application"),
        ((*ONLINE, "--password-stdin"), "--password-stdin: nothing came"),
        ((*ONLINE, "--password-stdin", "--sign-in", "certificate"), "--password-stdin: a certificate has none"),
        ((*FILES, "--config", "away/hanvisa.toml"), "there is no folder"),
    ],
)
def test_what_hanvisa_would_refuse_is_refused_and_nothing_is_written(given: tuple[str, ...], named: str) -> None:
    """The option, what is wrong with it, what to write; also where it cannot be asked for."""
    result = init(*given)
    assert (result.code, there()) == (2, set())
    assert named in result.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_root_writes_nothing_that_the_service_could_not_read(tmp_path: Path) -> None:
    """In the folder of another user, who is named."""
    os.chown(tmp_path, 65_534, 65_534)
    result = init(*FILES)
    assert (result.code, there()) == (2, set())
    assert "sudo -u '#65534' hanvisa init" in result.err


def test_a_person_is_asked_until_each_answer_can_be_used() -> None:
    """In their language; the password is not shown, and an Enter takes what is offered."""
    person = Person("init")
    person.answers("Ett kort namn på kommunen", "Sorsele kommun")
    person.answers("Ett kort namn på kommunen", "sorsele")
    person.answers("tidszon", "")
    person.answers("Var kalendrarna finns", "outlook")
    person.answers("Var kalendrarna finns", "ews")
    person.answers("Adressen till Exchange", "mail.sorsele.se")
    person.answers("Tjänstekontot", ACCOUNT)
    person.answers("En första persons postlåda", "anna@sorsele.se")
    person.answers("Anknytningarna", "4711")
    person.answers("Namnet", "Anna Ek")
    person.answers("Avdelningen", "")
    person.answers("Kontots lösenord", "Hemligt-7F3A")
    code, screen = person.leaves()
    assert (code, there()) == (0, {"hanvisa.toml", "sorsele.csv", "secrets/sorsele-ews"})
    assert Path("secrets/sorsele-ews").read_text(encoding="utf-8") == "Hemligt-7F3A\n"
    assert "Hemligt" not in screen
    assert "Det här kommer sedan:" in screen
    tenant = configured().tenants[0]
    assert (tenant.id, tenant.timezone) == ("sorsele", "Europe/Stockholm")
    assert Path("sorsele.csv").read_text(encoding="utf-8").splitlines()[1] == "anna@sorsele.se,Anna Ek,4711,,"


def test_a_person_is_asked_for_exchange_online() -> None:
    """How it signs in too; the secret's value is not shown."""
    person = Person("init")
    person.answers("Ett kort namn på kommunen", "sorsele")
    person.answers("tidszon", "")
    person.answers("Var kalendrarna finns", "graph")
    person.answers("tenant", DIRECTORY_ID)
    person.answers("client", CLIENT_ID)
    person.answers("Hur appen loggar in", "lösenord")
    person.answers("Hur appen loggar in", "secret")
    person.answers("En första persons postlåda", "")
    person.answers("Hemlighetens värde", "Hemligt-7F3A")
    code, screen = person.leaves()
    assert (code, there()) == (0, {"hanvisa.toml", "sorsele.csv", "secrets/sorsele-graph"})
    assert "Hemligt-7F3A" not in screen
    assert online().client_id == CLIENT_ID
