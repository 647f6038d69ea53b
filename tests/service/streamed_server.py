"""An Exchange on site that is listened to by streams, and every way in which they die."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync_daemon.settings.sources import EwsSource, GraphSource
from sync_daemon.sources import KeyMaker, Source
from sync_daemon.sources.ews import ExchangeSource
from sync_daemon.sources.ews.logons import Logons
from sync_daemon.sources.ews.streams import StreamLimits
from tests.exchange.process import Exchange
from tests.service.exchange_life import FAULTS
from tests.service.online_calendars import ZONE
from tests.service.online_life import PATIENCE

if TYPE_CHECKING:
    from tests.service.online_life import Fault, Life

_SOON = StreamLimits(
    silence=1.5,
    first_word=3.0,
    renewal=2.0,
    first_pause=0.02,
    longest_pause=0.2,
    longest_busy=0.2,
    refused=0.2,
    farewell=5.0,
    well=0.0,
    look=0.02,
)
_KEEP_ALIVE = 0.3
_GONE = ("ErrorSubscriptionNotFound", "ErrorReadEventsFailed", "ErrorExpiredSubscription", "ErrorInvalidSubscription")
_REFUSED: Sequence[tuple[str, Mapping[str, Any]]] = (
    *(("http", {"status": status}) for status in (429, 500, 503)),
    ("busy", {"back_off_ms": 200}),
    ("busy", {"back_off_ms": None, "in_message": True}),
    ("code", {"code": "ErrorExceededConnectionCount", "as_fault": True}),
    ("code", {"code": "ErrorMailboxStoreUnavailable"}),
    ("code", {"code": "ErrorSubscriptionNotFound"}),
    ("reset", {}),
    ("html", {}),
    ("not-xml", {}),
    ("empty", {}),
    ("truncated-xml", {}),
)
_QUICK = tuple(fault for fault in FAULTS if fault[0] not in {"timeout", "drip", "drip-headers", "huge", "gzip-bomb"})
"""Those of reading that cost no time of the real clock's; `script/soak exchange` has them all."""


