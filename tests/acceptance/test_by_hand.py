"""What an operator sets by hand and takes back, who did it, and what they are told of the phone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from freezegun import freeze_time

from tests.acceptance.municipality import Municipality

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def anna(tmp_path: Path) -> Iterator[Municipality]:
    """Anna with two meetings, at half past nine in the morning."""
    town = Municipality(tmp_path)
    town.anna.books("SAM:", "09:00", "11:00")
    town.anna.books("SAM:", "14:00", "15:00")
    with freeze_time("2026-11-24T08:30:00Z"):
        town.once("09:30")
        yield town


def _does(town: Municipality, *arguments: str) -> str:
    done = town.hanvisa(*arguments, "--lang", "en")
    assert done.code == 0, done.err
    return " ".join(done.out.split())


def _logged(town: Municipality, event: str) -> list[dict[str, Any]]:
    lines = (town.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()
    return [one for one in map(json.loads, lines) if one["event"] == event]


def test_what_was_set_by_hand_is_withdrawn_and_the_calendars_stays(anna: Municipality) -> None:
    """`open` would end the meeting too; the next cycle has nothing to change."""
    _does(anna, "refer", "4711", "--until", "12:00", "--reason", "sick", "--by", "Bo")
    told = _does(anna, "withdraw", "4711", "--by", "Eva")
    assert told == (
        "Anna (4711): sick, 09:30 to 12:00, set by Bo, is withdrawn. The phone stays closed until 11:05: in a meeting."
    )
    assert anna.rows("09:30") == ["24 09:00 - 24 11:05 closed meeting", "24 14:00 - 24 15:05 closed meeting"]
    assert (anna.once("09:35").json[0]["updated"], len(anna.rows("09:30"))) == (0, 2)
    (event,) = _logged(anna, "referral_withdrawn")
    assert (event["by"], event["reason"], event["mailbox"]) == ("Eva", "sick", "anna@sorsele.se")
    (change,) = [
        one for one in anna.hanvisa("explain", "4711", "--json").json["changes"] if one["cause"] == "withdrawn"
    ]
    assert (change["by"], change["before"]["set_by"]) == ("Eva", "Bo")


def test_an_end_that_is_over_is_refused_as_an_end(anna: Municipality) -> None:
    """`--until` cannot be left out; what was typed is quoted as it was typed."""
    refused = anna.hanvisa("refer", "4711", "--until", "08:00", "--lang", "en")
    assert (refused.code, refused.err) == (
        2,
        "hanvisa: --until is 2026-11-24 08:00, which is over: write a later time\n",
    )
    begun = anna.hanvisa("refer", "4711", "--from", "08:00", "--until", "12:00", "--lang", "en")
    assert "2026-11-24 08:00 is over, and what callers were told then stays as it was: leave the time out" in begun.err
    typed = anna.hanvisa("refer", "4711", "--until", "25:00", "--lang", "en")
    assert typed.err.startswith("hanvisa: '25:00' is no time; write it as 13.00, ")


def test_one_to_come_is_withdrawn_by_its_beginning(anna: Municipality) -> None:
    """Whoever forgets `--from` is told what there is."""
    _does(anna, "refer", "4711", "--from", "2026-11-25T08.00", "--until", "2026-11-25 17:00", "--reason", "sick")
    refused = anna.hanvisa("withdraw", "4711", "--lang", "en")
    assert (refused.code, "--from 2026-11-25T08:00" in refused.err) == (2, True)
    assert "is withdrawn" in _does(anna, "withdraw", "4711", "--from", "2026-11-25 08.00")
    assert [row for row in anna.rows("09:30") if "sick" in row] == []
    assert "`hanvisa open` ends what the calendar says" in anna.hanvisa("withdraw", "4711", "--lang", "en").err


def test_withdrawing_in_json_gives_the_referral_as_it_is_left(anna: Municipality) -> None:
    """Null where it had not begun."""
    for start in ("09:00", "13:00"):
        _does(anna, "refer", "4711", "--from", start, "--until", "16:00", "--reason", "sick")
    ended = anna.hanvisa("withdraw", "4711", "--json").json
    assert (ended["from"], ended["until"], ended["opened_at"]) == ("2026-11-24T08:00:00Z", "2026-11-24T08:30:00Z", None)
    assert anna.hanvisa("withdraw", "4711", "--from", "13.00", "--json").json is None


def test_whoever_opens_is_told_until_when(anna: Municipality) -> None:
    """The afternoon's meeting closes the phone again; where nothing follows that day, what comes first."""
    assert "The phone closes again at 14:00: in a meeting." in _does(anna, "open", "4711")
    anna.anna.deletes("entry-1")
    anna.anna.books("SAM:", "2026-11-26T09:00", "2026-11-26T10:00", uid="later")
    _does(anna, "open", "4711", "--undo")
    anna.once("09:30")
    assert "The phone closes next at 2026-11-26 09:00: in a meeting." in _does(anna, "open", "4711")
    anna.anna.deletes("later")
    _does(anna, "open", "4711", "--undo")
    anna.once("09:30")
    assert "No referral that is known closes it after that." in _does(anna, "open", "4711")


