"""A tenant's calendars, whatever sources they come from: who says unchanged of whom, and each person's reading.

Several sources are read side by side. Where one says that a mailbox is elsewhere, the tenant's other Exchanges are
asked for it in the same cycle.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rules.command import Vocabulary
from rules.entry import Entries, Reading, Unreadable
from sync_daemon import log
from sync_daemon.cycle.hanging_readings import HangingReadings
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.cycle.side_by_side import Ended, SideBySide
from sync_daemon.cycle.whereabouts import SourceName, Whereabouts
from sync_daemon.findings import Finding
from sync_daemon.number_check import NumbersOf
from sync_daemon.numbers import internal_numbers
from sync_daemon.printable import quoted
from sync_daemon.settings import Tenant
from sync_daemon.sources import Advising, Elsewhere, Mailbox, Parse, Source, TriesListening, Window
from sync_daemon.texts import Text, listed

_MANY = 100
"""So many mailboxes that another source does not have are asked for at once, without waiting for more."""

_BUG = Text("report the bug that the log tells of")

_HANGS = Text(
    "wait: the last reading of its source has not come to an end yet; if it lasts for hours, restart the service"
)


class Answer(NamedTuple):
    """What is said of a person's calendar, and by which of the tenant's sources.

    `was_elsewhere`: not by the one that was asked first.
    """

    person: Person
    reading: Reading
    source: SourceName
    was_elsewhere: bool = False


class Calendars:
    """What the tenant's sources say of its people; a person may name the only source, or not."""

    def __init__(
        self,
        tenant: Tenant,
        sources: Mapping[SourceName, Source],
        whereabouts: Whereabouts | None = None,
        hanging: HangingReadings | None = None,
    ) -> None:
        self._rules = tenant.rules
        self._sources = sources
        self._whereabouts = whereabouts or Whereabouts(tenant)
        self._vocabulary: tuple[Roster, Vocabulary] | None = None
        self._hanging = hanging or HangingReadings()

    def fingerprints(self, people: Collection[Person]) -> Mapping[str, Hashable]:
        """By the mailbox, of each of which its source can say it: what changes when its calendar does."""
        if len(self._sources) == 1:
            [source] = self._sources.values()
            return source.fingerprints([person.mailbox for person in people])
        addresses: dict[SourceName, list[str]] = {name: [] for name in self._sources}
        for person in people:
            for name in self._whereabouts.asked(person)[:1]:
                addresses[name].append(person.mailbox)
        found: dict[str, Hashable] = {}
        for name, source in self._sources.items():
            said = source.fingerprints(addresses[name])
            found |= {address: (name, said[address]) for address in addresses[name] if address in said}
        return found

    def try_listening(self, tenant: str, read_from: Mapping[Person, SourceName]) -> Iterator[Finding]:
        """What is found where each source is asked once whether it could be listened to for who was read from it."""
        for name, source in self._sources.items():
            if isinstance(source, TriesListening):
                its = [person.mailbox for person, place in read_from.items() if place == name]
                yield from source.try_listening(tenant, its)

    def advice(self, tenant: str) -> Iterator[Finding]:
        """What each source knows of its access."""
        for source in self._sources.values():
            if isinstance(source, Advising):
                yield from source.advice(tenant)

    def read(self, people: Collection[Person], roster: Roster, window: Window) -> Generator[Answer | None]:
        """Each person's calendar as it is now; None is "nothing yet", as from a source (`Source.read`).

        Each source is asked for its people in their order; several sources are read side by side.
        """
        parse = self._words(roster).parse
        if len(self._sources) == 1:
            [name] = self._sources
            yield from self._read_from(name, people, window, parse)
            return
        yield from self._merged(_Asking(self._whereabouts, people), window, parse)

    def _read_from(
        self, name: SourceName, people: Iterable[Person], window: Window, parse: Parse
    ) -> Generator[Answer | None]:
        its = {person.mailbox: person for person in people}
        mailboxes = [Mailbox(person.mailbox, frozenset(person.extensions)) for person in its.values()]
        for read in self._sources[name].read(mailboxes, window, parse):
            yield read and Answer(its[read[0].address], read[1], name)

    def _read_once_free(
        self, name: SourceName, people: Collection[Person], window: Window, parse: Parse
    ) -> Generator[Answer | None]:
        """The source's answers; where its last reading hangs, and goes on hanging, that is said of each."""
        if (yield from self._hanging.until_free(name)):
            yield from self._read_from(name, people, window, parse)
        else:
            yield from (Answer(person, Unreadable(_HANGS), name) for person in people)

    def _merged(self, asking: _Asking, window: Window, parse: Parse) -> Generator[Answer | None]:
        readings: SideBySide[Answer] = SideBySide()
        answer: Answer | None = None
        yield from asking.nowhere()
        try:
            while True:
                for name in asking.ready(readings.running, is_quiet=answer is None):
                    people = asking.take(name)
                    readings.begin(name, self._read_once_free(name, people, window, parse))
                if not readings.running:
                    return
                said = readings.next()
                if isinstance(said, Ended):
                    answer = None
                    yield from map(asking.final, _after_a_bug(said, asking))
                    continue
                answer = said
                if answer is None:
                    yield None
                elif not asking.is_asked_on(answer):
                    yield asking.final(answer)
        finally:
            self._hanging.give_up(readings.end(self._hanging.farewell))

    def _words(self, roster: Roster) -> Vocabulary:
        """What a subject may say, for as long as the roster is this one."""
        if self._vocabulary is None or self._vocabulary[0] is not roster:
            extensions = (number for person in roster.people for number in person.extensions)
            internal = internal_numbers((*extensions, *self._rules.internal_numbers), self._rules.country)
            check = NumbersOf(self._rules.country, tuple(self._rules.countries))
            self._vocabulary = (roster, Vocabulary(self._rules.commands, internal, check))
        return self._vocabulary[1]


