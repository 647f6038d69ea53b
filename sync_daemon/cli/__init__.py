"""The command line: one short function a command. `main` is the entry point and says how each ends.

Exit: 0 done; 1 done in part, and the output says what is wrong; 2 wrong usage or configuration, or a refusal; 3 the
store cannot be reached.
"""

from __future__ import annotations

import os
import sys

from sync_daemon import log
from sync_daemon.cli.application import app
from sync_daemon.cli.commands import (
    backups,
    board,
    board_users,
    by_hand,
    operator,
    people,
    service,
    setup,
    status,
    store,
    store_grants,
    sync,
    tenants,
    why,
)
from sync_daemon.cli.output import complain, lost_output, show_in, write_anywhere
from sync_daemon.errors import HanvisaError
from sync_daemon.texts import Text, language_of
from sync_daemon.texts.system_errors import reason_of
from sync_daemon.undumpable import keep_in_memory

__all__ = [
    "backups",
    "board",
    "board_users",
    "by_hand",
    "main",
    "operator",
    "people",
    "service",
    "setup",
    "status",
    "store",
    "store_grants",
    "sync",
    "tenants",
    "why",
]


def main() -> None:
    """Runs the command; what a person can mend is told without a traceback."""
    keep_in_memory()
    write_anywhere()
    show_in(language_of(os.environ))
    try:
        app(prog_name="hanvisa")
    except HanvisaError as error:
        complain(Text("hanvisa: {problem}", problem=error.text))
        sys.exit(error.exit_code)
    except SystemExit as end:
        # Whoever read the output (`| head`) has had enough; typer takes that for a failure.
        if isinstance(end.__context__, BrokenPipeError):
            sys.exit(0)
        _end_where_nothing_is_heard()
        raise
    except Exception as error:  # noqa: BLE001 - a bug: its text may hold content, so it is logged without
        if isinstance(error, OSError) and error.filename is None:
            _end_where_nothing_is_heard(after_an_error=True)
        log.bug(error)
        complain(
            Text("hanvisa: a bug ({exception}); the log says where, please report that", exception=type(error).__name__)
        )
        sys.exit(1)


def _end_where_nothing_is_heard(*, after_an_error: bool = False) -> None:
    """Ends where standard output could not be written: that is no bug, and Python would not say it in our words."""
    problem = lost_output(after_an_error=after_an_error)
    if isinstance(problem, BrokenPipeError):
        sys.exit(0)
    if problem is not None:
        complain(
            Text(
                "hanvisa: the output cannot be written: {reason}; what the command changed is changed",
                reason=reason_of(problem),
            )
        )
        sys.exit(1)
