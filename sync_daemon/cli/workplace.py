"""Where a command works: a configuration, its store and its sources, for as long as the command takes."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sync_daemon import log, settings
from sync_daemon.answers import exposure, whom
from sync_daemon.cli.application import time_of
from sync_daemon.cli.output import complain
from sync_daemon.cli.progress import Progress, progress
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.commit import InStore, Nowhere
from sync_daemon.cycle.roster import Person, person_of
from sync_daemon.cycle.steady_clock import SteadyClock
from sync_daemon.directory.settling import Settling
from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.findings import Finding
from sync_daemon.numbers import normalised
from sync_daemon.printable import cut, quoted
from sync_daemon.settings import ForStore, Settings, Tenant
from sync_daemon.sources import sources_of
from sync_daemon.sources.keys import key_maker
from sync_daemon.sources.refusals import Refusals
from sync_daemon.store import Store, StoredSubscriber
from sync_daemon.store.lock import Lock
from sync_daemon.store.place import beside_store
from sync_daemon.texts import Text, listed

_MOST_LISTED = 20
"""Of several people who are called alike."""


def tenants_of(configured: Settings, only: str | None = None, left_out: Collection[str] = ()) -> list[Tenant]:
    """All tenants of the configuration, or the one; UserError where there is none of that id, or it is left out."""
    if only is not None and only in left_out:
        raise UserError(
            Text("what the configuration says of {id} cannot be used: mend what `hanvisa check` tells", id=only)
        )
    if only is None:
        return list(configured.tenants)
    wanted = [tenant for tenant in configured.tenants if tenant.id == only]
    if not wanted:
        near = settings.nearest(only, [tenant.id for tenant in configured.tenants])
        hint = Text("did you mean {id}?", id=quoted(near)) if near else _there_are(configured)
        raise UserError(Text("there is no tenant {id} in the configuration; {hint}", id=quoted(only), hint=hint))
    return wanted


def _there_are(configured: Settings) -> Text:
    return Text("there are {ids}", ids=listed(tenant.id for tenant in configured.tenants))


def nobody_has(extension: str) -> Text:
    """That the store knows nobody who has it."""
    return Text(
        "nobody has the extension {number}: see that the directory lists it, and run `hanvisa once`",
        number=cut(extension),
    )


@dataclass
class Workplace:
    """A configuration, its store and its sources, for the length of a command.

    With `try_again` a password is sent once that was refused less than an hour ago.
    """

    settings: Settings
    store: Store
    try_again: bool = False
    progress: Progress = field(default_factory=Progress)
    left_out: tuple[str, ...] = ()
    """Tenants of the configuration that cannot be used while it is wrong."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with the configuration, where the command works all the same."""
    is_whole: bool = True
    """Whether nothing is wrong with the configuration; else no calendar and no directory can be read."""
    _cycles: dict[str, Cycle] = field(default_factory=dict)

    def tenants(self, only: str | None = None) -> list[Tenant]:
        """All tenants, or the one; UserError where there is none of that id."""
        return tenants_of(self.settings, only, self.left_out)

    def cycle(self, tenant: Tenant, lock: Lock | None = None) -> Cycle:
        """The tenant's cycle, which writes to the store as long as the lock is had, or nowhere without one.

        First a directory that is being written is waited for, some seconds at most.
        """
        self.progress.begins(tenant.id)
        if tenant.id not in self._cycles:
            settling = Settling()
            if any(person.left_at is None for person in self.store.subscribers(tenant.id)):
                settling.wait(tenant.directory)
            refusals = Refusals.beside(beside_store(self.settings.store_url), try_again=self.try_again)
            sources = sources_of(tenant, key_maker(self.store.secret()), refusals)
            written = self.store.fenced(lock.fence).guarded(lock.make_sure) if lock else self.store
            self._cycles[tenant.id] = Cycle(
                tenant,
                self.settings.service,
                written,
                sources,
                settling=settling,
                commit=InStore(written, tenant) if lock else Nowhere(self.store),
                watch=self.progress.mailbox,
            )
        return self._cycles[tenant.id]

    def clock_jumped(self, tenant: Tenant, now: datetime) -> bool:
        """Whether it has since the tenant's last cycle, as far as the store can tell (docs/rules.md §6.4)."""
        service = self.settings.service
        cycles = self.store.latest_cycles(tenant.id, 1)
        return SteadyClock(cycles, timedelta(seconds=service.interval + service.jitter)).jumped(now, None)

    def extension(self, text: str) -> tuple[Tenant, StoredSubscriber]:
        """Whose the extension is; UserError where nobody in the store has it."""
        for tenant in self.settings.tenants:
            number = normalised(text, tenant.rules.country)
            person = self.store.find(number) if number else None
            if person is not None:
                return self.tenants(person.tenant)[0], person
        raise UserError(nobody_has(text))

    def person(self, text: str) -> tuple[Tenant, Person]:
        """Whose the extension is, or who is called so; in the store or, before the first cycle, in a directory.

        UserError where that is nobody, or several.
        """
        try:
            tenant, stored = self.extension(text)
        except UserError:
            now = time_of(None, None) if self.is_whole else None
            everybody = list(whom.everybody(self.store, self.settings.tenants, now))
            for one in everybody:
                if normalised(text, one.tenant.rules.country) in one.person.extensions:
                    return one.tenant, one.person
            if not any(map(str.isalpha, text)):
                raise
            found = _the_one(text, whom.named(text, everybody))
            return found.tenant, found.person
        return tenant, person_of(stored)


