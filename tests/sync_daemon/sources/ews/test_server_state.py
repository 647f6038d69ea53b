"""When a server is given up in a reading, and for how long it is left alone: one thread counts."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from rules.entry import Entries
from sync_daemon.sources.exchange.failure import HELD, SLOWLY, Again, Concerns, Failure
from sync_daemon.sources.exchange.server_state import IN_A_ROW, LONGEST_BACK_OFF, LONGEST_FOR_ALL, BackOffs, ServerState

ANNA, BO = "anna@sorsele.example", "bo@sorsele.example"
GONE = Failure("see that it is up", Concerns.SERVER)
DENIED = Failure("give the right", Concerns.MAILBOX)


@dataclass
class Clock:
    """Seconds that go on where a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        """What it shows."""
        return self.now


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


def busy(seconds: float, concerns: Concerns = Concerns.MAILBOX) -> Failure:
    """Exchange asks to be left alone for so long."""
    return Failure("wait", concerns, back_off=seconds)


def test_a_server_is_given_up_after_so_many_failures_in_a_row() -> None:
    """For the reason of the last of them; one that was read, or failed for its own sake, begins the count anew."""
    state = ServerState()
    for outcome in (Entries(), DENIED):
        for _ in range(IN_A_ROW - 1):
            state.learn(GONE, answered=False)
        state.learn(outcome, answered=True)
        assert state.given_up is None
    for _ in range(IN_A_ROW - 1):
        state.learn(GONE, answered=False)
    assert state.given_up is None
    state.learn(GONE, answered=False)
    assert state.given_up is GONE


def test_a_server_that_never_lets_anybody_in_is_given_up_whatever_it_says() -> None:
    """Its failures are the mailboxes' own by name; where it let one in, they are believed to be."""
    silent, speaking = ServerState(), ServerState()
    speaking.learn(DENIED, answered=True)
    for _ in range(IN_A_ROW):
        assert silent.given_up is None
        silent.learn(DENIED, answered=False)
        speaking.learn(DENIED, answered=False)
    assert silent.given_up is DENIED
    assert speaking.given_up is None


@pytest.mark.parametrize(
    "outcome",
    [Failure("unlock it", Concerns.ACCOUNT), Failure("wait", again=Again.SOON), Failure("mend it", Concerns.SERVER)],
)
def test_whatever_is_not_a_mailboxs_own_matter_is_the_servers(outcome: Failure) -> None:
    """An account that is not served, a server that is busy: nobody else is asked for, though one was read before."""
    state = ServerState()
    state.learn(Entries(), answered=True)
    for _ in range(IN_A_ROW):
        assert state.given_up is None
        state.learn(outcome, answered=True)
    assert state.given_up is outcome


def test_without_a_ticket_nobody_else_is_asked_for() -> None:
    """The first that finds none is enough."""
    state = ServerState()
    no_ticket = Failure("look with klist", Concerns.LOGON)
    state.learn(no_ticket, answered=False)
    assert state.given_up is no_ticket


def test_a_reading_that_is_stopped_asks_for_nobody() -> None:
    """Its threads end when they have done what they are at."""
    state = ServerState()
    state.stop()
    assert state.given_up is HELD


def test_a_back_off_is_one_mailboxs_where_budgets_are(clock: Clock) -> None:
    """With impersonation; it is over when the clock says so, and an hour at most."""
    back_offs = BackOffs(clock, by_mailbox=True)
    back_offs.begin(ANNA, busy(60))
    assert (back_offs.seconds_left(ANNA), back_offs.seconds_left(BO) <= 0) == (60, True)
    clock.now += 60
    assert back_offs.seconds_left(ANNA) <= 0
    back_offs.begin(ANNA, busy(2 * LONGEST_BACK_OFF))
    back_offs.forget_past()
    assert back_offs.seconds_left(ANNA) == LONGEST_BACK_OFF


@pytest.mark.parametrize(("by_mailbox", "concerns"), [(False, Concerns.MAILBOX), (True, Concerns.SERVER)])
def test_a_back_off_is_everybodys_for_a_delegate_and_where_the_server_says_so(
    clock: Clock,
    by_mailbox: bool,  # noqa: FBT001 - a case
    concerns: Concerns,
) -> None:
    """Five minutes at most, and a shorter one that comes later does not end a longer one."""
    back_offs = BackOffs(clock, by_mailbox=by_mailbox)
    back_offs.begin(ANNA, busy(2 * LONGEST_FOR_ALL, concerns))
    back_offs.begin(ANNA, busy(1, concerns))
    back_offs.begin(ANNA, DENIED)
    assert back_offs.seconds_left(BO) == LONGEST_FOR_ALL


def test_what_is_asked_for_slowly_is_one_mailboxs(clock: Clock) -> None:
    """Also where it is the server's matter: another mailbox may be on another server."""
    back_offs = BackOffs(clock, by_mailbox=False)
    unknown = Failure("report it", Concerns.SERVER, again=Again.SLOWLY)
    back_offs.begin(ANNA, unknown)
    assert (back_offs.not_yet(ANNA), back_offs.not_yet(BO)) == (unknown, None)
    clock.now += SLOWLY
    assert back_offs.not_yet(ANNA) is None
    back_offs.forget_past()
    assert back_offs.not_yet(ANNA) is None
