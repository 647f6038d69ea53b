"""Commands by which an operator acts on a phone by hand: `refer`, `withdraw`, `open`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer

from rules.command import Mode, Phone
from sync_daemon import by_hand
from sync_daemon.answers.as_json import referral_json
from sync_daemon.by_hand import Done, Hand, NothingToWithdraw, Refused, Wish
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
)
from sync_daemon.cli.output import print_json, say
from sync_daemon.cli.workplace import Workplace, workplace
from sync_daemon.errors import UserError
from sync_daemon.settings import Tenant
from sync_daemon.texts import Text, listed, with_values

_OPTIONS = {"from": "--from", "until": "--until", "reason": "--reason", "at": "--at"}
"""What is written where, by the field that is refused."""


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
    with workplace(config, store_only=True) as place, _as_typed(extension):
        hand = _hand(place, extension, by)
        wish = Wish(
            until=time_of(until, hand.tenant),
            start=None if start is None else time_of(start, hand.tenant),
            reason=reason,
            phone=Phone.OPEN if is_open else Phone.CLOSED,
            number=info if info is not None else connect,
            mode=Mode.INFO if connect is None else Mode.CONNECT,
        )
        done = by_hand.refer(hand, wish)
    _tell(done, json=json)


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
    with workplace(config, store_only=True) as place, _as_typed(extension):
        hand = _hand(place, extension, by)
        moment = _moment(at, hand.tenant)
        done = by_hand.undo_opening(hand, moment) if undo else by_hand.open_phone(hand, moment)
    if not undo:
        text = Text("{done} `hanvisa open {extension} --undo` takes it back.", done=done.text, extension=extension)
        done = Done(text, done.referral)
    _tell(done, json=json)


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
    with workplace(config, store_only=True) as place, _as_typed(extension):
        hand = _hand(place, extension, by)
        begins = _moment(start, hand.tenant)
        try:
            done = by_hand.withdraw(hand, _moment(at, hand.tenant), begins=begins)
        except NothingToWithdraw as refused:
            raise UserError(_nothing_to_withdraw(hand, refused)) from None
    _tell(done, json=json)


def _hand(place: Workplace, extension: str, by: str) -> Hand:
    tenant, person = place.extension(extension)
    return Hand(place.store, tenant, person, by, time_of(None, tenant))


def _moment(text: str | None, tenant: Tenant) -> datetime | None:
    return None if text is None else time_of(text, tenant)


@contextmanager
def _as_typed(extension: str) -> Iterator[None]:
    """What is refused is told of the options and the extension as they were typed."""
    try:
        yield
    except Refused as refused:
        option = _OPTIONS.get(refused.field or "", "")
        raise UserError(with_values(refused.text, option=option, extension=extension)) from None


def _nothing_to_withdraw(hand: Hand, refused: NothingToWithdraw) -> Text:
    """With what was set by hand for later, which `--from` names."""
    values = {"person": hand.named}
    if not refused.coming:
        return Text(
            "of {person} nothing is set by hand at that time: `hanvisa open` ends what the calendar says", **values
        )
    times = listed(f"{one.start.astimezone(hand.tenant.zone):%Y-%m-%dT%H:%M}" for one in refused.coming)
    return Text(
        "of {person} nothing is set by hand at that time; what is to come is named by its beginning: --from {times}",
        **values,
        times=times,
    )


def _tell(done: Done, *, json: bool) -> None:
    if json:
        print_json(referral_json(done.referral))
    else:
        say(done.text)
