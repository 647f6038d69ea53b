"""Between the values of `rules` and the columns of `referrals` and `openings`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.command import Alternative, Mode, Phone
from rules.referral import CALENDAR, Opening, Referral
from sync_daemon.store.digests import digest, is_as_written
from sync_daemon.store.schema import openings, referrals
from sync_daemon.store.stored_json import bookings_from, bookings_to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

REFERRAL_COLUMNS = (
    referrals.c.id,
    referrals.c.origin,
    referrals.c.phone,
    referrals.c.reason,
    referrals.c.start,
    referrals.c.until,
    referrals.c.alternative_number,
    referrals.c.alternative_mode,
    referrals.c.bookings,
    referrals.c.opened_at,
    referrals.c.set_at,
    referrals.c.set_by,
)
_REFERRAL_KEYS = tuple(column.key for column in REFERRAL_COLUMNS)
OPENING_COLUMNS = (openings.c.at, openings.c.phone, openings.c.entry_keys)


def alternative_from(number: str | None, mode: str | None) -> Alternative | None:
    """Out of its two columns."""
    return None if number is None or mode is None else Alternative(number, Mode(mode))


def alternative_columns(alternative: Alternative | None) -> dict[str, str | None]:
    """Into its two columns."""
    return {
        "alternative_number": alternative.number if alternative else None,
        "alternative_mode": alternative.mode.value if alternative else None,
    }


def referral_from(row: Sequence[Any]) -> Referral:
    """Out of a row that begins with REFERRAL_COLUMNS. Of another hand's there are no bookings to remember."""
    id_, origin, phone_word, reason, start, until, number, mode, bookings, opened_at, set_at, set_by = row[
        : len(REFERRAL_COLUMNS)
    ]
    phone = Phone(phone_word)
    return Referral(
        origin=origin,
        phone=phone,
        reason=reason,
        start=start,
        until=until,
        alternative=alternative_from(number, mode),
        bookings=bookings_from(bookings, phone) if origin == CALENDAR else (),
        opened_at=opened_at,
        set_at=set_at,
        id=id_,
        set_by=set_by,
    )


def is_tampered(row: Sequence[Any], written: str | None) -> bool:
    """Whether another hand has changed the calendar's referral in a row that begins with REFERRAL_COLUMNS."""
    columns = dict(zip(_REFERRAL_KEYS, row, strict=False))
    return columns["origin"] == CALENDAR and not is_as_written(written, columns)


def referral_columns(referral: Referral) -> dict[str, Any]:
    """What a referral writes, whoever set it and whenever."""
    columns = {
        "origin": referral.origin,
        "phone": referral.phone.value,
        "reason": referral.reason,
        "start": referral.start,
        "until": referral.until,
        **alternative_columns(referral.alternative),
        "bookings": bookings_to_json(referral.bookings),
        "opened_at": referral.opened_at,
    }
    return {**columns, "written": digest(columns) if referral.by_calendar else None}


def opening_from(row: Sequence[Any]) -> Opening:
    """Out of a row that begins with OPENING_COLUMNS."""
    at, phone, keys = row[: len(OPENING_COLUMNS)]
    return Opening(at, Phone(phone), frozenset(keys))
