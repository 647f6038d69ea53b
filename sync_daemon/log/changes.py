"""A change of a calendar's referral, as the log says it."""

from __future__ import annotations

import structlog

from rules.plan import Action, Cause, Change
from rules.referral import Referral


def about(tenant: str, mailbox: str, extension: str) -> structlog.stdlib.BoundLogger:
    """A logger whose events carry whom they concern."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger().bind(
        tenant=tenant, mailbox=mailbox, extension=extension
    )
    return bound


def change(made: Change, **context: object) -> None:
    """Log a change of the calendar's referrals that was written (with `dry_run=True`: that would have been)."""
    fields = _fields(made)
    log = structlog.get_logger()
    if made.cause is Cause.PUT_RIGHT:
        log.warning("referral_put_right", **context, **fields)
    elif made.action is Action.CREATE:
        log.info("referral_created", **context, **fields)
    elif made.action is Action.UPDATE:
        log.info("referral_updated", **context, **fields)
    else:
        log.info("referral_removed", **context, **fields)


def tenant_taken(tenant: str) -> None:
    """Log that this process has the tenant's lock."""
    structlog.get_logger().info("tenant_taken", tenant=tenant)


def referral_set(made: Referral, **context: object) -> None:
    """Log a referral that somebody set by hand."""
    structlog.get_logger().info("referral_set", **context, **_of(made))


def referral_withdrawn(before: Referral, **context: object) -> None:
    """Log that somebody has taken back what was set by hand; `before` is as it was."""
    structlog.get_logger().info("referral_withdrawn", **context, **_of(before))


def _fields(made: Change) -> dict[str, object]:
    referral = made.after or made.before
    if referral is None:
        return {"cause": made.cause}
    fields = {**_of(referral), "cause": made.cause}
    if made.before and made.after:
        fields |= {"was_from": made.before.start, "was_until": made.before.until}
    return fields


def _of(referral: Referral) -> dict[str, object]:
    fields: dict[str, object] = {
        "from": referral.start,
        "until": referral.until,
        "reason": referral.reason,
        "phone": referral.phone,
    }
    if referral.alternative is not None:
        fields |= {"alternative": referral.alternative.number, "mode": referral.alternative.mode}
    return fields
