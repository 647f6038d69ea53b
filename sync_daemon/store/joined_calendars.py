"""Of two subscribers that are one: the calendar's referrals of both, of which no two may overlap.

Wherever one of them was closed from now on the one stays closed: what the calendar says is put right at its next
reading.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import update

from rules.command import Phone
from rules.plan import Action, Cause, Change
from rules.referral import CALENDAR, Referral
from sync_daemon.store import changes as memory
from sync_daemon.store.referrals import delete_row, insert_row, of_subscriber, refuse_overlaps, update_row
from sync_daemon.store.schema import referrals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from rules.entry import Booking


def join_calendars(connection: Connection, goes_on: int, other: int, hand: memory.Hand) -> list[int]:
    """The other's rows become those of who goes on; the ids of those that stay apart, as history."""
    work = _Joining(connection, goes_on, other, hand)
    by_calendar = referrals.c.origin == CALENDAR
    for phone in Phone:
        of_phone = (by_calendar, referrals.c.phone == phone.value)
        kept = of_subscriber(connection, goes_on, *of_phone)
        for row in of_subscriber(connection, other, *of_phone):
            work.take(row, kept)
    refuse_overlaps(connection, [one.id for one in of_subscriber(connection, goes_on, by_calendar) if one.id])
    return work.apart


class _Joining:
    def __init__(self, connection: Connection, goes_on: int, other: int, hand: memory.Hand) -> None:
        self._connection = connection
        self._goes_on = goes_on
        self._other = other
        self._hand = hand
        self.apart: list[int] = []

    def take(self, row: Referral, kept: list[Referral]) -> None:
        """One more of the other's rows, in order, beside those of who goes on by now."""
        now = self._hand.at
        beside = [one for one in kept if one.overlaps(row.start, row.until)]
        lasting = [one for one in beside if one.until > now]
        if not beside:
            kept.append(self._move(row, row))
        elif row.until <= now:
            self._leave_apart(row)
        elif lasting and lasting[0].start <= max(now, row.start):
            self._lengthen(lasting[0], [*lasting[1:], row], kept)
        else:
            until, bookings = _together([row, *lasting])
            for one in lasting:
                self._remove(self._goes_on, one)
                kept.remove(one)
            after = replace(row, until=until, bookings=bookings)
            kept.append(self._move(row, after) if len(lasting) == len(beside) else self._make_anew(row, after))

    def _lengthen(self, row: Referral, others: Sequence[Referral], kept: list[Referral]) -> None:
        """One of who goes on lasts as long as the others beside it."""
        until, bookings = _together([row, *others])
        for one in others[:-1]:
            self._remove(self._goes_on, one)
            kept.remove(one)
        self._end(others[-1])
        after = replace(row, until=until, bookings=bookings)
        if after != row:
            changed = update_row(self._connection, self._goes_on, row, after)
            self._record(self._goes_on, Change(Action.UPDATE, row, changed, Cause.SAME_PERSON))
        kept[kept.index(row)] = after

    def _move(self, row: Referral, after: Referral) -> Referral:
        if after != row:
            update_row(self._connection, self._other, row, after)
            self._record(self._goes_on, Change(Action.UPDATE, row, after, Cause.SAME_PERSON))
        moved = {"subscriber_id": self._goes_on, "version": referrals.c.version + 1}
        self._connection.execute(update(referrals).where(referrals.c.id == row.id).values(moved))
        return after

    def _make_anew(self, row: Referral, after: Referral) -> Referral:
        """The past is never rewritten (docs/rules.md §6.2), and who goes on has a row there already."""
        self._end(row)
        anew = replace(after, id=None, start=max(row.start, self._hand.at), set_at=self._hand.at)
        made = insert_row(self._connection, self._goes_on, anew, CALENDAR)
        self._record(self._goes_on, Change(Action.CREATE, None, made, Cause.SAME_PERSON))
        return made

    def _end(self, row: Referral) -> None:
        """One of the other's ends now, or goes where it has not begun."""
        if row.start >= self._hand.at:
            self._remove(self._other, row)
            return
        ended = update_row(self._connection, self._other, row, replace(row, until=self._hand.at))
        self._record(self._other, Change(Action.UPDATE, row, ended, Cause.SAME_PERSON))
        self._leave_apart(row)

    def _leave_apart(self, row: Referral) -> None:
        if row.id is not None:
            self.apart.append(row.id)

    def _remove(self, subscriber_id: int, row: Referral) -> None:
        delete_row(self._connection, subscriber_id, row)
        self._record(subscriber_id, Change(Action.REMOVE, row, None, Cause.SAME_PERSON))

    def _record(self, subscriber_id: int, change: Change) -> None:
        memory.record(self._connection, subscriber_id, [change], self._hand)


def _together(rows: Iterable[Referral]) -> tuple[datetime, tuple[Booking, ...]]:
    """The latest end, and every entry, those of the later rows as they say."""
    listed = list(rows)
    bookings = {booking.key: booking for row in listed for booking in row.bookings}
    return max(row.until for row in listed), tuple(sorted(bookings.values(), key=lambda one: (one.start, one.key)))
