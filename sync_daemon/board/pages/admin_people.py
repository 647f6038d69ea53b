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
from sync_daemon.texts import LocalTime, Text, by_number, in_language

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
        lines = _lines(near, planner.office(person.department), times, are_all=len(near) >= count)
        yield _shown(person, told, lines)


def _lines(near: Iterable[NearEntry], office: OfficeHours, times: DayTimes, *, are_all: bool) -> tuple[str, ...]:
    """A line for each series, whose organiser mends it once: its first entry, and how many more there are.

    That is said where all of the person's are known (`are_all`).
    """
    series: dict[str, list[NearEntry]] = {}
    for one in sorted(near, key=lambda one: one.start):
        series.setdefault(one.series, []).append(one)
    return tuple(_line(first, len(more), office, times, are_all=are_all) for first, *more in series.values())


def _line(first: NearEntry, more: int, office: OfficeHours, times: DayTimes, *, are_all: bool) -> str:
    line = near_miss_line(first, judge(first.would_be, office.rules, office), times)
    if not more:
        return line
    if not are_all:
        return in_language(Text("{line}; more of the same series", line=line), times.language)
    told = by_number(
        more,
        Text("{line}; one more of the same series", line=line),
        Text("{line}; {count} more of the same series", line=line, count=more),
    )
    return in_language(told, times.language)


def _first(people: Mapping[int, StoredSubscriber], ids: Iterable[int]) -> list[StoredSubscriber]:
    known = [people[id_] for id_ in ids if id_ in people]
    return sorted(known, key=lambda one: one.name.casefold())[:_MOST]


def _shown(person: StoredSubscriber, told: Text, lines: tuple[str, ...] = ()) -> PersonShown:
    numbers = ", ".join(person.extensions) or person.mailbox
    return PersonShown(person.id, one_line(person.name), numbers, told, lines)


def _number(person: StoredSubscriber) -> str:
    return person.extensions[0] if person.extensions else person.mailbox
