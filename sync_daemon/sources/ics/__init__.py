"""A folder of iCalendar files, one a mailbox: for the demo, for tests, and for calendars that no server speaks for.

`folder` finds the files; `apart` has them read by `child`, a process of its own, and `crossing` is what passes between.
There `components` cuts a file into VEVENTs; `vevent` reads one, and drops its subject there; `zones` and `observances`
say what a TZID means; `recurrence` and `series` make occurrences of the VEVENTs; `groups` keeps together what has one
UID, and knows what may be lacking; `reading` puts the reading together.
"""

from sync_daemon.sources.ics.folder import IcsFolder

__all__ = ["IcsFolder"]
