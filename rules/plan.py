"""What has to change so that the store holds a person's absences (RULES §6.2-§6.4): pure, and a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.referral import Referral


class Action(StrEnum):
    """What is done to a referral."""

    CREATE = "create"
    UPDATE = "update"
    REMOVE = "remove"


class Cause(StrEnum):
    """Why a referral changes."""

    BOOKED = "booked"
    MOVED = "moved"
    EDITED = "edited"
    GONE = "gone"
    CANCELLED = "cancelled"
    NOT_ACCEPTED = "not-accepted"
    JOINED = "joined"
    OPENED = "opened"
    RULES = "rules"
    PUT_RIGHT = "put-right"
    LEFT_DIRECTORY = "left-directory"
    BY_HAND = "by-hand"
    OPENING_UNDONE = "opening-undone"


@dataclass(frozen=True, slots=True)
class RestReached:
    """That an entry reached a rest: the lunch or the night, and when it ended."""

    key: str
    rest: str
    until: str


@dataclass(frozen=True, slots=True)
class Change:
    """One referral made, changed or removed, and why. `before` carries the store's id."""

    action: Action
    before: Referral | None
    after: Referral | None
    cause: Cause
    rests: tuple[RestReached, ...] = ()
