"""Names, reasons and times from outside: none ends a command for everybody, none gives the terminal orders."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import unicodedata
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.municipality import Municipality

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = [
    "[/]",
    r"Bo Ek \[/]",
    r"\[/x]",
    "[bold red blink]Bo[/bold red blink] [link=http://evil.example]",
    "Bo :smile: Ek",
    "\x1b[2J\x1b]0;evil\x07Bo",
    "\x9b31mBo",
    "Bo\r\nNobody is referred.",
    "Bo\u202ekE\u2066\u200f",
    "\x00\x7f\u2028\u2029\udc9b\ud800",
    "Åsa 👩‍👩‍👧 佐藤 e\u0301",
    "x" * (1 << 20),
]
NOON = "2026-11-24T12:00"
AT = ("--at", NOON)
SOON = ("--at", "2026-11-24T12:01")
"""While the last cycle is still fresh."""
READING: list[tuple[str, ...]] = [
    ("referrals", *AT),
    ("referrals", "--all", *AT),
    ("referrals", "--all", "--json", *AT),
    ("explain", "4711", *AT, "--lang", "sv"),
    ("explain", "4711", "--json", *AT),
    ("plan", *AT),
    ("plan", "--json", *AT),
    ("notices", *AT),
    ("notices", "--json", *AT),
    ("check", *SOON),
    ("check", "--json", *SOON),
    ("log",),
    ("log", "--json"),
]


def _orders(text: str) -> set[str]:
    """Every sign of it that a terminal would obey, or that would make a line of its own look like ours."""
    return {sign for sign in text if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} - set("\n\u200d")


def _holds(town: Municipality, text: str, extension: str = "4711", **values: str) -> None:
    """A referral of another system's is written into the store by hand, in force on the 24th, and a notice."""
    row: dict[str, str] = {
        "origin": text,
        "reason": text,
        "set_by": text,
        "from": "2026-11-24T08:00:00Z",
        "until": "2026-11-24T15:00:00Z",
        "alternative_number": text,
        **values,
    }
    with closing(sqlite3.connect(town.folder / "hanvisa.db")) as store, store:
        held = "SELECT subscriber_id FROM extensions WHERE number = ?"
        (whose,) = store.execute(held, (extension,)).fetchone()
        columns = ", ".join(f'"{name}"' for name in row)
        # As bytes: another system need not be so careful with them as Python is.
        texts = [one.encode("utf-8", "surrogatepass") for one in (*row.values(), text)]
        store.execute(
            f"INSERT INTO referrals (subscriber_id, phone, alternative_mode, set_at, bookings, version, {columns})"  # noqa: S608
            f" VALUES (?, 'closed', 'connect', '2026-11-24T08:00:00Z', '[]', 1, {', '.join(['CAST(? AS TEXT)'] * 6)})",
            (whose, *texts[:-1]),
        )
        store.execute("UPDATE subscribers SET name = CAST(? AS TEXT) WHERE id = ?", (texts[-1], whose))
        store.execute(
            """INSERT INTO notices (tenant, department, "from", until, emergency, state, at)
            VALUES ('sorsele', CAST(? AS TEXT), '2026-11-24T08:00:00Z', '2026-11-24T15:00:00Z', CAST(? AS TEXT), 'told',
            '2026-11-24T08:00:00Z')""",
            (texts[-1], texts[-1]),
        )


