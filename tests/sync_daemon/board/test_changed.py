"""`/changed`: whoever waits for the list to be another is answered as soon as it is, and holds up nobody meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from starlette.types import Message

from rules.command import Phone
from rules.referral import Referral
from sync_daemon.board import changes
from sync_daemon.board.changes import TooManyWait
from sync_daemon.board.place import Place
from tests import other_system
from tests.sync_daemon.board import town as towns
from tests.sync_daemon.board.town import Board, Town

PATIENCE = 60.0


@pytest.fixture(params=["sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    """The town, its store in either."""
    if request.param == "sqlite":
        with towns.town(tmp_path) as town:
            yield town
    else:
        switchboard = other_system.switchboard(tmp_path)
        yield switchboard.town
        switchboard.town.store.close()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Is released each time somebody begins to wait; the board itself answers nobody for want of news."""
    monkeypatch.setattr(changes.Changes.after, "__defaults__", (PATIENCE,))
    waits, began = threading.Semaphore(0), changes.Changes._add  # noqa: SLF001 - when it is held nobody is told

    def add(self: changes.Changes, waiting: changes._Waiting) -> bool:
        added = began(self, waiting)
        waits.release()
        return added

    monkeypatch.setattr(changes.Changes, "_add", add)
    return waits


def goes_to_lunch(town: Town, name: str = "Bo Öberg") -> None:
    """By hand, in another process, as far as the board knows."""
    start = town.now
    lunch = Referral("operator", Phone.CLOSED, "lunch", start, start + timedelta(hours=1))
    town.store.refer(town.people[name].id, lunch, "Maj Ek", start)


def version(board: Board, since: str = "") -> str:
    """What the board shows by now, or as soon as that is another."""
    answer = board.get(f"/changed?since={since}", timeout=PATIENCE)
    assert answer.status_code == 200
    return answer.text


def asks(pool: ThreadPoolExecutor, board: Board, since: str) -> Future[str]:
    """Somebody's browser begins to wait."""
    headers, cookies = board.browser.headers, board.browser.cookies
    return pool.submit(
        lambda: requests.get(f"{board.url}/changed?since={since}", headers=headers, cookies=cookies, timeout=300).text
    )


def test_who_waits_is_answered_once_somebody_acts(stored: Town, held: threading.Semaphore) -> None:
    """And the list that is asked for then has it."""
    with towns.served(stored) as board, ThreadPoolExecutor(1) as pool:
        before = version(board)
        answer = asks(pool, board, before)
        held.acquire()
        assert not answer.done()
        goes_to_lunch(stored)
        after = answer.result(PATIENCE)
        assert after != before
        assert "11.00, lunch" in board.get("/list?q=bo").text
        assert version(board) == after


def test_many_wait_beside_those_who_work(own_board: Board, held: threading.Semaphore) -> None:
    """Two hundred, more than there are threads: the list is answered meanwhile, and all are told."""
    before = version(own_board)
    with ThreadPoolExecutor(200) as pool:
        answers = [asks(pool, own_board, before) for _ in range(200)]
        for _ in answers:
            held.acquire()
        assert "Bo Öberg" in own_board.get("/list").text
        assert not any(one.done() for one in answers)
        goes_to_lunch(own_board.town)
        found = {one.result(PATIENCE) for one in answers}
    assert len(found) == 1
    assert found != {before}


def test_at_the_end_whoever_waits_is_answered(tmp_path: Path, held: threading.Semaphore) -> None:
    """Long before they would be otherwise; who asks then is not held."""
    with ThreadPoolExecutor(1) as pool:
        with towns.town(tmp_path) as town, towns.served(town) as board:
            answer = asks(pool, board, before := version(board))
            held.acquire()
        assert answer.result(PATIENCE) == before


async def never() -> Message:
    """Nothing more comes from the browser."""
    await asyncio.Event().wait()
    raise AssertionError


async def leaves() -> Message:
    """The browser has gone."""
    return {"type": "http.disconnect"}


def test_who_waits_in_vain_is_told_so_in_time(tmp_path: Path) -> None:
    """And who has gone holds no place; of more than may wait each is refused."""
    with towns.town(tmp_path) as town:
        place = town.place
        version = place.roll().version
        assert asyncio.run(place.changes.after(version, never, 0.0)) == version
        assert asyncio.run(place.changes.after(version, leaves)) == version
        place.changes.close()
        assert asyncio.run(place.changes.after(version, never)) == version


def test_so_many_may_wait_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever else comes looks by themselves."""
    monkeypatch.setattr(changes, "_MOST", 2)

    async def three(place: Place, version: str) -> list[str | BaseException]:
        asked = [place.changes.after(version, never, PATIENCE) for _ in range(3)]
        waiting = [asyncio.ensure_future(one) for one in asked]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        place.changes.close()
        await asyncio.wait(waiting)
        assert len(done) == 1
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    with towns.town(tmp_path) as town:
        place = town.place
        version = place.roll().version
        found = asyncio.run(three(place, version))
    assert [one for one in found if isinstance(one, str)] == [version, version]
    assert sum(isinstance(one, TooManyWait) for one in found) == 1


def test_who_has_not_signed_in_is_told_nothing(own_board: Board) -> None:
    """As of the list."""
    answer = requests.get(f"{own_board.url}/changed", allow_redirects=False, timeout=PATIENCE)
    assert (answer.status_code, answer.text) == (401, "Unauthorized\n")