@pytest.mark.parametrize("empty", ["", " ", "\u200b", "\u3164", "–", "..."])
@pytest.mark.parametrize("option", ["--reason", "--by"])
def test_what_others_are_to_read_is_not_empty(anna: Municipality, option: str, empty: str) -> None:
    """Nor does it look so."""
    refused = anna.hanvisa("refer", "4711", "--until", "12:00", option, empty, "--lang", "en")
    assert (refused.code, f"{option} is empty" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("environment", "by"), [({"SUDO_USER": "eva", "LOGNAME": "hanvisa"}, "eva"), ({"LOGNAME": "bo"}, "bo")]
)
def test_who_does_it_is_who_has_signed_in(
    anna: Municipality, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], by: str
) -> None:
    """Unless `--by` says otherwise; `referrals` and `explain` show it."""
    monkeypatch.delenv("SUDO_USER", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    _does(anna, "refer", "4711", "--until", "12:00", "--reason", "sick")
    (row,) = anna.referrals("09:30", every=False)
    assert (row["origin"], row["set_by"]) == ("operator", by)
    assert f" {by}" in _does(anna, "referrals")
    assert f"Set by {by}." in _does(anna, "explain", "4711")


def test_the_calendar_is_told_as_such(anna: Municipality) -> None:
    """In the language of who asks; in JSON the code stays."""
    assert "the calendar" in _does(anna, "referrals")
    assert "Set by the calendar." in _does(anna, "explain", "4711")
    assert "kalendern" in anna.hanvisa("referrals", "--lang", "sv").out
    assert "Satt av kalendern." in anna.hanvisa("explain", "4711", "--lang", "sv").out
    assert [row["set_by"] for row in anna.referrals("09:30")] == ["calendar", "calendar"]


@pytest.mark.parametrize("time", ["10.15", "10:15", "2026-11-24T10.15", "2026-11-24 10:15", "2026-11-24T09:15Z"])
def test_a_time_is_written_with_either_mark(anna: Municipality, time: str) -> None:
    """As Swedish writes it, or as computers do, in every option."""
    _does(anna, "refer", "4712", "--until", time, "--reason", "lunch")
    (row,) = [row for row in anna.referrals("09:30") if row["extension"] == "4712"]
    assert row["until"] == "2026-11-24T09:15:00Z"


def test_without_a_reason_it_is_told_as_away(anna: Municipality) -> None:
    """In the language of who asks."""
    assert "Anna (4711) is referred: away, 09:30 to 12:00" in _does(anna, "refer", "4711", "--until", "12:00")
    assert "borta" in anna.hanvisa("explain", "4711", "--lang", "sv").out.lower()


@pytest.mark.parametrize("time", ["25.00", "10.99", "10.1", "24.11.2026", "soon", ""])
def test_what_is_no_time_is_refused(anna: Municipality, time: str) -> None:
    """By name, with two examples."""
    refused = anna.hanvisa("refer", "4712", "--until", time, "--lang", "en")
    assert (refused.code, "write it as 13.00, 2026-11-24T09:30" in refused.err) == (2, True)


def test_a_refusal_tells_local_times(anna: Municipality) -> None:
    """Nobody at a switchboard thinks in UTC."""
    refused = anna.hanvisa("refer", "4711", "--from", "2026-11-26T01:00", "--until", "2026-11-26T00.05", "--lang", "en")
    assert "would end 2026-11-26 00:05, which is not after its beginning 2026-11-26 01:00" in refused.err
    refused = anna.hanvisa("refer", "4711", "--until", "2026-11-24T03:00", "--lang", "sv")
    assert "2026-11-24 03.00" in refused.err


@pytest.mark.parametrize("command", ["refer", "open", "withdraw", "referrals", "explain", "log", "plan", "notices"])
def test_the_help_says_how_a_time_is_written(anna: Municipality, command: str) -> None:
    """With both marks."""
    told = " ".join(anna.hanvisa(command, "--help").out.replace("│", " ").split())
    assert "13:00, 13.00, 2026-11-24T13:00" in told
