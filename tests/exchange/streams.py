"""Connections that hang: GetStreamingEvents answered by one envelope after another, and Subscribe and Unsubscribe.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getstreamingevents-operation,
.../subscribe-operation, .../unsubscribe-operation, .../connectiontimeout (1 to 30 minutes), .../errorsubscriptionids,
.../exchange-web-services/handling-notification-related-errors-in-ews-in-exchange, .../responsecode, and
https://github.com/ecederstrand/exchangelib/blob/master/exchangelib/services/get_streaming_events.py (an error with
ids comes instead of any notification, ConnectionStatus beside it, and the ids are in the messages namespace, as
https://github.com/OfficeDev/ews-managed-api/blob/master/Core/Responses/GetStreamingEventsResponse.cs reads them too).
"""

from __future__ import annotations

import html
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

from tests.exchange.back_ends import Routed, back_end_of
from tests.exchange.events import TYPES as EVENT_TYPES
from tests.exchange.events import Event
from tests.exchange.folders import open_folder
from tests.exchange.mailbox import Mailbox
from tests.exchange.organisation import Organisation
from tests.exchange.soap import (
    MESSAGES,
    TYPES,
    Refusal,
    Request,
    SoapFault,
    envelope,
    failure,
    m,
    response,
    success,
    t,
    text_of,
)
from tests.exchange.subscriptions import Subscription, Subscriptions

_LOOK_SECONDS, _LOOK_SECONDS_EACH = 0.2, 0.001
_NOT_FOUND = "Subscription is invalid. The subscription may have timed out."
_ELSEWHERE = (
    "One or more subscriptions in the request reside on another Client Access server. GetStreamingEvents won't proxy "
    "in the event of a batch request."
)
_TOO_MANY = (
    "You have exceeded the available concurrent connections for your account.  Try again once your other requests have "
    "completed."
)


def _message(content: str, *, error: bool = False) -> bytes:
    kind = "Error" if error else "Success"
    return envelope(
        f'<m:GetStreamingEventsResponse xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"><m:ResponseMessages>'
        f'<m:GetStreamingEventsResponseMessage ResponseClass="{kind}">{content}'
        "</m:GetStreamingEventsResponseMessage></m:ResponseMessages></m:GetStreamingEventsResponse>"
    )


def _status(status: str) -> str:
    return f"<m:ConnectionStatus>{status}</m:ConnectionStatus>"


def status_message(status: str) -> bytes:
    """A message that says no more than how the connection stands."""
    return _message(f"<m:ResponseCode>NoError</m:ResponseCode>{_status(status)}")


def error_message(code: str, text: str, ids: Iterable[str], status: str) -> bytes:
    """A message that says what is wrong with some subscriptions."""
    named = "".join(f"<m:SubscriptionId>{html.escape(one)}</m:SubscriptionId>" for one in ids)
    listed = f"<m:ErrorSubscriptionIds>{named}</m:ErrorSubscriptionIds>" if named else ""
    return _message(
        f"<m:MessageText>{html.escape(text)}</m:MessageText><m:ResponseCode>{code}</m:ResponseCode>"
        f"<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{listed}{_status(status)}",
        error=True,
    )


def events_message(told: list[tuple[Subscription, list[Event]]]) -> bytes:
    """A message with a notification for each subscription that has something."""
    each = "".join(
        f"<m:Notification><t:SubscriptionId>{one.id}</t:SubscriptionId>{''.join(event.xml for event in events)}"
        "</m:Notification>"
        for one, events in told
    )
    return _message(f"<m:ResponseCode>NoError</m:ResponseCode><m:Notifications>{each}</m:Notifications>")


@dataclass(frozen=True)
class Asked:
    """A request with who makes it, whom it acts as, where it is routed and whose budget it is charged to."""

    request: Request
    account: str
    acting: str
    routed: Routed

    @property
    def budget(self) -> str:
        """Each account has a budget for itself, and a copy of that of each mailbox that it impersonates."""
        return f"{self.account} as {self.request.impersonated}" if self.request.impersonated else self.account


