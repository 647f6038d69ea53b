"""`python -m tests.browser [PORT]`: the tests' town on a board to look at, until Ctrl-C; it stays 10:30."""

from __future__ import annotations

import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from tests.browser import town
from tests.browser.served import serve


def main(port: int) -> None:
    """Builds the town, serves it, and says where."""
    with tempfile.TemporaryDirectory() as name:
        town.build(Path(name))
        with serve(Path(name), port=port) as served, suppress(KeyboardInterrupt):
            print(f"{served.address}/ on Tuesday 24 November 2026, 10:30, until Ctrl-C", flush=True)  # noqa: T201
            signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 0)
