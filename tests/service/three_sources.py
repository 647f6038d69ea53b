"""The same people's calendars on Exchange, in Exchange Online and as files: the referrals of all three are the same.

People book, move, split, cancel, answer and change their minds at random, over the end of summer time; each tenant is
read from one of the three, into a store of its own with the same secret, so that even the keys are the same.
`script/soak three-sources` is the long form.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import structlog

from sync_daemon import settings as configuration
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.commit import InStore
from sync_daemon.settings import Settings
from sync_daemon.sources import sources_of
from sync_daemon.sources.keys import key_maker
from sync_daemon.store import Store
from tests.configuration import exchange_source, files_source, source_table, tenant_table
from tests.graph.process import Graph
from tests.service.calendar_edits import HOUR, People
from tests.service.meetings import file_of, item

BEGIN = datetime(2026, 10, 21, 6, tzinfo=UTC)
"""Four days before the clocks change."""

_TOP = """\
secrets_dir = "secrets"
[store]
url = "sqlite:///{kind}.db"
[service]
brake = {{share = 1.0, least = 1000}}
"""

_ROWS = """\
SELECT s.mailbox, r.origin, r.reason, r.phone, r."from", r.until, r.alternative_number, r.alternative_mode, r.bookings
  FROM referrals AS r JOIN subscribers AS s ON s.id = r.subscriber_id
 ORDER BY s.mailbox, r."from", r.until, r.phone, r.reason
"""

Rows = list[tuple[Any, ...]]


@dataclass
class Tenant:
    """The one municipality, read from one of the three."""

    kind: str
    settings: Settings
    store: Store
    cycle: Cycle

    def rows(self) -> Rows:
        """What its store holds, but for when it was written."""
        with closing(sqlite3.connect(self.settings.store_url.removeprefix("sqlite:///"))) as connection:
            return list(connection.execute(_ROWS))


@dataclass
class Town:
    """The people, the three that are read, and the time, aware and in UTC."""

    people: People
    folder: Path
    graph: Graph
    tenants: list[Tenant]
    now: datetime = BEGIN

    def goes_on(self, edits: int) -> str | None:
        """So many edits, some hours, a cycle of each; where the referrals differ, in what."""
        local = self.now.astimezone(self.tenants[0].cycle.tenant.zone).replace(tzinfo=None)
        for _ in range(edits):
            self.people.edits(local)
        self._write()
        self.now += self.people.rng.choice((1, 3, 8)) * HOUR
        for tenant in self.tenants:
            outcome = tenant.cycle.run(self.now, every=True)
            if outcome.unreadable or _partial(outcome):
                return f"{tenant.kind} at {self.now}: not read whole: {outcome.unreadable} {outcome.doubtful}"
        files, *others = ((tenant.kind, tenant.rows()) for tenant in self.tenants)
        return next(filter(None, (_difference(files, other, self.now) for other in others)), None)

    def _write(self) -> None:
        for owner in sorted(self.people.touched):
            meetings = list(self.people.calendars[owner].values())
            self.graph.replace_items(owner, [item(meeting) for meeting in meetings])
            fresh = self.folder / "fresh"
            fresh.write_bytes(file_of(owner, meetings).encode())
            fresh.rename(self.folder / "calendars" / f"{owner}.ics")
        self.people.touched.clear()


def _partial(outcome: Any) -> bool:  # noqa: ANN401 - an Outcome
    return any(not reading.complete for _, reading in outcome.doubtful)


def _difference(one: tuple[str, Rows], other: tuple[str, Rows], now: datetime) -> str | None:
    if one[1] == other[1]:
        return None
    only = [[row for row in mine if row not in theirs] for mine, theirs in ((one[1], other[1]), (other[1], one[1]))]
    return f"at {now} only {one[0]}: {only[0][:3]}; only {other[0]}: {only[1][:3]}"


@contextmanager
def town(count: int, seed: int, folder: Path) -> Iterator[Town]:
    """So many people with empty calendars, on both servers and in files."""
    with Graph() as graph:
        people = People(Random(seed), count)
        for owner in people.calendars:
            graph.add_mailbox(owner, home="both")
        graph.grant("Calendars.Read")
        made = Town(people, folder, graph, list(_tenants(folder, graph, people)))
        yield made
        for tenant in made.tenants:
            tenant.store.close()


def _tenants(folder: Path, graph: Graph, people: People) -> Iterator[Tenant]:
    (folder / "calendars").mkdir()
    (folder / "secrets").mkdir()
    for name, secret in (("graph", graph.secret), ("exchange", graph.exchange.password)):
        (folder / "secrets" / name).write_text(secret, encoding="utf-8")
    lines = [f"{owner},Person {number},{4700 + number}" for number, owner in enumerate(people.calendars)]
    (folder / "sorsele.csv").write_text("\n".join(["mailbox,name,extensions", *lines, ""]), encoding="utf-8")
    online = source_table(
        kind="graph",
        directory_id=graph.directory_id,
        client_id=graph.client_id,
        secret="graph",  # noqa: S106 - a name
        endpoint=graph.endpoint,
        authority=graph.authority,
        ca_file=str(graph.ca_file),
    )
    on_site = exchange_source(
        graph.exchange.endpoint, graph.exchange.user, ca_file=str(graph.ca_file), allow_http=False
    )
    with Store.open(f"sqlite:///{folder / 'files.db'}") as first:
        first.secret()
    for kind, source in (("files", files_source()), ("exchange", on_site), ("graph", online)):
        path = folder / f"{kind}.db"
        if not path.exists():
            shutil.copy(folder / "files.db", path)
        (folder / f"{kind}.toml").write_text(_TOP.format(kind=kind) + tenant_table("sorsele", source), encoding="utf-8")
        settings = configuration.load(folder / f"{kind}.toml", {})
        store = Store.open(settings.store_url)
        [tenant] = settings.tenants
        sources = sources_of(tenant, key_maker(store.secret()))
        cycle = Cycle(tenant, settings.service, store, sources, commit=InStore(store, tenant))
        yield Tenant(kind, settings, store, cycle)


def soak(people: int, edits: int, seed: int, each: int = 20) -> int:
    """Prints what was done; 1 where the referrals of two sources differ."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, town(people, seed, Path(folder)) as made:
        for _ in range(max(edits // each, 1)):
            if (difference := made.goes_on(each)) is not None:
                print(f"after {sum(made.people.done.values())} edits: {difference}")  # noqa: T201
                return 1
        rows = len(made.tenants[0].rows())
    done = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(made.people.done.items()))
    spent = time.monotonic() - began
    print(f"{people} people, {rows} referrals, the same from all three after {done}; {spent:.0f} s")  # noqa: T201
    return 0
