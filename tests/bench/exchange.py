"""Reading mailboxes from Exchange: our CPU beside stock exchangelib's and raw HTTP's, the server in its own process."""

from __future__ import annotations

import http.client
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import lxml.etree
from exchangelib import IMPERSONATION, Account, Configuration, Credentials
from exchangelib.ewsdatetime import UTC as EXCHANGE_UTC
from exchangelib.ewsdatetime import EWSDateTime
from exchangelib.folders import Calendar, Root
from exchangelib.properties import DistinguishedFolderId
from exchangelib.properties import Mailbox as Whose
from exchangelib.protocol import FailFast
from exchangelib.transport import BASIC
from exchangelib.version import EXCHANGE_2016, Version

from rules.command import Vocabulary
from rules.entry import Entries
from rules.policy import MEETING, ON_DUTY_ELSEWHERE
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.ews import ExchangeSource
from sync_daemon.sources.ews.connection import Connection
from sync_daemon.sources.ews.question import Question
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.keys import key_maker
from tests.bench.measured import Measured
from tests.bench.peak import peak
from tests.bench.service import running_in
from tests.exchange.process import Exchange
from tests.readings import readings_of

_MAILBOXES = 1_000
_MANY = 10_000
_ENTRIES = 20
_NOW = datetime.now(UTC).replace(microsecond=0)
_WINDOW = Window(_NOW - timedelta(days=14), _NOW + timedelta(days=14))
_MOST_BESIDE_RAW = 5.0
"""How much more CPU our whole reading may take than raw HTTP with the answer's parsing alone; it takes about 4.2."""

_CONFIGURATION = """\
secrets_dir = "secrets"
[store]
url = "sqlite:///hanvisa.db"
[service]
interval = 2
jitter = 0
[log]
level = "debug"
[[tenants]]
id = "sorsele"
timezone = "Europe/Stockholm"
directory = "sorsele.csv"
[[tenants.sources]]
kind = "ews"
endpoint = "{server.endpoint}"
user = '{server.user}'
secret = "exchange"
auth = "basic"
allow_http = true
"""

_FIELDS = (
    *("subject", "sensitivity", "start", "end", "is_all_day", "is_cancelled", "is_meeting", "my_response_type"),
    *("type", "original_start"),
)
"""Ten, without `uid`, for which exchangelib would ask for every item anew."""


class Server(Protocol):
    """Where it is, and who may ask."""

    endpoint: str
    user: str
    password: str


@dataclass
class _Told:
    endpoint: str
    user: str
    password: str


def read() -> Iterator[Measured]:
    """1,000 mailboxes with 20 entries each; a few of each kind are read first, so that nobody pays for the imports."""
    with tempfile.TemporaryDirectory() as folder, Exchange(mailboxes=_MAILBOXES, entries=_ENTRIES) as server:
        source = reading(server, Path(folder))
        stock, raw = _Stock(server), _Raw(server, Path(folder))
        addresses = addresses_of(_MAILBOXES)
        for ask in (source, stock.read, raw.read):
            _spent(ask, addresses[:20])
        ours = theirs = floor = 0.0
        # In turns, so that a slow minute slows all three.
        for begin in range(0, _MAILBOXES, 100):
            some = addresses[begin : begin + 100]
            ours += _spent(source, some)
            theirs += _spent(stock.read, some)
            floor += _spent(raw.read, some)
    each = 1e3 / _MAILBOXES
    work = f"{_MAILBOXES} mailboxes with {_ENTRIES} entries each"
    yield Measured("ews-read", ours * each, 1 / 5, "ms CPU a mailbox", f"{work}; stock exchangelib", peer=theirs * each)
    beside = f"{work}; raw HTTP with lxml"
    yield Measured("ews-read-raw", ours * each, _MOST_BESIDE_RAW, "ms CPU a mailbox", beside, peer=floor * each)


def scale() -> Iterator[Measured]:
    """10,000 mailboxes read beside 1,000, and the memory of a service that has them in its store."""
    work = f"{_MANY} mailboxes with {_ENTRIES} entries each"
    with Exchange(mailboxes=_MANY, entries=_ENTRIES) as server:
        few = many = 0.0
        for _ in range(3):
            few += _in_a_process(server, _MAILBOXES)
            many += _in_a_process(server, _MANY)
        yield Measured("ews-scale", many / 3, 1.1, "ms CPU a mailbox", f"{work}, beside {_MAILBOXES}", peer=few / 3)
        with tempfile.TemporaryDirectory() as folder:
            _fill(server, Path(folder))
            with running_in(Path(folder)) as pid:
                yield Measured("ews-scale-memory", peak(pid), 250, "MiB", f"run, {work}, peak RSS")


