"""Two subscribers that are one (docs/rules.md §9): random calendars of both, joined at any time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from rules.command import Phone
from rules.entry import Booking
from rules.plan import Action, Cause, Change
from rules.referral import CALENDAR, Referral
from sync_daemon.directory import Subscriber
from sync_daemon.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
OLD, NEW = "anna@a.se", "anna@b.se"
SLOTS = 24


def _rows(drawn: random.Random, whose: str) -> list[Referral]:
    """Up to six a phone state, of whole hours, none of which overlap."""
    made = []
    for phone in Phone:
        ends = sorted(drawn.sample(range(SLOTS + 1), 2 * drawn.randrange(4)))
        for start, until in zip(ends[::2], ends[1::2], strict=True):
            times = _hour(start), _hour(until)
            booking = Booking(f"{whose}{phone}{start}", *times, "SAM", phone)
            made.append(Referral(CALENDAR, phone, "meeting", *times, bookings=(booking,)))
    return made


def _hour(number: int) -> datetime:
    return MIDNIGHT + number * timedelta(hours=1)


def _closed(rows: Iterable[Referral], phone: Phone, now: datetime) -> set[int]:
    """The hours from now on that they cover."""
    its = [row for row in rows if row.phone is phone]
    return {n for n in range(SLOTS) if _hour(n) >= now and any(row.covers(_hour(n)) for row in its)}


def test_whoever_of_the_two_is_closed_the_one_is_closed_and_nothing_overlaps(tmp_path: Path) -> None:
    """From now on; what has begun keeps its beginning, and nothing that has begun is removed."""
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as store:
        for seed in range(15):
            _joined_at_random(store, f"t{seed}", random.Random(seed), seed)


def _joined_at_random(store: Store, tenant: str, drawn: random.Random, seed: int) -> None:
    lines = [Subscriber(OLD, "Anna", (f"{1000 + seed}",)), Subscriber(NEW, "Anna", (f"{2000 + seed}",))]
    ids = store.put_directory(tenant, lines, (), leave=True, now=MIDNIGHT).ids
    before = [_rows(drawn, "old"), _rows(drawn, "new")]
    for mailbox, rows in zip((OLD, NEW), before, strict=True):
        changes = [Change(Action.CREATE, None, row, Cause.BOOKED) for row in rows]
        store.apply(ids[mailbox], store.revisions(tenant)[ids[mailbox]], changes, MIDNIGHT)
    store.put_directory(tenant, lines[1:], (), leave=True, now=MIDNIGHT)
    begun = [one for id_ in ids.values() for one in store.held([id_], MIDNIGHT - timedelta(days=1))[id_].referrals]
    now = _hour(drawn.randrange(SLOTS))

    joined = store.join(tenant, OLD, NEW, "eva", now)

    assert (joined.id, joined.mailbox, joined.extensions) == (ids[OLD], NEW, (f"{1000 + seed}", f"{2000 + seed}"))
    after = store.held([ids[OLD]], MIDNIGHT - timedelta(days=1))[ids[OLD]].referrals
    apart = store.held([ids[NEW]], MIDNIGHT - timedelta(days=1))[ids[NEW]].referrals
    for phone in Phone:
        wanted = _closed(before[0], phone, now) | _closed(before[1], phone, now)
        assert _closed(after, phone, now) == wanted, f"{seed} at {now}"
        its = sorted((row for row in after if row.phone is phone), key=lambda row: row.start)
        assert all(one.until <= other.start for one, other in pairwise(its)), seed
    assert all(row.until <= now for row in apart), seed
    kept = {row.id: row for row in (*after, *apart)}
    assert all(kept[row.id].start == row.start for row in begun if row.start < now), seed
