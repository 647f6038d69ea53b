"""The phone opened by hand, and an opening taken back, each in one transaction with the rows it ends.

See docs/rules.md §5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from rules.command import Phone
from rules.plan import Action, Cause, Change
from rules.referral import CALENDAR, Opened, Opening, Referral
from rules.referral import open_phone as opened_by
from sync_daemon.store import changes as memory
from sync_daemon.store.referrals import delete_row, insert_row, of_subscriber, update_row
from sync_daemon.store.rows import OPENING_COLUMNS, opening_from
from sync_daemon.store.schema import openings, referrals
from sync_daemon.store.stored_json import bookings_from, bookings_to_json, referral_from_json, referral_to_json
from sync_daemon.store.subscribers import raise_revision
from sync_daemon.times import whole_second

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection


@dataclass(frozen=True, slots=True)
class UndoneOpening:
    """The opening at `at` (UTC) is taken back: `openings` are its rows, `restored` the referrals in force again."""

    at: datetime
    openings: tuple[Opening, ...]
    restored: tuple[Referral, ...]


@dataclass(frozen=True, slots=True)
class LatestOpening:
    """The opening at `at` (UTC), which can be taken back: who made it, and the referrals that it ended."""

    at: datetime
    by: frozenset[str]
    ended: tuple[Referral, ...]

    def is_of(self, by: str) -> bool:
        """Whether that one opened the phone, and nobody else."""
        return self.by == {by}

    def lasts(self, moment: datetime) -> bool:
        """Whether anything that it ended would be in force after the moment."""
        return any(one.until > moment for one in self.ended)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A referral as it was before an opening ended it, and who had set it."""

    referral: Referral
    set_by: str


def open_phone(  # noqa: PLR0913, PLR0917 - what it depends on
    connection: Connection,
    subscriber_id: int,
    moment: datetime,
    by: str,
    left: Callable[[Opened], Sequence[Change]],
    now: datetime | None = None,
) -> Opened | None:
    """Opens the phone at the moment, and ends what `rules.referral.open_phone` says.

    None, and nothing is written, where nothing is in force then. `left` says which referrals the entries to come get:
    `Planner.after_opening` of the person. What is over by `now` (the moment, where it is left out) stays as it was
    (docs/rules.md §6.2).
    """
    moment = whole_second(moment)
    lasting = (referrals.c.start <= moment, referrals.c.until > max(moment, now or moment))
    opened = opened_by(of_subscriber(connection, subscriber_id, *lasting), moment)
    if opened is None:
        return None
    raise_revision(connection, subscriber_id)
    setters = _setters(connection, opened.ended)
    for opening in opened.openings:
        ended = [_to_json(r, setters[r.id]) for r in opened.ended if r.phone is opening.phone]
        connection.execute(insert(openings), _columns(subscriber_id, opening, ended, by))
    made = [_end(connection, subscriber_id, referral, moment) for referral in opened.ended]
    made += [
        replace(change, after=insert_row(connection, subscriber_id, replace(change.after, set_at=moment), CALENDAR))
        for change in left(opened)
        if change.after is not None and not _calendars_beside(connection, subscriber_id, change.after)
    ]
    memory.record(connection, subscriber_id, made, memory.Hand(by, moment))
    return opened


def latest_opening(connection: Connection, subscriber_id: int) -> LatestOpening | None:
    """The opening that `undo_opening` would take back; None where there is none."""
    found = _latest(connection, subscriber_id)
    if found is None:
        return None
    at, the_latest = found
    rows = connection.execute(select(openings.c.by, openings.c.ended).where(*the_latest)).all()
    ended = tuple(_from_json(told).referral for row in rows for told in row.ended)
    return LatestOpening(at, frozenset(row.by for row in rows), ended)


def undo_opening(  # noqa: PLR0913 - what it depends on
    connection: Connection,
    subscriber_id: int,
    moment: datetime,
    by: str,
    now: datetime | None = None,
    *,
    only_own: bool = False,
) -> UndoneOpening | None:
    """Takes the latest opening back: what it ended is in force again from the moment.

    None, and nothing is written, where there is none, or with `only_own` where it is somebody else's. What would be
    over by `now` (the moment, where it is left out) stays as it was.
    """
    moment = whole_second(moment)
    found = _latest(connection, subscriber_id)
    if found is None:
        return None
    at, the_latest = found
    if only_own and connection.scalar(select(func.count()).where(*the_latest, openings.c.by != by)):
        return None
    rows = connection.execute(select(*OPENING_COLUMNS, openings.c.ended).where(*the_latest).order_by("id")).all()
    connection.execute(update(openings).where(*the_latest).values(undone_at=moment))
    raise_revision(connection, subscriber_id)
    ended = [_from_json(told) for row in rows for told in row[-1]]
    lasting_on = [one for one in ended if one.referral.until > max(moment, now or moment)]
    made = [change for one in lasting_on for change in _restore(connection, subscriber_id, one, at, moment)]
    memory.record(connection, subscriber_id, made, memory.Hand(by, moment))
    restored = tuple(change.after for change in made if change.after is not None)
    return UndoneOpening(at, tuple(opening_from(row) for row in rows), restored)


