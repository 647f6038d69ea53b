"""Every sentence that a person is shown has its Swedish, with the same values in it."""

from __future__ import annotations

import ast
import pickle
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeGuard
from zoneinfo import ZoneInfo

import pytest

from sync_daemon.texts import LocalTime, Text, in_language, listed
from sync_daemon.texts.swedish import SWEDISH

CODE = Path(__file__).parents[1] / "sync_daemon"
RULES = CODE.parent / "rules"
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def _templates() -> Iterator[tuple[str, str]]:
    """Each template that the code makes a Text of, and where."""
    for path in sorted([*CODE.rglob("*.py"), *RULES.rglob("*.py")]):
        if path == CODE / "texts" / "__init__.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if _makes_a_text(node):
                where = f"{path.relative_to(CODE.parent)}:{node.lineno}"
                template = node.args[0]
                if isinstance(template, ast.Constant) and isinstance(template.value, str):
                    yield where, template.value
                else:
                    pytest.fail(f"{where}: a Text's template is a literal, so that it can be found in the table")


def _makes_a_text(node: ast.AST) -> TypeGuard[ast.Call]:
    """Also of what the rules say of a value that cannot be: that becomes one."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"Text", "problem"}
        and bool(node.args)
    )


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_text_of_the_code_has_its_swedish() -> None:
    """A sentence that the table lacks would stand in English between Swedish ones."""
    assert [f"{where}: {template}" for where, template in _templates() if template not in SWEDISH] == []


def test_the_swedish_table_has_no_row_that_nothing_says() -> None:
    """A row whose English was changed is left over."""
    said = {template for _, template in _templates()}
    assert sorted(SWEDISH.keys() - said) == []


def test_both_languages_name_the_same_values() -> None:
    """A value that a language leaves out is one that the reader does not learn."""
    assert [english for english, swedish in SWEDISH.items() if _names(english) != _names(swedish)] == []


def test_a_text_is_english_until_a_language_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log and `--json` have the English sentence, a Swede at a terminal the Swedish one, times in its style."""
    monkeypatch.setattr(
        "sync_daemon.texts.SWEDISH",
        {"read {at}, {problems}": "läst {at}, {problems}", "late": "sent", "lost": "borta"},
    )
    at = LocalTime(datetime(2026, 11, 26, 12, tzinfo=UTC), STOCKHOLM)
    text = Text("read {at}, {problems}", at=at, problems=listed([Text("late"), Text("lost"), "anna@sorsele.se"]))
    assert text == "read 2026-11-26 13:00, late, lost, anna@sorsele.se"
    assert in_language(text, "sv") == "läst 2026-11-26 13.00, sent, borta, anna@sorsele.se"
    assert in_language(pickle.loads(pickle.dumps(text)), "sv") == in_language(text, "sv")  # noqa: S301 - our own


def test_a_time_of_today_is_told_without_its_date() -> None:
    """As a person says it."""
    at = datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert LocalTime(at, STOCKHOLM, today=at).told("sv") == "13.00"


def test_a_plain_string_is_told_as_it_is() -> None:
    """A name, a file, a command."""
    assert in_language("hanvisa check", "sv") == "hanvisa check"
