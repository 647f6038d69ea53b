"""The admin's part: how each tenant is, who cannot be read, what is held back and its approval, near misses.

An admin sees the tenants that they are an admin of, and of what all share that something is wrong with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from sync_daemon.answers import other_source
from sync_daemon.answers.day_times import DayTimes
from sync_daemon.answers.health import Health, TenantHealth, health_of, hosts, listening
from sync_daemon.answers.health.told import last_read, problem_line, worked_on_by
from sync_daemon.answers.held_sets import lines_of
from sync_daemon.board.pages.admin_people import PersonShown, near_misses, unreadable
from sync_daemon.board.pages.person import said_of
from sync_daemon.board.place import language_of, place_of, viewer_of
from sync_daemon.board.rendering import render
from sync_daemon.board.said_once import FormSent
from sync_daemon.board.sign_in.requests import form_of
from sync_daemon.by_hand import Refused, approve
from sync_daemon.settings import Tenant
from sync_daemon.store import CHANGES, LEAVERS, HeldSet, Store
from sync_daemon.texts import Language, LocalTime, Text, by_number

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


@dataclass(frozen=True, slots=True)
class HeldShown:
    """A set that the brake holds back: its name as it is approved, since when, what it holds; `approved` by whom."""

    name: str
    told: Text
    lines: tuple[Text, ...]
    approved: Text | None
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class TenantShown:
    """How a tenant is. Of very many people the first ones are shown, and so many `more` are not."""

    id: str
    last_read: Text
    worked_on_by: Text
    next_cycle: datetime | None
    health: TenantHealth
    zone: object
    lines: tuple[Text, ...]
    held: tuple[HeldShown, ...]
    unreadable: tuple[PersonShown, ...]
    near_misses: tuple[PersonShown, ...]

    @property
    def more_unreadable(self) -> int:
        """Who are not listed."""
        return max(self.health.unreadable - len(self.unreadable), 0)


def administered(request: Request) -> list[Tenant]:
    """Those that the viewer is an admin of; who is an admin of none has no such page."""
    viewer = viewer_of(request)
    tenants = [one for one in place_of(request).settings.tenants if viewer.may_administer(one.id)]
    if not tenants:
        raise HTTPException(403)
    return tenants


def _tenant_of(request: Request) -> Tenant:
    """The one that the address names, or the first; 404 where the viewer is no admin of it."""
    tenants = administered(request)
    wanted = request.path_params.get("tenant", tenants[0].id)
    found = next((one for one in tenants if one.id == wanted), None)
    if found is None:
        raise HTTPException(404)
    return found


def admin_page(request: Request) -> Response:
    """`/admin`; with `?done=` what an approval came to, said once; also what a refused form's address shows."""
    sent = FormSent(viewer_of(request).name, "/admin", request.query_params.get("done", ""))
    _tenant_of(request)
    return _shown(request, done=said_of(request).take(sent))


def approve_set(request: Request) -> Response:
    """`POST /admin/TENANT/approve`: the act of `hanvisa approve`. A form that is sent again gets the same answer."""
    tenant = _tenant_of(request)
    place, by, form = place_of(request), viewer_of(request).name, form_of(request)
    sent, said = FormSent(by, "/admin", form.get("form", "")), said_of(request)
    with said.acting:
        if not said.was_done(sent):
            try:
                approved = approve(place.store, tenant, form.get("set", ""), by, place.clock())
            except Refused as error:
                return _shown(request, refused=error.text, status=409)
            said.keep(sent, approved.text)
    return RedirectResponse(f"/admin?{urlencode({'done': sent.form})}", 303)


def _shown(request: Request, *, done: str | None = None, refused: str | None = None, status: int = 200) -> Response:
    place, tenants = place_of(request), administered(request)
    now = place.clock()
    health = health_of(place.settings, place.store, now).only({tenant.id for tenant in tenants})
    return render(
        request,
        "admin.html",
        status=status,
        problems=[problem_line(problem) for problem in health.problems],
        hosts=list(hosts.told(health.hosts)),
        tenants=[_tenant(tenant, health, place.store, language_of(request)) for tenant in tenants],
        form=secrets.token_urlsafe(12),
        done=done,
        refused=refused,
    )


def _tenant(tenant: Tenant, health: Health, store: Store, language: Language) -> TenantShown:
    its = next(one for one in health.tenants if one.tenant == tenant.id)
    people = {one.id: one for one in store.subscribers(tenant.id)}
    return TenantShown(
        tenant.id,
        last_read(its, tenant.zone, health.at),
        worked_on_by(its, tenant.zone, health.at),
        its.next_cycle,
        its,
        tenant.zone,
        (*listening.told(its), *other_source.told(its)),
        tuple(_held(store, tenant, health.at)),
        tuple(unreadable(store, tenant, people)),
        tuple(near_misses(store, tenant, people, DayTimes(health.at, tenant.zone, language))),
    )


def _held(store: Store, tenant: Tenant, now: datetime) -> Iterator[HeldShown]:
    for kind in (CHANGES, LEAVERS):
        for held in store.held_sets(tenant.id, kind):
            waiting = held.unapproved
            lines = lines_of(store, tenant, waiting or [*held.changes], kind, held.last_reading)
            yield HeldShown(
                held.set, _what(held, tenant, now), tuple(lines), _approved(held, tenant, now), is_waiting=bool(waiting)
            )


def _what(held: HeldSet, tenant: Tenant, now: datetime) -> Text:
    count, since = len(held.changes), LocalTime(held.first_reading, tenant.zone, now)
    values = {"set": held.set, "count": count, "since": since}
    if held.kind == LEAVERS:
        one = Text("Set {set}: one person would leave the directory, held since {since}.", set=held.set, since=since)
        return by_number(
            count, one, Text("Set {set}: {count} people would leave the directory, held since {since}.", **values)
        )
    one = Text("Set {set}: one removal or shortening, held since {since}.", set=held.set, since=since)
    return by_number(count, one, Text("Set {set}: {count} removals and shortenings, held since {since}.", **values))


def _approved(held: HeldSet, tenant: Tenant, now: datetime) -> Text | None:
    if held.approved_by is None or held.approved_at is None:
        return None
    at = LocalTime(held.approved_at, tenant.zone, now)
    if held.unapproved:
        return Text(
            "A part of it was approved by {by} at {at}; what is listed here joined it since.",
            by=held.approved_by,
            at=at,
        )
    return Text("Approved by {by} at {at}: it goes through at the next cycle.", by=held.approved_by, at=at)
