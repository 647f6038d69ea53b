"""Every number that a municipality may change, with its default.

The settings file is validated straight into these classes; there is no second model. Times of day are local to the
tenant, `gap` and `margin` are elapsed minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from typing import Literal

from rules.impossible import ImpossibleValue, Problem, problem

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Span = tuple[time, time]
"""From the first time of day up to the second, within a day."""

SpanOrNone = Span | Literal[False]
"""A span, or `false`: there is none."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Week = Span | Mapping[Weekday, SpanOrNone]
"""One pair for Monday to Friday, or a pair for each weekday that has office hours."""


BOUNDS: Mapping[str, tuple[int, int]] = {
    "gap": (0, 24 * 60),
    "margin": (0, 24 * 60),
    "lookback_days": (1, 1000),
    "horizon_days": (1, 1000),
    "unmanned_minutes": (0, 7 * 24 * 60),
}
"""Of each number the least and the most that it may be: what is over it is a slip, and no time can be reckoned."""

MOST: Mapping[str, int] = {
    "commands": 100,
    "special_hours": 5_000,
    "countries": 300,
    "internal_numbers": 100_000,
}
"""How many of each there may be."""

MOST_ALIASES = 20
LONGEST_CODE = 32
"""Letters of a code or an alias, which somebody is to write."""
LONGEST_TEXT = 200
"""Characters of a reason, or of a text that an operator reads to a caller."""


@dataclass(frozen=True, slots=True)
class CommandDefinition:
    """A code that staff write first in a subject, and what the operator tells the caller (`text`, by language)."""

    code: str
    reason: str
    aliases: tuple[str, ...] = ()
    text: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.aliases) > MOST_ALIASES:
            raise ImpossibleValue(
                problem(
                    "the code {code} has {count} aliases and may have {most}",
                    code=self.code,
                    count=len(self.aliases),
                    most=MOST_ALIASES,
                )
            )
        for word in (self.code, *self.aliases):
            if len(word) > LONGEST_CODE:
                raise ImpossibleValue(
                    problem(
                        "the code {start}… has {count} letters and may have {most}",
                        start=word[:LONGEST_CODE],
                        count=len(word),
                        most=LONGEST_CODE,
                    )
                )
            if not word or any(not (letter.isalnum() or letter in "_-") for letter in word):
                raise ImpossibleValue(
                    problem("the code {code!r} must be letters and digits without spaces or signs", code=word)
                )
        if not all(text.strip() and len(text) <= LONGEST_TEXT for text in (self.reason, *self.text.values())):
            raise ImpossibleValue(
                problem(
                    "the code {code} must have a reason, and texts, of 1 to {most} characters",
                    code=self.code,
                    most=LONGEST_TEXT,
                )
            )

    @property
    def words(self) -> tuple[str, ...]:
        """The code and its aliases."""
        return (self.code, *self.aliases)


ON_DUTY_ELSEWHERE = CommandDefinition(
    code="TJÄ",
    aliases=("TJA",),
    reason="on-duty-elsewhere",
    text={"sv": "tjänsteärende", "en": "away on duty"},
)
MEETING = CommandDefinition(code="SAM", reason="meeting", text={"sv": "sammanträde", "en": "in a meeting"})