def _latest(connection: Connection, subscriber_id: int) -> tuple[datetime, tuple[ColumnElement[bool], ...]] | None:
    """When the latest opening was that is not taken back, and which rows are its."""
    lasting = (openings.c.subscriber_id == subscriber_id, openings.c.undone_at.is_(None))
    at = connection.scalar(select(func.max(openings.c.at)).where(*lasting))
    return None if at is None else (at, (*lasting, openings.c.at == at))


def _end(connection: Connection, subscriber_id: int, referral: Referral, moment: datetime) -> Change:
    """One that begins at the moment would be left without length, and goes."""
    if referral.start == moment:
        delete_row(connection, subscriber_id, referral)
        return Change(Action.REMOVE, referral, None, Cause.OPENED)
    after = referral.opened(moment)
    return Change(Action.UPDATE, referral, update_row(connection, subscriber_id, referral, after), Cause.OPENED)


def _restore(
    connection: Connection, subscriber_id: int, ended: _Ended, opened_at: datetime, moment: datetime
) -> list[Change]:
    """The past is never rewritten: what has been out of force since the opening is made anew from now.

    See docs/rules.md §6.2.
    """
    former = ended.referral
    current = next(iter(of_subscriber(connection, subscriber_id, referrals.c.id == former.id)), None)
    if moment > opened_at:
        current, former = None, replace(former, id=None, start=moment)
    beside = _calendars_beside(connection, subscriber_id, former) if former.by_calendar else []
    if not all(_is_left_of(former, one, moment) for one in beside):
        return []
    for one in beside:
        delete_row(connection, subscriber_id, one)
    made = [Change(Action.REMOVE, one, None, Cause.OPENING_UNDONE) for one in beside]
    if current is not None:
        after = update_row(connection, subscriber_id, current, former)
        return [*made, Change(Action.UPDATE, current, after, Cause.OPENING_UNDONE)]
    again = insert_row(connection, subscriber_id, former, ended.set_by)
    return [*made, Change(Action.CREATE, None, again, Cause.OPENING_UNDONE)]


def _calendars_beside(connection: Connection, subscriber_id: int, referral: Referral) -> list[Referral]:
    """The other calendar referrals of its phone state that lie in its time."""
    lasting = (
        referrals.c.start < referral.until,
        referrals.c.until > referral.start,
        referrals.c.phone == referral.phone.value,
    )
    return [r for r in of_subscriber(connection, subscriber_id, *lasting) if r.by_calendar and r.id != referral.id]


def _is_left_of(former: Referral, one: Referral, moment: datetime) -> bool:
    """Whether it was made of what the opening left, and has not begun."""
    return one.start > moment and {b.key for b in one.bookings} <= {b.key for b in former.bookings}


def _setters(connection: Connection, ended: Iterable[Referral]) -> dict[int | None, str]:
    query = select(referrals.c.id, referrals.c.set_by).where(referrals.c.id.in_([r.id for r in ended]))
    return dict(connection.execute(query).all())


def _columns(subscriber_id: int, opening: Opening, ended: list[dict[str, Any]], by: str) -> dict[str, Any]:
    return {
        "subscriber_id": subscriber_id,
        "at": opening.at,
        "phone": opening.phone.value,
        "entry_keys": sorted(opening.keys),
        "ended": ended,
        "by": by,
    }


def _to_json(referral: Referral, set_by: str) -> dict[str, Any]:
    return {
        **referral_to_json(referral),
        "id": referral.id,
        "bookings": bookings_to_json(referral.bookings),
        "set_by": set_by,
    }


def _from_json(told: dict[str, Any]) -> _Ended:
    referral = replace(
        referral_from_json(told, told["id"]),
        bookings=bookings_from(told["bookings"], Phone(told["phone"])),
        opened_at=None,
    )
    return _Ended(referral, told["set_by"])
