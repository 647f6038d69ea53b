"""Why a phone is closed or not, then, now or later, as a picture beside the sentences of `hanvisa explain`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sync_daemon.answers import whom
from sync_daemon.answers.explanation import explain_by_store
from sync_daemon.answers.explanation_told import ToldExplanation, explanation_told
from sync_daemon.board.days import DayShown, shown_day
from sync_daemon.board.pages.admin import administered
from sync_daemon.board.place import language_of, place_of
from sync_daemon.board.rendering import render
from sync_daemon.by_hand import Refused, read_time, whose
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import Person, person_of
from sync_daemon.printable import cut, one_line, quoted
from sync_daemon.settings import Tenant
from sync_daemon.store import Store
from sync_daemon.texts import Language, Text

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_MOST = 20
"""Of several people who are called alike."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What is said of somebody's moment, and the day as it is drawn; None where nothing is known of it."""

    told: ToldExplanation
    day: DayShown | None


def explain_page(request: Request) -> Response:
    """`/admin/explain?q=NUMBER|NAME&at=TIME`."""
    tenants, place, asked = administered(request), place_of(request), request.query_params
    text, time = cut(asked.get("q", "")), cut(asked.get("at", ""))
    now, problem, explained = place.clock(), None, None
    found = _found(place.store, tenants, text) if text else []
    if len(found) == 1:
        [(tenant, person)] = found
        try:
            at = read_time(time, tenant.zone, now) if time else now
            explained = _explained(place.store, tenant, person, at, now, language_of(request))
        except Refused as error:
            problem = error.text
    elif text and not found:
        problem = Text("nobody has the number {text}, and nobody is called so", text=quoted(text))
    return render(
        request,
        "admin_explain.html",
        status=200 if problem is None else 404 if not found else 422,
        q=text,
        time=time,
        problem=problem,
        explained=explained,
        several=[] if len(found) == 1 else [_named(person) for _, person in found[:_MOST]],
    )


def _found(store: Store, tenants: Sequence[Tenant], text: str) -> list[tuple[Tenant, Person]]:
    """Whose number it is, else who are called so; of these tenants."""
    holder = whose(store, tenants, text)
    if holder is not None:
        return [(holder[0], person_of(holder[1]))]
    people = whom.named(text, whom.everybody(store, tenants, None))
    return [(one.tenant, one.person) for one in people]


def _named(person: Person) -> tuple[str, str]:
    """The name, and what to ask for instead."""
    return one_line(person.name), person.extension or person.mailbox


def _explained(  # noqa: PLR0913, PLR0917 - who asks of whom and when
    store: Store, tenant: Tenant, person: Person, at: datetime, now: datetime, language: Language
) -> Explained:
    told = explain_by_store(store, tenant, person, at, now)
    office = Planner(tenant).office(person.department)
    command = f"hanvisa explain {person.extension or person.mailbox} --at {at.astimezone(tenant.zone):%Y-%m-%dT%H:%M}"
    why = Text(
        "By what the store remembers: the calendar itself is not read here, nor what the next cycle would change."
        " `{command}` reads it.",
        command=command,
    )
    said = explanation_told(told, tenant, office, language, why)
    day = None
    if said.known:
        day = shown_day(told, tenant, office, language, name="asked", mark=Text("asked for"))
    return Explained(said, day)
