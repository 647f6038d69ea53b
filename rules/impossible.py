"""Values that the rules cannot have, told so that it can be said in any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value: an English sentence with `{names}`, and the values for them."""

    template: str
    values: Mapping[str, Any]

    def __str__(self) -> str:
        return self.template.format(**self.values)


def problem(template: str, **values: Any) -> Problem:  # noqa: ANN401 - whatever can be told
    """What is wrong, as `problem("{name} is over {most}", name=…, most=…)`."""
    return Problem(template, values)


class ImpossibleValue(ValueError):
    """A value of the rules that cannot be; the message is all of what is wrong, in English."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems
