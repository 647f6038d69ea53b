"""calendarView: what of a calendar lies in a window, series expanded, in pages.

Sources: https://learn.microsoft.com/en-us/graph/api/user-list-calendarview and
https://learn.microsoft.com/en-us/graph/query-parameters
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from tests.exchange.item import Item
from tests.exchange.mailbox import Mailbox
from tests.graph.errors import GraphError
from tests.graph.events import PROPERTIES, event
from tests.graph.policy import UNDECLARED, GraphPolicy
from tests.graph.question import Question
from tests.graph.zones import answered_zone

LARGEST_PAGE = 1000
_OPTIONS = frozenset({"startdatetime", "enddatetime", "$select", "$top", "$skip", "$orderby", "$count"})


def calendar_view(
    endpoint: str, mailbox: Mailbox, question: Question, policy: GraphPolicy, hidden: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """One page of a view; `hidden` are the properties that the role does not show.

    Raises:
        GraphError: it is asked wrongly.
    """
    unknown = sorted(question.options.keys() - _OPTIONS)
    if unknown:
        raise GraphError(400, "BadRequest", f"Query option '{unknown[0]}' is not allowed here.")
    start, end = window(question.options)
    selected = _selected(question.options.get("$select"), UNDECLARED if policy.undeclared == "refused" else frozenset())
    top, skip = _number(question, "$top", policy.page), _number(question, "$skip", 0)
    if not 1 <= top <= LARGEST_PAGE:
        raise GraphError(400, "ErrorInvalidArgument", f"The value of $top must lie between 1 and {LARGEST_PAGE}.")
    name = question.preference("outlook.timezone") or "UTC"
    zone = answered_zone(name)
    found = _ordered(mailbox.view(start, end), question.options.get("$orderby"))
    page = found[skip : skip + top]
    address = mailbox.address
    made: dict[str, Any] = {"@odata.context": _context(endpoint, address, question.options.get("$select"))}
    if question.options.get("$count", "").lower() == "true":
        made["@odata.count"] = len(found)
    made["value"] = [event(address, item, selected, hidden, zone, name) for item in page]
    if skip + top < len(found):
        made["@odata.nextLink"] = _next(endpoint, address, question.options, skip + top)
    return made


def window(options: Mapping[str, str]) -> tuple[datetime, datetime]:
    """The two ends of a view, in UTC where no offset is given.

    Raises:
        GraphError: one is missing, is no time, or they stand the wrong way round.
    """
    if not {"startdatetime", "enddatetime"} <= options.keys():
        text = "This request requires a time window specified by the query string parameters StartDateTime and "
        text += "EndDateTime."
        raise GraphError(400, "ErrorInvalidParameter", text)
    try:
        start, end = (_utc(options[name]) for name in ("startdatetime", "enddatetime"))
    except ValueError as error:
        text = "The value of parameter 'StartDateTime' or 'EndDateTime' is invalid."
        raise GraphError(400, "ErrorInvalidParameter", text) from error
    if end < start:
        raise GraphError(400, "ErrorInvalidParameter", "The end of the window comes before its start.")
    return start, end


def _utc(text: str) -> datetime:
    read = datetime.fromisoformat(text.strip().replace(" ", "+"))
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _selected(text: str | None, refused: frozenset[str]) -> tuple[str, ...] | None:
    if text is None:
        return None
    by_lower = {name.lower(): name for name in PROPERTIES - refused}
    names = []
    for name in (one.strip() for one in text.split(",")):
        if name.lower() not in by_lower:
            said = (
                f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type "
                "'Microsoft.OutlookServices.Event'."
            )
            raise GraphError(400, "RequestBroker--ParseUri", said)
        names.append(by_lower[name.lower()])
    return tuple(names)


def _number(question: Question, name: str, otherwise: int) -> int:
    text = question.options.get(name)
    if text is None:
        return otherwise
    if not text.isdigit():
        raise GraphError(400, "ErrorInvalidUrlQuery", f"The value of {name} is no number.")
    return int(text)


def _ordered(items: list[Item], wanted: str | None) -> list[Item]:
    """In the order asked for; else in that of their starts, which nobody promises."""
    if wanted is None:
        return items
    name, _, direction = wanted.partition(" ")
    keys = {"start/datetime": lambda item: item.start, "end/datetime": lambda item: item.end}
    if name.lower() not in keys or direction.strip().lower() not in {"", "asc", "desc"}:
        raise GraphError(400, "ErrorInvalidUrlQueryFilter", f"The stand-in cannot order by {wanted}.")
    return sorted(items, key=keys[name.lower()], reverse=direction.strip().lower() == "desc")


def _context(endpoint: str, address: str, selected: str | None) -> str:
    shown = f"({selected})" if selected else ""
    return f"{endpoint}/$metadata#users('{quote(address)}')/calendarView{shown}"


def _next(endpoint: str, address: str, options: Mapping[str, str], skip: int) -> str:
    spelt = {"startdatetime": "startDateTime", "enddatetime": "endDateTime"}
    query = {spelt.get(name, name): value for name, value in options.items() if name != "$skip"}
    return f"{endpoint}/users/{quote(address)}/calendarView?{urlencode({**query, '$skip': skip})}"
