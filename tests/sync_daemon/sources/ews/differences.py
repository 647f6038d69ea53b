"""Where we and exchangelib read an answer differently, and mean to."""

from __future__ import annotations

from dataclasses import dataclass

from tests.sync_daemon.sources.ews.answers import Item, Style, answer, item

_ALL_DAY = {"IsAllDayEvent": "true"}
_STOCKHOLMS_24TH = {"Start": "2026-11-23T23:00:00Z", "End": "2026-11-24T23:00:00Z", **_ALL_DAY}
_LUNCH = item("Lunch", "other", UID="other")


@dataclass(frozen=True)
class Difference:
    """The bytes, what we say of them and what exchangelib does (or raises), and why; `host` is the host's zone."""

    name: str
    content: bytes
    ours: str
    theirs: str
    why: str
    host: str = "Europe/Stockholm"


def _raw(subject: str, *others: Item) -> bytes:
    """With a subject that is written as it is."""
    [_, *properties] = item().properties
    return answer(Item([("Subject", subject), *properties]), *others)


def _zone(name: str, **properties: str) -> Item:
    return Item([*item(**properties).properties, (f'StartTimeZone Id="{name}"', ""), (f'EndTimeZone Id="{name}"', "")])


def _twice(content: bytes) -> bytes:
    """With its only response message twice."""
    start, end = content.index(b"<m:FindItemResponseMessage"), content.index(b"</m:ResponseMessages>")
    return content[:end] + content[start:end] + content[end:]


def _cut_off(content: bytes) -> bytes:
    """After its first item."""
    end = b"</t:CalendarItem>"
    return content[: content.index(end) + len(end)]


_NINE = "SAM 24 09:00–24 10:00"
_ALL_OF_24 = "SAM 24 00:00–25 00:00"

