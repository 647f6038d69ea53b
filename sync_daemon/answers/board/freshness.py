"""How far what the board shows of a tenant can be trusted: when its calendars were read, and whether anybody reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sync_daemon.answers.health.tenant import holder_of, old_at
from sync_daemon.settings import Settings, Tenant
from sync_daemon.store import Store
from sync_daemon.texts import LocalTime, Text, by_number


@dataclass(frozen=True, slots=True)
class Freshness:
    """Of one tenant. `read_at` is when every calendar was read last, in UTC, None where that has never been.

    `is_stale`: that is too long ago. `is_served`: `hanvisa run` or `once` works on it now; None where that cannot be
    seen. `unreadable` of `people` cannot be read, which `unread` says, and `doubts` what else is plainly wrong.
    """

    tenant: str
    read_at: datetime | None
    is_stale: bool
    is_served: bool | None
    people: int
    unreadable: int
    doubts: tuple[Text, ...]
    unread: Text | None
    told: Text

    @property
    def warnings(self) -> tuple[Text, ...]:
        """The doubts, and that calendars cannot be read."""
        return self.doubts if self.unread is None else (*self.doubts, self.unread)


def freshness_of(tenant: Tenant, settings: Settings, store: Store, people: int, now: datetime) -> Freshness:
    """The tenant's, `now`, aware. Raises StoreUnavailable."""
    read_at = store.latest_whole_cycle(tenant.id)
    old = list(old_at(tenant, settings, store, None, now))
    holder, can_be_seen = holder_of(tenant, settings)
    unreadable = len(store.unreadable(tenant.id))
    dead = can_be_seen and holder is None and store.marked("run")
    return Freshness(
        tenant=tenant.id,
        read_at=read_at,
        is_stale=bool(old),
        is_served=holder is not None if can_be_seen else None,
        people=people,
        unreadable=unreadable,
        doubts=tuple(_doubts(tenant, read_at, [one.text for one in old], dead=dead)),
        unread=_unread(tenant, unreadable, people) if unreadable else None,
        told=_told(tenant, read_at, unreadable, now),
    )


def _told(tenant: Tenant, read_at: datetime | None, unreadable: int, now: datetime) -> Text:
    if read_at is None:
        return Text("The calendars have not all been read yet.")
    at = LocalTime(read_at, tenant.zone, now)
    if not unreadable:
        return Text("The calendars were read {at}.", at=at)
    return by_number(
        unreadable,
        Text("The calendars were read {at}, but for one person's.", at=at),
        Text("The calendars were read {at}, but for those of {count} people.", at=at, count=unreadable),
    )


def _doubts(tenant: Tenant, read_at: datetime | None, old: list[Text], *, dead: bool) -> Iterator[Text]:
    if old:
        yield from (
            Text("{tenant}: what stands here may be old: {problem}", tenant=tenant.id, problem=one) for one in old
        )
    elif dead and read_at is not None:
        at = LocalTime(read_at, tenant.zone)
        yield Text(
            "{tenant}: nothing new arrives, for `hanvisa run` does not run; what stands here is of {at}",
            tenant=tenant.id,
            at=at,
        )


def _unread(tenant: Tenant, unreadable: int, people: int) -> Text:
    return by_number(
        unreadable,
        Text("{tenant}: the calendar of one person cannot be read", tenant=tenant.id),
        Text(
            "{tenant}: the calendars of {count} people of {people} cannot be read",
            tenant=tenant.id,
            count=unreadable,
            people=people,
        ),
    )
