"""A folder of iCalendar files, one a mailbox: for the demo, for tests, and for calendars that no server speaks for.

`folder` finds the files; `file_readings` has them read in a process of its own: `reader_process` is the service's end
of it, `reader_main` the other, and `reader_messages` is what passes between.

There `components` cuts a file into VEVENTs; `vevent` reads one, and drops its subject; `zones` and `observances` say
what a TZID means; `groups` keeps together what has one UID, and knows what may be lacking; `recurrence` and `series`
make occurrences of it, with `overrides` for what is neither series nor occurrence, `rule` for what a rule says, and
`rule_expansion` and `numbered_weeks` to follow it; `reading` puts the reading together.
"""

from sync_daemon.sources.ics.folder import IcsFolder

__all__ = ["IcsFolder"]
