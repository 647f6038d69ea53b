"""Where an item is that a request names: single, master, or an occurrence by its own id or by its index.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/itemid, .../occurrenceitemid,
.../recurringmasteritemid, and .../responsecode for the errors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from tests.exchange.item import Item, read_id
from tests.exchange.mailbox import Mailbox
from tests.exchange.organisation import OWNER, Organisation
from tests.exchange.soap import Refusal, local_name

_WRITING = frozenset({OWNER, "editor"})


@dataclass(frozen=True)
class Located:
    """An item, its mailbox, and the master where it is an occurrence."""

    mailbox: Mailbox
    item: Item
    master: Item | None

    def put(self, changed: Item) -> Item:
        """The item as it is now; an occurrence becomes an exception of its master."""
        original = changed.original_start
        if self.master is None or original is None:
            return self.mailbox.put(changed)
        self._check_neighbours(changed, original)
        exception = replace(changed, kind="Exception", change=self.master.change + 1)
        self.mailbox.put(replace(self.master, modified={**self.master.modified, original: exception}))
        return exception

    def _check_neighbours(self, changed: Item, original: datetime) -> None:
        """No occurrence may pass the one before it or the one after it."""
        before: Item | None = None
        for _, other in self.master.occurrences() if self.master else ():
            at = other.original_start or other.start
            if at > original and changed.end > other.start:
                before, at = changed, original
            if at >= original and before is not None and changed.start < before.end:
                text = "Modified occurrence is crossing or overlapping adjacent occurrence."
                raise Refusal("ErrorOccurrenceCrossingBoundary", text)
            if at > original:
                return
            before = before if at == original else other

    def remove(self, *, moved: bool) -> None:
        """Takes the item away, or moves it to the deleted items; of a series, only the occurrence that was named."""
        original = self.item.original_start
        if self.master is None or original is None:
            self.mailbox.remove(self.item.key, moved=moved)
            return
        modified = {at: item for at, item in self.master.modified.items() if at != original}
        self.mailbox.put(replace(self.master, deleted=self.master.deleted | {original}, modified=modified))


def _not_found() -> Refusal:
    return Refusal("ErrorItemNotFound", "The specified object was not found in the store.")


def locate(organisation: Organisation, element: Element, acting: str, *, to_write: bool = False) -> Located:
    """The item of an ItemId, OccurrenceItemId or RecurringMasterItemId.

    Raises:
        Refusal: it is not there, or whoever acts may not do that.
    """
    name = local_name(element)
    attribute = {"OccurrenceItemId": "RecurringMasterId", "RecurringMasterItemId": "OccurrenceId"}.get(name, "Id")
    parts = read_id(element.get(attribute, ""))
    if parts is None or parts[0] != "item":
        raise Refusal("ErrorInvalidIdMalformed", "Id is malformed.")
    mailbox, right = organisation.opened(parts[1], acting)
    if to_write and right not in _WRITING:
        raise Refusal("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    key, _, original = parts[2].partition("@")
    kept = mailbox.get(key) or mailbox.shown(parts[2])
    if kept is None or (right == "reviewer-without-private" and kept.sensitivity != "Normal"):
        raise _not_found()
    if name == "RecurringMasterItemId":
        return Located(mailbox, kept, None)
    if name == "OccurrenceItemId":
        return Located(mailbox, _by_index(kept, int(element.get("InstanceIndex", "1"))), kept)
    if not original or kept.original_start is not None:
        return Located(mailbox, kept, None)
    return Located(mailbox, _by_original(kept, datetime.strptime(original, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)), kept)


def _by_original(master: Item, original: datetime) -> Item:
    if original in master.deleted:
        raise _not_found()
    for _, at in master.original_starts():
        if at == original:
            return master.occurrence(original)
        if at > original:
            break
    raise _not_found()


def _by_index(master: Item, index: int) -> Item:
    for at_index, original in master.original_starts():
        if at_index == index and original in master.deleted:
            text = "Occurrence is deleted from the recurrence."
            raise Refusal("ErrorCalendarOccurrenceIsDeletedFromRecurrence", text)
        if at_index == index:
            return master.occurrence(original)
    text = "Occurrence index is out of recurrence range."
    raise Refusal("ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", text)
