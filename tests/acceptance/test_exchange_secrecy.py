"""No word of a calendar, and none of the password, leaves the process that reads Exchange (docs/rules.md §7)."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rules.command import Vocabulary
from sync_daemon.sources.ews import ExchangeSource, attempt
from sync_daemon.sources.ews.connection import Asking, Connection
from sync_daemon.sources.ews.item import Reader
from sync_daemon.sources.ews.logons import Logons
from sync_daemon.sources.exchange.gathering import Gathered
from tests.acceptance.exchange_town import (
    ANNA,
    BO,
    ExchangeTown,
    at,
    source_lines,
)
from tests.configuration import tenant_table
from tests.exchange.faults import KINDS
from tests.exchange.process import Exchange

CANARY = "Kanariefagel7F3A"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
ERRORS = "http://schemas.microsoft.com/exchange/services/2006/errors"

FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("busy", {"back_off_ms": 100, "in_message": True}),
    ("busy", {"back_off_ms": CANARY, "in_message": True}),
    ("code", {"code": "ErrorAccessDenied", "text": f"{CANARY} may not be read"}),
    ("code", {"code": f"Error {CANARY}", "text": CANARY}),
    ("code", {"code": f"{CANARY}: SAM", "text": CANARY}),
    ("http", {"status": 500}),
    ("http", {"status": 503, "retry_after": CANARY}),
    ("http", {"status": 404}),
    ("redirect", {"location": f"https://{CANARY}.example/{CANARY}"}),
    ("redirect", {"location": f"/ews/genericerrorpage.htm?aspxerrorpath={CANARY}"}),
    ("cas-error", {"code": CANARY}),
    ("timeout", {"seconds": 1}),
    ("cut", {}),
    ("reset", {}),
    ("drip", {"seconds": 0.01}),
    ("drip-headers", {"seconds": 0.01}),
    ("raw", {"body": base64.b64encode(CANARY.encode()).decode()}),
    ("truncated-xml", {}),
    ("html", {"text": CANARY}),
    ("not-xml", {"text": f"{CANARY} & <{CANARY}"}),
    ("empty", {}),
    ("content-type", {"value": f"text/{CANARY}; charset={CANARY}"}),
    ("wrong-namespace", {"value": f"http://{CANARY}"}),
    ("entities", {"what": "external", "url": f"file:///{CANARY}"}),
    ("entities", {"what": "laughs"}),
    ("deep", {}),
    ("huge", {"mib": 17}),
    ("gzip-bomb", {"mib": 17}),
    ("control-characters", {"text": f"SAM: {CANARY}&#x1F;{CANARY}"}),
    *(("bad-item", {"what": what}) for what in ("no-start", "unreadable-start", "no-end", "no-uid", "unknown-element")),
    ("silent-cut", {"items": 1}),
]
"""Each kind but the one after which nobody is asked for."""


def _fault_of(detail: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{ENVELOPE}"><s:Header><{CANARY}/></s:Header>'
        f"<s:Body><s:Fault><faultcode>a:{CANARY}</faultcode><faultstring>{CANARY}</faultstring><detail>{detail}"
        f'<e:Message xmlns:e="{ERRORS}">{CANARY}</e:Message><t:MessageXml xmlns:t="{TYPES}"><t:Value Name="{CANARY}">'
        f'{CANARY}</t:Value><t:Value Name="BackOffMilliseconds">{CANARY}</t:Value></t:MessageXml></detail></s:Fault>'
        "</s:Body></s:Envelope>"
    ).encode()


def _answer_of(items: str, attributes: str = 'IncludesLastItemInRange="true"') -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{ENVELOPE}"><s:Body><m:FindItemResponse '
        f'xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"><m:ResponseMessages>'
        f'<m:FindItemResponseMessage ResponseClass="Success">'
        f"<m:MessageText>{CANARY}</m:MessageText><m:ResponseCode>NoError</m:ResponseCode><m:RootFolder {attributes}>"
        f"<t:Items>{items}</t:Items></m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages>"
        "</m:FindItemResponse></s:Body></s:Envelope>"
    ).encode()


CANNED: list[tuple[bytes, int]] = [
    (_fault_of(""), 500),
    (_fault_of(f'<e:ResponseCode xmlns:e="{ERRORS}">{CANARY}</e:ResponseCode>'), 500),
    (_fault_of(f'<e:ResponseCode xmlns:e="{ERRORS}">ErrorServerBusy</e:ResponseCode>'), 500),
    (_fault_of(f'<e:ResponseCode xmlns:e="{ERRORS}">ErrorSchemaValidation</e:ResponseCode>'), 500),
    (f"<html><title>{CANARY}</title><pre>System.Exception: {CANARY}</pre></html>".encode(), 500),
    (f"{CANARY}".encode(), 500),
    (f'<?xml version="1.0" encoding="{CANARY}"?><{CANARY}/>'.encode(), 200),
    (f'<?xml version="1.0"?><{CANARY} {CANARY}="{CANARY}">{CANARY}'.encode(), 200),
    (f"SAM: {CANARY}".encode("utf-16"), 200),
    (_answer_of(f"<t:CalendarItem><t:Subject>SAM: {CANARY}</t:Subject></t:CalendarItem>"), 200),
    (_answer_of(f"<t:Message><t:Subject>SAM: {CANARY}</t:Subject></t:Message>{CANARY}<t:{CANARY}/>"), 200),
    (_answer_of("", f'IncludesLastItemInRange="{CANARY}"'), 200),
]

PROPERTIES = (
    "item:Sensitivity",
    "calendar:UID",
    "calendar:Start",
    "calendar:End",
    "calendar:IsAllDayEvent",
    "calendar:IsCancelled",
    "calendar:IsMeeting",
    "calendar:MyResponseType",
    "calendar:CalendarItemType",
    "calendar:OriginalStart",
    "calendar:RecurrenceId",
    "their:Location",
    "their:Organizer",
    "their:RequiredAttendees",
    "their:Body",
)
"""Those that are asked for, and some that come unasked."""


def meeting(**more: object) -> dict[str, Any]:
    """A meeting that says the canary's name wherever an entry has words."""
    return {
        "subject": f"SAM: {CANARY} >070-123 45 67",
        "start": at("09:00").isoformat(),
        "end": at("10:00").isoformat(),
        "location": f"{CANARY} rum",
        "body": f"{CANARY} beskrivning",
        "organizer": f"{CANARY}@example.se",
        "attendees": [ANNA, f"{CANARY}2@example.se"],
        "meeting": True,
        **more,
    }


