"""What we use of exchangelib beyond its documented interface: a new release that lacks some of it is found here."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import inspect
from pathlib import Path
from typing import Any

import exchangelib
import pytest

SOURCES = Path(__file__).parents[4] / "sync_daemon"
INTERNALS = SOURCES / "sources" / "ews" / "exchangelib_internals.py"
DOCUMENTED = {*(f"exchangelib.{name}" for name in exchangelib.__all__), "exchangelib.errors"}


def listed() -> dict[str, str]:
    """What the module lists, read from its text: where a name is gone the module itself cannot be imported."""
    for node in ast.parse(INTERNALS.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "NAMES":
            names: dict[str, str] = ast.literal_eval(node.value) if node.value else {}
            return names
    raise LookupError("exchangelib_internals.py lists no NAMES any more")


def imported(file: Path) -> set[str]:
    """What a module of ours imports of exchangelib, by its whole name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "exchangelib":
            found |= {f"{node.module}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.partition(".")[0] == "exchangelib"}
    return found


def lacking(name: str) -> str | None:
    """What the installed exchangelib lacks of a listed name and its arguments, in words; None where it has them."""
    path, _, arguments = name.removesuffix(")").partition("(")
    *modules, last = path.split(".")
    owner: Any = exchangelib
    for number, part in enumerate(modules):
        try:
            owner = getattr(owner, part, None) or importlib.import_module(
                ".".join(("exchangelib", *modules[: number + 1]))
            )
        except ImportError:
            return f"exchangelib.{'.'.join(modules[: number + 1])} is gone"
    found = getattr(owner, last, None)
    if found is None and not _is_set_by(owner, last):
        return f"exchangelib.{path} is gone"
    wanted = [one.strip() for one in arguments.split(",") if one.strip()]
    taken = inspect.signature(found).parameters if wanted and callable(found) else {}
    left = [one for one in wanted if one not in taken]
    return f"exchangelib.{path} takes no {', '.join(left)} any more" if left else None


def _is_set_by(owner: object, name: str) -> bool:
    """Whether an instance of the class is given an attribute of that name when it is made."""
    makers = [vars(one)["__init__"] for one in getattr(owner, "__mro__", ()) if "__init__" in vars(one)]
    return any(name in maker.__code__.co_names for maker in makers if hasattr(maker, "__code__"))


@pytest.mark.parametrize("name", listed())
def test_exchangelib_has_what_we_use_of_it(name: str) -> None:
    """Each name of the list; a failure says which is gone and what we need it for."""
    problem = lacking(name)
    version = importlib.metadata.version("exchangelib")
    assert problem is None, f"{problem} in exchangelib {version}; it is used for this: {listed()[name]}"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("protocol.Protocol._gone", "exchangelib.protocol.Protocol._gone is gone"),
        ("gone.Protocol", "exchangelib.gone is gone"),
        ("transport.GONE", "exchangelib.transport.GONE is gone"),
        (
            "services.find_item.FindItem.wrap(content, gone)",
            "exchangelib.services.find_item.FindItem.wrap takes no gone",
        ),
    ],
)
def test_what_is_gone_is_said_in_words(name: str, problem: str) -> None:
    """A module, a name, an attribute and an argument."""
    assert (lacking(name) or "").startswith(problem)


def test_only_one_module_uses_what_is_not_documented() -> None:
    """All others have what `import exchangelib` offers, and its errors."""
    undocumented = {
        str(file.relative_to(SOURCES)): names
        for file in SOURCES.rglob("*.py")
        if file != INTERNALS and (names := imported(file) - DOCUMENTED)
    }
    assert undocumented == {}


def test_what_the_module_imports_is_listed() -> None:
    """With what it is used for."""
    names = {name.partition("(")[0] for name in listed()}
    assert {name.removeprefix("exchangelib.") for name in imported(INTERNALS) - DOCUMENTED} <= names
