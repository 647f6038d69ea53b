"""How long what is waited for, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """The daemon's; tests have less."""

    connect: float = 10.0
    """Until a connection comes about."""
    answer: float = 30.0
    """Until an answer is there, whole."""
    session: float = 5.0
    """For a session of the pool; there are as many as threads, so that one is always free."""
    mailbox: float = 20.0
    """For one mailbox, however many parts its view is read in."""
    held: float = 5.0
    """For a back-off to end within a reading; a longer one is kept to until the next."""
    alone: float = 3.0
    """For one mailbox alone, until it is known that the password is taken; then another is asked for beside it. Where
    the process does not know the password to be right, that takes as long as an `answer`."""
    slow: float = 5.0
    """A mailbox that takes longer is read last the next time."""
    lost: float = 55.0
    """For any result at all, less than a cycle may take; then the threads that are still at it are given up."""
