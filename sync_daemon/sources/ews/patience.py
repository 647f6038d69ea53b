"""How long what is waited for, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """The daemon's; tests have less."""

    connect: float = 10.0
    """Until a connection comes about."""
    answer: float = 30.0
    """Until an answer is there, whole, from its first header to its last byte."""
    trial: float = 110.0
    """The same, while nobody knows whether the password is taken: a refusal that comes late must be heard, lest it be
    sent again and again. What is still out when another mailbox was let in has an `answer`'s time only."""
    another: float = 45.0
    """Then, until the password is tried with another mailbox beside one whose answer does not come."""
    session: float = 5.0
    """For a session of the pool; there are as many as threads, so that one is always free."""
    mailbox: float = 20.0
    """For one mailbox, however many parts its view is read in."""
    held: float = 5.0
    """For a back-off to end within a reading; a longer one is kept to until the next."""
    alone: float = 3.0
    """For one mailbox alone where the process knew the password to be right a moment ago; then one other is asked for
    beside it."""
    slow: float = 5.0
    """A mailbox that takes longer is read last the next time."""
    lost: float = 55.0
    """For any result at all, less than a cycle may take; then the threads that are still at it are given up."""
