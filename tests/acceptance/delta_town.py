"""Sorsele in Exchange Online, whose changes are told by delta; rounds are so short that a test need not wait."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sync_daemon import log, settings
from sync_daemon.service.worker import Worker
from sync_daemon.sources.graph.source import ExchangeOnlineSource
from sync_daemon.store import Store
from tests.acceptance.municipality import NOON, Municipality
from tests.configuration import STORE, source_table, tenant_table
from tests.service.test_run import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sync_daemon.cycle.report import Outcome
    from tests.graph.process import Graph

ANNA, BO = "anna@sorsele.se", "bo@sorsele.se"
WATCH = 0.1
"""Seconds between two rounds."""


class DeltaTown:
    """Anna and Bo, their store, and the service's work, each time as the test says."""

    def __init__(self, folder: Path, graph: Graph) -> None:
        for mailbox in (ANNA, BO):
            graph.add_mailbox(mailbox)
        self.graph = graph
        self.town = Municipality(folder)
        (folder / "secrets").mkdir()
        (folder / "secrets" / "graph").write_text(graph.secret, encoding="utf-8")
        (folder / "secrets" / "graph").chmod(0o600)
        table = source_table(
            kind="graph",
            directory_id=graph.directory_id,
            client_id=graph.client_id,
            secret="graph",  # noqa: S106 - a name
            endpoint=graph.endpoint,
            authority=graph.authority,
            ca_file=str(graph.ca_file),
            detect="delta",
        )
        text = f'secrets_dir = "secrets"\n{STORE}{tenant_table("sorsele", table)}'
        (folder / "hanvisa.toml").write_text(text, encoding="utf-8")
        self.settings = settings.load(folder / "hanvisa.toml", {})
        log.configure(self.settings.log.file, "debug", 90, terminal=False, strict=True)
        self.store = Store.open(self.settings.store_url)
        [tenant] = self.settings.tenants
        quick = tuple(one.model_copy(update={"watch": WATCH}) for one in tenant.sources)
        self.worker = Worker(tenant.model_copy(update={"sources": quick}), self.settings, self.store)
        [source] = self.worker.sources.values()
        assert isinstance(source, ExchangeOnlineSource)
        self.source = source
        self.heard: list[str] = []

    def works(self, moment: datetime, *asked: str) -> Outcome:
        """A cycle at that time, of the interval's, or of those alone who were asked for."""
        return self.worker.work(moment, asked, only_asked=bool(asked))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Both are listened for, and were read since that began; afterwards nobody asks any more."""
        stopped = threading.Event()
        listener = threading.Thread(target=self.source.listen, args=(self.heard.extend, stopped), daemon=True)
        before = set(threading.enumerate())
        listener.start()
        try:
            self.works(NOON)
            self.is_listened_for(2)
            self.works(NOON)
            yield
        finally:
            stopped.set()
            listener.join(30)
            assert not listener.is_alive()
            assert {one.name for one in set(threading.enumerate()) - before if one.name.startswith("delta")} == set()

    def is_listened_for(self, count: int) -> None:
        """Waits until so many mailboxes are."""
        until(lambda: self.hearing.listened == count, f"{count} mailboxes that are listened for")

    @property
    def hearing(self) -> Any:  # noqa: ANN401 - a Hearing
        """Whom the source listens for."""
        return self.source.hearing

    def is_heard(self, mailbox: str = ANNA) -> None:
        """Waits for a sign of the mailbox."""
        until(lambda: mailbox in self.heard, f"a sign of {mailbox}")
        self.heard.clear()

    def asks_again(self) -> None:
        """Waits until both have been asked whether anything has changed, twice."""
        before = self._asked()
        until(lambda: self._asked() >= before + 4, "two rounds")

    def _asked(self) -> int:
        return self.graph.counters().questions.get("calendarview/delta", 0)
