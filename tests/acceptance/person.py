"""Somebody at a terminal: a real one, with the command line as a process of its own at it."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

PATIENCE = 60.0
"""Seconds within which something comes on the screen, on a slow machine too."""


class Person:
    """Somebody at a terminal, who waits for each question."""

    def __init__(self, *command: str) -> None:
        self._terminal, theirs = pty.openpty()
        environment = {**os.environ, "COLUMNS": "200", "LC_ALL": "sv_SE.UTF-8", "PYTHONUTF8": "1"}
        self._process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-m", "sync_daemon", *command],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment | {"PYTHONPATH": str(Path(__file__).parents[2])},
            start_new_session=True,
        )
        os.close(theirs)
        self.screen = ""

    def answers(self, question: str, answer: str) -> None:
        """What is typed once the question is there."""
        self.sees(question)
        os.write(self._terminal, f"{answer}\n".encode())

    def sees(self, text: str) -> None:
        """Waits until it is on the screen, and goes on from there."""
        while text not in self.screen:
            assert select.select([self._terminal], [], [], PATIENCE)[0], self.screen
            self.screen += os.read(self._terminal, 4096).decode()
        self.screen = self.screen.partition(text)[2]

    def presses_ctrl_c(self) -> None:
        """As the terminal tells the process."""
        self._process.send_signal(signal.SIGINT)

    def leaves(self) -> tuple[int, str]:
        """How it ended, and what stood there at last."""
        try:
            while read := os.read(self._terminal, 4096):
                self.screen += read.decode()
        except OSError:  # the other end is closed: that is how a terminal says it
            pass
        os.close(self._terminal)
        return self._process.wait(), self.screen
