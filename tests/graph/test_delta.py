"""Changes, told as badly as calendarView/delta tells them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.graph.caller import ANNA, BUDGET, DAILY, MONDAY, WEEK, Caller
from tests.graph.process import Graph


def _round(caller: Caller, link: str = "", **headers: str) -> tuple[list[dict[str, Any]], str]:
    told, page = [], caller.delta(link, **headers)
    while "@odata.nextLink" in page:
        told += page["value"]
        page = caller.delta(page["@odata.nextLink"], **headers)
    return told + page["value"], page["@odata.deltaLink"]


def _kinds(told: list[dict[str, Any]]) -> list[str]:
    return ["removed" if "@removed" in entry else entry["type"] for entry in told]


def test_delta_tells_all_and_then_what_changed(graph: Graph, caller: Caller) -> None:
    """A first round has every entry, occurrences as stubs; a later one nothing, or what is new, changed and gone."""
    graph.add_item(ANNA, **DAILY)
    first, link = _round(caller, Prefer="odata.maxpagesize=2")
    assert _kinds(first) == ["seriesMaster", *["occurrence"] * 5]
    assert sorted(first[1]) == ["@odata.etag", "@odata.type", "end", "id", "seriesMasterId", "start", "type"]
    told, link = _round(caller, link)
    assert told == []
    added = graph.add_item(ANNA, **BUDGET)
    told, link = _round(caller, link)
    assert _kinds(told) == ["singleInstance"]
    assert told[0]["body"] == {"contentType": "html", "content": ""}
    graph.remove_item(ANNA, added)
    told, link = _round(caller, link)
    assert (_kinds(told), told[0]["@removed"]) == (["removed"], {"reason": "deleted"})


def _with_series(graph: Graph, caller: Caller, **changes: Any) -> list[str]:  # noqa: ANN401 - of an item
    """What a round tells after a series has changed."""
    (series,) = graph.replace_items(ANNA, [DAILY])
    _, link = _round(caller)
    graph.change_item(ANNA, series, **{**DAILY, **changes})
    return _kinds(_round(caller, link)[0])


def test_delta_tells_badly_of_series(graph: Graph, caller: Caller) -> None:
    """A deleted occurrence is not told, a moved series leaves its old ones, unless the policy has it otherwise."""
    deleted = {"series": {**DAILY["series"], "deleted": ["2026-10-21T10:00"]}}  # type: ignore[dict-item]
    moved = {"start": "2026-10-19T13:00", "end": "2026-10-19T14:00"}
    assert _with_series(graph, caller, **deleted) == []
    assert _with_series(graph, caller, **moved) == ["seriesMaster", *["occurrence"] * 5]
    graph.policy(delta_tells_deleted_occurrences=True, delta_tells_moved_series=True)
    assert _with_series(graph, caller, **deleted) == ["removed"]
    assert _with_series(graph, caller, **moved) == ["seriesMaster", *["occurrence"] * 5, *["removed"] * 5]


def test_delta_calls_what_lies_outside_removed(graph: Graph, caller: Caller) -> None:
    """Though it lives; and its window is that of the first request for ever."""
    _, link = _round(caller)
    graph.add_item(ANNA, **{**BUDGET, "start": "2027-01-11T10:00", "end": "2027-01-11T11:00"})
    told, _ = _round(caller, link)
    assert _kinds(told) == ["removed"]


@pytest.mark.parametrize("code", ["SyncStateNotFound", "SyncStateInvalid"])
def test_a_delta_token_ends(graph: Graph, caller: Caller, code: str) -> None:
    """By command, by time and by the number of newer ones: 410."""
    graph.policy(delta_code=code)
    _, oldest = _round(caller)
    link = oldest
    for _ in range(3):
        _, link = _round(caller, link)
    assert caller.delta(oldest)["error"]["code"] == code
    graph.end_delta_tokens(ANNA)
    answer = caller.get(link)
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, code)
    graph.policy(delta_code=code, delta_seconds=60)
    _, link = _round(caller)
    graph.now(MONDAY + timedelta(seconds=60))
    assert caller.get(link).status_code == 410


def test_a_round_may_never_end(graph: Graph, caller: Caller) -> None:
    """The same page again and again; and `$select` is refused, as is the token of another mailbox."""
    graph.add_item(ANNA, **BUDGET)
    graph.policy(delta_never_ends=True)
    first = caller.delta()
    second = caller.delta(first["@odata.nextLink"])
    third = caller.delta(second["@odata.nextLink"])
    assert second["value"] == third["value"] == first["value"]
    assert second["@odata.nextLink"] == third["@odata.nextLink"]
    graph.policy()
    assert caller.get(f"/users/{ANNA}/calendarView/delta?{WEEK}&$select=id").status_code == 400
    _, link = _round(caller)
    assert caller.get(link.replace("anna", "bo")).status_code == 410
