"""What can be wrong with one tenant, each a function of what the store, the lock and the files say."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from stat import S_ISREG

from sync_daemon.answers.health.durations import in_words
from sync_daemon.answers.health.problems import Cause, HealthProblem
from sync_daemon.errors import UserError
from sync_daemon.settings import EwsSource, GraphSource, IcsSource, ServiceSettings, Source, Tenant
from sync_daemon.sources.password import password_in
from sync_daemon.store import LEAVERS, Progress, RefusedSettings
from sync_daemon.store.held_sets import SetName
from sync_daemon.store.lock import Holder
from sync_daemon.texts import LocalTime, Text, by_number
from sync_daemon.texts.system_errors import reason_of

STALE_INTERVALS = 3
"""Without a whole cycle for so many intervals a tenant is not kept in step."""

STALE_LEAST = timedelta(minutes=15)
"""But for at least so long: a short interval is no reason to be woken up."""

MANY = 20
"""One mailbox in so many: over that share of them unreadable is many."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A set that the brake holds back: its name, of what kind (`CHANGES`, `LEAVERS`), how many, since when (UTC)."""

    set: str
    kind: str
    count: int
    since: datetime


def stale_after(service: ServiceSettings) -> timedelta:
    """For how long a tenant may be without a whole cycle."""
    return max(STALE_INTERVALS * timedelta(seconds=service.interval), STALE_LEAST)


@dataclass(frozen=True, slots=True)
class Reading:
    """When the calendars were read last, aware; not `whole`: since then some have been, but never all in one cycle."""

    at: datetime | None
    whole: bool
    holder: Holder | None
    holder_known: bool = True


def not_read(tenant: Tenant, last: Reading, service: ServiceSettings, now: datetime) -> Iterator[HealthProblem]:
    """A time ahead of the clock is as strange as one long ago: one of the two clocks was wrong."""
    since = last.at or (last.holder.since if last.holder is not None and _is_service(last.holder) else None)
    if since is None or abs(now - since) <= stale_after(service):
        return
    at, who, duration = LocalTime(since, tenant.zone), _who(tenant, last), in_words(abs(now - since))
    if since > now:
        text = Text("the calendars were last read {at}, which is yet to come by this clock; {who}", at=at, who=who)
    elif last.whole:
        text = Text("the calendars were last read {at}, {duration} ago; {who}", at=at, duration=duration, who=who)
    else:
        text = Text(
            "not all calendars have been read since {at}, for {duration}; {who}", at=at, duration=duration, who=who
        )
    command = "sudo systemctl start hanvisa" if last.holder is None and last.holder_known else "hanvisa check"
    yield HealthProblem(Cause.NOT_READ, tenant.id, since, text, command)


def _is_service(holder: Holder) -> bool:
    return holder.command == "hanvisa run"


def _who(tenant: Tenant, last: Reading) -> Text:
    holder = last.holder
    if holder is None:
        return Text("nobody works on it") if last.holder_known else Text("who works on it cannot be seen")
    return Text(
        "`{command}`, process {pid} on {host}, has worked on it since {since}",
        command=holder.command,
        pid=holder.pid,
        host=holder.host,
        since=LocalTime(holder.since, tenant.zone),
    )


def refused(tenant: Tenant, told: RefusedSettings | None, holder: Holder | None) -> Iterator[HealthProblem]:
    """What keeps `run` and `once` from the tenant: its secret; what `run` said when it began."""
    found = False
    for source in tenant.sources:
        file = _secret_of(source)
        if file is None:
            continue
        try:
            _look_into(source, file)
        except UserError as error:
            found = True
            yield HealthProblem(
                Cause.CONFIGURATION_REFUSED,
                tenant.id,
                None,
                Text("it is not worked on: {problem}", problem=error.text),
                "hanvisa check",
                str(file),
            )
    if told is not None and holder is None and not found:
        yield HealthProblem(
            Cause.CONFIGURATION_REFUSED,
            tenant.id,
            told.at,
            Text(
                "`hanvisa run` has not worked on it since {at}: it could not be begun",
                at=LocalTime(told.at, tenant.zone),
            ),
            "sudo systemctl reload hanvisa",
        )


def _secret_of(source: Source) -> Path | None:
    """The file that it logs on with; None where it needs none."""
    if isinstance(source, GraphSource):
        return source.certificate or source.secret
    return source.secret if isinstance(source, EwsSource) and source.auth != "kerberos" else None


