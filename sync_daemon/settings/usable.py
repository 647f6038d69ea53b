"""What of a configuration with problems can be used by whoever only asks the store or acts on it.

An operator who opens a phone is not to wait until somebody has mended the spelling of a key, while the service goes on
with what it had read before. But nothing is done with a wrong zone or a wrong telephone number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Any

from rules.policy import Rules
from sync_daemon.settings.models import LONGEST_KEPT, MOST_KEPT, Settings, Tenant
from sync_daemon.settings.problems import Place, Problem, value_at
from sync_daemon.settings.spelling import nearest

_NEEDED = ("store", "log", "tenants")
"""The tables without which nothing can be done."""

_HARMLESS = (("log", "level"), ("log", "max_mb"))

_RULES = tuple(one.name for one in fields(Rules))

_NUMBERS = ("country", "countries", "internal_numbers")
"""What says which telephone numbers there are."""


@dataclass(frozen=True, slots=True)
class Usable:
    """What may be validated, and what is left out of it.

    `doubted` are, by the tenant's id, the rules of which it is not known what they are to be; `left_out` are tenants of
    which nothing can be used.
    """

    data: dict[str, Any]
    doubted: Mapping[str, frozenset[str]]
    left_out: tuple[str, ...]


def usable_for_store(data: Mapping[str, Any], problems: Mapping[Place, Problem]) -> Usable | None:
    """What can be used; None where what is wrong concerns the store, the log, or every tenant."""
    if any(_is_needed(place) for place in problems):
        return None
    kept = deepcopy({key: value for key, value in data.items() if key in Settings.model_fields})
    for place in problems:
        if place[0] == "log":
            kept["log"].pop(place[1])
        elif place[0] != "tenants":
            kept.pop(str(place[0]), None)
    # For how long logs are kept may be what is wrong, and none is to be lost by that.
    kept["retention"] = {"log_days": LONGEST_KEPT}
    kept["log"] = {**kept.get("log", {}), "max_mb": MOST_KEPT}
    doubted = [_doubted(data, position, problems) for position in range(len(kept["tenants"]))]
    ids = [_id(tenant, position) for position, tenant in enumerate(kept["tenants"])]
    unsure = {id_ for id_, rules in zip(ids, doubted, strict=True) if rules is None}
    usable = {
        id_: (tenant, rules)
        for id_, tenant, rules in zip(ids, kept["tenants"], doubted, strict=True)
        if rules is not None and id_ not in unsure
    }
    if not usable:
        return None
    kept["tenants"] = [_without(tenant, rules) for tenant, rules in usable.values()]
    return Usable(kept, {id_: rules for id_, (_, rules) in usable.items()}, tuple(sorted(unsure)))


def _is_needed(place: Place) -> bool:
    """Whether nothing can be done where that is wrong; a misspelt table may be any of those that it is near to."""
    first = str(place[0])
    if first == "log":
        return place not in _HARMLESS
    if first == "tenants":
        return len(place) == 1
    meant = first if first in Settings.model_fields else nearest(first, Settings.model_fields)
    return meant in _NEEDED


def _doubted(data: Mapping[str, Any], position: int, problems: Iterable[Place]) -> frozenset[str] | None:
    """The rules of the tenant at that position of which it is not known what they are to be.

    None where the tenant cannot be used: then nobody knows who it is, which times it means, or which numbers.
    """
    doubted: set[str] = set()
    for place in problems:
        if place[:2] != ("tenants", position):
            continue
        key = _meant(str(place[2]), Tenant.model_fields) if len(place) > 2 else "id"  # noqa: PLR2004 - the list, the place in it
        if key in {"id", "timezone"}:
            return None
        if key == "departments":
            doubted.add("hours")  # of whoever is in one
        elif key == "rules":
            doubted |= _doubted_rules(data, place)
    return None if "country" in doubted else frozenset(doubted)


def _doubted_rules(data: Mapping[str, Any], place: Place) -> set[str]:
    """Those that a problem in the tenant's rules concerns, which may be misspelt."""
    _, _, table, *keys = place
    if keys:
        meant = _meant(str(keys[0]), _RULES)
        return set() if meant is None else {meant}
    if table == "rules" and isinstance(value_at(data, place), dict):  # its values are right, and do not go together
        return {*_RULES} - {*_NUMBERS}
    return {*_RULES}


def _meant(key: str, known: Collection[str]) -> str | None:
    return key if key in known else nearest(key, known)


def _without(tenant: Mapping[str, Any], doubted: Collection[str]) -> dict[str, Any]:
    """The tenant's table as far as it can be used; who only asks the store reads no calendar."""
    kept = {key: tenant[key] for key in ("id", "timezone") if key in tenant}
    rules = tenant.get("rules")
    if isinstance(rules, dict):
        kept["rules"] = {key: value for key, value in rules.items() if key in _RULES and key not in doubted}
    if "departments" in tenant and "hours" not in doubted:
        kept["departments"] = tenant["departments"]
    return kept


def _id(tenant: Any, position: int) -> str:  # noqa: ANN401 - whatever TOML holds
    found = value_at(tenant, ("id",))
    return found if isinstance(found, str) else f"tenants[{position}]"
