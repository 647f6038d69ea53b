"""How a phone is, in a word and a shape: colour only helps."""

from __future__ import annotations

from dataclasses import dataclass

from sync_daemon.answers.board.row import Presence
from sync_daemon.texts import Text


@dataclass(frozen=True, slots=True)
class Badge:
    """`kind` is the class of the style sheet and the shape's id after `shape-`; `word` is read."""

    kind: str
    word: Text


_BADGES = {
    Presence.THERE: Badge("open", Text("Open")),
    Presence.REACHABLE: Badge("referred", Text("Referred, open")),
    Presence.AWAY: Badge("closed", Text("Closed")),
    Presence.LUNCH: Badge("rest", Text("Open, lunch hour")),
    Presence.OFF_HOURS: Badge("rest", Text("Open, out of hours")),
    Presence.UNKNOWN: Badge("unknown", Text("Not known")),
}


def badge_of(presence: Presence) -> Badge:
    """The badge of somebody who is that."""
    return _BADGES[presence]
