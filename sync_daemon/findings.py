"""What is wrong or doubtful, and what a person can do about it: the lines of `hanvisa check`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from sync_daemon.texts import Text


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
    count: int = 1
    """How many it stands for."""

    def __post_init__(self) -> None:
        if self.exit_code == _BY_SEVERITY:
            object.__setattr__(self, "exit_code", 0 if self.severity is Severity.NOTE else 1)

    def __str__(self) -> str:
        return str(self.text)

    @property
    def text(self) -> Text:
        """All of it in one sentence."""
        return Text("{thing}: {problem}; {remedy}", thing=self.thing, problem=self.problem, remedy=self.remedy)


_MOST_ALIKE = 20


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, of those with the same remedy the first ones by themselves and all others as one.

    What is wrong quotes the thing, what is to be done does not: so it tells one cause from another.
    """
    by_remedy: dict[tuple[Severity, str], list[Finding]] = defaultdict(list)
    for finding in findings:
        by_remedy[finding.severity, finding.remedy].append(finding)
    return tuple(one for alike in by_remedy.values() for one in (*alike[:_MOST_ALIKE], *_as_one(alike[_MOST_ALIKE:])))


def _as_one(alike: list[Finding]) -> Iterable[Finding]:
    if len(alike) > 1:
        problem = Text("{problem}; and {count} more such", problem=alike[0].problem, count=len(alike) - 1)
        yield replace(alike[0], problem=problem, count=len(alike))
    else:
        yield from alike
