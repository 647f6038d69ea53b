"""Which of a tenant's sources has whose mailbox: as the directory says, as it was found, or as is to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sync_daemon.cycle.roster import Person
from sync_daemon.settings import Tenant
from sync_daemon.settings.origin import Origin, called_today, exchanges, origin_of
from sync_daemon.store import ReadFrom

SourceName = str | None
"""A source's name; None is that of the only one."""


class Whereabouts:
    """A tenant's. What was found is in the store (`Store.read_from`); who has denied a mailbox, in the process.

    A denial holds for as long as a mailbox rests without a sign: then the source is asked again, for the mailbox may be
    there by now, with a rest of it where it was.
    """

    def __init__(self, tenant: Tenant, full_read: timedelta = timedelta(minutes=30)) -> None:
        only = len(tenant.sources) == 1
        self.origins: Mapping[SourceName, Origin] = {
            None if only else source.name: origin_of(source) for source in tenant.sources
        }
        self._exchanges = exchanges(tenant.sources)
        self._full_read = full_read
        self._now: datetime | None = None
        self._denied: dict[tuple[str, SourceName], datetime | None] = {}
        self._found: dict[int, ReadFrom] = {}
        self.is_known = False
        """Whether the store has been asked."""

    def begin(self, now: datetime) -> None:
        """A cycle begins then: who has denied a mailbox long ago is asked again."""
        self._now = now
        self._denied = {
            denied: at
            for denied, at in self._denied.items()
            if at is not None and timedelta() <= now - at < self._full_read
        }

    def know(self, found: Mapping[int, ReadFrom]) -> None:
        """What the store says."""
        self._found = dict(found)
        self.is_known = True

    def learn(self, found: Iterable[ReadFrom]) -> None:
        """What the store says from now on of these subscribers."""
        self._found |= {one.subscriber_id: one for one in found}

    def of(self, person: Person) -> ReadFrom | None:
        """From where the person was read last; None where they never were, as far as is known."""
        return None if person.id is None else self._found.get(person.id)

    def doubted(self) -> list[ReadFrom]:
        """Where another source than before is read, and nothing that it lacks is believed yet."""
        return [found for found in self._found.values() if found.is_doubted]

    def asked(self, person: Person) -> tuple[SourceName, ...]:
        """The sources that may have the mailbox: the likeliest, and where that denies it the next.

        The directory's word comes first, until its source has denied the mailbox; without it where it was found last.
        A mailbox in a folder of files is looked for nowhere else. A name that no source has any more counts as none;
        where there are not several Exchanges there is no source then.
        """
        if len(self.origins) == 1:
            return tuple(self.origins)
        listed = person.source if person.source in self.origins else None
        if listed is not None and listed not in self._exchanges:
            return (listed,)
        if listed is not None and (person.mailbox, listed) not in self._denied:
            return self._beginning_with(listed)
        return self._beginning_with(self._found_at(person) or listed)

    def last(self, person: Person) -> str | None:
        """What the source is called now from which the person was read last, as far as is known."""
        found = self.of(person)
        return None if found is None else called_today(found.origin, self.origins.values())

    def denies(self, person: Person, source: SourceName) -> None:
        """The source has said that it does not have the mailbox."""
        self._denied[person.mailbox, source] = self._now

    def has(self, person: Person, source: SourceName) -> None:
        """The source has the mailbox."""
        self._denied.pop((person.mailbox, source), None)

    def _found_at(self, person: Person) -> str | None:
        """The Exchange of today's that the mailbox was found in last."""
        found = self.of(person)
        if found is None:
            return None
        alike = [name for name in self._exchanges if found.origin.is_same(self.origins[name])]
        return found.origin.name if found.origin.name in alike else next(iter(alike), None)

    def _beginning_with(self, name: str | None) -> tuple[SourceName, ...]:
        return tuple(sorted(self._exchanges, key=lambda one: one != name))