@dataclass(eq=False)
class Stream:
    """One connection that hangs: what is to be sent, and how it ends.

    `ended` is closed (it said so), cut (in the middle of it) or reset; `silent` is half-open: nothing is sent.
    """

    budget: str
    subscriptions: list[Subscription]
    ends: datetime
    streams: Streams
    silent: bool = False
    ended: str | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _said: list[bytes] = field(default_factory=list)
    _spoke: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._spoke = self.streams.clock()
        self._said.append(status_message("OK"))
        for one in self.subscriptions:
            one.wake = self.wake

    def wake(self) -> None:
        """Looks at once whether something is to be sent."""
        with self._changed:
            if self.silent:
                self._lose()
            self._changed.notify_all()

    def say(self, message: bytes) -> None:
        """Sends a message before anything else."""
        with self._changed:
            self._said.append(message)
            self._changed.notify_all()

    def end(self, how: str) -> None:
        """Ends it: closed, cut or reset."""
        with self._changed:
            self.ended = how
            if how != "closed":
                self._lose()
            self._changed.notify_all()

    def parts(self) -> Iterator[bytes]:
        """What is to be sent, message by message; nothing where it is time to see whether anybody still listens."""
        while True:
            with self._changed:
                if (part := self._part()) is None:
                    self._changed.wait(self.streams.look_seconds())
                    part = self._part()
            if self.ended in {"cut", "reset"}:
                return
            yield part or b""
            if self.ended and not self._said:
                return

    def leave(self, subscriptions: Iterable[Subscription]) -> None:
        """These hang on another connection now."""
        with self._changed:
            gone = set(subscriptions)
            self.subscriptions = [one for one in self.subscriptions if one not in gone]

    def left(self) -> None:
        """Nobody listens any more."""
        self.streams.left(self)

    def _part(self) -> bytes | None:
        now = self.streams.clock()
        if self.silent:
            self._lose()
            return None
        if self._said:
            return self._spoken(self._said.pop(0), now)
        if self.ended == "closed" or (self.ended is None and self.streams.subscriptions.now() >= self.ends):
            self.ended = "closed"
            return self._spoken(status_message("Closed"), now)
        known = self.streams.subscriptions
        told = [(one, known.take(one, time.monotonic())) for one in self.subscriptions if one.waiting]
        if told := [(one, events) for one, events in told if events]:
            return self._spoken(events_message(told), now)
        if (now - self._spoke).total_seconds() >= known.settings.keep_alive:
            return self._spoken(status_message("OK"), now)
        return None

    def _lose(self) -> None:
        """What was on its way when the network went is lost: the server knows nothing of that."""
        self._said.clear()
        for one in self.subscriptions:
            self.streams.subscriptions.take(one, time.monotonic())

    def _spoken(self, message: bytes, now: datetime) -> bytes:
        self._spoke = now
        return message


@dataclass
class Streams:
    """All connections that hang; `real` gives the clock's time, whatever was told."""

    subscriptions: Subscriptions
    real: Callable[[], datetime]
    hanging: set[Stream] = field(default_factory=set)
    mute: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def clock(self) -> datetime:
        """The time that keep-alives go by; ConnectionTimeout and what expires go by the time told."""
        return self.subscriptions.now() if self.subscriptions.settings.simulated else self.real()

    def look_seconds(self) -> float:
        """How long a connection waits before it looks whether anybody still listens: longer where there are many."""
        return max(_LOOK_SECONDS, len(self.hanging) * _LOOK_SECONDS_EACH)

    def open(self, subscriptions: list[Subscription], budget: str, minutes: int) -> Stream:
        """A connection for some subscriptions; one that hung on another connection leaves it.

        Raises:
            SoapFault: as many hang as the budget allows.
        """
        with self._lock:
            limit = self.subscriptions.settings.hanging_limit
            if sum(one.budget == budget for one in self.hanging) >= limit:
                raise SoapFault("ErrorExceededConnectionCount", _TOO_MANY)
            for other in self.hanging:
                other.leave(subscriptions)
            ends = self.subscriptions.now() + timedelta(minutes=minutes)
            made = Stream(budget, subscriptions, ends, self, silent=self.mute)
            self.hanging.add(made)
            return made

    def left(self, stream: Stream) -> None:
        """A connection hangs no more; its subscriptions stay until they expire."""
        with self._lock:
            self.hanging.discard(stream)
            for one in stream.subscriptions:
                if one.wake == stream.wake:
                    one.wake, one.used = None, self.subscriptions.now()

    def on(self, mailbox: str | None) -> list[Stream]:
        """The connections that a mailbox hangs on, or all."""
        with self._lock:
            return [
                stream
                for stream in self.hanging
                if mailbox is None or any(one.mailbox == mailbox for one in stream.subscriptions)
            ]

    def wake(self) -> None:
        """The time is another one."""
        for stream in self.on(None):
            stream.wake()

    def evict(self, mailbox: str | None, code: str | None, text: str = _NOT_FOUND) -> int:
        """Forgets the subscriptions to a mailbox, or all; their connections hear `code`, or nothing. How many."""
        evicted = self.subscriptions.forget(mailbox)
        for stream in self.on(mailbox) if code is not None else ():
            ids = [one.id for one in stream.subscriptions if one in evicted]
            if ids:
                stream.say(error_message(str(code), text, ids, "OK"))
        return len(evicted)

    def end(self, how: str, mailbox: str | None) -> int:
        """Ends the connections that a mailbox hangs on, or all: closed, cut or reset. How many."""
        ending = self.on(mailbox)
        for stream in ending:
            stream.end(how)
        return len(ending)

    def silence(self, *, on: bool) -> None:
        """All connections, and those to come, say nothing at all any more; or those to come speak again."""
        self.mute = on
        for stream in self.on(None) if on else ():
            stream.silent = True
            stream.wake()

    def restart(self) -> None:
        """As a server that was started anew: no subscription, and each connection broken off."""
        self.subscriptions.forget(None)
        self.end("cut", None)


