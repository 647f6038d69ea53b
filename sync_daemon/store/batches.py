"""Long lists of ids in a query, cut to what a database takes as parameters."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

BATCH = 5000
"""Well below SQLite's 32,766 parameters a statement (https://www.sqlite.org/limits.html, 9)."""


def batches(things: Iterable[T]) -> Iterator[list[T]]:
    """The things in lists of no more than BATCH; none where there are none."""
    rest = iter(things)
    while batch := list(islice(rest, BATCH)):
        yield batch
