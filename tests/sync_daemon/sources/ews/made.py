"""Answers made up by hypothesis: every field there or not, in every form that exchangelib reads as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from exchangelib.winzone import MS_TIMEZONE_TO_IANA_MAP
from hypothesis import strategies as st

from sync_daemon.sources import Window
from tests.sync_daemon.sources.ews.answers import Item, Style, answer

WINDOWS = [
    Window(datetime(year, month, 10, tzinfo=UTC), datetime(year, month + 1, 8, tzinfo=UTC))
    for year, month in ((2026, 11), (2027, 6))
]
"""In winter and in summer, without a change of any clock that exchangelib would stumble over."""

_STOCKHOLM = ZoneInfo("Europe/Stockholm")

_ZONES = [
    "W. Europe Standard Time",
    "UTC",
    "Eastern Standard Time",
    "Pacific Standard Time",
    "Tokyo Standard Time",
    "India Standard Time",
    "FLE Standard Time",
    "E. Australia Standard Time",
]
"""None so far off that its midnight is as near to two of Stockholm's. The first is the host's."""

_GLOBAL_OBJECT_ID = "040000008200E00074C5B7101A82E008{}B03BFD2E9A5CDC01000000000000000010000000C0FFEE"

_UIDS = [
    "uid-1",
    "uid-2",
    "61fac93e-f17e-4862-8801-2e366caba269",
    _GLOBAL_OBJECT_ID.format("00000000"),
    _GLOBAL_OBJECT_ID.format("07EA0B18"),
    _GLOBAL_OBJECT_ID.format("00000000").lower(),
    "{5C7A}: å&ß",
    "",
]

_COMMANDS = ["SAM: Budget", "sam; Budget @4711", "SAM: >4712 Budget", "TJÄ:", "TJA\u0308 ; x", "VB: SAM: x"]

_SUBJECTS = [
    *_COMMANDS * 4,
    "\u200bSAM\uff1a x",
    "SAM: <R&D> \"x\" 'y' 🙂 {t:Start}",
    "  SAM:\r\n\tx  ",
    "SAM Budget",
    "TÄJ: x",
    "Lunch",
    "]]>",
    "",
]

_NO_XML = "".join(map(chr, [*range(1, 9), 11, 12, *range(14, 32)]))
_WITH_NO_XML = ["SAM\x0b: x", "SAM\x1f: x", "SAM\x01: x", "SAM: x\x1a>4711", "\x0cSAM: x", "SAM:\x10x @4711"]

_letters = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff" + _NO_XML), max_size=20)
_characters = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff"), max_size=20)

_OTHERS = [
    ("Location", "SAM: room &lt;1&gt;"),
    ("LegacyFreeBusyStatus", "Free"),
    ("Frobnicate", "<{t:Subject}>SAM: not this</{t:Subject}><{t:Start}>2026-11-24T08:00:00Z</{t:Start}>"),
    ("Organizer", "<{t:Mailbox}><{t:Name}>SAM: Bo</{t:Name}></{t:Mailbox}>"),
    ("DateTimeStamp", "2026-11-01T00:00:00Z"),
]

_HEADS = [
    ('<?xml version="1.0" encoding="utf-8"?>', "utf-8"),
    ("<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n", "utf-8"),
    ("", "utf-8"),
    ('<?xml version="1.0" encoding="iso-8859-1"?>', "iso-8859-1"),
    ('<?xml version="1.0" encoding="us-ascii"?>', "ascii"),
]

T = TypeVar("T")
Properties = list[tuple[str, str]]


@st.composite
def answers(draw: st.DrawFn) -> tuple[Window, bytes]:
    """A window and a whole answer, of items in it, over its edges and outside."""
    lot = _Lot(draw)
    window, style = lot.of(WINDOWS), _style(lot)
    items = [_item(lot, window, style, number) for number in range(lot.below(6))]
    # Of an empty view that was cut exchangelib says that it is whole: that is in the table.
    last = lot.of(["true", "True", "TRUE", "false", "False"]) if items else "true"
    return window, answer(*items, last=last, total=len(items) * lot.of([1, 3]), style=style)


@dataclass(frozen=True)
class _Lot:
    """Draws with few strategies: making them takes most of the time."""

    draw: st.DrawFn

    def below(self, number: int) -> int:
        return self.draw(_below(number))

    def of(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def maybe(self, name: str, choices: Sequence[str]) -> Properties:
        """There three times out of four."""
        return [(name, self.of(choices))] if self.below(4) else []


@cache
def _below(number: int) -> st.SearchStrategy[int]:
    return st.integers(0, number - 1)


def _style(lot: _Lot) -> Style:
    prefixes = lot.of([("s", "m", "t"), ("soap", "msg", "typ"), ("t", "s", "m"), ("a", "b", "c")])
    declaration, encoding = lot.of(_HEADS)
    return Style(
        dict(zip("smt", prefixes, strict=True)),
        lot.of(["", "", "s", "m", "t"]),
        declaration,
        encoding,
        lot.of([b"", b"\xef\xbb\xbf"]) if encoding == "utf-8" else b"",
        lot.of([False, True]),
        lot.of(["", "\n  ", "<!-- & -->", "\t", "<?x y?>"]),
    )


def _item(lot: _Lot, window: Window, style: Style, number: int) -> Item:
    all_day = lot.below(3) == 0
    properties = [
        *(_subject(lot, style) if lot.below(10) else []),
        *lot.maybe("Sensitivity", ["Normal", "Personal", "Private", "Confidential", "Odd"]),
        *(_all_day_times(lot, window) if all_day else _times(lot, window)),
        *lot.maybe("IsMeeting", _BOOLEANS),
        *lot.maybe("IsCancelled", _BOOLEANS),
        *lot.maybe("MyResponseType", _RESPONSES),
        *(lot.of(_OTHERS) for _ in range(lot.below(3))),
    ]
    if lot.below(8):
        # Which of two of one UID is the first, hangs on what exchangelib does not say of an all-day one.
        uid = lot.of(_UIDS)
        properties.append(("UID", _escaped(uid and uid + f"{number}" * all_day)))
    turn = lot.below(len(properties))
    kind = lot.of(["CalendarItem"] * 9 + ["Message", "MeetingRequest", "MeetingCancellation", "Task"])
    return Item([*properties[turn:], *properties[:turn]], f"AAMk/{number}+=" if lot.below(10) else None, kind)


_RESPONSES = ["Organizer", "Accept", "Tentative", "Decline", "NoResponseReceived", "Unknown", "Odd", ""]
_BOOLEANS = ["true", "false", "True", "FALSE", ""]


def _subject(lot: _Lot, style: Style) -> Properties:
    """The subject as XML: as it is, with references, or in CDATA; what XML has no place for as references."""
    kind = lot.below(6)
    # Only of an answer in UTF-8 we read what is no XML.
    odd = style.encoding == "utf-8"
    if kind == 0:
        subject = lot.draw(_characters if odd else _letters)
    else:
        subject = lot.of(_WITH_NO_XML if kind == 1 and odd else _SUBJECTS)
    if lot.below(4) == 0 and subject.isprintable() and "]]>" not in subject:
        return [("Subject", f"<![CDATA[{subject}]]>")]
    ways = [lot.of(["{}", "{}", "&#{0};", "&#x{0:x};", "&#x{0:04X};"]) for _ in range(3)]
    return [("Subject", "".join(_written(one, ways[place % 3]) for place, one in enumerate(subject)))]


def _written(one: str, way: str) -> str:
    if way == "{}":
        # Once it has met what is no XML, exchangelib's parser drops `&gt;` and the like: that is in the table.
        return f"&#{ord(one)};" if one in _NO_XML + "&<>" else one
    return way.format(ord(one))


def _escaped(text: str) -> str:
    return "".join(_written(one, "{}") for one in text)


def _times(lot: _Lot, window: Window) -> Properties:
    edge = lot.of([window.start, window.end, window.start + timedelta(days=14), window.start + timedelta(days=15)])
    start = edge + timedelta(minutes=lot.below(180) - 90, seconds=lot.of([0, 0, 0, 1, 32]))
    end = start + timedelta(minutes=lot.of([60, 60, 30, 90, 0, -30, 24 * 60]), seconds=lot.of([0, 0, 0, 1, 32]))
    original = start - timedelta(minutes=lot.of([0, 60, 24 * 60]))
    midnight = original.astimezone(_STOCKHOLM).replace(hour=0, minute=0, second=0)
    zones = ["W. Europe Standard Time", "Nowhere Standard Time", "Customized Time Zone"]
    return [
        *_time(lot, "Start", start),
        *_time(lot, "End", end),
        *lot.maybe("IsAllDayEvent", ["false", "False", ""]),
        (f'StartTimeZone Id="{lot.of(zones)}"', ""),
        *_of_series(lot, lot.of([original, original, midnight])),
    ]


def _all_day_times(lot: _Lot, window: Window) -> Properties:
    """From midnight to midnight in the item's own zone, which is named unless it is the host's."""
    name = lot.of(_ZONES)
    zone = ZoneInfo(MS_TIMEZONE_TO_IANA_MAP[name])
    first = window.start.replace(tzinfo=zone) + timedelta(days=lot.of([-20, 3, 9, 14, 20, 40]))
    original = first - timedelta(days=lot.below(3), hours=lot.of([0, 0, 15]))
    named = [(f'{which} Id="{name}"', "") for which in ("StartTimeZone", "EndTimeZone")]
    return [
        *_time(lot, "Start", first, whole=True),
        *_time(lot, "End", first + timedelta(days=1 + lot.below(3)), whole=True),
        ("IsAllDayEvent", lot.of(["true", "True", "TRUE"])),
        *(named if name != _ZONES[0] or lot.below(2) else []),
        *_of_series(lot, original),
    ]


def _of_series(lot: _Lot, original: datetime) -> Properties:
    names = lot.of([[], ["OriginalStart"], ["RecurrenceId"], ["OriginalStart", "RecurrenceId"]])
    starts = [(name, _moment(lot, original - timedelta(days=place))) for place, name in enumerate(names)]
    return [*lot.maybe("CalendarItemType", ["Single", "Occurrence", "Exception", "Odd"]), *starts]


def _time(lot: _Lot, name: str, moment: datetime, *, whole: bool = False) -> Properties:
    wrong: list[Properties] = [[], [(name, "")], [(name, "yesterday")], [(name, "2026-13-45T00:00:00Z")]]
    chance = lot.below(60)
    return wrong[chance] if chance < len(wrong) else [(name, _moment(lot, moment, whole=whole))]


def _moment(lot: _Lot, moment: datetime, *, whole: bool = False) -> str:
    """With a Z, an offset, without a zone, or with fractions of a second."""
    moment = moment.astimezone(UTC)
    naive = moment.replace(tzinfo=None).isoformat()
    way = lot.below(12)
    if way < 3:
        return moment.astimezone(timezone(timedelta(hours=(1, -5, 0)[way]))).isoformat()
    if way == 3:
        return naive
    if way == 4 and not whole:
        return naive + lot.of([".000", ".250", ".1234567"]) + "+00:00"
    return f"{naive}Z"
