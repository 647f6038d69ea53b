"""May these changes be applied? (RULES §6.5) An empty answer is suspicious: when much goes at once, stop and ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

READINGS = 3
"""As many readings in a row that ask for the same changes let them through, …"""

APART = timedelta(minutes=30)
"""… if the first and the last of them are at least so far apart."""

DAY = timedelta(hours=24)
"""Many small steps are counted together for so long."""

DOUBTFUL = 0.2
"""More than this share of the referrals within a day is told, also where it is not held back."""

MANY_CLOSED = 0.5
FEW_CLOSED = 10
"""More than this share of a tenant's people, and more of them than that, are not newly closed in one cycle untold."""


@dataclass(frozen=True, slots=True)
class BrakeLimits:
    """More than this `share` of the referrals, and more of them than `least`, are not removed or shortened at once."""

    share: float = 0.5
    least: int = 10

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            message = f"share is {self.share} and must be over 0 and at most 1"
            raise ValueError(message)
        if self.least < 0:
            message = f"least is {self.least} and must be at least 0"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Lessening:
    """How much a cycle would remove or shorten.

    `asked` now, and `before` within the last `full_read` or day, `of` how many that were not over when that time began.
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


def let_through(readings: int, first: datetime, last: datetime) -> bool:
    """Whether changes that so many readings in a row ask for, from the first to the last, go through."""
    return readings >= READINGS and last - first >= APART


def day_began(now: datetime, first: datetime | None, anew: datetime | None) -> datetime:
    """From when on the day's steps are counted at `now`; aware, as all of them.

    A day ago, but not before the tenant's `first` cycle, which made everything, and after `anew`, when held-back
    changes were let through last. A moment still to come was told by a clock that was wrong, and counts for nothing.
    """
    moments = [now - DAY]
    if first is not None and first <= now:
        moments.append(first)
    if anew is not None and anew <= now:
        moments.append(anew + timedelta(seconds=1))  # times are whole seconds, and what went then is not counted
    return max(moments)


def many_closed(closed: int, of: int) -> bool:
    """Whether so many of a tenant's people, newly closed in one cycle, are to be told of; it is no fault."""
    return closed > FEW_CLOSED and closed > MANY_CLOSED * of
