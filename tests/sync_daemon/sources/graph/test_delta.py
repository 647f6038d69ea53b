"""Listening by delta as a thread: when it begins, how it ends, and what becomes of a bug."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources.graph.delta import Delta
from tests.service.test_run import until
from tests.sync_daemon.sources.graph.told_graph import ToldGraph, window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_daemon.sources.exchange.failure import Failure
    from sync_daemon.sources.graph.question import Answer, Question

ANNA = "anna@sorsele.se"
SETTINGS = GraphSource(
    kind="graph",
    directory_id="sorsele.example",
    client_id="66666666-7777-8888-9999-000000000000",
    secret=Path("graph"),
    detect="delta",
    watch=1,
)


class Stubborn(ToldGraph):
    """A Graph that does not answer until it is let go, or whose way there has a bug."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error
        self.asked = threading.Event()
        self.let_go = threading.Event()

    def ask(self, questions: Sequence[Question]) -> list[Answer | Failure]:
        """Late."""
        self.asked.set()
        if self.error is not None:
            raise self.error
        assert self.let_go.wait(60)
        return super().ask(questions)


@pytest.fixture
def begun() -> Any:  # noqa: ANN401 - a function
    """Begins to listen, on a thread that is told to end afterwards."""
    stopped, threads = threading.Event(), []

    def begin(graph: ToldGraph) -> tuple[Delta, threading.Thread, threading.Event]:
        delta = Delta(SETTINGS, graph)
        delta.signs.fingerprints([ANNA])
        thread = threading.Thread(target=delta.listen, args=(lambda _heard: None, stopped), daemon=True)
        threads.append(thread)
        thread.start()
        return delta, thread, stopped

    yield begin
    stopped.set()
    for thread in threads:
        thread.join(60)


def test_nothing_is_asked_before_calendars_have_been_read(begun: Any) -> None:  # noqa: ANN401 - the fixture
    """Whoever reads goes first, and says which time matters; it ends all the same."""
    graph = ToldGraph()
    delta, thread, stopped = begun(graph)
    thread.join(0.5)
    assert (thread.is_alive(), graph.requests) == (True, 0)
    delta.covers(window())
    until(lambda: delta.signs.hearing.listened == 1, "the first round")
    stopped.set()
    thread.join(60)
    assert not thread.is_alive()
    assert delta.signs.fingerprints([ANNA]) == {}
    assert [one.name for one in threading.enumerate() if one.name.startswith("delta-")] == []


def test_it_ends_within_seconds_though_graph_does_not_answer(begun: Any) -> None:  # noqa: ANN401 - the fixture
    """The thread that asks ends with its answer."""
    graph = Stubborn()
    delta, thread, stopped = begun(graph)
    delta.covers(window())
    assert graph.asked.wait(60)
    stopped.set()
    began = time.monotonic()
    thread.join(60)
    assert not thread.is_alive()
    assert time.monotonic() - began < 30
    graph.let_go.set()
    until(lambda: not any(one.name.startswith("delta-") for one in threading.enumerate()), "the thread's end")


def test_a_bug_on_the_way_to_graph_has_the_mailbox_polled_and_ends_nothing(begun: Any) -> None:  # noqa: ANN401
    """It is logged, and asked again later."""
    graph = Stubborn(ZeroDivisionError())
    delta, thread, _ = begun(graph)
    delta.covers(window())
    until(lambda: "report the bug that the log tells of" in delta.signs.hearing.lacks, "the second failure")
    graph.error = None
    graph.let_go.set()
    until(lambda: delta.signs.hearing.listened == 1, "the first round")
    assert thread.is_alive()
