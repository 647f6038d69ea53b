"""What we read of an answer's bytes is what exchangelib's own objects say of them, but for the table DIFFERENCES.

`HANVISA_EWS_EXAMPLES=20000 python -m tests.sync_daemon.sources.ews` is a long run, and says how much was compared.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings

from sync_daemon.sources import Window
from sync_daemon.sources.exchange.failure import Failure
from tests.contract.source_suite import WINDOW
from tests.sync_daemon.sources.ews.answers import FIXTURES
from tests.sync_daemon.sources.ews.differences import DIFFERENCES, Difference
from tests.sync_daemon.sources.ews.made import answers
from tests.sync_daemon.sources.ews.said import Said, ours
from tests.sync_daemon.sources.ews.theirs import host_in, theirs

EXAMPLES = int(os.environ.get("HANVISA_EWS_EXAMPLES", "150"))

COMPARED: Counter[str] = Counter()
"""What the answers of this run held."""


@pytest.fixture(scope="module", autouse=True)
def _host() -> Iterator[None]:
    with host_in("Europe/Stockholm"):
        yield


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_a_fixture_says_the_same_to_both(path: Path) -> None:
    """Each file, and none of them is empty."""
    content = path.read_bytes()
    read = ours(content)
    assert read == theirs(content, WINDOW)
    assert isinstance(read, Said)
    assert read.entries


@given(answers())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
def test_a_made_up_answer_says_the_same_to_both(asked: tuple[Window, bytes]) -> None:
    """Whatever is missing in it, however odd it is and however it is written."""
    window, content = asked
    note(ascii(content))
    read = ours(content, window)
    assert read == theirs(content, window)
    assert isinstance(read, Said)
    COMPARED.update(
        answers=1,
        entries=len(read.entries),
        all_day=sum(entry.all_day for entry in read.entries),
        unclear=read.faults,
        without_command=read.without_command,
        near_misses=read.near_misses,
        cut=not read.whole,
    )


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.name)
def test_a_difference_is_just_as_the_table_says(difference: Difference) -> None:
    """What we say, and what exchangelib does, of its bytes."""
    assert difference.ours != difference.theirs
    with host_in(difference.host):
        assert _what_we_say(difference.content) == difference.ours
        assert _what_they_say(difference.content) == difference.theirs


def _what_we_say(content: bytes) -> str:
    read = ours(content)
    return "unreadable" if isinstance(read, Failure) else str(read)


def _what_they_say(content: bytes) -> str:
    try:
        return str(theirs(content, WINDOW))
    except Exception as error:  # noqa: BLE001 - whatever it raises is the difference
        return type(error).__name__
