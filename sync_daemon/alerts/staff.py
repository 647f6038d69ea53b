"""Mail to staff: an entry of their own that nearly is a command, and so leaves their phone open; without its subject.

Each series is told of once. What a tenant's first reading finds is never told: it may be years old, and nobody has been
waiting for it. Whoever is mailed is bounded by the hour, and so are all together: a code that is new to the
configuration may make a near miss of every second entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import structlog

from rules.command import Phone, Slip
from rules.entry import NearEntry
from rules.policy import Rules
from rules.referral import Referral
from sync_daemon import log
from sync_daemon.alerts.telling import Send
from sync_daemon.cycle.report import Outcome
from sync_daemon.errors import StoreUnavailable
from sync_daemon.settings import Settings, Tenant
from sync_daemon.store import Owner, Store, StoredSubscriber
from sync_daemon.texts import LocalTime, Text
from sync_daemon.transport.mail import MailUnsent
from sync_daemon.transport.message import made

RATE = timedelta(hours=1)
"""One person is mailed once in this time."""

MOST_MAILS = 60
"""All people together are sent so many in `RATE`."""

MOST_ENTRIES = 10
"""A mail names so many entries."""

_KNOWN = "near-misses-known"
"""Under this name and a tenant's id the store says that its first reading is through."""


@dataclass(frozen=True, slots=True)
class NearMisses:
    """What one person is to be mailed of: near misses of their own that are yet to come, one of each series."""

    owner: Owner
    extension: str
    entries: tuple[NearEntry, ...]


def of_their_own(entries: Iterable[NearEntry], rules: Rules, now: datetime) -> tuple[NearEntry, ...]:
    """Those that the person booked, that are to come, and would count with a colon; the first of each series."""
    first: dict[str, NearEntry] = {}
    for one in sorted(entries, key=lambda entry: entry.start):
        counts = one.is_own and not one.would_be.cancelled and (rules.count_private or not one.would_be.private)
        if counts and one.start > now:
            first.setdefault(one.series, one)
    return tuple(first.values())


def noticed(tenant: Tenant, outcome: Outcome, store: Store, now: datetime, *, mail: bool) -> list[NearMisses]:
    """Of what a cycle read, what is to be mailed. Raises StoreUnavailable.

    What the tenant's first reading finds, and what is found while no `mail` is to be sent, is kept as told.
    """
    known = store.marked(f"{_KNOWN} {tenant.id}")
    found = []
    for person, entries in outcome.near_misses:
        own = of_their_own(entries, tenant.rules, now)
        if person.id is None or not own:
            continue
        owner = Owner(tenant.id, person.id, person.mailbox)
        new = store.new_near_misses(owner, {one.series for one in own})
        if new and known and mail:
            found.append(NearMisses(owner, person.extension, tuple(one for one in own if one.series in new)))
        elif new:
            store.keep_near_misses(owner, new, now, mailed=False)
    if not known and not outcome.still_due:
        store.mark(f"{_KNOWN} {tenant.id}")
    return found


def mail_staff(found: Iterable[NearMisses], settings: Settings, store: Store, send: Send, now: datetime) -> None:
    """Mails those who are still there, and who were not mailed within the hour; remembers of which series.

    Who is not mailed now is found again when the calendar is read next. Raises StoreUnavailable.
    """
    due = list(_due(found, settings, store, now))
    if not due:
        return
    tenants = {tenant.id: tenant for tenant in settings.tenants}
    messages = [_message(one, tenants[one.owner.tenant], settings, now) for one in due]
    unsent: Counter[str] = Counter()
    for one, result in zip(due, send(messages), strict=True):
        if isinstance(result, MailUnsent):
            unsent[str(result)] += 1
            continue
        series = {entry.series for entry in one.entries}
        store.keep_near_misses(one.owner, series, now, mailed=True)
        about = log.about(one.owner.tenant, one.owner.mailbox, one.extension)
        about.info("staff_mailed", count=len(one.entries))
    for problem, count in unsent.items():
        structlog.get_logger().warning("staff_unmailed", problem=problem, count=count)


