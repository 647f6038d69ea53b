"""Which keys may stand where, from the schema of the settings: what a misspelt one is compared with."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sync_daemon.settings.models import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


def known_keys(place: tuple[str | int, ...], kind: str | None) -> list[str]:
    """The keys that may stand there; of a source those of its `kind`."""
    nodes = [_schema()]
    for key in place:
        nodes = [below for node in nodes for variant in _variants(node) for below in _below(variant, key)]
    variants = [variant for node in nodes for variant in _variants(node)]
    return [key for node in variants if _kind(node) in {None, kind} for key in _keys(node)]


def _kind(node: dict[str, Any]) -> str | None:
    kind: str | None = node.get("properties", {}).get("kind", {}).get("const")
    return kind


def kinds(place: tuple[str | int, ...] = ()) -> list[str]:
    """The values that `kind` may have in a table of the list `sources` or `notices` there; of any list by default."""
    nodes = [_schema()["$defs"]["Tenant"]["properties"][name] for name in ("sources", "notices") if name in place]
    below = [variant for node in nodes for variant in _variants(node["items"])] or _schema()["$defs"].values()
    return [kind for node in below if (kind := _kind(node))]


def _keys(node: dict[str, Any]) -> Iterator[str]:
    yield from node.get("properties", ())
    yield from node.get("propertyNames", {}).get("enum", ())


@cache
def _schema() -> dict[str, Any]:
    return Settings.model_json_schema()


def _variants(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in node:
        node = _schema()["$defs"][node["$ref"].rpartition("/")[2]]
    yield node
    for variant in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _variants(variant)


def _below(node: dict[str, Any], key: str | int) -> Iterator[dict[str, Any]]:
    if isinstance(key, int):
        below = node.get("items")
    else:
        below = node.get("properties", {}).get(key, node.get("additionalProperties"))
    if isinstance(below, dict):
        yield below
