"""A day as a strip of time, drawn as SVG: what lies where, by shape, pattern and word as well as by colour.

It knows times and words and nothing of people; `strip_pieces` says what lies on somebody's day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from xml.etree.ElementTree import Element, SubElement, tostring

from rules.office_hours import Day
from sync_daemon.printable import one_line

_GUTTER, _WIDTH = 104.0, 864.0
"""Of the drawing's units: for the rows' names, and for the day."""

_HOURS, _LANE, _REFERRAL, _SPACE = 18.0, 17.0, 28.0, 4.0
"""Heights: of the row of hours, of an entry, of the referral, and between rows."""

_MOST_LANES = 4
"""Of entries that take place at the same time; more of them lie on each other in the last one."""

_HOUR = timedelta(hours=1)


class Kind(StrEnum):
    """What lies on a strip. The values are the classes of the style sheet."""

    REST = "rest"
    """Lunch, or outside the office hours."""
    ENTRY = "entry"
    OVER = "over"
    """An entry that counts no longer."""
    CLOSED = "closed"
    OPEN = "open"
    OPENING = "opening"
    """A moment: the phone was opened by hand, or that was taken back."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What lies from `start` up to `until`, aware; `label` is what there is room for, `told` the whole sentence."""

    kind: Kind
    start: datetime
    until: datetime
    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Words:
    """What the strip says besides its pieces, in the reader's language: `title` what it shows, the names of its rows.

    `described` is what it looks like, for those who do not see it.
    """

    title: str
    described: str
    entries: str
    referral: str
    mark: str


def drawn(  # noqa: PLR0913 - what a drawing is made of
    day: Day, zone: tzinfo, pieces: Sequence[Piece], words: Words, *, name: str, mark: datetime | None = None
) -> str:
    """The day as an SVG element. `name` is its own on the page; `mark` is now, or what was asked for; aware.

    Texts may be anybody's: they are text wherever they stand.
    """
    scale = _Scale(day, name)
    entries = [piece for piece in pieces if piece.kind in {Kind.ENTRY, Kind.OVER}]
    lanes = _lanes(entries)
    top = _HOURS + _SPACE
    below = top + _LANE * max(lanes, default=1) + _SPACE
    height = below + _REFERRAL + _SPACE
    svg = _root(words, name, height)
    for piece in (piece for piece in pieces if piece.kind is Kind.REST):
        _bar(svg, scale, piece, (top, height - top - _SPACE))
    _hours(svg, scale, zone, height)
    _row_name(svg, words.entries, top + _LANE / 2)
    _row_name(svg, words.referral, below + _REFERRAL / 2)
    for piece, lane in zip(entries, lanes, strict=True):
        _bar(svg, scale, piece, (top + _LANE * (lane - 1), _LANE - 2))
    for piece in pieces:
        if piece.kind in {Kind.CLOSED, Kind.OPEN}:
            _bar(svg, scale, piece, (below, _REFERRAL))
        elif piece.kind is Kind.OPENING:
            _opening(svg, scale, piece, top, height - top)
    if mark is not None and day.midnight <= mark < day.next_midnight:
        _mark(svg, scale.x(mark), height, words.mark)
    return tostring(svg, encoding="unicode")


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a moment lies in the drawing of that name: a day of 23 or 25 hours is as wide as any other."""

    day: Day
    name: str

    def x(self, moment: datetime) -> float:
        whole = self.day.next_midnight - self.day.midnight
        inside = min(max(moment, self.day.midnight), self.day.next_midnight) - self.day.midnight
        return round(_GUTTER + _WIDTH * (inside / whole), 1)


def _lanes(entries: Sequence[Piece]) -> list[int]:
    """In which row, from 1 on, each entry lies, so that none hides another that takes place at the same time."""
    busy: list[datetime] = []
    found = []
    for piece in entries:
        free = next((row for row, until in enumerate(busy) if until <= piece.start), len(busy))
        row = min(free, _MOST_LANES - 1)
        if row == len(busy):
            busy.append(piece.until)
        else:
            busy[row] = max(busy[row], piece.until)
        found.append(row + 1)
    return found


def _root(words: Words, name: str, height: float) -> Element:
    title, described = f"{name}-title", f"{name}-described"
    svg = Element(
        "svg",
        {
            "class": "strip",
            "viewBox": f"0 0 {_GUTTER + _WIDTH:g} {height:g}",
            "role": "img",
            "aria-labelledby": f"{title} {described}",
        },
    )
    _text(svg, "title", words.title, id=title)
    _text(svg, "desc", words.described, id=described)
    definitions = SubElement(svg, "defs")
    dots = _pattern(definitions, f"{name}-rest")
    SubElement(dots, "circle", {"class": "strip-dot", "cx": "4", "cy": "4", "r": "1"})
    stripes = _pattern(definitions, f"{name}-open")
    SubElement(stripes, "path", {"class": "strip-stripe", "d": "M0 8L8 0"})
    return svg


def _pattern(within: Element, name: str) -> Element:
    size = {"width": "8", "height": "8", "patternUnits": "userSpaceOnUse"}
    return SubElement(within, "pattern", {"id": name, **size})


def _hours(svg: Element, scale: _Scale, zone: tzinfo, height: float) -> None:
    """A line each hour that the day really has, and the clock's hour at each even one."""
    for moment in _each_hour(scale.day):
        x = f"{scale.x(moment):g}"
        SubElement(svg, "line", {"class": "strip-hour", "x1": x, "x2": x, "y1": f"{_HOURS:g}", "y2": f"{height:g}"})
        local = moment.astimezone(zone)
        if local.hour % 2 == 0:
            _text(svg, "text", f"{local:%H}", x=x, y="13", **{"class": "strip-clock"})


