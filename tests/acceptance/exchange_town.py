"""Sorsele on Exchange: people who book as in Outlook, the service account, and the command line beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.acceptance.municipality import Municipality, Result
from tests.configuration import STORE, Value, exchange_source, tenant_table
from tests.exchange.booking import Owner
from tests.exchange.process import Exchange
from tests.forked import printed

ANNA, BO = "anna@sorsele.se", "bo@sorsele.se"

_ZONE = ZoneInfo("Europe/Stockholm")
_DAY = "2026-11-24"

_TOP = f'secrets_dir = "secrets"\n{STORE}'


def as_at_the_start(server: Exchange) -> Exchange:
    """The stand-in with nothing wrong, and Anna's and Bo's calendars empty."""
    server.well_again()
    for mailbox in (ANNA, BO):
        server.add_mailbox(mailbox)
    server.reset_counters()
    return server


def at(text: str) -> datetime:
    """A local time of the 24th, or of the day that stands before its T."""
    return datetime.fromisoformat(text if "T" in text else f"{_DAY}T{text}").replace(tzinfo=_ZONE)


def source_lines(exchange: Exchange, **settings: Value) -> str:
    """The source's table in the configuration; `settings` are further keys of it, or others in the place of these."""
    return exchange_source(exchange.endpoint, exchange.user, **settings)


@dataclass(frozen=True)
class Ended:
    """A command that was a process of its own."""

    code: int | None
    out: str
    err: str


@dataclass
class ExchangeTown(Municipality):
    """The municipality of the acceptance tests, with its calendars on Exchange."""

    folder: Path
    exchange: Exchange
    settings: dict[str, str | int | bool] = field(default_factory=dict)
    more: str = ""

    def __post_init__(self) -> None:
        super().__init__(self.folder)
        self.owners: dict[str, Owner] = {}
        self.password_is(self.exchange.password)
        self.configured(tenant_table("sorsele", source_lines(self.exchange, **self.settings)))

    def configured(self, *tenants: str) -> None:
        """Another configuration, with these tenants."""
        text = _TOP + "".join(tenants) + self.more
        (self.folder / "hanvisa.toml").write_text(text, encoding="utf-8")

    def password_is(self, password: str, secret: str = "exchange") -> Path:  # noqa: S107 - a name
        """What is in the file of the secret."""
        (self.folder / "secrets").mkdir(exist_ok=True)
        file = self.folder / "secrets" / secret
        file.write_text(password + "\n", encoding="utf-8")
        file.chmod(0o600)
        return file

    def outlook(self, mailbox: str = ANNA) -> Owner:
        """The mailbox's owner, in front of the calendar."""
        if mailbox not in self.owners:
            self.owners[mailbox] = Owner(self.exchange, mailbox)
        return self.owners[mailbox]

    def process(self, *arguments: str) -> Ended:
        """The command line as a process, which remembers nothing of what this one was told."""
        return Ended(*printed(self.folder, *arguments, "--config", str(self.folder / "hanvisa.toml")))

    def checked(self) -> Result:
        """What `check` finds, at five minutes past six."""
        return self.hanvisa("check", "--at", at("06:05").isoformat())
