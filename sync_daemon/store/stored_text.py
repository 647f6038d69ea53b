"""Sentences as JSON in the store, so that whoever reads them there is told in their own language."""

from __future__ import annotations

from typing import Any

from sync_daemon.texts import Text
from sync_daemon.texts.swedish import SWEDISH


def text_parts(sentence: str) -> tuple[str, dict[str, str]]:
    """The template and its values as text; of a plain string itself."""
    if not isinstance(sentence, Text):
        return sentence, {}
    return sentence.template, {name: str(value) for name, value in sentence.values.items()}


def text_of(template: str, values: dict[str, str]) -> str:
    """The sentence again; a template that is not ours is not filled."""
    return Text.of(template, values) if template in SWEDISH else template


def text_to_json(sentence: str) -> list[Any]:
    """As it stands in a column."""
    return list(text_parts(sentence))


def text_from_json(told: Any) -> str | None:  # noqa: ANN401 - JSON
    """What `text_to_json` made; None of anything else."""
    match told:
        case [str(template), {**values}]:
            return text_of(template, {str(name): str(value) for name, value in values.items()})
        case _:
            return None
