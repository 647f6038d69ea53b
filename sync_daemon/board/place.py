"""What every page of the board works with: the configuration, the store, the clock and who looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sync_daemon.answers.board.keeper import Keeper
from sync_daemon.settings import Settings, Tenant
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "keeper", Keeper(self.settings, self.store, self.clock))

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
