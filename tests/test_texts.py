"""Every sentence that a person is shown has its Swedish, with the same values in it."""

from __future__ import annotations

import ast
import pickle
import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TypeGuard
from zoneinfo import ZoneInfo

import pytest
from jinja2 import Environment, nodes

from sync_daemon.answers.words import WORDS
from sync_daemon.texts import Language, LocalTime, Text, in_language, listed, swedish
from sync_daemon.texts.swedish import SWEDISH

CODE = Path(__file__).parents[1] / "sync_daemon"
PAGES = sorted((CODE / "board" / "templates").rglob("*.html"))
RULES = CODE.parent / "rules"
STOCKHOLM = ZoneInfo("Europe/Stockholm")


_ENGLISH_WORD = re.compile(
    r"\b(?:the|and|of|is|are|was|were|that|this|which|with|not|no|has|have|had|its?|they|them|their|who|whom|whose|it"
    r"|be|been|by|from|until|since|when|where|what|why|an?|or|on|as|there|here|see|write|read|phone|calendar|mailbox"
    r"|directory|store|meeting|entry|entries|cycle|referral|switchboard|today|yesterday|tomorrow|week|month|year"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|back|away|closed|open|night|mobile|number)\b",
    re.IGNORECASE,
)
"""Common words of English that are none of Swedish; `man`, `under`, `for` and the like are words of both."""

_SWEDISH_WORD = re.compile(
    r"\b(?:och|är|inte|det|den|som|från|för|med|av|på|att|har|kan|ska|eller|ingen|inget|vid|efter|samma|någon"
    r"|postlåda\w*|kalender\w*|telefon\w*|växel\w*|hänvisning\w*|bokning\w*|kommun\w*|katalog\w*|varv\w*|lagret"
    r"|måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag|åter|sök)\b",
    re.IGNORECASE,
)

_TIME_WITH_COLON = re.compile(r"\b\d{1,2}:\d\d\b|%H:%M")
_TIME_WITH_STOP = re.compile(r"\b\d{1,2}\.\d\d\b|%H\.%M")

_AS_TYPED = re.compile(
    r"`[^`]*`|\"[^\"]*\"|\[[^]]*\]|\{[^}]*\}|https?://\S+|\S+@\S+|--[\w-]+|\b[A-Za-z]\w*[._/:]\w[\w./:-]*"
    r"|docs/\S+|a-z|:\\\S+|Active Directory|\b(?:Get|Set|New|Add|Enable)-[A-Za-z]+[^,;:)]*"
    r"|\b(?:commands|reason|text|share|least|user|secret|endpoint|proxy|impersonation|true|false|column|open)\b"
)
"""What is typed: commands, values, keys, files, options."""


_MANY = 300

_IN_BOTH_LANGUAGES = {"hanvisa", "Esc", "Enter", "English", "Svenska"}
"""What a page may say as it is: a name of ours, a key, and each language's own name."""

_READ_ALOUD = {"alt", "aria-description", "aria-label", "aria-valuetext", "label", "placeholder", "title"}
"""Attributes whose words reach a person."""


class _Page(HTMLParser):
    """What of a page's HTML reaches a person."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its base's
        self.said.extend(value for name, value in attrs if value and (name in _READ_ALOUD))


def bare_text(template: str) -> list[str]:
    """The words of a template that come from neither `t` nor a value."""
    tree, page = Environment(autoescape=True).parse(template), _Page()
    page.feed(" ".join(data.data for data in tree.find_all(nodes.TemplateData)))
    page.close()
    said = [word for text in page.said for word in text.split()]
    said += [word for output in tree.find_all(nodes.Output) for part in output.nodes for word in _constants(part)]
    return [word for word in said if any(map(str.isalpha, word)) and word not in _IN_BOTH_LANGUAGES]


def _constants(node: nodes.Node) -> Iterator[str]:
    """The strings that an expression may come to, other than `sv` and `en`."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and node.value not in {"sv", "en"}:
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from _constants(node.expr1)
        yield from _constants(node.expr2) if node.expr2 else ()


def _out_of_place(sentence: str, *patterns: re.Pattern[str]) -> list[str]:
    prose = _AS_TYPED.sub(" ", sentence)
    return [found for pattern in patterns for found in pattern.findall(prose)]


