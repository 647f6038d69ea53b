"""docs/rules.md §2 once more, slow and plain, to compare `rules.command` with: subjects read sign by sign.

Of `rules` only the value classes are used; no function of theirs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping

from rules.command import Alternative, Command, Mode, NearMiss, NumberCheck, Phone, Refusal, Slip

DIGITS = "0123456789"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
PREFIXES = ("vb:", "fw:", "fwd:", "kopia:", "copy:")
FULL_WIDTH = {"：": ":", "；": ";", "＞": ">", "＠": "@"}


def says(
    subject: str | None,
    codes: Mapping[str, str],
    internal: Collection[str],
    check: NumberCheck,
    own: Collection[str] = (),
) -> Command | NearMiss | None:
    """What the subject says; `codes` are the codes and aliases in capitals, each with its code."""
    # "A subject is cut at 1,024 characters before anything looks at it."
    whole = subject or ""
    text = without_prefix(plain(whole[:1024]).strip(" "))
    words = sorted((word for word in codes if text.upper().startswith(word)), key=len, reverse=True)
    for word in words:
        rest = text[len(word) :].lstrip(" ")
        if rest[:1] in {":", ";"}:
            body = rest[1:].lstrip(" ")
            found, refused = alternative(body, internal, check, own, cut=len(whole) > 1024)
            phone = Phone.CLOSED if rest[0] == ":" else Phone.OPEN
            if found and phone is Phone.OPEN:
                # "With `;` an alternative is always `info`."
                found = Alternative(found.number, Mode.INFO)
            return Command(codes[word], phone, found, refused)
    return near_miss(text, codes)


def plain(text: str) -> str:
    """Format characters out, every Unicode space a space, then NFC; full-width signs are the plain ones."""
    kept = ""
    for sign in text:
        if unicodedata.category(sign) != "Cf":
            kept += " " if sign.isspace() else sign
    return "".join(FULL_WIDTH.get(sign, sign) for sign in unicodedata.normalize("NFC", kept))


def without_prefix(text: str) -> str:
    """The subject less what Outlook puts before a forwarded or copied entry, once."""
    for prefix in PREFIXES:
        if text.lower().startswith(prefix):
            return text[len(prefix) :].lstrip(" ")
    return text


def near_miss(text: str, codes: Mapping[str, str]) -> NearMiss | None:
    """A code in capitals without its sign or with another, or with two neighbours swapped before a right sign."""
    for word in codes:
        follows = text[len(word) : len(word) + 1]
        if text.startswith(word) and (not follows or unicodedata.category(follows)[0] not in {"L", "N", "M"}):
            sign = text[len(word) :].lstrip(" ")[:1]
            other = sign != "" and sign in ",.-/=!?_*|" + DASHES
            return NearMiss(Slip.OTHER_SIGN if other else Slip.SIGN_MISSING, codes[word])
    for word in codes:
        for place in range(len(word) - 1):
            swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
            sign = text[len(swapped) :].lstrip(" ")[:1]
            if swapped not in codes and text.startswith(swapped) and sign in {":", ";"}:
                return NearMiss(Slip.LETTERS_SWAPPED, codes[word], Phone.CLOSED if sign == ":" else Phone.OPEN)
    return None


def alternative(
    body: str, internal: Collection[str], check: NumberCheck, own: Collection[str], *, cut: bool
) -> tuple[Alternative | None, Refusal | None]:
    """The first sign whose number holds; where none does, why that of the first one does not."""
    refusals = []
    signs = [
        place
        for place, sign in enumerate(body)
        # "only at the start of the body or after a space or an opening parenthesis"
        if sign in {">", "@"} and (place == 0 or body[place - 1] in {" ", "("})
    ]
    for place in signs:
        start = place + 2 if body[place + 1 : place + 2] == " " else place + 1
        found, refusal = number(body[start:], internal, check, cut=cut)
        if refusal is None and found not in own:
            return Alternative(found, Mode.CONNECT if body[place] == ">" else Mode.INFO), None
        refusals.append(refusal or Refusal.OWN)
    return None, refusals[0] if refusals else None


def number(text: str, internal: Collection[str], check: NumberCheck, *, cut: bool) -> tuple[str, Refusal | None]:
    """The number that the text begins with, or why it does not hold."""
    if text[:1] in {"+", "0"}:
        written = text[0] + digits_of(text[1:])
        if written == text[0]:
            return "", Refusal.NO_NUMBER
        # "every digit group that follows, with one space, hyphen or dash between"
        while text[len(written) : len(written) + 1] in {" ", *DASHES} and digits_of(text[len(written) + 1 :]):
            written += text[len(written)] + digits_of(text[len(written) + 1 :])
        if not ends(text[len(written) :], is_internal=False, cut=cut):
            return "", Refusal.NOT_WHOLE
        checked = check(written)
        return (checked, None) if checked else ("", Refusal.NOT_ALLOWED)
    written = digits_of(text)
    if not written:
        return "", Refusal.NO_NUMBER
    if not ends(text[len(written) :], is_internal=True, cut=cut):
        return "", Refusal.NOT_WHOLE
    return (written, None) if written in internal else ("", Refusal.UNKNOWN)


def digits_of(text: str) -> str:
    """The digits that the text begins with."""
    found = ""
    while text[len(found) : len(found) + 1] and text[len(found)] in DIGITS:
        found += text[len(found)]
    return found


def ends(after: str, *, is_internal: bool, cut: bool) -> bool:
    """Whether a number ends where this follows it ("No number is cut to fit")."""
    passed: list[str] = []
    for sign in after:
        if sign in {">", "@"}:
            return True
        if sign.isalnum():
            # "a digit is here any character to which Unicode gives a value"
            if unicodedata.numeric(sign, None) is None:
                # "A letter right behind an *internal* number"
                return not (is_internal and not passed)
            return is_internal and bool(passed) and all(one in {" ", ",", "(", ")"} for one in passed)
        passed.append(sign)
    return not cut
