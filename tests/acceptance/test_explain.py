"""Why a phone is closed or not, then and later, without a word of a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from tests.acceptance.municipality import Municipality

if TYPE_CHECKING:
    from pathlib import Path

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


def test_a_meeting_that_grew_is_told_as_it_was_then(town: Municipality) -> None:
    """Each moment of the past by what the store held at it."""
    uid = town.anna.books("SAM:", "2026-11-19T09:00", "2026-11-19T10:00")
    town.once("2026-11-19T08:00")
    town.anna.books("SAM:", "2026-11-19T09:00", "2026-11-19T11:00", uid=uid)
    town.once("2026-11-19T09:30")
    told = [
        town.hanvisa("explain", "4711", "--json", "--at", f"2026-11-19T{at}").json["referral"]["until"]
        for at in ("09:15", "09:45")
    ]
    assert told == ["2026-11-19T09:05:00Z", "2026-11-19T10:05:00Z"]


def test_an_opening_is_told_with_who_opened(town: Municipality) -> None:
    """Also when it was long ago and the entry is gone."""
    uid = town.anna.books("SAM:", "2026-11-19T09:00", "2026-11-19T11:00")
    town.once("2026-11-19T08:00")
    town.hanvisa("open", "4711", "--at", "2026-11-19T09:30", "--by", "Lisa")
    town.once("2026-11-19T09:35")
    town.anna.deletes(uid)
    told = town.hanvisa("explain", "4711", "--json", "--at", "2026-11-19T10:00").json
    assert told["referral"] is None
    assert [entry["verdict"] for entry in told["entries"]] == ["opened"]
    assert [(change["cause"], change["by"]) for change in told["changes"]] == [
        ("booked", "calendar"),
        ("opened", "Lisa"),
    ]


def test_a_private_entry_that_does_not_count_says_so(tmp_path: Path) -> None:
    """Where `count_private` is off."""
    town = Municipality(tmp_path, "[tenants.rules]\ncount_private = false\n")
    town.anna.books("SAM: hemligt", _on("09:00"), _on("10:00"), "CLASS:PRIVATE")
    result = town.hanvisa("explain", "4711", "--json", "--at", _on("09:30"))
    assert [entry["verdict"] for entry in result.json["entries"]] == ["private"]
    assert result.json["referral"] is None
    assert "hemligt" not in result.out


def test_a_calendar_that_cannot_be_read_is_told_with_the_remedy(town: Municipality) -> None:
    """The store's referral still holds, and the command ends with 1."""
    town.anna.books("SAM:", _on("09:00"), _on("10:00"))
    town.once(_on("06:00"))
    town.anna.path.unlink()
    result = town.hanvisa("explain", "4711", "--lang", "en", "--at", _on("09:30"))
    assert result.code == 1
    assert "Back at 10:05, in a meeting." in result.out
    assert "put the calendar as anna@sorsele.se.ics into" in result.out


def test_an_entry_that_only_the_referral_remembers_is_told(town: Municipality) -> None:
    """The calendar was read in part."""
    uid = town.anna.books("SAM:", _on("09:00"), _on("10:00"))
    town.once(_on("06:00"))
    town.anna.events[uid] = f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:rubbish\r\nSUMMARY:SAM:\r\nEND:VEVENT"
    town.anna.books("Fika", _on("14:00"), _on("15:00"))
    result = town.hanvisa("explain", "4711", "--lang", "en", "--at", _on("09:30"))
    assert "remembered by the referral" in result.out
    assert "The calendar was read in part" in result.out


def test_another_language_is_refused(town: Municipality) -> None:
    """There are two."""
    town.once(_on("06:00"))
    assert town.hanvisa("explain", "4711", "--lang", "de").code == 2


def test_nobody_away_is_said_plainly(town: Municipality) -> None:
    """When nothing matched there is a plain line."""
    town.once(_on("06:00"))
    result = town.hanvisa("explain", "4711", "--lang", "en", "--at", _on("10:30"))
    assert "Not referred, the phone is open." in result.out
    assert "No entry with a command that day." in result.out


def test_after_an_opening_the_live_answer_says_who_opened(town: Municipality) -> None:
    """The calendar still has the entry: it is told as ended, and the day's strip shows when."""
    town.anna.books("SAM:", _on("09:00"), _on("11:00"))
    town.once(_on("06:00"))
    town.hanvisa("open", "4711", "--at", _on("09:30"), "--by", "Lisa")
    told = town.hanvisa("explain", "4711", "--json", "--at", _on("10:00")).json
    assert told["referral"] is None
    assert [entry["verdict"] for entry in told["entries"]] == ["opened"]
    assert [(change["cause"], change["by"]) for change in told["changes"]] == [
        ("booked", "calendar"),
        ("opened", "Lisa"),
    ]
    out = town.hanvisa("explain", "4711", "--lang", "sv", "--at", _on("10:00")).out
    assert "Inte hänvisad, telefonen är öppen." in out
    assert "avslutad när telefonen öppnades" in out
    assert "○" in out


def test_at_an_entrys_very_start_the_phone_is_closed(town: Municipality) -> None:
    """A referral holds from its first second on, and its last is the first that it does not."""
    town.anna.books("SAM:", _on("09:00"), _on("10:00"))
    town.once(_on("06:00"))
    told = {
        clock: town.hanvisa("explain", "4711", "--json", "--at", _on(clock)).json["referral"] is not None
        for clock in ("08:59:59", "09:00", "10:04:59", "10:05")
    }
    assert told == {"08:59:59": False, "09:00": True, "10:04:59": True, "10:05": False}


def test_what_else_it_says_is_told_in_the_language_that_is_asked_for(town: Municipality) -> None:
    """Entries of other days, the memory, what will be done, and how an entry settled."""
    town.anna.books("SAM:", _on("11:00"), _on("12:00"))
    town.anna.books("SAM:", "2037-03-05T09:00", "2037-03-05T10:00")
    with freeze_time(f"{DAY}T07:00:00Z"):
        swedish = town.hanvisa("explain", "4711", "--lang", "sv", "--at", _on("11:00")).out
        english = town.hanvisa("explain", "4711", "--lang", "en", "--at", _on("11:00")).out
    for said in (
        "lunch, stängt",
        "gäller",
        "varar över lunchen till 13.00",
        "1 bokning till med kommando en annan dag.",
        "Nästa varv skulle ändra:",
        "Ny hänvisning 2037-03-03 11.00–13.00",
        "bokad i kalendern.",
    ):
        assert said in swedish
    for said in (
        "lunch, closed",
        "counts",
        "lasts through lunch until 13:00",
        "1 more entry with a command on another day.",
        "The next cycle would change:",
        "New referral 2037-03-03 11:00–13:00",
        "booked in the calendar.",
    ):
        assert said in english