def _each_hour(day: Day) -> Iterator[datetime]:
    moment = day.midnight
    while moment < day.next_midnight:
        yield moment
        moment += _HOUR


def _row_name(svg: Element, text: str, middle: float) -> None:
    _text(svg, "text", text, x="0", y=f"{middle + 4:g}", **{"class": "strip-name"})


def _bar(svg: Element, scale: _Scale, piece: Piece, row: tuple[float, float]) -> None:
    """In the row that begins at that height and is so high."""
    y, height = row
    left, right = scale.x(piece.start), scale.x(piece.until)
    width = max(right - left, 2.0)
    bar = SubElement(svg, "g", {"class": f"strip-{piece.kind}"})
    _text(bar, "title", piece.told)
    place = {"x": f"{left:g}", "y": f"{y:g}", "width": f"{width:g}", "height": f"{height:g}"}
    fill = {"fill": f"url(#{scale.name}-{piece.kind})"} if piece.kind in {Kind.REST, Kind.OPEN} else {}
    SubElement(bar, "rect", {**place, **fill})
    if piece.kind is not Kind.REST:
        # An svg within the svg cuts off what it has no room for.
        window = SubElement(bar, "svg", place)
        _text(window, "text", piece.label, x="3", y=f"{height / 2 + 4:g}")


def _opening(svg: Element, scale: _Scale, piece: Piece, y: float, height: float) -> None:
    x = scale.x(piece.start)
    mark = SubElement(svg, "g", {"class": f"strip-{piece.kind}"})
    _text(mark, "title", piece.told)
    SubElement(mark, "line", {"x1": f"{x:g}", "x2": f"{x:g}", "y1": f"{y:g}", "y2": f"{y + height:g}"})
    SubElement(mark, "circle", {"cx": f"{x:g}", "cy": f"{y:g}", "r": "4"})


def _mark(svg: Element, x: float, height: float, text: str) -> None:
    mark = SubElement(svg, "g", {"class": "strip-mark"})
    _text(mark, "title", text)
    SubElement(mark, "line", {"x1": f"{x:g}", "x2": f"{x:g}", "y1": f"{_HOURS:g}", "y2": f"{height:g}"})
    SubElement(mark, "path", {"d": f"M{x - 5:g} {height:g}h10l-5 -8z"})


def _text(within: Element, tag: str, text: str, **attributes: str) -> None:
    """What no element of a page may hold is not there: XML knows no way to write a control character."""
    SubElement(within, tag, attributes).text = one_line(text)
