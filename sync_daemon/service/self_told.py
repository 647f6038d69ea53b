"""What this process of `run` says of itself in the store, for whoever asks how hanvisa is (`answers/health`)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version

from sync_daemon.cycle.shard_hearing import NOBODY_LISTENS, TenantHearing
from sync_daemon.errors import StoreUnavailable
from sync_daemon.settings import EwsSource, Tenant
from sync_daemon.sources.certificates import SEEN
from sync_daemon.store import Heard, Progress, RefusedSettings, Store


def keep_progress(
    store: Store,
    tenant: Tenant,
    now: datetime,
    following: datetime | None,
    hearing: TenantHearing = NOBODY_LISTENS,
) -> None:
    """That a cycle of the tenant has ended `now`, when another is to begin, and how well its sources are listened for.

    Raises StoreUnavailable.
    """
    endpoints = [source.endpoint for source in tenant.sources if isinstance(source, EwsSource)]
    known = store.progress(tenant.id) if endpoints else None  # what ended is shown to nobody who has begun since
    before = {address: end for address, end in known.certificates.items() if address in endpoints} if known else {}
    certificates = before | SEEN.ends_of(endpoints)
    heard = _heard(hearing)
    progress = Progress(
        os.getpid(), socket.gethostname(), version("hanvisa"), now, following, certificates, heard, hearing.unknown
    )
    store.keep_progress(tenant.id, progress)


def keep_hearing(store: Store, tenant: str, hearing: TenantHearing) -> None:
    """How well the tenant's sources are listened for, between two cycles. Raises StoreUnavailable."""
    known = store.progress(tenant)
    if known is not None and (known.pid, known.host) == (os.getpid(), socket.gethostname()):
        store.keep_progress(tenant, replace(known, heard=_heard(hearing), unheard=hearing.unknown))


def _heard(hearing: TenantHearing) -> tuple[Heard, ...]:
    return tuple(Heard(name, one.listened, dict(one.lacks)) for name, one in hearing.by_source.items())


def keep_refused(store: Store, tenant: str | None, problem: str, now: datetime) -> None:
    """Why the tenant is not worked on, or (None) the new configuration is not in use; nothing where the store is away.

    Whoever asks reads the configuration itself as well, so that a store that is away hides no more than a reload's.
    """
    with suppress(StoreUnavailable):
        store.refuse_settings(tenant, RefusedSettings(os.getpid(), socket.gethostname(), now, problem))


def keep_accepted(store: Store, tenant: str | None) -> None:
    """That is over; nothing where the store is away."""
    with suppress(StoreUnavailable):
        if store.refused_settings(tenant) is not None:
            store.accept_settings(tenant)
