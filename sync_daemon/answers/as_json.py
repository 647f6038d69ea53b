"""What `--json` shows of a referral, a change and a finding: an interface, which may get fields and loses none.

The fields are those of docs/admin.md. What the store keeps in its own columns (`sync_daemon.store.stored_json`) looks
alike and has its own reasons to change.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rules.command import Alternative
from rules.entry import NearEntry
from rules.plan import Change
from rules.referral import Referral
from sync_daemon.answers.away import Away
from sync_daemon.answers.next_cycle import HeldChange
from sync_daemon.answers.setters import setter
from sync_daemon.answers.store_at import AlternativeNow
from sync_daemon.cycle.roster import Person
from sync_daemon.findings import Finding
from sync_daemon.store import ReadFrom
from sync_daemon.times import as_text


def time_json(moment: datetime | None) -> str | None:
    """A time in UTC as `2026-11-24T08:00:00Z`."""
    return None if moment is None else as_text(moment)


def alternative_json(alternative: Alternative | None) -> dict[str, str] | None:
    """An alternative as `{number, mode}`."""
    return None if alternative is None else {"number": alternative.number, "mode": alternative.mode.value}


def referral_json(referral: Referral | None) -> dict[str, Any] | None:
    """A referral as plans, changes and explanations have it."""
    if referral is None:
        return None
    return {
        "from": time_json(referral.start),
        "until": time_json(referral.until),
        "reason": referral.reason,
        "phone": referral.phone.value,
        "alternative": alternative_json(referral.alternative),
        "origin": referral.origin,
        "opened_at": time_json(referral.opened_at),
        "set_by": setter(referral),
    }


def referral_now_json(referral: Referral | None, now: AlternativeNow) -> dict[str, Any] | None:
    """A referral with its alternative as wished, and as it holds at the moment that is asked for."""
    told = referral_json(referral)
    return told and {**told, "alternative_now": alternative_json(now.alternative)}


def away_json(away: Away, *, every: bool) -> dict[str, Any]:
    """A line of `referrals`; with `every` its alternative as wished, else as it holds now."""
    return {
        "tenant": away.tenant,
        "extension": away.extension,
        "name": away.name,
        "reason": away.reason,
        "from": time_json(away.start),
        "until": time_json(away.until),
        "back": time_json(away.back),
        "phone": away.phone.value,
        "alternative": alternative_json(away.alternative if every else away.alternative_now),
        "alternative_now": alternative_json(away.alternative_now),
        "origin": away.origin,
        "opened_at": time_json(away.opened_at),
        "in_force": away.in_force,
        "unread_since": time_json(away.unread_since),
        "set_by": away.set_by,
    }


def pending_json(change: Change) -> dict[str, Any]:
    """What the next cycle would change, as `plan` has it."""
    return {
        "action": change.action.value,
        "before": referral_json(change.before),
        "after": referral_json(change.after),
        "cause": change.cause.value,
    }


def held_json(held: HeldChange) -> dict[str, Any]:
    """What the brake holds back: the change, the set, and since when."""
    return {**pending_json(held.change), "set": held.set, "since": time_json(held.since)}


def change_json(tenant: str, person: Person, change: Change) -> dict[str, Any]:
    """A planned change, an object a change."""
    return {
        "tenant": tenant,
        "mailbox": person.mailbox,
        "extensions": list(person.extensions),
        **pending_json(change),
    }


def near_miss_json(near: NearEntry) -> dict[str, Any]:
    """A near miss: its times, what was expected, what is wrong with it, the answer to the invitation."""
    return {
        "from": time_json(near.start.astimezone(UTC)),
        "until": time_json(near.end.astimezone(UTC)),
        "expected": near.expected,
        "kind": near.slip.value,
        "response": near.would_be.response.value,
    }


def finding_json(finding: Finding) -> dict[str, str]:
    """A line of `check`."""
    return {
        "severity": finding.severity.value,
        "thing": finding.thing,
        "problem": finding.problem,
        "remedy": finding.remedy,
    }


def doubted_json(read: ReadFrom | None) -> dict[str, Any] | None:
    """Where another source than before is read, and its readings do not agree yet."""
    if read is None or read.agreement is None:
        return None
    return {
        "source": read.origin.label,
        "before": read.before,
        "since": time_json(read.since),
        "readings": read.agreement.readings,
    }
