"""The bytes of a connection that hangs → what each message of it says. A message holds ids, and no word of a calendar.

Exchange writes one whole SOAP envelope after another into the one answer:
https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getstreamingevents-operation and
.../getstreamingeventsresponsemessage (ErrorSubscriptionIds, ConnectionStatus).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from sync_daemon.sources.ews.answer import MESSAGES, TYPES, message_of, refusal_in
from sync_daemon.sources.exchange.failure import Failure

LARGEST = 4 * 1024 * 1024
"""Bytes of one envelope; 200 mailboxes with 50 events each have some three million."""

_END = re.compile(rb"</(?:[A-Za-z0-9_.-]{1,32}:)?Envelope\s{0,16}>")

_LONGEST_END = 64
"""The bytes before those that just came, in which the end of an envelope may have begun."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message: which subscriptions have something new, and how the connection stands; it may say both.

    `failure` is what went wrong, and `gone` are the subscriptions that it is about, if it names any. `closed` where
    Exchange ends the connection with it.
    """

    changed: frozenset[str] = frozenset()
    failure: Failure | None = None
    gone: frozenset[str] = frozenset()
    closed: bool = False

    @property
    def is_beat(self) -> bool:
        """Whether it says only that the connection stands."""
        return not self.changed and self.failure is None and not self.closed


class EnvelopeTooLarge(ValueError):
    """It has more than `LARGEST` bytes."""


class Envelopes:
    """Cuts what comes into envelopes."""

    def __init__(self) -> None:
        self._begun = bytearray()

    def of(self, chunk: bytes) -> Iterator[bytes]:
        """Those that are whole with these bytes. Raises EnvelopeTooLarge."""
        looked_at = max(0, len(self._begun) - _LONGEST_END)
        self._begun += chunk
        while (end := _END.search(self._begun, looked_at)) is not None:
            whole = bytes(self._begun[: end.end()])
            del self._begun[: end.end()]
            looked_at = 0
            if len(whole) > LARGEST:
                raise EnvelopeTooLarge
            yield whole
        if len(self._begun) > LARGEST:
            raise EnvelopeTooLarge


def read_envelope(content: bytes) -> Envelope:
    """What it says; where it is none of Exchange's, that failure."""
    message = message_of(content.strip(), "GetStreamingEvents")
    if isinstance(message, Failure):
        return Envelope(failure=message)
    closed = (message.findtext(f"{MESSAGES}ConnectionStatus") or "").strip() == "Closed"
    failure = refusal_in(message)
    gone = frozenset() if failure is None else _named(message)
    return Envelope(changed=_changed(message), failure=failure, gone=gone, closed=closed)


def _changed(message: ET.Element) -> frozenset[str]:
    """Whatever happened: that somebody listens closely is for the reading that it asks for."""
    notifications = message.iterfind(f"{MESSAGES}Notifications/{MESSAGES}Notification")
    return frozenset(
        (notification.findtext(f"{TYPES}SubscriptionId") or "").strip()
        for notification in notifications
        if any(child.tag not in _NO_EVENTS for child in notification)
    )


_NO_EVENTS = {f"{TYPES}{name}" for name in ("SubscriptionId", "PreviousWatermark", "MoreEvents", "StatusEvent")}


def _named(message: ET.Element) -> frozenset[str]:
    """The ids; Exchange's schema has them in either name space."""
    listed = message.find(f"{MESSAGES}ErrorSubscriptionIds")
    return frozenset() if listed is None else frozenset((one.text or "").strip() for one in listed)
