"""How one tenant is: when its calendars were read last, who works on it, what of it could not be read or is held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sync_daemon.answers.health import certificates, tenant_problems
from sync_daemon.answers.health.problems import HealthProblem
from sync_daemon.answers.health.receivers import ReceiverHealth, receivers_of
from sync_daemon.answers.health.receivers import problems_of as problems_of_receivers
from sync_daemon.answers.health.tenant_problems import HeldBack, Reading, stale_after
from sync_daemon.errors import StoreUnavailable
from sync_daemon.settings import Settings, Tenant
from sync_daemon.settings.origin import called_today, origin_of
from sync_daemon.store import CHANGES, LEAVERS, Heard, Progress, Store
from sync_daemon.store.lock import Holder, TenantBusy
from sync_daemon.store.locks import tenant_lock


@dataclass(frozen=True, slots=True)
class TenantHealth:
    """How a tenant is, as of what the store, the lock and the files say; times aware, in UTC.

    `last_whole` is the latest cycle that asked for every mailbox that was due, and may be `stale_after` ago;
    `last_cycle` is the latest one of any kind. Before the first one ever (`is_new`) nothing is wrong yet. `holder`
    works on the tenant now; it is None where nobody does, and where that cannot be seen, `holder_known` is False.
    `version` and `next_cycle` are those of a `run` that does. `mailboxes` are as the store has them, of which
    `unreadable` could not be read, since `unreadable_since`. `heard` is how well that `run` listened for them.
    """

    tenant: str
    last_whole: datetime | None
    stale_after: timedelta
    last_cycle: datetime | None
    holder: Holder | None
    holder_known: bool
    version: str | None
    next_cycle: datetime | None
    mailboxes: int
    unreadable: int
    unreadable_since: datetime | None
    near_misses: int
    held: tuple[HeldBack, ...]
    problems: tuple[HealthProblem, ...]
    heard: tuple[Heard, ...] = ()
    unheard: int = 0
    """Of how many mailboxes, in shards that did not say it, it is not known whether they are listened for."""
    doubted: int = 0
    """How many are read from another source than before, whose readings there do not agree yet."""
    receivers: tuple[ReceiverHealth, ...] = ()
    """Who is sent notices, and what waits for them."""
    read_from: Mapping[str, int] = field(default_factory=dict)
    """How many were read from which of several sources last, by what it is called."""

    @property
    def is_new(self) -> bool:
        """Whether there was no cycle yet."""
        return self.last_cycle is None

    @property
    def read(self) -> int:
        """How many mailboxes could be read when each was asked for last."""
        return 0 if self.is_new else max(self.mailboxes - self.unreadable, 0)


def tenant_health(  # noqa: PLR0913, PLR0917 - what it is seen in
    tenant: Tenant, settings: Settings, store: Store, mailboxes: int, installed: str, now: datetime
) -> TenantHealth:
    """The tenant as it is `now`, aware; `mailboxes` are as the store has them. Raises StoreUnavailable."""
    holder, known = holder_of(tenant, settings)
    said = store.progress(tenant.id)
    progress = _progress_of(said, holder)
    last = store.latest_cycle(tenant.id)
    whole = store.latest_whole_cycle(tenant.id)
    # Version 0.1 did not note since when.
    since = [began or last or now for began in store.unread_since(tenant.id).values()]
    held = tuple(_held(store, tenant.id))
    receivers = receivers_of(tenant, store)
    problems = (
        *not_read(tenant, settings, store, now),
        *tenant_problems.refused(tenant, store.refused_settings(tenant.id), holder),
        *tenant_problems.directory(tenant, store.directory_refused_since(tenant.id), store.directory_errors(tenant.id)),
        *tenant_problems.folders(tenant),
        *certificates.problems_of(tenant, said.certificates if said else {}, now),
        *tenant_problems.unreadable(tenant, since, mailboxes),
        *tenant_problems.held_back(tenant, held),
        *problems_of_receivers(tenant, receivers, now),
        *tenant_problems.other_version(tenant, progress, installed),
    )
    return TenantHealth(
        tenant=tenant.id,
        last_whole=whole,
        stale_after=stale_after(settings.service),
        last_cycle=last,
        holder=holder,
        holder_known=known,
        version=progress.version if progress else None,
        next_cycle=progress.next if progress else None,
        mailboxes=mailboxes,
        unreadable=min(len(since), mailboxes),
        unreadable_since=min(since, default=None),
        near_misses=sum(store.near_misses(tenant.id).values()),
        held=held,
        problems=problems,
        heard=progress.heard if progress else (),
        unheard=progress.unheard if progress else 0,
        doubted=store.doubted_count(tenant.id),
        receivers=receivers,
        read_from=_read_from(tenant, store) if len(tenant.sources) > 1 else {},
    )


def _read_from(tenant: Tenant, store: Store) -> dict[str, int]:
    """By each source's name, and by that of one that is no more: how many were read from there last."""
    configured = [origin_of(source) for source in tenant.sources]
    counts = Counter({origin.label: 0 for origin in configured})
    for found, count in store.read_from_counts(tenant.id).items():
        counts[called_today(found, configured)] += count
    return dict(sorted(counts.items()))


def not_read(tenant: Tenant, settings: Settings, store: Store, now: datetime) -> Iterator[HealthProblem]:
    """That the tenant's calendars were last read too long ago. Raises StoreUnavailable."""
    whole = store.latest_whole_cycle(tenant.id)
    reading = Reading(whole or store.first_cycle(tenant.id), whole is not None, *holder_of(tenant, settings))
    yield from tenant_problems.not_read(tenant, reading, settings.service, now)


def old_at(
    tenant: Tenant, settings: Settings, store: Store, asked: datetime | None, now: datetime
) -> Iterator[HealthProblem]:
    """The same, for who asks of a time (None: of now) what the store knows; both aware.

    What is asked of the time to come is as old as it is now. A store whose cycles are told their time (`once --at`,
    which `run` ends) lives in that time: it is as old as the time that is asked for, and of the time before not old.
    """
    last = store.latest_whole_cycle(tenant.id) or store.first_cycle(tenant.id)
    if asked is None or last is None or store.marked("run"):
        yield from not_read(tenant, settings, store, now)
    elif asked >= last:
        yield from not_read(tenant, settings, store, min(asked, now) if last <= now else asked)


def holder_of(tenant: Tenant, settings: Settings) -> tuple[Holder | None, bool]:
    """Who works on the tenant, None for nobody; and whether that can be seen."""
    try:
        return tenant_lock(settings.store_url, tenant.id).holder(), True
    except (TenantBusy, StoreUnavailable):
        return None, False


def _progress_of(progress: Progress | None, holder: Holder | None) -> Progress | None:
    """What the `run` that works on the tenant said of itself last; nothing of one that is dead."""
    if progress is None or holder is None or (progress.pid, progress.host) != (holder.pid, holder.host):
        return None
    return progress


def _held(store: Store, tenant: str) -> Iterator[HeldBack]:
    """Sets of which something is not approved yet."""
    for one in (one for kind in (CHANGES, LEAVERS) for one in store.held_sets(tenant, kind)):
        if one.unapproved:
            yield HeldBack(one.set, one.kind, len(one.unapproved), one.first_reading)
