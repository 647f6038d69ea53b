"""May these changes be applied? An empty answer is suspicious: when much goes at once, stop and ask.

See docs/rules.md §6.5.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Generic, TypeVar

from rules.impossible import ImpossibleValue, problem

What = TypeVar("What", bound=Hashable)
"""What is asked for, each by itself: that one referral goes, that one person leaves."""

READINGS = 3
"""As many readings in a row that ask for the same changes let them through, …"""

APART = timedelta(minutes=30)
"""… if the first and the last of them are at least so far apart."""

DAY = timedelta(hours=24)
"""Many small steps are counted together for so long."""

DOUBTFUL = 0.2
"""More than this share of the referrals within a day is told, also where it is not held back."""

MANY_LEAVERS = 0.1
FEW_LEAVERS = 5
"""More than this share of a tenant's people, and more of them than that, do not leave at once or within a day."""

MANY_CLOSED = 0.5
FEW_CLOSED = 10
"""More than this share of a tenant's people, and more of them than that, are not newly closed in one cycle untold."""

MOST_REFERRALS = 10**9


@dataclass(frozen=True, slots=True)
class BrakeLimits:
    """More than this `share` of the referrals, and more of them than `least`, are not removed or shortened at once."""

    share: float = 0.5
    least: int = 10

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise ImpossibleValue(problem("share is {share} and must be over 0 and at most 1", share=self.share))
        if self.least < 0:
            raise ImpossibleValue(
                problem("{name} is {value} and must be at least {least}", name="least", value=self.least, least=0)
            )


@dataclass(frozen=True, slots=True)
class Lessening:
    """How much a cycle would remove or shorten.

    `asked` now, and `before` within the last `full_read` or day, `of` how many that were not over when that time began,
    or when the store was first filled; where there are `enough` of them, any number from that on.
    """

    asked: int
    before: int
    of: int

    def exceeds(self, limits: BrakeLimits) -> bool:
        """Whether the brake holds it back."""
        return self.asked > 0 and self._is_over(limits.share, limits.least)

    def is_doubtful(self, limits: BrakeLimits) -> bool:
        """Whether somebody ought to look at it, of a day; also where nothing is asked for now."""
        return self._is_over(DOUBTFUL, limits.least)

    @property
    def together(self) -> int:
        """All that was counted."""
        return self.asked + self.before

    def _is_over(self, share: float, least: int) -> bool:
        return self.together > least and self.together > share * self.of


def enough(together: int, limits: BrakeLimits) -> int:
    """Of so many referrals or more, so many `together` are not held back, and nobody need look at them.

    Never more than `MOST_REFERRALS`, which no tenant has.
    """
    return ceil(min(together / min(limits.share, DOUBTFUL) + 1, MOST_REFERRALS))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something held back: so many `readings` in a row have asked for it, the first of them at `first`, aware."""

    first: datetime
    readings: int = 1

    def again(self) -> Waiting:
        """One more reading asks for it."""
        return Waiting(self.first, self.readings + 1)

    def is_long_enough(self, now: datetime) -> bool:
        """Whether the readings, of which the last is at `now`, let it through by themselves."""
        return self.readings >= READINGS and now - self.first >= APART

    @property
    def next_moment(self) -> datetime | None:
        """When one more reading lets it through; None where more than one reading is still missing."""
        return self.first + APART if self.readings >= READINGS - 1 else None


@dataclass(frozen=True, slots=True)
class HeldBack(Generic[What]):
    """What has been held back so far: how long each has been waiting, and of what is approved, who approved it."""

    waiting: Mapping[What, Waiting] = field(default_factory=dict)
    approved: Mapping[What, str | None] = field(default_factory=dict)

    def carried_over(
        self, asked: Collection[What], is_unread: Callable[[What], bool], *, clock_jumped: bool = False
    ) -> dict[What, Waiting]:
        """What stays held back although it is not among what is `asked` for now: nobody looked, so nobody knows.

        That is so of whatever was not read. Where the clock has jumped it is so of everything, for what is no longer
        asked for may be over by that clock only.
        """
        return {
            what: waiting
            for what, waiting in self.waiting.items()
            if what not in asked and (clock_jumped or is_unread(what))
        }

    def decide(
        self, asked: Collection[What], now: datetime, *, exceeds: bool, clock_jumped: bool = False
    ) -> Decision[What]:
        """Which of what is `asked` for at `now`, aware, is held back: nothing, unless it `exceeds` what may go at once.

        Each is counted for itself, so that a set that grows from reading to reading still goes through. Where the clock
        has jumped, what was held back stays so even where nothing exceeds, and its readings are counted anew.
        """
        if not exceeds and not clock_jumped:
            through = {what: self.approved.get(what) for what in asked if what in self.waiting}
            return Decision({}, through, restarts_count=not self.approved.keys().isdisjoint(through))
        before = {} if clock_jumped else self.waiting
        counted = _counted([what for what in asked if exceeds or what in self.waiting], before, now)
        through = {
            what: self.approved.get(what)
            for what, waiting in counted.items()
            if what in self.approved or waiting.is_long_enough(now)
        }
        held = {what: waiting for what, waiting in counted.items() if what not in through}
        return Decision(held, through, restarts_count=bool(through))


@dataclass(frozen=True, slots=True)
class Decision(Generic[What]):
    """What is `held` back, and what of that which was held back goes `through` now, with who approved it, if anybody.

    `restarts_count`: an admin or three readings let something through, and what goes within a day is counted anew from
    now on.
    """

    held: Mapping[What, Waiting]
    through: Mapping[What, str | None]
    restarts_count: bool


def _counted(asked: Collection[What], before: Mapping[What, Waiting], now: datetime) -> dict[What, Waiting]:
    """With the reading at `now`. What waits alike shares one value: a mass deletion has a hundred thousand."""
    new = Waiting(now)
    again = {waiting: waiting.again() for waiting in {before[what] for what in asked if what in before}}
    return {what: again[before[what]] if what in before else new for what in asked}


def counting_began(now: datetime, back: timedelta, filled: datetime | None) -> datetime:
    """From when on what goes is counted at `now`: so far `back`, but not before the store was first `filled`.

    Else a young store would have been empty when the counting began, and anything at all would be over half of it. A
    moment still to come was told by a clock that was wrong, and counts for nothing. Times aware.
    """
    return now - back if filled is None or filled > now else max(now - back, filled)


def day_began(now: datetime, filled: datetime | None, restarted: datetime | None) -> datetime:
    """From when on the day's steps are counted at `now`; aware, as all of them.

    A day ago, but not before the store was first `filled`, and after the count was `restarted` last, when held-back
    changes were let through.
    """
    began = counting_began(now, DAY, filled)
    if restarted is not None and restarted <= now:
        return max(began, restarted + timedelta(seconds=1))  # times are whole seconds: what went then is not counted
    return began


def many_closed(closed: int, of: int) -> bool:
    """Whether so many of a tenant's people, newly closed in one cycle, are to be told of; it is no fault."""
    return closed > FEW_CLOSED and closed > MANY_CLOSED * of


def many_leave(leaving: int, of: int) -> bool:
    """Whether so many of a tenant's people, with those who left within a day, are too many to leave unasked."""
    return leaving > FEW_LEAVERS and leaving > MANY_LEAVERS * of
