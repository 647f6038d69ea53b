"""May these changes be applied? (RULES §6.5) An empty answer is suspicious: when much goes at once, stop and ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

READINGS = 3
"""As many readings in a row that ask for the same changes let them through, …"""

APART = timedelta(minutes=30)
"""… if the first and the last of them are at least so far apart."""


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

    `asked` now, and `before` within the last `full_read`, `of` how many that were not over when that time began.
    """

    asked: int
    before: int
    of: int

    def exceeds(self, limits: BrakeLimits) -> bool:
        """Whether the brake holds it back."""
        together = self.asked + self.before
        return self.asked > 0 and together > limits.least and together > limits.share * self.of


def let_through(readings: int, first: datetime, last: datetime) -> bool:
    """Whether changes that so many readings in a row ask for, from the first to the last, go through."""
    return readings >= READINGS and last - first >= APART
