"""Nothing of a view is lost in silence: what is not read is said, and what is odd but clear is read."""

from __future__ import annotations

import pytest

from tests.contract.source_suite import WINDOW
from tests.sync_daemon.sources.ews.answers import Item, answer, item
from tests.sync_daemon.sources.ews.said import ours

TEN = {"Start": "2026-11-24T09:00:00Z", "End": "2026-11-24T10:00:00Z"}
ELEVEN = {"Start": "2026-11-24T10:00:00Z", "End": "2026-11-24T11:00:00Z"}


def said(*items: Item) -> str:
    """What we read of an answer with them."""
    return str(ours(answer(*items), WINDOW))


def test_occurrences_with_one_name_are_several() -> None:
    """A server may give them all their series' own."""
    items = [item(CalendarItemType="Occurrence", **times) for times in ({}, TEN, ELEVEN)]
    assert said(*items) == "SAM 24 09:00–24 10:00, SAM 24 10:00–24 11:00, SAM 24 11:00–24 12:00"


def test_copies_without_a_name_are_several() -> None:
    """Of one UID, and with nothing else to tell them by."""
    items = [item(name=None, **times) for times in ({}, TEN, ELEVEN)]
    assert said(*items) == "SAM 24 09:00–24 10:00, SAM 24 10:00–24 11:00, SAM 24 11:00–24 12:00"


@pytest.mark.parametrize(
    "start", ["2026-11-24", "2026-11-24+01:00", "2026-11-24Z", "20261124T080000Z", "2026-11-24 08:00"]
)
def test_a_date_is_not_taken_for_a_time(start: str) -> None:
    """With an offset Python takes it for one: 2026-11-24+01:00 is not one o'clock."""
    assert said(item(Start=start)) == "1 unclear"


@pytest.mark.parametrize("kind", ["Message", "MeetingRequest", "Task", "Item"])
def test_what_is_no_calendar_item_is_nothing_that_was_booked(kind: str) -> None:
    """Somebody moved it into the calendar; the reading is whole without it."""
    assert said(item(), item(name="b", kind=kind, Start="")) == "SAM 24 09:00–24 10:00"


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ("SAM&#x0B;: x", "SAM 24 09:00–24 10:00"),
        ("SAM: x&#x10;&#26;", "SAM 24 09:00–24 10:00"),
        ("SAM: x&#xD83D;", "SAM 24 09:00–24 10:00"),
        ("SAM: x&#x110000;", "SAM 24 09:00–24 10:00"),
        ("SAM: &#x1A; &gt;4711", "SAM to 4711 24 09:00–24 10:00"),
        ("&#1;SAM: x", "1 without command"),
    ],
)
def test_a_subject_may_hold_what_xml_cannot(subject: str, read: str) -> None:
    """A space of any kind is one, half an emoji is none."""
    assert said(Item([("Subject", subject), *item().properties[1:]])) == read


def test_bytes_that_are_no_utf_8_cost_no_other_item_anything() -> None:
    """As a surrogate is written by who knows no better."""
    content = answer(item("SAM: x#"), item("SAM: y", "b", UID="b", **TEN)).replace(b"#", b"\xed\xa0\xbd")
    assert str(ours(content, WINDOW)) == "SAM 24 09:00–24 10:00, SAM 24 10:00–24 11:00"
