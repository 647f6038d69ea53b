"""A calendar or a directory in which thousands of things are wrong: a screenful in the log, then their count."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.service.town import Watched, at

if TYPE_CHECKING:
    from pathlib import Path

MANY = 2000


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """A municipality with its service."""
    return Watched(tmp_path)


def broken(count: int) -> str:
    """So many entries whose time is none."""
    entries = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART:x\r\nSUMMARY:SAM:\r\nEND:VEVENT\r\n" for n in range(count))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{entries}END:VCALENDAR\r\n"


def test_thousands_of_broken_entries_are_a_screenful_of_lines(watched: Watched) -> None:
    """Twenty, and one with the count of the others; one line an hour; and one when it is over."""
    watched.town.anna.path.write_text(broken(MANY), encoding="utf-8", newline="")
    watched.works(at("08:00"))
    said = watched.logged("entry_unreadable")
    assert len(said) == 21
    assert [one.get("count", 1) for one in said] == [1] * 20 + [MANY - 20]
    watched.works(at("08:05"))
    assert len(watched.logged("entry_unreadable")) == 21
    watched.works(at("09:01"))
    hourly = watched.logged("entry_unreadable")[21:]
    assert [one["count"] for one in hourly] == [MANY]
    watched.town.anna.path.write_text(broken(0), encoding="utf-8", newline="")
    watched.works(at("09:10"))
    assert [one["count"] for one in watched.logged("trouble_over")] == [MANY]


def test_one_more_broken_entry_among_thousands_is_nothing_new(watched: Watched) -> None:
    """What stands for the rest is the same trouble, however many they are."""
    for minute, count in enumerate((MANY, MANY + 1, MANY - 1)):
        watched.town.anna.path.write_text(broken(count), encoding="utf-8", newline="")
        watched.works(at(f"08:{minute:02}"))
    assert len(watched.logged("entry_unreadable", "trouble_over")) == 21


@pytest.mark.parametrize(
    ("subject", "end", "event"),
    [("SAM: >999", "10:00", "alternative_refused"), ("SAM:", "09:00", "entry_without_length")],
)
def test_many_entries_with_the_same_doubt_are_a_screenful_of_lines(
    watched: Watched, subject: str, end: str, event: str
) -> None:
    """Twenty, and one with the count of the others."""
    for number in range(100):
        watched.town.anna.events[str(number)] = "\r\n".join(
            (
                "BEGIN:VEVENT",
                f"UID:{number}",
                f"DTSTART:20261125T{'0900'}00Z",
                f"DTEND:20261125T{end.replace(':', '')}00Z",
                f"SUMMARY:{subject}",
                "END:VEVENT",
            )
        )
    watched.town.anna.books("nothing", "09:00", "10:00")
    watched.works(at("08:00"))
    assert [one.get("count", 1) for one in watched.logged(event)] == [1] * 20 + [80]


def test_a_directory_with_thousands_of_bad_lines_is_a_screenful_of_lines(watched: Watched) -> None:
    """For each cause twenty and one with the count of the others: in the log, and in what a person is shown."""
    for number in range(MANY):
        watched.town.lines[f"no{number}"] = f"no{number},Nobody,{5000 + number},,"
        watched.town.lines[f"few{number}"] = f"few{number}@sorsele.se,Few,x{number},,"
    watched.town.moves_in("eva", "4713")
    watched.works(at("08:00"))
    said = watched.logged("directory_finding")
    assert sorted(one.get("count", 1) for one in said) == [1] * 40 + [MANY - 20] * 2
    assert Counter(one["remedy"] for one in said).most_common()[0][1] == 21
    watched.works(at("09:10"))
    assert [one["count"] for one in watched.logged("directory_finding")[42:]] == [2 * MANY]
    shown = watched.town.hanvisa("once")
    assert len(shown.out.splitlines()) < 60
    assert f"and {MANY - 21} more such" in shown.out
    assert len(watched.town.hanvisa("check").out.splitlines()) < 60
    assert len(watched.town.hanvisa("plan").out.splitlines()) < 60
