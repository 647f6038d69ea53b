"""Commands by which an operator acts on a phone by hand: `refer`, `withdraw`, `open`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from rules import by_hand
from rules.command import Alternative, Mode, Phone
from rules.referral import Referral, in_force
from sync_daemon import log
from sync_daemon.answers import wording
from sync_daemon.answers.as_json import referral_json
from sync_daemon.answers.phone_after import phone_after
from sync_daemon.answers.setters import named, setter
from sync_daemon.cli.application import (
    CONFIG,
    ME,
    TIME_HELP,
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
from sync_daemon.cli.output import language, print_json, say
from sync_daemon.cli.workplace import Workplace, require_present, workplace
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import person_of
from sync_daemon.errors import UserError
from sync_daemon.numbers import check_number, internal_numbers, is_service, normalised
from sync_daemon.printable import quoted
from sync_daemon.settings import Tenant
from sync_daemon.store import StoredSubscriber
from sync_daemon.texts import LocalTime, Text, listed

OPERATOR = "operator"


@app.command(epilog=example("hanvisa refer 4711 --until 13:00 --reason lunch --info 4712"))
def refer(
    extension: Annotated[str, typer.Argument(help="The extension, or a mobile extension's number.")],
    until: Annotated[str, typer.Option("--until", metavar="TIME", help=f"Until when: {TIME_HELP}.")],
    start: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help=f"From when, by default now: {TIME_HELP}.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="As the operator tells it: meeting, lunch, …")] = "away",
    is_open: Annotated[bool, typer.Option("--open", help="The phone stays open.")] = False,
    info: Annotated[str | None, typer.Option("--info", metavar="N", help="A number to tell.")] = None,
    connect: Annotated[str | None, typer.Option("--connect", metavar="N", help="A number to connect to.")] = None,
    by: ByOption = ME,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """Set a referral by hand."""
    if info is not None and connect is not None:
        raise UserError(Text("an alternative is told or connected: give --info or --connect, not both"))
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
        say(_referred(tenant, person, made, now))


def _referred(tenant: Tenant, person: StoredSubscriber, made: Referral, now: datetime) -> Text:
    values = {
        "person": _named(person),
        "reason": _told(tenant, made),
        "start": LocalTime(made.start, tenant.zone, now),
        "until": LocalTime(made.until, tenant.zone, now),
    }
    if made.phone is Phone.OPEN:
        return Text("{person} is referred: {reason}, {start} to {until}; the phone stays open.", **values)
    return Text("{person} is referred: {reason}, {start} to {until}; the phone is closed.", **values)


def _times(place: Workplace, tenant: Tenant, start: str | None, until: str, now: datetime) -> tuple[datetime, datetime]:
    """From when, until when; UserError where that may not be set by hand any more, or not yet (docs/rules.md §5)."""
    begins, ends = time_of(start, tenant), time_of(until, tenant)
    require_present(place, tenant, begins)
    require_present(place, tenant, ends, option="--until")
    if ends <= begins:
        values = {"start": LocalTime(begins, tenant.zone), "until": LocalTime(ends, tenant.zone)}
        raise UserError(Text("the referral would end {until}, which is not after its beginning {start}", **values))
    if ends <= by_hand.end_of_the_past(begins, now):
        raise UserError(
            Text("that referral would be over: it would end {until}", until=LocalTime(ends, tenant.zone, now))
        )
    return begins, ends


def _alternative(
    place: Workplace, tenant: Tenant, person: StoredSubscriber, text: str | None, mode: Mode
) -> Alternative | None:
    if text is None:
        return None
    number = normalised(text, tenant.rules.country)
    if number is None or not _takes_calls(place, tenant, number, text):
        raise UserError(
            Text(
                "{number} is no number that calls can go to: give an extension, or a whole telephone number",
                number=quoted(text),
            )
        )
    if number in person.extensions:
        raise UserError(
            Text(
                "{number} is {name}'s own number: an alternative is somebody else's",
                number=quoted(text),
                name=person.name,
            )
        )
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
    by: ByOption = ME,
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
        ended = _opened(place, tenant, person, extension, moment, by)
        after = _phone_after(place, tenant, person, moment)
    if json:
        print_json(referral_json(replace(ended, opened_at=moment)))
        return
    values = {
        "name": person.name,
        "start": LocalTime(moment, tenant.zone, moment),
        "reason": _told(tenant, ended),
        "until": LocalTime(ended.until, tenant.zone, moment),
        "extension": extension,
        "after": after,
    }
    say(
        Text(
            "{name}'s phone is open from {start}; the referral ({reason}) would have lasted until {until}. {after}"
            " `hanvisa open {extension} --undo` takes it back.",
            **values,
        )
    )


def _opened(
    place: Workplace, tenant: Tenant, person: StoredSubscriber, extension: str, moment: datetime, by: str
) -> Referral:
    """Opens the phone, and gives what that ended, as it was; UserError where there is nothing to open."""
    left = Planner(tenant).after_opening(person.department, person.alternative)
    opened = place.store.open_phone(person.id, moment, by, left, by_hand.end_of_the_past(moment, time_of(None, tenant)))
    if opened is None:
        raise UserError(
            Text(
                "{person} ({extension}) is not referred at that time: there is nothing to open",
                person=person.name,
                extension=extension,
            )
        )
    ended = in_force(opened.ended, moment) or opened.ended[0]
    log.about(tenant.id, person.mailbox, person_of(person).extension).info(
        "opening", by=by, opened_at=moment, until=ended.until, origin=ended.origin
    )
    return ended


@app.command(epilog=example("hanvisa withdraw 4711 --by Eva"))
def withdraw(
    extension: Annotated[str, typer.Argument(help="The extension, or a mobile extension's number.")],
    at: AtOption = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help=f"The one that begins then: {TIME_HELP}."),
    ] = None,
    by: ByOption = ME,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    json: JsonOption = False,
) -> None:
    """Take back what was set by hand, and leave the calendar's as it is."""
    with workplace(config, store_only=True) as place:
        tenant, person = place.extension(extension)
        moment = time_of(at, tenant)
        require_present(place, tenant, moment)
        begins = None if start is None else time_of(start, tenant)
        past = by_hand.end_of_the_past(moment, time_of(None, tenant))
        done = place.store.withdraw(person.id, moment, by, past, begins)
        if done is None:
            raise UserError(_nothing_to_withdraw(place, tenant, person, moment))
        about = {"tenant": tenant.id, "mailbox": person.mailbox, "extension": person_of(person).extension}
        log.referral_withdrawn(done.before, by=by, **about)
        after = _phone_after(place, tenant, person, moment)
    if json:
        print_json(referral_json(done.after))
        return
    values = {
        "person": _named(person),
        "reason": _told(tenant, done.before),
        "start": LocalTime(done.before.start, tenant.zone, moment),
        "until": LocalTime(done.before.until, tenant.zone, moment),
        "by": named(setter(done.before)),
        "after": after,
    }
    say(Text("{person}: {reason}, {start} to {until}, set by {by}, is withdrawn. {after}", **values))


