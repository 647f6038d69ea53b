"""How much hangs on one connection, and how long a stream waits for what Exchange does, in seconds."""

from __future__ import annotations

from dataclasses import dataclass

from sync_daemon.sources.exchange.failure import Failure


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """The daemon's limits; tests have shorter ones."""

    on_one: int = 200
    """Subscriptions on one connection; Exchange takes no more.
    https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/how-to-maintain-affinity-between-group-of-subscriptions-and-mailbox-server
    """
    minutes: int = 4
    """For which a connection is asked to hang; Exchange takes 1 to 30.

    When it is opened anew Exchange looks whether it still has each subscription, and who has been added can join. So
    this is how long one that was evicted without a word goes unnoticed: no longer than a poll would take.
    https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/getstreamingevents-operation
    """
    silence: float = 90.0
    """Without a word on a connection, after which it is taken for lost; Exchange says something each 45 seconds or
    sooner, and where it is seen to be sooner no longer than twice that is waited."""
    first_word: float = 30.0
    """The same, until the first word on a connection."""
    renewal: float = 10.0
    """From the end of a connection to the next, during which its mailboxes count as listened for: what happens
    meanwhile is kept for the next one. So long it is subscribed to further mailboxes, too; the others wait."""
    well: float = 30.0
    """A connection that Exchange closes sooner has failed."""
    first_pause: float = 1.0
    """After a connection that failed; each time in a row twice as long, …"""
    longest_pause: float = 300.0
    """… up to this."""
    longest_busy: float = 10.0
    """The same, where the server has too much to do at once and does not say for how long."""
    refused: float = 600.0
    """Until a mailbox to which nobody may subscribe is tried again."""
    farewell: float = 2.0
    """For all subscriptions of a connection to be ended, when nobody listens any more; the others run out by
    themselves."""
    look: float = 0.5
    """Between two looks at whose mailboxes are to be listened for."""

    def pause(self, failure: Failure, failed: int) -> float:
        """The seconds until the next connection, where so many have failed in a row, the last one with this failure."""
        longest = self.longest_busy if failure.is_busy else self.longest_pause
        pause = min(self.first_pause * 2.0 ** min(failed - 1, 30), longest)
        return max(pause, min(failure.back_off or 0.0, self.longest_pause))
