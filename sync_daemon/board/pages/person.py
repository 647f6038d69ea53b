"""A person's page: how the phone is, today and the coming days, their numbers, and what can be done by hand."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from rules.referral import Referral, in_force
from sync_daemon.answers.board.roll import Roll
from sync_daemon.answers.board.row import Row
from sync_daemon.answers.explanation_told import change_lines
from sync_daemon.answers.wording import telephone_number
from sync_daemon.board.badges import Badge, badge_of
from sync_daemon.board.days import DayShown, days_of
from sync_daemon.board.place import language_of, place_of, viewer_of
from sync_daemon.board.rendering import render
from sync_daemon.board.said_once import FormSent, SaidOnce
from sync_daemon.by_hand import Hand, PossibleActs, possible_acts, referral_told
from sync_daemon.cycle.roster import person_of
from sync_daemon.printable import one_line
from sync_daemon.settings import Tenant
from sync_daemon.texts import Language, LocalTime, Text

if TYPE_CHECKING:
    from starlette.requests import Request

    from sync_daemon.answers.board.department import DepartmentState


_MINUTE = 60
"""Seconds, after which the clock says another time, and now is drawn anew."""

_PROCESS = secrets.token_hex(4)
"""In each tag: another version of the program may show the same otherwise."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody has typed, which is shown again where it was refused; `act` is whose form that was.

    `problem` is why nothing was done, `field` what is to be mended; None where that is nothing that was typed.
    `overlaps`: what is set already is to be replaced or added to, as the form asks.
    """

    act: str = ""
    until: str = ""
    start: str = ""
    reason: str = ""
    phone: str = "closed"
    number: str = ""
    mode: str = "info"
    field: str | None = None
    problem: str | None = None
    overlaps: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose page it is: their row in the roll of now, and who acts on it; None where there is no number to act on."""

    roll: Roll
    row: Row
    tenant: Tenant
    hand: Hand | None

    @property
    def address(self) -> str:
        """Of their page."""
        return f"/people/{self.tenant.id}/{self.row.id}"


@dataclass(frozen=True, slots=True)
class WithdrawShown:
    """What was set by hand and is not over: the store's id of it, what it is, and whether it is the one in force."""

    id: int | None
    told: Text
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class ActsShown:
    """What can be done now: the opening of all that it ends, the undoing of an opening, each withdrawal.

    `state` tells this state from any other: a form that was made for another one does nothing.
    """

    opens: tuple[Text, ...]
    undoes: Text | None
    withdraws: tuple[WithdrawShown, ...]
    state: str

    @property
    def ends_first(self) -> bool:
        """Whether what holds now was set by hand: then that is what most want to end, and not all that closes."""
        return any(one.is_in_force for one in self.withdraws)


def person_page(request: Request) -> Response:
    """`/people/TENANT/ID`; with `?done=` what a form came to, said once."""
    asked = asked_for(request)
    tag = _tag(request, asked)
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag})
    sent = FormSent(viewer_of(request).name, asked.address, request.query_params.get("done", ""))
    page = shown(request, asked, done=said_of(request).take(sent))
    page.headers["ETag"] = tag
    return page


def _tag(request: Request, asked: Asked) -> str:
    """Another one wherever anything that is shown is, for the page's script, which asks again and again."""
    place = place_of(request)
    fresh = asked.roll.freshness.get(asked.tenant.id)
    acts = None if asked.hand is None else state_of(possible_acts(asked.hand))
    days = () if asked.hand is None else asked.hand.referrals(asked.hand.now)
    members = [member for member, _ in _members(asked)]
    minute = place.clock().timestamp() // _MINUTE
    of = (
        _PROCESS,
        asked.row,
        asked.roll.trouble,
        fresh and fresh.doubts,
        acts,
        days,
        members,
        minute,
        language_of(request),
    )
    return f'"{hashlib.sha256(repr(of).encode("utf-8", "replace")).hexdigest()[:32]}"'


def said_of(request: Request) -> SaidOnce:
    """The process's."""
    said: SaidOnce = request.app.state.said
    return said


def asked_for(request: Request) -> Asked:
    """Whose page it is; of another tenant's person 404, as of one who does not exist."""
    place, viewer = place_of(request), viewer_of(request)
    wanted, subscriber = request.path_params["tenant"], request.path_params["id"]
    tenant = next((one for one in place.tenants(viewer) if one.id == wanted), None)
    roll = place.keeper.current()
    row = None if tenant is None else roll.person(tenant.id, subscriber)
    if tenant is None or row is None:
        raise HTTPException(404)
    stored = place.store.find(row.extensions[0]) if row.extensions else None
    hand = None
    if stored is not None and stored.id == row.id:
        hand = Hand(place.store, tenant, stored, viewer.name, place.clock(), viewer.origin)
    return Asked(roll, row, tenant, hand)