@dataclass(frozen=True, slots=True)
class DepartmentRules:
    """What a department may have otherwise than its tenant; `None` means as the tenant (shift workers: `night`)."""

    lunch: SpanOrNone | None = None
    hours: Week | None = None
    night: bool | None = None
    after_hours: bool | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """One tenant's rules (docs/rules.md §1-§4, §8). Raises ValueError, naming the field, for values that cannot be."""

    commands: tuple[CommandDefinition, ...] = (ON_DUTY_ELSEWHERE, MEETING)
    gap: int = 15
    """Minutes: a pause too short to come back in joins two meetings (policy §4.4)."""
    margin: int = 5
    """Minutes added to an end: "ta till lite extra tid" (policy §4.4)."""
    lunch: SpanOrNone = (time(12), time(13))
    """A meeting that reaches lunch lasts until 13.00 (policy §4.4: "då du skriver 13.00 som sluttid")."""
    hours: Week = (time(8), time(17))
    special_hours: Mapping[date, SpanOrNone] = field(default_factory=dict)
    """Dates with other office hours, or none; they hold on holidays too."""
    country: str = "SE"
    """Whose holidays and telephone numbers hold."""
    countries: tuple[str, ...] = ()
    """More countries whose numbers are good alternatives."""
    internal_numbers: tuple[str, ...] = ()
    lookback_days: int = 14
    horizon_days: int = 14
    night: bool = True
    after_hours: bool = False
    count_tentative: bool = False
    count_private: bool = True
    unmanned_minutes: int = 15

    def __post_init__(self) -> None:
        problems = [*_out_of_bounds(self), *_too_many(self)]
        problems = problems or [*_backward_spans(self), *_repeated_words(self.commands)]
        if problems:
            raise ImpossibleValue(*problems)

    @property
    def slack(self) -> timedelta:
        """How long a pause, or the time left before a rest, may be and still belong to the absence."""
        return timedelta(minutes=max(self.gap, self.margin))

    @property
    def margin_time(self) -> timedelta:
        """`margin` as a duration."""
        return timedelta(minutes=self.margin)

    def reason(self, code: str) -> str:
        """The reason that the code stands for; a code that is no longer configured is its own reason."""
        for definition in self.commands:
            if definition.code == code:
                return definition.reason
        return code

    def office_hours_on(self, day: date, *, holiday: bool) -> Span | None:
        """The office hours of a date, or None: `special_hours` first, then holidays, then the week."""
        if day in self.special_hours:
            return self.special_hours[day] or None
        if holiday:
            return None
        weekday = day.weekday()
        if isinstance(self.hours, Mapping):
            return self.hours.get(WEEKDAYS[weekday]) or None  # type: ignore[call-overload]
        return self.hours if weekday < WEEKDAYS.index("sat") else None

    def for_department(self, department: DepartmentRules | None) -> Rules:
        """These rules with what the department has otherwise."""
        if department is None:
            return self
        own = {name: getattr(department, name) for name in ("lunch", "hours", "night", "after_hours")}
        return replace(self, **{name: value for name, value in own.items() if value is not None})


def _out_of_bounds(rules: Rules) -> Iterator[Problem]:
    for name, (least, most) in BOUNDS.items():
        value = getattr(rules, name)
        if value < least:
            yield problem("{name} is {value} and must be at least {least}", name=name, value=value, least=least)
        elif value > most:
            yield problem("{name} is more than {most}, which is the most that it may be", name=name, most=most)


def _too_many(rules: Rules) -> Iterator[Problem]:
    for name, most in MOST.items():
        count = len(getattr(rules, name))
        if count > most:
            yield problem("{name} has {count} and may have {most}", name=name, count=count, most=most)


def _backward_spans(rules: Rules) -> list[Problem]:
    spans: dict[str, SpanOrNone] = {"lunch": rules.lunch}
    if isinstance(rules.hours, Mapping):
        spans |= {f"hours.{weekday}": span for weekday, span in rules.hours.items()}
    else:
        spans["hours"] = rules.hours
    spans |= {str(day): span for day, span in rules.special_hours.items()}
    return [
        problem(
            "{name} ends at {end}, which is not after its beginning at {start}",
            name=name,
            end=f"{span[1]:%H:%M}",
            start=f"{span[0]:%H:%M}",
        )
        for name, span in spans.items()
        if span and span[0] >= span[1]
    ]


def _repeated_words(commands: tuple[CommandDefinition, ...]) -> list[Problem]:
    words = [word.casefold() for definition in commands for word in definition.words]
    twice = [word for word in sorted(set(words)) if words.count(word) > 1]
    return [problem("the code {code!r} stands in commands twice", code=word) for word in twice]
