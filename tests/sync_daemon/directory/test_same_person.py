"""Who of two lines is one person under another mailbox (docs/rules.md §9)."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from sync_daemon.directory.same_person import renamed


@dataclass(frozen=True)
class Line:
    """A line of a directory."""

    mailbox: str
    name: str
    extensions: tuple[str, ...] = ("4711",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Line("anna@a.se", "Anna Berg"), Line("anna@b.se", "A. Berg")),
        (Line("anna@a.se", "Anna Berg", ("4711", "4712")), Line("ab@a.se", "anna  berg", ("4712", "4799"))),
        (Line("anna@a.se", "Anna Berg"), Line("ab@a.se", "Berg, Anna")),
        (Line("åsa.ö@a.se", "Åsa"), Line("a\u030asa.o\u0308@b.se", "Ny", ("4711", "4712"))),
        (Line("anna.berg@a.se", "Anna Berg"), Line("anna.ek@a.se", "Anna Ek")),
        (Line("anna.berg@a.se", "Berg, Anna"), Line("anna.ek@a.se", "Ek, Anna")),
        (Line("anna.berg@a.se", "anna.berg"), Line("anna.ek@a.se", "anna.ek")),
    ],
)
def test_these_are_one(old: Line, new: Line) -> None:
    """An extension, and the part before the @ or the name; or all extensions and the given name."""
    assert renamed([old], [new]) == {new.mailbox: old.mailbox}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Line("anna@a.se", "Anna Berg"), Line("anna@b.se", "Anna Berg", ("4712",))),
        (Line("anna.berg@a.se", "Anna Berg"), Line("cilla@a.se", "Cilla Berg")),
        (Line("anna.berg@a.se", "Anna Berg", ("4711", "4712")), Line("anna.ek@a.se", "Anna Ek")),
        (Line("a.berg@a.se", "A Berg"), Line("a.ek@a.se", "A Ek")),
        (Line("åsa@a.se", "Åsa"), Line("asa@a.se", "Asa")),
    ],
)
def test_these_are_two(old: Line, new: Line) -> None:
    """No extension in common; another given name; not all extensions; an initial only; å is no a."""
    assert renamed([old], [new]) == {}


def test_the_surest_match_wins_in_any_order() -> None:
    """Nobody is matched twice: before the @, the name, the given name; then more extensions; then the mailboxes."""
    old = [Line("anna.berg@a.se", "Anna Berg", ("1", "2", "3")), Line("bo@a.se", "Bo Ek", ("4",))]
    new = [
        Line("x@b.se", "Anna Berg", ("1", "2")),
        Line("anna.berg@b.se", "Nobody", ("3",)),
        Line("bo@c.se", "Bo", ("4",)),
        Line("bo@b.se", "Bo", ("4",)),
    ]
    for seed in range(10):
        random.Random(seed).shuffle(new)
        assert renamed(old, new) == {"anna.berg@b.se": "anna.berg@a.se", "bo@b.se": "bo@a.se"}
