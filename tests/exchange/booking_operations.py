"""GetItem, CreateItem, UpdateItem and DeleteItem for calendar items, as Outlook or exchangelib book.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getitem-operation-calendar-item,
.../createitem-operation-calendar-item, .../updateitem-operation-calendar-item, .../deleteitem-operation, and
.../exchange-web-services/calendars-and-ews-in-exchange for series, exceptions and all-day entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

from tests.exchange import meetings, recurrence
from tests.exchange.folders import open_folder
from tests.exchange.item import Item, change_key, global_object_id, item_id, midnights, moment
from tests.exchange.located import Located, locate
from tests.exchange.mailbox import Mailbox
from tests.exchange.organisation import OWNER, Organisation
from tests.exchange.rendering import calendar_item, read_shape
from tests.exchange.soap import Refusal, Request, failure, local_name, m, response, success, t, text_of
from tests.exchange.zone import SWEDEN

_SEND_TO_NONE = "SendToNone"
_ANSWERS = {"AcceptItem": "Accept", "TentativelyAcceptItem": "Tentative", "DeclineItem": "Decline"}

_PLAIN = {
    "Subject": "subject",
    "Body": "body",
    "Sensitivity": "sensitivity",
    "Location": "location",
    "LegacyFreeBusyStatus": "busy",
    "UID": "uid",
}
# What an item has again when a property is deleted from it.
_EMPTY: dict[str, dict[str, Any]] = {
    "item:Subject": {"subject": None},
    "item:Body": {"body": ""},
    "calendar:Location": {"location": ""},
    "calendar:RequiredAttendees": {"attendees": ()},
    "calendar:Recurrence": {"pattern": None, "kind": "Single", "deleted": frozenset(), "modified": {}},
}


def _each(operation: str, elements: Iterable[Element], do: Callable[[Element], str]) -> bytes:
    """A message for each element: what was done, or why not."""
    messages = []
    for element in elements:
        try:
            messages.append(success(operation, do(element)))
        except Refusal as refusal:
            messages.append(failure(operation, refusal))
    return response(operation, messages)


def get_item(organisation: Organisation, request: Request, acting: str) -> bytes:
    """GetItem."""
    zone = request.zone if organisation.policy.times_with_offset else None

    def got(element: Element) -> str:
        located = locate(organisation, element, acting)
        shape = read_shape(request.element[0], located.mailbox.address, zone, finding=False)
        return f"<m:Items>{calendar_item(located.item, shape)}</m:Items>"

    ids = request.element.find(m("ItemIds"))
    return _each("GetItem", ids if ids is not None else (), got)


def create_item(organisation: Organisation, request: Request, acting: str) -> bytes:
    """CreateItem: a calendar item, or an answer to an invitation, or the cancelling of a meeting."""
    element = request.element
    saved = element.find(m("SavedItemFolderId"))
    sends = element.get("SendMeetingInvitations", _SEND_TO_NONE) != _SEND_TO_NONE

    def created(item: Element) -> str:
        name = local_name(item)
        reference = item.find(t("ReferenceItemId"))
        if reference is not None and name in {*_ANSWERS, "CancelCalendarItem"}:
            _answered(organisation, locate(organisation, reference, acting, to_write=True), name)
            return "<m:Items/>"
        if name != "CalendarItem":
            raise Refusal("ErrorInvalidRequest", f"The stand-in makes no {name}.")
        return _identity(*_booked(organisation, item, _destination(organisation, saved, acting), invites=sends))

    items = element.find(m("Items"))
    return _each("CreateItem", items if items is not None else (), created)


def _destination(organisation: Organisation, saved: Element | None, acting: str) -> Mailbox:
    if saved is None or not len(saved):
        return organisation.opened(acting, acting)[0]
    folder = open_folder(organisation, saved[0], acting)
    if folder.right not in {OWNER, "editor"}:
        raise Refusal("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    return folder.mailbox


def _booked(organisation: Organisation, element: Element, mailbox: Mailbox, *, invites: bool) -> tuple[Mailbox, Item]:
    now, key = organisation.now(), organisation.new_key()
    blank = Item(key, None, now, now, global_object_id(now), organizer=mailbox.address)
    item = mailbox.put(_tidy(replace(blank, **_values(element))))
    if invites:
        meetings.invite(organisation, mailbox.address, item)
    return mailbox, item


def _answered(organisation: Organisation, located: Located, name: str) -> None:
    if name == "CancelCalendarItem":
        _removed(organisation, located, cancels=True, moved=True)
    elif name == "DeclineItem":
        located.remove(moved=True)
    else:
        item = replace(located.item, response=_ANSWERS[name])
        changed = {at: replace(one, response=item.response) for at, one in item.modified.items()}
        located.put(replace(item, modified=changed))


def update_item(organisation: Organisation, request: Request, acting: str) -> bytes:
    """UpdateItem: SetItemField and DeleteItemField."""
    sends = request.element.get("SendMeetingInvitationsOrCancellations", _SEND_TO_NONE) != _SEND_TO_NONE
    strict = request.element.get("ConflictResolution") == "NeverOverwrite"

    def updated(change: Element) -> str:
        located = locate(organisation, change[0], acting, to_write=True)
        if strict and change[0].get("ChangeKey") not in {None, change_key(located.item.change)}:
            text = "The send or update operation could not be performed because the change key is out of date."
            raise Refusal("ErrorIrresolvableConflict", text)
        item = located.put(_changed(located.item, change[1]))
        master = located.mailbox.get(item.key)
        if sends and master is not None and master.response == "Organizer":
            meetings.invite(organisation, located.mailbox.address, master)
        return _identity(located.mailbox, item) + "<m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>"

    changes = request.element.find(m("ItemChanges"))
    return _each("UpdateItem", changes if changes is not None else (), updated)


def _changed(item: Item, updates: Element) -> Item:
    values: dict[str, Any] = {}
    for update in updates:
        uri = update[0].get("FieldURI", "")
        values |= _EMPTY.get(uri, {}) if local_name(update) == "DeleteItemField" else _values(update[1])
    changed = replace(item, **values)
    if changed.pattern is not None and (changed.start, changed.end, changed.pattern) != (
        item.start,
        item.end,
        item.pattern,
    ):
        changed = replace(changed, deleted=frozenset(), modified={})  # a new pattern forgets its exceptions
    return _tidy(changed)


def delete_item(organisation: Organisation, request: Request, acting: str) -> bytes:
    """DeleteItem: an item, a series by its master, or one occurrence."""
    cancels = request.element.get("SendMeetingCancellations", _SEND_TO_NONE) != _SEND_TO_NONE
    moved = request.element.get("DeleteType") == "MoveToDeletedItems"

    def deleted(element: Element) -> str:
        _removed(organisation, locate(organisation, element, acting, to_write=True), cancels=cancels, moved=moved)
        return ""

    ids = request.element.find(m("ItemIds"))
    return _each("DeleteItem", ids if ids is not None else (), deleted)


def _removed(organisation: Organisation, located: Located, *, cancels: bool, moved: bool) -> None:
    if cancels and located.item.response == "Organizer":
        meetings.cancel(organisation, located.master or located.item, located.item.original_start)
    located.remove(moved=moved)


def _values(element: Element) -> dict[str, Any]:
    """The fields of Item that the children of a CalendarItem set."""
    values: dict[str, Any] = {}
    for child in element:
        name = local_name(child)
        if name in _PLAIN:
            values[_PLAIN[name]] = text_of(child)
        elif name in {"Start", "End"}:
            values[name.lower()] = moment(text_of(child), SWEDEN)
        elif name == "IsAllDayEvent":
            values["all_day"] = text_of(child).lower() in {"true", "1"}
        elif name == "StartTimeZone":
            values["zone"] = child.get("Id", SWEDEN)
        elif name == "RequiredAttendees":
            values |= _invited(child)
        elif name == "Recurrence":
            values |= {"pattern": recurrence.read_xml(child), "kind": "RecurringMaster"}
    return values


def _invited(element: Element) -> dict[str, Any]:
    path = f"{t('Attendee')}/{t('Mailbox')}/{t('EmailAddress')}"
    addresses = tuple(text_of(found).lower() for found in element.iterfind(path))
    return {"attendees": addresses, "meeting": bool(addresses)}


def _tidy(item: Item) -> Item:
    """As Exchange keeps it: whole days around an all-day entry; never an end before the start."""
    if item.end < item.start:
        text = "EndDate is earlier than StartDate"
        raise Refusal("ErrorCalendarEndDateIsEarlierThanStartDate", text)
    if not item.all_day:
        return item
    start, end = midnights(item.start, item.end, item.zone)
    return replace(item, start=start, end=end)


def _identity(mailbox: Mailbox, item: Item) -> str:
    identity = f'<t:ItemId Id="{item_id(mailbox.address, item)}" ChangeKey="{change_key(item.change)}"/>'
    return f"<m:Items><t:CalendarItem>{identity}</t:CalendarItem></m:Items>"
