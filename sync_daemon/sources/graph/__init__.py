"""Exchange Online, read over Microsoft Graph by an application that Entra knows (app-only).

https://learn.microsoft.com/en-us/graph/api/calendar-list-calendarview
"""

from sync_daemon.sources.graph.client import Client
from sync_daemon.sources.graph.source import ExchangeOnlineSource

__all__ = ["Client", "ExchangeOnlineSource"]
