"""A tenant of one person, with one calendar file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rules.policy import Rules
from sync_daemon.cycle import Cycle
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.settings.sources import IcsSource
from sync_daemon.sources import KINDS
from sync_daemon.sources.keys import key_maker
from sync_daemon.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def anna_alone(folder: Path, calendar: str) -> Iterator[Cycle]:
    """Anna's cycles, on a store in the folder."""
    (folder / "anna@sorsele.se.ics").write_text(calendar, encoding="utf-8")
    (folder / "sorsele.csv").write_text("mailbox,name,extensions\nanna@sorsele.se,Anna,4711\n", encoding="utf-8")
    source = IcsSource(kind="ics", folder=folder)
    tenant = Tenant(
        id="sorsele", timezone="Europe/Stockholm", directory=folder / "sorsele.csv", sources=(source,), rules=Rules()
    )
    with Store.open(f"sqlite:///{folder / 'hanvisa.db'}") as store:
        made = KINDS["ics"](source, tenant.zone, key_maker(store.secret()))
        yield Cycle(tenant, ServiceSettings(), store, {None: made})
