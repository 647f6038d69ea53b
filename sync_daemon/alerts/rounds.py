"""When the monitor is told that all is well, and when that it is not: a round in which each tenant had a whole cycle.

A round begins where the one before ended, and ends as soon as every tenant has had a whole cycle in it: that is a beat.
Where one of them has had none for so long that `hanvisa status` says so, it ends as a failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Round:
    """When it began, in seconds that nobody sets, and how many whole cycles each tenant had had by then."""

    began: float
    cycles: Mapping[str, int]


def after(current: Round, cycles: Mapping[str, int], seconds: float, longest: float) -> tuple[Round, bool | None]:
    """The round that goes on, or the next one with how the one before ended: well or not.

    `cycles` are the whole ones by now of each tenant that this process is to work on, at `seconds`; a round lasts at
    most `longest` seconds. Where there are no tenants, as for one who stands by, no round ends.
    """
    if not cycles:
        return Round(seconds, {}), None
    if all(count > current.cycles.get(tenant, 0) for tenant, count in cycles.items()):
        return Round(seconds, cycles), True
    if seconds - current.began >= longest:
        return Round(seconds, cycles), False
    return current, None