def test_what_stands_in_the_store_is_shown_as_text(town: Municipality) -> None:
    """Whoever wrote it, and before there were such rules: every command that reads says what it can."""
    town.bo.books("SAM:", "11:00", "13:00")
    texts = {str(4720 + number): text for number, text in enumerate(HOSTILE) if "\ud800" not in text}
    for extension in texts:
        town.moves_in(f"p{extension}", extension)
    town.once("06:00")
    town.once("11:58")  # what is asked for is noon, and fresh
    with (town.folder / "hanvisa.log").open("a", encoding="utf-8") as log:
        for extension, text in texts.items():
            _holds(town, text, extension)
            record = {"at": "2026-11-24T08:00:00Z", "level": "info", "event": text, "mailbox": text, "by": [text]}
            log.write(json.dumps(record, ensure_ascii=False) + "\n")
    explaining = [("explain", one, *AT) for one in texts]
    for arguments in (*READING, *explaining):
        result = town.hanvisa(*arguments)
        assert (result.code, result.err) == (0, ""), arguments
        assert _orders(result.out) == set(), arguments
        assert "--json" in arguments or len(result.out) < 30_000, arguments
    shown = town.hanvisa("referrals", *AT).out
    assert "[/]" in shown
    assert ":smile:" in shown
    assert "佐藤" in shown
    reasons = {row["extension"]: row["reason"] for row in town.referrals(NOON, every=False)}
    assert reasons == texts | {"4712": "meeting"}


def test_a_name_is_cleaned_where_it_comes_in(town: Municipality) -> None:
    """In the store stands what can be shown, of a sensible length; the line counts."""
    for number, text in enumerate(HOSTILE):
        cell = text.replace('"', '""').encode("utf-8", "replace").decode()
        town.moves_in(f"p{number}", f"{4720 + number}").books("SAM:", "11:00", "13:00")
        town.lines[f"p{number}"] = f'p{number}@sorsele.se,"{cell}",{4720 + number},"{cell}",'
    town.moves_in("cecilia", "4713")
    assert town.once("06:00").json[0]["created"] == len(HOSTILE)
    names = [row["name"] for row in town.referrals(NOON, every=False)]
    assert len(names) == len(HOSTILE)
    assert all(name and len(name) <= 200 and not _orders(name) for name in names)
    result = town.hanvisa("check")
    assert "is cut to 200" in result.out
    assert _orders(result.out) == set()
    assert len(result.out) < 20_000


def test_a_reason_and_who_gave_it_are_cleaned_where_they_come_in(town: Municipality) -> None:
    """What an operator types or pastes."""
    town.once("06:00")
    until = _days(0.1)
    for text in (f"Bo {one[:100_000]}" for one in HOSTILE if "\0" not in one):  # no argument has a NUL
        refused = town.hanvisa("refer", "4711", "--until", until, "--reason", text, "--by", text)
        assert (refused.code, refused.err, _orders(refused.out)) == (0, "", set())
        (row,) = town.hanvisa("referrals", "--json").json
        assert len(row["reason"]) <= 200
        assert _orders(row["reason"]) == set()
        opened = town.hanvisa("open", "4711", "--by", text)
        assert (opened.code, _orders(opened.out)) == (0, set())
    changes = town.hanvisa("explain", "4711", "--json").json["changes"]
    assert len(changes) >= 2 * (len(HOSTILE) - 1)
    assert all(len(one["by"]) <= 200 and not _orders(one["by"]) for one in changes)


def test_a_reason_of_nothing_is_refused(town: Municipality) -> None:
    """And so is nobody's name; nothing is written."""
    town.once("06:00")
    for option, text in product(("--reason", "--by"), ("", " ", "\x1b", "\u202e")):
        result = town.hanvisa("refer", "4711", "--until", _days(0.1), option, text)
        assert result.code == 2
        assert option in result.err
    assert town.hanvisa("referrals", "--json").json == []


