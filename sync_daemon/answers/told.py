"""What is told of a person beside the entries: who has left, what is held back, whose alternative is away, what is old.

One sentence for one state, whichever command is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo

from sync_daemon.answers import other_source, wording
from sync_daemon.answers.away import Away
from sync_daemon.answers.explanation import Explanation
from sync_daemon.answers.next_cycle import Leaving
from sync_daemon.settings import Tenant
from sync_daemon.texts import Language, LocalTime, Text, listed


def unknown(told: Explanation, tenant: Tenant) -> Text:
    """That the store remembers nothing of that time."""
    if told.memory_began is None:
        return Text("Nothing is known of that day: no cycle has run yet.")
    return Text(
        "Nothing is known of that day: the store's memory begins {began} ([retention] history_days).",
        began=LocalTime(told.memory_began, tenant.zone),
    )


def not_looked_at() -> Text:
    """That an explanation is by the store alone, where the configuration is why."""
    return Text(
        "From the store alone: the calendar and the next cycle are not looked at until the configuration is mended."
    )


def state_lines(told: Explanation, tenant: Tenant) -> Iterator[Text]:
    """Of an explanation: why the alternative is told only, who has left, how the calendar is read."""
    if told.referral is not None and told.referral.alternative is not None and told.alternative.away_until:
        yield _told_only(told.referral.alternative.number, told.alternative.away_until, told.at, tenant)
    if told.leaving is not None:
        yield from _leaving(told.leaving, tenant)
    if told.unread_since is not None:
        yield unread_line(told.unread_since, tenant.zone)
    if told.new_mailbox_since is not None:
        yield Text(
            "The mailbox is another one since {since} and has not been read whole: nothing is removed or shortened"
            " until it has.",
            since=LocalTime(told.new_mailbox_since, tenant.zone),
        )
    if told.doubted is not None:
        yield other_source.line_of(told.doubted, tenant)
    elif told.source is not None:
        yield Text("The calendar is read from {source}.", source=told.source)
    if told.read_from is not None:
        yield Text(
            "No cycle reads so far ahead yet: entries of that day are read from {moment} on, {days} days ahead.",
            moment=LocalTime(told.read_from, tenant.zone),
            days=tenant.rules.horizon_days,
        )


def held_lines(told: Explanation, tenant: Tenant, language: Language) -> Iterator[Text]:
    """What the brake holds back of the person's, and how to let it through."""
    for of in told.held_in_store:
        yield Text(
            "The brake holds back in set {set}: {changes}. `hanvisa approve {tenant} {set}` lets it through.",
            set=of.set,
            changes=listed(of.lines, "; "),
            tenant=tenant.id,
        )
    texts = wording.reason_texts(tenant.rules.commands, language)
    for one in told.held or ():
        change = wording.describe(one.change, tenant.zone, language, reasons=texts, country=tenant.rules.country)
        if one.since is None:
            yield Text("The brake would hold this back at the next cycle: {change}", change=change)
        else:
            yield Text(
                "The brake holds this back: {change} Held as set {set} since {since}; `hanvisa approve {tenant} {set}`"
                " lets it through.",
                change=change,
                set=one.set,
                since=LocalTime(one.since, tenant.zone),
                tenant=tenant.id,
            )


def away_lines(away: Away, tenant: Tenant, at: datetime) -> Iterator[Text]:
    """Of one in force: why the alternative is told only, and that the calendar is not read."""
    if not away.in_force:
        return
    if away.alternative is not None and away.alternative_away_until is not None:
        line = _told_only(away.alternative.number, away.alternative_away_until, at, tenant)
        yield Text("{extension}: {line}", extension=away.extension, line=line)
    if away.unread_since is not None:
        yield Text("{extension}: {line}", extension=away.extension, line=unread_line(away.unread_since, tenant.zone))


def unread_line(since: datetime, zone: tzinfo) -> Text:
    """That a calendar cannot be read, since then; aware."""
    return Text(
        "The calendar could not be read at {since}, nor since: what was known then stays.",
        since=LocalTime(since, zone),
    )


def _told_only(number: str, until: datetime, at: datetime, tenant: Tenant) -> Text:
    return Text(
        "{number} is told, not connected, because {number} is away until {until}.",
        number=wording.telephone_number(number, tenant.rules.country),
        until=LocalTime(until, tenant.zone, today=at),
    )


def _leaving(leaving: Leaving, tenant: Tenant) -> Iterator[Text]:
    if leaving.left_at is not None:
        yield Text(
            "Has left the directory on {left}: the calendar is not read any more. The referral in force stays until it"
            " ends, those to come are removed.",
            left=LocalTime(leaving.left_at, tenant.zone),
        )
    elif leaving.set is None:
        yield Text(
            "The directory no longer lists the person: from the next cycle on the calendar is not read any more. The"
            " referral in force stays until it ends, those to come are removed."
        )
    elif leaving.held_since is None:
        yield Text(
            "The directory no longer lists the person, and the brake would hold that back at the next cycle: until it"
            " is let through everything stays as if they were listed."
        )
    else:
        yield Text(
            "The directory no longer lists the person. Held as set {set} since {since}: until it is let through"
            " everything stays as if they were listed; `hanvisa approve {tenant} {set}` lets it through.",
            set=leaving.set,
            since=LocalTime(leaving.held_since, tenant.zone),
            tenant=tenant.id,
        )
