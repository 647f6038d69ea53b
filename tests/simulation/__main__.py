"""`script/simulate`: a million mailboxes on n hosts; `script/simulate costs`: what a mailbox costs, measured here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.simulation.costs import of_cycles
from tests.simulation.model import Costs, Means, Region, loads, simulate
from tests.simulation.over_the_wire import of_readings
from tests.simulation.picture import drawn

MEASURED = Costs(
    read_cpu={"poll": 0.0056, "stream": 0.0056, "delta": 0.0020},
    plan_cpu=0.0006,
    write_cpu=0.0065,
    database=0.002,
    requests={"poll": 1.0, "stream": 1.0, "delta": 0.05},
    look_cpu=0.0003,
    look_requests=0.05,
    cycle_cpu=0.00001,
)
"""As `script/simulate costs` printed it; docs/scale.md has the lines."""

_WAYS = {
    "EWS, poll": Means(1, "poll", interval=300, at_once=27),
    "EWS, stream for 600 each": Means(1, "stream", interval=300, at_once=27),
    "EWS, stream for all": Means(1, "stream", at_once=27, listened=1_000_000),
    "Graph, delta": Means(1, "delta", interval=60, at_once=4),
}
"""27 is what Exchange lets an account have where no policy says otherwise (EWSMaxConcurrency)."""

_HOSTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)


def main() -> None:
    """Prints a line a number of hosts and way, or what was measured."""
    parser = argparse.ArgumentParser(prog="script/simulate", description=__doc__)
    parser.add_argument("--mailboxes", type=int, default=1_000_000)
    parser.add_argument("--hosts", type=int, nargs="*", default=_HOSTS)
    parser.add_argument("--picture", type=Path, help="an SVG file for what 95 in 100 bookings wait")
    what = parser.add_subparsers(dest="what")
    costs = what.add_parser("costs", help="measures what a mailbox costs on this machine")
    costs.add_argument("people", type=int, nargs="*", default=[1_000], help="so many mailboxes")
    costs.add_argument("--store", help="the address of an empty store; a file of SQLite's where it is left out")
    costs.add_argument("--wire", action="store_true", help="reads them from the stand-ins as well")
    asked = parser.parse_args()
    for line in _costs(asked) if asked.what == "costs" else _simulated(asked):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _costs(asked: argparse.Namespace) -> Iterator[str]:
    for people in asked.people:
        yield from of_cycles(people, asked.store)
        if asked.wire:
            yield from of_readings(people)


def _simulated(asked: argparse.Namespace) -> Iterator[str]:
    region = Region(asked.mailboxes)
    lags: dict[str, list[float]] = {}
    for name, way in _WAYS.items():
        for hosts in asked.hosts:
            means = replace(way, hosts=hosts)
            lag = simulate(region, means, MEASURED)
            lags.setdefault(name, []).append(lag.most)
            busy = ", ".join(f"{what} {load:.0%}" for what, load in loads(region, means, MEASURED).items())
            yield (
                f"{name}, {hosts} hosts: median {lag.median:.1f} s, 95 % {lag.most:.1f} s, "
                f"99 % {lag.almost_all:.1f} s; {busy}"
            )
    if asked.picture:
        title = f"From a booking to its row, 95 in 100 of {asked.mailboxes} mailboxes"
        asked.picture.write_text(drawn(title, asked.hosts, lags), encoding="utf-8")


if __name__ == "__main__":
    main()
