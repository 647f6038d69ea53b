"""Two entries with one UID in a calendar on Exchange, as Outlook's copies are: each of them stays itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.exchange_town import ANNA, ExchangeTown, at
from tests.exchange.process import Exchange

MEETING = "closed meeting"
UID = "040000008200E00074C5B7101A82E00800000000B03BFD2E9A5CDC01000000000000000010000000C0FFEE"


@pytest.fixture(name="town")
def _town(exchange: Exchange, tmp_path: Path) -> ExchangeTown:
    return ExchangeTown(tmp_path, exchange)


def _meeting(start: str, end: str) -> dict[str, Any]:
    return {"subject": "SAM: Budget", "start": at(start).isoformat(), "end": at(end).isoformat(), "uid": UID}


def _written(town: ExchangeTown, clock: str) -> tuple[int, int, int]:
    summary = town.once(clock).json[0]
    return summary["created"], summary["updated"], summary["removed"]


def test_the_phone_stays_open_when_the_earlier_copy_is_deleted(town: ExchangeTown) -> None:
    """The later one was ended by an opening, which holds whatever becomes of the other; and when it comes back."""
    earlier, _ = town.exchange.add_items(ANNA, [_meeting("09:00", "10:00"), _meeting("10:30", "11:30")])
    town.once("08:00")
    town.once("10:35")
    assert town.hanvisa("open", "4711", "--at", "2026-11-24T10:40").code == 0
    assert town.after("10:45") == []
    town.exchange.remove_item(ANNA, earlier)
    assert town.after("10:50") == []
    town.exchange.add_item(ANNA, **_meeting("09:00", "10:00"))
    assert town.after("10:55") == []


def test_the_referral_of_the_later_copy_goes_on_when_the_earlier_is_deleted(town: ExchangeTown) -> None:
    """It is not removed and made anew."""
    earlier, _ = town.exchange.add_items(ANNA, [_meeting("09:00", "10:00"), _meeting("13:10", "14:00")])
    assert len(town.after("08:00")) == 2
    town.exchange.remove_item(ANNA, earlier)
    assert _written(town, "08:05") == (0, 0, 1)
    assert town.rows("08:05") == [f"24 13:10 - 24 14:05 {MEETING}"]
    town.exchange.add_item(ANNA, **_meeting("09:00", "10:00"))
    assert _written(town, "08:10") == (1, 0, 0)
    assert town.rows("08:10") == [f"24 09:00 - 24 10:05 {MEETING}", f"24 13:10 - 24 14:05 {MEETING}"]


def test_a_meeting_that_was_opened_stays_open_when_an_earlier_copy_comes(town: ExchangeTown) -> None:
    """The copy would take its key; it closes the phone for its own time only."""
    town.exchange.add_item(ANNA, **_meeting("10:30", "11:30"))
    town.once("10:35")
    assert town.hanvisa("open", "4711", "--at", "2026-11-24T10:40").code == 0
    town.exchange.add_item(ANNA, **_meeting("09:00", "10:00"))
    assert town.after("10:45") == []


def test_explain_names_the_copy_that_was_opened(town: ExchangeTown) -> None:
    """As ended by the opening, also after the other is gone."""
    earlier, _ = town.exchange.add_items(ANNA, [_meeting("09:00", "10:00"), _meeting("10:30", "11:30")])
    town.once("10:35")
    town.hanvisa("open", "4711", "--at", "2026-11-24T10:40")
    town.exchange.remove_item(ANNA, earlier)
    town.once("10:45")
    explained = town.hanvisa("explain", "4711", "--json", "--at", "2026-11-24T10:50").json
    assert [(one["from"][11:16], one["verdict"]) for one in explained["entries"]] == [("09:30", "opened")]
