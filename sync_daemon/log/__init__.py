"""The sync log: structlog, set up once; what may be in it, where it goes, and how it is read.

Every event is a line of JSON in the file and, where asked for, a readable line on stderr. Other libraries' log records
and warnings come out as events too, without their words, and so do exceptions: they quote what they failed on, and
that may be a calendar (docs/rules.md §7). Nothing that an admin can set changes that.
"""

from sync_daemon.log.changes import about, change, referral_set, referral_withdrawn, tenant_taken
from sync_daemon.log.daily_file import MOST_MEGABYTES, put_away_files
from sync_daemon.log.exceptions import bug, install_hooks
from sync_daemon.log.lines import is_there, read, readable
from sync_daemon.log.outlets import show_warnings
from sync_daemon.log.setup import configure
from sync_daemon.log.troubles import Trouble, Troubles
from sync_daemon.log.unwritable import finding

__all__ = [
    "MOST_MEGABYTES",
    "Trouble",
    "Troubles",
    "about",
    "bug",
    "change",
    "configure",
    "finding",
    "install_hooks",
    "is_there",
    "put_away_files",
    "read",
    "readable",
    "referral_set",
    "referral_withdrawn",
    "show_warnings",
    "tenant_taken",
]
