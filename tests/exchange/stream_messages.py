"""The envelopes that a connection that hangs sends, one after another.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getstreamingevents-operation,
.../errorsubscriptionids, and who reads the ids of an error in the messages namespace, ConnectionStatus beside them:
https://github.com/OfficeDev/ews-managed-api/blob/master/Core/Responses/GetStreamingEventsResponse.cs and
https://github.com/ecederstrand/exchangelib/blob/master/exchangelib/services/get_streaming_events.py.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

from tests.exchange.events import Event
from tests.exchange.soap import MESSAGES, TYPES, envelope
from tests.exchange.subscriptions import Subscription

NOT_FOUND = "Subscription is invalid. The subscription may have timed out."
"""What is said of a subscription that there is not, or no more."""


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


def alive_message(subscriptions: Iterable[Subscription]) -> bytes:
    """A message that says of each subscription that it is there: a StatusEvent, as GetStreamingEvents' page has it."""
    return events_message([(one, [Event("StatusEvent", "<t:StatusEvent/>")]) for one in subscriptions])


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
