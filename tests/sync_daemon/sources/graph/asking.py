"""The way to Graph as a test takes it: a client of the stand-in, a clock that the test sets, pauses that are noted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources.exchange.failure import Failure
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.graph.client import Client
from sync_daemon.sources.graph.question import Answer, Question
from sync_daemon.sources.graph.refused_credentials import REFUSED
from sync_daemon.sources.refusals import Refusals
from tests.graph.process import Graph

ANNA, BO, CECILIA = "anna@sorsele.se", "bo@sorsele.se", "cecilia@sorsele.se"
MEETING = {"subject": "SAM: Budget", "start": "2026-10-19T09:00", "end": "2026-10-19T10:00"}
DAY = "startDateTime=2026-10-19T00:00:00Z&endDateTime=2026-10-20T00:00:00Z"
PATIENT = TimeLimits(back_off=5)
"""For whoever is answered: however slow the machine is, no answer is too late."""
SHORT = TimeLimits(connect=10, answer=4, back_off=5)
"""For whoever is not answered."""


def view(address: str) -> Question:
    """A day of a mailbox's."""
    return Question(address, f"/users/{address}/calendarView?{DAY}")


@dataclass
class Way:
    """Makes clients. `now` is their clock, in seconds; a pause lets the time pass at once."""

    graph: Graph
    folder: Path
    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)
    limits: TimeLimits = PATIENT

    def __post_init__(self) -> None:
        self.secret_is(self.graph.secret)

    def secret_is(self, text: str) -> Path:
        """What is in the file of the secret."""
        file = self.folder / "secret"
        file.write_text(text, encoding="utf-8")
        return file

    def settings(self, **values: Any) -> GraphSource:  # noqa: ANN401 - keys of the settings
        """Those of a source that reads the stand-in, by the secret unless `values` say otherwise."""
        graph = self.graph
        usual = {"endpoint": graph.endpoint, "authority": graph.authority, "ca_file": graph.ca_file}
        identity = {"directory_id": graph.directory_id, "client_id": graph.client_id}
        which = "certificate" if "certificate" in values else "secret"
        file = values.get(which, self.folder / "secret")
        named = GraphSource(kind="graph", **{**usual, **identity, **values, which: Path("x")})
        return named.model_copy(update={which: file})

    def client(self, refusals: Refusals | None = None, *, forget: bool = True, **values: Any) -> Client:  # noqa: ANN401 - as above
        """A client; as of a process of its own, unless it is not to `forget` what was refused in this one."""
        if forget:
            REFUSED.__init__()  # type: ignore[misc]
        return Client(
            self.settings(**values),
            ZoneInfo("Europe/Stockholm"),
            refusals,
            limits=self.limits,
            clock=lambda: self.now,
            pause=self.pause,
        )

    def pause(self, seconds: float) -> None:
        """Waits for so long, by the clock."""
        self.pauses.append(seconds)
        self.now += seconds


def failure(outcome: Answer | Failure) -> Failure:
    """What was answered, which is none of a calendar's."""
    assert isinstance(outcome, Failure), outcome
    return outcome


def answered(outcomes: list[Answer | Failure]) -> list[bool]:
    """Of each whether it is an answer of a calendar's."""
    return [isinstance(outcome, Answer) for outcome in outcomes]
