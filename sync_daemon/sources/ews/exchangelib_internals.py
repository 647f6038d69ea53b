"""What is used of exchangelib beyond its documented interface: the one module to look at when a new release comes.

`NAMES` lists it; a test tells which of them a release lacks, and `script/test-exchangelib` runs the tests of Exchange
against the oldest and the newest release that pyproject.toml admits. What is changed here, and why (5.6.0):

- its Protocols are cached for good by address and user, so one that is stuck could never be replaced;
- `decrease_poolsize` waits for a session while it holds the lock that whoever gives one back needs: a deadlock for
  good when several threads are told that the server is busy. Nothing is decreased here, and no session waited for long;
- its retry policies raise the answer's text, take 401 for "busy" and sleep in every thread: answers come back unjudged;
- its Account asks the server who it is when it is made, and its services parse answers into objects with subjects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from queue import Empty
from types import SimpleNamespace
from typing import Any

import requests
from exchangelib import DELEGATE, IMPERSONATION, UTC, CalendarItem, EWSDateTime, FailFast, Identity
from exchangelib import Mailbox as MailboxElement
from exchangelib.errors import SessionPoolMaxSizeReached
from exchangelib.fields import FieldPath
from exchangelib.items import ID_ONLY, SHALLOW
from exchangelib.properties import CalendarView, DistinguishedFolderId
from exchangelib.protocol import CachingProtocol, Protocol
from exchangelib.services.find_item import FindItem
from exchangelib.services.get_streaming_events import GetStreamingEvents
from exchangelib.services.subscribe import SubscribeToStreaming
from exchangelib.services.unsubscribe import Unsubscribe
from exchangelib.transport import AUTH_TYPE_MAP, BASIC, GSSAPI, NTLM
from exchangelib.version import EXCHANGE_2016

NAMES: Mapping[str, str] = {
    "errors.SessionPoolMaxSizeReached": "raised where the pool has all the sessions that it may have",
    "fields.FieldPath": "names a property in a request",
    "items.CalendarItem.get_field_by_fieldname(fieldname)": "the property of that name",
    "items.ID_ONLY": "asks for the named properties only",
    "items.SHALLOW": "asks for the folder itself only",
    "properties.CalendarView": "asks for occurrences, from when until when and how many",
    "properties.DistinguishedFolderId": "asks for the calendar, whatever it is called",
    "protocol.CachingProtocol": "the metaclass that caches Protocols, whose cache is gone round",
    "protocol.Protocol": "the sessions to one server, on which each is authenticated",
    "protocol.Protocol._session_pool": "the queue of free sessions, which is waited for with a limit",
    "protocol.Protocol.create_session()": "a session, to which our proxy and certificate are added",
    "protocol.Protocol.decrease_poolsize()": "overridden: it can wait for ever",
    "protocol.Protocol.get_session()": "overridden: it waits for ever for a session that nobody gives back",
    "protocol.Protocol.increase_poolsize()": "one session more, as long as there may be one",
    "protocol.Protocol.session_pool_size": "how many sessions there are",
    "services.find_item.FindItem": "the request for a calendar's view",
    "services.find_item.FindItem._get_response(payload, api_version)": "sends a request, and gives its answer unread",
    "services.find_item.FindItem.get_payload(folders, additional_fields, restriction, order_fields, query_string, "
    "shape, depth, calendar_view, page_size)": "writes the body of the request",
    "services.find_item.FindItem.wrap(content, api_version)": "writes the envelope; overridden where it is written",
    "services.get_streaming_events.GetStreamingEvents": "the request for a connection that hangs",
    "services.get_streaming_events.GetStreamingEvents.get_payload(subscription_ids, connection_timeout)": "writes the "
    "body of the request for the connection that hangs; it is sent and read by us",
    "services.get_streaming_events.GetStreamingEvents.wrap(content, api_version)": "writes its envelope",
    "services.subscribe.SubscribeToStreaming": "the request to be told of changes",
    "services.subscribe.SubscribeToStreaming.get_payload(folders, event_types)": "writes the body of a subscription",
    "services.subscribe.SubscribeToStreaming.wrap(content, api_version)": "writes its envelope",
    "services.unsubscribe.Unsubscribe": "the request to be told no more",
    "services.unsubscribe.Unsubscribe.get_payload(subscription_id)": "writes the body that ends one",
    "services.unsubscribe.Unsubscribe.wrap(content, api_version)": "writes its envelope",
    "transport.AUTH_TYPE_MAP": "the ways to log on for which a package is there",
    "transport.BASIC": "the name of Basic in it",
    "transport.GSSAPI": "the name of Kerberos in it",
    "transport.NTLM": "the name of NTLM in it",
    "version.EXCHANGE_2016": "the build that is taken for granted, so that none is asked for",
}
"""Each name below `exchangelib.`, with the arguments that we give it, and what it is used for."""

AUTH_TYPES: Mapping[str, str] = {"basic": BASIC, "ntlm": NTLM, "kerberos": GSSAPI}
"""exchangelib's names of the ways to log on, by ours."""