def shown(
    request: Request, asked: Asked, draft: Draft | None = None, *, status: int = 200, done: str | None = None
) -> Response:
    """The page, with what was done, or with what was typed and why it was refused."""
    row, tenant, language = asked.row, asked.tenant, language_of(request)
    place = place_of(request)
    days: tuple[DayShown, ...] = ()
    if asked.hand is not None:
        days = days_of(place.store, tenant, person_of(asked.hand.person), asked.hand.now, language)
    changes = days[0].told.changes if days else ()
    fresh = asked.roll.freshness.get(tenant.id)
    return render(
        request,
        "person.html",
        status=status,
        row=row,
        now=place.clock(),
        tenant_zone=tenant.zone,
        badge=badge_of(row.presence),
        alternative=_alternative(row),
        members=_members(asked),
        emergency=_emergency(asked),
        warnings=fresh.doubts if fresh else (),  # of another's calendar that cannot be read their own page tells
        acts=None if asked.hand is None else _acts(asked.hand),
        reasons=sorted(set(row.words.reasons[language].values())),
        days=days,
        changes=[one_line(line) for line in change_lines(changes, tenant, language)],
        draft=draft or Draft(),
        examples=_examples(asked, language),
        colleagues=[(one.numbers[0].written, one.name) for one, _ in _members(asked) if one.numbers],
        form=secrets.token_urlsafe(12),
        address=asked.address,
        done=done,
    )


def _examples(asked: Asked, language: Language) -> tuple[str, str]:
    """A time of day as the language writes it, and tomorrow's date."""
    tomorrow = (asked.row.today + timedelta(hours=36)).astimezone(asked.tenant.zone)
    return ("13.00" if language == "sv" else "13:00"), f"{tomorrow:%Y-%m-%d}"


def state_of(acts: PossibleActs) -> str:
    """A value that is another one wherever what is in force, or can be taken back, is."""
    of = (tuple(map(_known, acts.opens)), acts.undoes, tuple(map(_known, acts.withdraws)))
    return hashlib.sha256(repr(of).encode("utf-8", "replace")).hexdigest()[:24]


def _known(referral: Referral) -> object:
    return referral.id, referral.start, referral.until, referral.phone.value, referral.reason, referral.alternative


def _acts(hand: Hand) -> ActsShown:
    acts = possible_acts(hand)
    undoes = None
    # Without whom calls go to: whether they do by now is told beside how the phone is.
    ended = [referral_told(hand, replace(one, alternative=None)) for one in acts.opens]
    opens = tuple(Text("It ends: {referral}.", referral=one) for one in ended)
    if acts.undoes is not None:
        undoes = Text("The phone was opened at {time}.", time=hand.local(acts.undoes, hand.now))
    current = in_force(hand.referrals(hand.now), hand.now)
    withdraws = tuple(WithdrawShown(one.id, referral_told(hand, one), one == current) for one in acts.withdraws)
    return ActsShown(opens, undoes, withdraws, state_of(acts))


def _alternative(row: Row) -> Text | None:
    """How calls get to the alternative now."""
    of = row.alternative
    if of is None:
        return None
    number = telephone_number(of.number, row.words.country)
    if of.connects:
        return Text("Calls are connected to {number}.", number=number)
    if of.closed_until is None:
        return Text("{number} is told to the caller.", number=number)
    until = LocalTime(of.closed_until, row.words.zone, row.today)
    return Text("{number} is told, not connected: that phone is closed until {until}.", number=number, until=until)


def _members(asked: Asked) -> list[tuple[Row, Badge]]:
    """Who else is in the department: whoever is there first."""
    department = _department(asked)
    if department is None:
        return []
    there = [one for one in department.there if one.id != asked.row.id]
    ids = {one.id for one in there}
    others = [one for one in department.members if one.id not in ids and one.id != asked.row.id]
    return [(one, badge_of(one.presence)) for one in (*there, *others)]


def _emergency(asked: Asked) -> str | None:
    department = _department(asked)
    if department is None or department.emergency is None:
        return None
    return telephone_number(department.emergency, asked.tenant.rules.country)


def _department(asked: Asked) -> DepartmentState | None:
    name = asked.row.department
    return None if name is None else asked.roll.department(asked.tenant.id, name)
