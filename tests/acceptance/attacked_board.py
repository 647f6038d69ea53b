"""A board to attack: the small town's, over real HTTP, with whoever tries; and all of its addresses, from itself."""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import requests
import uvicorn
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route

from sync_daemon.accounts import AccountsFile, System, User
from sync_daemon.accounts.passwords import digest_of
from sync_daemon.board.serving import prepared
from sync_daemon.board.sign_in import csrf
from sync_daemon.board.viewer import Viewer
from tests.sync_daemon.board import town as towns

SORSELE = Viewer("karin", frozenset({"sorsele"}))
"""An operator of one of the two tenants: the other's people are none of hers."""

OPEN = ("/healthz", "/static", "/sign-in", "/sign-out")
"""What answers to nobody in particular; whatever else there is asks who it is."""

MALAS = ("Cecilia", "Teknik", "cecilia@mala.se")
"""What an operator of Sorsele is never told."""

OURS = ("Anna Ek", "Öberg", "Åström", "Socialtjänst", *MALAS)
"""What nobody is told who has not signed in."""

TOKEN = "hanvisa_attack-sorsele"  # noqa: S105 - the stand-in's
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "hemligt-7F3A-ord"  # noqa: S105 - the test's


@dataclass
class Attacked:
    """The board where it is served."""

    url: str
    app: Starlette
    town: towns.Town
    sessions: list[requests.Session] = field(default_factory=list)

    def browser(self, viewer: Viewer | None = None) -> requests.Session:
        """Somebody's, who has signed in, or nobody's; it sends our own forms."""
        session = requests.Session()
        session.headers.update({"Accept": "text/html", "Accept-Language": "sv", "Origin": self.url})
        if viewer is not None:
            cookie = towns.cookie_of(self.app.state.sign_in, viewer)
            session.cookies["hanvisa"] = cookie
            session.headers["X-CSRF"] = csrf.token_for(self.app.state.sign_in.sessions.secret, cookie)
        self.sessions.append(session)
        return session

    def system(self) -> requests.Session:
        """Another system, whose token is for Sorsele."""
        session = requests.Session()
        session.headers.update({"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
        self.sessions.append(session)
        return session

    def send(self, session: requests.Session, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - what requests takes
        """What is answered, without following."""
        return session.request(method, self.url + path, allow_redirects=False, timeout=30, **options)

    def store(self) -> list[str]:
        """All that the store holds."""
        with closing(sqlite3.connect(self.town.folder / "hanvisa.db")) as database:
            return list(database.iterdump())

    def addresses(self, tenant: str, person: int) -> Iterator[tuple[str, str]]:
        """Every method and path of the application that is not `OPEN`, of that tenant and that person."""
        known = {
            "tenant": [tenant],
            "id": [str(person)],
            "act": ["refer", "open", "undo", "withdraw"],
            "key": ["1"],
            "number": ["5001"],
            "extension": ["5001"],
        }
        for route in _routes(self.app.routes):
            names = list(route.param_convertors)
            assert {*names} <= {*known}, f"say in `known` what stands for {names} in {route.path}"
            for values in product(*(known[name] for name in names)):
                path = route.path_format.format(**dict(zip(names, values, strict=True)))
                for method in sorted(route.methods or ()):
                    yield method, path


def _routes(routes: list[BaseRoute]) -> Iterator[Route]:
    for route in routes:
        assert isinstance(route, Route | Mount), f"what is {route}?"
        if not route.path.startswith(OPEN):
            assert isinstance(route, Route), f"{route.path} is mounted: what it serves is not known"
            yield route


@contextmanager
def attacked(town: towns.Town) -> Iterator[Attacked]:
    """The board as `hanvisa board` serves it; Eva has a password, and a system of Sorsele's a token."""
    users = town.place.settings.board.users
    assert users is not None
    eva = User(name="eva", password=CHEAP.hash(PASSWORD), operates=("sorsele", "mala"))
    system = System(name="växeln", token=digest_of(TOKEN), origin="vaxel", operates=("sorsele",))
    AccountsFile(users).change(lambda accounts: accounts.with_user(eva).with_system(system))
    config = prepared(town.place)
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the board has ended"
            os.sched_yield()
        app: Any = config.app
        made = Attacked(f"http://127.0.0.1:{listening.getsockname()[1]}", _starlette(app), town)
        try:
            yield made
        finally:
            for session in made.sessions:
                session.close()
            server.should_exit = True
            thread.join()


def _starlette(app: Any) -> Starlette:  # noqa: ANN401 - what stands before it
    while not isinstance(app, Starlette):
        app = app.app
    return app
