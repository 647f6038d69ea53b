"""What the shards of a large tenant are asked for, and what they answer: one row for each shard.

A cycle's request takes the place of the one before, and its answer goes with that; an answer to another cycle than the
latest is dropped. Both are JSON that nobody looks into here (`sync_daemon/cycle/shard_told.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from sync_daemon.store.schema import shards

if TYPE_CHECKING:
    from sqlalchemy import Connection


def shard_named(tenant: str, number: int) -> str:
    """The shard's name, by which its lock is taken; a tenant's has no slash."""
    return f"{tenant}/{number}"


def ask(connection: Connection, tenant: str, requests: Mapping[int, str], count: int) -> int:
    """Asks these shards, by their numbers, of so many; the number of the cycle that their answers are told by."""
    its = shards.c.tenant == tenant
    cycle = (connection.scalar(select(func.max(shards.c.cycle)).where(its)) or 0) + 1
    connection.execute(delete(shards).where(its, shards.c.number >= count))
    known = set(connection.scalars(select(shards.c.number).where(its)))
    for number, request in requests.items():
        asked = {"cycle": cycle, "request": request, "answer": None}
        if number in known:
            connection.execute(update(shards).where(its, shards.c.number == number).values(**asked))
        else:
            connection.execute(insert(shards), {"tenant": tenant, "number": number, **asked})
    return cycle


def request(connection: Connection, tenant: str, number: int) -> tuple[int, str] | None:
    """The cycle and the request that the shard has not answered yet; None where there is none."""
    query = select(shards.c.cycle, shards.c.request).where(
        shards.c.tenant == tenant, shards.c.number == number, shards.c.answer.is_(None)
    )
    found = connection.execute(query).one_or_none()
    return None if found is None else (found.cycle, found.request)


def answer(  # noqa: PLR0913, PLR0917 - a row
    connection: Connection, tenant: str, number: int, cycle: int, told: str, host: str
) -> bool:
    """That cycle's answer, by that host; False where the shard is asked for another one by now."""
    query = update(shards).where(shards.c.tenant == tenant, shards.c.number == number, shards.c.cycle == cycle)
    return connection.execute(query.values(answer=told, host=host)).rowcount > 0


def answers(connection: Connection, tenant: str, cycle: int, numbers: Collection[int]) -> dict[int, str]:
    """Those of that cycle that are there, of the shards with these numbers."""
    query = select(shards.c.number, shards.c.answer).where(
        shards.c.tenant == tenant,
        shards.c.cycle == cycle,
        shards.c.number.in_(numbers),
        shards.c.answer.is_not(None),
    )
    return dict(connection.execute(query).all())


def hosts(connection: Connection, tenant: str) -> dict[int, str]:
    """Who read each shard last."""
    query = select(shards.c.number, shards.c.host).where(shards.c.tenant == tenant, shards.c.host.is_not(None))
    return dict(connection.execute(query).all())


def end(connection: Connection, tenant: str) -> None:
    """What no shard has answered yet is asked no more."""
    unanswered = shards.c.tenant == tenant, shards.c.answer.is_(None)
    connection.execute(update(shards).where(*unanswered).values(answer=""))


def any_asked(connection: Connection) -> bool:
    """Whether any tenant has ever been read in shards."""
    return connection.scalar(select(shards.c.number).limit(1)) is not None
