"""Odd answers of Exchange through the command line: each costs at most the one person whose calendar it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.exchange_town import ANNA, BO, ExchangeTown, at
from tests.exchange.process import Exchange
from tests.sync_daemon.sources.ews.answers import answer, item

MEETING, DUTY = "closed meeting", "closed on-duty-elsewhere"


@pytest.fixture(name="town")
def _town(exchange: Exchange, tmp_path: Path) -> ExchangeTown:
    return ExchangeTown(tmp_path, exchange)


def _meeting(subject: str = "SAM:", start: str = "09:00", end: str = "10:00", **raw: str) -> dict[str, object]:
    properties = {f"calendar:{name}": f"<t:{name}>{text}</t:{name}>" for name, text in raw.items()}
    return {"subject": subject, "start": at(start).isoformat(), "end": at(end).isoformat(), "raw": properties}


def test_who_is_away_until_the_year_9999_is_away_for_five_years(town: ExchangeTown) -> None:
    """Other meetings come and go beside it, `explain` answers, and the next year it is still there."""
    town.exchange.replace_items(ANNA, [_meeting("TJÄ: Tjänstledig", "13:10", "14:00", End="9999-12-31T23:59:59Z")])
    assert town.after("06:00") == [f"24 13:10 - 01 01:05 {DUTY}"]
    assert town.referrals("06:00")[0]["until"] == "2032-01-01T00:05:00Z"
    town.exchange.add_items(ANNA, [_meeting()])
    assert town.after("06:05")[0] == f"24 09:00 - 24 10:05 {MEETING}"
    assert town.hanvisa("explain", "4711", "--at", "2026-11-24T15:00").code == 0
    town.exchange.replace_items(ANNA, [_meeting()])
    assert town.after("06:10") == [f"24 09:00 - 24 10:05 {MEETING}"]


def test_a_view_that_was_emptied_on_the_way_removes_nothing(town: ExchangeTown) -> None:
    """Fifty are in it, Exchange says, sends none, and says that these were all; `check` names the mailbox."""
    town.exchange.replace_items(ANNA, [_meeting()])
    town.once("06:00")
    town.exchange.canned(ANNA, answer(total=50))
    assert town.after("06:05") == [f"24 09:00 - 24 10:05 {MEETING}"]
    told = town.checked()
    assert told.code == 1
    assert f"{ANNA}: was read in part" in told.out
    assert "counted more entries" in told.out
    assert BO not in told.out


def test_subjects_that_are_held_back_are_told_with_what_to_do(town: ExchangeTown) -> None:
    """The rights were taken away: it is not that everybody has deleted everything."""
    town.exchange.replace_items(ANNA, [_meeting()])
    town.once("06:00")
    town.exchange.canned(ANNA, answer(*(item("", f"AAMk{n}", UID=f"uid-{n}") for n in range(3))))
    assert town.after("06:05") == [f"24 09:00 - 24 10:05 {MEETING}"]
    assert "Get-MailboxFolderPermission" in town.checked().out
    assert "Get-MailboxFolderPermission" in (town.folder / "hanvisa.log").read_text(encoding="utf-8")


def test_an_unreadable_invitation_of_next_year_keeps_no_phone_closed(town: ExchangeTown) -> None:
    """The meeting beside it was deleted, and it is another one."""
    town.exchange.replace_items(ANNA, [_meeting()])
    assert town.after("06:00") == [f"24 09:00 - 24 10:05 {MEETING}"]
    odd = item(
        CalendarItemType="Exception", Start="2027-03-01T08:00:00Z", End="2027-03-01T09:00:00Z", MyResponseType="Accept"
    )
    town.exchange.canned(ANNA, answer(odd))
    assert town.after("06:05") == []
