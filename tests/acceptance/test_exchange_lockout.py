"""A wrong password on Exchange: sent once an hour, whatever commands are given, lest the account be locked."""

from __future__ import annotations

import os
import re
import stat
import time
from pathlib import Path

import pytest

from sync_daemon.sources.ews.logons import LOGONS
from tests.acceptance.exchange_town import ExchangeTown, at
from tests.acceptance.municipality import Result
from tests.exchange.process import Exchange

CHECK = ("check", "--at", "2026-11-24T06:01")
"""While the cycle at six is still fresh."""
NOT_TRIED = re.compile(r"not tried: refused (\d\d):(\d\d), next (?:\d{4}-\d\d-\d\d )?(\d\d):(\d\d)", re.IGNORECASE)
"""With the date, where the hour ends after midnight."""
WRONG = "wrong-Password-9"
ANOTHER = "another-Password-8"


@pytest.fixture(name="town")
def _town(exchange: Exchange, tmp_path: Path) -> ExchangeTown:
    """Whose secret is wrong, and whose store is there."""
    town = ExchangeTown(tmp_path, exchange)
    town.outlook().book("SAM: Budget", at("09:00"), at("10:00"))
    town.once("06:00")
    town.password_is(WRONG)
    return town


def _anew(town: ExchangeTown, *arguments: str) -> Result:
    """The command as a process of its own gives it: it remembers nothing of what this one was told."""
    LOGONS.__init__()  # type: ignore[misc]
    return town.hanvisa(*arguments)


def _sent(town: ExchangeTown) -> int:
    return sum(town.exchange.counters().refused.values())


def _memory(town: ExchangeTown) -> Path:
    return town.folder / "hanvisa.db.refused"


def test_a_wrong_password_is_sent_once_by_all_commands_together(town: ExchangeTown) -> None:
    """As cron starts them, one in truth a process of its own; every referral stays."""
    first = town.process("check")
    assert "HTTP 401" in first.out
    for command in (["once"], ["plan"], ["explain", "4711"], ["check"]):
        assert NOT_TRIED.search(_anew(town, *command).out), command
    assert _sent(town) == 1
    assert len(town.rows("06:05")) == 1


def test_it_is_said_when_it_was_refused_and_when_it_is_tried_again(town: ExchangeTown) -> None:
    """In the tenant's time, an hour apart."""
    _anew(town, "check")
    told = NOT_TRIED.search(_anew(town, "check").out)
    assert told is not None
    refused, then = (int(hour) * 60 + int(minute) for hour, minute in (told.group(1, 2), told.group(3, 4)))
    assert (then - refused) % (24 * 60) == 60
    clock = _anew(town, "plan").out
    assert told[0].lower() in clock.lower()


def test_another_secret_is_tried_at_once(town: ExchangeTown) -> None:
    """The file has become another; the old one is remembered no longer than its hour."""
    _anew(town, "check")
    town.password_is(town.exchange.password)
    assert _anew(town, *CHECK).out.startswith("Nothing is wrong.\n")
    assert _sent(town) == 1


def test_try_again_tries_once(town: ExchangeTown) -> None:
    """Whoever has unlocked the account need not wait; and where it is still wrong, the hour begins anew."""
    _anew(town, "check")
    assert "HTTP 401" in _anew(town, "check", "--try-again").out
    assert _sent(town) == 2
    assert NOT_TRIED.search(_anew(town, "check").out)
    assert _sent(town) == 2
    town.exchange.set_password(town.exchange.user, WRONG)
    assert _anew(town, *CHECK, "--try-again").out.startswith("Nothing is wrong.\n")
    assert _anew(town, *CHECK).out.startswith("Nothing is wrong.\n")
    assert _sent(town) == 2


def test_what_is_remembered_says_nothing_of_the_secret(town: ExchangeTown) -> None:
    """Nor of the account; it is its owner's to read, and there is nothing else beside the store but what was."""
    _anew(town, "check")
    content = _memory(town).read_text(encoding="utf-8")
    assert stat.S_IMODE(_memory(town).stat().st_mode) == 0o600
    for word in (WRONG, town.exchange.user, "exchange", str(len(WRONG) + 1)):
        assert f'"{word}"' not in content
    assert WRONG not in content
    assert [one.name for one in town.folder.iterdir() if one.name.startswith("hanvisa.db.refused")] == [
        "hanvisa.db.refused"
    ]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"a": 1}', b"\xff\xfe", b"[" * 100_000, b'{"a": ["refused", 1e999]}']
)
def test_a_memory_that_is_broken_breaks_nothing(town: ExchangeTown, content: bytes) -> None:
    """It is as if nobody knew, and is whole again after the next refusal."""
    _memory(town).write_bytes(content)
    assert "HTTP 401" in _anew(town, "check").out
    assert NOT_TRIED.search(_anew(town, "check").out)


def test_a_memory_that_cannot_be_written_breaks_nothing(town: ExchangeTown) -> None:
    """A folder is in its place: each command says what it was told, and the log why it will be sent again."""
    _memory(town).mkdir()
    (_memory(town) / "something").touch()
    assert _anew(town, "once").code == 1
    assert "HTTP 401" in _anew(town, "check").out
    assert '"refusal_not_kept"' in (town.folder / "hanvisa.log").read_text(encoding="utf-8")


def test_a_pipe_in_its_place_hangs_nobody(town: ExchangeTown) -> None:
    """It is not waited for."""
    os.mkfifo(_memory(town))
    began = time.monotonic()
    assert "HTTP 401" in _anew(town, "check").out
    assert time.monotonic() - began < 60
    assert NOT_TRIED.search(_anew(town, "check").out)


def test_a_service_that_is_started_again_does_not_try_it_again(town: ExchangeTown) -> None:
    """`once` after `once`, as another process of the service's would: the second has nothing to send."""
    _anew(town, "once")
    _anew(town, "once")
    assert _sent(town) == 1
    assert NOT_TRIED.search((town.folder / "hanvisa.log").read_text(encoding="utf-8"))


def test_a_mailbox_that_is_refused_after_others_is_not_remembered(town: ExchangeTown) -> None:
    """Only a refusal that is believed counts: the account was let in a moment before."""
    town.password_is(town.exchange.password)
    town.exchange.fault("status-401", mailbox="bo@sorsele.se")
    _anew(town, "check")
    assert not _memory(town).exists()
