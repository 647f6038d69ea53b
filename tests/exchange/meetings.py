"""What the organiser's doings leave in the calendars of those invited.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/sendmeetinginvitations,
.../exchange-web-services/calendars-and-ews-in-exchange (meetings), .../cancelcalendaritem.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from tests.exchange.item import Item
from tests.exchange.mailbox import Mailbox
from tests.exchange.organisation import Organisation

_CANCELLED = "Canceled: "


def invite(organisation: Organisation, organizer: str, item: Item) -> None:
    """The meeting in the calendar of each attendee who has a mailbox; a new time asks for a new answer."""
    for mailbox, copy in _copies(organisation, item):
        kept = copy is not None and (copy.start, copy.end, copy.pattern) == (item.start, item.end, item.pattern)
        response = copy.response if copy is not None and kept else "NoResponseReceived"
        key = copy.key if copy is not None else organisation.new_key()
        modified = {at: replace(one, key=key, response=response) for at, one in item.modified.items()}
        sent = replace(item, key=key, organizer=organizer, meeting=True, response=response, modified=modified)
        mailbox.put(sent)


def cancel(organisation: Organisation, item: Item, occurrence: datetime | None) -> None:
    """The meeting, or one occurrence of it, as Outlook leaves it with the attendees: there, but cancelled."""
    for mailbox, copy in _copies(organisation, item):
        if copy is None:
            continue
        if occurrence is None:
            mailbox.put(_cancelled(copy))
            continue
        exception = replace(_cancelled(copy.occurrence(occurrence)), kind="Exception")
        mailbox.put(replace(copy, modified={**copy.modified, occurrence: exception}))


def _cancelled(item: Item) -> Item:
    return replace(item, cancelled=True, subject=f"{_CANCELLED}{item.subject or ''}", busy="Free")


def _copies(organisation: Organisation, item: Item) -> Iterator[tuple[Mailbox, Item | None]]:
    for address in item.attendees:
        mailbox = organisation.mailbox(address)
        if mailbox is not None:
            yield mailbox, mailbox.by_uid(item.uid)
