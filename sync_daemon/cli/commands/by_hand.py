"""Commands by which an operator acts on a phone by hand: `refer`, `open`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from rules import by_hand
from rules.command import Alternative, Mode, Phone
from rules.referral import Referral, in_force
from sync_daemon import log
from sync_daemon.answers.as_json import referral_json
from sync_daemon.cli.application import (
    CONFIG,
    AtOption,
    ByOption,
    ConfigOption,
    JsonOption,
    LangOption,
    app,
    example,
    time_of,
    told_by_hand,
)
from sync_daemon.cli.output import clock, print_json, say
from sync_daemon.cli.workplace import Workplace, require_present, workplace
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import person_of
from sync_daemon.errors import UserError
from sync_daemon.numbers import check_number, internal_numbers, is_service, normalised
from sync_daemon.printable import quoted
from sync_daemon.settings import Tenant
from sync_daemon.store import StoredSubscriber
from sync_daemon.texts import Text

OPERATOR = "operator"


@app.command(epilog=example("hanvisa refer 4711 --until 13:00 --reason lunch --info 4712"))
def refer(
    extension: Annotated[str, typer.Argument(help="The extension, or a mobile extension's number.")],
    until: Annotated[str, typer.Option("--until", metavar="TIME")],
    start: Annotated[str | None, typer.Option("--from", metavar="TIME")] = None,
    reason: Annotated[str, typer.Option("--reason", help="As the operator tells it: meeting, lunch, …")] = "away",
    is_open: Annotated[bool, typer.Option("--open", help="The phone stays open.")] = False,
    info: Annotated[str | None, typer.Option("--info", metavar="N", help="A number to tell.")] = None,
    connect: Annotated[str | None, typer.Option("--connect", metavar="N", help="A number to connect to.")] = None,
    by: ByOption = OPERATOR,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """Set a referral by hand."""
    if info is not None and connect is not None:
        raise UserError("an alternative is told or connected: give --info or --connect, not both")
    with workplace(config, store_only=True) as place:
        tenant, person = place.extension(extension)
        now = time_of(None, tenant)
        begins, ends = _times(place, tenant, start, until, now)
        number = info if info is not None else connect
        mode = Mode.CONNECT if connect is not None and not is_open else Mode.INFO
        new = Referral(
            OPERATOR,
            Phone.OPEN if is_open else Phone.CLOSED,
            told_by_hand("--reason", reason),
            begins,
            ends,
            _alternative(place, tenant, person, number, mode),
        )
        set_at = by_hand.set_at(begins, now, place.store.latest_cycle(tenant.id))
        made = place.store.refer(person.id, replace(new, set_at=set_at), by, set_at)
        log.referral_set(made, by=by, tenant=tenant.id, mailbox=person.mailbox, extension=person_of(person).extension)
    if json:
        print_json(referral_json(made))
    else:
        times = f"{clock(made.start, tenant.zone)} to {clock(made.until, tenant.zone)}"
        say(f"{person.name} ({', '.join(person.extensions)}) is referred: {made.reason}, {times}, phone {made.phone}.")


def _times(place: Workplace, tenant: Tenant, start: str | None, until: str, now: datetime) -> tuple[datetime, datetime]:
    """From when, until when; UserError where that may not be set by hand any more, or not yet (docs/rules.md §5)."""
    begins, ends = time_of(start, tenant), time_of(until, tenant)
    for moment in (begins, ends):
        require_present(place, tenant, moment)
    if begins < ends <= by_hand.end_of_the_past(begins, now):
        raise UserError(f"that referral would be over: it would end {clock(ends, tenant.zone)}")
    return begins, ends


def _alternative(
    place: Workplace, tenant: Tenant, person: StoredSubscriber, text: str | None, mode: Mode
) -> Alternative | None:
    if text is None:
        return None
    number = normalised(text, tenant.rules.country)
    if number is None or not _takes_calls(place, tenant, number, text):
        raise UserError(f"{text} is no number that calls can go to: give an extension, or a whole telephone number")
    if number in person.extensions:
        raise UserError(f"{text} is {person.name}'s own number: an alternative is somebody else's")
    return Alternative(number, mode)


def _takes_calls(place: Workplace, tenant: Tenant, number: str, text: str) -> bool:
    """What docs/rules.md §2 asks of a number in a subject: one of the switchboard's, or a whole valid external one."""
    rules = tenant.rules
    if is_service(number, rules.country):
        return False
    if place.store.find(number) is not None or number in internal_numbers(rules.internal_numbers, rules.country):
        return True
    if tenant.doubts("internal_numbers", "countries"):
        raise UserError(
            Text(
                "whether calls can go to {number} is not known while the configuration is wrong: mend what"
                " `hanvisa check` tells, or give an extension",
                number=quoted(text),
            )
        )
    return check_number(rules.country, rules.countries)(text) is not None


@app.command(name="open", epilog=example("hanvisa open 4711 --by Eva"))
def open_(
    extension: Annotated[str, typer.Argument(help="The extension, or a mobile extension's number.")],
    at: AtOption = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the latest opening back.")] = False,
    by: ByOption = OPERATOR,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """Open the phone before its referral's time, or take that back."""
    with workplace(config, store_only=True) as place:
        tenant, person = place.extension(extension)
        moment = time_of(at, tenant)
        require_present(place, tenant, moment)
        if undo:
            _undo(place, tenant, person, moment, by, json=json)
            return
        left = Planner(tenant).after_opening(person.department, person.alternative)
        opened = place.store.open_phone(
            person.id, moment, by, left, by_hand.end_of_the_past(moment, time_of(None, tenant))
        )
        if opened is None:
            raise UserError(f"{person.name} ({extension}) is not referred at that time: there is nothing to open")
        ended = in_force(opened.ended, moment) or opened.ended[0]
        log.about(tenant.id, person.mailbox, person_of(person).extension).info(
            "opening", by=by, opened_at=moment, until=ended.until, origin=ended.origin
        )
    if json:
        print_json(referral_json(replace(ended, opened_at=moment)))
        return
    say(
        f"{person.name}'s phone is open from {clock(moment, tenant.zone)}; the referral ({ended.reason}) would have"
        f" lasted until {clock(ended.until, tenant.zone)}. `hanvisa open {extension} --undo` takes it back."
    )


def _undo(place: Workplace, tenant: Tenant, person: StoredSubscriber, moment: datetime, by: str, *, json: bool) -> None:
    now = by_hand.end_of_the_past(moment, time_of(None, tenant))
    undone = place.store.undo_opening(person.id, moment, by, now)
    if undone is None:
        raise UserError(f"{person.name}'s phone has not been opened by hand: there is nothing to take back")
    log.about(tenant.id, person.mailbox, person_of(person).extension).info("opening_undone", by=by, opened_at=undone.at)
    if json:
        print_json(referral_json(undone.restored[0] if undone.restored else None))
        return
    again = [f"{one.reason} until {clock(one.until, tenant.zone)}" for one in undone.restored]
    what = f"in force again: {', '.join(again)}" if again else "what it ended is over by now"
    say(f"The opening of {person.name}'s phone at {clock(undone.at, tenant.zone)} is taken back; {what}.")
