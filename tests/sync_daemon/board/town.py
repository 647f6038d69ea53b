"""Two municipalities in a real store, and the board over real HTTP, on Tuesday 2026-11-24 at 10:00 local time.

Sorsele has Anna Ek (4711 and a mobile, Socialtjänst), who is in a meeting; Bo Öberg (4712, Socialtjänst), who is there;
and Dan Åström (4713, Bibliotek). Malå has Cecilia Lund (5001, Teknik).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests
import uvicorn
from starlette.routing import Route

from rules.command import Alternative, Mode, Phone
from rules.entry import Booking
from rules.plan import Action, Cause, Change
from rules.referral import CALENDAR, Referral
from sync_daemon import settings
from sync_daemon.board.application import application
from sync_daemon.board.place import Place
from sync_daemon.board.serving import BoardServer
from sync_daemon.board.sign_in.service import SignIn
from sync_daemon.board.sign_in.sessions import Session
from sync_daemon.board.viewer import Viewer
from sync_daemon.store import Store, StoredSubscriber
from tests.configuration import STORE, tenant_table

ZONE = ZoneInfo("Europe/Stockholm")
TEN = datetime(2026, 11, 24, 10, tzinfo=ZONE)
BOTH = Viewer("eva", frozenset({"sorsele", "mala"}))
MOBILE = "+46701234567"


def local(clock: str) -> datetime:
    """That time of the Tuesday."""
    hours, minutes = clock.split(":")
    return TEN.replace(hour=int(hours), minute=int(minutes))


@dataclass(frozen=True)
class Line:
    """A line of a directory."""

    mailbox: str
    name: str
    extensions: Sequence[str]
    department: str | None = None
    alternative: Alternative | None = None
    source: str | None = None


SORSELE = (
    Line("anna@sorsele.se", "Anna Ek", ("4711", MOBILE), "Socialtjänst"),
    Line("bo@sorsele.se", "Bo Öberg", ("4712",), "Socialtjänst"),
    Line("dan@sorsele.se", "Dan Åström", ("4713",), "Bibliotek"),
)
MALA = (Line("cecilia@mala.se", "Cecilia Lund", ("5001",), "Teknik"),)


@dataclass
class Town:
    """The store with its configuration; `now` is what the board's clock says."""

    folder: Path
    store: Store
    now: datetime = TEN
    people: dict[str, StoredSubscriber] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """What the board works with."""
        return Place(settings.load(self.folder / "hanvisa.toml", {}), self.store, lambda: self.now.astimezone(UTC))

    def lists(self, tenant: str, lines: Sequence[Line]) -> None:
        """The tenant's directory is that."""
        self.store.put_directory(tenant, lines, (), leave=True, now=TEN - timedelta(days=30))
        self.people |= {one.name: one for one in self.store.subscribers(tenant)}

    def reads(self, tenant: str, clock: str, *unreadable: str) -> None:
        """A cycle ended then; the calendars of those people could not be read."""
        ids = [self.people[name].id for name in unreadable]
        self.store.record_cycle(tenant, local(clock).astimezone(UTC), {}, ids, whole=True)

    def books(  # noqa: PLR0913 - what a referral is
        self,
        name: str,
        start: str,
        until: str,
        *,
        alternative: str | None = None,
        phone: Phone = Phone.CLOSED,
        reason: str = "meeting",
        day: int = 0,
    ) -> None:
        """The calendar's referral of that time, so many days after the Tuesday."""
        person, ahead = self.people[name], timedelta(days=day)
        begins, ends = ((local(clock) + ahead).astimezone(UTC) for clock in (start, until))
        booking = Booking(f"{name} {start}", begins, ends, "SAM", phone)
        meant = Alternative(alternative, Mode.INFO) if alternative else None
        referral = Referral(CALENDAR, phone, reason, begins, ends, alternative=meant, bookings=(booking,))
        revision = self.store.revisions(person.tenant)[person.id]
        change = Change(Action.CREATE, None, referral, Cause.BOOKED)
        self.store.apply(person.id, revision, [change], begins)


@dataclass
class Board:
    """The board where it is served, and a browser in Swedish."""

    url: str
    town: Town
    browser: requests.Session

    def get(self, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - what requests takes
        """What is answered there."""
        options.setdefault("timeout", 10)
        return self.browser.get(self.url + path, **options)


@contextmanager
def town(folder: Path, configuration: str = "") -> Iterator[Town]:
    """The town in that folder; `configuration` is more of it."""
    text = STORE + "[board]\n" + configuration + tenant_table("sorsele") + tenant_table("mala")
    (folder / "hanvisa.toml").write_text(text, encoding="utf-8")
    (folder / "calendars").mkdir(exist_ok=True)
    for tenant in ("sorsele", "mala"):
        (folder / f"{tenant}.csv").write_text("mailbox,name,extensions,department,alternative\n", encoding="utf-8")
    with Store.open(f"sqlite:///{folder / 'hanvisa.db'}") as store:
        made = Town(folder, store)
        made.lists("sorsele", SORSELE)
        made.lists("mala", MALA)
        for tenant in ("sorsele", "mala"):
            made.reads(tenant, "9:55")
        made.books("Anna Ek", "9:00", "13:00", alternative="4712")
        yield made


def cookie_of(sign_in: SignIn, viewer: Viewer) -> str:
    """The cookie of a session of that viewer's, who was vouched for by another than the users' file."""
    operates, administers = tuple(viewer.operates), tuple(viewer.administers)
    return sign_in.sessions.begin(
        lambda digest, now: Session(digest, viewer.name, now, now, None, operates, administers)
    )


@contextmanager
def served(town: Town, viewer: Viewer = BOTH, *more: Route) -> Iterator[Board]:
    """The board over real HTTP, to whom that viewer has signed in; `more` are further pages."""
    app = application(town.place)
    app.router.routes.extend(more)
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off")
    server = BoardServer(config, app.state.place)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the board has ended"
        os.sched_yield()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with requests.Session() as browser:
            browser.headers.update({"Accept-Language": "sv", "Accept": "text/html"})
            browser.cookies["hanvisa"] = cookie_of(app.state.sign_in, viewer)
            yield Board(f"http://127.0.0.1:{port}", town, browser)
    finally:
        server.should_exit = True
        thread.join()
