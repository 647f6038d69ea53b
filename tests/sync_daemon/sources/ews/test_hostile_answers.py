"""Answers that mean harm, or are none: whatever the bytes are, nothing is raised, and nothing of a subject is told."""

from __future__ import annotations

import encodings.aliases
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.entry import Entries
from sync_daemon.sources.ews.answer import View, view_of
from sync_daemon.sources.ews.item import Reader
from sync_daemon.sources.ews.mailbox import read_mailbox
from sync_daemon.sources.exchange.failure import Concerns, Failure
from tests.contract.source_suite import CANARY, WINDOW, ZONE, make_key, parse
from tests.sync_daemon.sources.ews.answers import Item, Style, answer, item, refusal

BARE = Style(declaration="")
SMALL = answer(item(f"SAM: {CANARY}", UID="a"), item(f"SAM: {CANARY}", "b", UID="b"))


def read(content: bytes) -> Entries | Failure:
    """As a mailbox whose view that is."""
    view = view_of(content)
    return read_mailbox(lambda _: view, WINDOW, Reader(parse, frozenset(), make_key, ZONE, WINDOW), 0)


def test_the_small_answer_is_whole() -> None:
    """Else what follows here would show nothing."""
    found = read(SMALL)
    assert isinstance(found, Entries)
    assert (len(found.entries), found.complete) == (2, True)


@pytest.mark.parametrize(
    "start",
    [
        '<!DOCTYPE x [<!ENTITY a "SAM: x">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1/x"> %a;]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x">',
        '<!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b "&c;&c;"><!ENTITY c "lol">]>',
    ],
)
def test_nothing_is_defined_in_an_answer(start: str) -> None:
    """No entity, inside or outside, no laugh: with a document type it is no answer."""
    content = start.encode() + answer(Item([("Subject", "&a;"), *item().properties[1:]]), style=BARE)
    assert isinstance(read(content), Failure)


@pytest.mark.parametrize("encoding", sorted({*encodings.aliases.aliases.values(), "utf-8", "nonsense", "undefined"}))
def test_no_encoding_hides_a_document_type(encoding: str) -> None:
    """Of all that Python knows: what is read in it has none, and what cannot be read raises nothing."""
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    laugh = '<!DOCTYPE x [<!ENTITY a "SAM: x">]>'
    body = answer(Item([("Subject", "&a;"), *item().properties[1:]]), style=BARE).decode()
    contents = [(head + laugh + body).encode()]
    try:
        contents.append(head.encode() + (laugh + body).encode(encoding))
        contents.append((head + laugh + body).encode(encoding))
    except (LookupError, ValueError, TypeError, AssertionError):
        # It is none for text, or not for these letters.
        assert contents
    for content in contents:
        assert isinstance(read(content), Failure)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_an_answer_is_not_read_in_another_encoding(encoding: str) -> None:
    """Exchange writes UTF-8."""
    assert isinstance(read(answer(item("SAM: ä"), style=Style(declaration="", encoding=encoding))), Failure)


@pytest.mark.parametrize("depth", [1_000, 99_000])
def test_depth_breaks_nothing(depth: int) -> None:
    """What is nested in an item is not looked at; the item is read."""
    found = read(answer(Item([*item().properties, ("Frobnicate", "<b>" * depth + "</b>" * depth)])))
    assert isinstance(found, Entries)
    assert len(found.entries) == 1


@pytest.mark.parametrize(
    "inside", ["<b/>" * 200_001, "<b>" * 200_001, "<!---->" * 200_001, "<b>" * 150_000 + "</b>" * 150_000]
)
def test_an_answer_of_more_tags_than_any_calendar_has_is_none(inside: str) -> None:
    """It is not even begun with."""
    began = time.thread_time()
    assert isinstance(read(answer(Item([*item().properties, ("Frobnicate", inside)]))), Failure)
    assert time.thread_time() - began < 5


def test_many_attributes_and_a_long_text_take_no_long_time() -> None:
    """A megabyte of each."""
    attributes = " ".join(f'a{number}=""' for number in range(100_000))
    began = time.thread_time()
    found = read(answer(Item([*item().properties, (f"Frobnicate {attributes}", ""), ("Location", "&amp;" * 200_000)])))
    assert isinstance(found, Entries)
    assert time.thread_time() - began < 5


@pytest.mark.parametrize(
    "page",
    [b"<!DOCTYPE html><html><body>Log on</body></html>", b"\r\n <HTML><HEAD>", b"<html lang='sv'><p>Sidan finns inte"],
)
def test_a_web_page_is_told_from_an_answer(page: bytes) -> None:
    """It is the server's matter, not the mailbox's."""
    found = read(page)
    assert isinstance(found, Failure)
    assert found.concerns is Concerns.SERVER
    assert "web page" in found.remedy


@pytest.mark.parametrize(
    "content", [b"", b" \r\n", b"\0", b"\xef\xbb\xbf", b"{}", b"<", b"<x/>", b"\xff\xfe<\0x\0/\0>\0"]
)
def test_what_is_no_answer_is_a_failure(content: bytes) -> None:
    """Nothing, next to nothing, something else."""
    assert isinstance(read(content), Failure)


def test_an_answer_cut_off_anywhere_is_not_read() -> None:
    """After each of its bytes but the last: never a whole calendar with less in it."""
    for length in range(len(SMALL)):
        assert isinstance(read(SMALL[:length]), Failure), length


pieces = st.binary(max_size=8) | st.sampled_from([b"<", b">", b"&#0;", b"]]>", b"<!DOCTYPE x>", b"<!--"])
mutations = st.lists(
    st.tuples(st.integers(0, len(SMALL)), st.integers(0, 8), pieces),
    min_size=1,
    max_size=5,
)


@given(mutations)
@settings(max_examples=200, deadline=None, database=None)
def test_no_change_of_its_bytes_raises_or_tells_of_a_subject(changes: list[tuple[int, int, bytes]]) -> None:
    """Bytes taken out and put in; whatever is said of it has no word of a subject."""
    content = SMALL
    for place, length, put_in in changes:
        content = content[:place] + put_in + content[place + length :]
    assert CANARY not in repr(read(content))


def test_a_piece_of_a_subject_is_no_code() -> None:
    """What stands where Exchange's code should be is not told on."""
    for code in (CANARY, f"Error{CANARY}", f"ErrorAccessDenied {CANARY}", ""):
        found = read(refusal(code, f"<{{m:MessageXml}}><{{t:Value}}>{CANARY}</{{t:Value}}></{{m:MessageXml}}>"))
        assert isinstance(found, Failure)
        assert CANARY not in repr(found)


@pytest.mark.parametrize(
    "properties",
    [
        {"Start": CANARY},
        {"End": CANARY},
        {"Start": f"2026-11-24T{CANARY}"},
        {"CalendarItemType": "Exception"},
        {"CalendarItemType": "Exception", "OriginalStart": CANARY},
    ],
)
def test_an_item_that_makes_no_sense_costs_the_others_nothing(properties: dict[str, str]) -> None:
    """The reading is one in part, and says why without a word of the item's."""
    found = read(answer(item(f"SAM: {CANARY}", "a", UID="a", **properties), item(f"SAM: {CANARY}", "b")))
    assert isinstance(found, Entries)
    assert (found.complete, len(found.faults)) == (False, 1)
    assert make_key("uid-1", None) in {entry.key for entry in found.entries}
    assert CANARY not in repr(found)


def test_a_view_and_its_failure_show_nothing_of_what_is_in_them() -> None:
    """Their reprs may get into a traceback."""
    view = view_of(SMALL)
    assert isinstance(view, View)
    assert CANARY not in repr(view)
