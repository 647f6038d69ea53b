"""Why a phone is closed or not, then and later, without a word of a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.acceptance.municipality import Municipality

DAY = "2037-03-03"  # a Tuesday that is to come


def _on(clock: str) -> str:
    return f"{DAY}T{clock}"


def test_each_entry_has_its_verdict(town: Municipality) -> None:
    """Those that do not count are listed too, and say why."""
    invited = ("ORGANIZER:mailto:x@y.se", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:anna@sorsele.se")
    town.anna.books("SAM: hemligt", _on("09:00"), _on("10:00"))
    town.anna.books("TJÄ: hemligt", _on("10:30"), _on("11:00"), "STATUS:CANCELLED")
    town.anna.books("SAM: hemligt", _on("13:30"), _on("14:00"), *invited)
    town.anna.books("SAM; hemligt", _on("15:00"), _on("15:00"))
    town.once(_on("06:00"))
    result = town.hanvisa("explain", "4711", "--json", "--at", _on("09:30"))
    told = [(entry["command"], entry["verdict"]) for entry in result.json["entries"]]
    assert told == [("SAM:", "counts"), ("TJÄ:", "cancelled"), ("SAM:", "not-accepted"), ("SAM;", "no-length")]
    assert result.json["referral"]["until"] == f"{DAY}T09:05:00Z"
    assert "hemligt" not in result.out


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [("sv", "Åter 13.00, sammanträde. Sök 4712."), ("en", "Back at 13:00, in a meeting. Try 4712.")],
)
def test_it_says_what_an_operator_would_say(town: Municipality, lang: str, sentence: str) -> None:
    """In the language that is asked for."""
    town.anna.books("SAM: Budget @4712", _on("10:00"), _on("12:00"))
    town.once(_on("06:00"))
    result = town.hanvisa("explain", "4711", "--lang", lang, "--at", _on("10:30"))
    assert sentence in result.out
    assert "█" * 12 in result.out


def test_the_past_is_answered_from_memory(town: Municipality) -> None:
    """As in "why was my phone closed last Thursday?" when the calendar has been edited since."""
    uid = town.anna.books("SAM: Budget", "2026-11-19T09:00", "2026-11-19T10:00")
    town.once("2026-11-19T08:00")
    town.anna.deletes(uid)
    town.once("2026-11-20T08:00")
    told = town.hanvisa("explain", "4711", "--json", "--at", "2026-11-19T09:30").json
    assert told["referral"]["until"] == "2026-11-19T09:05:00Z"
    assert [(entry["command"], entry["verdict"]) for entry in told["entries"]] == [("SAM:", "counts")]
    assert [change["cause"] for change in told["changes"]] == ["booked"]


def test_a_past_invitation_that_nobody_accepted_is_told(town: Municipality) -> None:
    """It is why the phone was open, and the memory of what counted cannot say so."""
    invited = ("ORGANIZER:mailto:x@y.se", "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:anna@sorsele.se")
    town.anna.books("SAM:", "2026-11-19T09:00", "2026-11-19T10:00")
    town.anna.books("TJÄ:", "2026-11-19T13:30", "2026-11-19T14:00", *invited)
    town.once("2026-11-19T08:00")
    told = town.hanvisa("explain", "4711", "--json", "--at", "2026-11-19T13:45").json
    assert told["referral"] is None
    assert [(entry["command"], entry["verdict"]) for entry in told["entries"]] == [
        ("SAM:", "counts"),
        ("TJÄ:", "not-accepted"),
    ]


def test_nobody_away_is_said_plainly(town: Municipality) -> None:
    """When nothing matched there is a plain line."""
    town.once(_on("06:00"))
    result = town.hanvisa("explain", "4711", "--lang", "en", "--at", _on("10:30"))
    assert "Not referred, the phone is open." in result.out
    assert "No entry with a command that day." in result.out