def _nothing_to_withdraw(place: Workplace, tenant: Tenant, person: StoredSubscriber, moment: datetime) -> Text:
    """With what was set by hand for later, which `--from` names."""
    coming = [one for one in _referrals(place, person, moment) if not one.by_calendar and one.start > moment]
    values = {"person": _named(person)}
    if not coming:
        return Text(
            "of {person} nothing is set by hand at that time: `hanvisa open` ends what the calendar says", **values
        )
    times = listed(f"{one.start.astimezone(tenant.zone):%Y-%m-%dT%H:%M}" for one in coming)
    return Text(
        "of {person} nothing is set by hand at that time; what is to come is named by its beginning: --from {times}",
        **values,
        times=times,
    )


def _phone_after(place: Workplace, tenant: Tenant, person: StoredSubscriber, moment: datetime) -> Text:
    reasons = wording.reason_texts(tenant.rules.commands, language())
    return phone_after(_referrals(place, person, moment), moment, tenant, reasons)


def _referrals(place: Workplace, person: StoredSubscriber, moment: datetime) -> tuple[Referral, ...]:
    held = place.store.held([person.id], moment).get(person.id)
    return held.referrals if held else ()


def _named(person: StoredSubscriber) -> str:
    return f"{person.name} ({', '.join(person.extensions)})"


def _told(tenant: Tenant, referral: Referral) -> str:
    return wording.reason_texts(tenant.rules.commands, language()).get(referral.reason, referral.reason)


def _undo(place: Workplace, tenant: Tenant, person: StoredSubscriber, moment: datetime, by: str, *, json: bool) -> None:
    now = by_hand.end_of_the_past(moment, time_of(None, tenant))
    undone = place.store.undo_opening(person.id, moment, by, now)
    if undone is None:
        raise UserError(
            Text("{name}'s phone has not been opened by hand: there is nothing to take back", name=person.name)
        )
    log.about(tenant.id, person.mailbox, person_of(person).extension).info("opening_undone", by=by, opened_at=undone.at)
    if json:
        print_json(referral_json(undone.restored[0] if undone.restored else None))
        return
    again = [
        Text("{reason} until {until}", reason=_told(tenant, one), until=LocalTime(one.until, tenant.zone, moment))
        for one in undone.restored
    ]
    values = {"name": person.name, "at": LocalTime(undone.at, tenant.zone, moment)}
    if again:
        text = Text(
            "The opening of {name}'s phone at {at} is taken back; in force again: {again}.",
            **values,
            again=listed(again),
        )
    else:
        text = Text("The opening of {name}'s phone at {at} is taken back; what it ended is over by now.", **values)
    say(text)