def english_in(swedish: str) -> list[str]:
    """The English words, and the times in English, in what is told in Swedish; what is typed may be in any language."""
    return _out_of_place(swedish, _ENGLISH_WORD, _TIME_WITH_COLON)


def swedish_in(english: str) -> list[str]:
    """The same the other way."""
    return _out_of_place(english, _SWEDISH_WORD, _TIME_WITH_STOP)


def _words(language: Language) -> Iterator[str]:
    """What `explain` says, which has a table of its own."""
    for field in fields(WORDS[language]):
        value = getattr(WORDS[language], field.name)
        yield from [value] if isinstance(value, str) else value.values() if isinstance(value, Mapping) else value


@cache
def _templates() -> tuple[tuple[str, str], ...]:
    """Each template that the code makes a Text of, and where."""
    return tuple(_found_in_code())


def _found_in_code() -> Iterator[tuple[str, str]]:
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


def _of_pages() -> Iterator[tuple[str, str]]:
    """Each sentence that a template of the board says, and where."""
    for path in PAGES:
        for call in Environment(autoescape=True).parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                where = f"{path.relative_to(CODE.parent)}:{call.lineno}"
                if call.args and isinstance(call.args[0], nodes.Const) and isinstance(call.args[0].value, str):
                    yield where, call.args[0].value
                else:
                    pytest.fail(f"{where}: what `t` says is a literal, so that it can be found in the table")


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


def test_every_sentence_of_the_board_has_its_swedish() -> None:
    """A page in Swedish has no English sentence."""
    said = [*_of_pages()]
    assert said, "the search finds them, lest it prove nothing"
    assert [f"{where}: {template}" for where, template in said if template not in SWEDISH] == []


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_no_page_of_the_board_says_anything_past_the_table(page: Path) -> None:
    """What a person reads or hears of a page is a name, a number, or a sentence of `t`: both languages have it all."""
    assert bare_text(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Away</p>",
        '<input placeholder="Name">',
        '<img alt="Closed">',
        "<p>{{ 'Back' if back else name }}</p>",
        "{% if here %}<b>There</b>{% endif %}",
    ],
)
def test_what_a_page_says_past_the_table_is_found(template: str) -> None:
    """Wherever it stands."""
    assert bare_text(template) != []


def test_what_a_page_says_by_the_table_is_none_of_that() -> None:
    """Nor are names, keys, signs and classes."""
    assert bare_text('<p class="x">{{ t("Away") }} {{ name }} <kbd>Esc</kbd> – {{ "sv" }}</p>') == []


def test_the_swedish_table_has_no_row_that_nothing_says() -> None:
    """A row whose English was changed is left over."""
    said = {template for _, template in [*_templates(), *_of_pages()]}
    assert sorted(SWEDISH.keys() - said) == []


def test_a_sentence_stands_in_one_module_of_the_table() -> None:
    """Two modules that have it could have it otherwise, and nobody would see which one is told."""
    modules = [import_module(f"{swedish.__name__}.{one.name}") for one in iter_modules(swedish.__path__)]
    counts = Counter(row for module in modules for row in module.ROWS)
    assert [row for row, count in counts.items() if count > 1] == []


def test_both_languages_name_the_same_values() -> None:
    """A value that a language leaves out is one that the reader does not learn."""
    assert [english for english, swedish in SWEDISH.items() if _names(english) != _names(swedish)] == []


def test_no_swedish_sentence_has_an_english_word_or_a_colon_in_a_time() -> None:
    """What is typed as it stands (in backticks or quotes, or a key) may be in any language."""
    sentences = {*SWEDISH.values(), *_words("sv")}
    assert len(sentences) > _MANY
    assert {one: bad for one in sentences if (bad := _out_of_place(one, _ENGLISH_WORD, _TIME_WITH_COLON))} == {}


def test_one_thing_has_one_word_in_swedish() -> None:
    """A held set is `uppsättning` and a tenant `kommun`, whoever tells of it."""
    other = re.compile(r"\bmängd|\b(?:en|ingen|två) tenant")
    assert [one for one in SWEDISH.values() if other.search(one)] == []


def test_no_english_sentence_has_a_swedish_word_or_a_full_stop_in_a_time() -> None:
    """The same the other way."""
    sentences = {*SWEDISH, *_words("en")}
    assert len(sentences) > _MANY
    assert {one: bad for one in sentences if (bad := _out_of_place(one, _SWEDISH_WORD, _TIME_WITH_STOP))} == {}


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
