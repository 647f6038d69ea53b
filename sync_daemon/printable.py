"""Text from outside, as it may stand on a terminal: no order to it, no other line, no other direction.

Names, reasons and whatever other systems or a calendar say come through here where they come in, and once more where
they are shown: a store may hold what came in before.
"""

from __future__ import annotations

import re
import unicodedata

NAME_LENGTH = 200
"""Characters of a name, a reason or a department; the longest real ones have half of that."""

LINE_LENGTH = 4000
"""Characters of a line that is shown."""

_LOOKED_AT = 10_000
"""Characters of a text that is cut: the others are not looked at."""

_SPACES = {"Cc", "Zl", "Zp"}
"""Controls (ESC, NUL, line feed, U+009B) and separators of lines."""

_NOTHING = {"Cf"}
"""Format characters, among them those that turn the direction of what follows (https://unicode.org/reports/tr9/)."""

_JOINERS = "\u200c\u200d"
"""Two of those that do no harm: Persian names have the one, emoji of several parts the other."""

_DOUBTFUL = re.compile(r"[^\n -~]")
"""What is to be looked at of JSON, which is ASCII for the most part."""

_REPLACEMENT = "\ufffd"


def one_line(text: str) -> str:
    """The text on one line: controls are spaces, format characters gone, what is no character U+FFFD."""
    if text.isprintable():
        return text
    return "".join(map(_shown, _whole(text)))


def cut(text: str, longest: int = NAME_LENGTH) -> str:
    """The text on one line and without spaces around it, and its end left out where it is longer."""
    line = one_line(text[:_LOOKED_AT]).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def quoted(text: str) -> str:
    """The text between quotation marks, what is not printable written out, and its end left out where it is long."""
    return repr(cut(text)) if len(text) > NAME_LENGTH else repr(text)


def unshowable(text: str) -> str | None:
    """The first character that may not stand on a terminal, as `U+001B`; None where each may."""
    return next((f"U+{ord(sign):04X}" for sign in text if not sign.isprintable() and _shown(sign) != sign), None)


def escaped(json: str) -> str:
    """JSON in which such characters of its strings are written as escapes; other programs read the same values."""
    return _DOUBTFUL.sub(lambda found: found[0] if _shown(found[0]) == found[0] else _escape(found[0]), json)


def _whole(text: str) -> str:
    """What a locale could not decode is UTF-8 as a rule (PEP 383); any other half of a pair is no character."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _shown(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind in _SPACES:
        return " "
    if kind in _NOTHING and sign not in _JOINERS:
        return ""
    return _REPLACEMENT if kind == "Cs" else sign


def _escape(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
