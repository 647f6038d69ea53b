"""What waits to be told to the receivers of a tenant's notices, since when, and why it was not taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sync_daemon.answers.health.problems import Cause, HealthProblem
from sync_daemon.settings import Tenant
from sync_daemon.settings.notices import label_of
from sync_daemon.store import Outgoing, Store
from sync_daemon.texts import LocalTime, Text, by_number

LATE = timedelta(minutes=5)
"""What was said so long ago and still waits is told of."""


@dataclass(frozen=True, slots=True)
class ReceiverHealth:
    """How it stands with one receiver, by what a person knows it by; times aware, in UTC.

    So many words wait, the first since it was said at `since`. `problem` is why one of them was not taken, and
    `refused` whether somebody must mend something. `configured` is False of one that the configuration has no more.
    """

    receiver: str
    kind: str
    configured: bool
    waiting: int
    since: datetime | None
    problem: str | None
    refused: bool
    last_delivered: datetime | None


def receivers_of(tenant: Tenant, store: Store) -> tuple[ReceiverHealth, ...]:
    """Those of the configuration, and those of which something waits. Raises StoreUnavailable."""
    waiting: dict[str, list[Outgoing]] = defaultdict(list)
    for word in store.outgoing(tenant.id):
        waiting[word.receiver].append(word)
    last = store.last_delivered(tenant.id) if tenant.notices else {}
    labels = {one.id: one.label for one in tenant.notices}
    return tuple(
        _receiver(id_, labels.get(id_), waiting.get(id_, []), last.get(id_))
        for id_ in [*labels, *(id_ for id_ in waiting if id_ not in labels)]
    )


def _receiver(id_: str, label: str | None, waiting: Sequence[Outgoing], last: datetime | None) -> ReceiverHealth:
    failing = sorted((word for word in waiting if word.problem), key=lambda word: not word.refused)
    return ReceiverHealth(
        receiver=label or label_of(id_),
        kind=id_.partition(":")[0],
        configured=label is not None,
        waiting=len(waiting),
        since=min((word.notice.at for word in waiting), default=None),
        problem=failing[0].problem if failing else None,
        refused=bool(failing) and failing[0].refused,
        last_delivered=last,
    )


def told(tenant: str, receivers: Collection[ReceiverHealth], zone: ZoneInfo, now: datetime) -> Iterator[Text]:
    """A line a receiver."""
    for one in receivers:
        yield Text(
            "{tenant}: notices to {receiver}: {state}",
            tenant=tenant,
            receiver=one.receiver,
            state=_state(one, zone, now),
        )


def _state(one: ReceiverHealth, zone: ZoneInfo, now: datetime) -> Text:
    if one.since is not None:
        return _waiting(one, zone, now)
    if one.last_delivered is None:
        return Text("nothing waits")
    return Text("nothing waits; delivered last {at}", at=LocalTime(one.last_delivered, zone, now))


def _waiting(one: ReceiverHealth, zone: ZoneInfo, now: datetime | None = None) -> Text:
    values = {"count": one.waiting, "at": LocalTime(one.since, zone, now) if one.since else ""}
    said = by_number(
        one.waiting, Text("{count} waits, said {at}", **values), Text("{count} wait, the first said {at}", **values)
    )
    if not one.configured:
        return Text("{waiting}, and the configuration has the receiver no more", waiting=said)
    return Text("{waiting}: {problem}", waiting=said, problem=one.problem) if one.problem else said


def problems_of(tenant: Tenant, receivers: Collection[ReceiverHealth], now: datetime) -> Iterator[HealthProblem]:
    """What is refused, at once, and what has waited for long."""
    for one in receivers:
        if one.since is None or not (one.refused or now - one.since >= LATE):
            continue
        cause = Cause.NOTICES_REFUSED if one.refused else Cause.NOTICES_WAITING
        text = Text("notices to {receiver}: {state}", receiver=one.receiver, state=_waiting(one, tenant.zone))
        yield HealthProblem(cause, tenant.id, one.since, text, "hanvisa check --notices", f"{one.kind} {one.receiver}")
