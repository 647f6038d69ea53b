"""How hanvisa itself is, as lines of `hanvisa check`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sync_daemon.answers.health import (
    Cause,
    Health,
    HealthProblem,
    health_of,
    is_fresh,
    listening,
    no_store,
    without_store,
)
from sync_daemon.answers.health.hosts import own_configuration
from sync_daemon.errors import StoreUnavailable
from sync_daemon.findings import Finding, Severity
from sync_daemon.settings import Settings
from sync_daemon.store import Store
from sync_daemon.texts import Text

_LOOKED_AT_ANEW = frozenset(
    {
        Cause.HELD_BACK,
        Cause.MANY_UNREADABLE,
        Cause.SOME_UNREADABLE,
        Cause.DIRECTORY_REFUSED,
        Cause.DIRECTORY_MISSING,
        Cause.DIRECTORY_ERRORS,
        Cause.FOLDER_MISSING,
        Cause.LOG_NOT_WRITABLE,
    }
)
"""`check` reads each mailbox and directory itself, and tells of folders and log with the configuration."""

_WARNINGS = frozenset(
    {Cause.CERTIFICATE_ENDS, Cause.LITTLE_ROOM, Cause.RESTART_NEEDED, Cause.CONFIGURATION_OLDER, Cause.HOST_SILENT}
)


def findings_of(settings: Settings, store: Store, now: datetime, only: Collection[str]) -> Iterator[Finding]:
    """What is wrong with hanvisa itself `now`, aware, and with these tenants, that `check` does not look at anew."""
    if not store.exists:
        if is_fresh(settings):
            yield Finding(Severity.NOTE, "hanvisa", Text("there was no cycle yet"), no_store(settings))
        else:
            yield from map(_finding, without_store(settings, StoreUnavailable(no_store(settings)), now).shared[:1])
        return
    health = health_of(settings, store, now).only(only)
    yield from (_finding(problem) for problem in health.problems if problem.cause not in _LOOKED_AT_ANEW)
    if (older := own_configuration(settings, store)) is not None:
        yield _finding(older)
    yield from _new(health)
    remedy = Text("wait: it is tried again by itself; if it lasts for hours, see what it says")
    for one in health.tenants:
        yield from (Finding(Severity.NOTE, thing, lack, remedy) for thing, lack in listening.lacks(one))


def _finding(problem: HealthProblem) -> Finding:
    severity = Severity.WARNING if problem.cause in _WARNINGS else Severity.ERROR
    remedy = Text("type `{command}`", command=problem.command)
    if problem.command == "hanvisa check":
        remedy = Text("mend that and run `hanvisa check` again")
    return Finding(severity, problem.tenant or "hanvisa", problem.text, remedy, problem.exit_code)


def _new(health: Health) -> Iterator[Finding]:
    late = {problem.tenant for problem in health.problems if problem.cause is Cause.NOT_READ}
    yield from (_no_cycle_yet(one.tenant) for one in health.tenants if one.is_new and one.tenant not in late)


def _no_cycle_yet(thing: str) -> Finding:
    remedy = Text("run `hanvisa once`, or start the service")
    return Finding(Severity.NOTE, thing, Text("there was no cycle yet"), remedy)
