"""Of whom an admin is to know: whose mailbox cannot be read and what to do, whose entries are nearly commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rules.entry import NearEntry, judge
from rules.office_hours import OfficeHours
from sync_daemon.answers.day_times import DayTimes
from sync_daemon.answers.near_misses_told import near_miss_line
from sync_daemon.cycle.planning import Planner
from sync_daemon.printable import one_line
from sync_daemon.settings import Tenant
from sync_daemon.store import Store, StoredSubscriber
from sync_daemon.texts import LocalTime, Text, by_number

_MOST = 200
"""People who are listed of a tenant; of more their number is told."""


@dataclass(frozen=True, slots=True)
class PersonShown:
    """One of them: who it is, what is said of them, and more of it in `lines`."""

    id: int
    name: str
    number: str
    told: Text
    lines: tuple[str, ...] = ()


def unreadable(store: Store, tenant: Tenant, people: Mapping[int, StoredSubscriber]) -> Iterator[PersonShown]:
    """Whose mailbox cannot be read, since when, and what to do, as the latest cycle that asked for it said."""
    since, remedies = store.unread_since(tenant.id), store.reading_notes(tenant.id).remedies
    for person in _first(people, since):
        moment, remedy = since[person.id], remedies.get(person.id)
        if remedy is None:  # an older version has read it
            remedy = Text("`hanvisa explain {number}` says why, and what to do", number=_number(person))
        if moment is None:
            told = Text("Cannot be read: {remedy}.", remedy=remedy)
        else:
            told = Text("Cannot be read since {since}: {remedy}.", since=LocalTime(moment, tenant.zone), remedy=remedy)
        yield _shown(person, told)


def near_misses(
    store: Store, tenant: Tenant, people: Mapping[int, StoredSubscriber], times: DayTimes
) -> Iterator[PersonShown]:
    """Whose entries are nearly commands: how many, and of the first ones when they take place and what is wrong."""
    counts, noted, planner = store.near_misses(tenant.id), store.reading_notes(tenant.id).near_misses, Planner(tenant)
    for person in _first(people, counts):
        count, near = counts[person.id], noted.get(person.id, ())
        told = by_number(
            count,
            Text("One entry is nearly a command."),
            Text("{count} entries are nearly commands.", count=count),
        )
        yield _shown(person, told, _lines(near, planner.office(person.department), times))


def _lines(near: Iterable[NearEntry], office: OfficeHours, times: DayTimes) -> tuple[str, ...]:
    ordered = sorted(near, key=lambda one: one.start)
    return tuple(near_miss_line(one, judge(one.would_be, office.rules, office), times) for one in ordered)


def _first(people: Mapping[int, StoredSubscriber], ids: Iterable[int]) -> list[StoredSubscriber]:
    known = [people[id_] for id_ in ids if id_ in people]
    return sorted(known, key=lambda one: one.name.casefold())[:_MOST]


def _shown(person: StoredSubscriber, told: Text, lines: tuple[str, ...] = ()) -> PersonShown:
    numbers = ", ".join(person.extensions) or person.mailbox
    return PersonShown(person.id, one_line(person.name), numbers, told, lines)


def _number(person: StoredSubscriber) -> str:
    return person.extensions[0] if person.extensions else person.mailbox
