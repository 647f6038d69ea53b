"""No word of a calendar, no token, secret or key leaves the process that reads Exchange Online (docs/rules.md §7)."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msal
import pytest
from cryptography.hazmat.primitives import serialization

from rules.command import Vocabulary
from sync_daemon.sources.client_certificate import certificate_in
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.graph import batch, client, entra, sign_in
from sync_daemon.sources.graph.client import Client
from sync_daemon.sources.graph.credential import credential_of
from sync_daemon.sources.graph.refused_credentials import REFUSED
from sync_daemon.sources.graph.source import ExchangeOnlineSource
from tests.acceptance.municipality import Municipality
from tests.acceptance.test_exchange_secrecy import CANARY, meetings
from tests.configuration import STORE, source_table, tenant_table
from tests.graph.faults import CONNECTION, KINDS
from tests.graph.process import Graph
from tests.sync_daemon.sources.graph.asking import Way, view

ANNA, BO = "anna@sorsele.se", "bo@sorsele.se"
SOON = TimeLimits(connect=10, answer=30, back_off=0.2)
"""Nobody waits for what will not come; what comes has time, on a slow machine too."""
FAST = TimeLimits(connect=2, answer=1, back_off=0.2, slow=0.3, any_result=5)
MOMENT = ("--at", "2026-11-24T09:30")
ONCE = ("once", "--json", *MOMENT)
READING: tuple[tuple[str, ...], ...] = (ONCE, ("plan", *MOMENT), ("check",))
SHOWING: tuple[tuple[str, ...], ...] = (
    ("referrals", "--all", "--json", *MOMENT),
    ("explain", "4711", "--lang", "sv", *MOMENT),
    ("explain", "4712", "--json", *MOMENT),
    ("log",),
    ("log", "--json"),
)

OF_A_MAILBOX: list[tuple[str, dict[str, Any]]] = [
    ("error", {"status": 403, "code": "ErrorAccessDenied", "message": CANARY}),
    ("error", {"status": 500, "code": CANARY, "message": CANARY}),
    ("error", {"status": 400, "code": f"Error {CANARY}", "message": CANARY, "headers": {CANARY: CANARY}}),
    ("throttled", {"retry_after": CANARY, "message": CANARY}),
    ("status-401", {"message": CANARY, "headers": {"WWW-Authenticate": f'Bearer realm="{CANARY}"'}}),
    ("entra", {"text": CANARY}),
    ("http", {"status": 502, "text": CANARY}),
    ("html", {"text": CANARY}),
    ("redirect", {"location": f"https://{CANARY}.example/{CANARY}"}),
    ("raw", {"body": base64.b64encode(f"SAM: {CANARY}".encode()).decode()}),
    ("json", {"value": {"value": f"SAM: {CANARY}", CANARY: CANARY}}),
    ("json", {"value": {"value": [CANARY, {"subject": f"SAM: {CANARY}"}, {"id": CANARY, "start": CANARY}]}}),
    ("truncated-json", {}),
    ("not-json", {"text": f"SAM: {CANARY} {{"}),
    ("empty", {}),
    ("content-type", {"value": f"text/{CANARY}"}),
    ("deep", {}),
    ("huge", {"mib": 17}),
    ("next-link", {"link": f"https://{CANARY}.example/v1.0/{CANARY}"}),
    ("silent-cut", {}),
    *(("bad-item", {"what": what}) for what in ("no-start", "unreadable-start", "unknown-zone", "subject-is-number")),
]
"""Each kind that a question may meet."""

OF_A_REQUEST: list[tuple[str, str, dict[str, Any]]] = [
    ("request", "status-401", {"message": CANARY, "headers": {"WWW-Authenticate": f'Bearer error="{CANARY}"'}}),
    ("request", "error", {"status": 403, "code": CANARY, "message": CANARY}),
    ("request", "redirect", {"location": f"https://{CANARY}.example/{CANARY}"}),
    ("request", "not-json", {"text": CANARY}),
    *(("request", kind, {"mib": 17, "seconds": 0.05 if "drip" in kind else 1.5}) for kind in sorted(CONNECTION)),
    ("$batch", "batch", {"what": "unknown-id"}),
    ("token", "entra", {"number": 7000215, "status": 401, "error": "invalid_client", "text": CANARY}),
    ("token", "entra", {"number": 99999, "status": 400, "error": CANARY, "text": f"{CANARY} AADSTS{CANARY}"}),
    ("token", "not-json", {"text": CANARY}),
    ("token", "json", {"value": {"access_token": CANARY + "\r\n", "expires_in": 3599}}),
    ("token", "json", {"value": {"error": [CANARY], "error_codes": CANARY, "error_description": {CANARY: CANARY}}}),
    ("token", "http", {"status": 500, "text": CANARY}),
    ("token", "reset", {}),
    ("discovery", "http", {"status": 400, "text": CANARY}),
    ("discovery", "json", {"value": {"token_endpoint": f"https://{CANARY}.example/", "issuer": CANARY}}),
    ("discovery", "json", {"value": {"authorization_endpoint": CANARY, "token_endpoint": f"{CANARY}"}}),
]
"""What befalls everybody: on the way to Graph, and to Entra."""


class OnlineTown(Municipality):
    """The municipality, with its calendars in Exchange Online."""

    def __init__(self, folder: Path, graph: Graph, *, by: str) -> None:
        super().__init__(folder)
        self.graph = graph
        (folder / "secrets").mkdir()
        (folder / "secrets" / "secret").write_text(graph.secret, encoding="utf-8")
        (folder / "secrets" / "certificate").write_bytes(graph.certificate.read_bytes())
        for file in (folder / "secrets").iterdir():
            file.chmod(0o600)
        table = source_table(
            kind="graph",
            directory_id=graph.directory_id,
            client_id=graph.client_id,
            endpoint=graph.endpoint,
            authority=graph.authority,
            ca_file=str(graph.ca_file),
            **{by: by},
        )
        text = f'secrets_dir = "secrets"\n{STORE}{tenant_table("sorsele", table)}'
        (folder / "hanvisa.toml").write_text(text, encoding="utf-8")

    def printed_by(self, *commands: tuple[str, ...]) -> bytes:
        """What they print, each as if it were a process of its own."""
        printed = ""
        for arguments in commands:
            REFUSED.__init__()  # type: ignore[misc]
            result = self.hanvisa(*arguments)
            assert result.code in {0, 1, 2}, result.err
            printed += result.out + result.err
        assert "Traceback" not in printed
        return printed.encode()

    def marks(self) -> list[bytes]:
        """What is to be nowhere: words, the secret, each token, each line of the key."""
        key = [line for line in self.graph.certificate.read_bytes().splitlines() if len(line) > 40]
        secret = self.graph.secret.encode()
        words = [CANARY.encode(), CANARY.encode("utf-16-le"), CANARY.lower().encode(), CANARY.upper().encode()]
        tokens = [token.encode()[-40:] for token in self.graph.tokens()]
        others = [b"Bearer ey", b"client_assertion=", b"client_secret=", b"'Authorization'", b"PRIVATE KEY-"]
        return [*words, secret, *tokens, *key, *others, base64.b64encode(CANARY.encode())[:16]]

    def found_in(self, printed: bytes) -> list[tuple[str, bytes]]:
        """Where anything of it is: in what was printed, or in any file but those in which it was written by hand."""
        texts = {"printed": printed}
        for path in self.folder.rglob("*"):
            if path.is_file() and path.parent.name != "secrets":
                texts[path.name] = path.read_bytes()
        assert {"hanvisa.db", "hanvisa.log"} <= texts.keys()
        return [(name, mark) for name, text in texts.items() for mark in self.marks() if mark in text]


@pytest.fixture(scope="module", name="online")
def _online() -> Iterator[Graph]:
    """One process for all tests of the module."""
    with Graph() as graph:
        yield graph


@pytest.fixture(name="graph")
def _graph(online: Graph) -> Graph:
    """Nothing wrong; Anna and Bo have calendars that say the canary's name wherever an entry has words."""
    online.well_again()
    for address in (ANNA, BO):
        online.add_mailbox(address, meetings())
    online.reset_counters()
    return online


