"""Answers of FindItem as somebody writes them who means harm, or whose server is broken: made of valid ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from random import Random

_TAG = re.compile(rb"<[^<>]*>")
_TEXT = re.compile(rb">([^<>]+)<")
_ITEM = re.compile(rb"<t:CalendarItem>.*?</t:CalendarItem>", re.DOTALL)
_SUBJECT = re.compile(rb"<t:Subject>[^<]*</t:Subject>")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

_ODD_TIMES = (
    b"9999-12-31T23:59:59Z", b"0001-01-01T00:00:00Z", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00",
    b"2026-11-24", b"yesterday", b"", b"2026-02-30T08:00:00Z", b"2026-11-24T24:00:00Z", b"-2026-11-24T08:00:00Z",
)  # fmt: skip
_ODD_TEXTS = (
    b"&#0;", b"&#x1F;", b"&#xD83D;", b"&nbsp;", b"&a;", b"&#99999999999;", b"]]>", b"<![CDATA[SAM: x]]>", b"<!-- x -->",
    b"SAM:" + b" " * 5_000 + b"2026", b"SAM: >" + b"4" * 5_000, b"\r" * 5_000, b"SAM: " + "\u200b".encode() * 5_000,
    b"\xed\xa0\xbd", b"\xff\xfe", b"\0", "SAM\uff1a \uff1e4711".encode(),
)  # fmt: skip
_SOME = 2_000
"""How often a thing is repeated that is repeated often: what takes long is for the tests of sizes."""

Mutation = Callable[[bytes, Random], bytes]


def hostile_answers(valid: Sequence[bytes], random: Random) -> Iterator[bytes]:
    """Without end: one of the valid answers after another, changed in one to three ways. `valid` is not empty."""
    while True:
        content = random.choice(valid)
        for _ in range(random.randint(1, 3)):
            content = random.choice(MUTATIONS)(content, random)
        yield content


def _cut(content: bytes, random: Random) -> bytes:
    return content[: random.randint(0, len(content))]


def _doubled(content: bytes, random: Random) -> bytes:
    start, end = sorted(random.choices(range(len(content) + 1), k=2))
    return content[:end] + content[start:end] + content[end:]


def _item_doubled(content: bytes, random: Random) -> bytes:
    return _changed(_ITEM, content, random, lambda found: found * random.choice((2, 40)))


def _item_gone(content: bytes, random: Random) -> bytes:
    return _changed(_ITEM, content, random, lambda _: b"")


def _tag_gone(content: bytes, random: Random) -> bytes:
    return _changed(_TAG, content, random, lambda _: b"")


def _nested(content: bytes, random: Random) -> bytes:
    depth = random.choice((10, _SOME))
    return _changed(_TEXT, content, random, lambda found: found[:-1] + b"<b>" * depth + b"</b>" * depth + b"<")


def _subject(content: bytes, random: Random) -> bytes:
    odd = random.choice((*_ODD_TEXTS, b"SAM: " + b"x" * 50_000))
    return _changed(_SUBJECT, content, random, lambda _: b"<t:Subject>" + odd + b"</t:Subject>")


def _no_subjects(content: bytes, random: Random) -> bytes:
    del random
    return _SUBJECT.sub(b"", content)


def _text(content: bytes, random: Random) -> bytes:
    return _changed(_TEXT, content, random, lambda _: b">" + random.choice(_ODD_TEXTS) + b"<")


def _time(content: bytes, random: Random) -> bytes:
    return _changed(_TIME, content, random, lambda _: random.choice(_ODD_TIMES))


def _attributes(content: bytes, random: Random) -> bytes:
    many = b"".join(b' a%d="x"' % number for number in range(random.choice((1, _SOME))))
    return _changed(_TAG, content, random, lambda found: found if found[1:2] in b"/?!" else found[:-1] + many + b">")


def _references(content: bytes, random: Random) -> bytes:
    many = random.choice((b"&amp;", b"&#83;", b"&#x1F;", b"&#x;", b"&#")) * _SOME
    return _changed(_TEXT, content, random, lambda found: found[:-1] + many + b"<")


def _entities(content: bytes, random: Random) -> bytes:
    start = random.choice(
        (b'<!DOCTYPE x [<!ENTITY a "SAM: x">]>', b'<!DOCTYPE x SYSTEM "file:///etc/passwd">', b"<!DOCTYPE x>")
    )
    return re.sub(rb"^(<\?xml[^>]*\?>)?", lambda found: found[0] + start, content, count=1)


def _counts(content: bytes, random: Random) -> bytes:
    said = random.choice((b"0", b"50", b"-1", b"", b"9" * 5_000, b"1e9"))
    last = random.choice((b"true", b"false", b"", b"maybe"))
    content = re.sub(rb'TotalItemsInView="[^"]*"', b'TotalItemsInView="' + said + b'"', content)
    return re.sub(rb'IncludesLastItemInRange="[^"]*"', b'IncludesLastItemInRange="' + last + b'"', content)


def _encoding(content: bytes, random: Random) -> bytes:
    name = random.choice(("utf-16", "utf-32", "latin-1", "cp037", "utf-7"))
    text = content.decode("utf-8", "replace")
    if random.random() < 0.5:
        return re.sub(rb'encoding="[^"]*"', b'encoding="' + name.encode() + b'"', content)
    return text.encode(name, "replace")


def _bytes(content: bytes, random: Random) -> bytes:
    place = random.randint(0, len(content))
    return content[:place] + random.randbytes(random.randint(1, 40)) + content[place + random.randint(0, 40) :]


def _names(content: bytes, random: Random) -> bytes:
    name = random.choice((b"AAMk1", b"", b"A" * 20_000))
    return re.sub(rb'<t:ItemId Id="[^"]*"', b'<t:ItemId Id="' + name + b'"', content)


def _long_space(content: bytes, random: Random) -> bytes:
    del random
    return content.replace(b"exchange/services/2006/types", b"x" * 20_000)


def _something_else(content: bytes, random: Random) -> bytes:
    del content
    return random.choice((b"", b"\0", b"<html>Logon</html>", b"{}", random.randbytes(2_000), b"<a>" * _SOME))


MUTATIONS: tuple[Mutation, ...] = (
    _cut, _doubled, _item_doubled, _item_gone, _tag_gone, _nested, _subject, _no_subjects, _text, _time, _attributes,
    _references, _entities, _counts, _encoding, _bytes, _names, _long_space, _something_else,
)  # fmt: skip
"""Each way to change an answer."""


def _changed(what: re.Pattern[bytes], content: bytes, random: Random, change: Callable[[bytes], bytes]) -> bytes:
    """With one of the places that look so changed."""
    places = list(what.finditer(content))
    if not places:
        return content
    place = random.choice(places)
    return content[: place.start()] + change(place[0]) + content[place.end() :]