@pytest.mark.parametrize(
    "terminal",
    [{"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
)
def test_a_terminal_without_the_signs_shows_others(town: Municipality, terminal: dict[str, str]) -> None:
    """Latin-1 and ASCII have no arrow; JSON is JSON everywhere."""
    town.once("06:00")
    _holds(town, "佐藤 Åsa – 👩", alternative_number="4712")

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "sync_daemon", *arguments, "--config", str(town.folder / "hanvisa.toml")]
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
        ended = subprocess.run(command, check=False, capture_output=True, env=environ | terminal)  # noqa: S603
        assert (ended.returncode, ended.stderr) == (0, b""), arguments
        return ended.stdout.decode("latin-1")

    assert "-> 4712" in run("referrals", *AT)
    told = json.loads(run("explain", "4711", "--json", *AT))
    assert told["referral"]["reason"] == "佐藤 Åsa – 👩"


EDGES = ["9999-12-31T23:59-12:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59:59Z", "0001-01-01", "9999-12-31"]


def test_a_time_at_the_end_of_all_time_is_refused(town: Municipality) -> None:
    """By every option that takes one; and nothing is written."""
    town.anna.books("SAM:", "11:00", "13:00")
    town.once("06:00")
    taking = [
        *((name, "--at") for name in ("referrals", "plan", "notices", "once")),
        ("explain", "4711", "--at"),
        ("open", "4711", "--at"),
        ("open", "4711", "--undo", "--at"),
        ("refer", "4711", "--until"),
        ("refer", "4711", "--until", NOON, "--from"),
        ("log", "--since"),
    ]
    for number, arguments in enumerate(taking):
        for time in EDGES[number % 2 :: 2]:
            result = town.hanvisa(*arguments, time)
            assert (result.code, time in result.err, "a bug" in result.err) == (2, True, False), arguments
    assert town.rows("06:00") == ["24 11:00 - 24 13:05 closed meeting"]


def test_until_further_notice_in_the_store_breaks_nothing(town: Municipality) -> None:
    """Another system wrote it: what can be said of it is said, and everybody else is as they were."""
    town.bo.books("SAM:", "11:00", "13:00")
    town.moves_in("cecilia", "4713")
    town.moves_in("dag", "4714")
    town.once("06:00")
    town.once("11:58")
    for extension, start, until in (
        ("4711", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("4713", "9999-12-30T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("4714", "2026-11-24T08:00:00Z", "9999-12-31T24:00:00Z"),
    ):
        _holds(town, "ill", extension, alternative_number="4712", **{"from": start, "until": until})
    explaining = [("explain", one, *AT) for one in ("4713", "4714")]
    for arguments in (*READING, *explaining, ("once", *AT)):
        result = town.hanvisa(*arguments)
        assert (result.code, result.err) == (0, ""), arguments
    assert {row["extension"]: row["back"] for row in town.referrals(NOON, every=False)} == {
        "4711": None,
        "4712": "2026-11-24T12:05:00Z",
        "4714": None,
    }
    assert "not known" in town.hanvisa("referrals", *AT).out


def _days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")


def _lived(folder: Path) -> Municipality:
    """A town whose store is as old as the clock says: Anna has been closed by hand for an hour and a half."""
    town = Municipality(folder)
    town.hanvisa("once", "--at", _days(-6))
    town.hanvisa("once")
    return town


def test_a_referral_beyond_five_years_is_refused(town: Municipality) -> None:
    """Before anything is written, in words."""
    town.once("06:00")
    for times in (("--until", _days(365 * 6)), ("--from", _days(365 * 6), "--until", _days(365 * 6 + 1))):
        result = town.hanvisa("refer", "4711", *times)
        assert result.code == 2
        assert "more than five years ahead" in result.err
    assert town.hanvisa("referrals", "--all", "--json").json == []
    assert town.hanvisa("refer", "4711", "--until", _days(365 * 4)).code == 0


def test_what_is_over_is_not_said_otherwise(tmp_path: Path) -> None:
    """`refer --from` six days back and `open --at` three days ago are refused, and so is an opening taken back then."""
    town = _lived(tmp_path)
    assert town.hanvisa("refer", "4711", "--until", _days(1)).code == 0
    before = town.hanvisa("referrals", "--all", "--json").json
    for arguments in (
        ("refer", "4711", "--from", _days(-6), "--until", _days(1)),
        ("refer", "4711", "--from", _days(-1), "--until", _days(-0.5)),
        ("open", "4711", "--at", _days(-3)),
        ("open", "4711", "--undo", "--at", _days(-3)),
    ):
        result = town.hanvisa(*arguments)
        assert result.code == 2, arguments
        assert "is over" in result.err, arguments
    assert town.hanvisa("referrals", "--all", "--json").json == before


def test_what_was_done_within_the_hour_is_written_down(tmp_path: Path) -> None:
    """Who forgot to say it may say it now."""
    town = _lived(tmp_path)
    half_an_hour_ago = _days(-0.5 / 24)
    assert town.hanvisa("refer", "4711", "--from", _days(-0.8 / 24), "--until", half_an_hour_ago).code == 2
    assert town.hanvisa("refer", "4711", "--from", _days(-0.8 / 24), "--until", _days(1)).code == 0
    assert town.hanvisa("open", "4711", "--at", half_an_hour_ago).code == 0
    assert town.hanvisa("open", "4711", "--undo", "--at", _days(-0.4 / 24)).code == 0
    assert [row["extension"] for row in town.hanvisa("referrals", "--json").json] == ["4711"]


def test_an_opening_within_the_hour_does_not_shorten_what_is_over(tmp_path: Path) -> None:
    """What callers were told until it ended was so (docs/rules.md §6.2)."""
    town = _lived(tmp_path)
    over = {"from": _days(-0.9 / 24), "until": _days(-0.2 / 24)}
    _holds(town, "ill", alternative_number="4712", **{name: f"{time[:19]}Z" for name, time in over.items()})
    result = town.hanvisa("open", "4711", "--at", _days(-0.5 / 24))
    assert result.code == 2
    assert "nothing to open" in result.err


def test_a_store_that_is_told_the_time_goes_on_working(town: Municipality) -> None:
    """Its cycles ran on the 24th of a November that the clock does not know: there the 24th is now."""
    town.anna.books("SAM:", "11:00", "13:00")
    town.once("06:00")
    refer = ("refer", "4712", "--from", "2026-11-24T11:00", "--until", "2026-11-24T12:00")
    assert town.hanvisa(*refer).code == 0
    assert town.hanvisa("open", "4711", "--at", "2026-11-24T11:30").code == 0
    assert town.rows("06:00") == ["24 11:00 - 24 11:30 closed meeting"]


DAMAGED = [
    "[" * 100_000,
    '{"a":' * 100_000,
    f'{{"at": "2026-11-24T12:00:00Z", "level": "info", "event": "opening", "by": {"[" * 200}{"]" * 200}}}',
    '{"at": "0001-01-01T00:00:00Z", "level": "info", "event": "opening"}',
    '{"at": "9999-12-31T23:59:59Z", "level": "info", "event": "opening"}',
    '{"at": "2026-99-99T99:99:99Z", "level": "info", "event": "opening"}',
    '{"at": "2026-11-24T12:00:00Z", "level": "info", "event": "opening", "until": 1e400}',
    '{"at": "2026-11-24T12:00:00Z", "level": "info", "event": "opening", "until": NaN}',
    '{"at": "2026-11-24T12:00:00Z", "level": "info", "event": "opening", "until": "9999-12-31T23:59:59Z"}',
    '{"at": "2026-11-24T12:00:00Z", "level": "info", "event": "opening", "until": "2026-99-99T00:00:00Z"}',
    '{"at": "2026-11-24T12:00:00Z", "level": "info", "event": "opening", "extensions": 4711}',
]


@pytest.mark.parametrize("arguments", [(), ("--all",), ("--json",), ("--extension", "4711"), ("--since", NOON)])
def test_a_damaged_line_of_the_log_costs_no_other(town: Municipality, arguments: tuple[str, ...]) -> None:
    """Whatever stands on it, `hanvisa log` tells the lines before and behind it, and `--json` is JSON."""
    lines = [
        f'{{"at": "2026-11-24T12:00:00Z", "level": "warning", "event": "bug", "extension": "4711", "seconds": {one}}}'
        for one in (1001, 1002)
    ]
    (town.folder / "hanvisa.log").write_text("\n".join((lines[0], *DAMAGED, lines[1], "")), encoding="utf-8")
    result = town.hanvisa("log", *arguments)
    assert (result.code, result.err) == (0, "")
    assert "1001" in result.out
    assert "1002" in result.out
    if "--json" in arguments:
        for line in result.out.splitlines():
            json.loads(line, parse_constant=pytest.fail)
