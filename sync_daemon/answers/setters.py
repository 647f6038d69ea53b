"""Who set a referral, or changed it, for people and in JSON."""

from __future__ import annotations

from rules.referral import CALENDAR, Referral
from sync_daemon.texts import Text


def setter(referral: Referral) -> str:
    """Who set it; of what an older version remembers without a name, and of another system's, its origin."""
    return referral.set_by or referral.origin


def named(by: str) -> str:
    """Whoever did it, as a person is told: the calendar and the directory are no names, nor is an operator."""
    if by == CALENDAR:
        return Text("the calendar")
    return {"directory": Text("the directory"), "operator": Text("an operator")}.get(by, by)
