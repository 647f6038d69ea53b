"""A view that holds too much is asked for in parts: it is cut in two, and in two again."""

from __future__ import annotations

from datetime import timedelta

from sync_daemon.sources import Window

SHORTEST_VIEW = timedelta(hours=1)
"""A part that holds too much is cut in two down to this; then the reading is one in part."""

MOST_PARTS = 64
"""Views that are asked for of one mailbox at most: whoever has more than 30,000 entries in a month is no person."""


def halves(part: Window) -> list[Window] | None:
    """The later half and the earlier one, the next to be asked for last; None where they would be too short."""
    half = (part.end - part.start) / 2
    if half < SHORTEST_VIEW:
        return None
    middle = (part.start + half).replace(microsecond=0)
    return [Window(middle, part.end), Window(part.start, middle)]
