"""How hanvisa itself is: what `status`, `check`, the mail and the heartbeat say, from this code alone.

It is seen from outside: in the store, the tenants' locks, the log and the files, so that a dead service is told of as
well as one that hangs. No network is asked, nothing is written.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sync_daemon.answers.health.durations import in_words
from sync_daemon.answers.health.hosts import NO_HOSTS, Hosts, hosts_of
from sync_daemon.answers.health.hosts import problems_of as problems_of_hosts
from sync_daemon.answers.health.places import (
    Database,
    Place,
    log_place,
    log_problems,
    room_problems,
    store_place,
    store_problems,
)
from sync_daemon.answers.health.problems import MAIL_AFTER, Cause, HealthProblem
from sync_daemon.answers.health.tenant import TenantHealth, old_at, tenant_health
from sync_daemon.answers.health.tenant_problems import HeldBack, stale_after
from sync_daemon.errors import StoreUnavailable
from sync_daemon.settings import Settings
from sync_daemon.store import Store
from sync_daemon.store.databases import name_at
from sync_daemon.store.place import beside_store
from sync_daemon.texts import LocalTime, Text

__all__ = [
    "MAIL_AFTER",
    "Cause",
    "Health",
    "HealthProblem",
    "HeldBack",
    "Place",
    "TenantHealth",
    "health_at",
    "health_of",
    "in_words",
    "is_fresh",
    "no_store",
    "nothing_seen",
    "old_at",
    "stale_after",
    "with_wrong_configuration",
    "without_store",
]


@dataclass(frozen=True, slots=True)
class Health:
    """How hanvisa was `at` that time, aware; `installed` is the version of the program that says so.

    `shared` is what is wrong with what all tenants share. Where the store cannot be reached, of no tenant anything is
    known, and `tenants` is empty.
    """

    at: datetime
    installed: str
    tenants: tuple[TenantHealth, ...]
    store: Place | Database
    log: Place | None
    shared: tuple[HealthProblem, ...]
    hosts: Hosts = NO_HOSTS

    @property
    def problems(self) -> tuple[HealthProblem, ...]:
        """All that is wrong: what is shared, then tenant by tenant."""
        return (*self.shared, *(problem for tenant in self.tenants for problem in tenant.problems))

    @property
    def exit_code(self) -> int:
        """The command line's: 0 well, 1 something is wrong in part, 2 configuration, 3 store."""
        return max((problem.exit_code for problem in self.problems), default=0)

    def only(self, wanted: Collection[str]) -> Health:
        """The same of some tenants, by their ids, with what all share."""
        tenants = tuple(one for one in self.tenants if one.tenant in wanted)
        shared = tuple(one for one in self.shared if one.tenant is None or one.tenant in wanted)
        return replace(self, tenants=tenants, shared=shared, hosts=self.hosts.only(wanted))


def health_of(settings: Settings, store: Store, now: datetime) -> Health:
    """How hanvisa is `now`, aware, as far as the open store, the locks, the log and the files say.

    Raises StoreUnavailable, for which `without_store` has the answer.
    """
    if not store.exists:
        raise StoreUnavailable(no_store(settings))
    installed = version("hanvisa")
    people = store.people()
    tenants = tuple(
        tenant_health(tenant, settings, store, people.get(tenant.id, 0), installed, now) for tenant in settings.tenants
    )
    shared = (*_refused(settings, store, tenants), *_overlooked(tenants))
    hosts = hosts_of(settings, store)
    return replace(_health(settings, now, tenants, (*shared, *problems_of_hosts(hosts))), hosts=hosts)


def health_at(settings: Settings, now: datetime) -> Health:
    """The same of the store where the configuration says, which is opened to be read only. Raises UserError.

    One that cannot be reached, or is not there, is a problem among the others.
    """
    try:
        with Store.open(settings.store_url, read_only=True) as store:
            return health_of(settings, store, now)
    except StoreUnavailable as error:
        return without_store(settings, error, now)


