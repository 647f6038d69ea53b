"""Referrals, bookings and rests as JSON in the columns of the store: `bookings`, `before`, `after`, `entries`, `ended`.

This form is the store's own. What `--json` shows (`sync_daemon.answers.as_json`) looks alike and is another thing: that
may get a field today, while what is written here must be read for as long as rows are kept, and the brake counts in it
by SQL (`store.changes`). A field that is added here is read with `.get`, for older rows lack it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rules.command import Alternative, Mode, Phone
from rules.entry import Booking
from rules.plan import RestReached
from rules.referral import CALENDAR, Referral
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]


def referral_to_json(referral: Referral) -> Json:
    """As it stands in `changes` and `openings`, without its bookings."""
    return {
        "from": as_text(referral.start),
        "until": as_text(referral.until),
        "reason": referral.reason,
        "phone": referral.phone.value,
        "alternative": _alternative_to_json(referral.alternative),
        "origin": referral.origin,
        "opened_at": referral.opened_at and as_text(referral.opened_at),
        "set_at": referral.set_at and as_text(referral.set_at),
        **({} if referral.by_calendar or referral.set_by is None else {"set_by": referral.set_by}),
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
        set_at=from_text(set_at) if (set_at := told.get("set_at")) else None,
        id=id_,
        set_by=CALENDAR if told["origin"] == CALENDAR else told.get("set_by"),
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
