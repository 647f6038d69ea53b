"""A source that reads the stand-in, and what the tests of it share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rules.command import Vocabulary
from rules.entry import Entries, Reading, Unreadable
from rules.policy import MEETING, ON_DUTY_ELSEWHERE
from sync_daemon.settings.sources import EwsSource
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.ews import ExchangeSource
from sync_daemon.sources.ews.logons import Logons
from sync_daemon.sources.exchange.failure import SLOWLY
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.keys import key_maker
from sync_daemon.sources.refusals import NOTHING_REFUSED, Refusals
from tests.exchange.process import Exchange
from tests.readings import readings_of

ANNA, BO, CECILIA = "anna@sorsele.example", "bo@sorsele.example", "cecilia@sorsele.example"
WINDOW = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 8, tzinfo=UTC))
MEETING_AT_NINE = {"subject": "SAM: Budget", "start": "2026-11-24T09:00:00+01:00", "end": "2026-11-24T10:00:00+01:00"}
PATIENT = TimeLimits(back_off=0.2)
"""For whoever is answered: however slow the machine is, no answer is too late."""
FAST = TimeLimits(
    connect=2,
    answer=1.0,
    logon_answer=2.0,
    next_logon=1.5,
    session=0.3,
    mailbox=4,
    back_off=0.2,
    next_known_logon=0.3,
    slow=0.3,
    any_result=8,
)
"""For whoever is not answered, or late. On a machine that stands still for a second, others are late as well."""

_TRIES = 20

parse = Vocabulary((ON_DUTY_ELSEWHERE, MEETING), {"4711"}, lambda _number: None).parse


@dataclass
class Reader:
    """A source that reads the stand-in; its clock goes on only by what it waits, and where a test says so."""

    exchange: Exchange
    folder: Path
    logons: Logons = field(default_factory=Logons)
    clock: float = 1000.0
    waited: list[float] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    password: str | None = None
    refusals: Refusals = NOTHING_REFUSED
    limits: TimeLimits = PATIENT

    def __post_init__(self) -> None:
        self.anew()

    def anew(self) -> None:
        """The source is made again, as after SIGHUP."""
        secret = self.folder / "secret"
        secret.write_text(self.password or self.exchange.password, encoding="utf-8")
        values = {"endpoint": self.exchange.endpoint, "user": self.exchange.user, "auth": "basic", "allow_http": True}
        settings = EwsSource(kind="ews", secret=Path("secret"), **{**values, **self.settings})
        self.whole = settings.model_copy(update={"secret": secret})
        self.source = self.made()

    def made(self, limits: TimeLimits | None = None, **more: Any) -> ExchangeSource:  # noqa: ANN401 - what else a source is made of
        """Another source of the same settings."""
        return ExchangeSource(
            self.whole,
            ZoneInfo("Europe/Stockholm"),
            key_maker(b"the store's secret"),
            self.refusals,
            logons=self.logons,
            limits=limits or self.limits,
            clock=lambda: self.clock,
            pause=self._pause,
            **more,
        )

    def _pause(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.clock += seconds

    def all(self, *addresses: str) -> dict[str, Reading]:
        """Each mailbox's reading, in the order in which they came."""
        mailboxes = [Mailbox(address) for address in addresses or (ANNA, BO, CECILIA)]
        return {mailbox.address: reading for mailbox, reading in readings_of(self.source, mailboxes, WINDOW, parse)}

    def one(self, address: str = ANNA) -> Reading:
        """One mailbox's reading."""
        return self.all(address)[address]

    def remedy(self, address: str = ANNA) -> str:
        """What is told of a mailbox that could not be read."""
        reading = self.one(address)
        assert isinstance(reading, Unreadable), reading
        return reading.remedy

    def reads(self, address: str = ANNA) -> bool:
        """Whether the mailbox could be read whole, with its one meeting."""
        reading = self.one(address)
        return isinstance(reading, Entries) and reading.complete and len(reading.entries) == 1

    def reads_soon(self, *addresses: str) -> bool:
        """Whether each is read, and were it only after some tries: with short limits a slow machine is late as well."""
        left = set(addresses)
        for _ in range(_TRIES):
            left -= {one for one in left if self.reads(one)}
            if not left:
                return True
            self.clock += SLOWLY
        return False
