"""A tenant's calendars, whatever sources they come from: who says unchanged of whom, and each person's reading."""

from __future__ import annotations

from collections.abc import Collection, Generator, Hashable, Iterator, Mapping

from rules.command import Vocabulary
from rules.entry import Reading
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.findings import Finding
from sync_daemon.number_check import NumbersOf
from sync_daemon.numbers import internal_numbers
from sync_daemon.settings import Tenant
from sync_daemon.sources import Mailbox, Source, TriesListening, Window


class Calendars:
    """What the tenant's sources say of its people; a person may name the only source, or not."""

    def __init__(self, tenant: Tenant, sources: Mapping[str | None, Source]) -> None:
        self._rules = tenant.rules
        self._sources = sources
        self._vocabulary: tuple[Roster, Vocabulary] | None = None

    def fingerprints(self, people: Collection[Person]) -> Mapping[str | None, Mapping[str, Hashable]]:
        """By the source as the people name it: of each mailbox what changes when its calendar does."""
        addresses: dict[str | None, list[str]] = {name: [] for name in self._sources}
        for person in people:
            addresses.setdefault(self._source_of(person), []).append(person.mailbox)
        found = {name: source.fingerprints(addresses[name]) for name, source in self._sources.items()}
        if len(found) != 1:
            return found
        [of_all] = found.values()
        return dict.fromkeys({person.source for person in people}, of_all)

    def read(
        self, people: Collection[Person], roster: Roster, window: Window
    ) -> Generator[tuple[Person, Reading] | None]:
        """Each person's calendar as it is now; None is "nothing yet", as from a source (`Source.read`).

        The source of who comes first among the people is read first, so that no source waits for another for ever.
        """
        parse = self._words(roster).parse
        groups: dict[str | None, dict[str, Person]] = {}
        for person in people:
            groups.setdefault(self._source_of(person), {})[person.mailbox] = person
        for name, its in groups.items():
            if name not in self._sources:
                continue
            mailboxes = [Mailbox(person.mailbox, frozenset(person.extensions)) for person in its.values()]
            for read in self._sources[name].read(mailboxes, window, parse):
                yield read and (its[read[0].address], read[1])

    def try_listening(self, tenant: str, people: Collection[Person]) -> Iterator[Finding]:
        """What is found where each source is asked once whether it could be listened to for these people."""
        for name, source in self._sources.items():
            if isinstance(source, TriesListening):
                its = [person.mailbox for person in people if self._source_of(person) == name]
                yield from source.try_listening(tenant, its)

    def _source_of(self, person: Person) -> str | None:
        return next(iter(self._sources)) if len(self._sources) == 1 else person.source

    def _words(self, roster: Roster) -> Vocabulary:
        """What a subject may say, for as long as the roster is this one."""
        if self._vocabulary is None or self._vocabulary[0] is not roster:
            extensions = (number for person in roster.people for number in person.extensions)
            internal = internal_numbers((*extensions, *self._rules.internal_numbers), self._rules.country)
            check = NumbersOf(self._rules.country, tuple(self._rules.countries))
            self._vocabulary = (roster, Vocabulary(self._rules.commands, internal, check))
        return self._vocabulary[1]
