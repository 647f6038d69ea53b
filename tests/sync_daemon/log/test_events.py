"""The catalogue of log events, and that the code keeps to it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync_daemon.log.events import COMMON_FIELDS, EVENTS, LEVELS, Event

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
METHODS: dict[str, str] = {**dict(zip(LEVELS, LEVELS, strict=True)), "exception": "error"}
OF_STRUCTLOG = {"exc_info"}


def _calls(path: Path) -> list[ast.Call]:
    """None where nothing can be logged: to parse all the code takes seconds, in each process that collects tests."""
    text = path.read_text(encoding="utf-8")
    if not re.search(rf"\.({'|'.join(METHODS)})\(|\bTrouble\(", text):
        return []
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]


CODE = {path: _calls(path) for path in sorted((ROOT / "sync_daemon").rglob("*.py"))}


def logged_in(path: Path) -> Iterator[tuple[str, str, str, set[str]]]:
    """Each call of a logger in the file with a name as it stands: the place, the level, the name, the fields."""
    for node in CODE[path]:
        if not isinstance(node.func, ast.Attribute) or not node.args or node.func.attr not in METHODS:
            continue
        name, method, logger = node.args[0], node.func.attr, ast.unparse(node.func.value)
        if not re.search(r"\b_?log(ger)?$|get_logger\(|\.(bind|new)\(", logger, re.IGNORECASE):
            continue
        assert isinstance(name, ast.Constant), f"{path}:{node.lineno} logs an event whose name is made up there"
        fields = {keyword.arg for keyword in node.keywords if keyword.arg}
        yield f"{path.relative_to(ROOT)}:{node.lineno}", METHODS[method], str(name.value), fields


CALLS = [call for path in CODE for call in logged_in(path)]


@pytest.mark.parametrize(("place", "level", "name", "fields"), CALLS, ids=[call[0] for call in CALLS])
def test_what_the_code_logs_is_in_the_catalogue(place: str, level: str, name: str, fields: set[str]) -> None:
    """Every event is logged under a known name, at its level, with fields that it lists."""
    assert name in EVENTS, place
    assert level == EVENTS[name].level, place
    unknown = {field for field in fields - OF_STRUCTLOG if field not in EVENTS[name].allowed}
    assert not unknown, f"{place}: {name} does not list {unknown}"


TROUBLES = {
    node.args[0].value
    for calls in CODE.values()
    for node in calls
    if isinstance(node.func, ast.Name)
    and node.func.id == "Trouble"
    and node.args
    and isinstance(node.args[0], ast.Constant)
}


@pytest.mark.parametrize("name", sorted(map(str, TROUBLES)))
def test_a_trouble_can_be_said_again_and_over(name: str) -> None:
    """What lasts says since when, and how often by now."""
    assert EVENTS[name].allowed >= {"first", "last", "times"}


def test_troubles_are_found_in_the_code() -> None:
    """The search above finds them, lest it prove nothing."""
    assert {"changes_held", "tenant_waiting", "store_unavailable"} <= TROUBLES


@pytest.mark.parametrize("event", EVENTS.values(), ids=list(EVENTS))
def test_an_event_speaks_only_of_fields_that_it_has(event: Event) -> None:
    """A field named in its meaning is one that its line may carry."""
    every = {field for one in EVENTS.values() for field in one.fields}
    named = set(re.findall(r"`(\w+)`", event.meaning)) & every
    assert {field for field in named if field not in event.allowed} <= {"full_read"}


def test_events_are_found_in_the_code() -> None:
    """The search above finds what is logged, lest it prove nothing."""
    assert {"referral_created", "library_warning", "bug"} <= {name for _, _, name, _ in CALLS}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_can_be_read_and_acted_on(name: str) -> None:
    """An event has a snake_case name, a level, words and a meaning; a warning or an error says what to do."""
    event = EVENTS[name]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", event.name)
    assert event.level in LEVELS
    assert event.words
    assert event.meaning.endswith(".")
    assert event.remedy.endswith(".") or event.level in {"debug", "info"}


def test_no_field_hides_what_every_line_has() -> None:
    """No event carries a field named as the line's own time, level or name."""
    own = {"at", "level", "event", "exc_info", "stack_info"}
    assert not own & {field for event in EVENTS.values() for field in (*event.fields, *COMMON_FIELDS)}


def test_the_reference_is_as_the_code_says() -> None:
    """docs/reference.md is what script/generate-docs would write."""
    command = [sys.executable, str(ROOT / "script" / "generate-docs"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own script
    assert result.returncode == 0, result.stderr