def _the_one(text: str, found: list[whom.Found]) -> whom.Found:
    if not found:
        raise UserError(
            Text("nobody is called {text}: write a part of the name or mailbox, or the extension", text=quoted(text))
        )
    if len(found) > 1:
        raise UserError(
            Text(
                "{count} people are called {text}: write the extension, or more of the name or mailbox\n{people}",
                count=len(found),
                text=quoted(text),
                people=listed((one.line for one in found[:_MOST_LISTED]), "\n"),
            )
        )
    return found[0]


@contextmanager
def workplace(
    config: Path,
    *,
    read_only: bool = False,
    adapted: Callable[[Settings], Settings] | None = None,
    try_again: bool = False,
    shows_progress: bool = False,
    store_only: bool = False,
    store_later: bool = False,
) -> Iterator[Workplace]:
    """Everything that a command needs, of the configuration as `adapted` gives it back.

    With `read_only` nothing is written, the log included, but for what was refused beside the store. With
    `shows_progress` a person at a terminal sees how far it is, where that takes its time. With `store_only` no calendar
    is read, and what is wrong in the configuration with what reads them is told in a line and stops nobody. With
    `store_later` the store need not be there yet (`Store.opened_later`).
    """
    usable = loaded_for_store(config) if store_only else ForStore(settings.load(config, os.environ))
    loaded = usable.settings
    if adapted is not None:
        loaded = adapted(loaded)
    log.configure(None, loaded.log.level, loaded.retention.log_days, terminal=False)
    log.install_hooks()
    made_private = [] if read_only else exposure.put_right(loaded)
    opened = Store.opened_later(loaded.store_url) if store_later else Store.open(loaded.store_url, read_only=read_only)
    with opened as store:
        if not read_only:
            days, most = loaded.retention.log_days, loaded.log.max_mb
            log.configure(loaded.log.file, loaded.log.level, days, terminal=False, megabytes=most)
            exposure.tell_of_own(made_private)
        with progress(shown=shows_progress) as watched:
            yield Workplace(loaded, store, try_again, watched, usable.left_out, usable.findings, not usable.findings)


def loaded_for_store(config: Path) -> ForStore:
    """The configuration as far as it can be used by who only asks the store or acts on it; the rest told in a line."""
    usable = settings.load_for_store(config, os.environ)
    if usable.findings:
        count, left_out = len(usable.findings), usable.left_out
        problems = Text("the configuration has {count} problems: `hanvisa check` tells them", count=count)
        if count == 1:
            problems = Text("the configuration has a problem: `hanvisa check` tells it")
        if left_out:
            problems = Text("{problems}; left out meanwhile: {tenants}", problems=problems, tenants=", ".join(left_out))
        complain(Text("hanvisa: {problem}", problem=problems))
    return usable


def require_store(place: Workplace) -> None:
    """StoreUnavailable where there is none: a mistyped address is not to pass for a switchboard with nobody away."""
    if not place.store.exists:
        raise StoreUnavailable(
            Text("there is no store yet where url in [store] says: see that it is right, and run `hanvisa once`")
        )
