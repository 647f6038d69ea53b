"""How hanvisa is, in sentences: what `status` and the board say of a tenant and of each thing that is wrong."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sync_daemon.answers.health.durations import in_words
from sync_daemon.answers.health.problems import HealthProblem
from sync_daemon.answers.health.tenant import TenantHealth
from sync_daemon.texts import LocalTime, Text


def problem_line(problem: HealthProblem) -> Text:
    """What is wrong, with whom, and what to type."""
    thing = problem.tenant or "hanvisa"
    return Text("{thing}: {problem}. Type `{command}`.", thing=thing, problem=problem.text, command=problem.command)


def last_read(tenant: TenantHealth, zone: ZoneInfo, now: datetime) -> Text:
    """When all of its calendars were read last, and how long ago that is; `now` is aware."""
    if tenant.last_whole is None:
        return Text("never")
    at = LocalTime(tenant.last_whole, zone, now)
    if tenant.last_whole > now:
        return Text("{at}, which is yet to come", at=at)
    return Text("{at}, {duration} ago", at=at, duration=in_words(now - tenant.last_whole))


def worked_on_by(tenant: TenantHealth, zone: ZoneInfo, now: datetime) -> Text:
    """Which process works on it, since when, and of which version; `now` is aware."""
    if tenant.holder is None:
        return Text("nobody") if tenant.holder_known else Text("cannot be seen")
    return Text(
        "{command}, process {pid} on {host}, since {since}",
        command=f"{tenant.holder.command} {tenant.version}" if tenant.version else tenant.holder.command,
        pid=tenant.holder.pid,
        host=tenant.holder.host,
        since=LocalTime(tenant.holder.since, zone, now),
    )
