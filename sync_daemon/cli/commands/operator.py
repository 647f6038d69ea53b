"""What the switchboard's operator looks at: `referrals`, `notices`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from sync_daemon.answers.as_json import away_json, time_json
from sync_daemon.answers.away import Away, who_is_away, who_will_be_away
from sync_daemon.answers.health import old_at
from sync_daemon.answers.setters import named
from sync_daemon.answers.told import away_lines
from sync_daemon.answers.told_of_departments import history_line, sent_line, untold_line
from sync_daemon.answers.unmanned import DepartmentNotice, notices_of, untold
from sync_daemon.cli.application import (
    CONFIG,
    AtOption,
    ConfigOption,
    JsonOption,
    LangOption,
    TenantOption,
    app,
    example,
    time_of,
)
from sync_daemon.cli.in_words import phone_in_words, reason_in_words, state_in_words
from sync_daemon.cli.output import clock, complain, print_json, say, table, told
from sync_daemon.cli.workplace import Workplace, require_store, workplace
from sync_daemon.settings import Tenant
from sync_daemon.settings.notices import label_of
from sync_daemon.texts import Text

_AWAY = (
    *(Text("tenant"), Text("ext"), Text("name"), Text("reason"), Text("from"), Text("until"), Text("back")),
    *(Text("phone"), Text("try"), Text("set by")),
)
_NOTICES = (
    *(Text("tenant"), Text("department"), Text("from"), Text("until"), Text("back"), Text("emergency")),
    *(Text("state"), Text("said at")),
)


@app.command(epilog=example("hanvisa referrals --tenant sorsele"))
def referrals(
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    at: AtOption = None,
    tenant: TenantOption = None,
    every: Annotated[bool, typer.Option("--all", help="Also those to come.")] = False,
    json: JsonOption = False,
) -> None:
    """Show who is away, until when, when back, and whom to try meanwhile."""
    answer = who_will_be_away if every else who_is_away
    with workplace(config, read_only=True, store_only=True) as place:
        require_store(place)
        found = [
            (one, away)
            for one in sorted(place.tenants(tenant), key=lambda one: one.id)
            for away in answer(place.store, one, time_of(at, one), time_of(None, one))
        ]
        old = _what_is_old(place, tenant, at)
    _say_what_is_old(old, json=json)
    if json:
        print_json([away_json(away, every=every) for _, away in found])
    else:
        _show_away(found, at)
    _end_in_part(place, tenant)


def _end_in_part(place: Workplace, tenant: str | None) -> None:
    """Ends with 1 where tenants are missing that were asked for: nobody there is known to be away or not."""
    if tenant is None and place.left_out:
        raise typer.Exit(1)


def _what_is_old(place: Workplace, tenant: str | None, at: str | None) -> list[Text]:
    """Of each tenant whose calendars were last read too long ago: since when."""
    return [
        Text("{tenant}: what stands here may be old: {problem}", tenant=one.id, problem=problem.text)
        for one in place.tenants(tenant)
        for problem in old_at(one, place.settings, place.store, time_of(at, one) if at else None, time_of(None, one))
    ]


def _say_what_is_old(old: Iterable[Text], *, json: bool) -> None:
    """Above what is shown; where other programs read that, beside it."""
    for line in old:
        (complain if json else say)(line)


def _show_away(found: Sequence[tuple[Tenant, Away]], at: str | None) -> None:
    rows = [_away_cells(tenant, away, time_of(at, tenant)) for tenant, away in found]
    if rows:
        table(_AWAY, rows)
    else:
        say(Text("Nobody is referred."))
    for tenant, away in found:
        for line in away_lines(away, tenant, time_of(at, tenant)):
            say(line)


def _away_cells(tenant: Tenant, away: Away, now: datetime) -> list[str]:
    start, until = (clock(moment, tenant.zone, now) for moment in (away.start, away.until))
    back = clock(away.back, tenant.zone, now) if away.back else Text("not known")
    shown = away.alternative_now if away.in_force else away.alternative
    alternative = told(shown, tenant.rules.country)
    return [
        *(away.tenant, away.extension, away.name, reason_in_words(away.reason, tenant)),
        *(start, until, back, phone_in_words(away.phone), alternative, named(away.set_by)),
    ]


@app.command(epilog=example("hanvisa notices --tenant sorsele"))
def notices(
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    at: AtOption = None,
    tenant: TenantOption = None,
    json: JsonOption = False,
) -> None:
    """Show departments that are or will be unmanned, as far as the switchboard is to know by now."""
    with workplace(config, read_only=True, store_only=True) as place:
        require_store(place)
        chosen = place.tenants(tenant)
        found = [(one, told_of) for one in chosen for told_of in notices_of(place.store, one, time_of(at, one))]
        told_of = [of for _, of in found]
        not_told = [(one, of) for one in chosen for of in untold(place.store, one, time_of(at, one), told_of)]
        old = _what_is_old(place, tenant, at)
    _say_what_is_old(old, json=json)
    if json:
        print_json([_notice_json(of) for of in told_of])
    else:
        _show_notices(found, at)
        for one, of in found:
            for line in (history_line(of, one, time_of(at, one)), sent_line(of, one, time_of(at, one))):
                if line is not None:
                    say(line)
        for one, missing in not_told:
            say(untold_line(missing, one, time_of(at, one)))
    _end_in_part(place, tenant)


def _notice_json(of: DepartmentNotice) -> dict[str, Any]:
    return {
        "tenant": of.tenant,
        "department": of.department,
        "from": time_json(of.notice.start),
        "until": time_json(of.notice.until),
        "back": time_json(of.notice.back),
        "emergency": of.emergency,
        "state": of.notice.state.value,
        "at": time_json(of.notice.at),
        "reason": of.notice.reason and of.notice.reason.value,
        "members": [person.mailbox for person in of.members(of.notice)],
        "history": [
            {"state": word.state.value, "at": time_json(word.at), "reason": word.reason and word.reason.value}
            for word in of.history
        ],
        "unread": [{"mailbox": one.person.mailbox, "since": time_json(one.since)} for one in of.unread],
        "sent": [
            {"receiver": label_of(one.receiver), "state": one.state.value, "at": time_json(one.ended_at)}
            for one in of.sent
        ],
    }


def _show_notices(found: Iterable[tuple[Tenant, DepartmentNotice]], at: str | None) -> None:
    rows = [_notice_cells(tenant, of, time_of(at, tenant)) for tenant, of in found]
    if rows:
        table(_NOTICES, rows)
    else:
        say(Text("No department is unmanned."))


def _notice_cells(tenant: Tenant, of: DepartmentNotice, now: datetime) -> list[str]:
    notice = of.notice
    start, until, back, said = (
        clock(moment, tenant.zone, now) for moment in (notice.start, notice.until, notice.back, notice.at)
    )
    return [tenant.id, of.department, start, until, back, of.emergency or "", state_in_words(notice.state), said]
