"""What is wrong or doubtful, and what a person can do about it: the lines of `hanvisa check`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is: an error keeps something from working, a warning may, a note is only told."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_BY_SEVERITY = -1


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, how, and what to do; `remedy` is said as a request ("write level").

    `exit_code` is the command line's: 0 of a note, else 1, unless it is given (2 configuration, 3 the store).
    """

    severity: Severity
    thing: str
    problem: str
    remedy: str
    exit_code: int = _BY_SEVERITY

    def __post_init__(self) -> None:
        if self.exit_code == _BY_SEVERITY:
            object.__setattr__(self, "exit_code", 0 if self.severity is Severity.NOTE else 1)

    def __str__(self) -> str:
        return f"{self.thing}: {self.problem}; {self.remedy}"
