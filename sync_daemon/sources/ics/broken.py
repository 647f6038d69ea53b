"""That a VEVENT cannot be understood, and why, in our own words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rules.entry import Fault

T = TypeVar("T")


class BrokenEntry(Exception):
    """Raised and caught inside this package; its text is ours and holds nothing of the calendar."""


def guarded(number: int, read: Callable[[], T]) -> T | Fault:
    """What `read` returns, or what was wrong with the VEVENT of that ordinal, from 1.

    The libraries' exceptions, whose texts quote content, end here.

    A MemoryError is let through, which has no text.

    It is returned and not raised, for an exception raised here would carry the library's as its `__context__`.
    """
    try:
        return read()
    except BrokenEntry as broken:
        problem = str(broken)
    except MemoryError:
        # Of that whoever reads the file cannot be sure any more.
        raise
    except Exception as error:  # noqa: BLE001 - one entry must not stop the others, whatever the library raises
        problem = type(error).__name__
    return Fault(number, problem)