def _fill(server: Server, folder: Path) -> None:
    """A municipality with all the mailboxes of the server's."""
    (folder / "secrets").mkdir()
    (folder / "secrets" / "exchange").write_text(server.password, encoding="utf-8")
    lines = [f"{address},Person {20_000 + n},{20_000 + n}" for n, address in enumerate(addresses_of(_MANY))]
    (folder / "sorsele.csv").write_text("\n".join(["mailbox,name,extensions", *lines]), encoding="utf-8")
    (folder / "hanvisa.toml").write_text(_CONFIGURATION.format(server=server), encoding="utf-8")


def addresses_of(count: int) -> list[str]:
    """Those of the stand-in's first mailboxes."""
    return [f"person{number:04d}@kommun.example" for number in range(1, count + 1)]


def reading(server: Server, folder: Path) -> Callable[[list[str]], None]:
    """Our reading of mailboxes of the server's; the secret is written into the folder."""
    source = ExchangeSource(_settings(server, folder), ZoneInfo("Europe/Stockholm"), key_maker(b"the store's secret"))
    parse = Vocabulary((ON_DUTY_ELSEWHERE, MEETING), {"4711"}, lambda _number: None).parse

    def read_all(addresses: list[str]) -> None:
        for mailbox, reading in readings_of(source, [Mailbox(address) for address in addresses], _WINDOW, parse):
            if not isinstance(reading, Entries) or not reading.complete:
                raise RuntimeError(f"{mailbox.address} could not be read: {reading}")

    return read_all


def _settings(server: Server, folder: Path) -> EwsSource:
    secret = folder / "secret"
    secret.write_text(server.password, encoding="utf-8")
    return EwsSource(
        kind="ews", endpoint=server.endpoint, user=server.user, secret=Path("secret"), auth="basic", allow_http=True
    ).model_copy(update={"secret": secret})


def _spent(read_some: Callable[[list[str]], None], addresses: list[str]) -> float:
    began = time.process_time()
    read_some(addresses)
    return time.process_time() - began


def _in_a_process(server: Exchange, count: int) -> float:
    """Milliseconds of CPU a mailbox, in a process that has read no others."""
    program = [sys.executable, "-m", "tests.bench.exchange", server.endpoint, server.user, server.password, str(count)]
    return float(subprocess.run(program, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - our own


def main() -> None:
    """Reads so many mailboxes, and prints what that took."""
    endpoint, user, password, count = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        read_all = reading(_Told(endpoint, user, password), Path(folder))
        addresses = addresses_of(int(count))
        read_all(addresses[:20])
        spent = _spent(read_all, addresses)
    print(spent * 1e3 / len(addresses))  # noqa: T201 - for the process that asked


class _Stock:
    """exchangelib as it is, at its best: one Protocol, accounts and calendars made beforehand, few fields."""

    def __init__(self, server: Server) -> None:
        self._configuration = Configuration(
            service_endpoint=server.endpoint,
            credentials=Credentials(server.user, server.password),
            auth_type=BASIC,
            version=Version(build=EXCHANGE_2016, api_version="Exchange2013_SP1"),
            retry_policy=FailFast(),
        )

        self._calendars = {address: self._calendar(address) for address in addresses_of(_MAILBOXES)}

    def _calendar(self, address: str) -> Any:  # noqa: ANN401 - exchangelib is not annotated
        account = Account(
            primary_smtp_address=address,
            config=self._configuration,
            access_type=IMPERSONATION,
            autodiscover=False,
            default_timezone=EXCHANGE_UTC,
        )
        whose = DistinguishedFolderId(id="calendar", mailbox=Whose(email_address=address))
        return Calendar(root=Root(account=account), _distinguished_id=whose)

    def read(self, addresses: list[str]) -> None:
        """One after the other: more threads do not make its parsing cheaper."""
        start, end = (EWSDateTime.from_datetime(at.astimezone(ZoneInfo("UTC"))) for at in (_WINDOW.start, _WINDOW.end))
        for address in addresses:
            if not list(self._calendars[address].view(start=start, end=end).only(*_FIELDS)):
                raise RuntimeError(f"exchangelib found nothing in {address}")


class _Raw:
    """The least that it takes: the same requests over one connection, and every property of the answers by lxml."""

    def __init__(self, server: Server, folder: Path) -> None:
        settings = _settings(server, folder)
        self._question = Question(settings, Connection(settings, server.password, TimeLimits()), _WINDOW)
        parts = urlsplit(server.endpoint)
        self._path = parts.path
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port)
        token = b64encode(f"{server.user}:{server.password}".encode()).decode()
        self._headers = {"Content-Type": "text/xml; charset=utf-8", "Authorization": f"Basic {token}"}

    def read(self, addresses: list[str]) -> None:
        """One after the other."""
        for address in addresses:
            self._connection.request("POST", self._path, self._question.of(address), self._headers)
            root = lxml.etree.fromstring(self._connection.getresponse().read())
            found = [{child.tag: child.text for child in item} for item in root.iter("{*}CalendarItem")]
            if not found:
                raise RuntimeError(f"there is nothing in {address}")


if __name__ == "__main__":
    main()
