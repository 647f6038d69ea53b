"""A folder of iCalendar files, one a mailbox: for the demo, for tests, and for calendars that no server speaks for.

`folder` finds the files; `components` cuts one into VEVENTs; `vevent` reads one, and drops its subject there; `zones`
says what a TZID means; `recurrence` and `series` make occurrences of the VEVENTs; `reading` puts the reading together.
"""

from sync_daemon.sources.ics.folder import IcsFolder

__all__ = ["IcsFolder"]
