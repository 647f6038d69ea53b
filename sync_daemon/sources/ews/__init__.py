"""Exchange on site, read over Exchange Web Services (EWS) by a service account.

exchangelib carries: authentication, TLS, sessions, the request's XML. We read the answer ourselves, from the bytes
straight into entries, so that no object ever holds a subject and no odd item costs a mailbox its reading.

`question` is what is asked; `connection` asks it; `answer` cuts what comes back into items; `item` makes an entry of
one; `failure` says what can be done where none came; `logons` keeps an account from being locked; `crew` are the
threads; `mailbox` reads one calendar, `source` all of them.
"""

from sync_daemon.sources.ews.source import ExchangeSource

__all__ = ["ExchangeSource"]
