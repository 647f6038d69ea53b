"""For how many of a tenant's mailboxes `run` listens, and which are polled though they are to be listened for.

That is no trouble: a change is seen later, at the interval, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from sync_daemon.answers.health.tenant import TenantHealth
from sync_daemon.store import Heard
from sync_daemon.texts import Text


def told(tenant: TenantHealth) -> Iterator[Text]:
    """How it was a moment ago; nothing where no source is set to listen, or nobody works on the tenant."""
    for heard in tenant.heard:
        of = heard.listened + sum(heard.lacks.values())
        yield Text(
            "{thing}: {count} of {of} mailboxes are listened for",
            thing=_thing(tenant, heard),
            count=heard.listened,
            of=of,
        )
    yield from (Text("{thing}: {problem}", thing=thing, problem=problem) for thing, problem in lacks(tenant))


def lacks(tenant: TenantHealth) -> Iterator[tuple[str, Text]]:
    """What listening lacks, or is not known to have: of what, and what."""
    for heard in tenant.heard:
        for why, count in heard.lacks.items():
            problem = Text("{count} are polled, though they are to be listened for: {why}", count=count, why=why)
            yield _thing(tenant, heard), problem
    if tenant.unheard:
        problem = Text(
            "of {count} mailboxes it is not known whether they are listened for: in the last cycle, whoever reads "
            "their shards did not say",
            count=tenant.unheard,
        )
        yield tenant.tenant, problem


def _thing(tenant: TenantHealth, heard: Heard) -> str:
    if heard.source is None:
        return tenant.tenant
    return Text("{tenant}: source {source}", tenant=tenant.tenant, source=heard.source)
