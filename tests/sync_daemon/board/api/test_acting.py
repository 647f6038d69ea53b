"""What another system does over HTTP: refers, opens, takes back; what it may not, and what it is told of that."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from sync_daemon import by_hand
from sync_daemon.by_hand import Hand, Wish
from tests.sync_daemon.board.api.conftest import SCHEMAS, body_schema
from tests.sync_daemon.board.town import TEN, local

if TYPE_CHECKING:
    from tests.sync_daemon.board.api.conftest import Api

ACTS = ("/api/refer", "/api/open", "/api/withdraw")


def _bo(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"extension": "4712", **more}


def _operator(api: Api, name: str) -> Hand:
    person = api.town.people[name]
    tenant = next(one for one in api.town.place.settings.tenants if one.id == person.tenant)
    return Hand(api.town.store, tenant, person, "Eva", TEN.astimezone(UTC))


def _away(api: Api) -> dict[str, str]:
    return {one["extension"]: one["reason"] for one in api.get("/api/referrals").json()}


def test_somebody_is_referred_and_that_withdrawn(api: Api) -> None:
    """By the system's name and origin; a time without an offset is local to the person's tenant."""
    done = api.post("/api/refer", _bo(until="13:00", reason="lunch", alternative={"number": "4713"}))
    assert done.json() == {
        "text": "Bo Öberg (4712) is referred: lunch, 10:00 to 13:00; the phone is closed;"
        " 4713 (Dan Åström) is told to the caller.",
        "referral": {
            "from": "2026-11-24T09:00:00Z",
            "until": "2026-11-24T12:00:00Z",
            "reason": "lunch",
            "phone": "closed",
            "alternative": {"number": "4713", "mode": "info"},
            "origin": "trio",
            "opened_at": None,
            "set_by": "trio",
        },
    }
    assert _away(api)["4712"] == "lunch"
    assert api.get("/api/people", {"q": "4712"}).json()["people"][0]["origin"] == "trio"
    assert api.post("/api/withdraw", _bo()).ok
    assert "4712" not in _away(api)


def test_a_phone_is_opened_and_that_taken_back(api: Api) -> None:
    """On whichever of the person's numbers; what was in force is told as it was."""
    opened = api.post("/api/open", {"extension": "070-123 45 67"}).json()["referral"]
    assert (opened["origin"], opened["until"], opened["opened_at"]) == (
        "calendar",
        "2026-11-24T12:00:00Z",
        "2026-11-24T09:00:00Z",
    )
    assert _away(api) == {}
    back = api.post("/api/open", {"extension": "4711", "undo": True}, {"Accept-Language": "sv"}).json()
    assert back["text"] == "Öppningen 10.00 av telefonen för Anna Ek är återtagen; gäller igen: sammanträde till 13.00."
    assert _away(api) == {"4711": "meeting", "+46701234567": "meeting"}


def test_what_an_operator_did_no_system_takes_back(api: Api) -> None:
    """Nor what another system did: that is a conflict with what the store has."""
    by_hand.refer(_operator(api, "Bo Öberg"), Wish(until=local("13:00")))
    refused = api.post("/api/withdraw", _bo())
    assert (refused.status_code, _away(api)["4712"]) == (409, "away")
    by_hand.open_phone(_operator(api, "Anna Ek"))
    assert api.post("/api/open", {"extension": "4711", "undo": True}).status_code == 409


def test_what_is_to_come_is_withdrawn_by_its_beginning(api: Api) -> None:
    """In whatever way the time is written."""
    api.post("/api/refer", _bo(until="2026-11-24T14:00:00Z") | {"from": "2026-11-24T14:00"})
    refused = api.post("/api/withdraw", _bo())
    assert (refused.status_code, "away from 2026-11-24 14:00" in refused.json()["problem"]) == (409, True)
    assert api.post("/api/withdraw", _bo() | {"from": "2026-11-24T13:00Z"}).json()["referral"] is None