def _after_a_bug(ended: Ended, asking: _Asking) -> Iterator[Answer]:
    """What is said of whom a source has not answered for, where its reader raised; it darkens no other's people."""
    if ended.error is None:
        return
    if not isinstance(ended.error, Exception):
        raise ended.error
    log.bug(ended.error, where=f"the source {ended.name}")
    for person in asking.unanswered(ended.name):
        yield Answer(person, Unreadable(_BUG), ended.name)


@dataclass(slots=True)
class _Asking:
    """Whom each source is still to be asked for in one reading of a tenant's calendars."""

    whereabouts: Whereabouts
    people: Collection[Person]
    waiting: dict[SourceName, list[Person]] = field(default_factory=dict)
    others: dict[Person, Sequence[SourceName]] = field(default_factory=dict)
    """The sources that a person is asked for at after the one that is asked first."""
    denied: dict[Person, list[SourceName]] = field(default_factory=dict)
    """The sources that have said that they do not have a person's mailbox."""
    asked: dict[SourceName, dict[Person, None]] = field(default_factory=dict)
    """Whom each source was asked for last, as far as it has not answered."""

    def __post_init__(self) -> None:
        for person in self.people:
            for name in (places := self.whereabouts.asked(person))[:1]:
                self.waiting.setdefault(name, []).append(person)
                self.others[person] = places[1:]

    def nowhere(self) -> Iterator[Answer]:
        """What is said of whom no source can be asked for, as the directory's word for it is none of theirs."""
        sources = listed(str(name) for name in self.whereabouts.origins)
        for person in self.people:
            if person in self.others:
                continue
            remedy = Text("write one of {sources} into the directory's column source", sources=sources)
            if person.source is not None:
                remedy = Text("{remedy}: none is called {name}", remedy=remedy, name=quoted(person.source))
            yield Answer(person, Unreadable(remedy), None)

    def ready(self, running: Collection[SourceName], *, is_quiet: bool) -> Iterator[SourceName]:
        """The sources that are to be asked now: those that rest, when nobody may join whom they are asked for soon."""
        for name, people in tuple(self.waiting.items()):
            if name not in running and (is_quiet or len(people) >= _MANY):
                yield name

    def take(self, name: SourceName) -> list[Person]:
        """Whom the source is asked for now."""
        people = self.waiting.pop(name)
        self.asked[name] = dict.fromkeys(people)
        return people

    def unanswered(self, name: SourceName) -> Collection[Person]:
        """Whom the source was asked for last and has not answered."""
        return tuple(self.asked.pop(name, ()))

    def is_asked_on(self, answer: Answer) -> bool:
        """Whether the mailbox is elsewhere, and another source is asked for it."""
        person, reading, source = answer.person, answer.reading, answer.source
        self.asked.get(source, {}).pop(person, None)
        if not isinstance(reading, Elsewhere):
            return False
        self.denied.setdefault(person, []).append(source)
        self.whereabouts.denies(person, source)
        if not (others := self.others[person]):
            return False
        self.others[person] = others[1:]
        self.waiting.setdefault(others[0], []).append(person)
        return True

    def final(self, answer: Answer) -> Answer:
        """The answer; where no source has the mailbox one that says so."""
        denied = self.denied.get(answer.person, [])
        if isinstance(answer.reading, Entries):
            self.whereabouts.has(answer.person, answer.source)
        elif len(denied) > 1 and isinstance(answer.reading, Elsewhere):
            remedy = Text(
                "see in Exchange and in the Microsoft 365 admin center where this mailbox is and write its address as "
                "it is there, or take the line out: {sources} say that they have no such mailbox",
                sources=listed(map(str, denied)),
            )
            answer = answer._replace(reading=Unreadable(remedy), source=None)
        return answer._replace(was_elsewhere=True) if denied else answer