@pytest.fixture(autouse=True)
def scratch(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go; the log is at level debug, and nobody waits for long."""
    scratch = tmp_path_factory.mktemp("scratch")
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("HANVISA_LOG__LEVEL", "debug")
    limited(monkeypatch, SOON)
    return scratch


def limited(monkeypatch: pytest.MonkeyPatch, limits: TimeLimits) -> None:
    """The limits of what is made from now on."""
    for made in (Client, ExchangeOnlineSource):
        monkeypatch.setitem(made.__init__.__kwdefaults__ or {}, "limits", limits)


def test_every_kind_of_fault_is_met() -> None:
    """One that is added to the stand-in is added here."""
    assert {kind for kind, _ in OF_A_MAILBOX} | {kind for _, kind, _ in OF_A_REQUEST} == KINDS.keys()


@pytest.mark.parametrize(("by", "commands"), [("secret", (*READING, *SHOWING)), ("certificate", (ONCE, ("log",)))])
def test_the_canary_stays_inside_whatever_befalls_a_mailbox(
    graph: Graph, tmp_path: Path, scratch: Path, by: str, commands: tuple[tuple[str, ...], ...]
) -> None:
    """Every fault at once, at level debug: not in store, log, temporary files, nor in what any command prints."""
    town = OnlineTown(tmp_path, graph, by=by)
    for number, (kind, options) in enumerate(OF_A_MAILBOX):
        address = f"s{number}@sorsele.se"
        town.moves_in(f"s{number}", f"6{number:03}")
        graph.add_mailbox(address, meetings())
        graph.fault(kind, mailbox=address, **options)
    printed = town.printed_by(*commands)
    logged = (tmp_path / "hanvisa.log").read_bytes()
    assert set(graph.counters().faults) == {kind for kind, _ in OF_A_MAILBOX}
    assert {row["extension"] for row in town.referrals("09:30")} >= {"4711", "4712"}
    assert b"mailbox_unreadable" in logged
    assert graph.tokens()
    assert town.found_in(printed) == []
    assert list(scratch.iterdir()) == []


def test_nor_whatever_befalls_a_whole_request(
    graph: Graph, tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the way to Graph and to Entra, one fault after the other."""
    town = OnlineTown(tmp_path, graph, by="secret")
    printed = town.printed_by(ONCE)
    limited(monkeypatch, FAST)
    for operation, kind, options in OF_A_REQUEST:
        (tmp_path / "hanvisa.db.refused").unlink(missing_ok=True)
        fault = graph.fault(kind, operation=operation, **options)
        printed += town.printed_by(ONCE)
        graph.clear_faults(fault)
    printed += town.printed_by(("check",), *SHOWING)
    assert set(graph.counters().faults) == {kind for _, kind, _ in OF_A_REQUEST}
    assert b"AADSTS7000215" in printed
    assert town.found_in(printed) == []
    assert list(scratch.iterdir()) == []


def test_a_refused_secret_and_a_refused_certificate_are_shown_nowhere(graph: Graph, tmp_path: Path) -> None:
    """Neither what is in the files that were refused, nor what is in files that cannot be used."""
    by_secret, by_certificate = tmp_path / "secret", tmp_path / "certificate"
    by_secret.mkdir()
    by_certificate.mkdir()
    town = OnlineTown(by_secret, graph, by="secret")
    (by_secret / "secrets" / "secret").write_text(f"{CANARY}-wrong", encoding="utf-8")
    printed = town.printed_by(*READING, ONCE, ("log",))
    assert b"AADSTS7000215" in printed
    assert b"not tried: refused" in printed
    assert town.found_in(printed) == []
    other = OnlineTown(by_certificate, graph, by="certificate")
    graph.application(certificates=[])
    printed = other.printed_by(*READING, ("log",))
    assert b"AADSTS700027" in printed
    file = by_certificate / "secrets" / "certificate"
    file.write_bytes(file.read_bytes().partition(b"-----BEGIN CERTIFICATE-----")[0])
    printed += other.printed_by(*READING, ("status",))
    assert b"there is no certificate" in printed
    assert other.found_in(printed) == []


def _rows(town: OnlineTown) -> list[tuple[str, ...]]:
    """Whom the store says to be away, and from when until when."""
    return [(row["extension"], row["from"], row["until"]) for row in town.referrals("09:30")]


def _broken(*_arguments: object, **_more: object) -> None:
    subject = f"SAM: {CANARY}"
    raise ValueError(subject, Graph) from KeyError(subject)


STAGES: dict[str, tuple[object, str]] = {
    "subject": (Vocabulary, "parse"),
    "answer": (client, "outcome_of"),
    "request": (client, "send"),
    "batch": (batch, "_replies_in"),
    "token": (sign_in, "ask_for_token"),
    "refusal": (entra, "of_refusal"),
    "msal": (msal, "ConfidentialClientApplication"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_an_exception_at_any_stage_shows_none(
    graph: Graph, tmp_path: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words, and those of its cause, hold the subject; nobody's referral is touched by it."""
    town = OnlineTown(tmp_path, graph, by="certificate")
    town.printed_by(ONCE)
    before = _rows(town)
    assert before
    if stage == "refusal":
        graph.application(certificates=[])
    monkeypatch.setattr(*STAGES[stage], _broken)
    printed = town.printed_by(ONCE, ("check",), ("log", "--json"))
    assert town.found_in(printed) == []
    assert _rows(town) == before


def test_nothing_that_holds_them_shows_them(graph: Graph, tmp_path: Path) -> None:
    """Where somebody prints an object while looking for a bug."""
    way = Way(graph, tmp_path)
    asking = way.client(certificate=graph.certificate)
    answers = asking.ask([view(ANNA), view(BO)])
    token = asking._sign_in.token()  # noqa: SLF001 - what is to be printed
    own = certificate_in(graph.certificate)
    shown: list[object] = [asking, answers, token, own, asking._sign_in, asking._sign_in._held]  # noqa: SLF001 - as above
    shown += [credential_of(way.settings()), credential_of(way.settings(certificate=graph.certificate)), way.settings()]
    printed = repr(shown)
    numbers = own.key.private_numbers()
    assert str(numbers.d) not in printed
    text = own.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    secrets = [CANARY, graph.secret, *graph.tokens(), *text.splitlines()[1:-1]]
    assert [secret for secret in secrets if secret in printed] == []
