"""The check of a tenant's external numbers as a value: it can be sent to another process, and loads little until used.

`numbers` takes its time to load, and most calendars name no external number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.command import NumberCheck


@dataclass(frozen=True, slots=True)
class NumbersOf:
    """The check of `sync_daemon.numbers.check_number`, made where it is first asked."""

    country: str
    countries: tuple[str, ...] = ()

    def __call__(self, written: str) -> str | None:
        """The number in E.164, or None where it is no good alternative."""
        return _check(self.country, self.countries)(written)


@cache
def _check(country: str, countries: tuple[str, ...]) -> NumberCheck:
    from sync_daemon.numbers import check_number  # noqa: PLC0415 - see above

    return check_number(country, countries)