def without_store(settings: Settings, error: StoreUnavailable, now: datetime, since: datetime | None = None) -> Health:
    """What can be said where the store does not answer; `since` then, aware, where that is known."""
    text, command = Text("the store cannot be reached: {problem}", problem=error.text), "hanvisa check"
    if is_fresh(settings):
        text, command = Text("there was no cycle yet: {problem}", problem=error.text), "hanvisa once"
    problem = HealthProblem(Cause.STORE_UNAVAILABLE, None, since, text, command)
    return _health(settings, now, (), (problem,))


def nothing_seen(settings: Settings, now: datetime) -> Health:
    """Of a store that answers, where nobody looked further."""
    return _health(settings, now, (), ())


def is_fresh(settings: Settings) -> bool:
    """Whether there is no store, and no log that would tell of one: a new installation, or a mistyped address."""
    log = settings.log.file
    is_there = settings.store.is_file and os.path.lexists(beside_store(settings.store_url))
    return not is_there and not (log and _holds_something(log))


def _holds_something(file: Path) -> bool:
    """Also where that cannot be seen."""
    try:
        return file.stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def with_wrong_configuration(health: Health, problem: str) -> Health:
    """The same, where the configuration that was looked with is only what of a wrong one can be used."""
    text = Text("the configuration cannot be used: {problem}", problem=problem)
    refused = HealthProblem(Cause.CONFIGURATION_REFUSED, None, None, text, "hanvisa check")
    return replace(health, shared=(*health.shared, refused))


def _health(
    settings: Settings, now: datetime, tenants: tuple[TenantHealth, ...], shared: tuple[HealthProblem, ...]
) -> Health:
    store = store_place(beside_store(settings.store_url)) if settings.store.is_file else None
    log = log_place(settings.log.file) if settings.log.file else None
    of_store = store_problems(store) if store and tenants else ()
    of_log = log_problems(log) if log else ()
    of_disks = room_problems(place for place in (store, log) if place is not None)
    known = store or Database(name_at(settings.store_url))
    return Health(now, version("hanvisa"), tenants, known, log, (*shared, *of_store, *of_log, *of_disks))


def _refused(settings: Settings, store: Store, tenants: tuple[TenantHealth, ...]) -> Iterator[HealthProblem]:
    """That the `run` that works goes on with the configuration that it had; of several hosts each tells it itself."""
    if not settings.store.is_file:
        return
    refused = store.refused_settings(None)
    working = {(one.holder.pid, one.holder.host) for one in tenants if one.holder is not None}
    if refused is not None and (refused.pid, refused.host) in working:
        at = LocalTime(refused.at, settings.tenants[0].zone)
        text = Text("the configuration was refused {at}, and the service goes on with the one before it", at=at)
        yield HealthProblem(Cause.CONFIGURATION_REFUSED, None, refused.at, text, "hanvisa check")


def _overlooked(tenants: tuple[TenantHealth, ...]) -> Iterator[HealthProblem]:
    """Tenants without any cycle, where others have had theirs, that nobody works on for no reason that is told."""
    if all(one.is_new for one in tenants):
        return
    for one in tenants:
        if one.is_new and one.holder is None and not one.problems:
            text = Text("there was no cycle of it yet, but of others: the service may not know of it")
            yield HealthProblem(Cause.NOT_READ, one.tenant, None, text, "sudo systemctl reload hanvisa")


def no_store(settings: Settings) -> Text:
    """That there is none where the configuration says."""
    if is_fresh(settings):
        return Text(
            "there is no store at {file} yet, as is right before the first `hanvisa once` or `hanvisa run`; after it, "
            "see that url in [store] is right",
            file=name_at(settings.store_url),
        )
    if not settings.store.is_file:
        return Text(
            "there is no store at {file}: see that url in [store] is right; move the store that you have there by "
            "`hanvisa store copy`; only where you have none, run `hanvisa once`",
            file=name_at(settings.store_url),
        )
    return Text(
        "there is no store at {file}: see that url in [store] is right, and run `hanvisa once` or start the service",
        file=name_at(settings.store_url),
    )
