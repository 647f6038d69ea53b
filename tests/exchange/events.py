"""What a change of a calendar is told as: events with ids and a time, and nothing of the content.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/notification-subscriptions-mailbox-events-and-ews-in-exchange
(several events for one action), .../how-to-stream-notifications-about-mailbox-events-by-using-ews-in-exchange (a
created item: CreatedEvent, and a ModifiedEvent of its folder), .../web-service-reference/movedevent, .../deletedevent,
and .../exchange-web-services/deleting-items-by-using-ews-in-exchange (to the deleted items: moved).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tests.exchange.item import Item, change_key, folder_id, item_id

TYPES = frozenset(
    {
        "CopiedEvent",
        "CreatedEvent",
        "DeletedEvent",
        "ModifiedEvent",
        "MovedEvent",
        "NewMailEvent",
        "FreeBusyChangedEvent",
    }
)


@dataclass(frozen=True)
class Change:
    """Something that happened to an item of a calendar; `kind` is created, modified, deleted, moved or copied.

    `origin` is the item that it was copied from, else the item itself.
    """

    mailbox: str
    kind: str
    item: Item
    origin: Item


@dataclass(frozen=True)
class Event:
    """One event: its type, and the XML of it."""

    type: str
    xml: str


def events_of(change: Change, at: datetime) -> list[Event]:
    """What Exchange tells of a change; of a series the master is named, whichever occurrence was changed."""
    made = {
        "created": ["CreatedEvent", "ModifiedEvent"],
        "modified": ["ModifiedEvent", "ModifiedEvent"],
        "deleted": ["DeletedEvent"],
        "moved": ["MovedEvent"],
        "copied": ["CopiedEvent"],
    }[change.kind]
    told = [Event(kind, _of_item(kind, change, at)) for kind in (*made, "FreeBusyChangedEvent")]
    return [*told, Event("ModifiedEvent", _of_folder(change.mailbox, at))]


def _of_item(kind: str, change: Change, at: datetime) -> str:
    calendar = _folder("ParentFolderId", change.mailbox, "calendar")
    was = _item("OldItemId", change.mailbox, change.origin) + _folder("OldParentFolderId", change.mailbox, "calendar")
    content = _item("ItemId", change.mailbox, change.item)
    if kind == "MovedEvent":
        content += _folder("ParentFolderId", change.mailbox, "deleteditems") + was
    else:
        content += calendar + (was if kind == "CopiedEvent" else "")
    return _event(kind, at, content)


def _of_folder(mailbox: str, at: datetime) -> str:
    return _event(
        "ModifiedEvent",
        at,
        _folder("FolderId", mailbox, "calendar") + _folder("ParentFolderId", mailbox, "msgfolderroot"),
    )


def _item(element: str, mailbox: str, item: Item) -> str:
    return f'<t:{element} Id="{item_id(mailbox, item)}" ChangeKey="{change_key(item.change)}"/>'


def _folder(element: str, mailbox: str, name: str) -> str:
    return f'<t:{element} Id="{folder_id(mailbox, name)}" ChangeKey="AQAAAA=="/>'


def _event(kind: str, at: datetime, content: str) -> str:
    return f"<t:{kind}><t:TimeStamp>{at:%Y-%m-%dT%H:%M:%SZ}</t:TimeStamp>{content}</t:{kind}>"
