"""Every § and every page that code and pages cite is there, and so is every name of code that the pages mention.

The form is `docs/rules.md §6.5`, `docs/architecture.md "In JSON"`, and "policy §4.4" for the telephone policy. A § that
nothing stands in front of is one of docs/rules.md.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("rules", "sync_daemon", "tests", "script", "deploy", "docs", ".ci")
KINDS = {".py", ".md", ".toml", ".ps1", ".service", ".mako", ""}
FILES = [
    *sorted(path for path in ROOT.iterdir() if path.is_file() and path.suffix in {".md", ".toml"}),
    *sorted(
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix in KINDS and "__pycache__" not in path.parts
    ),
]
PAGES = [path for path in FILES if path.suffix == ".md" and path.name != "CHANGELOG.md"]
FOR_ENGINEERS = [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md", ROOT / "docs" / "life-of-a-booking.md"]
ELSEWHERE = [f"{name}.md" for name in ("RULES", "DESIGN", "FIELD")]
"""Pages that are no longer the truth, and that nobody has who has the repository."""

_LINE_BREAK = re.compile(r"\n[ \t]*#?[ \t]*")
_SECTION = re.compile(r"§(\d+(?:\.\d+)*)")
_OTHERS = re.compile(r"(?:RFC \d+|SFS [\d:]+) (?:§[\d.]+(?:, | to )?)+")
_OF_POLICY = re.compile(r"[Pp]olicy(?:\]\([^)]*\))? ((?:§\d+(?:\.\d+)*(?:, )?)+)")
_HEADING_CITED = re.compile(r'(docs/[\w-]+\.md) "([^"]+)"')
_PAGE = re.compile(r"\bdocs/[\w-]+\.md\b")
_FENCED = re.compile(r"^```.*?^```$|^    .*?$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"(?:[\w.-]+/)+[\w-]*(?:\.\w+)?")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


@cache
def text_of(path: Path) -> str:
    """The file; nothing of one that is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def sections() -> frozenset[str]:
    """The numbers of docs/rules.md: of each section, and of each item in it."""
    found, section = set(), ""
    for line in text_of(ROOT / "docs" / "rules.md").splitlines():
        if line.startswith("## "):
            heading = re.match(r"## (\d+)\. ", line)
            section = heading[1] if heading else ""
            found.add(section)
        elif section and (item := re.match(r"(\d+)\. ", line)):
            found.add(f"{section}.{item[1]}")
    return frozenset(found - {""})


@cache
def policy_sections() -> frozenset[str]:
    """The first column of docs/policy.md."""
    return frozenset(re.findall(r"^\| (\d[\d.]*) \|", text_of(ROOT / "docs" / "policy.md"), re.MULTILINE))


@cache
def headings(page: str) -> frozenset[str]:
    """Those of the page."""
    return frozenset(re.findall(r"^#+ (.+)$", text_of(ROOT / page), re.MULTILINE))


def wrong_citations(text: str) -> list[str]:
    """What the text cites and nobody finds."""
    flat = _OTHERS.sub("", _LINE_BREAK.sub(" ", text))
    of_policy = [number for found in _OF_POLICY.findall(flat) for number in _SECTION.findall(found)]
    wrong = [f"policy §{number}" for number in of_policy if number not in policy_sections()]
    own = _SECTION.findall(_OF_POLICY.sub("", flat))
    wrong += [f"docs/rules.md §{number}" for number in own if number not in sections()]
    wrong += [page for page in _PAGE.findall(flat) if not (ROOT / page).is_file()]
    return wrong + [
        f'{page} "{heading}"'
        for page, heading in _HEADING_CITED.findall(flat)
        if (ROOT / page).is_file() and heading not in headings(page)
    ]


def test_every_citation_leads_somewhere() -> None:
    """In code, tests, scripts and pages."""
    wrong = {str(path.relative_to(ROOT)): found for path in FILES if (found := wrong_citations(text_of(path)))}
    wrong.pop("tests/test_citations.py", None)  # whose examples below are wrong
    assert wrong == {}


@pytest.mark.parametrize(
    "text",
    [
        "docs/rules.md §6.9",
        "(docs/rules.md §3, §4.1)",
        "§99",
        "policy §4.5",
        "policy §2, §4.9",
        "the\n    # policy §4.5",
        "docs/rule.md",
        'docs/architecture.md "In XML"',
    ],
)
def test_a_wrong_citation_is_found(text: str) -> None:
    """A number, a page or a heading that is not there."""
    assert len(wrong_citations(text)) == 1


@pytest.mark.parametrize(
    "text", ["docs/rules.md §6.2-§6.5, §9", "policy §2, §4.1", "RFC 5545 §3.3.4 to §3.3.6", "SFS 1977:480 §7"]
)
def test_a_right_citation_is_none(text: str) -> None:
    """Other documents have numbers of their own."""
    assert wrong_citations(text) == []


def test_the_rules_are_cited_at_all() -> None:
    """The search finds sections and citations, lest it prove nothing."""
    cited = {number for path in FILES if path.suffix == ".py" for number in _SECTION.findall(text_of(path))}
    assert {"1.3", "5.4", "6.5", "9.4"} <= sections()
    assert {"3.1", "6.5", "9"} <= cited
    assert {"2", "4.4", "9"} <= policy_sections()


def test_nobody_is_sent_to_a_page_outside_the_project() -> None:
    """What the pages of the project say is said in no other place."""
    sent = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in ELSEWHERE) + r"|\bRULES §?\d")
    assert [str(path.relative_to(ROOT)) for path in FILES if sent.search(text_of(path))] == []


def _spans(page: Path) -> list[str]:
    return _SPAN.findall(_FENCED.sub("", text_of(page)))


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_file_of_code_that_a_page_names_is_there(page: Path) -> None:
    """`sync_daemon/log/events.py`, or short of the package: `log/events.py`."""
    named = {span for span in _spans(page) if _PATH.fullmatch(span) and span.endswith((".py", "/"))}
    named |= {span for span in _spans(page) if span.partition("/")[0] in FOLDERS and _PATH.fullmatch(span)}
    assert {one for one in named if not any((ROOT / top / one).exists() for top in ("", "sync_daemon"))} == set()


@cache
def names() -> frozenset[str]:
    """Of everything that code and tests define: modules, classes, functions, values, attributes."""
    found = {"self"}
    for path in FILES:
        if path.suffix != ".py" or path.is_relative_to(ROOT / "deploy"):
            continue
        found |= {path.stem, path.parent.name}
        for node in ast.walk(ast.parse(text_of(path))):
            match node:
                case ast.ClassDef() | ast.FunctionDef():
                    found.add(node.name)
                case ast.Name(ctx=ast.Store()):
                    found.add(node.id)
                case ast.Attribute(ctx=ast.Store()):
                    found.add(node.attr)
    return frozenset(found)


@pytest.mark.parametrize("page", FOR_ENGINEERS, ids=[page.name for page in FOR_ENGINEERS])
def test_a_name_of_code_that_a_page_mentions_is_there(page: Path) -> None:
    """`Store.apply`, `rules.plan.bookings_not_read`: of each such name every part."""
    dotted = {span for span in _spans(page) if _DOTTED.fullmatch(span) and not span.endswith((".py", ".md", ".toml"))}
    assert {span for span in dotted if not names().issuperset(span.split("."))} <= OF_OTHERS


OF_OTHERS = {"structlog.get_logger", "requirements.lock"}
"""Dotted names that are not ours."""