def _due(found: Iterable[NearMisses], settings: Settings, store: Store, now: datetime) -> Iterator[NearMisses]:
    """One of each person, and no more than may be mailed within the hour."""
    mailed = set(store.staff_mails_since(now - RATE))
    people = {(tenant.id, person.id): person for tenant in settings.tenants for person in store.subscribers(tenant.id)}
    for one in found:
        person = people.get((one.owner.tenant, one.owner.id))
        if person is not None and one.owner.mailbox not in mailed and len(mailed) < MOST_MAILS:
            entries = _still_due(one, person, store, now)
            if entries:
                mailed.add(one.owner.mailbox)
                yield replace(one, entries=tuple(entries))


def _still_due(found: NearMisses, person: StoredSubscriber, store: Store, now: datetime) -> list[NearEntry]:
    """Nothing of who has left, or was told meanwhile; nor an entry that a closed referral covers anyway."""
    if person.left_at is not None or person.mailbox != found.owner.mailbox:
        return []
    new = store.new_near_misses(found.owner, {one.series for one in found.entries})
    held = store.held([person.id], now).get(person.id)
    closed = [one for one in (held.referrals if held else ()) if one.phone is Phone.CLOSED]
    return [one for one in found.entries if one.series in new and one.start > now and not _is_covered(one, closed)]


def _is_covered(entry: NearEntry, closed: Iterable[Referral]) -> bool:
    return any(one.start <= entry.start and one.until >= entry.end for one in closed)


def _message(found: NearMisses, tenant: Tenant, settings: Settings, now: datetime) -> EmailMessage:
    entries = found.entries
    told = [sentence(one, tenant.zone) for one in entries[:MOST_ENTRIES]]
    if len(entries) > MOST_ENTRIES:
        told.append(Text("{count} more are written like these.", count=len(entries) - MOST_ENTRIES))
    written = sorted({one.expected for one in entries})
    told.append(Text("Write {command} first in the subject, and the phone is closed.", command=" / ".join(written)))
    ask = tenant.alerts_to or settings.alerts.to
    told.append(
        Text("Questions: {address}, or answer this mail.", address=ask[0])
        if ask
        else Text("Questions: ask the switchboard.")
    )
    message = made(
        Text("A booking of yours does not close the phone"), told, [found.owner.mailbox], settings.alerts, now
    )
    if ask:
        message["Reply-To"] = ask[0]
    return message


def sentence(entry: NearEntry, zone: ZoneInfo) -> Text:
    """What is said of one, without its subject."""
    when = _when(entry, zone)
    if entry.slip is Slip.SIGN_MISSING:
        return Text("The booking {when} looks like a referral, but its colon is missing. The phone is open.", when=when)
    if entry.slip is Slip.OTHER_SIGN:
        return Text(
            "The booking {when} looks like a referral, but its colon is another sign. The phone is open.",
            when=when,
        )
    return Text(
        "The booking {when} looks like a referral, but two letters of its code are swapped. The phone is open.",
        when=when,
    )


def _when(entry: NearEntry, zone: ZoneInfo) -> Text:
    """`Tuesday 1 December 10:00`."""
    local = entry.start.astimezone(zone)
    if entry.would_be.all_day and local.hour >= _NEXT_DAY:
        local += timedelta(days=1)
    day = {"weekday": _WEEKDAYS[local.weekday()], "day": local.day, "month": _MONTHS[local.month - 1]}
    if entry.would_be.all_day:
        return Text("{weekday} {day} {month}, all day,", **day)
    return Text("{weekday} {day} {month} {time}", **day, time=LocalTime(entry.start, zone, entry.start))


_NEXT_DAY = 12
"""An all-day entry begins at the midnight that is nearest to what the server says, whatever zone it spoke in."""

_WEEKDAYS = (
    Text("Monday"),
    Text("Tuesday"),
    Text("Wednesday"),
    Text("Thursday"),
    Text("Friday"),
    Text("Saturday"),
    Text("Sunday"),
)
_MONTHS = (
    Text("January"),
    Text("February"),
    Text("March"),
    Text("April"),
    Text("May"),
    Text("June"),
    Text("July"),
    Text("August"),
    Text("September"),
    Text("October"),
    Text("November"),
    Text("December"),
)


def notice_quietly(tenant: Tenant, outcome: Outcome, store: Store, now: datetime, *, mail: bool) -> list[NearMisses]:
    """The same as `noticed`; nothing where the store does not answer, and a bug is told and stops nobody."""
    with suppress(StoreUnavailable):
        try:
            return noticed(tenant, outcome, store, now, mail=mail)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - the cycle that it comes after was done, and is not to fail
            log.bug(error, tenant=tenant.id)
    return []
