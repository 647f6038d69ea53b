"""What no table can check by itself: what concerns several places, or what the classes of the rules cannot know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sync_daemon import numbers, printable, public_holidays
from sync_daemon.printable import quoted
from sync_daemon.settings.openid import EVERY
from sync_daemon.settings.problems import Place, Problem, span_key, whole_span
from sync_daemon.settings.spelling import nearest
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Leaf = tuple[Place, Any]
"""A value that is neither table nor list, and where it stands."""

_LONGEST_TEXT = 1000
"""Characters of any text."""


def problems_across(data: Mapping[str, Any]) -> dict[Place, Problem]:
    """What is wrong with single values, or with several together, by place."""
    leaves = list(_leaves(data, ()))
    return {
        **_zoned_times(leaves),
        **_unknown_countries(leaves),
        **_repeated_names(leaves),
        **_unshowable(leaves),
        **_mail_without_a_server(leaves),
        **_roles_of_unknown_tenants(leaves),
    }


def _zoned_times(leaves: Iterable[Leaf]) -> dict[Place, Problem]:
    """Times of day with an offset: they are the tenant's own, and the rules' classes cannot compare the two kinds."""
    problem = (Text("is a time with an offset"), Text('write the local time of day, as "12:00"'))
    return {
        whole_span(place): problem
        for place, value in leaves
        if span_key(place) and isinstance(value, str) and re.fullmatch(r"[\d:.]+ *(?:[Zz]|[+\-−].*)", value)
    }


def _unknown_countries(leaves: Iterable[Leaf]) -> dict[Place, Problem]:
    plans = numbers.supported_countries()
    known = {"country": plans & public_holidays.supported_countries(), "countries": plans}
    problems: dict[Place, Problem] = {}
    for place, value in leaves:
        match place:
            case (_, _, "rules", "country" | "countries" as key, *_) if isinstance(value, str):
                if value not in known[key]:
                    meant = nearest(value, known[key]) or Text("a two-letter code such as SE")
                    unknown = Text("the country {country!r} is not known", country=value)
                    problems[place] = (unknown, Text("write {example}", example=meant))
    return problems


def _unshowable(leaves: Iterable[Leaf]) -> dict[Place, Problem]:
    """What a terminal would take for an order, what is no character, and what nobody has written by hand."""
    problems: dict[Place, Problem] = {}
    for place, value in leaves:
        if isinstance(value, str) and len(value) > _LONGEST_TEXT:
            problems[place] = (
                Text("has {count} characters", count=len(value)),
                Text("write at most {most}", most=_LONGEST_TEXT),
            )
        elif isinstance(value, str) and (sign := printable.unshowable(value)):
            problems[place] = (
                Text("has a character that cannot be shown ({sign})", sign=sign),
                Text("write it without"),
            )
    return problems


def _mail_without_a_server(leaves: Iterable[Leaf]) -> dict[Place, Problem]:
    """A tenant's own admin, and whoever is mailed notices, is mailed by the server of the whole configuration."""
    if any(place == ("alerts", "smtp") for place, _ in leaves):
        return {}
    problem = (Text("is set, and there is no mail server"), Text("add [alerts] with `smtp` and `from`"))
    problems: dict[Place, Problem] = {}
    for place, value in leaves:
        match place:
            case ("tenants", _, "alerts_to", *_):
                problems[place[:3]] = problem
            case ("tenants", _, "notices", _, "kind") if value == "mail":
                problems[place] = problem
    return problems


def _roles_of_unknown_tenants(leaves: Iterable[Leaf]) -> dict[Place, Problem]:
    """Who may see a tenant that is not there sees nothing, and an admin believes that they do."""
    known = {value for place, value in leaves if place[:1] == ("tenants",) and place[2:] == ("id",)}
    problems: dict[Place, Problem] = {}
    for place, value in leaves:
        match place:
            case ("board", "oidc", "roles", _, "operator" | "admin", *_) if isinstance(value, str):
                if value not in {*known, EVERY}:
                    meant = nearest(value, known) or EVERY
                    problem = Text("there is no tenant {tenant}", tenant=quoted(value))
                    problems[place] = (problem, Text("write {example}", example=meant))
    return problems


def _repeated_names(leaves: Iterable[Leaf]) -> dict[Place, Problem]:
    """Tenants, and a tenant's sources and departments, are told apart by their `id` or `name`."""
    problems: dict[Place, Problem] = {}
    seen: set[tuple[Place, object]] = set()
    for place, value in leaves:
        if len(place) > 1 and isinstance(place[-2], int) and place[-1] in {"id", "name"}:
            if (place[:-2], value) in seen:
                problems[place] = (Text("{name!r} stands here twice", name=value), Text("give each its own"))
            seen.add((place[:-2], value))
    return problems


def _leaves(value: Any, place: Place) -> Iterator[Leaf]:  # noqa: ANN401 - whatever TOML holds
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _leaves(below, (*place, key))
    elif isinstance(value, list):
        for position, below in enumerate(value):
            yield from _leaves(below, (*place, position))
    else:
        yield place, value
