"""How hanvisa is, as a plugin of Nagios (and of what reads its plugins: Icinga, Checkmk, Zabbix) says it.

One line, `SERVICE STATUS: words | performance data`, and a code of its own: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
(https://nagios-plugins.org/doc/guidelines.html, "Plugin Output for Nagios", "Plugin Return Codes", "Performance data").
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum

from sync_daemon.answers.health import Cause, Health, TenantHealth
from sync_daemon.answers.health.tenant_problems import MANY
from sync_daemon.printable import one_line

_LONGEST = 2000
"""Characters of the words: some of what reads them takes 4 KB of a line at most."""


class Status(IntEnum):
    """The plugin's return code."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


_CRITICAL = frozenset(
    {
        Cause.NOT_READ,
        Cause.CONFIGURATION_REFUSED,
        Cause.DIRECTORY_REFUSED,
        Cause.DIRECTORY_MISSING,
        Cause.FOLDER_MISSING,
        Cause.STORE_UNAVAILABLE,
        Cause.STORE_NOT_WRITABLE,
    }
)
"""While these last, phones of a whole organisation may not be kept in step."""

_FINE = frozenset({Cause.SOME_UNREADABLE})
"""Told in figures alone: among many mailboxes there is always one that cannot be read."""


def line_of(health: Health) -> tuple[str, Status]:
    """The plugin's line, in English, and its code."""
    told = [problem for problem in health.problems if problem.cause not in _FINE]
    status = Status.OK
    if told:
        status = Status.CRITICAL if any(one.cause in _CRITICAL for one in told) else Status.WARNING
    words = "; ".join(f"{one.tenant or 'hanvisa'}: {one.text} ({one.command})" for one in told) or _all_well(health)
    figures = " ".join(one for tenant in health.tenants for one in _figures(tenant, health.at))
    return _line(status, words) + (f" | {figures}" if figures else ""), status


def unknown(problem: str) -> tuple[str, Status]:
    """The same where nothing could be looked at."""
    return _line(Status.UNKNOWN, problem), Status.UNKNOWN


def _line(status: Status, words: str) -> str:
    """A vertical bar would begin the figures."""
    first, *others = words.splitlines()
    line = " ".join(one_line(f"{first} {'; '.join(others)}").split())
    return f"HANVISA {status.name}: {line[:_LONGEST].replace('|', '/')}"


def _all_well(health: Health) -> str:
    read = sum(tenant.read for tenant in health.tenants)
    return f"tenants: {len(health.tenants)}, mailboxes read: {read}"


def _figures(tenant: TenantHealth, now: datetime) -> Iterator[str]:
    """`label=value[unit];warning;critical;least;most`: over `warning` a value is worth one."""
    if tenant.last_whole is not None:
        age = max(round((now - tenant.last_whole).total_seconds()), 0)
        yield f"{tenant.tenant}_age={age}s;;{round(tenant.stale_after.total_seconds())};0"
    many = tenant.mailboxes // MANY
    yield f"{tenant.tenant}_unreadable={tenant.unreadable};{many};;0;{tenant.mailboxes}"
    yield f"{tenant.tenant}_near_misses={tenant.near_misses};;;0"
    yield f"{tenant.tenant}_held={sum(one.count for one in tenant.held)};0;;0"
