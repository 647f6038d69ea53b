"""Who looks at a page, and what they may see and change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who has signed in, or another system; `name` is what the store and the log keep of them.

    They see and act on the tenants that they are an operator of; of those that they are an admin of they see
    everything. Who is an admin of a tenant is an operator of it as well. `origin` is whose referrals they set.
    """

    name: str
    operates: frozenset[str]
    administers: frozenset[str] = frozenset()
    origin: str = "operator"

    def sees(self, tenant: str) -> bool:
        """Whether they may see the tenant's people, and act on their phones."""
        return tenant in self.operates or tenant in self.administers

    def may_administer(self, tenant: str) -> bool:
        """Whether they may see how the tenant is, and approve what is held back."""
        return tenant in self.administers

    def of(self, tenants: Collection[str]) -> list[str]:
        """Those of these tenants that they see, in the same order."""
        return [tenant for tenant in tenants if self.sees(tenant)]
