"""How long a source waits for what Exchange does, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """The daemon's limits; tests have shorter ones."""

    connect: float = 10.0
    """Until a connection comes about."""
    answer: float = 30.0
    """Until an answer is there, whole, from its first header to its last byte."""
    logon_answer: float = 110.0
    """The same, while nobody knows whether the password is right: a refusal that comes late must be heard, lest the
    password be sent again and again. Once another mailbox was let in, `answer` holds for what is still out."""
    next_logon: float = 45.0
    """Until the password is tried with one more mailbox, beside those whose answers do not come."""
    next_known_logon: float = 3.0
    """The same for the second mailbox, where this process knew the password to be right a moment ago."""
    session: float = 5.0
    """For a session of the pool; there are as many as threads, so that one is always free."""
    mailbox: float = 20.0
    """For one mailbox, however many parts its view is read in."""
    back_off: float = 5.0
    """For a back-off to end within a reading; a longer one is kept to until the next reading."""
    slow: float = 5.0
    """A mailbox that takes longer is read last the next time."""
    any_result: float = 55.0
    """For a result from any thread, less than a cycle may take; then those that are still at work are abandoned."""
