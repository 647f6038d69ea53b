"""What Exchange is asked: the calendar view of one mailbox, as exchangelib writes it, made once for a window.

Only what the rules need is asked for: no body, no attendees, no location, and nothing that would take a GetItem.
https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/finditem-operation
"""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from exchangelib.account import Identity
from exchangelib.credentials import DELEGATE, IMPERSONATION
from exchangelib.ewsdatetime import UTC, EWSDateTime
from exchangelib.fields import FieldPath
from exchangelib.items import ID_ONLY, SHALLOW, CalendarItem
from exchangelib.properties import CalendarView, DistinguishedFolderId
from exchangelib.properties import Mailbox as Whose
from exchangelib.services.find_item import FindItem

from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources import Window
from sync_daemon.sources.ews.connection import Connection

MOST = 1000
"""Items in one answer; Exchange gives no more (EWSFindCountLimit).

https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/ews-throttling-in-exchange
"""

_ANYBODY = "anybody@hanvisa.invalid"

_FIELDS = (
    "subject",
    "sensitivity",
    "uid",
    "start",
    "end",
    "is_all_day",
    "is_cancelled",
    "is_meeting",
    "my_response_type",
    "type",
    "original_start",
    "recurrence_id",
)


class Question:
    """The view of a window, to be asked of any mailbox."""

    def __init__(self, settings: EwsSource, connection: Connection, window: Window) -> None:
        account = account_of(settings, connection, _ANYBODY)
        service = FindItem(account=account)
        payload = service.get_payload(
            folders=[DistinguishedFolderId(id="calendar", mailbox=Whose(email_address=_ANYBODY))],
            additional_fields=[FieldPath(field=CalendarItem.get_field_by_fieldname(name)) for name in _FIELDS],
            restriction=None,
            order_fields=None,
            query_string=None,
            shape=ID_ONLY,
            depth=SHALLOW,
            calendar_view=CalendarView(
                start=_for_exchange(window.start),
                end=_for_exchange(window.end),
                max_items=MOST,
            ),
            page_size=MOST,
        )
        self._envelope: bytes = service.wrap(payload, api_version=settings.version)

    def of(self, address: str) -> bytes:
        """The request for that mailbox."""
        return self._envelope.replace(_ANYBODY.encode(), escape(address).encode())


def account_of(settings: EwsSource, connection: Connection, address: str) -> SimpleNamespace:
    """What exchangelib's services ask of an Account, without the calls that its own makes when it is created.

    Times are asked for in UTC.
    """
    return SimpleNamespace(
        protocol=connection,
        access_type=IMPERSONATION if settings.access == "impersonation" else DELEGATE,
        identity=Identity(primary_smtp_address=address),
        primary_smtp_address=address,
        default_timezone=UTC,
        version=connection.config.version,
    )


def _for_exchange(moment: datetime) -> EWSDateTime:
    # exchangelib knows zones by their key only.
    return EWSDateTime.from_datetime(moment.astimezone(ZoneInfo("UTC")))
