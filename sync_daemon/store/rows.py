"""Between the values of `rules` and what the tables hold of them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from rules.command import Alternative, Mode, Phone
from rules.entry import Booking
from rules.plan import RestReached
from rules.referral import CALENDAR, Opening, Referral
from sync_daemon.store.schema import openings, referrals
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json = dict[str, Any]

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
)
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
    id_, origin, phone_word, reason, start, until, number, mode, bookings, opened_at, set_at = row[
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
    )


def referral_columns(referral: Referral) -> dict[str, Any]:
    """What a referral writes, whoever set it and whenever."""
    return {
        "origin": referral.origin,
        "phone": referral.phone.value,
        "reason": referral.reason,
        "start": referral.start,
        "until": referral.until,
        **alternative_columns(referral.alternative),
        "bookings": bookings_to_json(referral.bookings),
        "opened_at": referral.opened_at,
        "written": digest(referral) if referral.by_calendar else None,
    }


def digest(referral: Referral) -> str:
    """Of the fields that the daemon writes: another value in the row shows that another hand changed it."""
    fields = [referral_to_json(referral), bookings_to_json(referral.bookings)]
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def opening_from(row: Sequence[Any]) -> Opening:
    """Out of a row that begins with OPENING_COLUMNS."""
    at, phone, keys = row[: len(OPENING_COLUMNS)]
    return Opening(at, Phone(phone), frozenset(keys))


def referral_to_json(referral: Referral) -> Json:
    """As `--json` has it (DESIGN.md, "In JSON")."""
    return {
        "from": as_text(referral.start),
        "until": as_text(referral.until),
        "reason": referral.reason,
        "phone": referral.phone.value,
        "alternative": _alternative_to_json(referral.alternative),
        "origin": referral.origin,
        "opened_at": referral.opened_at and as_text(referral.opened_at),
    }


def referral_from_json(told: Json, id_: int | None = None) -> Referral:
    """What `referral_to_json` made."""
    return Referral(
        origin=told["origin"],
        phone=Phone(told["phone"]),
        reason=told["reason"],
        start=from_text(told["from"]),
        until=from_text(told["until"]),
        alternative=_alternative_from_json(told["alternative"]),
        opened_at=told["opened_at"] and from_text(told["opened_at"]),
        id=id_,
    )


def bookings_to_json(bookings: Iterable[Booking]) -> list[Json]:
    """Less their phone: a referral's bookings have its own."""
    return [
        {
            "key": booking.key,
            "from": as_text(booking.start),
            "until": as_text(booking.end),
            "code": booking.code,
            "alternative": _alternative_to_json(booking.alternative),
            "all_day": booking.all_day,
        }
        for booking in bookings
    ]


def bookings_from(told: Iterable[Json], phone: Phone) -> tuple[Booking, ...]:
    """What `bookings_to_json` made, in a referral of that phone state; none where another hand wrote otherwise."""
    try:
        return tuple(
            Booking(
                key=one["key"],
                start=from_text(one["from"]),
                end=from_text(one["until"]),
                code=one["code"],
                phone=phone,
                alternative=_alternative_from_json(one["alternative"]),
                all_day=one["all_day"],
            )
            for one in told
        )
    except (TypeError, KeyError, ValueError):
        return ()


def rests_to_json(rests: Iterable[RestReached]) -> list[Json]:
    """The rests that entries reached."""
    return [{"key": rest.key, "rest": rest.rest, "until": as_text(rest.until)} for rest in rests]


def rests_from(told: Iterable[Json]) -> tuple[RestReached, ...]:
    """What `rests_to_json` made."""
    return tuple(RestReached(one["key"], one["rest"], from_text(one["until"])) for one in told)


def _alternative_to_json(alternative: Alternative | None) -> Json | None:
    return None if alternative is None else {"number": alternative.number, "mode": alternative.mode.value}


def _alternative_from_json(told: Json | None) -> Alternative | None:
    return None if told is None else Alternative(told["number"], Mode(told["mode"]))
