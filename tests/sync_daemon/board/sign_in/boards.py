"""The board as `hanvisa board` serves it, where people sign in; and browsers at it that know nothing of each other."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import requests
import uvicorn

from sync_daemon import log
from sync_daemon.accounts import AccountsFile, System, User, passwords
from sync_daemon.board.serving import prepared
from sync_daemon.board.sign_in.service import SignIn
from sync_daemon.board.sign_in.sessions import Session
from tests.sync_daemon.board.town import Town, town

PASSWORDS = {"eva": "Fyra hästar på bron", "adam": "Korrekt batteri häfta"}
TOKEN = passwords.new_token()


@cache
def kept(password: str) -> str:
    """What the file keeps of it; made once, for it is slow on purpose."""
    return passwords.hashed(password, "")


def write_users(file: Path) -> AccountsFile:
    """Eva, an operator of Sorsele; Adam, an admin of everything; and Telia's switchboard in Malå."""
    accounts = AccountsFile(file)
    eva = User(name="eva", password=kept(PASSWORDS["eva"]), operates=("sorsele",))
    adam = User(name="adam", password=kept(PASSWORDS["adam"]), administers=("*",))
    telia = System(name="telia", token=passwords.digest_of(TOKEN), origin="telia", operates=("mala",))
    accounts.change(lambda now: now.with_user(eva).with_user(adam).with_system(telia))
    return accounts


@dataclass
class Browser:
    """One at the board; it follows no redirect by itself."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.headers.update({"Accept": "text/html", "Accept-Language": "sv"})

    def cookie(self, name: str = "hanvisa") -> str:
        """The value of one that it has."""
        return self.session.cookies[name] or ""

    def get(self, path: str, **headers: str) -> requests.Response:
        """What is answered there."""
        return self._ask("GET", path, headers)

    def post(self, path: str, form: dict[str, str], **headers: str) -> requests.Response:
        """What is answered to that form; with the field that our own pages have."""
        page = self.get("/sign-in" if "/sign-in" in path else "/")
        return self.post_alone(path, {"csrf": csrf_in(page.text), **form}, **headers)

    def post_alone(self, path: str, form: dict[str, str], **headers: str) -> requests.Response:
        """The form as it is."""
        return self._ask("POST", path, headers, data=form)

    def signs_in(self, name: str, password: str | None = None, **form: str) -> requests.Response:
        """Types a name and a password at the page to sign in."""
        return self.post("/sign-in", {"name": name, "password": password or PASSWORDS[name], **form})

    def _ask(self, method: str, path: str, headers: dict[str, str], **options: Any) -> requests.Response:  # noqa: ANN401
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.request(
            method, self.url + path, headers=named, allow_redirects=False, timeout=20, **options
        )


def csrf_in(page: str) -> str:
    """The field of its first form."""
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    assert found, page
    return found[1]


@dataclass
class Board:
    """A board that runs, the town whose it is, and its users' file."""

    town: Town
    users: AccountsFile
    url: str
    sign_in: SignIn

    def browser(self) -> Browser:
        """A new one."""
        return Browser(self.url)

    def signed_in(self, name: str) -> Browser:
        """A new one, at which that user has signed in before; to type the password takes its time."""
        user = self.users.read().user(name)
        assert user
        browser = self.browser()
        browser.session.cookies["hanvisa"] = self.sign_in.sessions.begin(
            lambda digest, now: Session(digest, name, now, now, user.fingerprint)
        )
        return browser

    def logged(self) -> list[dict[str, Any]]:
        """What the board has logged."""
        file = self.town.folder / "hanvisa.log"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


@contextmanager
def board(folder: Path, configuration: str = "", scheme: str = "http") -> Iterator[Board]:
    """A board with the users of `write_users`; `configuration` is more of the table [board], or what comes after."""
    users = write_users(folder / "board-users.json")
    with town(folder, configuration) as its_town, served(its_town, scheme) as found:
        yield Board(its_town, users, *found)


@contextmanager
def served(town: Town, scheme: str = "http") -> Iterator[tuple[str, SignIn]]:
    """The town's board at a free port; its address, and its sign-in."""
    log.configure(town.folder / "hanvisa.log", "info", 90, terminal=False, strict=True)
    config = prepared(town.place)
    config.port = 0
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the board has ended"
        os.sched_yield()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        app: Any = config.app
        yield f"{scheme}://127.0.0.1:{port}", (app if hasattr(app, "state") else app.app).state.sign_in
    finally:
        server.should_exit = True
        thread.join()
