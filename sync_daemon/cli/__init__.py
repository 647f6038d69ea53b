"""The command line: one short function a command. `main` is the entry point and says how each ends.

Exit: 0 done; 1 done in part, and the output says what is wrong; 2 wrong usage or configuration, or a refusal; 3 the
store cannot be reached.
"""

from __future__ import annotations

import os
import sys

from rich.console import Console

from sync_daemon import log
from sync_daemon.cli.application import app
from sync_daemon.cli.commands import operator, people, service, sync, why
from sync_daemon.errors import HanvisaError

__all__ = ["main", "operator", "people", "service", "sync", "why"]


def main() -> None:
    """Runs the command; what a person can mend is told without a traceback."""
    try:
        app()
    except HanvisaError as error:
        Console(stderr=True, soft_wrap=True).print(f"hanvisa: {error}", markup=False, highlight=False)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Whoever read the output (`| head`) has had enough; Python would complain once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - a bug: its text may hold content, so it is logged without
        log.bug(error)
        Console(stderr=True, soft_wrap=True).print(
            f"hanvisa: a bug ({type(error).__name__}); the log says where, please report that", markup=False
        )
        sys.exit(1)
