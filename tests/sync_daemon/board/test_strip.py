"""A day as a picture: where each thing lies, on every kind of day, and that texts are nothing but text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from xml.etree.ElementTree import Element, fromstring
from zoneinfo import ZoneInfo

import pytest

from rules.office_hours import Day, OfficeHours
from rules.policy import Rules
from sync_daemon.board.strip import Kind, Piece, Words, drawn

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OFFICE = OfficeHours(Rules(), STOCKHOLM, lambda _day: False)
TUESDAY, SPRING, AUTUMN = date(2026, 11, 24), date(2026, 3, 29), date(2026, 10, 25)
WORDS = Words("Anna Ek, Tuesday", "A strip of time.", "entries", "referral", "now")


def at(clock: str, day: date = TUESDAY) -> datetime:
    """That local time, in UTC."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=STOCKHOLM).astimezone(UTC)


def piece(kind: Kind, start: str, until: str, label: str = "SAM:", day: date = TUESDAY) -> Piece:
    """What lies there on that day."""
    return Piece(kind, at(start, day), at(until, day), label, f"{start}–{until}: {label}")


def strip(*pieces: Piece, day: date = TUESDAY, mark: datetime | None = None, words: Words = WORDS) -> Element:
    """The drawing, as a browser reads it."""
    return fromstring(drawn(_day(day), STOCKHOLM, pieces, words, name="today", mark=mark))  # noqa: S314 - our own


def _day(day: date) -> Day:
    return OFFICE.day(day)


def rectangles(svg: Element, kind: Kind) -> list[tuple[float, float]]:
    """Where those bars begin and end."""
    found = svg.iterfind(f".//g[@class='strip-{kind}']/rect")
    return [(float(one.attrib["x"]), float(one.attrib["x"]) + float(one.attrib["width"])) for one in found]


def clock(svg: Element) -> list[str | None]:
    """The hours that stand above it."""
    return [one.text for one in svg.iterfind("text[@class='strip-clock']")]


def lines(svg: Element) -> list[float]:
    """Where its hours begin."""
    return [float(one.attrib["x1"]) for one in svg.iterfind("line[@class='strip-hour']")]


def test_a_quarter_of_a_day_is_a_quarter_of_the_strip() -> None:
    """From six to twelve, of a strip that begins after the rows' names."""
    assert rectangles(strip(piece(Kind.CLOSED, "06:00", "12:00")), Kind.CLOSED) == [(320.0, 536.0)]


@pytest.mark.parametrize(("day", "hours"), [(TUESDAY, 24), (SPRING, 23), (AUTUMN, 25)])
def test_a_day_has_the_hours_that_it_really_has(day: date, hours: int) -> None:
    """On the days of the clock change as well, and all of them are as wide."""
    marks = lines(strip(day=day))

    assert len(marks) == hours
    assert max(marks) + 864 / hours == pytest.approx(968, abs=0.1)


def test_the_hour_that_the_spring_leaves_out_is_not_on_the_clock_and_the_autumns_is_there_twice() -> None:
    """02 in March is none, and in October there are two."""
    assert clock(strip(day=SPRING))[:3] == ["00", "04", "06"]
    assert clock(strip(day=AUTUMN))[:4] == ["00", "02", "02", "04"]


@pytest.mark.parametrize(("day", "hours_before"), [(TUESDAY, 9), (SPRING, 8), (AUTUMN, 10)])
def test_what_begins_at_nine_lies_at_the_line_of_nine(day: date, hours_before: int) -> None:
    """Whatever the night before it did to the clock."""
    svg = strip(piece(Kind.ENTRY, "09:00", "10:00", day=day), day=day)

    [(left, right)] = rectangles(svg, Kind.ENTRY)
    marks = lines(svg)
    assert (left, right) == pytest.approx((marks[hours_before], marks[hours_before + 1]), abs=0.1)


def test_what_reaches_over_the_day_is_cut_at_its_midnights() -> None:
    """A week away fills the day and nothing beside it."""
    week = Piece(Kind.CLOSED, at("00:00") - timedelta(days=3), at("00:00") + timedelta(days=3), "away", "away")

    assert rectangles(strip(week), Kind.CLOSED) == [(104.0, 968.0)]


def test_entries_at_the_same_time_lie_below_each_other() -> None:
    """None hides another; one that begins as another ends is beside it."""
    svg = strip(
        piece(Kind.ENTRY, "09:00", "10:00"), piece(Kind.ENTRY, "09:30", "11:00"), piece(Kind.ENTRY, "10:00", "10:30")
    )

    tops = [one.attrib["y"] for one in svg.iterfind(f".//g[@class='strip-{Kind.ENTRY}']/rect")]
    assert tops[0] == tops[2] != tops[1]


def test_the_state_is_told_by_shape_and_word_and_not_by_colour_alone() -> None:
    """An open one is striped, a rest dotted, a closed one filled; each bar says in a word what it is."""
    svg = strip(
        piece(Kind.REST, "00:00", "08:00", "outside office hours"),
        piece(Kind.CLOSED, "09:00", "10:00", "closed: meeting"),
        piece(Kind.OPEN, "10:00", "11:00", "open: meeting"),
    )

    fills = {kind: svg.find(f".//g[@class='strip-{kind}']/rect") for kind in (Kind.REST, Kind.CLOSED, Kind.OPEN)}
    assert [None if one is None else one.get("fill") for one in fills.values()] == [
        *("url(#today-rest)", None, "url(#today-open)")
    ]
    assert {one.attrib["id"] for one in svg.iterfind("defs/pattern")} == {"today-rest", "today-open"}
    labels = [one.text for one in svg.iterfind(".//g/svg/text")]
    assert labels == ["closed: meeting", "open: meeting"]


def test_a_reader_of_the_screen_is_told_what_it_shows() -> None:
    """By title and description, to which the element points; and of each bar its sentence."""
    svg = strip(piece(Kind.CLOSED, "09:00", "10:00"))

    by_id = {one.attrib["id"]: one.text for one in svg.iter() if "id" in one.attrib}
    assert [by_id[name] for name in svg.attrib["aria-labelledby"].split()] == [WORDS.title, WORDS.described]
    assert svg.attrib["role"] == "img"
    assert svg.findtext(f".//g[@class='strip-{Kind.CLOSED}']/title") == "09:00–10:00: SAM:"


def test_now_is_marked_on_its_day_only() -> None:
    """With a word; tomorrow has no now."""
    assert strip(mark=at("12:00")).findtext("g[@class='strip-mark']/title") == "now"
    assert strip(mark=at("12:00", date(2026, 11, 25))).find("g[@class='strip-mark']") is None


def test_a_name_is_text_whatever_it_holds() -> None:
    """HTML stays letters, and a control character is none: XML could not hold it."""
    hostile = "<script>alert(1)</script>\x00\x1b[31m&\"'"
    svg = strip(piece(Kind.CLOSED, "09:00", "10:00", hostile), words=Words(hostile, hostile, hostile, hostile, hostile))

    assert svg.find(".//script") is None
    assert svg.findtext("title") == "<script>alert(1)</script>  [31m&\"'"


def test_it_has_no_style_of_its_own() -> None:
    """The policy of the page lets none through: classes, and attributes of shape."""
    svg = strip(piece(Kind.OPENING, "09:00", "09:00"), piece(Kind.OVER, "09:00", "10:00"), mark=at("12:00"))

    assert not [one for one in svg.iter() if "style" in one.attrib or one.tag == "style"]