def meetings() -> list[dict[str, Any]]:
    """A calendar with a command, near misses, and what nobody should know of."""
    subjects = (f"TJÄ; {CANARY} @4712", f"SAM {CANARY}", CANARY, f"VB: SAM: {CANARY} >999", f"SAM: >{CANARY}")
    hours = [f"{hour}:10" for hour in (11, 13, 14, 15, 16)]
    others = zip(subjects, hours, strict=True)
    made = [
        meeting(subject=subject, start=at(hour).isoformat(), end=at(hour[:3] + "40").isoformat())
        for subject, hour in others
    ]
    return [meeting(), *made]


@pytest.fixture(scope="module", name="server_auth")
def _server_auth() -> str:
    return "both"


@pytest.fixture(name="scratch")
def _scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go; the log is at level debug."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("HANVISA_LOG__LEVEL", "debug")
    monkeypatch.setitem(ExchangeSource.__init__.__kwdefaults__ or {}, "logons", Logons())
    return scratch


def _crowded(town: ExchangeTown) -> set[str]:
    """For each fault and each canned answer a mailbox that has it, one with odd items, and some that are well.

    The extensions of the latter.
    """
    exchange = town.exchange
    town.lines.clear()
    sick: list[Callable[[str], object]] = [
        *((lambda address, canned=canned: exchange.canned(address, canned[0], status=canned[1])) for canned in CANNED),
        *((lambda address, one=one: exchange.fault(one[0], mailbox=address, **one[1])) for one in FAULTS),
        lambda address: exchange.add_items(address, [meeting(raw=_odd(name)) for name in PROPERTIES]),
    ]
    for number, falls_ill in enumerate(sick):
        for name, extension in ((f"s{number}", f"6{number:03}"), (f"w{number}", f"5{number:03}"))[
            : 1 + (number % 3 == 1)
        ]:
            town.moves_in(name, extension)
            exchange.add_mailbox(f"{name}@sorsele.se", meetings())
        falls_ill(f"s{number}@sorsele.se")
    return {f"5{number:03}" for number in range(1, len(sick), 3)}


def _odd(name: str) -> dict[str, str]:
    element = name.partition(":")[2]
    return {name: f"<t:{element}>{CANARY}</t:{element}>"}


def _marks(exchange: Exchange) -> list[bytes]:
    pair = f"{exchange.user}:{exchange.password}".encode()
    return [
        CANARY.encode(),
        CANARY.encode("utf-16-le"),
        CANARY.lower().encode(),
        CANARY.upper().encode(),
        base64.b64encode(CANARY.encode())[:16],
        exchange.password.encode(),
        exchange.password.encode("utf-16-le"),
        base64.b64encode(pair),
        b"TlRMTVNT",  # how the tokens of NTLM begin
        b"Authorization",
    ]


def found_in(town: ExchangeTown, printed: bytes) -> list[tuple[str, bytes]]:
    """Where anything of it is: in what was printed, or in any file but those in which it was written by hand."""
    texts = {"printed": printed}
    for path in town.folder.rglob("*"):
        if path.is_file() and path.parent.name != "secrets":
            texts[path.name] = path.read_bytes()
    assert {"hanvisa.db", "hanvisa.log"} <= texts.keys()
    return [(name, mark) for name, text in texts.items() for mark in _marks(town.exchange) if mark in text]


