"""What every page of the board works with: the configuration, the store, the clock and who looks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sync_daemon.answers.board.keeper import Keeper
from sync_daemon.answers.board.roll import Roll
from sync_daemon.board.changes import Changes
from sync_daemon.board.kept_answers import KeptAnswers
from sync_daemon.log import Trouble, Troubles
from sync_daemon.settings import Settings, Tenant
from sync_daemon.settled_memory import SettledMemory
from sync_daemon.store import Store
from sync_daemon.texts import Language

if TYPE_CHECKING:
    from starlette.requests import Request

    from sync_daemon.board.viewer import Viewer


@dataclass(frozen=True)
class Place:
    """One for the process, in `request.app.state.place`. Threads share the store; `clock` is aware."""

    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    keeper: Keeper = field(init=False, repr=False)
    """Keeps the roll of everybody, from which every page is answered."""

    changes: Changes = field(init=False, repr=False)
    """Tells whoever waits for it that what is shown is another."""

    troubles: Troubles = field(init=False, repr=False, default_factory=Troubles)
    answers: KeptAnswers = field(init=False, repr=False, default_factory=KeptAnswers)
    memory: SettledMemory = field(init=False, repr=False, default_factory=SettledMemory)
    turn: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)
    """Whose list is written now."""
    lock: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keeper", Keeper(self.settings, self.store, self.clock))
        object.__setattr__(self, "changes", Changes(self.keeper, self.settings.store_url, self.clock))

    def roll(self) -> Roll:
        """Everybody as of now; where the store does not answer as it did last, which is logged."""
        roll = self.keeper.current()
        self.tell(None if roll.trouble is None else roll.trouble.text)
        return roll

    def tell(self, problem: str | None) -> None:
        """Logs why the store does not answer, and that it does again: once, and hourly while it lasts."""
        found = [] if problem is None else [Trouble("board_without_store", fields={"problem": str(problem)})]
        with self.lock:
            self.troubles.update("store", found, self.clock())

    def tenants(self, viewer: Viewer) -> list[Tenant]:
        """Those that the viewer may see, in the configuration's order."""
        return [tenant for tenant in self.settings.tenants if viewer.sees(tenant.id)]


def place_of(request: Request) -> Place:
    """The process's."""
    place: Place = request.app.state.place
    return place


def viewer_of(request: Request) -> Viewer:
    """Who asks; whatever lets a request through to a page has said so before (`sign_in`)."""
    viewer: Viewer = request.state.viewer
    return viewer


def language_of(request: Request) -> Language:
    """In which language the answer is."""
    language: Language = request.state.language
    return language
