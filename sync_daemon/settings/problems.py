"""What is wrong with a configuration, in our words: pydantic's errors, by the place where each value stands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

from rules.impossible import ImpossibleValue
from sync_daemon.errors import UserError
from sync_daemon.settings.known_keys import kinds, known_keys
from sync_daemon.settings.section import Refused
from sync_daemon.settings.spelling import nearest
from sync_daemon.texts import Text, listed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydantic import ValidationError

    from sync_daemon.findings import Finding

Place = tuple[str | int, ...]
"""Where a value stands in the configuration: its keys, and positions in lists."""

Problem = tuple[str, str]
"""What is wrong, and what to do."""

Details = Mapping[str, Any]
"""One of pydantic's errors: `type`, `loc`, and `ctx` with the bounds or the exception."""

TOO_LONG: Problem = (
    Text("holds a number or a list that is too long to be meant"),
    Text("look for it and take it out"),
)


class SettingsError(UserError):
    """The configuration cannot be used; `findings` holds everything that is wrong with it, each with exit code 2."""

    def __init__(self, path: Path, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        told = listed((finding.text for finding in self.findings), "\n  ")
        super().__init__(Text("{file} cannot be used:\n  {problems}", file=path, problems=told))


def value_at(value: Any, place: Place) -> Any:  # noqa: ANN401 - whatever TOML holds
    """What stands there; None where nothing does."""
    return reduce(_inside, place, value)


def _inside(value: Any, key: str | int) -> Any:  # noqa: ANN401 - whatever TOML holds
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        return None


def label(value: Any) -> str:  # noqa: ANN401 - whatever TOML holds
    """` (sorsele)` of a table with an `id`, a `name` or a `code`."""
    names = [value[key] for key in ("id", "name", "code") if key in value] if isinstance(value, dict) else []
    return f" ({names[0]})" if names and isinstance(names[0], str) else ""


_SPANS: Mapping[str, Problem] = {
    "lunch": (Text("is not two times of day"), Text('write ["12:00", "13:00"], or false for none')),
    "hours": (
        Text("is neither two times of day nor such a pair for each weekday"),
        Text("write {example}", example='["08:00", "17:00"], or {mon = ["08:00", "17:00"], fri = ["08:00", "16:00"]}'),
    ),
    "special_hours": (
        Text("is not two times of day for a date"),
        Text("write {example}", example='{"2026-12-23" = ["08:00", "12:00"], "2026-06-05" = false}'),
    ),
}


def span_key(place: Place) -> str | None:
    """The key of office hours or lunch that the value stands under; None where it is no time of day."""
    return next((key for key in place if isinstance(key, str) and key in _SPANS and "rules" in place), None)


def whole_span(place: Place) -> Place:
    """The place of the pair of times, for that of one of them."""
    return place[:-1] if span_key(place) and isinstance(place[-1], int) else place


def problems_in(error: ValidationError, data: Mapping[str, Any]) -> dict[Place, Problem]:
    """What pydantic found, by place, in our words; of a value that could be several things, the deepest problem."""
    problems: dict[Place, Problem] = {}
    for details in error.errors(include_url=False, include_input=False):
        place = whole_span(_place_of(details, data))
        problems.setdefault(place, _problem(place, details))
    unknown_kinds = {place[:-1] for place in problems if place[-1] == "kind" and {"sources", "notices"} & {*place}}
    return {
        place: problem
        for place, problem in problems.items()
        if not any(other[: len(place)] == place for other in problems if other != place)
        and (place[-1] == "kind" or place[:-1] not in unknown_kinds)
    }


def _place_of(details: Details, data: Mapping[str, Any]) -> Place:
    """Where in the configuration: pydantic's `loc` less the names of the types that it tried."""
    place: Place = ()
    value: Any = data
    for key in details["loc"]:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            if details["type"] != "missing" or key != details["loc"][-1]:
                continue
        place = (*place, key)
    return (*place, "kind") if details["type"] in _NO_SUCH_KIND else place


_NO_SUCH_KIND = ("union_tag_invalid", "union_tag_not_found")
"""What pydantic says of a source or a receiver whose kind is none, or is not there."""


def _noun(kind: str, context: Mapping[str, Any]) -> Text:  # noqa: C901, PLR0911, PLR0912 - a table
    """What belongs there, by the kind of pydantic's error."""
    match kind:
        case "string_type" | "path_type":
            return Text("text in quotes")
        case "string_too_short":
            return Text("text that is not empty")
        case "string_too_long":
            return Text("text of at most {most} characters", most=context["max_length"])
        case "int_type" | "int_parsing":
            return Text("a whole number")
        case "float_type":
            return Text("a number")
        case "bool_type":
            return Text("true or false")
        case "tuple_type":
            return Text("a list in brackets")
        case "too_short":
            return Text("a list of one or more")
        case "too_long":
            return Text("a list of at most {most}", most=context["max_length"])
        case "model_type" | "dataclass_type" | "dict_type" | "mapping_type":
            return Text("a table")
        case "greater_than":
            return Text("more than {bound}", bound=context["gt"])
        case "greater_than_equal":
            return Text("at least {bound}", bound=context["ge"])
        case "less_than_equal":
            return Text("at most {bound}", bound=context["le"])
        case "literal_error":
            return Text("one of {values}", values=_with_or(context["expected"]))
        case _:
            return Text("what belongs here")


def _with_or(values: str) -> Text:
    """Pydantic's `'a', 'b' or 'c'`."""
    first, _, last = values.rpartition(" or ")
    return Text("{first} or {last}", first=first, last=last) if first else Text("{last}", last=last)


def _problem(place: Place, details: Details) -> Problem:
    kind, context = details["type"], details.get("ctx", {})
    if kind in {"extra_forbidden", "unexpected_keyword_argument"} or details["loc"][-1] == "[key]":
        return _unknown_key(place, details["loc"])
    if kind in _NO_SUCH_KIND:
        tags = context.get("expected_tags") or ", ".join(map(repr, kinds(place)))
        first, _, last = tags.rpartition(", ")
        problem = Text("names no kind of source that this version reads")
        if "notices" in place:
            problem = Text("names no way in which a notice can be sent")
        if kind == "union_tag_not_found":
            problem = Text("is missing")
        return problem, Text("write {example}", example=_with_or(f"{first} or {last}" if first else last))
    if kind == "tuple_type" and (table := _in_double_brackets(place)):
        return _wrong_type(kind, context)[0], Text("write [[{table}]], with two brackets on each side", table=table)
    if kind == "value_error":
        return _refused(context["error"])
    return _SPANS[key] if (key := span_key(place)) else _wrong_type(kind, context)


def _wrong_type(kind: str, context: Mapping[str, Any]) -> Problem:
    if kind == "missing":
        return Text("is missing"), Text("add it")
    noun = _noun(kind, context)
    return Text("is not {noun}", noun=noun), Text("write {example}", example=noun)


def _refused(error: ValueError) -> Problem:
    if isinstance(error, Refused):
        return error.problem, error.remedy
    if isinstance(error, ImpossibleValue):
        told = listed((Text.of(problem.template, problem.values) for problem in error.problems), "; ")
        return Text("{problems}", problems=told), Text("write a value that can be")
    return str(error), Text("write a value that can be")


_OTHER_NAMES: Mapping[str, str] = {
    "tenant_id": "directory_id",
    "application_id": "client_id",
    "app_id": "client_id",
    "client_secret": "secret",
}
"""What others, Microsoft too, call a key, where it may stand; none of ours is spelt like it."""


def _unknown_key(place: Place, loc: Place) -> Problem:
    if place[-2:-1] == ("special_hours",):
        return Text("is no date"), Text("write it as 2026-12-23")
    if len(place) == 1 and (within := _of_a_tenant(str(place[0]))) is not None:
        return Text("stands outside a tenant"), Text("write {example}", example=within)
    known = known_keys(place[:-1], next((kind for kind in kinds() if kind in loc), None))
    meant = nearest(_OTHER_NAMES.get(str(place[-1]), str(place[-1])), known)
    remedy = (
        Text("write {example}", example=meant)
        if meant
        else Text("take it away; here may stand {keys}", keys=", ".join(known))
    )
    return Text("there is no such key"), remedy


_IN_DOUBLE_BRACKETS = ("tenants", "sources", "departments", "notices", "commands")
"""Of these there may be several: TOML's arrays of tables."""


def _in_double_brackets(place: Place) -> str | None:
    """The name of the table that stands there, as TOML has it in brackets; None where it is no list of tables."""
    return ".".join(key for key in place if isinstance(key, str)) if place[-1] in _IN_DOUBLE_BRACKETS else None


def _of_a_tenant(key: str) -> str | None:
    """How the key is written in its place, where it is a tenant's and stands at the top."""
    if key not in known_keys(("tenants", 0), None):
        return None
    if key in _IN_DOUBLE_BRACKETS:
        return f"[[tenants.{key}]]"
    return f"[tenants.{key}]" if key == "rules" else Text("{key} below [[tenants]]", key=key)
