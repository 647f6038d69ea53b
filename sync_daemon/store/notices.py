"""What the switchboard was told of unmanned departments: a row for each word, in the order of its saying.

See docs/rules.md §8.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select

from rules.departments import Notice, Reason, State
from sync_daemon.store import outbox
from sync_daemon.store.schema import notices

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select


def said(connection: Connection, tenant: str, since: datetime, at: datetime | None = None) -> dict[str, list[Notice]]:
    """By department, the last word (by `at`, where it is given) of each stretch that ends after `since`."""
    values = {"tenant": tenant, "since": since, **({} if at is None else {"at": at})}
    found: dict[str, list[Notice]] = defaultdict(list)
    for department, *word in connection.execute(_last_words(then=at is not None), values):
        found[department].append(_notice(word))
    return found


@cache  # for it runs with every cycle, and building it takes longer than running it
def _last_words(*, then: bool) -> Select[Any]:
    """As of now, or `then`, up to `at`."""
    stretch = func.coalesce(notices.c.told_id, notices.c.id)
    spoken = (notices.c.tenant == bindparam("tenant"), *((notices.c.at <= bindparam("at"),) if then else ()))
    last = select(func.max(notices.c.id)).where(*spoken).group_by(stretch)
    query = select(notices.c.department, *_COLUMNS, stretch)
    return query.where(notices.c.id.in_(last), notices.c.until > bindparam("since")).order_by(*_ORDER)


def words(connection: Connection, ids: Collection[int], at: datetime) -> dict[int, list[Notice]]:
    """By the id of the stretch every word that was said of it by `at`, in the order of their saying."""
    stretch = func.coalesce(notices.c.told_id, notices.c.id)
    query = select(*_COLUMNS, stretch).where(stretch.in_(ids), notices.c.at <= at)
    found: dict[int, list[Notice]] = {id_: [] for id_ in ids}
    for word in connection.execute(query.order_by(notices.c.id)):
        found[word[-1]].append(_notice(word))
    return found


def _notice(row: Sequence[Any]) -> Notice:
    """Of _COLUMNS and the id of the stretch."""
    start, until, back, state, told_at, reason, whose, id_ = row
    return Notice(start, until, back, State(state), told_at, id_, reason and Reason(reason), tuple(whose or ()))


def say(
    connection: Connection,
    tenant: str,
    saying: Mapping[str, Sequence[Notice]],
    emergency: Mapping[str, str | None],
    receivers: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> None:
    """Writes what is said of departments now, with their emergency numbers, and to which receivers it is to go."""
    for department, its in saying.items():
        for one in its:
            row = {
                "tenant": tenant,
                "department": department,
                "start": one.start,
                "until": one.until,
                "back": one.back,
                "emergency": emergency.get(department),
                "state": one.state.value,
                "at": one.at,
                "told_id": one.id,
                "reason": one.reason and one.reason.value,
                "whose": list(one.whose) or None,
            }
            written = connection.execute(insert(notices), row).inserted_primary_key
            if written is not None:
                outbox.put(connection, tenant, written.id, receivers.get(department, ()))


_COLUMNS = (
    notices.c.start,
    notices.c.until,
    notices.c.back,
    notices.c.state,
    notices.c.at,
    notices.c.reason,
    notices.c.whose,
)
_ORDER = (notices.c.start, notices.c.id)
