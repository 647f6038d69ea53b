"""The page for Exchange Online, and the script beside it, say what hanvisa and Microsoft's commands take."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from sync_daemon import settings
from sync_daemon.sources.graph import entra_codes, error_codes
from sync_daemon.texts.swedish import SWEDISH
from tests.acceptance.municipality import Result, hanvisa
from tests.acceptance.test_documents import ADMIN, ONLINE, ROOT, blocks, called, section, text_of
from tests.graph.process import Graph

SCRIPTS = sorted((ROOT / "deploy").glob("*.ps1"))
SCRIPT = ROOT / "deploy" / "exchange-online.ps1"


_BEFORE = ("was read in part", "note:", "warning:", "not tried: refused")
"""What is said before or in the place of a sentence, of readings, files and passwords of any kind."""


def _first_cells() -> Iterator[str]:
    """What stands under "It says"."""
    for row in re.findall(r"^\| (.+) \|$", section(ONLINE, "What it says, and what to do"), re.MULTILINE):
        cell = row.split(" | ")[0]
        if cell not in {"It says", "---"}:
            yield cell


def _quoted() -> list[str]:
    return [quoted for cell in _first_cells() for quoted in re.findall(r"`([^`]+)`", cell)]


def _loaded(source: str, folder: Path) -> settings.Tenant:
    tenant_before = 'id = "sorsele"\ntimezone = "Europe/Stockholm"\ndirectory = "sorsele.csv"\n'
    before = f'secrets_dir = "secrets"\n[store]\nurl = "sqlite:///h.db"\n[[tenants]]\n{tenant_before}'
    (folder / "hanvisa.toml").write_text(before + source, encoding="utf-8")
    (tenant,) = settings.load(folder / "hanvisa.toml", {}).tenants
    return tenant


def test_both_sources_of_the_page_can_be_used(tmp_path: Path) -> None:
    """Who copies them below their tenant has one read on site and one in the cloud."""
    tenant = _loaded(blocks(section(ONLINE, "Half in the cloud"))["toml"], tmp_path)
    assert [(source.kind, source.name) for source in tenant.sources] == [("ews", "onsite"), ("graph", "cloud")]


@pytest.mark.parametrize(
    "key", ["directory_id", "client_id", "certificate", "secret", "detect", "watch", "concurrency"]
)
def test_each_key_of_the_source_is_explained(key: str) -> None:
    """In the table below the configuration."""
    assert key in settings.GraphSource.model_fields
    assert f"`{key}`" in section(ONLINE, "The configuration")


def test_the_addresses_for_a_firewall_are_those_that_are_asked() -> None:
    """No more and no less."""
    listed = re.findall(r"^\| `([\w.]+)` \|", section(ONLINE, "The network"), re.MULTILINE)
    fields = settings.GraphSource.model_fields
    assert [f"https://{host}" for host in listed] == [
        fields["authority"].default,
        fields["endpoint"].default.removesuffix("/v1.0"),
    ]


def test_the_page_counts_right_how_much_is_asked() -> None:
    """Each figure of the table, from the defaults that stand beside it, as it is rounded there."""
    service = settings.ServiceSettings()
    rows = re.findall(r"^\| ([\d,]+) \| (.*) \|$", section(ONLINE, "How much it asks"), re.MULTILINE)
    assert len(rows) == 3
    for size, cells in rows:
        mailboxes = int(size.replace(",", ""))
        rounds = [600 / service.interval, *(600 / watch + 600 / service.full_read for watch in (60, 180, 600))]
        for cell, often in zip(cells.split(" | "), rounds, strict=True):
            questions, requests = (int(number.replace(",", "")) for number in re.findall(r"[\d,]+", cell)[:2])
            assert questions == pytest.approx(mailboxes * often, rel=0.1)
            assert requests == pytest.approx(mailboxes * often / 20, rel=0.1)


@pytest.mark.parametrize("script", SCRIPTS, ids=[script.name for script in SCRIPTS])
def test_a_script_explains_each_parameter_that_it_takes(script: Path) -> None:
    """In its help, and no other."""
    text = script.read_text(encoding="utf-8")
    declared = text.partition("\nparam(\n")[2].partition("\n)\n")[0]
    taken = re.findall(r"^    \[(?:string|switch|int|string\[\])\] \$(\w+)", declared, re.MULTILINE)
    assert taken
    assert re.findall(r"^\.PARAMETER (\w+)", text, re.MULTILINE) == taken


def test_the_page_installs_each_module_that_the_script_needs() -> None:
    """As many as it says."""
    script = SCRIPT.read_text(encoding="utf-8")
    needed = {
        name for line in re.findall(r"^#Requires -Modules (.+)$", script, re.MULTILINE) for name in line.split(", ")
    }
    needed |= set(re.findall(r"Import-Module (\w+)", script))
    [installed] = re.findall(r"^Install-Module (.+) -Scope", text_of(ONLINE), re.MULTILINE)
    assert set(installed.split(", ")) == needed
    assert ("install three modules" in text_of(ONLINE)) is (len(needed) == 3)


def test_the_page_and_the_help_call_the_script_as_it_is() -> None:
    """With parameters that it has."""
    script = SCRIPT.read_text(encoding="utf-8")
    known = set(re.findall(r"^\.PARAMETER (\w+)", script, re.MULTILINE)) | {"WhatIf"}
    calls = re.findall(r"^\.\\exchange-online\.ps1 (.*)$", script + text_of(ONLINE), re.MULTILINE)
    assert len(calls) == 4
    assert {name for call in calls for name in re.findall(r" -([A-Z]\w+)", f" {call}")} <= known


def test_what_the_script_says_to_write_is_a_source(tmp_path: Path) -> None:
    """The keys that it prints are the ones that hanvisa takes."""
    printed = SCRIPT.read_text(encoding="utf-8").partition("function Write-Configuration")[2]
    lines = re.findall(r"'((?:\[\[|\w+ = ).*?)'", printed)
    source = "\n".join(lines).replace("{0}", "66666666-7777-8888-9999-000000000000")
    assert tomllib.loads(source)["tenants"]
    assert _loaded(source, tmp_path).sources[0].kind == "graph"


def test_the_script_and_the_page_give_the_same_right() -> None:
    """By the name that Exchange has for the role, and Entra for the permission; there is no lesser role."""
    script, page = SCRIPT.read_text(encoding="utf-8"), text_of(ONLINE)
    for name in (r"\$Role = '(.*)'", r"\$Permission = '(.*)'"):
        (found,) = re.findall(f"^{name}$", script, re.MULTILINE)
        assert f"`{found}`" in page


def test_taking_the_right_on_site_back_takes_none_away_in_the_cloud() -> None:
    """In whichever window it is typed: what the two scripts and pages make has other names."""
    named = r"(?:New|Remove)-Management(?:Scope|RoleAssignment) (?:-Name )?([\w-]+)"
    on_site, cloud = (set(re.findall(named, text_of(page))) for page in (ROOT / "docs" / "exchange.md", ONLINE))
    assert (on_site, cloud) == ({"hanvisa"}, {"hanvisa-online"})
    script = SCRIPT.read_text(encoding="utf-8")
    assert set(re.findall(r"New-Management\w+ -Name (\S+)", script)) == {"$NameInExchange"}
    assert '$NameInExchange = "$Name-online"' in script


def test_each_code_on_the_page_is_one_that_is_known() -> None:
    """And so has the answer that stands beside it, not that of an unknown one."""
    bracketed = [found[1] for quoted in _quoted() if (found := re.fullmatch(r"\((\w+)\)", quoted))]
    numbers = [int(code.removeprefix("AADSTS")) for code in bracketed if code.startswith("AADSTS")]
    assert len(numbers) > 10
    assert [number for number in numbers if number not in entra_codes.ANSWERS] == []
    codes = [code for code in bracketed if not code.startswith("AADSTS")]
    assert len(codes) > 10
    assert [code for code in codes if code not in error_codes.ANSWERS] == []


def test_each_sentence_on_the_page_is_one_that_is_said() -> None:
    """Word for word, but for what the page leaves out."""
    for quoted in _quoted():
        if re.fullmatch(r"\((\w+|HTTP \d+)\)", quoted):
            continue
        for piece in quoted.split("…"):
            words = piece.strip("() ").removeprefix("was read in part: ")
            known = not words or words.startswith(_BEFORE) or words == ", next"
            assert known or any(words in sentence for sentence in SWEDISH), words


def test_the_message_and_the_page_type_the_same_test_of_a_mailbox() -> None:
    """By the application's number that a message can name: the client's."""
    typed = re.findall(r"Test-ServicePrincipalAuthorization -Identity (\S+) ", text_of(ONLINE))
    assert set(typed) == {"CLIENT-ID"}
    told = error_codes.RIGHT.told("CLIENT-ID")
    assert "Test-ServicePrincipalAuthorization -Identity CLIENT-ID -Resource MAILBOX" in told


def test_each_answer_to_a_code_stands_on_the_page() -> None:
    """By its first words."""
    said = [re.split(r"\{|…", quoted)[0].strip() for quoted in _quoted()]
    answers = {*entra_codes.ANSWERS.values(), *error_codes.ANSWERS.values(), entra_codes.OTHER}
    remedies = {getattr(one.remedy, "template", str(one.remedy)) for one in answers}
    missing = [one for one in remedies if not any(words and one.startswith(words) for words in said)]
    assert missing == []


def _typed_without_a_tenant(server: Graph) -> Iterator[list[str]]:
    """The words of each line of the section's code, with the addresses that the stand-in has here; TOML as one word."""
    here = {
        "https://127.0.0.1:8443/v1.0": server.endpoint,
        "https://127.0.0.1:8444": server.authority,
        "http://127.0.0.1:8445/": server.exchange.control,
        "https://127.0.0.1:8446/EWS/Exchange.asmx": server.exchange.endpoint,
    }
    text = section(ONLINE, "Without a tenant")
    for there, address in here.items():
        text = text.replace(there, address)
    for kind, block in re.findall(r"^```(sh|toml)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if kind == "toml":
            yield ["toml", block]
        else:
            yield from (shlex.split(line, comments=True) for line in block.replace("\\\n", " ").splitlines())


def _does(words: list[str]) -> Result | None:
    """What a line does, in the folder that is the current one: what hanvisa said, if it was that."""
    match words:
        case []:
            return None
        case ["toml", source]:
            file = Path("try-online/hanvisa.toml")
            text = re.sub(r'^kind = "graph".*$', r'\g<0>\nname = "cloud"', file.read_text("utf-8"), flags=re.MULTILINE)
            file.write_text(f"{text}\n{source}", encoding="utf-8")
        case ["curl", "-d", asked, control]:
            with urlopen(control, asked.encode()) as answer:  # noqa: S310 - the stand-in
                assert json.load(answer) == {"result": None}
        case [".venv/bin/hanvisa", *_]:
            return hanvisa(*(called(shlex.join(words)) or ()))
        case ["mkdir" | "cp" | "sed" | "echo" | "chmod", *_]:
            *command, arrow, file_name = words if ">" in words or ">>" in words else [*words, ">>", "screen"]
            with Path(file_name).open("ab" if arrow == ">>" else "wb") as out:
                subprocess.run(command, stdout=out, check=True)  # noqa: S603 - as the page has it
        case _:
            assert words[0] in {".venv/bin/python", "sleep", "kill"}
    return None


def test_what_is_typed_without_a_tenant_ends_with_a_referral(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Line by line as the page has it, but for the stand-in's start and end, and with a day that is to come."""
    monkeypatch.chdir(tmp_path)
    calendars = Path("try-online/calendars")
    calendars.mkdir(parents=True)
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y%m%d}"
    calendar = re.sub(r"2026\d{4}", tomorrow, blocks(section(ADMIN, "The first run"))["text"])
    (calendars / "anna.ek@sorsele.example.ics").write_text(calendar, encoding="utf-8")
    said: dict[str, list[str]] = {}
    with Graph(calendars=calendars.absolute(), folder=Path("try-online").absolute()) as server:
        for words in _typed_without_a_tenant(server):
            if (result := _does(words)) is not None:
                assert result.code == 0 or words[1] == "check", result.err
                said.setdefault(words[1], []).append(result.out)
    assert "Anna Ek" in said["referrals"][0]
    well, taken, scoped, withheld, moved, found = said["check"]
    anna, bo = "error: sorsele: anna.ek@sorsele.example", "error: sorsele: bo.oberg@sorsele.example"
    assert "error" not in well + withheld + found
    assert (taken.count("(ErrorAccessDenied)"), anna in taken, bo in taken) == (2, True, True)
    assert ("(ErrorAccessDenied)" in scoped, anna in scoped, bo in scoped) == (True, False, True)
    assert "no subject is told" in withheld
    assert ("(MailboxNotEnabledForRESTAPI)" in moved, anna in moved, bo in moved) == (True, True, False)
    assert "1 mailbox is read from onsite: anna.ek@sorsele.example" in found
    assert "from onsite" in said["explain"][0]


def test_the_proof_of_the_page_names_who_is_outside_of_the_scope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bo by the code that the page says, Anna not at all; nothing is written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secrets").mkdir()
    with Graph(mailboxes=2, folder=tmp_path) as server:
        shutil.copy(server.certificate, tmp_path / "secrets" / "sorsele-graph.pem")
        inside, outside = (f"person000{number}@kommun.example" for number in (1, 2))
        where = ("--authority", server.authority, "--endpoint", server.endpoint, "--ca-file", str(server.ca_file))
        application = ("--directory-id", server.directory_id, "--client-id", server.client_id)
        person = ("--mailbox", inside, "--extension", "4711", "--name", "Anna Ek")
        assert hanvisa("init", "--yes", "--tenant", "sorsele", *application, *where, *person).code == 0
        with (tmp_path / "sorsele.csv").open("a", encoding="utf-8") as directory:
            directory.write(f"{outside},Bo Öberg,9999,,\n")
        server.grant()
        server.scope(inside)
        found = hanvisa("check", "--json").json
        shown = [line for line in hanvisa("check").out.splitlines() if outside in line]
        told = blocks(section(ONLINE, "4. The proof"))["text"].replace("CLIENT-ID", server.client_id)
    assert shown == told.replace("bo.oberg@sorsele.se", outside).splitlines()
    refused = {one["thing"]: one["remedy"] for one in found if one["severity"] == "error"}
    assert list(refused) == [f"sorsele: {outside}"]
    assert "(ErrorAccessDenied)" in refused[f"sorsele: {outside}"]
    assert "(ErrorAccessDenied)" in section(ONLINE, "4. The proof")
    assert not (tmp_path / "hanvisa.db").exists()
