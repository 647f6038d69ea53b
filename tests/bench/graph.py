"""Reading mailboxes from Graph: our CPU beside python-o365's, and how many requests it takes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests
from O365 import Account, MSGraphProtocol

from rules.command import Vocabulary
from rules.entry import Entries
from rules.policy import MEETING, ON_DUTY_ELSEWHERE
from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources import KINDS, Mailbox, Window
from sync_daemon.sources.keys import key_maker
from tests.bench.measured import Measured
from tests.graph.process import Graph
from tests.readings import readings_of

_MAILBOXES = 1_000
_ENTRIES = 20
_NOW = datetime.now(UTC).replace(microsecond=0)
_WINDOW = Window(_NOW - timedelta(days=14), _NOW + timedelta(days=14))
_MOST_REQUESTS = 100
_SHARE_OF_PEER = 1 / 5

_PROPERTIES = (
    *("subject", "start", "end", "is_all_day", "is_cancelled", "sensitivity", "type", "response_status"),
    *("series_master_id", "uid", "i_cal_u_id"),
)
"""What python-o365 is to ask for: what we ask for, by its names."""


def read() -> Iterator[Measured]:
    """The first reading of 1,000 mailboxes with 20 entries each; 20 are read before, so nobody pays the imports."""
    addresses = [f"person{number:04d}@kommun.example" for number in range(1, _MAILBOXES + 1)]
    work = f"{_MAILBOXES} mailboxes with {_ENTRIES} entries each"
    with tempfile.TemporaryDirectory() as folder, Graph(mailboxes=_MAILBOXES, entries=_ENTRIES) as server:
        stock = _Stock(server)
        for ask in (reading(server, Path(folder)), stock.read):
            ask(addresses[:20])
        server.reset_counters()
        ours = _spent(reading(server, Path(folder)), addresses)
        yield Measured("graph-read-requests", server.counters().requests, _MOST_REQUESTS, "requests", work)
        theirs = _spent(stock.read, addresses)
    each = 1e3 / _MAILBOXES
    beside = f"{work}; python-o365"
    yield Measured("graph-read", ours * each, _SHARE_OF_PEER, "ms CPU a mailbox", beside, peer=theirs * each)


def reading(server: Graph, folder: Path) -> Callable[[list[str]], None]:
    """Our reading, of a source that has read nothing yet; the secret is written into the folder."""
    secret = folder / "secret"
    secret.write_text(server.secret, encoding="utf-8")
    settings = GraphSource(
        kind="graph",
        directory_id=server.directory_id,
        client_id=server.client_id,
        secret=Path("secret"),
        authority=server.authority,
        endpoint=server.endpoint,
        ca_file=server.ca_file,
    ).model_copy(update={"secret": secret})
    source = KINDS["graph"](settings, ZoneInfo("Europe/Stockholm"), key_maker(b"the store's secret"))
    parse = Vocabulary((ON_DUTY_ELSEWHERE, MEETING), {"4711"}, lambda _number: None).parse

    def read_all(addresses: list[str]) -> None:
        for mailbox, reading in readings_of(source, [Mailbox(address) for address in addresses], _WINDOW, parse):
            if not isinstance(reading, Entries) or not reading.complete:
                raise RuntimeError(f"{mailbox.address} could not be read: {reading}")

    return read_all


def _spent(read_some: Callable[[list[str]], None], addresses: list[str]) -> float:
    began = time.process_time()
    read_some(addresses)
    return time.process_time() - began


class _Stock:
    """python-o365 as it is, at its best: one connection, a token made beforehand, few properties, no pause."""

    def __init__(self, server: Graph) -> None:
        protocol = _protocol(server.endpoint)
        self._account: Any = Account(
            (server.client_id, server.secret),
            auth_flow_type="credentials",
            tenant_id=server.directory_id,
            protocol=protocol,
            verify_ssl=str(server.ca_file),
            requests_delay=0,
        )
        connection = self._account.con
        connection.session = connection.get_session()
        connection.session.trust_env = False  # a bundle named in the environment would go before ours
        connection.session.headers["Authorization"] = f"Bearer {_token(server)}"

    def read(self, addresses: list[str]) -> None:
        """One after the other, each value that we use taken out of the events."""
        for address in addresses:
            schedule = self._account.schedule(resource=address)
            events = schedule.get_events(
                limit=_ENTRIES * 5,
                query=schedule.new_query().select(*_PROPERTIES),
                start_recurring=_WINDOW.start,
                end_recurring=_WINDOW.end,
            )
            if not [(event.subject, event.start, event.end, event.response_status.status) for event in events]:
                raise RuntimeError(f"python-o365 found nothing in {address}")


def _protocol(endpoint: str) -> Any:  # noqa: ANN401 - O365 is not annotated
    """Graph's protocol at another address."""
    there = type("_There", (MSGraphProtocol,), {"_protocol_url": endpoint.removesuffix("v1.0")})
    return there(timezone="UTC")


def _token(server: Graph) -> str:
    asked = {
        "grant_type": "client_credentials",
        "client_id": server.client_id,
        "client_secret": server.secret,
        "scope": f"{server.endpoint.removesuffix('/v1.0')}/.default",
    }
    url = f"{server.authority}/{server.directory_id}/oauth2/v2.0/token"
    answer = requests.post(url, data=asked, verify=str(server.ca_file), timeout=30)
    answer.raise_for_status()
    return str(answer.json()["access_token"])
