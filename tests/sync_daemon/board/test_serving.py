"""`hanvisa board` as a process: it begins without a store, says where it is, and ends when it is told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from sync_daemon import settings
from sync_daemon.board.place import Place
from sync_daemon.board.serving import serve
from sync_daemon.errors import UserError
from sync_daemon.store import Store
from sync_daemon.texts import in_language
from tests.sync_daemon.board.town import SORSELE, TEN, Town, town

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PATIENCE_SECONDS = 30.0
NO_SIGN_IN = "sign_in = false\n"


@contextmanager
def board_of(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and its address, once it says that it listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "sync_daemon", "board", "--lang", "sv", "--config", str(folder / "hanvisa.toml")]
    environment = {**os.environ, "HANVISA_BOARD__LISTEN": listen}
    with subprocess.Popen(  # noqa: S603 - our own
        command, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline() == f"Tavlan finns på http://{listen}/ tills Ctrl-C.\n"
            yield process, f"http://{listen}"
        finally:
            process.kill()


def until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within the patience of a test."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > end:
            return False
    return True


def test_it_begins_without_a_store_goes_on_when_it_is_there_and_ends_when_told(tmp_path: Path) -> None:
    """It says what is missing, makes no store of its own, and logs nothing of what was searched for."""
    with town(tmp_path, NO_SIGN_IN):
        pass
    store, aside = tmp_path / "hanvisa.db", tmp_path / "aside.db"
    store.rename(aside)
    with board_of(tmp_path) as (process, address), requests.Session() as browser:
        assert process.stderr is not None
        assert "hanvisa: det finns inget lager" in process.stderr.readline()
        assert "har inte svarat" in browser.get(f"{address}/?q=anna", timeout=10).text
        assert not store.exists()
        aside.rename(store)
        assert until(lambda: "Anna Ek" in browser.get(f"{address}/?q=anna", timeout=10).text)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    lines = (tmp_path / "hanvisa.log").read_text(encoding="utf-8")
    events = [json.loads(line)["event"] for line in lines.splitlines()]
    assert events == ["board_started", "board_without_store", "trouble_over", "board_stopped"]
    assert "anna" not in lines.lower()


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
