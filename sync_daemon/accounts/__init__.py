"""Who may use the board: its users and other systems, in a file of hanvisa's own.

`hanvisa board add-user` and the like write it, the board reads it anew where it has changed, and `hanvisa check` says
what of it is unsafe. It holds no password and no token, only what each is compared with.
"""

from sync_daemon.accounts.file import AccountsFile, AccountsUnreadable
from sync_daemon.accounts.models import EVERY_TENANT, Accounts, System, User

__all__ = ["EVERY_TENANT", "Accounts", "AccountsFile", "AccountsUnreadable", "System", "User"]
