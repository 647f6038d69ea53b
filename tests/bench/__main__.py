"""`script/bench`: runs the measures that are named, or all."""

from __future__ import annotations

import argparse
import functools
import json
import sys

from tests.bench.measures import MEASURES, OF_PEOPLE


def main() -> int:
    """A line a measure; 1 where one misses its target."""
    parser = argparse.ArgumentParser(prog="script/bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help="rules, unchanged, …; all where none is named")
    parser.add_argument("--json", action="store_true", help="an object a line")
    parser.add_argument("--people", type=int, help="so many mailboxes for hundred-thousand and shards")
    parser.add_argument("--list", action="store_true", help="the names")
    asked = parser.parse_args()
    if asked.list:
        sys.stdout.write("\n".join(MEASURES) + "\n")
        return 0
    unknown = [name for name in asked.names if name not in MEASURES]
    if unknown:
        parser.error(f"there is no measure {unknown[0]}; there are {', '.join(MEASURES)}")
    missed = False
    for name in asked.names or MEASURES:
        measure = MEASURES[name]
        if asked.people and name in OF_PEOPLE:
            measure = functools.partial(OF_PEOPLE[name], asked.people)
        for measured in measure():
            sys.stdout.write((json.dumps(measured.as_json()) if asked.json else measured.line()) + "\n")
            sys.stdout.flush()
            missed = missed or not measured.reached
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
