"""The domain imports nothing but itself and the standard library (docs/architecture.md "Layout")."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import rules

MODULES = sorted(Path(rules.__file__).parent.rglob("*.py"))


def _imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_imports_only_the_standard_library(module: Path) -> None:
    """Also inside functions and where only types are checked."""
    foreign = _imported(ast.parse(module.read_text(encoding="utf-8"))) - sys.stdlib_module_names - {"rules"}
    assert foreign == set()


@pytest.mark.parametrize("doing", ["open", "print", "input", "exec", "eval", "__import__"])
def test_the_rules_neither_read_nor_write(doing: str) -> None:
    """No call of a built-in that does."""
    calls = [
        node.func.id
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert calls
    assert doing not in calls


def test_the_rules_ask_no_clock() -> None:
    """Time comes in as an argument."""
    called = {
        node.func.attr
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert "combine" in called
    assert not called & {"now", "utcnow", "today", "monotonic", "perf_counter"}
