"""FindItem: a CalendarView with series expanded, or pages of masters and single items.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/finditem-operation-calendar-item,
.../calendarview, .../rootfolder-finditemresponsemessage (IncludesLastItemInRange),
.../exchange-web-services/how-to-get-appointments-and-meetings-by-using-ews-in-exchange (TotalItemsInView="33"
over the five items of a view that is cut) and
https://blogs.msdn.microsoft.com/exchangedev/2010/03/12/throttling-policies-and-the-ewsfindcountlimit/ (1,000 items).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from tests.exchange.folders import Folder, open_folder
from tests.exchange.item import Item
from tests.exchange.organisation import Organisation, Policy
from tests.exchange.rendering import Shape, calendar_item, read_shape
from tests.exchange.soap import Refusal, Request, failure, m, response, success

_SENSITIVE = frozenset({"Private", "Confidential"})


@dataclass(frozen=True)
class Damage:
    """What a fault does to a view: overrides of the properties of one item, or a cut that is not told."""

    index: int = 0
    raw: tuple[tuple[str, str | None], ...] = ()
    cut: int | None = None

    def of(self, items: list[Item]) -> list[Item]:
        """The items of the view as the fault has them."""
        kept = items[: self.cut]
        if not self.raw or not kept:
            return kept
        at = self.index % len(kept)
        return [*kept[:at], replace(kept[at], raw={**kept[at].raw, **dict(self.raw)}), *kept[at + 1 :]]


@dataclass(frozen=True)
class _View:
    start: datetime
    end: datetime
    most: int | None


def find_item(organisation: Organisation, request: Request, acting: str, damage: Damage | None = None) -> bytes:
    """FindItem: a message for each folder."""
    folders = request.element.find(m("ParentFolderIds"))
    messages = []
    for element in folders if folders is not None else ():
        try:
            folder = open_folder(organisation, element, acting)
            messages.append(_message(organisation.policy, request, folder, damage))
        except Refusal as refusal:
            messages.append(failure("FindItem", refusal))
    return response("FindItem", messages)


def view_key(organisation: Organisation, request: Request, acting: str) -> tuple[object, ...] | None:
    """What an answer depends on besides the mailbox's own state; None for what is no view of one folder."""
    policy = organisation.policy
    view, folders = request.element.find(m("CalendarView")), request.element.find(m("ParentFolderIds"))
    if view is None or folders is None or len(folders) != 1:
        return None
    try:
        folder = open_folder(organisation, folders[0], acting)
        shape = read_shape(request.element[0], folder.mailbox.address, _zone(policy, request), finding=True)
    except Refusal:
        return None
    limits = (policy.find_limit, policy.find_limit_is_error)
    return (folder.mailbox.address, folder.name, folder.right, shape, tuple(sorted(view.attrib.items())), limits)


def _zone(policy: Policy, request: Request) -> str | None:
    return request.zone if policy.times_with_offset else None


def _message(policy: Policy, request: Request, folder: Folder, damage: Damage | None) -> str:
    shape = read_shape(request.element[0], folder.mailbox.address, _zone(policy, request), finding=True)
    if request.element.find(m("Restriction")) is not None:
        raise Refusal("ErrorUnsupportedPathForQuery", "The stand-in knows no restrictions; use a CalendarView.")
    element = request.element.find(m("CalendarView"))
    if element is None:
        return _page(policy, request.element, folder, shape)
    view = _read_view(element)
    items = _visible(folder, folder.mailbox.view(view.start, view.end) if folder.name == "calendar" else [])
    most = policy.find_limit if view.most is None else min(view.most, policy.find_limit)
    if view.most is None and len(items) > most and policy.find_limit_is_error:
        text = "You have exceeded the maximum number of objects that can be returned for the find operation."
        raise Refusal("ErrorExceededFindCountLimit", text)
    shown = items[:most]
    whole = len(shown) == len(items)
    total = len(items)
    if damage is not None:
        shown = damage.of(shown)
        total = total if damage.cut is None else len(shown)
        whole = whole or damage.cut is not None
    return _root_folder(shown, shape, total=total, whole=whole)


def _read_view(element: Element) -> _View:
    """Reads CalendarView.

    Raises:
        Refusal: a time is unreadable, the end comes before the start, or they are over two years apart.
    """
    try:
        start, end = (_utc(element.get(name, "")) for name in ("StartDate", "EndDate"))
    except ValueError as error:
        raise Refusal("ErrorInvalidArgument", "StartDate or EndDate is no time.") from error
    if end < start:
        text = "EndDate is earlier than StartDate"
        raise Refusal("ErrorCalendarEndDateIsEarlierThanStartDate", text)
    if end > start.replace(year=start.year + 2, day=min(start.day, 28) if start.month == 2 else start.day):
        text = "The specified view range exceeds the maximum range of two years."
        raise Refusal("ErrorCalendarViewRangeTooBig", text)
    most = element.get("MaxEntriesReturned")
    return _View(start, end, None if most is None else int(most))


def _utc(value: str) -> datetime:
    read = datetime.fromisoformat(value)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _visible(folder: Folder, items: list[Item]) -> list[Item]:
    """Without private entries where the right leaves them out."""
    if folder.right != "reviewer-without-private":
        return items
    return [item for item in items if item.sensitivity not in _SENSITIVE]


def _page(policy: Policy, element: Element, folder: Folder, shape: Shape) -> str:
    items = _visible(folder, folder.mailbox.items() if folder.name == "calendar" else [])
    paging = element.find(m("IndexedPageItemView"))
    offset = 0 if paging is None else int(paging.get("Offset", "0"))
    most = policy.find_limit if paging is None else int(paging.get("MaxEntriesReturned", policy.find_limit))
    shown = items[offset : offset + min(most, policy.find_limit)]
    reached = offset + len(shown)
    return _root_folder(shown, shape, total=len(items), whole=reached >= len(items), offset=reached)


def _root_folder(items: Sequence[Item], shape: Shape, *, total: int, whole: bool, offset: int | None = None) -> str:
    paging = "" if offset is None else f' IndexedPagingOffset="{offset}"'
    inside = "".join(calendar_item(item, shape) for item in items)
    return success(
        "FindItem",
        f'<m:RootFolder{paging} TotalItemsInView="{total}" IncludesLastItemInRange="{"true" if whole else "false"}">'
        f"<t:Items>{inside}</t:Items></m:RootFolder>",
    )
