"""What somebody is found by, folded once: words without accents, numbers as they may be dialled, how names sort."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import phonenumbers

from sync_daemon.printable import cut

_LIKE_LETTERS = str.maketrans({"ø": "o", "æ": "a", "đ": "d", "ð": "d", "þ": "t", "ł": "l", "œ": "o"})
"""Letters that Unicode takes for one sign, and people for another with an accent."""

_SWEDISH_ORDER = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"})
"""å, ä and ö come after z, and so do the signs after z in ASCII."""

_LONGEST_QUERY = 100
"""Characters that are looked at of what is typed."""

_MOST_TERMS = 8

_FEWEST_LAST_DIGITS = 4
"""Digits that are looked for at the end of a number too: fewer are the end of too many."""

_NUMERIC = re.compile(r"\+|[+(]*\d[\d+().\-\u2010-\u2015\u2212/]*")
_TRUNK_ZERO = re.compile(r"\(0\)|\(0?$")
"""The zero in `+46 (0)954`, which is not dialled; also as far as it is typed yet."""


@dataclass(frozen=True, slots=True)
class SearchKeys:
    """Of one person. Each word and number in them has a space before it, so that a beginning can be looked for.

    `name` and `words` are folded; `words` has the department and the tenant as well. `numbers` are as digits, external
    ones both with `+` and the country's code and as they are dialled at home; each has a space behind it too. `order`
    sorts names as Swedish does.
    """

    name: str
    words: str
    numbers: str
    order: str

    @classmethod
    def of(
        cls, name: str, department: str | None, extensions: Iterable[str], country: str, tenant: str = ""
    ) -> SearchKeys:
        """The person's; extensions as the store has them."""
        folded_name = _folded(name)
        words = "".join((folded_name, *(f" {_folded(more)}" for more in (department, tenant) if more)))
        numbers = "  ".join(key for number in extensions for key in _spellings(number, country))
        return cls(folded_name, words, f" {numbers} ", swedish_order(name))


@dataclass(frozen=True, slots=True)
class Term:
    """Something that has to be found of a person: `words` in theirs, or a number that begins or ends with `digits`.

    Of several groups of digits, which may be one number (`0954-140 11`) or parts of two, `groups` has each.
    """

    words: tuple[str, ...] = ()
    digits: str = ""
    groups: tuple[str, ...] = ()

    @property
    def last_digits(self) -> str | None:
        """What a number may end with, as callers read the end of one out; None where that is not looked for."""
        is_end = len(self.digits) >= _FEWEST_LAST_DIGITS and self.digits.isdigit()
        return self.digits if is_end else None


def terms_of(text: str) -> tuple[Term, ...]:
    """What is typed, as what to look for; of a long text its beginning, and nothing of what is no letter or digit."""
    terms: list[Term] = []
    run: list[str] = []
    for piece in cut(text, _LONGEST_QUERY).split():
        if _NUMERIC.fullmatch(piece):
            run.append(piece)
            continue
        terms += _of_digits(run)
        terms += [Term(words=(word,)) for word in _folded(piece).split()]
        run = []
    terms += _of_digits(run)
    return tuple(terms[:_MOST_TERMS])


def swedish_order(name: str) -> str:
    """What sorts names as Swedish does: å, ä, ö last, any other accent as none."""
    lowered = unicodedata.normalize("NFC", name).casefold().translate(_SWEDISH_ORDER)
    return _without_accents(lowered)


def _folded(text: str) -> str:
    """Each word in small letters without accents, a space before it: ` asa britt oberg`."""
    letters = _without_accents(text.casefold().translate(_LIKE_LETTERS))
    return "".join(f" {word}" for word in "".join(map(_letter_or_space, letters)).split())


def _letter_or_space(sign: str) -> str:
    return sign if sign.isalnum() else " "


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _spellings(number: str, country: str) -> tuple[str, ...]:
    code, trunk = _dialling(country)
    if code and number.startswith(code):
        return number, trunk + number.removeprefix(code)
    return (number,)


@cache
def _dialling(country: str) -> tuple[str, str]:
    """The country's code with its `+`, and what is dialled at home in its place."""
    code = phonenumbers.country_code_for_region(country)
    trunk = phonenumbers.ndd_prefix_for_region(country, True) or ""  # noqa: FBT003 - its name says nothing more
    return (f"+{code}", trunk) if code else ("", "")


def _of_digits(run: list[str]) -> list[Term]:
    groups = tuple(digits for piece in run if (digits := _digits(piece)))
    if not groups:
        return []
    return [Term(digits=_international("".join(groups)), groups=tuple(map(_international, groups)))]


def _digits(piece: str) -> str:
    digits = "".join(sign for sign in _TRUNK_ZERO.sub("", piece) if sign.isascii() and sign.isdigit())
    return f"+{digits}" if piece.lstrip("(").startswith("+") else digits


def _international(digits: str) -> str:
    """`0046…` as `+46…`."""
    return f"+{digits[2:]}" if digits.startswith("00") else digits
