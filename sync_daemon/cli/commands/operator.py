"""Commands of the switchboard's operator: `referrals`, `refer`, `open`, `notices`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from rules import by_hand
from rules.absence import back
from rules.command import Alternative, Mode, Phone
from rules.departments import Notice
from rules.referral import Referral, in_force
from sync_daemon import log
from sync_daemon.cli.application import (
    CONFIG,
    AtOption,
    ByOption,
    ConfigOption,
    JsonOption,
    TenantOption,
    Workplace,
    app,
    require_present,
    time_of,
    told_by_hand,
    workplace,
)
from sync_daemon.cli.output import (
    alternative_json,
    clock,
    print_json,
    referral_json,
    say,
    table,
    time_json,
    told,
)
from sync_daemon.cycle.departments import notices_at
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import person_of
from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.numbers import check_number, internal_numbers, is_service, normalised
from sync_daemon.settings import Tenant
from sync_daemon.store import StoredSubscriber

OPERATOR = "operator"


@app.command()
def referrals(
    config: ConfigOption = CONFIG,
    at: AtOption = None,
    tenant: TenantOption = None,
    every: Annotated[bool, typer.Option("--all", help="Also those to come.")] = False,
    json: JsonOption = False,
) -> None:
    """Show who is away, until when, when back, and whom to try meanwhile."""
    with workplace(config, read_only=True) as place:
        _require_store(place)
        shown = [(one, _rows(place, one, time_of(at, one), every=every)) for one in place.tenants(tenant)]
    rows = sorted(
        (row for _, its in shown for row in its), key=lambda row: (row["tenant"], row["extension"], row["from"])
    )
    if json:
        print_json(rows)
        return
    zones = {one.id: one for one in place.settings.tenants}
    if not rows:
        say("Nobody is referred.")
        return
    columns = ("tenant", "ext", "name", "reason", "from", "until", "back", "phone", "try", "set by")
    table(columns, [_cells(row, zones[row["tenant"]], time_of(at, zones[row["tenant"]])) for row in rows])


def _require_store(place: Workplace) -> None:
    """An operator must not take a mistyped address for a switchboard where nobody is away."""
    if not place.store.exists:
        raise StoreUnavailable(
            "there is no store yet where url in [store] says: see that it is right, and run `hanvisa once`"
        )


def _rows(place: Workplace, tenant: Tenant, now: datetime, *, every: bool) -> list[dict[str, Any]]:
    lasting: dict[int, list[Referral]] = defaultdict(list)
    people: dict[int, StoredSubscriber] = {}
    for person, referral in place.store.not_over(now, tenant.id):
        people[person.id] = person
        lasting[person.id].append(referral)
    planner = Planner(tenant)
    horizon = now + timedelta(days=tenant.rules.horizon_days)

    def row(person: StoredSubscriber, extension: str, referral: Any) -> dict[str, Any]:  # noqa: ANN401 - two of a kind
        when = back(lasting[person.id], max(now, referral.start), horizon, planner.office(person.department))
        return {
            "tenant": tenant.id,
            "extension": extension,
            "name": person.name,
            "reason": referral.reason,
            "from": time_json(referral.start),
            "until": time_json(referral.until),
            "back": time_json(when),
            "phone": referral.phone.value,
            "alternative": alternative_json(referral.alternative),
            "origin": referral.origin,
            "opened_at": time_json(referral.opened_at),
        }

    if every:
        return [
            row(people[id_], number, one)
            for id_, its in lasting.items()
            for one in its
            for number in people[id_].extensions
        ]
    return [row(people[one.subscriber_id], one.extension, one) for one in place.store.in_force(now, tenant.id)]


def _cells(row: dict[str, Any], tenant: Tenant, now: datetime) -> list[str]:
    def local(name: str) -> str:
        return clock(datetime.fromisoformat(row[name]), tenant.zone, now) if row[name] else "not known"

    alternative = row["alternative"] and Alternative(row["alternative"]["number"], Mode(row["alternative"]["mode"]))
    return [
        row["tenant"],
        row["extension"],
        row["name"],
        row["reason"],
        local("from"),
        local("until"),
        local("back"),
        row["phone"],
        told(alternative, tenant.rules.country),
        row["origin"],
    ]


@app.command()
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
    json: JsonOption = False,
) -> None:
    """Set a referral by hand."""
    if info is not None and connect is not None:
        raise UserError("an alternative is told or connected: give --info or --connect, not both")
    with workplace(config) as place:
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
        made = place.store.refer(person.id, replace(new, set_at=now), by, now)
        log.referral_set(made, by=by, tenant=tenant.id, mailbox=person.mailbox, extension=person_of(person).extension)
    if json:
        print_json(referral_json(made))
    else:
        times = f"{clock(made.start, tenant.zone)} to {clock(made.until, tenant.zone)}"
        say(f"{person.name} ({', '.join(person.extensions)}) is referred: {made.reason}, {times}, phone {made.phone}.")


def _times(place: Workplace, tenant: Tenant, start: str | None, until: str, now: datetime) -> tuple[datetime, datetime]:
    """From when, until when; UserError where that may not be set by hand any more, or not yet (RULES 5)."""
    begins, ends = time_of(start, tenant), time_of(until, tenant)
    for moment in (begins, ends):
        require_present(place, tenant, moment)
    if begins < ends <= by_hand.present(begins, now):
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
    """What RULES §2 asks of a number in a subject: one of the switchboard's, or a whole and valid external one."""
    rules = tenant.rules
    if is_service(number, rules.country):
        return False
    if place.store.find(number) is not None or number in internal_numbers(rules.internal_numbers, rules.country):
        return True
    return check_number(rules.country, rules.countries)(text) is not None


