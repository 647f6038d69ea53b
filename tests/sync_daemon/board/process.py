"""`hanvisa board` in a process that was forked; in a module of its own, for that process looks it up by name."""

from __future__ import annotations

import os
import sys

from sync_daemon.cli import main


def serving_process(configuration: str, listen: str, errors: str) -> None:
    """Serves the board there, in Swedish; what it says on standard error goes into that file."""
    os.dup2(os.open(errors, os.O_WRONLY | os.O_APPEND), sys.stderr.fileno())
    os.environ["HANVISA_BOARD__LISTEN"] = listen
    sys.argv = ["hanvisa", "board", "--lang", "sv", "--config", configuration]
    main()
