"""Mails what is due: looks at what is wrong, asks what is to be told to whom, sends it, and remembers that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

import structlog

from sync_daemon.alerts.decision import Due, decide, sent, unsent
from sync_daemon.alerts.mail import MailUnsent, Sent
from sync_daemon.alerts.memory import Memory
from sync_daemon.alerts.messages import alert
from sync_daemon.answers.health import Cause, Health, HealthProblem
from sync_daemon.settings import Settings
from sync_daemon.store import Alert

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
    """Where it is kept who knows what. The store's own trouble is kept beside it; of all else nothing is known then."""

    beside: Memory
    store: Memory | None

    def parts(self) -> Iterator[tuple[Memory, Callable[[str], bool]]]:
        """Each with what tells the causes that it keeps."""
        yield self.beside, lambda cause: cause == Cause.STORE_UNAVAILABLE
        if self.store is not None:
            yield self.store, lambda cause: cause != Cause.STORE_UNAVAILABLE


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

    Raises StoreUnavailable or OSError where it cannot be kept who knows what: then nothing is sent, lest it be sent
    again and again.
    """
    named = audiences(settings)
    if not named:
        return []
    dues = _claimed(settings, named, health, memories)
    to_tell = [one for one in named if dues[one.tenant]]
    if not to_tell:
        return []
    mails = [alert(dues[one.tenant], one.to, settings, health.at) for one in to_tell]
    results = send(mails)
    told = [Told(one, dues[one.tenant], result) for one, result in zip(to_tell, results, strict=True)]
    again: dict[str, datetime] = {}

    def change(alerts: Sequence[Alert]) -> list[Alert]:
        after = list(alerts)
        for one in told:
            after = (sent if isinstance(one.result, Sent) else unsent)(after, one.due, health.at)
        again.update({alert.audience: alert.next_try for alert in after if alert.tries and alert.next_try is not None})
        return after

    for memory, _ in memories.parts():
        memory.change(change)
    for one in told:
        _log(one, again.get(one.audience.tenant))
    return told


def _claimed(settings: Settings, named: Sequence[Audience], health: Health, memories: Memories) -> dict[str, Due]:
    """What is due, by audience; from now on other processes leave it to this one for some minutes."""
    dues: dict[str, Due] = defaultdict(lambda: Due(""))
    known = {"", *(tenant.id for tenant in settings.tenants)}
    for memory, keeps in memories.parts():

        def change(alerts: Sequence[Alert], keeps: Callable[[str], bool] = keeps) -> list[Alert]:
            after: list[Alert] = []
            for one in named:
                problems = [found for found in health.problems if keeps(found.cause) and one.hears_of(found)]
                its = [alert for alert in alerts if alert.audience == one.tenant and alert.tenant in known]
                decision = decide(one.tenant, problems, its, health.at)
                before = dues[one.tenant]
                due = decision.due
                dues[one.tenant] = Due(one.tenant, (*before.begun, *due.begun), (*before.over, *due.over))
                after += decision.alerts
            return after

        memory.change(change)
    return dues


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
