"""One mutant in a copy of the tree: the tests that are most likely to notice it first, then all others."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.mutants.mutations import Mutant

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "*.db", "*.log")
PATIENCE = 30
"""Seconds that the likely tests may take beyond three times as long as they take with the code as it is."""
MOST = 30 * 60
"""Seconds that all other tests may take."""


class Copy:
    """A copy of the tree, whose code is changed and put back; the tree itself is never touched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT, folder, ignore=LEFT_OUT)

    def passes(self, tests: Sequence[str], seconds: float) -> bool:
        """Whether these tests pass within so many seconds; what never ends was noticed."""
        # Imported is the copy, also by processes that a test starts; nothing compiled outlives the change of a file.
        own = {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}
        options = ["-x", "-q", "--tb=no", "-p", "no:cacheprovider", "-p", "no:randomly", "--hypothesis-seed=0"]
        with subprocess.Popen(  # noqa: S603 - our own tests
            [sys.executable, "-m", "pytest", *options, *tests],
            cwd=self.folder,
            env=os.environ | own,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                return process.wait(seconds) == 0
            except subprocess.TimeoutExpired:
                return False
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def survives(self, mutant: Mutant, *, quick: bool, seconds: float) -> bool:
        """Whether no test notices the mutant; `quick` asks the likely ones alone."""
        path = self.folder / mutant.file
        original = path.read_text(encoding="utf-8")
        path.write_text(mutant.source, encoding="utf-8")
        try:
            likely = likely_tests(mutant.file)
            if not self.passes(likely, seconds):
                return False
            return quick or self.passes(["tests", *(f"--ignore={name}" for name in likely)], MOST)
        finally:
            path.write_text(original, encoding="utf-8")

    def seconds(self, tests: Sequence[str]) -> float:
        """How long these tests may take; an error where they fail with the code as it is."""
        began = time.monotonic()
        if not self.passes(tests, MOST):
            raise SystemExit(f"these fail with the code as it is: {' '.join(tests)}")
        return 3 * (time.monotonic() - began) + PATIENCE


def likely_tests(file: str) -> list[str]:
    """The files of tests that name the module, the one called after it first; of rules all those in tests/rules."""
    path = Path(file)
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    files = sorted(one.relative_to(ROOT) for one in (ROOT / "tests").rglob("test_*.py"))
    called = [one for one in files if one.stem == f"test_{path.stem}"]
    naming = [one for one in files if module in (ROOT / one).read_text(encoding="utf-8")]
    if path.parts[0] == "rules":
        naming = sorted((one for one in files if one.is_relative_to("tests/rules")), key=lambda one: one not in naming)
    return list(dict.fromkeys(str(one) for one in (*called, *naming)))
