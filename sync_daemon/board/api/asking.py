"""Who is away, and who is found: `GET /api/referrals`, `GET /api/people`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from rules.command import Phone
from sync_daemon.answers.as_json import away_json, time_json
from sync_daemon.answers.away import who_is_away, who_will_be_away
from sync_daemon.answers.board.row import AlternativeState, Row
from sync_daemon.answers.health import old_at
from sync_daemon.board.api.asked import AskedPeople, AskedReferrals, query_of
from sync_daemon.board.api.problems import Problem, language_asked_for
from sync_daemon.board.api.shared import SharedAnswer
from sync_daemon.board.place import Place, place_of, viewer_of
from sync_daemon.errors import StoreUnavailable
from sync_daemon.printable import quoted
from sync_daemon.texts import Language, Text

if TYPE_CHECKING:
    from starlette.requests import Request

    from sync_daemon.settings import Tenant

STALE = "Hanvisa-Stale"
"""The header that names the tenants whose calendars were last read too long ago; without it there is none."""


def referrals(request: Request) -> Response:
    """What `hanvisa referrals --json` prints, of the tenants that the token is for."""
    asked, place = query_of(request, AskedReferrals), place_of(request)
    tenants, now = _tenants(request, asked.tenant), now_of(place)
    question = (place.store.version(), now, tuple(tenant.id for tenant in tenants), asked.all)
    shared: SharedAnswer[_Referrals] = request.app.state.referrals
    told = shared.to(question, lambda: _referrals(place, tenants, now, every=asked.all))
    return Response(told.body, media_type="application/json", headers=_stale(told.stale))


@dataclass(frozen=True, slots=True)
class _Referrals:
    body: bytes
    stale: tuple[str, ...]


def _referrals(place: Place, tenants: Sequence[Tenant], now: datetime, *, every: bool) -> _Referrals:
    answer = who_will_be_away if every else who_is_away
    found = [
        away_json(away, every=every)
        for tenant in sorted(tenants, key=lambda one: one.id)
        for away in answer(place.store, tenant, now, now)
    ]
    old = (tenant.id for tenant in tenants if [*old_at(tenant, place.settings, place.store, None, now)])
    return _Referrals(json.dumps(found, ensure_ascii=False).encode(), tuple(old))


def people(request: Request) -> Response:
    """Whoever is found by name, number or department, each with the sentence for the caller."""
    asked = query_of(request, AskedPeople)
    tenants = {one.id for one in _tenants(request, asked.tenant)}
    roll = place_of(request).roll()
    if roll.trouble is not None:
        raise StoreUnavailable(roll.trouble.text)
    found = roll.find(asked.q, tenants, limit=asked.limit)
    language = language_asked_for(request)
    told = {"people": [_row_json(row, language) for row in found.rows], "total": found.total}
    stale = (id_ for id_, freshness in roll.freshness.items() if id_ in tenants and freshness.is_stale)
    return JSONResponse(told, headers=_stale(stale))


def now_of(place: Place) -> datetime:
    """The clock, in whole seconds, as the store has them."""
    return place.clock().replace(microsecond=0)


def _tenants(request: Request, only: str | None) -> list[Tenant]:
    """Those that the token is for, or the one of them. Raises Problem for any other, whether there is one or not."""
    tenants = place_of(request).tenants(viewer_of(request))
    if only is None:
        return tenants
    chosen = [tenant for tenant in tenants if tenant.id == only]
    if not chosen:
        problem = Text("there is no tenant {id} that this token is for", id=quoted(only))
        raise Problem(HTTPStatus.NOT_FOUND, problem, "tenant")
    return chosen


def _stale(tenants: Iterable[str]) -> dict[str, str]:
    named = ", ".join(sorted(tenants))
    return {STALE: named} if named else {}


def _row_json(row: Row, language: Language) -> dict[str, Any]:
    return {
        "tenant": row.tenant,
        "name": row.name,
        "department": row.department,
        "extensions": [{"number": one.number, "written": one.written, "mobile": one.is_mobile} for one in row.numbers],
        "presence": row.presence.value,
        "phone": (row.phone or Phone.OPEN).value,
        "reason": row.reason,
        "from": time_json(row.start),
        "until": time_json(row.until),
        "back": time_json(row.back),
        "alternative": None if row.alternative is None else _alternative_json(row.alternative),
        "origin": row.origin,
        "set_by": row.set_by,
        "unread_since": time_json(row.unread_since),
        "sentence": row.sentence(language),
    }


def _alternative_json(of: AlternativeState) -> dict[str, Any]:
    return {
        "number": of.number,
        "mode": "connect" if of.connects else "info",
        "name": of.whose,
        "presence": None if of.whose is None else of.presence.value,
        "back": time_json(of.back),
    }
