"""What is wrong or doubtful, and what a person can do about it: the lines of `hanvisa check`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from sync_daemon.texts import Text


class Severity(StrEnum):
    """How bad it is: an error keeps something from working, a warning may, a note is only told."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def text(self) -> Text:
        """The word for it."""
        match self:
            case Severity.ERROR:
                return Text("error")
            case Severity.WARNING:
                return Text("warning")
            case Severity.NOTE:
                return Text("note")


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


MOST_ALIKE = 20
"""So many with one cause are told one by one."""

MOST_NAMED = 3
"""Of more than those so many are named."""

Thing = TypeVar("Thing")


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, of those with the same remedy the first ones by themselves and all others as one.

    What is wrong quotes the thing, what is to be done does not: so it tells one cause from another.
    """
    groups = grouped(findings, lambda finding: (finding.severity, cause_of(finding.remedy)))
    return tuple(one for alike in groups for one in (*alike[:MOST_ALIKE], *_as_one(alike[MOST_ALIKE:])))


def grouped(things: Iterable[Thing], cause: Callable[[Thing], Hashable]) -> list[list[Thing]]:
    """The things by their cause, in the order in which each cause is met first."""
    groups: dict[Hashable, list[Thing]] = defaultdict(list)
    for thing in things:
        groups[cause(thing)].append(thing)
    return list(groups.values())


_NAMING = frozenset({"file", "path", "names", "mailbox", "address"})
"""Values of a remedy that only name whose it is."""


def cause_of(remedy: str) -> Hashable:
    """What tells one cause from another: the remedy, less the names in it."""
    if not isinstance(remedy, Text):
        return str(remedy)
    return remedy.template, *((name, _plain(value)) for name, value in remedy.values.items() if name not in _NAMING)


def _plain(value: object) -> Hashable:
    return cause_of(value) if isinstance(value, str) else str(value)


def _as_one(alike: list[Finding]) -> Iterable[Finding]:
    if len(alike) > 1:
        problem = Text("{problem}; and {count} more such", problem=alike[0].problem, count=len(alike) - 1)
        yield replace(alike[0], problem=problem, count=len(alike))
    else:
        yield from alike
