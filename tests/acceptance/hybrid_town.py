"""Sorsele in one organisation of Exchange, of which a part is on site and a part in the cloud."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.acceptance.municipality import Municipality
from tests.configuration import STORE, Value, exchange_source, source_table, tenant_table
from tests.graph.process import Graph

ANNA, BO = "anna@sorsele.se", "bo@sorsele.se"
DAY = "2026-11-24"


class HybridTown(Municipality):
    """The municipality of the acceptance tests; Anna is on site at first, and Bo in the cloud."""

    def __init__(self, folder: Path, graph: Graph) -> None:
        super().__init__(folder)
        self.graph = graph
        graph.well_again()
        graph.add_mailbox(ANNA, home="site")
        graph.add_mailbox(BO, home="cloud")
        (folder / "secrets").mkdir()
        for name, secret in (("exchange", graph.exchange.password), ("graph", graph.secret)):
            (folder / "secrets" / name).write_text(secret, encoding="utf-8")
            (folder / "secrets" / name).chmod(0o600)
        self.has_sources("ews", "graph")

    def has_sources(self, *kinds: str) -> None:
        """The tenant is configured with these, named `site` and `cloud` where there are both."""
        tables = {"ews": self._site, "graph": self._cloud}
        text = tenant_table("sorsele", *(tables[kind](named=len(kinds) > 1) for kind in kinds))
        (self.folder / "hanvisa.toml").write_text(f'secrets_dir = "secrets"\n{STORE}{text}', encoding="utf-8")

    def _site(self, *, named: bool) -> str:
        exchange = self.graph.exchange
        keys: dict[str, Value] = {"ca_file": str(self.graph.ca_file), "allow_http": False}
        return exchange_source(exchange.endpoint, exchange.user, **(keys | ({"name": "site"} if named else {})))

    def _cloud(self, *, named: bool) -> str:
        name = {"name": "cloud"} if named else {}
        return source_table(
            kind="graph",
            **name,
            directory_id=self.graph.directory_id,
            client_id=self.graph.client_id,
            secret="graph",  # noqa: S106 - a name
            endpoint=self.graph.endpoint,
            authority=self.graph.authority,
            ca_file=str(self.graph.ca_file),
        )

    def names_sources(self, anna: str, bo: str) -> None:
        """What the directory's column says."""
        lines = (f"{ANNA},Anna,4711,{anna}", f"{BO},Bo,4712,{bo}", "")
        self.directory_is("\n".join(("mailbox,name,extensions,source", *lines)))

    def meets(self, mailbox: str, subject: str, start: str, end: str, **more: Any) -> str:  # noqa: ANN401 - JSON
        """An entry of local times of the 24th, or of the day before the T; its id."""
        times = {name: text if "T" in text else f"{DAY}T{text}" for name, text in (("start", start), ("end", end))}
        return self.graph.add_item(mailbox, subject=subject, **times, **{"graph": {"isOrganizer": True}, **more})

    def ids(self) -> list[tuple[Any, ...]]:
        """Every referral as the store has it, with its id, its entries and what became of it."""
        with closing(sqlite3.connect(self.folder / "hanvisa.db")) as connection:
            query = 'SELECT id, subscriber_id, origin, reason, phone, "from", until, opened_at, bookings FROM referrals'
            return connection.execute(f"{query} ORDER BY id").fetchall()

    def changes(self) -> int:
        """How many changes the store remembers."""
        with closing(sqlite3.connect(self.folder / "hanvisa.db")) as connection:
            found: int = connection.execute("SELECT count(*) FROM changes").fetchone()[0]
            return found
