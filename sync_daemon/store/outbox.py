"""Notices on their way to receivers: a row for each word and receiver, made in the transaction in which it is said.

What a row says stands in `notices`; here stands who is to get it, how often that was tried, and what became of it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from rules.departments import Notice, Reason, State
from sync_daemon.store.schema import Delivery, notices, outbox
from sync_daemon.store.stored_text import text_from_json, text_to_json

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A word of a department for one receiver, who may be told it again, and knows it by its `key`.

    `before` is what the receiver was told of the stretch last, None where nothing was. `notice` names no person. Where
    it could not be delivered, `tries` is how often, `problem` why the last time, and `refused` whether another try
    comes to nothing until somebody has mended something; it is tried again at `next_try`. Times aware, in UTC.
    """

    id: int
    key: str
    tenant: str
    receiver: str
    department: str
    notice: Notice
    emergency: str | None
    before: Notice | None
    tries: int = 0
    next_try: datetime | None = None
    refused: bool = False
    problem: str | None = None

    @property
    def over_at(self) -> datetime:
        """When it concerns the receiver no more: both what it says and what the receiver believes are over then."""
        return max(self.notice.until, self.before.until) if self.before else self.notice.until


@dataclass(frozen=True, slots=True)
class Sent:
    """How it stands with a word that is on its way to a receiver, or has been; since `ended_at` (UTC) it is not."""

    receiver: str
    state: Delivery
    ended_at: datetime | None


def put(connection: Connection, tenant: str, notice_id: int, receivers: Iterable[str]) -> None:
    """The word is to go to these receivers."""
    rows = [
        {
            "tenant": tenant,
            "notice_id": notice_id,
            "receiver": receiver,
            "key": str(uuid.uuid4()),
            "state": Delivery.WAITING.value,
            "tries": 0,
            "refused": False,
        }
        for receiver in receivers
    ]
    if rows:
        connection.execute(insert(outbox), rows)


def waiting(connection: Connection, tenant: str, receiver: str | None = None) -> list[Outgoing]:
    """The tenant's words that are still to be delivered, to one receiver or all, in the order of their saying."""
    query = _QUERY.where(outbox.c.tenant == tenant, outbox.c.state == Delivery.WAITING.value)
    if receiver is not None:
        query = query.where(outbox.c.receiver == receiver)
    rows = connection.execute(query.order_by(outbox.c.id)).all()
    told = _told(connection, {row.stretch for row in rows}) if rows else {}
    return [_outgoing(row, told.get((row.receiver, row.stretch), ())) for row in rows]


def _told(connection: Connection, stretches: Collection[int]) -> Mapping[tuple[str, int], Sequence[Notice]]:
    """What was delivered of these stretches, by receiver and stretch."""
    query = _QUERY.where(_STRETCH.in_(stretches), outbox.c.state == Delivery.DELIVERED.value)
    found: dict[tuple[str, int], list[Notice]] = defaultdict(list)
    for row in connection.execute(query.order_by(outbox.c.id)):
        found[row.receiver, row.stretch].append(_notice(row))
    return found


def _outgoing(row: Any, told: Sequence[Notice]) -> Outgoing:  # noqa: ANN401 - a row of _QUERY
    return Outgoing(
        id=row.id,
        key=row.key,
        tenant=row.tenant,
        receiver=row.receiver,
        department=row.department,
        notice=_notice(row),
        emergency=row.emergency,
        before=told[-1] if told else None,
        tries=row.tries,
        next_try=row.next_try,
        refused=row.refused,
        problem=text_from_json(row.problem),
    )


def _notice(row: Any) -> Notice:  # noqa: ANN401 - a row of _QUERY
    reason = Reason(row.reason) if row.reason else None
    return Notice(row.start, row.until, row.back, State(row.state), row.at, row.stretch, reason)


def delivered(connection: Connection, row: int, at: datetime) -> None:
    """It was taken."""
    _end(connection, row, Delivery.DELIVERED, at)


def over(connection: Connection, row: int, at: datetime) -> None:
    """It concerns nobody any more, and was not delivered."""
    _end(connection, row, Delivery.OVER, at)


def _end(connection: Connection, row: int, state: Delivery, at: datetime) -> None:
    ended: dict[str, Any] = {"state": state.value, "ended_at": at, "next_try": None, "problem": None, "refused": False}
    if state is Delivery.DELIVERED:
        ended["tries"] = outbox.c.tries + 1
    connection.execute(update(outbox).where(outbox.c.id == row).values(ended))


def failed(connection: Connection, row: int, next_try: datetime, problem: str, *, refused: bool) -> None:
    """It could not be delivered once more, and is tried again at that time."""
    values = {"next_try": next_try, "problem": text_to_json(problem), "refused": refused, "tries": outbox.c.tries + 1}
    connection.execute(update(outbox).where(outbox.c.id == row).values(values))


def last_delivered(connection: Connection, tenant: str) -> dict[str, datetime]:
    """When something was delivered to each receiver last."""
    query = select(outbox.c.receiver, func.max(outbox.c.ended_at))
    its = query.where(outbox.c.tenant == tenant, outbox.c.state == Delivery.DELIVERED.value)
    return dict(connection.execute(its.group_by(outbox.c.receiver)).all())


def sent(connection: Connection, stretches: Collection[int], at: datetime) -> dict[int, list[Sent]]:
    """By the id of a stretch how it stood then with the latest word that had been said of it, for each receiver."""
    query = select(_STRETCH.label("stretch"), outbox.c.receiver, outbox.c.state, outbox.c.ended_at)
    latest = select(func.max(notices.c.id)).where(_STRETCH.in_(stretches), notices.c.at <= at).group_by(_STRETCH)
    found: dict[int, list[Sent]] = defaultdict(list)
    its = query.join(notices, notices.c.id == outbox.c.notice_id).where(notices.c.id.in_(latest))
    for stretch, receiver, state, ended_at in connection.execute(its.order_by(outbox.c.id)):
        ended = ended_at is not None and ended_at <= at
        one = Sent(receiver, Delivery(state), ended_at) if ended else Sent(receiver, Delivery.WAITING, None)
        found[stretch].append(one)
    return found


_STRETCH = func.coalesce(notices.c.told_id, notices.c.id)
_QUERY = select(
    outbox.c.id,
    outbox.c.key,
    outbox.c.tenant,
    outbox.c.receiver,
    outbox.c.tries,
    outbox.c.next_try,
    outbox.c.refused,
    outbox.c.problem,
    notices.c.department,
    notices.c.start,
    notices.c.until,
    notices.c.back,
    notices.c.state,
    notices.c.at,
    notices.c.reason,
    notices.c.emergency,
    _STRETCH.label("stretch"),
).join(notices, notices.c.id == outbox.c.notice_id)