BUILD = EXCHANGE_2016
"""The build that the server is taken to have: which it has is not asked."""


def can_log_on_by(auth: str) -> bool:
    """Whether the package that this way to log on needs is there; `auth` is the source's setting."""
    return AUTH_TYPES[auth] in AUTH_TYPE_MAP


class _Uncached(CachingProtocol):  # type: ignore[misc] # exchangelib is not annotated
    def __call__(cls, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, N805 - a metaclass, as exchangelib's own
        return type.__call__(cls, *args, **kwargs)


class UnjudgedAnswers(FailFast):  # type: ignore[misc] # exchangelib is not annotated
    """Lets every answer through: what it means is for `failure` to say."""

    def raise_response_errors(self, response: requests.Response) -> None:
        """Nothing is raised."""


class PoolStuck(Exception):
    """The pool gives no session back: it is to be replaced."""


class Sessions(Protocol, metaclass=_Uncached):  # type: ignore[misc] # exchangelib is not annotated
    """Sessions to one server by one account, of which none is waited for longer than `session_wait` seconds."""

    session_wait: float

    def get_session(self) -> Any:  # noqa: ANN401 - a requests.Session with exchangelib's counters
        """A session, which whoever takes it gives back. Raises PoolStuck where none is given back in time."""
        with suppress(Empty):
            return self._session_pool.get(block=False)
        with suppress(SessionPoolMaxSizeReached):
            self.increase_poolsize()
        try:
            return self._session_pool.get(timeout=self.session_wait)
        except Empty:
            raise PoolStuck from None

    def decrease_poolsize(self) -> None:
        """Nothing: how many ask at once is for the source to say."""


class WrittenRequest(FindItem):  # type: ignore[misc] # exchangelib is not annotated
    """exchangelib's FindItem, with a request that is already written and an answer that is not yet read."""

    def send(self, request: bytes) -> requests.Response:
        """The answer, whatever it is. Raises exchangelib's errors, and PoolStuck."""
        response: requests.Response = self._get_response(payload=request, api_version=None)
        return response

    def wrap(self, content: bytes, api_version: str | None = None) -> bytes:  # noqa: ARG002 - exchangelib's signature
        """The request as it is."""
        return content


def account_of(sessions: Sessions, address: str, *, impersonates: bool) -> SimpleNamespace:
    """What exchangelib's services ask of an Account, without the calls that its own makes when it is created.

    Times are asked for in UTC.
    """
    return SimpleNamespace(
        protocol=sessions,
        access_type=IMPERSONATION if impersonates else DELEGATE,
        identity=Identity(primary_smtp_address=address),
        primary_smtp_address=address,
        default_timezone=UTC,
        version=sessions.config.version,
    )


def _calendar(account: SimpleNamespace) -> DistinguishedFolderId:
    return DistinguishedFolderId(id="calendar", mailbox=MailboxElement(email_address=account.primary_smtp_address))


def written_view(  # noqa: PLR0913 - what a view is asked for with
    account: SimpleNamespace, fields: Sequence[str], start: EWSDateTime, end: EWSDateTime, *, most: int, schema: str
) -> bytes:
    """The request for the account's calendar from start to end: of each item these fields, of `most` items at most."""
    service = FindItem(account=account)
    payload = service.get_payload(
        folders=[_calendar(account)],
        additional_fields=[FieldPath(field=CalendarItem.get_field_by_fieldname(name)) for name in fields],
        restriction=None,
        order_fields=None,
        query_string=None,
        shape=ID_ONLY,
        depth=SHALLOW,
        calendar_view=CalendarView(start=start, end=end, max_items=most),
        page_size=most,
    )
    written: bytes = service.wrap(payload, api_version=schema)
    return written


def written_subscription(account: SimpleNamespace, events: Sequence[str], *, schema: str) -> bytes:
    """The request to be told of these events in the account's calendar."""
    service = SubscribeToStreaming(account=account)
    payload = service.get_payload(folders=[_calendar(account)], event_types=events)
    written: bytes = service.wrap(payload, api_version=schema)
    return written


def written_stream(account: SimpleNamespace, subscriptions: Sequence[str], *, minutes: int, schema: str) -> bytes:
    """The request for a connection that hangs for so long, and tells what these subscriptions are of."""
    service = GetStreamingEvents(account=account)
    payload = service.get_payload(subscription_ids=subscriptions, connection_timeout=minutes)
    written: bytes = service.wrap(payload, api_version=schema)
    return written


def written_unsubscription(account: SimpleNamespace, subscription: str, *, schema: str) -> bytes:
    """The request to be told no more."""
    service = Unsubscribe(account=account)
    written: bytes = service.wrap(service.get_payload(subscription_id=subscription), api_version=schema)
    return written
