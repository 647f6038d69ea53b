"""What the answers so far say of the server: for how long it wants to be left alone, and whether it is gone.

One thread judges, the one that iterates over the readings; those that ask for mailboxes only look at what it decided.
"""

from __future__ import annotations

from collections.abc import Callable

from rules.entry import Entries
from sync_daemon.sources.exchange.failure import HELD, SLOWLY, Again, Concerns, Failure

LONGEST_BACK_OFF = 3600.0
"""Seconds; whatever Exchange says, an hour later it is asked again."""

LONGEST_FOR_ALL = 300.0
"""Seconds for which the whole server is left alone at most: one mailbox's answer may have said it."""

IN_A_ROW = 50
"""After so many mailboxes that failed for the server's sake, and none that did not, the rest is not asked for now."""


class BackOffs:
    """For how long which mailbox, or the whole server, wants to be left alone; kept from one reading to the next.

    With `by_mailbox` a mailbox that is asked to wait is the only one: with impersonation the budget is its own, while a
    delegate's calls are all on the service account's. `clock` gives seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float], *, by_mailbox: bool) -> None:
        self._clock = clock
        self._by_mailbox = by_mailbox
        self._mailboxes: dict[str, float] = {}
        self._slow: dict[str, tuple[float, Failure]] = {}
        self._server = 0.0

    def seconds_left(self, address: str) -> float:
        """How long the mailbox is still to be left alone; 0 or less where it may be asked for."""
        return max(self._mailboxes.get(address, 0.0), self._server) - self._clock()

    def not_yet(self, address: str) -> Failure | None:
        """What the mailbox failed for a short time ago, where it is not to be asked for again so soon."""
        until, failure = self._slow.get(address, (0.0, None))
        return failure if self._clock() < until else None

    def begin(self, address: str, failure: Failure) -> None:
        """The back-off that the failure of this mailbox asks for begins now."""
        now = self._clock()
        if failure.again is Again.SLOWLY:
            self._slow[address] = (now + SLOWLY, failure)
        if failure.back_off is None:
            return
        if failure.concerns is Concerns.MAILBOX and self._by_mailbox:
            self._mailboxes[address] = now + min(failure.back_off, LONGEST_BACK_OFF)
        else:
            self._server = max(self._server, now + min(failure.back_off, LONGEST_FOR_ALL))

    def forget_past(self) -> None:
        """Those that are over are forgotten."""
        now = self._clock()
        self._mailboxes = {address: until for address, until in self._mailboxes.items() if until > now}
        self._slow = {address: held for address, held in self._slow.items() if held[0] > now}


class ServerState:
    """What one reading has learned: a server that fails again and again is not asked for the other mailboxes.

    With `by_mailbox` a mailbox that is told to slow down says nothing of the server where others are read: its budget
    is its own.
    """

    def __init__(self, *, by_mailbox: bool = False) -> None:
        self._by_mailbox = by_mailbox
        self._somebody_was_read = False
        self.given_up: Failure | None = None
        """Why no further mailbox is asked for; None as long as they are."""
        self._answered = False
        self._failed = 0
        self._failed_in_a_row = 0

    def learn(self, outcome: Entries | Failure, *, answered: bool) -> None:
        """One mailbox was asked for; `answered` where Exchange let the account in, whatever it said of the mailbox."""
        self._answered = self._answered or answered
        if not isinstance(outcome, Failure):
            self._failed_in_a_row = 0
            self._somebody_was_read = True
            return
        self._failed += 1
        own = self._by_mailbox and outcome.is_busy and outcome.concerns is Concerns.MAILBOX
        if own and self._somebody_was_read:
            return
        of_the_server = outcome.concerns in {Concerns.SERVER, Concerns.ACCOUNT} or outcome.is_busy
        self._failed_in_a_row = self._failed_in_a_row + 1 if of_the_server else 0
        never_answers = not self._answered and self._failed >= IN_A_ROW
        if never_answers or self._failed_in_a_row >= IN_A_ROW or outcome.concerns is Concerns.LOGON:
            self.given_up = outcome

    def stop(self) -> None:
        """Nobody waits for this reading any more: no further mailbox is asked for."""
        self.given_up = HELD
