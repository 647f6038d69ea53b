"""What is wrong with a configuration, in our words: pydantic's errors, by the place where each value stands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

from sync_daemon.errors import UserError
from sync_daemon.settings.known_keys import known_keys, source_kinds
from sync_daemon.settings.section import Refused
from sync_daemon.settings.spelling import nearest

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

TOO_LONG: Problem = ("holds a number or a list that is too long to be meant", "look for it and take it out")


class SettingsError(UserError):
    """The configuration cannot be used; `findings` holds everything that is wrong with it, each with exit code 2."""

    def __init__(self, path: Path, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n  ".join([f"{path} cannot be used:", *map(str, self.findings)]))


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
    "lunch": ("is not two times of day", 'write ["12:00", "13:00"], or false for none'),
    "hours": (
        "is neither two times of day nor such a pair for each weekday",
        'write ["08:00", "17:00"], or {mon = ["08:00", "17:00"], fri = ["08:00", "16:00"]}',
    ),
    "special_hours": (
        "is not two times of day for a date",
        'write {"2026-12-23" = ["08:00", "12:00"], "2026-06-05" = false}',
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
    unknown_kinds = {place[:-1] for place in problems if place[-1] == "kind" and "sources" in place}
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
"""What pydantic says of a source whose kind is none, or is not there."""


_NOUNS = {
    "string_type": "text in quotes",
    "path_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "string_too_long": "text of at most {max_length} characters",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list in brackets",
    "too_short": "a list of one or more",
    "too_long": "a list of at most {max_length}",
    "model_type": "a table",
    "dataclass_type": "a table",
    "dict_type": "a table",
    "mapping_type": "a table",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "literal_error": "one of {expected}",
}


def _problem(place: Place, details: Details) -> Problem:
    kind, context = details["type"], details.get("ctx", {})
    if kind in {"extra_forbidden", "unexpected_keyword_argument"} or details["loc"][-1] == "[key]":
        return _unknown_key(place, details["loc"])
    if kind in _NO_SUCH_KIND:
        kinds = context.get("expected_tags") or ", ".join(map(repr, source_kinds()))
        problem = "is missing" if kind == "union_tag_not_found" else "names no kind of source that this version reads"
        return problem, f"write {kinds.replace(', ', ' or ')}"
    if kind == "value_error":
        error = context["error"]
        return str(error), error.remedy if isinstance(error, Refused) else "write a value that can be"
    return _SPANS[key] if (key := span_key(place)) else _wrong_type(kind, context)


def _wrong_type(kind: str, context: Mapping[str, Any]) -> Problem:
    if kind == "missing":
        return "is missing", "add it"
    noun = _NOUNS.get(kind, "what belongs here").format_map(context)
    return f"is not {noun}", f"write {noun}"


def _unknown_key(place: Place, loc: Place) -> Problem:
    if place[-2:-1] == ("special_hours",):
        return "is no date", "write it as 2026-12-23"
    known = known_keys(place[:-1], next((kind for kind in source_kinds() if kind in loc), None))
    meant = nearest(str(place[-1]), known)
    return "there is no such key", f"write {meant}" if meant else f"take it away; here may stand {', '.join(known)}"
