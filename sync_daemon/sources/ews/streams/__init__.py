"""Exchange tells of changes, over connections that hang (streaming notifications): a sign asks for a reading.

`listening` gives each mailbox its place on one of a few `stream`s, which each have a thread; `dialogue` is what a
stream says to Exchange, `envelopes` what it hears, `failures` what can be done where it hears nothing.
https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/notification-subscriptions-mailbox-events-and-ews-in-exchange
"""

from sync_daemon.sources.ews.streams.limits import StreamLimits
from sync_daemon.sources.ews.streams.listening import Streams

__all__ = ["StreamLimits", "Streams"]
