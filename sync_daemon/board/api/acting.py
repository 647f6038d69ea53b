"""What another system does to a phone: `POST /api/refer`, `/api/open`, `/api/withdraw`."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from rules.command import Mode, Phone
from sync_daemon import by_hand
from sync_daemon.answers.as_json import referral_json
from sync_daemon.board.api.asked import AskedOpening, AskedReferral, AskedWithdrawal, body_as
from sync_daemon.board.api.asking import now_of
from sync_daemon.board.api.problems import Problem, language_asked_for
from sync_daemon.board.place import place_of, viewer_of
from sync_daemon.by_hand import Done, Hand, Wish
from sync_daemon.printable import quoted
from sync_daemon.texts import Text, in_language

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from sync_daemon.by_hand.refusals import Field


def refer(request: Request) -> Response:
    """Sets a referral of the system's own origin."""
    asked = body_as(request, AskedReferral)
    hand = _hand(request, asked.extension)
    alternative = asked.alternative
    wish = Wish(
        until=_time(hand, asked.until, "until"),
        start=None if asked.start is None else _time(hand, asked.start, "from"),
        reason=asked.reason,
        phone=Phone(asked.phone),
        number=None if alternative is None else alternative.number,
        mode=Mode.INFO if alternative is None else Mode(alternative.mode),
    )
    return _done(request, by_hand.refer(hand, wish))


def open_(request: Request) -> Response:
    """Opens the phone, or takes the system's own opening back."""
    asked = body_as(request, AskedOpening)
    hand = _hand(request, asked.extension)
    at = None if asked.at is None else _time(hand, asked.at, "at")
    return _done(request, by_hand.undo_opening(hand, at) if asked.undo else by_hand.open_phone(hand, at))


def withdraw(request: Request) -> Response:
    """Takes back a referral that the system has set."""
    asked = body_as(request, AskedWithdrawal)
    hand = _hand(request, asked.extension)
    at = None if asked.at is None else _time(hand, asked.at, "at")
    begins = None if asked.begins is None else _time(hand, asked.begins, "from")
    return _done(request, by_hand.withdraw(hand, at, begins=begins))


def _hand(request: Request, extension: str) -> Hand:
    """Raises Problem where nobody of the token's tenants has the extension, whether anybody else has it or not."""
    place, viewer = place_of(request), viewer_of(request)
    found = by_hand.whose(place.store, place.tenants(viewer), extension)
    if found is None:
        problem = Text("nobody whom this token is for has the extension {number}", number=quoted(extension))
        raise Problem(HTTPStatus.NOT_FOUND, problem, "extension")
    tenant, person = found
    return Hand(place.store, tenant, person, viewer.name, now_of(place), viewer.origin)


def _time(hand: Hand, text: str, field: Field) -> datetime:
    return by_hand.read_time(text, hand.tenant.zone, hand.now, field)


def _done(request: Request, done: Done) -> Response:
    place_of(request).keeper.look_again()
    text = in_language(done.text, language_asked_for(request))
    return JSONResponse({"text": text, "referral": referral_json(done.referral)})
