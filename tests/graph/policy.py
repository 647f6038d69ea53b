"""What is settable of Graph's ways: the page, undeclared properties, and how badly `delta` tells of changes."""

from __future__ import annotations

from dataclasses import dataclass

UNDECLARED = frozenset({"uid", "occurrenceId"})
"""Sent by v1.0 though its schema has them in beta alone: https://learn.microsoft.com/en-us/graph/api/resources/event"""


@dataclass(frozen=True)
class GraphPolicy:
    """`delta_generations` is how many of a calendar's newest delta tokens are known, `delta_seconds` how long each is.

    `delta_code` is what the others are answered with, beside 410. `delta_page` is the page where no
    `odata.maxpagesize` is asked for. With `undeclared = "refused"` a `$select` of such a property is answered with 400,
    with `"absent"` it is not sent either.
    """

    page: int = 10
    undeclared: str = "sent"
    delta_page: int = 10
    delta_generations: int = 3
    delta_seconds: float | None = None
    delta_code: str = "SyncStateNotFound"
    delta_tells_deleted_occurrences: bool = False
    delta_tells_moved_series: bool = False
    delta_never_ends: bool = False

    @property
    def not_sent(self) -> frozenset[str]:
        """The properties that no event has."""
        return UNDECLARED if self.undeclared == "absent" else frozenset()
