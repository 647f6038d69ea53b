"""Exchange on site, read over Exchange Web Services (EWS) by a service account.

exchangelib carries: authentication, TLS, sessions, the request's XML. We read the answer ourselves, from the bytes
straight into entries, so that no object ever holds a subject and no odd item costs a mailbox its reading.

`question` is what is asked; `connection` asks it; `answer` cuts what comes back into items; `item` makes an entry of
one; `mailbox` puts one calendar together; `failure` says what can be done where none came.

`source` reads all mailboxes: `workers` are its threads, `attempt` is what each of them does, `server_state` what is
made of it. `password_trial`, `logon_gate` and `logons` keep the account from being locked.
"""

from sync_daemon.sources.ews.source import ExchangeSource

__all__ = ["ExchangeSource"]
