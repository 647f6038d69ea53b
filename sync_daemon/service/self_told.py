"""What this process of `run` says of itself in the store, for whoever asks how hanvisa is (`answers/health`)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version

from sync_daemon.errors import StoreUnavailable
from sync_daemon.store import Progress, RefusedSettings, Store


def keep_progress(store: Store, tenant: str, now: datetime, following: datetime | None) -> None:
    """That a cycle of the tenant has ended `now`, and when another is to begin. Raises StoreUnavailable."""
    progress = Progress(os.getpid(), socket.gethostname(), version("hanvisa"), now, following)
    store.keep_progress(tenant, progress)


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
