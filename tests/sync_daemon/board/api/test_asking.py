"""What another system is told over HTTP: who is away, who is found, and nothing of tenants that are not its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.municipality import hanvisa
from tests.sync_daemon.board.town import TEN

if TYPE_CHECKING:
    from tests.sync_daemon.board.api.conftest import Api


def test_who_is_away_is_what_the_command_line_prints(asked: Api) -> None:
    """The same fields and values, of the tenants that the token is for; a phone has a line an extension."""
    config = str(asked.town.folder / "hanvisa.toml")
    printed = hanvisa("referrals", "--json", "--at", TEN.isoformat(), "--config", config).json
    told = asked.get("/api/referrals").json()
    assert told == printed
    assert [(one["extension"], one["reason"], one["back"]) for one in told] == [
        ("+46701234567", "meeting", "2026-11-24T12:00:00Z"),
        ("4711", "meeting", "2026-11-24T12:00:00Z"),
    ]


def test_another_tenants_people_are_not_told(asked: Api) -> None:
    """Neither away nor found; a tenant that the token is not for is as one that does not exist."""
    mitel = asked.as_("mitel")
    assert mitel.get("/api/referrals").json() == []
    assert mitel.get("/api/people", {"q": "anna"}).json() == {"people": [], "total": 0}
    assert [one["name"] for one in mitel.get("/api/people").json()["people"]] == ["Cecilia Lund"]
    assert asked.as_("idle").get("/api/people").json()["total"] == 0
    for path in ("/api/referrals", "/api/people"):
        other, none = (mitel.get(path, {"tenant": tenant}) for tenant in ("sorsele", "atlantis"))
        assert (other.status_code, none.status_code) == (404, 404)
        assert other.json()["problem"] == none.json()["problem"].replace("atlantis", "sorsele")
        assert mitel.get(path, {"tenant": "mala"}).ok


def test_people_are_found_as_on_the_board(asked: Api) -> None:
    """By a part of the name without its accents, by a number in any spelling; each with the caller's sentence."""
    (anna,) = asked.get("/api/people", {"q": "070-123 45"}).json()["people"]
    assert (anna["name"], anna["presence"], anna["phone"], anna["until"]) == (
        "Anna Ek",
        "away",
        "closed",
        "2026-11-24T12:00:00Z",
    )
    assert anna["alternative"] == {
        "number": "4712",
        "mode": "info",
        "name": "Bo Öberg",
        "presence": "there",
        "back": None,
    }
    assert [(one["number"], one["mobile"]) for one in anna["extensions"]] == [("+46701234567", True), ("4711", False)]
    (bo,) = asked.get("/api/people", {"q": "oberg"}).json()["people"]
    assert (bo["name"], bo["phone"], bo["reason"], bo["alternative"]) == ("Bo Öberg", "open", None, None)


def test_sentences_are_in_english_unless_swedish_is_asked_for(asked: Api) -> None:
    """As other programs are told everywhere; problems alike."""
    swedish = {"Accept-Language": "sv-SE"}
    told = [
        asked.get("/api/people", {"q": "4711"}, headers).json()["people"][0]["sentence"] for headers in ({}, swedish)
    ]
    assert told == [
        "Back at 13:00, in a meeting. Try 4712 (Bo Öberg, there).",
        "Åter 13.00, sammanträde. Sök 4712 (Bo Öberg, på plats).",
    ]
    problems = [asked.get("/api/people", {"limit": "0"}, headers).json()["problem"] for headers in ({}, swedish)]
    assert problems == ["'limit' must be a whole number from 1 to 200", "'limit' måste vara ett heltal från 1 till 200"]


def test_no_more_are_told_than_were_asked_for(asked: Api) -> None:
    """And how many there are."""
    told = asked.get("/api/people", {"limit": "2"}).json()
    assert ([one["name"] for one in told["people"]], told["total"]) == (["Anna Ek", "Bo Öberg"], 3)


def test_what_is_to_come_is_told_when_asked_for(api: Api) -> None:
    """As `hanvisa referrals --all` does."""
    api.town.books("Bo Öberg", "14:00", "15:00")
    assert "4712" not in {one["extension"] for one in api.get("/api/referrals").json()}
    told = {one["extension"]: one["in_force"] for one in api.get("/api/referrals", {"all": "true"}).json()}
    assert told == {"4711": True, "+46701234567": True, "4712": False}


def test_old_calendars_are_told_beside_the_answer(api: Api) -> None:
    """By the tenant that they are of, and only of those that the token is for."""
    for path in ("/api/referrals", "/api/people"):
        assert "Hanvisa-Stale" not in api.get(path).headers
    api.town.now = TEN.replace(hour=16)
    for path in ("/api/referrals", "/api/people"):
        assert api.get(path).headers["Hanvisa-Stale"] == "sorsele"


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/api/referrals", {"all": "perhaps"}, "all"),
        ("/api/referrals", {"tennant": "sorsele"}, "tennant"),
        ("/api/people", {"q": "x" * 201}, "q"),
        ("/api/people", {"limit": "201"}, "limit"),
        ("/api/people", {"limit": "many"}, "limit"),
        ("/api/people", {"limit": "9" * 5000}, "limit"),
        ("/api/people", {"tenant": ""}, "tenant"),
    ],
)
def test_a_query_that_is_not_understood_is_refused(asked: Api, path: str, query: dict[str, str], field: str) -> None:
    """Rather than answered as if it had asked for something else."""
    refused = asked.get(path, query)
    assert (refused.status_code, refused.json()["field"]) == (400, field)
    assert field in refused.json()["problem"]


@pytest.mark.parametrize("typed", ["' OR 1=1 --", "\x00\x1b[31m", "<script>", "100%x"])
def test_nothing_that_is_looked_for_is_more_than_text(asked: Api, typed: str) -> None:
    """It finds nobody, and nothing of it is in the answer."""
    answer = asked.get("/api/people", {"q": typed})
    assert answer.ok
    assert json.loads(answer.text)["people"] == []
