"""The first screen: who is away, when they are back, whom to try, and whether what is shown can be trusted.

`/` is the page, `/list` what of it changes; a browser with our script fetches that again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.responses import Response

from sync_daemon.answers.board.roll import Roll
from sync_daemon.answers.board.row import Row
from sync_daemon.board.pages.asked import Asked
from sync_daemon.board.pages.count import count_told
from sync_daemon.board.pages.departments import UnmannedShown, unmanned_shown
from sync_daemon.board.place import language_of, place_of, viewer_of
from sync_daemon.board.rendering import page, render
from sync_daemon.texts import LocalTime, Text

if TYPE_CHECKING:
    from starlette.requests import Request

    from sync_daemon.answers.board.freshness import Freshness
    from sync_daemon.board.kept_answers import KeptAnswer
    from sync_daemon.board.written_rows import WrittenRows
    from sync_daemon.settings import Tenant

_MOST = 80
"""Rows of one answer: more than anybody looks through, and a page of less than 100 KiB."""

_MOST_DEPARTMENTS = 400
"""To choose from; where there are more, those of the tenant that is chosen."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A person's row, and how it is written."""

    row: Row
    written: Markup


@dataclass(frozen=True, slots=True)
class Warned:
    """What cannot be trusted, and whose page tells more where it is one person's."""

    told: Text
    person: Row | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """All that the list's template shows, `now` being told in the `zone`."""

    now: datetime
    zone: tzinfo
    rows: Sequence[ShownRow]
    count: Text
    outside: int
    more: int
    warnings: Sequence[Warned]
    freshness: Sequence[tuple[str, Text]]
    unmanned: Sequence[UnmannedShown]


def people_page(request: Request) -> Response:
    """`/`: the form, with what it finds."""
    roll, tenants, now = _roll(request), _tenants(request), place_of(request).clock()
    asked = _asked(request, tenants)
    chosen = [one for one in tenants if asked.tenant in {"", one.id}]
    return render(
        request,
        "people.html",
        asked=asked,
        screen=_screen(request, roll, asked, tenants, now),
        is_part=False,
        tenants=tenants,
        departments=_departments(roll, tenants) or _departments(roll, chosen),
        in_several=_in_several(roll, tenants),
    )


def people_list(request: Request) -> Response:
    """`/list`: what changes of that page; 304 where the browser has it."""
    place, has = place_of(request), request.headers.get("if-none-match", "")
    roll, tenants = _roll(request), _tenants(request)
    asked = _asked(request, tenants)
    # Time alone says who is back within the hour, which times are of another day, and what time it is.
    now = place.clock()
    minutes = tuple(one.replace(second=0, microsecond=0) for one in (roll.at, now))
    what = (roll.version, minutes, asked, tuple(tenant.id for tenant in tenants), language_of(request))
    kept = place.answers.get(what)
    if kept is None:
        kept = _written(request, what, asked, roll, tenants, now)
    headers = {"ETag": kept.tag}
    return Response(status_code=304, headers=headers) if kept.tag in has else page(request, kept.body, headers=headers)


def _written(  # noqa: PLR0913, PLR0917 - what it is made of
    request: Request, what: Hashable, asked: Asked, roll: Roll, tenants: Sequence[Tenant], now: datetime
) -> KeptAnswer:
    """One after the other: side by side they would share the processor, and all be as late as the last."""
    place = place_of(request)
    with place.turn:
        kept = place.answers.get(what)
        if kept is not None:
            return kept  # another who asked the same was before
        screen = _screen(request, roll, asked, tenants, now)
        answer = render(request, "list.html", asked=asked, screen=screen, is_part=True)
        return place.answers.keep(what, bytes(answer.body))


def _roll(request: Request) -> Roll:
    return place_of(request).roll()


def _tenants(request: Request) -> list[Tenant]:
    return place_of(request).tenants(viewer_of(request))


def _asked(request: Request, tenants: Sequence[Tenant]) -> Asked:
    return Asked.by(request.query_params).of({tenant.id for tenant in tenants})


def _screen(request: Request, roll: Roll, asked: Asked, tenants: Sequence[Tenant], now: datetime) -> Screen:
    ids = [tenant.id for tenant in tenants]
    found = roll.find(asked.q, ids, asked.filters, asked.sort, _MOST)
    outside = roll.find(asked.q, ids, order="return", limit=0).total - found.total if asked.has_filters else 0
    fresh = [roll.freshness[id_] for id_ in ids if id_ in roll.freshness]
    return Screen(
        now=now,
        zone=tenants[0].zone if tenants else UTC,
        rows=_shown(request, roll, found.rows),
        count=count_told(found.total, outside, asked),
        outside=outside,
        more=found.total - len(found.rows),
        warnings=[*_trouble(roll, tenants), *(warning for one in fresh for warning in _warnings(roll, one))],
        freshness=[(one.tenant, one.told) for one in fresh],
        unmanned=[one for tenant in tenants for one in unmanned_shown(roll, tenant)],
    )


def _shown(request: Request, roll: Roll, rows: Sequence[Row]) -> list[ShownRow]:
    written: WrittenRows = request.app.state.rows
    return [ShownRow(*one) for one in zip(rows, written.all(roll, rows, language_of(request)), strict=True)]


def _departments(roll: Roll, tenants: Sequence[Tenant]) -> Mapping[str, list[str]]:
    """The names by tenant; none at all where they are too many to choose from."""
    ids = {tenant.id for tenant in tenants}
    names: dict[str, list[str]] = {}
    for one in roll.departments:
        if one.tenant in ids:
            names.setdefault(one.tenant, []).append(one.name)
    return names if sum(map(len, names.values())) <= _MOST_DEPARTMENTS else {}


def _in_several(roll: Roll, tenants: Sequence[Tenant]) -> set[str]:
    """The names of departments that more than one of the tenants has."""
    ids = {tenant.id for tenant in tenants}
    of = Counter(one.name for one in roll.departments if one.tenant in ids)
    return {name for name, count in of.items() if count > 1}


def _warnings(roll: Roll, fresh: Freshness) -> Iterator[Warned]:
    """Of one tenant; the only one whose calendar cannot be read is named."""
    yield from map(Warned, fresh.doubts)
    if fresh.unread is None:
        return
    unread = [row for row in roll.unread if row.tenant == fresh.tenant] if fresh.unreadable == 1 else []
    if len(unread) == 1:
        told = Text("{tenant}: the calendar of {name} cannot be read", tenant=fresh.tenant, name=unread[0].name)
        yield Warned(told, unread[0])
    else:
        yield Warned(fresh.unread)


def _trouble(roll: Roll, tenants: Sequence[Tenant]) -> list[Warned]:
    if roll.trouble is None:
        return []
    since = LocalTime(roll.trouble.since, tenants[0].zone if tenants else None, roll.at)
    told = Text("The store of referrals has not answered since {since}: what stands here may be old.", since=since)
    return [Warned(told)]
