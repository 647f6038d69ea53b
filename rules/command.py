"""What a calendar subject says: subject → Command | NearMiss | None (docs/rules.md §2).

The subject is read here and nowhere else; what comes out holds no word of it but the code and the alternative.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from rules.policy import CommandDefinition

NumberCheck = Callable[[str], str | None]
"""An external number as written (digits, spaces, hyphens, `+`) → E.164, or None where it does not hold as a whole."""

LONGEST_SUBJECT = 1024
"""Characters of a subject that are looked at: who writes a calendar decides how long its subjects are."""

INTERNAL_NUMBER = re.compile(r"[1-9][0-9]*")
"""An internal number: ASCII digits, the first not 0."""

_PREFIX = re.compile(r"(?:VB|FW|FWD|Kopia|Copy):\s*", re.IGNORECASE)
_FULL_WIDTH_SIGNS = str.maketrans({"：": ":", "；": ";", "＞": ">", "＠": "@"})
_ALTERNATIVE_SIGN = re.compile(r"(?:^|(?<=[ (]))([>@]) ?")
_EXTERNAL = re.compile(r"(?:\+|0)[0-9]+(?:[ \-\u2010-\u2015\u2212][0-9]+)*")
_WORD_OR_SIGN = re.compile(r"[^\W_]|[>@]")
_UNTIED = frozenset(" ,()")
_OTHER_SIGNS = frozenset([*",.-/=!?_*|", *"\u2010\u2011\u2012\u2013\u2014\u2015\u2212"])
"""What somebody may have written where the colon belongs."""


class Phone(StrEnum):
    """Whether calls reach the person while the absence lasts."""

    CLOSED = "closed"
    OPEN = "open"


class Mode(StrEnum):
    """How an alternative is used: told to the operator, or connected straight through (policy §4.4)."""

    INFO = "info"
    CONNECT = "connect"


@dataclass(frozen=True, slots=True, order=True)
class Alternative:
    """Who takes the calls meanwhile: an internal number as it is, an external one in E.164."""

    number: str
    mode: Mode

    def told(self) -> Alternative:
        """The same number, told to the operator only."""
        return self if self.mode is Mode.INFO else replace(self, mode=Mode.INFO)


class Refusal(StrEnum):
    """Why what stands behind an alternative's sign is no alternative; nothing of the number itself is kept."""

    NO_NUMBER = "no-number"
    NOT_WHOLE = "not-whole"
    """What follows does not show that the number ends there."""
    UNKNOWN = "unknown"
    """An internal number that is none of the tenant's: a service number is none either."""
    NOT_ALLOWED = "not-allowed"
    """An external number that is not valid, or of a kind that is no alternative."""
    OWN = "own"
    """One of the subscriber's own numbers."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a subject with a command says.

    `refused` where it has an alternative's sign but none that holds: why that of the first sign does not.
    """

    code: str
    phone: Phone = Phone.CLOSED
    alternative: Alternative | None = None
    refused: Refusal | None = None

    @property
    def written(self) -> str:
        """The code with its sign, as `SAM:`."""
        return f"{self.code}{':' if self.phone is Phone.CLOSED else ';'}"


class Slip(StrEnum):
    """What is wrong with a near miss."""

    SIGN_MISSING = "sign-missing"
    """The code, and no colon: `SAM Budget`."""
    OTHER_SIGN = "other-sign"
    """The code with another sign: `SAM, Budget`."""
    LETTERS_SWAPPED = "letters-swapped"
    """Two neighbouring letters of the code swapped: `TÄJ:`."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Somebody probably meant the command of that code and phone state; nothing more of the subject is kept."""

    slip: Slip
    code: str
    phone: Phone = Phone.CLOSED

    @property
    def command(self) -> Command:
        """The command that was meant."""
        return Command(self.code, self.phone)


