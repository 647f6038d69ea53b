"""Views of calendars, alone and in batches: pages, properties, zones, series."""

from __future__ import annotations

import pytest

from tests.graph.caller import ANNA, BO, BUDGET, DAILY, UID, WEEK, Caller, subjects, view
from tests.graph.process import Graph


def test_a_view_has_ten_entries_a_page(graph: Graph, caller: Caller) -> None:
    """The rest stands behind the link; `$top` asks for more, and no page has more than a thousand."""
    starts = [f"2026-10-20T{hour:02d}:00" for hour in range(24)]
    graph.add_items(ANNA, [{"subject": at, "start": at, "end": at[:-2] + "30"} for at in starts])
    first = caller.view()
    second = caller.get(first["@odata.nextLink"]).json()
    third = caller.get(second["@odata.nextLink"]).json()
    assert [len(page["value"]) for page in (first, second, third)] == [10, 10, 4]
    assert subjects(first) + subjects(second) + subjects(third) == starts
    assert "@odata.nextLink" not in third
    assert len(caller.view(query=f"{WEEK}&$top=100")["value"]) == 24
    assert subjects(caller.view(query=f"{WEEK}&$top=1&$orderby=start/dateTime desc")) == [starts[-1]]
    assert caller.get(view(query=f"{WEEK}&$top=1001")).status_code == 400


def test_only_what_is_selected_is_sent(graph: Graph, caller: Caller) -> None:
    """With the id and the etag; what nobody knows is refused, and what is undeclared where the policy says so."""
    graph.add_item(ANNA, **BUDGET)
    (entry,) = caller.view(query=f"{WEEK}&$select=subject,isAllDay,uid")["value"]
    assert sorted(entry) == ["@odata.etag", "id", "isAllDay", "subject", "uid"]
    refused = caller.get(view(query=f"{WEEK}&$select=subject,colour"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "RequestBroker--ParseUri")
    graph.policy(undeclared="refused")
    assert caller.get(view(query=f"{WEEK}&$select=uid")).status_code == 400
    assert caller.view()["value"][0]["uid"] == UID
    graph.policy(undeclared="absent")
    assert "uid" not in caller.view()["value"][0]


def test_times_are_of_the_zone_asked_for(graph: Graph, caller: Caller) -> None:
    """UTC, a Windows name or an IANA one; an all-day entry begins at midnight of that zone."""
    graph.add_items(ANNA, [BUDGET, {"subject": "TJÄ", "start": "2026-10-21", "end": "2026-10-22", "all_day": True}])
    expected = {
        None: ("2026-10-19T08:00:00.0000000", "UTC"),
        "Europe/Berlin": ("2026-10-19T10:00:00.0000000", "Europe/Berlin"),
        "FLE Standard Time": ("2026-10-19T11:00:00.0000000", "FLE Standard Time"),
    }
    for zone, (start, name) in expected.items():
        single, whole_day = caller.view(**({} if zone is None else {"Prefer": f'outlook.timezone="{zone}"'}))["value"]
        assert single["start"] == {"dateTime": start, "timeZone": name}
        assert whole_day["start"] == {"dateTime": "2026-10-21T00:00:00.0000000", "timeZone": name}
        assert whole_day["end"]["dateTime"] == "2026-10-22T00:00:00.0000000"
    refused = caller.view(Prefer='outlook.timezone="Europe/Stockholm"')
    assert refused["error"]["code"] == "TimeZoneNotSupportedException"


@pytest.mark.parametrize(
    "query", ["", "startDateTime=2026-10-19", "startDateTime=x&endDateTime=y", f"{WEEK}&$search=x"]
)
def test_a_view_that_is_asked_wrongly(caller: Caller, query: str) -> None:
    """400, with an error in Graph's shape."""
    answer = caller.get(view(query=query))
    assert answer.status_code == 400
    assert set(answer.json()["error"]) == {"code", "message", "innerError"}


def test_a_series_is_expanded(graph: Graph, caller: Caller) -> None:
    """Occurrences share the uid and name their master; each has an iCalUId and an original start of its own."""
    moved = {"original_start": "2026-10-20T10:00", "start": "2026-10-20T14:00", "end": "2026-10-20T15:00"}
    changes = {"modified": [moved], "deleted": ["2026-10-21T10:00"]}
    graph.add_item(ANNA, **{**DAILY, "series": {**DAILY["series"], **changes}})  # type: ignore[dict-item]
    graph.add_item(BO, **BUDGET)
    entries = caller.view()["value"]
    assert [entry["type"] for entry in entries] == ["occurrence", "exception", "occurrence", "occurrence"]
    assert {entry["uid"] for entry in entries} == {UID}
    assert len({entry["iCalUId"] for entry in entries} - {UID}) == 4
    assert len({entry["seriesMasterId"] for entry in entries}) == 1
    assert entries[1]["originalStart"] == "2026-10-20T08:00:00Z"
    assert entries[1]["occurrenceId"] == f"OID.{entries[1]['seriesMasterId']}.2026-10-20"
    (single,) = caller.view(BO)["value"]
    assert (single["type"], single["seriesMasterId"], single["iCalUId"]) == ("singleInstance", None, UID)
    assert "originalStart" not in single


def test_an_item_may_be_odd(graph: Graph, caller: Caller) -> None:
    """Properties overridden and left out, as recorded answers have them."""
    odd = {"originalStartTimeZone": "tzone://Microsoft/Custom", "without": ["responseStatus", "subject"]}
    graph.add_item(ANNA, **BUDGET, graph=odd)
    (entry,) = caller.view()["value"]
    assert entry["originalStartTimeZone"] == "tzone://Microsoft/Custom"
    assert not {"responseStatus", "subject"} & entry.keys()


def test_a_batch_answers_each_in_its_own_way(graph: Graph, caller: Caller) -> None:
    """200 outside, and inside each its status; not in their order."""
    graph.add_item(ANNA, **BUDGET)
    answer = caller.batch(view(), view("nobody@kommun.example"), "/users/x/messages")
    assert answer.status_code == 200
    responses = answer.json()["responses"]
    assert [part["id"] for part in responses] == ["2", "1", "0"]
    assert {part["id"]: part["status"] for part in responses} == {"0": 200, "1": 404, "2": 400}
    assert subjects(responses[2]["body"]) == ["SAM: Budget"]
    counters = graph.counters()
    assert (counters.requests, counters.batches, counters.questions["calendarview"]) == (1, 1, 2)
    assert counters.mailboxes[ANNA] == 1


def test_a_batch_takes_twenty(graph: Graph, caller: Caller) -> None:
    """More, or two of one id, or what is no batch: 400; and without a token 401 for all."""
    assert caller.batch(*[view()] * 20).status_code == 200
    assert caller.batch(*[view()] * 21).json()["error"]["code"] == "BadRequest"
    url = f"{graph.endpoint}/$batch"
    head = {"Authorization": f"Bearer {caller.token}"}
    twice = {"requests": [{"id": "1", "method": "GET", "url": view()}] * 2}
    assert caller.session.post(url, json=twice, headers=head, timeout=10).status_code == 400
    assert caller.session.post(url, data="[]", headers=head, timeout=10).status_code == 400
    graph.revoke_tokens()
    assert caller.batch(view()).status_code == 401