class StreamedServer:
    """The stand-in of tests/exchange with its streams."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.is_silent = False

    def add_mailbox(self, mailbox: str) -> None:
        """On site."""
        self.exchange.add_mailbox(mailbox)

    def settings(self, folder: Path) -> EwsSource:
        """By impersonation and Basic, listened for by streams."""
        (folder / "secret").write_text(self.exchange.password, encoding="utf-8")
        return EwsSource(
            kind="ews",
            endpoint=self.exchange.endpoint,
            user=self.exchange.user,
            secret=Path("secret"),
            auth="basic",
            allow_http=True,
            detect="stream",
        ).model_copy(update={"secret": folder / "secret"})

    def source(self, settings: EwsSource | GraphSource, make_key: KeyMaker, life: Life) -> Source:
        """Mailboxes are left alone by simulated time; connections are silent by the clock's."""
        assert isinstance(settings, EwsSource)
        source = ExchangeSource(
            settings,
            ZONE,
            make_key,
            logons=Logons(),
            limits=PATIENCE,
            clock=life.clock,
            pause=life.pause,
            streams=_SOON,
        )
        source._streams.clock = time.monotonic  # noqa: SLF001 - a socket knows no other time
        return source

    def faults(self) -> Sequence[Fault]:
        """Streams die in each way, whoever asks for one is refused, and reading goes wrong as ever."""
        return (
            self.subscription_is_evicted_silently,
            self.subscription_is_evicted,
            self.all_subscriptions_are_evicted,
            self.connections_end,
            self.network_is_gone,
            self.server_restarts,
            self.affinity_is_lost,
            self.subscribing_is_refused,
            self.listening_is_refused,
            self.fewer_connections_may_hang,
            self.events_are_late,
            self.reading_goes_wrong,
            self.password_is_another,
            self.role_is_taken_away,
        )

    def subscription_is_evicted_silently(self, drawn: random.Random, people: Sequence[str]) -> None:
        """The connection stays, and no event comes."""
        self.exchange.evict(drawn.choice(people))

    def subscription_is_evicted(self, drawn: random.Random, people: Sequence[str]) -> None:
        """The connection says so."""
        self.exchange.evict(drawn.choice(people), drawn.choice((*_GONE, "ErrorMissedNotificationEvents")))

    def all_subscriptions_are_evicted(self, drawn: random.Random, people: Sequence[str]) -> None:
        """With a word or without."""
        del people
        self.exchange.evict(None, drawn.choice((None, "ErrorSubscriptionNotFound")))

    def connections_end(self, drawn: random.Random, people: Sequence[str]) -> None:
        """As they should, or in the middle of it."""
        del people
        self.exchange.end_streams(drawn.choice(("closed", "cut", "reset")))

    def network_is_gone(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Half-open: the sockets stay, and nothing comes."""
        del drawn, people
        self.exchange.half_open()
        self.is_silent = True

    def server_restarts(self, drawn: random.Random, people: Sequence[str]) -> None:
        """It has forgotten everything."""
        del drawn, people
        self.exchange.restart()

    def affinity_is_lost(self, drawn: random.Random, people: Sequence[str]) -> None:
        """The cookies route nowhere; the connections end, or stay for a while."""
        del people
        self.exchange.lose_affinity()
        if drawn.random() < 0.7:
            self.exchange.end_streams("cut")

    def subscribing_is_refused(self, drawn: random.Random, people: Sequence[str]) -> None:
        """To all or to one, always or half of the time; connections end, so that it is asked for."""
        kind, options = drawn.choice(_REFUSED)
        whose = drawn.choice((None, drawn.choice(people)))
        self.exchange.fault(kind, operation="Subscribe", mailbox=whose, share=drawn.choice((0.5, 1)), **options)
        self.exchange.restart()

    def listening_is_refused(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Always or half of the time; connections end, so that it is asked for."""
        del people
        kind, options = drawn.choice(_REFUSED)
        self.exchange.fault(kind, operation="GetStreamingEvents", share=drawn.choice((0.5, 1)), **options)
        self.exchange.end_streams("closed")

    def fewer_connections_may_hang(self, drawn: random.Random, people: Sequence[str]) -> None:
        """None at all: somebody else listens with the account."""
        del drawn, people
        self.exchange.streaming(keep_alive=_KEEP_ALIVE, hanging_limit=0)
        self.exchange.end_streams("closed")

    def events_are_late(self, drawn: random.Random, people: Sequence[str]) -> None:
        """By less than a look waits, or more."""
        del people
        self.exchange.streaming(keep_alive=_KEEP_ALIVE, delay=drawn.choice((0.05, 0.3)))

    def reading_goes_wrong(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Any fault of an answer."""
        kind, options = drawn.choice(_QUICK)
        self.exchange.fault(kind, share=0.5, mailbox=drawn.choice((None, drawn.choice(people))), **options)

    def password_is_another(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Reading and listening are refused."""
        del drawn, people
        self.exchange.set_password(self.exchange.user, "another")

    def role_is_taken_away(self, drawn: random.Random, people: Sequence[str]) -> None:
        """For half of the people."""
        self.exchange.impersonation(*drawn.sample(people, len(people) // 2))

    def mend(self) -> None:
        """As at the start."""
        self.is_silent = False
        self.exchange.well_again()
        self.exchange.streaming(keep_alive=_KEEP_ALIVE)

    def rounds(self) -> int:
        """Connections that were begun, with subscriptions that are all there."""
        return self.exchange.counters().streams_begun

    def rounds_an_interval(self, people: int) -> int:
        """The one connection is renewed; where a subscription was gone, it is after that is known."""
        del people
        return 1

    def left(self) -> dict[str, int]:
        """Subscriptions and connections that hang."""
        counters = self.exchange.counters()
        return {"subscriptions": counters.subscriptions, "connections that hang": counters.streams}