def _look_into(source: Source, file: Path) -> None:
    """Raises UserError where it cannot be logged on with."""
    if isinstance(source, GraphSource) and source.certificate is not None:
        from sync_daemon.sources.client_certificate import certificate_in  # noqa: PLC0415 - few have one

        certificate_in(file)
    else:
        password_in(file, of_application=isinstance(source, GraphSource))


def directory(tenant: Tenant, since: datetime | None, errors: int) -> Iterator[HealthProblem]:
    """That it has not been taken into use since that cycle, cannot be read now, or had errors in the latest cycle."""
    file, reason = tenant.directory, _why_unread(tenant.directory)
    if since is not None:
        at = LocalTime(since, tenant.zone)
        text = Text("the directory {file} has not been taken into use since {at}", file=file, at=at)
        if reason:
            text = Text("{problem}: {reason}", problem=text, reason=reason)
        yield HealthProblem(Cause.DIRECTORY_REFUSED, tenant.id, since, text, "hanvisa check")
    elif reason:
        text = Text("the directory {file} cannot be read: {reason}", file=file, reason=reason)
        yield HealthProblem(Cause.DIRECTORY_MISSING, tenant.id, None, text, "hanvisa check", str(file))
    elif errors:
        one = Text("the latest cycle found an error in the directory {file}", file=file)
        several = Text("the latest cycle found {count} errors in the directory {file}", count=errors, file=file)
        text = by_number(errors, one, several)
        yield HealthProblem(Cause.DIRECTORY_ERRORS, tenant.id, None, text, "hanvisa check", str(file))


def _why_unread(file: Path) -> str:
    """Why nobody can read it; empty where it can be read, or its owner may and this user may not look."""
    try:
        found = file.stat()
    except PermissionError:
        return ""
    except OSError as error:
        return reason_of(error)
    if not S_ISREG(found.st_mode):
        return Text("it is no file")
    own = os.geteuid() == found.st_uid and not os.access(file, os.R_OK)
    return Text("Permission denied") if own else ""


def folders(tenant: Tenant) -> Iterator[HealthProblem]:
    """Those that are not there."""
    for source in tenant.sources:
        if isinstance(source, IcsSource) and not source.folder.is_dir():
            text = Text("the folder of calendars {folder} is not there", folder=source.folder)
            command = f"ls -ld {source.folder}"
            yield HealthProblem(Cause.FOLDER_MISSING, tenant.id, None, text, command, str(source.folder))


def unreadable(tenant: Tenant, since: Collection[datetime], mailboxes: int) -> Iterator[HealthProblem]:
    """Many of them since the moment at which that share was passed."""
    if not since:
        return
    few = mailboxes // MANY
    times = sorted(since)
    many = len(times) > few
    began = times[few] if many else times[0]
    values = {"count": len(times), "mailboxes": mailboxes, "at": LocalTime(began, tenant.zone)}
    text = by_number(
        mailboxes,
        Text("{count} of {mailboxes} mailbox cannot be read, since {at}", **values),
        Text("{count} of {mailboxes} mailboxes cannot be read, since {at}", **values),
    )
    cause = Cause.MANY_UNREADABLE if many else Cause.SOME_UNREADABLE
    yield HealthProblem(cause, tenant.id, began, text, "hanvisa check")


def held_back(tenant: Tenant, held: Collection[HeldBack]) -> Iterator[HealthProblem]:
    """Each set, with what lets it through."""
    for one in held:
        at = LocalTime(one.since, tenant.zone)
        if one.kind == LEAVERS:
            text = Text(
                "{count} people who would leave are held back as set {set}, since {at}",
                count=one.count,
                set=one.set,
                at=at,
            )
        else:
            values = {"count": one.count, "set": one.set, "at": at}
            text = by_number(
                one.count,
                Text("{count} removal is held back as set {set}, since {at}", **values),
                Text("{count} removals are held back as set {set}, since {at}", **values),
            )
        command = f"hanvisa approve {tenant.id} {one.set}"
        yield HealthProblem(Cause.HELD_BACK, tenant.id, one.since, text, command, SetName.of(one.set).base)


def other_version(tenant: Tenant, progress: Progress | None, installed: str) -> Iterator[HealthProblem]:
    """That the `run` that works on it is not what is installed."""
    if progress is not None and progress.version != installed:
        text = Text(
            "`hanvisa run` is version {running}, and {installed} is installed: start it anew",
            running=progress.version,
            installed=installed,
        )
        yield HealthProblem(Cause.RESTART_NEEDED, tenant.id, None, text, "sudo systemctl restart hanvisa")
