"""What Exchange is asked: the calendar view of one mailbox, as exchangelib writes it, made once for a window.

Only what the rules need is asked for: no body, no attendees, no location, and nothing that would take a GetItem.
https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/finditem-operation
"""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from exchangelib import EWSDateTime

from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources import Window
from sync_daemon.sources.ews import exchangelib_internals
from sync_daemon.sources.ews.connection import Connection
from sync_daemon.sources.ews.exchangelib_internals import written_view

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
        start, end = _for_exchange(window.start), _for_exchange(window.end)
        self._envelope = written_view(account, _FIELDS, start, end, most=MOST, schema=settings.version)

    def of(self, address: str) -> bytes:
        """The request for that mailbox."""
        return self._envelope.replace(_ANYBODY.encode(), escape(address).encode())


def account_of(settings: EwsSource, connection: Connection, address: str) -> SimpleNamespace:
    """The mailbox of that address as the services of exchangelib want it, reached as the settings say."""
    return exchangelib_internals.account_of(connection, address, impersonates=settings.access == "impersonation")


def _for_exchange(moment: datetime) -> EWSDateTime:
    # exchangelib knows zones by their key only.
    return EWSDateTime.from_datetime(moment.astimezone(ZoneInfo("UTC")))
