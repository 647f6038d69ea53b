"""The times of what is done by hand: how they are written, and which are too late or too far ahead."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, tzinfo

from rules import by_hand as limits
from sync_daemon.by_hand.refusals import Field, Refused
from sync_daemon.printable import quoted
from sync_daemon.settings import Tenant
from sync_daemon.store import Store
from sync_daemon.texts import LocalTime, Text

_FIRST_YEAR, _LAST_YEAR = 1970, 2199
"""Of a time that may be asked for: every sum of times that is made of one is a time as well."""

_IN_ONE_WORD = "13.00, 2026-11-24T09:30"
"""Examples of a time, as a command line takes it."""

_TIME_OF_DAY = re.compile(
    r"(?:(?P<date>\d{4}-\d\d-\d\d)[T ])?(?P<hours>\d{1,2})[.:](?P<minutes>\d\d)(?P<rest>\D.*)?", re.ASCII
)
"""A time of day with either mark, which Swedish writes with a stop; alone it is today's."""


def read_time(
    text: str, zone: tzinfo, now: datetime, field: Field | None = None, *, examples: str = _IN_ONE_WORD
) -> datetime:
    """A time that somebody wrote, aware and in UTC, in whole seconds. A bare time of day is today's.

    Without an offset it is local to `zone`. Refused for what is no time, with `examples` of one,
    or too far away to be meant.
    """
    try:
        parsed = _parsed(text, now.astimezone(zone).date())
    except ValueError:
        raise Refused(
            Text("{text} is no time; write it as {examples}", text=quoted(text), examples=examples),
            field,
        ) from None
    if not _FIRST_YEAR <= parsed.year <= _LAST_YEAR:
        raise Refused(
            Text(
                "{text} is too far away; write a time from {first} to {last}",
                text=quoted(text),
                first=_FIRST_YEAR,
                last=_LAST_YEAR,
            ),
            field,
        )
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)).astimezone(UTC).replace(microsecond=0)


def _parsed(text: str, today: date) -> datetime:
    """Raises ValueError for what is no time."""
    found = _TIME_OF_DAY.fullmatch(text.strip())
    if found is None:
        return datetime.fromisoformat(text.strip())
    return datetime.fromisoformat(
        f"{found['date'] or today}T{found['hours']:0>2}:{found['minutes']}{found['rest'] or ''}"
    )


def require_present(  # noqa: PLR0913, PLR0917 - what it depends on
    store: Store,
    tenant: Tenant,
    moment: datetime,
    now: datetime,
    field: Field | None = None,
    named: str | None = None,
) -> None:
    """Refused where what is done by hand at that time would say otherwise what has been said, or is far ahead.

    `now` is the clock. `named` is what a person knows the time by, where it cannot be left out.
    """
    latest, local = store.latest_cycle(tenant.id), LocalTime(moment, tenant.zone)
    if named is not None and limits.is_past(moment, now, latest):
        text = Text("{option} is {time}, which is over: write a later time", option=named, time=local)
        raise Refused(text, field)
    if limits.is_past(moment, now, latest):
        text = Text(
            "{time} is over, and what callers were told then stays as it was: leave the time out for now", time=local
        )
        raise Refused(text, field)
    if limits.is_far(moment, now, latest):
        raise Refused(Text("{time} is more than five years ahead: write an earlier time", time=local), field)


def require_now(store: Store, tenant: Tenant, moment: datetime, now: datetime) -> None:
    """Refused where something can be said of now only, and the time is over or to come; `now` is the clock."""
    if limits.is_ahead(moment, now, store.latest_cycle(tenant.id)):
        local = LocalTime(moment, tenant.zone)
        raise Refused(Text("{time} is yet to come: leave the time out for now", time=local), "at")
    require_present(store, tenant, moment, now, "at")
