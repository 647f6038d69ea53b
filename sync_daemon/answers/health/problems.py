"""What can be wrong with hanvisa itself: one dataclass, its causes, and when each is worth a mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sync_daemon.texts import Text


class Cause(StrEnum):
    """Why hanvisa is not well. The values are an interface (`status --json`, mail): none is renamed."""

    NOT_READ = "not_read"
    """No whole cycle of the tenant for three intervals, and at least a quarter of an hour."""
    HELD_BACK = "held_back"
    """The brake holds a set back that nobody has approved."""
    MANY_UNREADABLE = "many_unreadable"
    """Over 5 % of the tenant's mailboxes cannot be read."""
    SOME_UNREADABLE = "some_unreadable"
    """At least one cannot."""
    CONFIGURATION_REFUSED = "configuration_refused"
    """A secret or a certificate of the tenant cannot be used, or `run` goes on with the configuration that it had."""
    DIRECTORY_REFUSED = "directory_refused"
    """The tenant's directory is not taken into use."""
    DIRECTORY_MISSING = "directory_missing"
    """The tenant's directory is not there, or may not be read; the next cycle will not take it into use."""
    DIRECTORY_ERRORS = "directory_errors"
    """The latest cycle found something wrong in the directory, and took the rest of it into use."""
    FOLDER_MISSING = "folder_missing"
    """A folder of calendars is not there."""
    NOTICES_REFUSED = "notices_refused"
    """A receiver of `[[tenants.notices]]` does not want a notice, or it cannot be sent as the configuration says."""
    NOTICES_WAITING = "notices_waiting"
    """A notice was said five minutes ago, and its receiver has not taken it."""
    CERTIFICATE_ENDS = "certificate_ends"
    """A certificate ends within 30 days, or has ended."""
    STORE_UNAVAILABLE = "store_unavailable"
    """The store cannot be reached, or is not there though there is a log of it."""
    STORE_NOT_WRITABLE = "store_not_writable"
    LOG_NOT_WRITABLE = "log_not_writable"
    LITTLE_ROOM = "little_room"
    """The disk of the store or the log is nearly full."""
    RESTART_NEEDED = "restart_needed"
    """`run` is of another version than the one that is installed."""
    HOST_SILENT = "host_silent"
    """A process of `run` on one of several hosts has told nothing of itself for 15 seconds, and has not ended."""
    CONFIGURATION_OLDER = "configuration_older"
    """A host works by another configuration than the one that was put into force last."""
    DIRECTORIES_DIFFER = "directories_differ"
    """Hosts see different directories of a tenant."""


_AT_ONCE = timedelta()

MAIL_AFTER: Mapping[Cause, timedelta] = {
    Cause.NOT_READ: timedelta(minutes=30),
    Cause.HELD_BACK: _AT_ONCE,
    Cause.MANY_UNREADABLE: _AT_ONCE,
    Cause.CONFIGURATION_REFUSED: _AT_ONCE,
    Cause.DIRECTORY_REFUSED: _AT_ONCE,
    Cause.NOTICES_REFUSED: _AT_ONCE,
    Cause.NOTICES_WAITING: timedelta(minutes=15),
    Cause.CERTIFICATE_ENDS: _AT_ONCE,
    Cause.STORE_UNAVAILABLE: timedelta(minutes=10),
    Cause.HOST_SILENT: timedelta(minutes=10),
    Cause.CONFIGURATION_OLDER: timedelta(minutes=30),
    Cause.DIRECTORIES_DIFFER: timedelta(minutes=30),
}
"""How long what is worth a mail has lasted before one is sent; of any other cause none is."""

_EXIT_CODES: Mapping[Cause, int] = {Cause.CONFIGURATION_REFUSED: 2, Cause.STORE_UNAVAILABLE: 3}


@dataclass(frozen=True, slots=True)
class HealthProblem:
    """One thing that is wrong: with a tenant, or (None) with what all of them share.

    `since` is aware, None where nobody knows; `command` is what to type; `which` tells it from others of its cause and
    tenant (a set's name, a file). `text` names no person.
    """

    cause: Cause
    tenant: str | None
    since: datetime | None
    text: Text
    command: str
    which: str = ""

    @property
    def exit_code(self) -> int:
        """The command line's: 2 of the configuration, 3 of the store, else 1."""
        return _EXIT_CODES.get(self.cause, 1)

    def is_for_mail(self, now: datetime) -> bool:
        """Whether it has lasted long enough to be mailed; where nobody knows how long, it has not, but for at once."""
        after = MAIL_AFTER.get(self.cause)
        if after is None:
            return False
        return after == _AT_ONCE or (self.since is not None and now - self.since >= after)
