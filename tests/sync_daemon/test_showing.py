"""Text as it may stand on a terminal (`sync_daemon.printable`)."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_daemon.printable import NAME_LENGTH, cut, escaped, one_line, quoted, unshowable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Anna Ek", "Anna Ek"),
        ("a\x1b[31m\x9bb\r\nc\td", "a [31m b  c d"),
        ("Bo\u202ekE\u2066\u00ad", "BokE"),
        ("a\u2028b", "a b"),
        ("👩\u200d👧 Vård\u00a0och", "👩\u200d👧 Vård\u00a0och"),
        ("\udcc3\udc85sa", "Åsa"),
        ("\ud83d\ude00 \ud800", "😀 \ufffd"),
    ],
)
def test_what_a_terminal_would_obey_is_not_shown(text: str, shown: str) -> None:
    """Controls are spaces; marks of direction are gone; what the locale could not decode is UTF-8."""
    assert one_line(text) == shown


@given(st.text(st.characters(exclude_categories=[])))
def test_nothing_but_text_is_left_of_any_text(text: str) -> None:
    """One line, without orders, that can be written; and what is left can be shown."""
    for shown in (one_line(text), cut(text), quoted(text)):
        assert "\n" not in shown
        assert not {unicodedata.category(one) for one in shown if one not in "\u200c\u200d"} & {"Cc", "Cf", "Cs", "Zl"}
        assert unshowable(shown) is None
        shown.encode()
    assert len(cut(text)) <= NAME_LENGTH


@given(st.text(st.characters(exclude_categories=[])))
def test_json_says_the_same_without_orders(text: str) -> None:
    """Whoever reads it has what was there."""
    written = escaped(json.dumps([text], ensure_ascii=False, indent=1))
    assert unshowable(written.replace("\n", "")) is None
    written.encode()
    # A pair of halves that were two characters is one once it is read.
    assert json.loads(written)[0] == text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def test_what_is_too_long_is_cut() -> None:
    """With a sign that it was."""
    assert cut("a" * 200) == "a" * 200
    assert cut("a" * 1_000_000) == "a" * 199 + "…"
    assert cut(" \x1b a ") == "a"