def subscribe(subscriptions: Subscriptions, asked: Asked, organisation: Organisation) -> bytes:
    """Subscribe, for streaming.

    Raises:
        SoapFault: what is asked for is not of the schema, or for pull or push.
    """
    request = asked.request.element.find(m("StreamingSubscriptionRequest"))
    if request is None:
        raise SoapFault("ErrorInvalidRequest", "The stand-in knows subscriptions for streaming only.")
    types = [text_of(found) for found in request.iterfind(f"{t('EventTypes')}/{t('EventType')}")]
    if not types or set(types) - EVENT_TYPES:
        raise SoapFault("ErrorSchemaValidation", "The request failed schema validation: EventTypes.")
    try:
        mailbox = _subscribed(request, asked.acting, organisation)
        made = subscriptions.add(
            mailbox.address, types, owner=asked.account, budget=asked.budget, back_end=asked.routed.back_end
        )
    except Refusal as refusal:
        return response("Subscribe", [failure("Subscribe", refusal)])
    mailbox.announce = subscriptions.publish
    return response("Subscribe", [success("Subscribe", f"<m:SubscriptionId>{made.id}</m:SubscriptionId>")])


def _subscribed(request: Element, acting: str, organisation: Organisation) -> Mailbox:
    """The mailbox whose calendar is among the folders."""
    if request.get("SubscribeToAllFolders", "").lower() in {"true", "1"}:
        return organisation.opened(acting, acting)[0]
    named = request.find(t("FolderIds"))
    folders = [open_folder(organisation, element, acting) for element in (named if named is not None else ())]
    if not folders or len({folder.mailbox.address for folder in folders}) != 1:
        text = "The subscription request is invalid: it names no folder, or folders of several mailboxes."
        raise Refusal("ErrorInvalidSubscriptionRequest", text)
    return folders[0].mailbox


def unsubscribe(streams: Streams, asked: Asked) -> bytes:
    """Unsubscribe; a server that does not have the subscription hands the request on to the one that does."""
    named = text_of(asked.request.element.find(m("SubscriptionId"))).strip()
    try:
        _owned(streams.subscriptions, named, asked.account)
    except Refusal as refusal:
        return response("Unsubscribe", [failure("Unsubscribe", refusal)])
    streams.subscriptions.remove(named)
    return response("Unsubscribe", [success("Unsubscribe")])


def _owned(subscriptions: Subscriptions, named: str, account: str) -> Subscription:
    if back_end_of(named) is None:
        raise Refusal("ErrorInvalidSubscription", "The subscription ID is invalid.")
    found = subscriptions.get(named)
    if found is None:
        raise Refusal("ErrorSubscriptionNotFound", _NOT_FOUND)
    if found.owner != account:
        raise Refusal("ErrorSubscriptionAccessDenied", "Access to the subscription is denied: another account owns it.")
    if found.missed:
        raise Refusal("ErrorMissedNotificationEvents", "Events were missed. Make a new subscription.")
    return found


def get_streaming_events(streams: Streams, asked: Asked) -> Stream | bytes:
    """GetStreamingEvents: a connection that hangs, or the one message that says why not.

    Raises:
        SoapFault: what is asked for is not of the schema, or too many connections hang.
    """
    settings = streams.subscriptions.settings
    element = asked.request.element
    ids = [text_of(found).strip() for found in element.iterfind(f"{m('SubscriptionIds')}/{t('SubscriptionId')}")]
    minutes = text_of(element.find(m("ConnectionTimeout")))
    if not ids or not minutes.isdigit() or not 1 <= int(minutes) <= 30:
        text = "The request failed schema validation: SubscriptionIds and a ConnectionTimeout of 1 to 30 are required."
        raise SoapFault("ErrorSchemaValidation", text)
    if len(ids) > settings.ids_limit:
        raise SoapFault("ErrorInvalidRequest", f"The request has more than {settings.ids_limit} subscriptions.")
    found, refused = _found(streams.subscriptions, ids, asked)
    if refused:
        code, text = next((refusal.code, refusal.text) for refusal in refused.values())
        named = [one for one, refusal in refused.items() if refusal.code == code]
        return error_message(code, text, named, "Closed")
    return streams.open(found, asked.budget, int(minutes))


def _found(subscriptions: Subscriptions, ids: list[str], asked: Asked) -> tuple[list[Subscription], dict[str, Refusal]]:
    """The subscriptions, and those that cannot be had with why; one alone is had from whichever back end has it."""
    found: list[Subscription] = []
    refused: dict[str, Refusal] = {}
    for one in dict.fromkeys(ids):
        if len(ids) > 1 and back_end_of(one) not in {None, asked.routed.back_end}:
            refused[one] = Refusal(subscriptions.settings.affinity_error, _ELSEWHERE)
            continue
        try:
            found.append(_owned(subscriptions, one, asked.account))
        except Refusal as refusal:
            refused[one] = refusal
    return found, refused
