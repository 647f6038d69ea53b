"""Mails what is due: looks at what is wrong, asks what is to be told to whom, sends it, and remembers that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

import structlog

from sync_daemon.alerts.decision import Due, decide, sent, unsent
from sync_daemon.alerts.memory import Memory
from sync_daemon.alerts.messages import alert
from sync_daemon.answers.health import Cause, Health, HealthProblem, without_store
from sync_daemon.errors import StoreUnavailable
from sync_daemon.settings import Settings
from sync_daemon.store import Alert
from sync_daemon.transport.mail import MailUnsent, Sent

Send = Callable[[Sequence[EmailMessage]], Sequence[Sent | MailUnsent]]
"""What became of each message."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told: the tenant of whose things alone (empty: of all), and their addresses."""

    tenant: str
    to: tuple[str, ...]

    def hears_of(self, problem: HealthProblem) -> bool:
        """Whether the problem concerns them: their own tenant's, and what all tenants share."""
        return not self.tenant or problem.tenant in {None, self.tenant}


@dataclass(frozen=True, slots=True)
class Memories:
    """Where it is kept who knows what: of the store's own trouble beside it, of all else in it (None: it is away)."""

    beside: Memory
    store: Memory | None


@dataclass(frozen=True, slots=True)
class Told:
    """What was due for an audience, and what became of it."""

    audience: Audience
    due: Due
    result: Sent | MailUnsent


def audiences(settings: Settings) -> list[Audience]:
    """Whom the configuration names; who hears of everything is not told a tenant's again."""
    everybody = Audience("", settings.alerts.to)
    own = [
        Audience(tenant.id, tuple(to for to in tenant.alerts_to if to not in everybody.to))
        for tenant in settings.tenants
    ]
    return [one for one in (everybody, *own) if one.to]


def tell(settings: Settings, health: Health, memories: Memories, send: Send) -> list[Told]:
    """Mails each audience what is due at the time of `health`; nothing where nobody is to be told anything.

    A store that cannot be written counts as one that is away: nothing else is known then, and nothing else told. Raises
    OSError where it can be kept nowhere who knows what: then nothing is sent, lest it be sent again and again.
    """
    named = audiences(settings)
    if not named:
        return []
    dues, kept_in = _claimed(settings, named, health, memories)
    to_tell = [one for one in named if dues[one.tenant]]
    if not to_tell:
        return []
    results = send([alert(dues[one.tenant], one.to, settings, health.at) for one in to_tell])
    told = [Told(one, dues[one.tenant], result) for one, result in zip(to_tell, results, strict=True)]
    again = _kept(told, kept_in, health.at)
    for one in told:
        _log(one, again.get(one.audience.tenant))
    return told


def _claimed(
    settings: Settings, named: Sequence[Audience], health: Health, memories: Memories
) -> tuple[Mapping[str, Due], list[Memory]]:
    """What is due, by audience, and where that is kept; other processes leave it to this one from now on."""
    claims = _Claims(named, frozenset({"", *(tenant.id for tenant in settings.tenants)}))
    kept_in = [memories.beside]
    if memories.store is not None:
        try:
            claims.claim(memories.store, [one for one in health.problems if not _of_the_store(one)], health.at)
            kept_in.append(memories.store)
        except StoreUnavailable as error:
            health = without_store(settings, error, health.at)
    claims.claim(memories.beside, [one for one in health.problems if _of_the_store(one)], health.at)
    return claims.dues, kept_in


def _of_the_store(problem: HealthProblem) -> bool:
    return problem.cause is Cause.STORE_UNAVAILABLE


class _Claims:
    """What is due to whom, one memory after another."""

    def __init__(self, named: Sequence[Audience], tenants: Collection[str]) -> None:
        self.dues = {one.tenant: Due(one.tenant) for one in named}
        self._named = named
        self._tenants = tenants

    def claim(self, memory: Memory, problems: Sequence[HealthProblem], now: datetime) -> None:
        """Of tenants and audiences that the configuration has no more nothing is known any more.

        Where it cannot be kept nothing is due: it would be told again and again.
        """
        claimed: dict[str, Due] = {}

        def change(alerts: Sequence[Alert]) -> list[Alert]:
            after: list[Alert] = []
            for one in self._named:
                its = [alert for alert in alerts if alert.audience == one.tenant and alert.tenant in self._tenants]
                decision = decide(one.tenant, filter(one.hears_of, problems), its, now)
                claimed[one.tenant] = decision.due
                after += decision.alerts
            return after

        memory.change(change)
        for tenant, due in claimed.items():
            before = self.dues[tenant]
            self.dues[tenant] = Due(tenant, (*before.begun, *due.begun), (*before.over, *due.over))


def _kept(told: Sequence[Told], kept_in: Sequence[Memory], now: datetime) -> dict[str, datetime]:
    """Remembers who knows what now; when it is tried again to tell whom it could not be told."""
    again: dict[str, datetime] = {}

    def change(alerts: Sequence[Alert]) -> list[Alert]:
        after = list(alerts)
        for one in told:
            after = (sent if isinstance(one.result, Sent) else unsent)(after, one.due, now)
        again.update({alert.audience: alert.next_try for alert in after if alert.tries and alert.next_try is not None})
        return after

    for memory in kept_in:
        with suppress(StoreUnavailable):  # what was claimed there keeps it from being told again at once
            memory.change(change)
    return again


def _log(told: Told, again: datetime | None) -> None:
    fields: dict[str, object] = {
        "audience": told.audience.tenant or None,
        "begun": sorted({problem.cause.value for problem in told.due.begun}),
        "over": sorted({one.cause.value for one in told.due.over}),
    }
    if isinstance(told.result, Sent):
        structlog.get_logger().info("alert_sent", **fields, refused=list(told.result.refused))
    else:
        structlog.get_logger().warning("alert_unsent", **fields, problem=str(told.result), next=again)