@app.command(name="open")
def open_(
    extension: Annotated[str, typer.Argument(help="The extension, or a mobile extension's number.")],
    at: AtOption = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the latest opening back.")] = False,
    by: ByOption = OPERATOR,
    config: ConfigOption = CONFIG,
    json: JsonOption = False,
) -> None:
    """Open the phone before its referral's time, or take that back."""
    with workplace(config) as place:
        tenant, person = place.extension(extension)
        moment = time_of(at, tenant)
        require_present(place, tenant, moment)
        if undo:
            _undo(place, tenant, person, moment, by, json=json)
            return
        left = Planner(tenant).after_opening(person.department, person.alternative)
        opened = place.store.open_phone(person.id, moment, by, left, by_hand.present(moment, time_of(None, tenant)))
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
    now = by_hand.present(moment, time_of(None, tenant))
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


@app.command()
def notices(
    config: ConfigOption = CONFIG, at: AtOption = None, tenant: TenantOption = None, json: JsonOption = False
) -> None:
    """Show departments that are or will be unmanned, as far as the switchboard is to know by now."""
    with workplace(config, read_only=True) as place:
        _require_store(place)
        found = [
            (one, department, notice)
            for one in place.tenants(tenant)
            for department, notices in sorted(notices_at(place.store, one, time_of(at, one)).items())
            for notice in notices
        ]
    if json:
        print_json([_notice_json(*one) for one in found])
        return
    if not found:
        say("No department is unmanned.")
        return
    rows = [
        [
            one.id,
            department,
            *(clock(moment, one.zone, time_of(at, one)) for moment in (notice.start, notice.until, notice.back)),
            _emergency(one, department) or "",
            notice.state.value,
            clock(notice.at, one.zone, time_of(at, one)),
        ]
        for one, department, notice in found
    ]
    table(("tenant", "department", "from", "until", "back", "emergency", "state", "said at"), rows)


def _notice_json(tenant: Tenant, department: str, notice: Notice) -> dict[str, Any]:
    return {
        "tenant": tenant.id,
        "department": department,
        "from": time_json(notice.start),
        "until": time_json(notice.until),
        "back": time_json(notice.back),
        "emergency": _emergency(tenant, department),
        "state": notice.state.value,
        "at": time_json(notice.at),
    }


def _emergency(tenant: Tenant, department: str) -> str | None:
    return next((one.emergency for one in tenant.departments if one.name == department), None)
