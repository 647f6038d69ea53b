"""When the first readings from another source than before are believed: pure (docs/rules.md §12).

A mailbox that has just been moved may be there in part, or not be the one at all, without any sign of that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sync_daemon.cycle.brake import Ask
from sync_daemon.settings.origin import Origin
from sync_daemon.store import READINGS, Agreement, ReadFrom

APART = timedelta(minutes=5)
"""So far apart at least are the first and the last of them."""

PATIENCE = timedelta(days=1)
"""After so long a reading in part counts as well: a mailbox with a broken entry may never be read whole."""


def moved(subscriber_id: int, origin: Origin, before: str | None, now: datetime) -> ReadFrom:
    """Somebody is read from there from now on, and no reading of it has been looked at yet."""
    return ReadFrom(subscriber_id, origin, now, before, Agreement())


def after_reading(  # noqa: PLR0913 - what it depends on
    known: ReadFrom, asks: Iterable[Ask], lasting: Collection[int], now: datetime, *, whole: bool, clock_jumped: bool
) -> ReadFrom:
    """What is known once a reading would remove or shorten that; without a doubt where it is to be believed.

    `lasting` are the ids of the referrals that are not over: what is over by now is not asked for any more, which says
    nothing. So does a reading in part, and none at all. After a day those in part count too, and end the doubt for
    others in part alone.
    """
    before = known.agreement
    if before is None or not (whole or (known.is_doubted and now - known.since >= PATIENCE)):
        return known
    said = _texts(asks, now)
    said_before = _texts((ask for text in before.asks if (ask := Ask.from_text(text)) and ask.referral in lasting), now)
    goes_on = before.first is not None and before.first <= now and said == said_before and not clock_jumped
    goes_on = goes_on and known.is_doubted
    if not goes_on or before.first is None:
        return replace(known, agreement=Agreement(1, now, said))
    is_late = now - before.first >= APART
    if before.readings + 1 >= READINGS and is_late:
        return replace(known, agreement=None if whole else Agreement(READINGS, before.first, said))
    return replace(known, agreement=Agreement(min(before.readings + 1, READINGS - 1), before.first, said))


def _texts(asks: Iterable[Ask], now: datetime) -> tuple[str, ...]:
    """An end that is over by now is an end now (`Ask`)."""
    return tuple(
        sorted(
            replace(ask, span=None).text if ask.span is not None and ask.span[1] <= now else ask.text for ask in asks
        )
    )
