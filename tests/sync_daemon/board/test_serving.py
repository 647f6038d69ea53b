"""`hanvisa board` as a process: it begins without a store, says where it is, and ends when it is told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from sync_daemon import settings
from sync_daemon.board.place import Place
from sync_daemon.board.serving import serve
from sync_daemon.errors import UserError
from sync_daemon.store import Store
from sync_daemon.texts import in_language
from tests.forked import Forked, forked
from tests.sync_daemon.board.process import serving_process
from tests.sync_daemon.board.town import SORSELE, TEN, Town, town

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PATIENCE_SECONDS = 30.0
_LOOK_SECONDS = 0.05
NO_SIGN_IN = "sign_in = false\n"


@dataclass(frozen=True)
class Process:
    """`hanvisa board` as a process: where it is, and what it says on standard error."""

    forked: BaseProcess
    address: str
    errors: Path

    def says(self, line: str) -> bool:
        """Whether it comes to say that."""
        return until(lambda: line in self.errors.read_text(encoding="utf-8"))


@contextmanager
def board_of(folder: Path) -> Iterator[Process]:
    """The process for the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    errors = folder / "errors.txt"
    errors.touch()
    process = forked(serving_process, str(folder / "hanvisa.toml"), listen, str(errors))
    try:
        yield Process(process, f"http://{listen}", errors)
    finally:
        process.kill()
        process.join()


def until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within the patience of a test."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK_SECONDS)  # another process is at work
    return True


def test_it_begins_without_a_store_goes_on_when_it_is_there_and_ends_when_told(tmp_path: Path) -> None:
    """It says what is missing, makes no store of its own, and logs nothing of what was searched for."""
    with town(tmp_path, NO_SIGN_IN):
        pass
    store, aside = tmp_path / "hanvisa.db", tmp_path / "aside.db"
    store.rename(aside)
    with board_of(tmp_path) as process, requests.Session() as browser:
        search = f"{process.address}/?q=anna"
        assert process.says(f"Tavlan finns på {process.address}/ tills Ctrl-C.")
        assert process.says("hanvisa: det finns inget lager"), process.errors.read_text(encoding="utf-8")
        assert "har inte svarat" in browser.get(search, timeout=10).text
        assert not store.exists()
        aside.rename(store)
        assert until(lambda: "Anna Ek" in browser.get(search, timeout=10).text)
        os.kill(int(process.forked.pid or 0), signal.SIGTERM)
        process.forked.join(_PATIENCE_SECONDS)
        assert process.forked.exitcode == 0
    lines = (tmp_path / "hanvisa.log").read_text(encoding="utf-8")
    events = [json.loads(line)["event"] for line in lines.splitlines()]
    assert events == ["board_started", "board_without_store", "trouble_over", "board_stopped"]
    assert "anna" not in lines.lower()


def test_it_is_configured_by_its_own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by that in which another test was the first to begin a process."""
    with town(tmp_path, NO_SIGN_IN):
        pass
    assert Forked("--version").wait(_PATIENCE_SECONDS) == 0
    monkeypatch.setenv("HANVISA_STORE__URL", f"sqlite:///{tmp_path / 'elsewhere.db'}")
    with board_of(tmp_path) as process:
        assert process.says("hanvisa: det finns inget lager"), process.errors.read_text(encoding="utf-8")


def test_an_answer_waits_for_no_acknowledgement(tmp_path: Path) -> None:
    """Of its beginning: whoever reads it puts that off by 40 ms, from a connection's second answer on."""
    with town(tmp_path, NO_SIGN_IN):
        pass
    with board_of(tmp_path) as process, requests.Session() as browser:
        assert process.says("Tavlan finns på")
        browser.get(f"{process.address}/healthz", timeout=10)
        took = []
        for _ in range(30):
            began = time.perf_counter()
            browser.get(f"{process.address}/healthz", timeout=10)
            took.append(time.perf_counter() - began)
    assert min(took) < 0.03


def test_who_is_told_to_end_while_it_looks_everybody_up_ends(tmp_path: Path) -> None:
    """That takes seconds where there are thousands, before anybody is answered."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    with town(tmp_path, NO_SIGN_IN) as made:
        configured = settings.load(tmp_path / "hanvisa.toml", {"HANVISA_BOARD__LISTEN": listen})
        listened = []

        def told() -> None:
            listened.append(True)
            signal.raise_signal(signal.SIGTERM)

        serve(Place(configured, made.store, lambda: TEN), told)
    assert listened


def test_an_address_that_is_taken_is_said(tmp_path: Path) -> None:
    """With what to do, and the exit code of what a person can mend."""
    with town(tmp_path, NO_SIGN_IN) as made, socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        configured = settings.load(tmp_path / "hanvisa.toml", {"HANVISA_BOARD__LISTEN": taken})
        with pytest.raises(UserError) as refused:
            serve(Place(configured, made.store, lambda: TEN), lambda: pytest.fail("it listens"))
    assert refused.value.exit_code == 2
    assert in_language(refused.value.text, "sv").startswith(f"tavlan kan inte lyssna på {taken}: ")


def test_a_store_in_whose_place_another_is_put_is_opened_anew(tmp_path: Path) -> None:
    """A backup that is renamed into its place is what the board shows from then on."""
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
        with town(folder) as made:
            made.lists("sorsele", SORSELE[: 1 + folders.index(folder)])
    with Store.opened_later(f"sqlite:///{folders[0] / 'hanvisa.db'}") as store:
        place = Town(folders[0], store).place
        assert [row.name for row in place.roll().rows if row.tenant == "sorsele"] == ["Anna Ek"]
        (folders[1] / "hanvisa.db").rename(folders[0] / "hanvisa.db")
        roll = place.roll()
        assert roll.trouble is None
        assert [row.name for row in roll.rows if row.tenant == "sorsele"] == ["Anna Ek", "Bo Öberg"]
