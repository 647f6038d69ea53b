"""What is asked of a shard and what it answers, as values and as JSON; no subject of a calendar has a place in either.

Both are rows of the store (`sync_daemon/store/shards.py`). The reading of who lessens anything goes along: whoever
judges plans for them anew, as if they had been read there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter

from rules.entry import Entries, NearEntry
from sync_daemon.cycle.brake import Ask
from sync_daemon.cycle.shard_hearing import HearingBySource
from sync_daemon.sources import Hearing
from sync_daemon.texts.stored import text_from_json, text_to_json

COUNTED = (
    "read",
    "incomplete",
    "failed",
    "unchanged",
    "entries",
    "counting",
    "near_misses",
    "created",
    "updated",
    "removed",
)
"""What of a summary is counted where people are read."""


@dataclass(frozen=True, slots=True)
class ShardRequest:
    """That a shard is to be read at `now`, in UTC: one of so many, with who is in it as of `roster` at the latest.

    `asked` are mailboxes; it may take so many `seconds`; who hears of a change there tells `heard_by`.
    """

    now: datetime
    count: int
    roster: str
    seconds: float
    every: bool = False
    only_asked: bool = False
    clock_jumped: bool = False
    asked: tuple[str, ...] = ()
    heard_by: str = ""

    def to_json(self) -> str:
        """As it stands in the store."""
        return _REQUEST.dump_json(self).decode()

    @classmethod
    def from_json(cls, told: str) -> ShardRequest:
        """What was written so."""
        request = _REQUEST.validate_json(told)
        return cls(
            request.now.astimezone(UTC),
            request.count,
            request.roster,
            request.seconds,
            request.every,
            request.only_asked,
            request.clock_jumped,
            request.asked,
            request.heard_by,
        )


@dataclass(frozen=True, slots=True)
class Lessens:
    """Somebody whose plan lessens something: what was read, what that asks the brake for, and how much at most."""

    subscriber_id: int
    reading: Entries
    asks: tuple[Ask, ...]
    at_most: int


@dataclass(frozen=True, slots=True)
class ShardAnswer:
    """What reading a shard came to, subscribers by their ids.

    `unread` were due and could not be read or had to wait, `postponed` of these for want of time. `unreadable` are with
    what to do about them; `bugs` of whom a bug stopped the work. `near_misses` are of who has any of those `read`.
    `revisions` are those that the store had of whom it tried, as of the reading or of what was written of it.
    `read_whole`: somebody's new mailbox was read whole for the first time. `heard` is by each source for how many it is
    listened, and how many are polled instead and why; None by a host of a version that does not say it.
    """

    counts: dict[str, int] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)
    read: tuple[int, ...] = ()
    unreadable: tuple[tuple[int, Any], ...] = ()
    bugs: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()
    postponed: int = 0
    near_misses: tuple[tuple[int, tuple[NearEntry, ...]], ...] = ()
    closed: tuple[int, ...] = ()
    moved: tuple[tuple[int, str | None, str], ...] = ()
    lessening: tuple[Lessens, ...] = ()
    read_whole: bool = False
    revisions: dict[int, int] = field(default_factory=dict)
    heard: tuple[tuple[str | None, int, tuple[tuple[Any, int], ...]], ...] | None = None

    def to_json(self) -> str:
        """As it stands in the store."""
        return _ANSWER.dump_json(self).decode()

    @classmethod
    def from_json(cls, told: str) -> ShardAnswer:
        """What was written so. Raises ValueError of anything else."""
        return _ANSWER.validate_json(told)


def remedy_told(remedy: str) -> Any:  # noqa: ANN401 - JSON
    """A remedy as `unreadable` has it."""
    return text_to_json(remedy)


def remedy_of(told: Any) -> str:  # noqa: ANN401 - JSON
    """The remedy again."""
    return text_from_json(told) or ""


def hearing_told(hearing: HearingBySource) -> tuple[tuple[str | None, int, tuple[tuple[Any, int], ...]], ...]:
    """How well each source is listened for, as `heard` has it."""
    return tuple(
        (source, one.listened, tuple((text_to_json(why), count) for why, count in one.lacks.items()))
        for source, one in hearing.items()
    )


def hearing_of(answer: ShardAnswer) -> HearingBySource | None:
    """That again; None where the answer does not say it."""
    if answer.heard is None:
        return None
    return {
        source: Hearing(listened, {text_from_json(why): count for why, count in lacks})
        for source, listened, lacks in answer.heard
    }


_REQUEST = TypeAdapter(ShardRequest)
_ANSWER = TypeAdapter(ShardAnswer)
