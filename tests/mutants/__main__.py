"""`script/mutants [PLACE…]`: how many small wrong changes of the code the tests notice, and which they do not."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.mutations import Mutant, mutants
from tests.mutants.trial import ROOT, Copy, likely_tests

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
LEAST = {"rules": 95, "sync_daemon": 85}
"""Of a hundred, so many are to be noticed."""


def made(places: list[str]) -> list[Mutant]:
    """All mutants of the files in these places, in order, but for those that are known to change nothing."""
    files = [file for place in places for file in sorted((ROOT / place).rglob("*.py") or [ROOT / place])]
    known = equivalent()
    every = [one for file in files for one in mutants(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8"))]
    return [one for one in every if one.name not in known]


def equivalent() -> set[tuple[str, str, str]]:
    """The names of the mutants that change nothing which anybody could notice; the file says why."""
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("mutant", [])
    return {(one["file"], one["before"], one["after"]) for one in listed}


def place(written: str) -> str:
    """A file or folder of the code, as seen from the root, however it was written from there."""
    path = (ROOT / written).resolve()
    if path.exists() and any(path.is_relative_to(ROOT / folder) for folder in LEAST):
        return str(path.relative_to(ROOT))
    raise argparse.ArgumentTypeError(
        f"{written} is no file or folder of the code: write rules or sync_daemon/cycle, say"
    )


def main() -> int:
    """Try a sample; 1 where the tests notice too few."""
    parser = argparse.ArgumentParser(prog="script/mutants", description="Do the tests notice a change of the code?")
    parser.add_argument(
        "places", nargs="*", type=place, metavar="PLACE", default=["rules"], help="a file or folder (default: rules)"
    )
    parser.add_argument("--sample", type=int, help="so many mutants, drawn by the seed (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="ask the likely tests alone, not the whole suite")
    parser.add_argument("--jobs", type=int, default=2, help="mutants tried at once (default: 2)")
    asked = parser.parse_args()
    every = made(asked.places)
    drawn = every if asked.sample is None else random.Random(asked.seed).sample(every, min(asked.sample, len(every)))
    survivors = _tried(drawn, jobs=asked.jobs, quick=asked.quick)
    least = max(LEAST[Path(each).parts[0]] for each in asked.places)
    noticed = 100 * (1 - len(survivors) / max(1, len(drawn)))
    counts = f"{len(drawn)} of {len(every)} mutants, {len(survivors)} survived"
    print(f"{counts}: {noticed:.1f} % noticed, {least} % asked")  # noqa: T201
    return int(noticed < least)


def _tried(drawn: Sequence[Mutant], *, jobs: int, quick: bool) -> list[Mutant]:
    """Those that no test notices."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch, ThreadPoolExecutor(jobs) as pool:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(jobs):
            copies.put(Copy(Path(scratch) / str(number)))
        first = copies.get()
        seconds = first.seconds(sorted({test for mutant in drawn for test in likely_tests(mutant.file)}))
        copies.put(first)

        def survives(mutant: Mutant) -> bool:
            copy = copies.get()
            try:
                found = copy.survives(mutant, quick=quick, seconds=seconds)
            finally:
                copies.put(copy)
            _tell(mutant, survived=found)
            return found

        return [mutant for mutant, survived in zip(drawn, pool.map(survives, drawn), strict=True) if survived]


def _tell(mutant: Mutant, *, survived: bool) -> None:
    place = f"{mutant.file}:{mutant.line}"
    if survived:
        print(f"{place}: survived\n    - {mutant.before}\n    + {mutant.after}", flush=True)  # noqa: T201
    else:
        print(f"{place}: noticed", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
