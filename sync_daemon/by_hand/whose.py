"""Whose phone is meant."""

from __future__ import annotations

from collections.abc import Iterable

from sync_daemon.numbers import normalised
from sync_daemon.settings import Tenant
from sync_daemon.store import Store, StoredSubscriber


def whose(store: Store, tenants: Iterable[Tenant], number: str) -> tuple[Tenant, StoredSubscriber] | None:
    """Whoever of these tenants has the extension, in any spelling; None where nobody of them has."""
    by_id = {tenant.id: tenant for tenant in tenants}
    for country in dict.fromkeys(tenant.rules.country for tenant in by_id.values()):
        extension = normalised(number, country)
        person = store.find(extension) if extension else None
        if person is not None and person.tenant in by_id:
            return by_id[person.tenant], person
    return None
