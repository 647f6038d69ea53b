"""Why a calendar could not be read: what an admin can do, whom it is about, and when it is asked for again.

What a failure is made of: an answer's code (`response_codes`), its HTTP status (`http_statuses`, `refused_logons`), or
an exception of the way there (`exceptions`, `tls`). Of what others say only codes are told on: their sentences may name
what is in a mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from rules.entry import Unreadable
from sync_daemon.sources import Elsewhere
from sync_daemon.texts import Text, with_values

SLOWLY = 900.0
"""Seconds until a mailbox is asked for again whose failure neither passes by itself nor is known to be mended."""


class Concerns(Enum):
    """Whom a failure is about."""

    MAILBOX = "this mailbox only"
    SERVER = "the server, or the way to it: where it goes on nobody else need be asked"
    ACCOUNT = "the service account: it was let in, and is not served. Where that goes on nobody else need be asked"
    PASSWORD = "the service account's password: it was refused, and is not sent for an hour"  # noqa: S105 - none
    LOGON = "the way to log on, before any password: nobody else need be asked for in this reading"
    VIEW = "a view that holds too much: a shorter one may be read"


class Again(Enum):
    """When a mailbox that could not be read is asked for again."""

    NOW = "at once, and once; where Exchange said how long it wants to be left alone, after that"
    SOON = "after the others, a few times, with fewer at once: the server is busy"
    NEXT = "in the next reading"
    SLOWLY = "after a quarter of an hour: it neither passes by itself, nor is it known who can mend it"


@dataclass(frozen=True, slots=True)
class Failure:
    """What an admin can do, in words without anything of the mailbox's.

    `why` is told behind it, in brackets: a code, or what happened. `back_off` is the seconds for which Exchange wants
    to hear nothing.
    """

    remedy: str
    concerns: Concerns = Concerns.MAILBOX
    back_off: float | None = None
    again: Again = Again.NEXT
    by_exchange: bool = False
    """It is Exchange's own word, to somebody whom it has let in."""
    why: str = ""
    elsewhere: bool = False
    """The server knows no such mailbox: another source of the tenant's may have it."""
    expired: bool = False
    """What was asked for by a link has run out, such as a round of changes: it is begun anew, not asked for again."""

    @property
    def is_busy(self) -> bool:
        """The server has too much to do at once, and did not say for how long."""
        return self.again is Again.SOON and not self.back_off

    def told(self, account: str) -> str:
        """What is said of it, with the service account's name."""
        remedy = with_values(self.remedy, account=account)
        return Text("{remedy} ({why})", remedy=remedy, why=self.why) if self.why else remedy

    def unreadable(self, account: str) -> Unreadable:
        """The reading that a mailbox has which failed so."""
        return Elsewhere(self.told(account)) if self.elsewhere else Unreadable(self.told(account))


LATER = Text("wait: it is read again by itself; if it lasts for hours, look at Exchange's own health")


def later(why: str, concerns: Concerns = Concerns.MAILBOX) -> Failure:
    """For what passes by itself, as a rule."""
    return Failure(LATER, concerns, why=why)


def with_code(failure: Failure, code: str, back_off: float | None) -> Failure:
    """The failure as Exchange itself said it, in the answer to somebody whom it let in."""
    return replace(failure, why=code, back_off=back_off, by_exchange=True)


HELD = later(Text("Exchange asked to be left alone for a while"))


def of_another(address: str) -> Failure:
    """For an answer that may be that of the mailbox of this address."""
    return Failure(
        Text(
            "leave one line in the directory where this is the mailbox of {address} too, else see that no proxy before "
            "Exchange mixes answers up: both showed the same items",
            address=address,
        )
    )