DIFFERENCES = [
    Difference(
        "a zone of somebody's own", answer(_zone("tzone://Microsoft/Custom")), _NINE, "ValueError",
        "one such item loses it the whole view",
    ),
    Difference(
        "all day in an unknown zone", answer(_zone("Customized Time Zone", **_STOCKHOLMS_24TH)), _ALL_OF_24,
        "SAM 23 00:00–24 00:00", "it falls to the host's zone", "America/New_York",
    ),
    Difference(
        "all day without a zone", answer(item(**_STOCKHOLMS_24TH)), _ALL_OF_24, "SAM 23 00:00–24 00:00",
        "as the one above: no zone is asked for", "America/New_York",
    ),
    Difference(
        "all day when the clock goes forward",
        answer(item(Start="2026-11-23T23:00:00Z", End="2026-11-24T22:59:59Z", **_ALL_DAY)), _ALL_OF_24,
        "SAM 24 00:00–24 00:00", "it takes 24 hours from an end that is short of midnight, as on a day of 23 hours",
    ),
    Difference(
        "all day at another hour than its zone's midnight",
        answer(_zone("UTC", **_STOCKHOLMS_24TH)), _ALL_OF_24, "SAM 23 00:00–24 00:00",
        "we take the midnight that is nearest (docs/rules.md §4), it the date in the zone that is named",
    ),
    Difference(
        "fractions of a second with a Z", answer(item(Start="2026-11-24T08:00:00.000Z")), _NINE, "1 unclear",
        "XML's dateTime has them; it takes the item for one without a Start",
    ),
    Difference(
        "an hour without its zero", answer(item(Start="2026-11-24T8:00:00Z")), "1 unclear", _NINE,
        "no dateTime; said rather than guessed at",
    ),
    Difference(
        "a date instead of a time", answer(item(Start="2026-11-24")), "1 unclear", "SAM 24 00:00–24 10:00",
        "no dateTime; it takes the host's midnight",
    ),
    Difference(
        "a date with a zone, all day", answer(item(Start="2026-11-24Z", **_ALL_DAY), _LUNCH),
        "1 without command, 1 unclear", "AttributeError", "one such item loses it the whole view",
    ),
    Difference(
        "space about a value", answer(item(Start=" 2026-11-24T08:00:00Z\n")), _NINE, "1 unclear",
        "a dateTime may have it (XML Schema: whiteSpace is collapse)",
    ),
    Difference(
        "a boolean that is 1",
        answer(item(Start="2026-11-24T00:00:00Z", End="2026-11-25T00:00:00Z", IsAllDayEvent="1")), _ALL_OF_24,
        "SAM 24 01:00–25 01:00", "XML's boolean may be a 1; to it that is no all-day item",
    ),
    Difference(
        "an OriginalStart that is no time",
        answer(item(CalendarItemType="Exception", OriginalStart="?", RecurrenceId="2026-11-24T08:00:00Z")), "1 unclear",
        _NINE, "a key that may be wrong is worse than none",
    ),
    Difference(
        "two Subjects", _raw("Lunch</{t:Subject}><{t:Subject}>SAM: x"), _NINE, "1 without command",
        "no CalendarItem; we take the last, it the first",
    ),
    Difference(
        "a comment in a subject", _raw("SA<!-- -->M: x"), _NINE, "1 without command",
        "to XML it is not there; its text ends before it",
    ),
    Difference(
        "a comment between items", _raw("SAM: x").replace(b"<t:Items>", b"<t:Items><!-- -->"), _NINE, "ValueError",
        "it takes it for an item of an unknown kind, and loses the view",
    ),
    Difference(
        "an item of an unknown kind", answer(item(), item(name="b", kind="Frobnicate")), _NINE, "ValueError",
        "one such item loses it the whole view",
    ),
    Difference(
        "a control character as it is", _raw("SAM\x01: x"), "1 near", _NINE,
        "its parser drops it; we read it as a folder of iCalendar files has it",
    ),
    Difference(
        "a reference to no character", _raw("SAM&#0;: x"), "1 near", _NINE, "as the one above",
    ),
    Difference(
        "half of a surrogate pair", _raw("SAM: x&#xD83D;"), _NINE, "UnicodeDecodeError",
        "a subject that was cut in the middle of an emoji loses it the whole view",
    ),
    Difference(
        "a sign after a control character", _raw("Lunch&#x1A;", item("SAM: >4712", "b")),
        "SAM to 4712 24 09:00–24 10:00, 1 without command", f"{_NINE}, 1 without command",
        "once its parser has recovered from anything it drops every `&gt;`, `&lt;` and `&amp;`",
    ),
    Difference(
        "an unknown entity", _raw("SAM: x &nbsp; y"), "unreadable", _NINE, "no XML; said rather than guessed at",
    ),
    Difference(
        "an answer that was cut off", _cut_off(answer(item(), item(name="b", UID="b"))), "unreadable", _NINE,
        "it takes what came for the whole view: the rest would be deleted",
    ),
    Difference(
        "more after the end", answer(item()) + b"16\r\n", "unreadable", _NINE, "no XML; said rather than guessed at",
    ),
    Difference(
        "a blank line before the beginning", b"\r\n" + answer(item()), "unreadable", _NINE, "as the one above",
    ),
    Difference(
        "a document type", b"<!DOCTYPE x>" + answer(item(), style=Style(declaration="")), "unreadable", _NINE,
        "SOAP has none, and with one an answer can blow itself up",
    ),
    Difference(
        "UTF-16", answer(item(), style=Style(declaration="", encoding="utf-16")), "unreadable", _NINE,
        "Exchange writes UTF-8; in UTF-16 a document type would not be seen",
    ),
    Difference(
        "two answers in one", _twice(answer(item())), "unreadable", "ValueError",
        "one folder was asked for; no difference but in the words",
    ),
    Difference(
        "an empty view that was cut", answer(last="false", total=0), "nothing, cut", "nothing",
        "it takes it for the whole",
    ),
    Difference(
        "a cut that is not spoken of", answer(item(), last=None), f"{_NINE}, cut", "AttributeError",
        "what does not say that it is whole is not",
    ),
    Difference(
        "a view that is whole with a 1", answer(item(), last="1"), _NINE, f"{_NINE}, cut",
        "XML's boolean may be a 1; to it a 0 is whole and a 1 is not",
    ),
    Difference(
        "a view that is cut with a 0", answer(item(), last="0"), f"{_NINE}, cut", _NINE, "as the one above",
    ),
    Difference(
        "items where none are counted", answer(item(), total=0), _NINE, "nothing", "what is there is read",
    ),
    Difference(
        "no count of items", answer(item()).replace(b'TotalItemsInView="1"', b""), _NINE, "TypeError",
        "nothing hangs on it",
    ),
    Difference(
        "no Items at all", answer(total=0).replace(b"<t:Items></t:Items>", b""), "unreadable", "nothing",
        "an empty calendar is one that says so",
    ),
]  # fmt: skip
