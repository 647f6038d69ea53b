"""What an address of the list asks for: what is typed, the filters, the order. It can be kept as a bookmark."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sync_daemon.answers.board.roll import Filters, Order

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

_SOON = timedelta(hours=1)
_LONGEST = 200
"""Characters of a value that are looked at."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields of the form, as they were filled in; empty where they were not.

    `department` is `tenant/name`, for two tenants may each have one of a name.
    """

    q: str = ""
    tenant: str = ""
    department: str = ""
    away: bool = False
    soon: bool = False
    sort: Order = "name"

    @classmethod
    def by(cls, query: QueryParams) -> Asked:
        """By the address; a value that cannot be is as none."""
        return cls(
            q=query.get("q", "")[:_LONGEST],
            tenant=query.get("tenant", "")[:_LONGEST],
            department=query.get("department", "")[:_LONGEST],
            away=bool(query.get("away")),
            soon=bool(query.get("soon")),
            sort="return" if query.get("sort") == "return" else "name",
        )

    @property
    def filters(self) -> Filters:
        """What a person must be to be shown."""
        of, _, department = self.department.partition("/")
        return Filters(of or self.tenant or None, department or None, self.away, _SOON if self.soon else None)

    def of(self, tenants: Collection[str]) -> Asked:
        """As it can be answered to who sees those tenants.

        A department of another tenant than the one that is chosen wins over it, for nobody is in both; a tenant that
        is not seen is as none, so that no filter works that the form does not show.
        """
        of = self.department.partition("/")[0]
        department = self.department if of in tenants else ""
        tenant = self.tenant if self.tenant in tenants else ""
        return replace(self, department=department, tenant=of if department and tenant else tenant)

    @property
    def has_filters(self) -> bool:
        """Whether a filter is on, whatever is typed."""
        return bool(self.tenant or self.department or self.away or self.soon)

    @property
    def is_filtered(self) -> bool:
        """Whether anything is left out."""
        return bool(self.q.strip()) or self.has_filters
