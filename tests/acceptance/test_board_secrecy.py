"""No word of a calendar is on the board: a canary in every subject of a real cycle, and every address of the board.

See docs/rules.md §7.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from sync_daemon import log
from sync_daemon.board.viewer import Viewer
from sync_daemon.store import Store
from tests.acceptance.attacked_board import Attacked, attacked
from tests.acceptance.municipality import Municipality
from tests.acceptance.test_secrecy import CANARY
from tests.sync_daemon.board.town import Town

HALF_PAST_NINE = datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("Europe/Stockholm"))
SEARCHED = "Sokord7F3A"
SUBJECTS = ("SAM: {}", "TJÄ; {} >4711", "SAM {}", "{}", "VB: SAM: {} @4712", "SAM: {} >999")
EVERYTHING = Viewer("eva", frozenset({"sorsele"}), frozenset({"sorsele"}))


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Attacked]:
    """After a cycle over calendars that count, that nearly count, and that cannot be read; the log at debug level."""
    town = Municipality(tmp_path)
    for number, subject in enumerate(SUBJECTS):
        calendar = town.moves_in(f"p{number}", str(5000 + number))
        lines = (
            f"LOCATION:{CANARY} rum",
            f"DESCRIPTION:{CANARY} text",
            f"ORGANIZER;CN={CANARY}:mailto:{CANARY}@example.se",
        )
        calendar.books(subject.format(CANARY), "09:00", "16:00", *lines)
        calendar.books(f"SAM: {CANARY}", "2026-11-25", "2026-11-26")
        calendar.has(f"UID:{CANARY}", f"DTSTART:{CANARY}", f"SUMMARY:SAM: {CANARY}")
    broken = town.moves_in("p9", "5009")
    broken.path.write_text(f"BEGIN:VCALENDAR\r\nX:{CANARY}\r\n", encoding="utf-8")
    assert town.once("09:30").code in {0, 1}
    file = tmp_path / "hanvisa.log"
    log.configure(file, "debug", 90, terminal=False, strict=True)
    with (
        Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as store,
        attacked(Town(tmp_path, store, HALF_PAST_NINE)) as made,
    ):
        yield made


def test_no_subject_is_on_any_page_in_any_answer_or_in_the_log(board: Attacked) -> None:
    """For an operator and admin, for another system; nor is what was searched for in the log or a file."""
    eva, system = board.browser(EVERYTHING), board.system()
    told: list[requests.Response] = []
    tried = set[tuple[str, str]]()
    for person in board.town.store.subscribers("sorsele"):
        query = {"q": SEARCHED, "number": person.extensions[0], "extension": person.extensions[0]}
        form = {"until": "15:00", "form": str(person.id), "state": "x", "number": SEARCHED, "reason": SEARCHED}
        body = {"extension": person.extensions[0]}
        once = {one for one in board.addresses("sorsele", person.id) if one[0] == "GET" or not tried}
        for method, path in once - tried:
            tried.add((method, path))
            by = system if path.startswith("/api/") else eva
            sent: dict[str, dict[str, str]] = {}
            if method == "POST":
                sent = {"data": form} if by is eva else {"json": body}
            asked = ({}, query) if method == "GET" else ({},)
            told += [board.send(by, method, path, params=params, **sent) for params in asked]
    assert [one.url for one in told if one.status_code >= 500] == []
    assert "P0" in "".join(one.text for one in told)
    assert [one.url for one in told if CANARY.casefold() in f"{one.text} {one.headers}".casefold()] == []
    log.configure(None, "debug", 90, terminal=False)
    kept = [file for file in board.town.folder.rglob("*") if file.is_file() and file.suffix != ".ics"]
    assert {"hanvisa.log", "hanvisa.db"} <= {file.name for file in kept}
    for word in (CANARY, SEARCHED):
        assert [file.name for file in kept if word.encode() in file.read_bytes()] == [], word
