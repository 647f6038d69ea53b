"""An Exchange Online that is asked by delta what has changed, and every way in which asking goes wrong."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync_daemon.settings.sources import EwsSource, GraphSource
from sync_daemon.sources import KeyMaker, Source
from sync_daemon.sources.graph import Client, ExchangeOnlineSource
from tests.graph.process import Graph
from tests.service.online_calendars import ZONE
from tests.service.online_life import PATIENCE

if TYPE_CHECKING:
    from tests.service.online_life import Fault, Life

_WATCH = 40
_TIMES_AS_FAST = 400
"""The clock of those that ask for changes goes so much faster than the real one: a round each tenth of a second.

It does not go by simulated time, whose steps would be silences.
"""

_REFUSED: Sequence[tuple[str, Mapping[str, Any]]] = (
    *(("error", {"status": status}) for status in (500, 502, 503, 504)),
    ("error", {"status": 503, "retry_after": 2}),
    ("error", {"status": 404, "code": "ErrorItemNotFound"}),
    ("error", {"status": 403, "code": "ErrorAccessDenied"}),
    ("throttled", {"retry_after": 2}),
    ("throttled", {"retry_after": 300}),
    ("throttled", {"retry_after": None}),
    ("status-401", {}),
    ("http", {"status": 503}),
    ("html", {}),
    ("redirect", {}),
    ("truncated-json", {}),
    ("not-json", {}),
    ("empty", {}),
)
_BROKEN = ("cut", "reset", "http", "html", "empty")


class DeltaServer:
    """The stand-in of tests/graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.exchange = graph.exchange
        self.is_silent = False

    def add_mailbox(self, mailbox: str) -> None:
        """In the cloud."""
        self.graph.add_mailbox(mailbox)

    def settings(self, folder: Path) -> GraphSource:
        """By certificate, asked for changes."""
        del folder
        return GraphSource(
            kind="graph",
            directory_id=self.graph.directory_id,
            client_id=self.graph.client_id,
            certificate=Path("certificate"),
            endpoint=self.graph.endpoint,
            authority=self.graph.authority,
            ca_file=self.graph.ca_file,
            detect="delta",
            watch=_WATCH,
        ).model_copy(update={"certificate": self.graph.certificate})

    def source(self, settings: EwsSource | GraphSource, make_key: KeyMaker, life: Life) -> Source:
        """Mailboxes are left alone by simulated time; changes are asked for by a quick clock."""
        assert isinstance(settings, GraphSource)
        client = Client(settings, ZONE, limits=PATIENCE, clock=life.clock, pause=life.pause)
        source = ExchangeOnlineSource(
            settings, ZONE, make_key, client, limits=PATIENCE, clock=life.clock, pause=life.pause
        )
        assert source._delta is not None  # noqa: SLF001 - of the two clocks that it takes as one
        source._delta._clock = lambda: _TIMES_AS_FAST * time.monotonic()  # noqa: SLF001
        return source

    def faults(self) -> Sequence[Fault]:
        """Tokens end, answers are wrong, and whoever asks is refused."""
        return (
            self.delta_tokens_end,
            self.delta_of_one_goes_wrong,
            self.delta_goes_wrong,
            self.rounds_never_end,
            self.reading_goes_wrong,
            self.batches_go_wrong,
            self.requests_go_wrong,
            self.application_is_throttled,
            self.tokens_are_revoked,
            self.sign_in_goes_wrong,
            self.consent_is_taken_away,
            self.certificate_is_taken_away,
        )

    def delta_tokens_end(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Of one mailbox, or of all."""
        self.graph.end_delta_tokens(drawn.choice((None, drawn.choice(people))))

    def delta_of_one_goes_wrong(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Any answer."""
        self._goes_wrong("calendarview/delta", drawn, drawn.choice(people))

    def delta_goes_wrong(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Any answer, of everybody."""
        del people
        self._goes_wrong("calendarview/delta", drawn, None)

    def rounds_never_end(self, drawn: random.Random, people: Sequence[str]) -> None:
        """The same page again and again."""
        del drawn, people
        self.graph.policy(delta_never_ends=True)

    def reading_goes_wrong(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Any answer, of one or of everybody."""
        self._goes_wrong("calendarview", drawn, drawn.choice((None, drawn.choice(people))))

    def batches_go_wrong(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Any answer to a batch."""
        del people
        self._goes_wrong("$batch", drawn, None)

    def requests_go_wrong(self, drawn: random.Random, people: Sequence[str]) -> None:
        """The connection, or what stands between."""
        del people
        self.graph.fault(drawn.choice(_BROKEN), operation="request", share=0.5)

    def application_is_throttled(self, drawn: random.Random, people: Sequence[str]) -> None:
        """More is asked than it may ask in a while."""
        self.graph.throttle(len(people) // 2, seconds=600, per=drawn.choice(("mailbox", "application")), simulated=True)

    def tokens_are_revoked(self, drawn: random.Random, people: Sequence[str]) -> None:
        """A new one is good."""
        del drawn, people
        self.graph.revoke_tokens()

    def sign_in_goes_wrong(self, drawn: random.Random, people: Sequence[str]) -> None:
        """A new token is needed, and Entra has none."""
        del people
        self.graph.fault(drawn.choice(("entra", "http", "html", "reset")), operation="token")
        self.graph.revoke_tokens()

    def consent_is_taken_away(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Tokens are good for nothing."""
        del drawn, people
        self.graph.grant()
        self.graph.revoke_tokens()

    def certificate_is_taken_away(self, drawn: random.Random, people: Sequence[str]) -> None:
        """Entra knows the application by it no more."""
        del drawn, people
        self.graph.application(certificates=[])
        self.graph.revoke_tokens()

    def _goes_wrong(self, operation: str, drawn: random.Random, mailbox: str | None) -> None:
        kind, options = drawn.choice(_REFUSED)
        self.graph.fault(kind, operation=operation, mailbox=mailbox, share=drawn.choice((0.3, 1)), **options)

    def mend(self) -> None:
        """As at the start; tokens that were issued to whoever had no right are not good any more."""
        self.graph.well_again()

    def rounds(self) -> int:
        """Questions for changes; each mailbox is asked for by itself."""
        return self.graph.counters().questions.get("calendarview/delta", 0)

    def rounds_an_interval(self, people: int) -> int:
        """One that was under way, a whole one, and one for what those were late with."""
        return 3 * people

    def left(self) -> dict[str, int]:
        """Graph keeps nothing for anybody."""
        return {}
