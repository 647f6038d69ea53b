"""The mails to admins, as text: what is wrong, what is over, and what to type; no person in them, and no subject."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from sync_daemon.alerts.decision import Due, Over
from sync_daemon.answers.health import Cause, HealthProblem
from sync_daemon.settings import AlertsSettings, Settings
from sync_daemon.texts import LocalTime, Text
from sync_daemon.transport.message import made

_IS_OVER: Mapping[Cause, Text] = {
    Cause.NOT_READ: Text("the calendars are read again"),
    Cause.HELD_BACK: Text("the brake holds nothing back any more"),
    Cause.MANY_UNREADABLE: Text("no more than 5 % of the mailboxes are unreadable"),
    Cause.CONFIGURATION_REFUSED: Text("the configuration is in use"),
    Cause.DIRECTORY_REFUSED: Text("the directory is in use again"),
    Cause.NOTICES_REFUSED: Text("no receiver refuses a notice any more"),
    Cause.NOTICES_WAITING: Text("no notice waits for its receiver any more"),
    Cause.CERTIFICATE_ENDS: Text("no certificate ends within 30 days any more"),
    Cause.STORE_UNAVAILABLE: Text("the store answers again"),
    Cause.HOST_SILENT: Text("no host is silent any more, or it is given up"),
    Cause.CONFIGURATION_OLDER: Text("all hosts have the same configuration"),
    Cause.DIRECTORIES_DIFFER: Text("all hosts have the same directory"),
}
"""How it is once nothing of the cause is wrong any more."""


def alert(due: Due, to: Sequence[str], settings: Settings, now: datetime) -> EmailMessage:
    """The one mail to an audience with everything that is due; `now` is aware."""
    zones = {tenant.id: tenant.zone for tenant in settings.tenants}
    first = settings.tenants[0].zone
    lines = [*_begun(due.begun), *_over(due.over, zones, first)]
    lines.append(Text("How everything is: `hanvisa status`, on {host}.", host=socket.gethostname()))
    lines.append(Text("This is mailed once when it begins and once when it is over, at most once an hour of each."))
    return made(_subject(due), lines, to, settings.alerts, now)


def trial(to: Sequence[str], settings: AlertsSettings, now: datetime) -> EmailMessage:
    """What `hanvisa check --mail` sends."""
    lines = [Text("This is a trial: mail from hanvisa on {host} arrives. It is no alarm.", host=socket.gethostname())]
    return made(Text("hanvisa: a trial"), lines, to, settings, now)


def _subject(due: Due) -> Text:
    """What is wrong, or over; of one thing with whom."""
    where = {*(one.tenant for one in due.begun), *(one.tenant for one in due.over)}
    thing = where.pop() or "hanvisa" if len(where) == 1 else "hanvisa"
    if len(due.begun) == 1 and not due.over:
        return Text("hanvisa: {thing}: {problem}", thing=thing, problem=due.begun[0].text)
    if len(due.over) == 1 and not due.begun:
        return Text("hanvisa: {thing}: over: {problem}", thing=thing, problem=_IS_OVER[due.over[0].cause])
    if not due.over:
        return Text("hanvisa: {count} things are wrong", count=len(due.begun))
    if not due.begun:
        return Text("hanvisa: {count} things are over", count=len(due.over))
    return Text("hanvisa: {begun} wrong, {over} over", begun=len(due.begun), over=len(due.over))


def _begun(problems: Sequence[HealthProblem]) -> Iterable[Text]:
    if problems:
        yield Text("This is wrong:")
    for problem in problems:
        yield Text(
            "* {thing}: {problem}. Type `{command}`.",
            thing=problem.tenant or "hanvisa",
            problem=problem.text,
            command=problem.command,
        )


def _over(over: Sequence[Over], zones: Mapping[str, ZoneInfo], first: ZoneInfo) -> Iterable[Text]:
    if over:
        yield Text("This is over:")
    for one in over:
        began = LocalTime(one.began, zones.get(one.tenant or "", first))
        yield Text(
            "* {thing}: {now}. It was otherwise since {began}.",
            thing=one.tenant or "hanvisa",
            now=_IS_OVER[one.cause],
            began=began,
        )
