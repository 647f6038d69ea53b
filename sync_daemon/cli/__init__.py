"""The command line: one short function a command. `main` is the entry point and says how each ends.

Exit: 0 done; 1 done in part, and the output says what is wrong; 2 wrong usage or configuration, or a refusal; 3 the
store cannot be reached.
"""

from __future__ import annotations

import os
import sys

from sync_daemon import log
from sync_daemon.cli.application import app
from sync_daemon.cli.commands import operator, people, service, sync, tenants, why
from sync_daemon.cli.output import complain, write_anywhere
from sync_daemon.errors import HanvisaError
from sync_daemon.undumpable import keep_in_memory

__all__ = ["main", "operator", "people", "service", "sync", "tenants", "why"]


def main() -> None:
    """Runs the command; what a person can mend is told without a traceback."""
    keep_in_memory()
    write_anywhere()
    try:
        app()
    except HanvisaError as error:
        complain(f"hanvisa: {error}")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Whoever read the output (`| head`) has had enough; Python would complain once more as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - a bug: its text may hold content, so it is logged without
        log.bug(error)
        complain(f"hanvisa: a bug ({type(error).__name__}); the log says where, please report that")
        sys.exit(1)
