"""Every answer of the stand-in holds against what Microsoft documents: see documented.py for the pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph.caller import ANNA, BO, BUDGET, UID, WEEK, Caller, view
from tests.graph.documented import DOCUMENTED, undocumented
from tests.graph.process import Graph

_MEETING = {
    **BUDGET,
    "meeting": True,
    "response": "Tentative",
    "organizer": "chef@kommun.example",
    "attendees": [ANNA, BO],
    "location": "Rum 7",
    "body": "Dagordning",
    "sensitivity": "Private",
    "busy": "OOF",
    "cancelled": True,
}
_WHOLE_DAY = {"subject": "TJÄ: Resa", "start": "2026-10-21", "end": "2026-10-22", "all_day": True, "zone": "UTC"}
_MOVED = {"original_start": "2026-10-20T10:00", "start": "2026-10-20T14:00", "end": "2026-10-20T15:00"}
_PATTERNS: list[dict[str, Any]] = [
    {"kind": "Daily", "interval": 2, "modified": [_MOVED]},
    {"kind": "Weekly", "days": ["Weekday"], "until": "2026-12-31"},
    {"kind": "AbsoluteMonthly", "day_of_month": 20, "number": 7},
    {"kind": "RelativeMonthly", "days": ["Tuesday"], "week": "Third"},
    {"kind": "AbsoluteYearly", "day_of_month": 20, "month": "October"},
    {"kind": "RelativeYearly", "days": ["Tuesday"], "week": "Third", "month": "October"},
]


def _items() -> list[dict[str, Any]]:
    series = [{**BUDGET, "uid": f"{UID}{number}", "series": one} for number, one in enumerate(_PATTERNS)]
    return [_MEETING, _WHOLE_DAY, *series]


def _entries(graph: Graph, caller: Caller) -> tuple[Any, Any, Any]:
    """A view, a first round of delta, and a later one."""
    graph.add_items(ANNA, _items())
    page = caller.view(query=f"{WEEK}&$top=999&$count=true")
    first = caller.delta(Prefer="odata.maxpagesize=999")
    gone = graph.add_item(ANNA, **{**BUDGET, "uid": "another"})
    second = caller.delta(first["@odata.deltaLink"])
    graph.remove_item(ANNA, gone)
    return page, first, caller.delta(second["@odata.deltaLink"])


def test_entries_are_as_documented(graph: Graph, caller: Caller) -> None:
    """Of views and of delta, of every type and pattern."""
    pages = _entries(graph, caller)
    assert [list(undocumented(page, "page")) for page in pages] == [[], [], []]
    entries = [entry for page in pages for entry in page["value"]]
    assert {entry.get("type") for entry in entries} == {
        "singleInstance",
        "occurrence",
        "exception",
        "seriesMaster",
        None,
    }
    patterns = {entry["recurrence"]["pattern"]["type"] for entry in entries if entry.get("recurrence")}
    assert len(patterns) == len(_PATTERNS)
    assert "@removed" in entries[-1]
    sent = {name for entry in entries for name in entry}
    assert sent == DOCUMENTED["event"].keys()


@pytest.mark.parametrize("path", [view("nobody@kommun.example"), view(query=""), "/users/x/photo", "/users", "/me"])
def test_errors_are_as_documented(caller: Caller, path: str) -> None:
    """Alone, and inside a batch."""
    assert list(undocumented(caller.get(path).json(), "error")) == []
    answer = caller.batch(path).json()
    assert list(undocumented(answer, "batch")) == []
    assert list(undocumented(answer["responses"][0]["body"], "error")) == []


def test_tokens_and_their_errors_are_as_documented(graph: Graph, caller: Caller) -> None:
    """Entra's JSON; and of OpenID's discovery what the specification requires."""
    assert list(undocumented(caller.sign_in().json(), "token")) == []
    assert list(undocumented(caller.sign_in(client_id="nobody").json(), "tokenError")) == []
    url = f"{graph.authority}/{graph.directory_id}/v2.0/.well-known/openid-configuration"
    assert caller.session.get(url, timeout=10).json().keys() >= _REQUIRED


_REQUIRED = {
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "response_types_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
}
"""https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata"""


def test_what_is_not_documented_is_noticed() -> None:
    """A name, a type, a word, a form, something that lacks; else the tests above prove nothing."""
    start = {"dateTime": "2026-10-19T10:00:00Z"}
    wrong = {"colour": "red", "isAllDay": 1, "type": "single", "start": start, "id": None}
    assert sorted(undocumented({"value": [wrong]}, "page")) == [
        ".value[0].colour: unknown",
        ".value[0].id: no Text",
        ".value[0].isAllDay: no Boolean",
        ".value[0].start.dateTime: no DateTime",
        ".value[0].start: no timeZone",
        f".value[0].type: no {DOCUMENTED['event']['type']}",
    ]