class Vocabulary:
    """The codes and numbers of one tenant, ready to read subjects with.

    `extensions` are the numbers that are good internal alternatives: the tenant's own extensions and its
    `internal_numbers`, normalised.
    """

    def __init__(
        self, commands: Iterable[CommandDefinition], extensions: Iterable[str], check_number: NumberCheck
    ) -> None:
        self._codes = {
            _normalised(word).casefold(): definition.code for definition in commands for word in definition.words
        }
        words = sorted((re.escape(word) for word in self._codes), key=len, reverse=True)
        self._command = re.compile(rf"({'|'.join(words) or '(?!)'}) *([:;])", re.IGNORECASE)
        self._capitals = {word.upper(): code for word, code in self._codes.items()}
        self._swapped = {
            swapped: code
            for word, code in reversed(self._capitals.items())
            for swapped in _neighbours_swapped(word)
            if swapped not in self._capitals
        }
        misspelt = map(re.escape, sorted(self._swapped))
        self._misspelt = re.compile(rf"({'|'.join(misspelt) or '(?!)'}) *([:;])")
        self._extensions = frozenset(extensions)
        self._check_number = check_number

    def parse(self, subject: str | None, own_numbers: frozenset[str] = frozenset()) -> Command | NearMiss | None:
        """What the subject says; never raises, whatever its characters.

        `own_numbers` are the subscriber's own, normalised: no alternative to themselves.
        """
        written = subject or ""
        text = _normalised(written[:LONGEST_SUBJECT]).translate(_FULL_WIDTH_SIGNS).strip(" ")
        prefix = _PREFIX.match(text)
        text = text[prefix.end() :] if prefix else text
        match = self._command.match(text)
        code = self._codes.get(match[1].casefold()) if match else None
        if match is None or code is None:
            return self._nearly(text)
        phone = _phone(match[2])
        body = _Body(text[match.end() :].lstrip(" "), cut=len(written) > LONGEST_SUBJECT)
        alternative, refused = self._alternative(body, own_numbers)
        if alternative is not None and phone is Phone.OPEN:
            alternative = alternative.told()
        return Command(code, phone, alternative, refused)

    def _alternative(self, body: _Body, own_numbers: frozenset[str]) -> tuple[Alternative | None, Refusal | None]:
        refused = None
        for sign in _ALTERNATIVE_SIGN.finditer(body.text):
            number = self._number(body, sign.end())
            if not isinstance(number, Refusal) and number not in own_numbers:
                return Alternative(number, Mode.CONNECT if sign[1] == ">" else Mode.INFO), None
            refused = refused or (number if isinstance(number, Refusal) else Refusal.OWN)
        return None, refused

    def _number(self, body: _Body, start: int) -> str | Refusal:
        external = _EXTERNAL.match(body.text, start)
        if external:
            whole = body.number_ends(external.end())
            return (self._check_number(external[0]) or Refusal.NOT_ALLOWED) if whole else Refusal.NOT_WHOLE
        internal = INTERNAL_NUMBER.match(body.text, start)
        if internal is None:
            return Refusal.NO_NUMBER
        letter_behind = body.text[internal.end() : internal.end() + 1].isalnum()
        if letter_behind or not body.number_ends(internal.end(), untied=_UNTIED):
            return Refusal.NOT_WHOLE
        return internal[0] if internal[0] in self._extensions else Refusal.UNKNOWN

    def _nearly(self, text: str) -> NearMiss | None:
        for word, code in self._capitals.items():
            following = text[len(word) :]
            if text.startswith(word) and not _continues_word(following[:1]):
                is_other_sign = following.lstrip(" ")[:1] in _OTHER_SIGNS
                return NearMiss(Slip.OTHER_SIGN if is_other_sign else Slip.SIGN_MISSING, code)
        misspelt = self._misspelt.match(text)
        return NearMiss(Slip.LETTERS_SWAPPED, self._swapped[misspelt[1]], _phone(misspelt[2])) if misspelt else None


@dataclass(frozen=True, slots=True)
class _Body:
    """What follows a command's sign; `cut` where the subject goes on, and nobody looks at how."""

    text: str
    cut: bool

    def number_ends(self, end: int, untied: frozenset[str] = frozenset()) -> bool:
        """Whether a number whose last digit stands before `end` is written out there, and not the beginning of another.

        It is not where a digit of another script follows at once, nor where only signs stand between it and another
        digit, unless they are all among `untied`. What was cut off could be such a digit.
        """
        following = _WORD_OR_SIGN.search(self.text, end)
        if following is None:
            return not self.cut
        if not following[0].isnumeric():
            return True
        between = self.text[end : following.start()]
        return between != "" and set(between) <= untied


def _normalised(text: str) -> str:
    """Format characters out, every Unicode space a space, then NFC: `TJÄ` typed on a Mac is `TJÄ`."""
    if text.isascii() and text.isprintable():
        return text
    kept = "".join(
        " " if character.isspace() else character for character in text if unicodedata.category(character) != "Cf"
    )
    return unicodedata.normalize("NFC", kept)


def _phone(sign: str) -> Phone:
    return Phone.CLOSED if sign == ":" else Phone.OPEN


def _continues_word(character: str) -> bool:
    return character != "" and unicodedata.category(character)[0] in "LNM"


def _neighbours_swapped(word: str) -> Iterable[str]:
    for place in range(len(word) - 1):
        yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]
