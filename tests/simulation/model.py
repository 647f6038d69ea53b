"""Bookings of a region on an hour's peak, and when each is a row: queues in front of each host and of the database.

What is simulated is the way of one booking: it is noticed (a sign, or the next poll), it waits for a host's turn, is
read and planned, and is committed. Exchange's limits say how often everybody can be polled at all.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Way = Literal["poll", "stream", "delta"]

_SIGNS_EVERY = 3.0
"""Seconds between two cycles where signs come all the time."""

_LEAST_LEFT = 0.05
"""The part of a host's time that what was booked has in any case."""


@dataclass(frozen=True)
class Costs:
    """What one mailbox takes, in seconds where nothing else is said; docs/scale.md says where each figure is from."""

    read_cpu: Mapping[Way, float]
    """To read one mailbox, in our process."""
    plan_cpu: float
    """To plan one mailbox that has not changed."""
    write_cpu: float
    """Ours, to write who has changed."""
    database: float
    """Of the database's one writer at a time, to commit one who has changed, in a batch."""
    requests: Mapping[Way, float]
    """To Exchange, a mailbox and reading."""
    look_cpu: float
    """To ask one mailbox's delta whether anything has changed."""
    look_requests: float
    cycle_cpu: float
    """Of each cycle, for each mailbox that it is not about: what is held, who is due, the brake's base."""
    answer: float = 0.05
    """That Exchange takes for one request."""


@dataclass(frozen=True)
class Region:
    """Who is there, and what they do at the busiest hour."""

    mailboxes: int
    changes_an_hour: float = 1.5
    """Of one calendar, whatever the change is: each is read, most ask for nothing."""
    with_command: float = 0.1
    """The part of the changes that changes a referral."""


@dataclass(frozen=True)
class Means:
    """What the region has to do it with, and how it notices."""

    hosts: int
    way: Way
    interval: float = 300
    """Between two polls of the same mailbox; of `delta` between two rounds."""
    at_once: int = 8
    """Requests that Exchange answers at once, of each host's service account (`concurrency`)."""
    gathered: float = 3.0
    """Signs are gathered for so long at most, half of it at least."""
    listened: int = 600
    """Mailboxes that each host's service account listens for; all others are polled."""


@dataclass(frozen=True)
class Lag:
    """Seconds from a booking to its row, and how busy what is busiest is (1: it has no time left)."""

    median: float
    most: float
    """Of 95 in 100."""
    almost_all: float
    """Of 99 in 100."""
    load: float
    bottleneck: str


def _served(came: Iterable[tuple[float, int]], servers: int, takes: float) -> list[tuple[float, int]]:
    """When each is done, by number; who comes first is served first by whichever of the servers is free."""
    free = [0.0] * servers
    done = []
    for moment, number in sorted(came):
        ends = max(moment, heapq.heappop(free)) + takes
        heapq.heappush(free, ends)
        done.append((ends, number))
    return done


def loads(region: Region, means: Means, costs: Costs) -> dict[str, float]:
    """How busy each thing is that can be too busy."""
    changes = region.mailboxes * region.changes_an_hour / 3600
    polled = _polled(region, means)
    reads = region.mailboxes * polled / means.interval + changes * (1 - polled)
    looks = region.mailboxes / means.interval if means.way == "delta" else 0.0
    ours = _beside(region, means, costs) * means.hosts
    ours += changes * (1 - polled) * (costs.read_cpu[means.way] + costs.plan_cpu)
    ours += changes * region.with_command * costs.write_cpu
    asked = reads * costs.requests[means.way] + looks * costs.look_requests
    return {
        "one process's GIL": ours / means.hosts,
        "Exchange's limit": asked * costs.answer / (means.at_once * means.hosts),
        "the database": changes * region.with_command * costs.database,
    }


def _beside(region: Region, means: Means, costs: Costs) -> float:
    """The part of one host's time that goes by whether anything is booked or not."""
    polled = _polled(region, means)
    each = polled * (costs.read_cpu[means.way] + costs.plan_cpu) / means.interval
    each += costs.look_cpu / means.interval if means.way == "delta" else 0.0
    each += costs.cycle_cpu / (means.interval if means.way == "poll" else _SIGNS_EVERY)
    return region.mailboxes * each / means.hosts


def _polled(region: Region, means: Means) -> float:
    """The part of the mailboxes that is read whether it has changed or not."""
    if means.way == "poll":
        return 1.0
    listened = region.mailboxes if means.way == "delta" else means.listened * means.hosts
    return max(0.0, 1 - listened / region.mailboxes)


def simulate(region: Region, means: Means, costs: Costs, seconds: float = 600, seed: int = 0) -> Lag:
    """The lags of the bookings of so many seconds of the busiest hour.

    What is polled takes its part of the hosts' time all along; where there is none left, a round takes longer than the
    interval, by as much.
    """
    busy = loads(region, means, costs)
    bottleneck = max(busy, key=lambda name: busy[name])
    drawn = random.Random(seed)
    polled = _polled(region, means)
    stretched = means.interval * max(1.0, *busy.values())
    rate = region.mailboxes * region.changes_an_hour / 3600
    left = max(_LEAST_LEFT, 1 - _beside(region, means, costs))
    takes = (costs.read_cpu[means.way] + costs.plan_cpu) / left
    booked = _moments(rate, seconds, drawn)
    read: list[tuple[float, int]] = []
    for host in range(means.hosts):
        asked = []
        for number in range(host, len(booked), means.hosts):
            if drawn.random() < polled:
                read.append((booked[number] + drawn.random() * stretched, number))
            else:
                asked.append((booked[number] + _noticed(means, stretched, drawn), number))
        answered = _served(asked, means.at_once, costs.requests[means.way] * costs.answer)
        read += _served(answered, 1, takes)
    written = [
        (moment + costs.write_cpu / left, number) for moment, number in read if drawn.random() < region.with_command
    ]
    lags = sorted(moment - booked[number] for moment, number in _served(written, 1, costs.database))
    median, most, almost_all = (lags[int(len(lags) * part)] for part in (0.5, 0.95, 0.99))
    return Lag(median, most, almost_all, busy[bottleneck], bottleneck)


def _moments(rate: float, seconds: float, drawn: random.Random) -> list[float]:
    moments, now = [], drawn.expovariate(rate)
    while now < seconds:
        moments.append(now)
        now += drawn.expovariate(rate)
    return moments


def _noticed(means: Means, stretched: float, drawn: random.Random) -> float:
    """Seconds until it is known that a calendar is to be read; a round of `delta` takes so long."""
    asked = drawn.random() * stretched if means.way == "delta" else 0.0
    return asked + drawn.uniform(0.5, 1) * means.gathered
