"""Answers of FindItem with a CalendarView, written as Exchange writes them, or as it should not.

The files in `fixtures/` are made up, after what recorded answers taught. Those were read by our reader and exchangelib
alike; none is kept here:

- museumsvictoria/nodel-recipes, `Microsoft Exchange schedule retriever/examples.py` (Office 365, build 15.1.860, 2017):
  an exception, a single and an occurrence. Times are UTC with a Z, in whole seconds (`06:26:32Z`: an end of the minute
  is not to be counted on); what was not asked for is not there; an absent Location has no element.
- 1stsetup/exchangecalendar, `components/ecExchangeRequest.js` at 676fac10 (Exchange 2010 SP2, 62 items): UID comes in
  FindItem, the same of an exception as of its series' occurrences and with a zero date in it; UIDs that are no global
  object id come too (`61fac93e-…`, `CD0000008B95…`); an exception's ItemClass is `IPM.OLE.CLASS.{00061055-…}` and the
  element is CalendarItem all the same; a birthday has no length; an ItemId is each occurrence's own. It had been taken
  down with the chunk lengths of HTTP inside: then it is no whole XML, and nothing of it must be read.
- a client's test of 2026, "shape taken from a live Exchange 2019 response" (build 15.2.1748; the index names neither
  repository nor path): RecurrenceId comes in FindItem, of a plain all-day occurrence as well, as the instant of its
  local midnight in UTC; an empty Location is an empty element; elements that are false may be left out.
- an AngularJS client's test (Office 365, build 15.1.355, 2015, AllProperties) and a client of Odoo's (2016): of what is
  no meeting MyResponseType is `Organizer`, IsMeeting false; `Unknown` is in none of the recordings.
- linkedin/pyexchange, `tests/exchange2010/fixtures.py` (build 14.3.181): attendees get `Accept` with IsMeeting true; no
  UID, and no OriginalStart of an occurrence, where only the stock properties were asked for.
- WinRb/Viewpoint, `spec/soap_data/get_item_bad_character_response.xml` (build 15.0.949) and `dodgy_ews_response.xml`
  (15.1.761): a Subject with `&#x10;`, a Body with `&#x1A;`, which no XML parser takes.
- Microsoft's "Get appointments and meetings" (office-developer-exchange-docs): a view of at most five answers
  `TotalItemsInView="33" IncludesLastItemInRange="false"`, so the former is no count of what came.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.xml"))

_SPACES = {
    "s": "http://schemas.xmlsoap.org/soap/envelope/",
    "m": "http://schemas.microsoft.com/exchange/services/2006/messages",
    "t": "http://schemas.microsoft.com/exchange/services/2006/types",
}


@dataclass(frozen=True)
class Item:
    """An item's properties in order, each with the XML inside its element; of one with attributes they follow its name.

    `{t:Name}` stands for a tag of the types' space.
    """

    properties: Sequence[tuple[str, str]]
    name: str | None = "AAMk1"
    kind: str = "CalendarItem"


@dataclass(frozen=True)
class Style:
    """How an answer is written. Of the three name spaces `default` has no prefix."""

    prefixes: dict[str, str] = field(default_factory=lambda: {"s": "s", "m": "m", "t": "t"})
    default: str = ""
    declaration: str = '<?xml version="1.0" encoding="utf-8"?>'
    encoding: str = "utf-8"
    mark: bytes = b""
    turned: bool = False
    """Attributes the other way round."""
    between: str = ""
    """Between any two properties: nothing, a line's end, a comment."""


EXCHANGES = Style()


def answer(*items: Item, last: str | None = "true", total: int | None = None, style: Style = EXCHANGES) -> bytes:
    """The whole answer: `last` is what IncludesLastItemInRange says, `total` what TotalItemsInView does."""
    return written(
        "<{m:FindItemResponseMessage} ResponseClass='Success'><{m:ResponseCode}>NoError</{m:ResponseCode}>"
        + _folder(items, last, total, style)
        + "</{m:FindItemResponseMessage}>",
        style,
    )


def refusal(code: str, more: str = "") -> bytes:
    """What Exchange says instead."""
    return written(
        "<{m:FindItemResponseMessage} ResponseClass='Error'><{m:MessageText}>No.</{m:MessageText}><{m:ResponseCode}>"
        f"{code}</{{m:ResponseCode}}>{more}</{{m:FindItemResponseMessage}}>"
    )


def written(messages: str, style: Style = EXCHANGES) -> bytes:
    """An envelope with those response messages."""
    spaces = "".join(
        f' xmlns="{uri}"' if one == style.default else f' xmlns:{style.prefixes[one]}="{uri}"'
        for one, uri in _SPACES.items()
    )
    body = (
        f"<{{s:Envelope}}{spaces}><{{s:Header}}/><{{s:Body}}><{{m:FindItemResponse}}><{{m:ResponseMessages}}>"
        f"{messages}</{{m:ResponseMessages}}></{{m:FindItemResponse}}></{{s:Body}}></{{s:Envelope}}>"
    )
    return style.mark + (style.declaration + _tagged(body, style)).encode(style.encoding, "xmlcharrefreplace")


def _tagged(text: str, style: Style) -> str:
    def tag(found: re.Match[str]) -> str:
        space, name = found.groups()
        return name if space == style.default else f"{style.prefixes[space]}:{name}"

    return re.sub(r"\{([smt]):(\w+)\}", tag, text)


def _folder(items: Sequence[Item], last: str | None, total: int | None, style: Style) -> str:
    attributes = [f'TotalItemsInView="{len(items) if total is None else total}"']
    if last is not None:
        attributes.append(f'IncludesLastItemInRange="{last}"')
    inside = "".join(_item(one, style) for one in items)
    said = " ".join(reversed(attributes) if style.turned else attributes)
    return f"<{{m:RootFolder}} {said}><{{t:Items}}>{inside}</{{t:Items}}></{{m:RootFolder}}>"


def _item(item: Item, style: Style) -> str:
    attributes = [f'Id="{item.name}"', 'ChangeKey="DwAA"']
    said = " ".join(reversed(attributes) if style.turned else attributes)
    parts = [] if item.name is None else [f"<{{t:ItemId}} {said}/>"]
    for name, inside in item.properties:
        tag, *more = name.split(" ", 1)
        parts.append(f"<{{t:{tag}}} {more[0]}/>" if more else f"<{{t:{tag}}}>{inside}</{{t:{tag}}}>")
    return f"<{{t:{item.kind}}}>{style.between.join(parts)}</{{t:{item.kind}}}>"


def item(
    subject: str = "SAM: Budget", name: str | None = "AAMk1", kind: str = "CalendarItem", **properties: str
) -> Item:
    """From nine to ten on the day, Stockholm's time, unless said otherwise; an empty property is left out."""
    said = {
        "Subject": escape(subject),
        "UID": "uid-1",
        "Start": "2026-11-24T08:00:00Z",
        "End": "2026-11-24T09:00:00Z",
        "IsAllDayEvent": "false",
        "CalendarItemType": "Single",
        "MyResponseType": "Organizer",
        **properties,
    }
    return Item([(key, value) for key, value in said.items() if value], name, kind)
