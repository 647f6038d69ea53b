"""As much of JSON Schema 2020-12 as our description has; a word that is not known here fails, and is not passed over.

https://json-schema.org/draft/2020-12/json-schema-validation
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

_SAYS_NOTHING = {"description", "default", "example"}
_STRUCTURE = {"$ref", "anyOf", "properties", "additionalProperties", "items"}

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


class Schemas:
    """The schemas of a description, which refer to each other."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def problems(self, value: Any, schema: Mapping[str, Any], where: str = "$") -> list[str]:  # noqa: ANN401 - JSON
        """What of the value is not as the schema says."""
        found = [] if "$ref" not in schema else self.problems(value, self._named(schema["$ref"]), where)
        if "anyOf" in schema:
            tried = [self.problems(value, one, where) for one in schema["anyOf"]]
            found += [] if [] in tried else tried[0]
        if isinstance(value, dict):
            found += self._of_fields(value, schema, where)
        if "items" in schema and isinstance(value, list):
            found += [one for place in value for one in self.problems(place, schema["items"], f"{where}[]")]
        words = schema.keys() - _STRUCTURE - _SAYS_NOTHING
        wrong = [word for word in words if not _holds(word, schema[word], value)]
        return found + [f"{where}: {word} does not hold of {value!r}" for word in wrong]

    def _of_fields(self, value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> list[str]:
        known = schema.get("properties", {})
        found = [
            one for name in known.keys() & value for one in self.problems(value[name], known[name], f"{where}.{name}")
        ]
        if "additionalProperties" in schema:
            assert schema["additionalProperties"] is False
            found += [f"{where} has {name!r}" for name in value.keys() - known.keys()]
        return found

    def _named(self, reference: str) -> Mapping[str, Any]:
        found: Any = self._document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        named: Mapping[str, Any] = found
        return named


def _holds(word: str, said: Any, value: Any) -> bool:  # noqa: ANN401 - JSON
    match word:
        case "type":
            return any(_TYPES[one](value) for one in ([said] if isinstance(said, str) else said))
        case "enum":
            return value in said
        case "required":
            return not isinstance(value, dict) or value.keys() >= {*said}
        case "minLength" | "maxLength" | "pattern" | "format":
            return not isinstance(value, str) or _text_holds(word, said, value)
        case "minimum":
            return not isinstance(value, int) or value >= int(said)
        case "maximum":
            return not isinstance(value, int) or value <= int(said)
    raise AssertionError(f"{word} is not known here")


def _text_holds(word: str, said: Any, value: str) -> bool:  # noqa: ANN401 - JSON
    match word:
        case "minLength":
            return len(value) >= int(said)
        case "maxLength":
            return len(value) <= int(said)
        case "pattern":
            return re.search(said, value) is not None
    assert said == "date-time"
    return datetime.fromisoformat(value).tzinfo is not None
