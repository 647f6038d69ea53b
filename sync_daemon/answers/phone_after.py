"""What becomes of a phone after somebody has acted on it: until when it stays closed or open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rules.command import Phone
from rules.referral import Referral, in_force
from sync_daemon.answers.store_at import closed_until
from sync_daemon.answers.wording import reason_told
from sync_daemon.settings import Tenant
from sync_daemon.texts import InEachLanguage, LocalTime, Text


def phone_after(referrals: Sequence[Referral], moment: datetime, tenant: Tenant) -> Text:
    """Of the person's referrals, as they are by then. Times aware."""

    def told(referral: Referral) -> InEachLanguage:
        return reason_told(referral.reason, tenant.rules.commands)

    current = in_force(referrals, moment)
    until = closed_until(tuple(referrals), moment)
    if current is not None and until is not None:
        values = {"until": LocalTime(until, tenant.zone, moment), "reason": told(current)}
        return Text("The phone stays closed until {until}: {reason}.", **values)
    following = next_closed(referrals, moment)
    if following is None:
        return Text("No referral that is known closes it after that.")
    start, referral = following
    values = {"start": LocalTime(start, tenant.zone, moment), "reason": told(referral)}
    if start.astimezone(tenant.zone).date() == moment.astimezone(tenant.zone).date():
        return Text("The phone closes again at {start}: {reason}.", **values)
    return Text("The phone closes next at {start}: {reason}.", **values)


def next_closed(referrals: Sequence[Referral], moment: datetime) -> tuple[datetime, Referral] | None:
    """When the phone is closed next after the moment, at which it is open, and by what; None where nothing is known."""
    edges = sorted({edge for one in referrals for edge in (one.start, one.until) if edge > moment})
    for edge in edges:
        current = in_force(referrals, edge)
        if current is not None and current.phone is Phone.CLOSED:
            return edge, current
    return None
