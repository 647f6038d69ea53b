"""Extensions that two tenants' directories name: a switchboard has each number once, so one of two goes without."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from sync_daemon.directory import DirectoryUnusable, read
from sync_daemon.findings import Finding, Severity
from sync_daemon.settings import Settings, Tenant
from sync_daemon.texts import Listed, Text, listed

_SHOWN = 5
"""So many of two tenants' are named."""


def findings(settings: Settings, only: Collection[Tenant]) -> Iterator[Finding]:
    """One for each two tenants that share any, where one of them is among `only`; of the files alone, not the store.

    A directory that cannot be used is told of elsewhere.
    """
    lines = {tenant.id: _lines(tenant) for tenant in settings.tenants}
    chosen = {tenant.id for tenant in only}
    for one, other in combinations(settings.tenants, 2):
        shared = sorted(lines[one.id].keys() & lines[other.id].keys())
        if shared and not chosen.isdisjoint({one.id, other.id}):
            yield _finding(one, other, [(number, lines[one.id][number], lines[other.id][number]) for number in shared])


def _lines(tenant: Tenant) -> Mapping[str, int]:
    """The line in which each extension stands."""
    try:
        said = read(tenant.directory, tenant)
    except DirectoryUnusable:
        return {}
    return {number: line.number for line in said.subscribers for number in line.extensions}


def _finding(one: Tenant, other: Tenant, shared: list[tuple[str, int, int]]) -> Finding:
    problem = Text(
        "the same extensions stand in {first} and in {second}: {extensions}",
        first=one.directory,
        second=other.directory,
        extensions=_told(shared),
    )
    remedy = Text(
        "take each out of the directory whose it is not; until then who had it first keeps it, and the other one is"
        " without it, or, without any other extension, not read"
    )
    return Finding(Severity.ERROR, Text("{one} and {other}", one=one.id, other=other.id), problem, remedy)


def _told(shared: list[tuple[str, int, int]]) -> Listed:
    told = [
        Text("{extension} (lines {first} and {second})", extension=number, first=first, second=second)
        for number, first, second in shared[:_SHOWN]
    ]
    if more := len(shared) - len(told):
        told.append(Text("and {count} more", count=more))
    return listed(told)
