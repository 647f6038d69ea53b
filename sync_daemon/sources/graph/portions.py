"""Whom one request is sent for together: one whose answer never comes, or is too large, is to cost no other its own."""

from __future__ import annotations

from collections.abc import Sequence, Sized

FEWER = 4
"""A batch that was not answered in time is asked for in so many parts the next time, till the sick one is alone."""


def fewer(together: Sized) -> int:
    """How many are asked for together of those that were not answered in time."""
    return max(1, len(together) // FEWER)


class Portions:
    """How many at most are asked for together with a mailbox; 0 for one that was late alone.

    Safe to share between threads.
    """

    def __init__(self) -> None:
        self._most: dict[str, int] = {}

    def of(self, addresses: Sequence[str]) -> list[list[int]]:
        """The places of the addresses, a list for each request; who was late alone comes last."""
        by_size: dict[int, list[int]] = {}
        for place, address in enumerate(addresses):
            by_size.setdefault(self._most.get(address, len(addresses)), []).append(place)
        portions: list[list[int]] = []
        for size, places in sorted(by_size.items(), reverse=True):
            step = max(1, size)
            portions += [places[begin : begin + step] for begin in range(0, len(places), step)]
        return portions

    def late(self, addresses: Sequence[str]) -> None:
        """These, asked for together, were not answered in time."""
        self._most.update(dict.fromkeys(addresses, fewer(addresses) if len(addresses) > 1 else 0))

    def alone(self, address: str) -> None:
        """Its answer is too much for a batch."""
        self._most[address] = 1

    def well(self, address: str) -> None:
        """It was answered in time."""
        self._most.pop(address, None)