MOMENT = ("--at", "2026-11-24T09:30")
READING: tuple[tuple[str, ...], ...] = (
    ("once", *MOMENT),
    ("plan", *MOMENT),
    ("check",),
    ("explain", "6015", "--at", "2037-03-03T09:30"),
)
SHOWING: tuple[tuple[str, ...], ...] = (
    ("referrals", "--all", *MOMENT),
    ("referrals", "--all", "--json", *MOMENT),
    ("explain", "5001", "--lang", "sv", *MOMENT),
    ("explain", "5001", "--json", *MOMENT),
    ("log",),
    ("log", "--json"),
)


def _printed_by(town: ExchangeTown, *commands: tuple[str, ...]) -> bytes:
    printed = ""
    for arguments in commands:
        result = town.hanvisa(*arguments)
        assert result.code in {0, 1, 2}, result.err
        printed += result.out + result.err
    assert "Traceback" not in printed
    return printed.encode()


def test_every_kind_of_fault_is_met() -> None:
    """One that is added to the stand-in is added here."""
    assert {kind for kind, _ in FAULTS} == KINDS.keys() - {"status-401"}


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("auth", "reads", "commands"),
    [
        pytest.param("basic", 3, (*READING, *SHOWING), marks=pytest.mark.long),
        ("ntlm", 1, (("once", "--json", *MOMENT), ("log", "--json"))),
    ],
)
def test_the_canary_stays_inside_whatever_goes_wrong(  # noqa: PLR0913, PLR0917 - fixtures and a case
    exchange: Exchange, tmp_path: Path, scratch: Path, auth: str, reads: int, commands: tuple[tuple[str, ...], ...]
) -> None:
    """Every fault at once, at level debug: not in store, log, temporary files, nor in what any command prints."""
    town = ExchangeTown(tmp_path, exchange, {"auth": auth})
    well = _crowded(town)
    printed = _printed_by(town, *commands)
    logged = (town.folder / "hanvisa.log").read_bytes()
    met = exchange.counters()
    assert set(met.faults) == KINDS.keys() - {"status-401"}
    assert all(met.mailboxes[f"s{number}@sorsele.se"] >= reads for number in range(len(CANNED)))
    assert {row["extension"] for row in town.referrals("09:30")} >= well
    assert b"entry_unreadable" in logged
    assert b"mailbox_unreadable" in logged
    assert b"near_misses" in logged
    assert found_in(town, printed) == []
    assert list(scratch.iterdir()) == []


def test_a_refused_password_is_shown_nowhere(exchange: Exchange, tmp_path: Path, scratch: Path) -> None:
    """Neither the wrong one, nor the token that it was sent in; the page that refuses it says the canary's name."""
    town = ExchangeTown(tmp_path, exchange)
    exchange.fault("status-401", schemes=[f'Basic realm="{CANARY}"', f"Negotiate {CANARY}", CANARY])
    printed = _printed_by(town, *READING, ("log",))
    assert b"HTTP 401" in printed
    assert found_in(town, printed) == []
    assert list(scratch.iterdir()) == []


def _broken(*_arguments: object, **_more: object) -> None:
    subject = f"SAM: {CANARY}"
    raise ValueError(subject, Exchange) from KeyError(subject)


STAGES: dict[str, tuple[object, str]] = {
    "subject": (Vocabulary, "parse"),
    "item": (Reader, "read"),
    "entry": (Reader, "_entry"),
    "gathered": (Gathered, "entries"),
    "mailbox": (attempt, "read_mailbox"),
    "answer": (attempt, "view_of"),
    "failure": (attempt, "of_response"),
    "question": (attempt, "Question"),
    "request": (Asking, "ask"),
    "session": (Connection, "create_session"),
}


REMAINS = {"request": b"an unexpected ValueError on the way", "session": b"an unexpected ValueError on the way"}


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize("stage", STAGES)
def test_an_exception_at_any_stage_shows_none(
    exchange: Exchange, tmp_path: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words, and those of its cause, hold the subject; nobody's referral is touched by it."""
    town = ExchangeTown(tmp_path, exchange)
    for address in (ANNA, BO):
        exchange.replace_items(address, meetings())
    before = town.after("06:00")
    assert before
    exchange.replace_items(ANNA, meetings()[1:])
    monkeypatch.setattr(*STAGES[stage], _broken)
    printed = _printed_by(town, READING[0], READING[2], ("log", "--json"))
    assert REMAINS.get(stage, b"ValueError") in printed
    assert found_in(town, printed) == []
    assert town.rows("06:00") == before


@pytest.mark.usefixtures("scratch")
def test_what_is_made_of_the_settings_shows_no_password(exchange: Exchange, tmp_path: Path) -> None:
    """Whoever prints a source or its settings while looking for a bug."""
    town = ExchangeTown(tmp_path, exchange)
    town.configured(tenant_table("sorsele", source_lines(exchange, concurrency=0)))
    refused = town.hanvisa("check")
    assert refused.code == 2
    assert exchange.password not in refused.out + refused.err
