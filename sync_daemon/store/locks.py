"""The tenants' locks of a store, whichever database it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_daemon.store.databases import is_postgresql, parsed_url
from sync_daemon.store.lock import TenantLock

if TYPE_CHECKING:
    from sync_daemon.store.lock import Lock


def tenant_lock(url: str, tenant: str) -> Lock:
    """The tenant's in the store at the url. Raises UserError where the url is none."""
    parsed = parsed_url(url)
    if is_postgresql(parsed):
        from sync_daemon.store.postgresql_lock import SessionLock  # noqa: PLC0415 - only who has it needs it

        return SessionLock(parsed, tenant)
    return TenantLock(url, tenant)