@pytest.mark.parametrize("path", ACTS)
def test_another_tenants_person_is_as_one_that_nobody_is(api: Api, path: str) -> None:
    """The same answer to a number that somebody else's tenant has and to one that nobody has; nothing is done."""
    more = {"until": "13:00"} if path == "/api/refer" else {}
    for system in ("mitel", "idle"):
        hers, nobodys = (api.as_(system).post(path, {"extension": number, **more}) for number in ("4711", "4799"))
        assert (hers.status_code, nobodys.status_code) == (404, 404)
        assert hers.json() == json.loads(nobodys.text.replace("4799", "4711"))
    assert _away(api) == {"4711": "meeting", "+46701234567": "meeting"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/refer", {"extension": "4712"}, "until"),
        ("/api/refer", {"until": "13:00"}, "extension"),
        ("/api/refer", {"extension": 4712, "until": "13:00"}, "extension"),
        ("/api/refer", {"extension": "4712", "until": 1300}, "until"),
        ("/api/refer", {"extension": "4712", "until": "13:00", "reason": None}, "reason"),
        ("/api/refer", {"extension": "4712", "until": "13:00", "reason": "x" * 201}, "reason"),
        ("/api/refer", {"extension": "4712", "until": "13:00", "phone": "ajar"}, "phone"),
        ("/api/refer", {"extension": "4712", "until": "13:00", "alternative": "4711"}, "alternative"),
        ("/api/refer", {"extension": "4712", "until": "13:00", "alternative": {}}, "alternative.number"),
        (
            "/api/refer",
            {"extension": "4712", "until": "13:00", "alternative": {"number": "4711", "mode": "x"}},
            "alternative.mode",
        ),
        ("/api/refer", {"extension": "4712", "until": "13:00", "origin": "operator"}, "origin"),
        ("/api/open", {"extension": "4711", "undo": "false"}, "undo"),
        ("/api/open", {"extension": "4711", "undo": 0}, "undo"),
        ("/api/open", {"extension": "", "undo": True}, "extension"),
        ("/api/withdraw", {"extension": ["4711"]}, "extension"),
        ("/api/withdraw", {"extension": "4711", "from": {}}, "from"),
    ],
)
def test_a_body_of_another_shape_is_refused_by_its_field(
    asked: Api, path: str, body: dict[str, Any], field: str
) -> None:
    """And the description does not allow it either."""
    refused = asked.post(path, body)
    assert (refused.status_code, refused.json()["field"]) == (400, field)
    assert field in refused.json()["problem"]
    assert SCHEMAS.problems(body, body_schema(path)) != []


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("until", {"until": "soon"}),
        ("until", {"until": "9:00"}),
        ("until", {"until": "2040-01-01"}),
        ("from", {"until": "13:00", "from": "25:00"}),
        ("from", {"until": "13:00", "from": "7:00"}),
        ("reason", {"until": "13:00", "reason": "  \u202e "}),
        ("alternative", {"until": "13:00", "alternative": {"number": "4712"}}),
        ("alternative", {"until": "13:00", "alternative": {"number": "112"}}),
    ],
)
def test_what_may_not_be_done_is_refused_by_its_field(asked: Api, field: str, body: dict[str, Any]) -> None:
    """As on the command line."""
    refused = asked.post("/api/refer", _bo() | body)
    assert (refused.status_code, refused.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"null",
        b"[]",
        b'"4711"',
        b"{",
        b"[" * 60_000,
        b'{"extension":' * 4_000,
        b'{"extension": "\xff"}',
        b'{"extension": "\\ud800"}',
    ],
)
def test_what_is_no_object_in_json_is_refused(asked: Api, sent: bytes) -> None:
    """However deep it is, and whatever is in it."""
    assert asked.sent("/api/open", sent).status_code == 400


def test_a_body_is_small_and_says_that_it_is_json(asked: Api) -> None:
    """No page of another site can have a browser send that."""
    assert asked.sent("/api/open", b'{"extension": "4711"}', **{"Content-Type": "text/plain"}).status_code == 415
    assert asked.sent("/api/open", b" " * (64 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("extension", ["4711\x00", "'; DROP TABLE referrals; --", "💥💥", "<b>", "47 11 99"])
def test_a_number_that_is_none_is_nobodys(asked: Api, extension: str) -> None:
    """And what is said of it is on one line."""
    refused = asked.post("/api/open", {"extension": extension})
    assert refused.status_code == 404
    assert refused.json()["problem"].isprintable()


def test_a_reason_is_one_line_of_text(api: Api) -> None:
    """What a system sends goes onto operators' screens."""
    done = api.post("/api/refer", _bo(until="13:00", reason="ill\n\x1b[31m<b>\u202e"))
    assert done.json()["referral"]["reason"].isprintable()
    assert TEN.date().isoformat() in done.json()["referral"]["from"]
