"""The same people's calendars on Exchange, in Exchange Online and as files: the referrals of all three are the same.

People book, move, split, cancel, answer and change their minds at random, over the end of summer time; each tenant is
read from one of the three, into a store of its own with the same secret, so that even the keys are the same.
`script/soak three-sources` is the long form.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import structlog

from sync_daemon import settings as configuration
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.commit import InStore
from sync_daemon.settings import Settings
from sync_daemon.sources import sources_of
from sync_daemon.sources.keys import key_maker
from sync_daemon.store import Store
from tests.configuration import exchange_source, files_source, source_table, tenant_table
from tests.exchange.item import global_object_id
from tests.graph.process import Graph
from tests.service.meetings import ANSWERS, DAY, Change, Meeting, file_of, item

BEGIN = datetime(2026, 10, 21, 6, tzinfo=UTC)
"""Four days before the clocks change, and six hours before they do is read for the first time in a window with both."""

HOUR = timedelta(hours=1)
_SUBJECTS = ("SAM: Budget", "TJÄ: Hembesök", "SAM; Nämnd", "TJÄ: Kurs @4701", "VB: SAM: Kick-off >4702")
_OTHERS = ("Lunch", "SAMTAL: Eva", "SAM Budget")
_UIDS = ("goid", "goid", "61fac93e-{}", "meeting-{}@google.com")

_TOP = """\
secrets_dir = "secrets"
[store]
url = "sqlite:///{kind}.db"
[service]
brake = {{share = 1.0, least = 1000}}
"""

_ROWS = """\
SELECT s.mailbox, r.origin, r.reason, r.phone, r."from", r.until, r.alternative_number, r.alternative_mode, r.bookings
  FROM referrals AS r JOIN subscribers AS s ON s.id = r.subscriber_id
 ORDER BY s.mailbox, r."from", r.until, r.phone, r.reason
"""

Rows = list[tuple[Any, ...]]


@dataclass
class People:
    """Whose calendars they are, and what is in them."""

    rng: Random
    count: int
    calendars: dict[str, dict[str, Meeting]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    uids: Iterator[int] = field(default_factory=lambda: iter(range(10**6)))

    def __post_init__(self) -> None:
        self.calendars = {f"person{number}@sorsele.se": {} for number in range(self.count)}
        self.touched = set(self.calendars)

    def edits(self, now: datetime) -> None:
        """Something happens in one calendar; `now` is local, without a zone."""
        owner = self.rng.choice(sorted(self.calendars))
        its = self.calendars[owner]
        meetings = list(its.values())
        act = self.rng.choice(_ACTS) if len(meetings) > 1 else _books
        made = act(self, self.rng.choice(meetings) if meetings else None, now)
        self.done[act.__name__.strip("_")] += 1
        for gone in made.gone:
            its.pop(gone, None)
        its.update({meeting.uid: meeting for meeting in made.there})
        self.touched.add(owner)

    def uid(self) -> str:
        """One that nobody has: Outlook's, or another program's."""
        kind, number = self.rng.choice(_UIDS), next(self.uids)
        return global_object_id(BEGIN, f"{number}") if kind == "goid" else kind.format(number)


@dataclass(frozen=True)
class _Edited:
    """What is there after an edit, and which are not any more."""

    there: Sequence[Meeting] = ()
    gone: Sequence[str] = ()


def _books(people: People, _: Meeting | None, now: datetime) -> _Edited:
    rng = people.rng
    day = now.replace(hour=0, minute=0, second=0) + rng.randrange(-2, 14) * DAY
    start = day + rng.choice((8, 9, 10, 11, 13, 15)) * HOUR + timedelta(minutes=rng.choice((0, 15, 30)))
    length = rng.choice((15, 45, 60, 120)) * timedelta(minutes=1)
    made = Meeting(people.uid(), rng.choice(_SUBJECTS * 3 + _OTHERS), start, length, private=rng.random() < 0.1)
    if rng.random() < 0.2:
        made = replace(made.whole_day(), length=rng.choice((1, 2)) * DAY)
    elif rng.random() < 0.1:  # in the night in which the clocks may change
        made = replace(made, start=day + timedelta(hours=1, minutes=30), length=2 * HOUR)
    elif rng.random() < 0.3:
        made = replace(made, answer=rng.choice(ANSWERS))
    if rng.random() < 0.4 and made.start.hour != 1:
        made = replace(made, times=rng.randrange(2, 9), every=max(rng.choice((1, 1, 2, 7)), made.length.days + 1))
    return _Edited([made])


def _moves(people: People, meeting: Meeting | None, _: datetime) -> _Edited:
    assert meeting is not None
    days = people.rng.choice((-1, 1, 2))
    hours = 0 if meeting.all_day or meeting.start.hour == 1 else people.rng.choice((-1, 0, 1))
    return _Edited([meeting.at(meeting.start + days * DAY + hours * HOUR)])


def _splits(people: People, meeting: Meeting | None, now: datetime) -> _Edited:
    """All that follow are changed: the series ends before, and another one goes on an hour later."""
    if meeting is None or not meeting.is_series:
        return _books(people, meeting, now)
    at = people.rng.randrange(1, meeting.times)
    before = replace(
        meeting,
        times=at,
        changed={number: change for number, change in meeting.changed.items() if number < at and at > 1},
        deleted=frozenset(number for number in meeting.deleted if number < at and at > 1),
    )
    later = meeting.original(at) if meeting.all_day else meeting.original(at) + HOUR
    after = replace(meeting.at(later), uid=people.uid(), times=meeting.times - at)
    return _Edited([before, after])


def _moves_an_occurrence(people: People, meeting: Meeting | None, now: datetime) -> _Edited:
    if meeting is None or not meeting.is_series:
        return _moves(people, meeting, now)
    number = people.rng.randrange(meeting.times)
    days = 0 if meeting.every > 1 and not meeting.all_day else people.rng.choice((-1, 0, 1))
    moved = meeting.original(number) + days * DAY
    if not meeting.all_day:
        moved += people.rng.choice((-2, 0, 3)) * HOUR
    subject = people.rng.choice((meeting.subject, meeting.subject, *_SUBJECTS, "Lunch"))
    change = Change(moved, subject, cancelled=people.rng.random() < 0.15)
    return _Edited([replace(meeting, changed={**meeting.changed, number: change}, deleted=meeting.deleted - {number})])


def _deletes_an_occurrence(people: People, meeting: Meeting | None, now: datetime) -> _Edited:
    if meeting is None or not meeting.is_series:
        return _deletes(people, meeting, now)
    number = people.rng.randrange(meeting.times)
    changed = {place: change for place, change in meeting.changed.items() if place != number}
    return _Edited([replace(meeting, changed=changed, deleted=meeting.deleted | {number})])


def _deletes(_: People, meeting: Meeting | None, __: datetime) -> _Edited:
    return _Edited(gone=[] if meeting is None else [meeting.uid])


def _cancels(_: People, meeting: Meeting | None, __: datetime) -> _Edited:
    assert meeting is not None
    return _Edited([replace(meeting, cancelled=not meeting.cancelled)])


def _answers(people: People, meeting: Meeting | None, _: datetime) -> _Edited:
    assert meeting is not None
    return _Edited([replace(meeting, answer=people.rng.choice(ANSWERS))])


def _renames(people: People, meeting: Meeting | None, _: datetime) -> _Edited:
    assert meeting is not None
    return _Edited([replace(meeting, subject=people.rng.choice(_SUBJECTS + _OTHERS), private=not meeting.private)])


def _makes_it_a_day(people: People, meeting: Meeting | None, now: datetime) -> _Edited:
    """Or a morning of what was a day."""
    assert meeting is not None
    if not meeting.all_day:
        return _Edited([meeting.whole_day()])
    if meeting.length > DAY:
        return _moves(people, meeting, now)
    return _Edited([replace(meeting.at(meeting.start + 9 * HOUR), length=HOUR, all_day=False)])


_Act = Callable[[People, Meeting | None, datetime], _Edited]
_ACTS: tuple[_Act, ...] = (
    *(_books,) * 3,
    *(_moves, _splits, _moves_an_occurrence, _deletes_an_occurrence) * 2,
    *(_deletes, _cancels, _answers, _renames, _makes_it_a_day),
)


@dataclass
class Tenant:
    """The one municipality, read from one of the three."""

    kind: str
    settings: Settings
    store: Store
    cycle: Cycle

    def rows(self) -> Rows:
        """What its store holds, but for when it was written."""
        with closing(sqlite3.connect(self.settings.store_url.removeprefix("sqlite:///"))) as connection:
            return list(connection.execute(_ROWS))


@dataclass
class Town:
    """The people, the three that are read, and the time, aware and in UTC."""

    people: People
    folder: Path
    graph: Graph
    tenants: list[Tenant]
    now: datetime = BEGIN

    def goes_on(self, edits: int) -> str | None:
        """So many edits, some hours, a cycle of each; where the referrals differ, in what."""
        local = self.now.astimezone(self.tenants[0].cycle.tenant.zone).replace(tzinfo=None)
        for _ in range(edits):
            self.people.edits(local)
        self._write()
        self.now += self.people.rng.choice((1, 3, 8)) * HOUR
        for tenant in self.tenants:
            outcome = tenant.cycle.run(self.now, every=True)
            if outcome.unreadable or _partial(outcome):
                return f"{tenant.kind} at {self.now}: not read whole: {outcome.unreadable} {outcome.doubtful}"
        files, *others = ((tenant.kind, tenant.rows()) for tenant in self.tenants)
        return next(filter(None, (_difference(files, other, self.now) for other in others)), None)

    def _write(self) -> None:
        for owner in sorted(self.people.touched):
            meetings = list(self.people.calendars[owner].values())
            self.graph.replace_items(owner, [item(meeting) for meeting in meetings])
            fresh = self.folder / "fresh"
            fresh.write_bytes(file_of(owner, meetings).encode())
            fresh.rename(self.folder / "calendars" / f"{owner}.ics")
        self.people.touched.clear()


def _partial(outcome: Any) -> bool:  # noqa: ANN401 - an Outcome
    return any(not reading.complete for _, reading in outcome.doubtful)


def _difference(one: tuple[str, Rows], other: tuple[str, Rows], now: datetime) -> str | None:
    if one[1] == other[1]:
        return None
    only = [[row for row in mine if row not in theirs] for mine, theirs in ((one[1], other[1]), (other[1], one[1]))]
    return f"at {now} only {one[0]}: {only[0][:3]}; only {other[0]}: {only[1][:3]}"


@contextmanager
def town(count: int, seed: int, folder: Path) -> Iterator[Town]:
    """So many people with empty calendars, on both servers and in files."""
    with Graph() as graph:
        people = People(Random(seed), count)
        for owner in people.calendars:
            graph.add_mailbox(owner, home="both")
        graph.grant("Calendars.Read")
        made = Town(people, folder, graph, list(_tenants(folder, graph, people)))
        yield made
        for tenant in made.tenants:
            tenant.store.close()


def _tenants(folder: Path, graph: Graph, people: People) -> Iterator[Tenant]:
    (folder / "calendars").mkdir()
    (folder / "secrets").mkdir()
    for name, secret in (("graph", graph.secret), ("exchange", graph.exchange.password)):
        (folder / "secrets" / name).write_text(secret, encoding="utf-8")
    lines = [f"{owner},Person {number},{4700 + number}" for number, owner in enumerate(people.calendars)]
    (folder / "sorsele.csv").write_text("\n".join(["mailbox,name,extensions", *lines, ""]), encoding="utf-8")
    online = source_table(
        kind="graph",
        directory_id=graph.directory_id,
        client_id=graph.client_id,
        secret="graph",  # noqa: S106 - a name
        endpoint=graph.endpoint,
        authority=graph.authority,
        ca_file=str(graph.ca_file),
    )
    on_site = exchange_source(
        graph.exchange.endpoint, graph.exchange.user, ca_file=str(graph.ca_file), allow_http=False
    )
    with Store.open(f"sqlite:///{folder / 'files.db'}") as first:
        first.secret()
    for kind, source in (("files", files_source()), ("exchange", on_site), ("graph", online)):
        path = folder / f"{kind}.db"
        if not path.exists():
            shutil.copy(folder / "files.db", path)
        (folder / f"{kind}.toml").write_text(_TOP.format(kind=kind) + tenant_table("sorsele", source), encoding="utf-8")
        settings = configuration.load(folder / f"{kind}.toml", {})
        store = Store.open(settings.store_url)
        [tenant] = settings.tenants
        sources = sources_of(tenant, key_maker(store.secret()))
        cycle = Cycle(tenant, settings.service, store, sources, commit=InStore(store, tenant))
        yield Tenant(kind, settings, store, cycle)


def soak(people: int, edits: int, seed: int, each: int = 20) -> int:
    """Prints what was done; 1 where the referrals of two sources differ."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, town(people, seed, Path(folder)) as made:
        for _ in range(max(edits // each, 1)):
            if (difference := made.goes_on(each)) is not None:
                print(f"after {sum(made.people.done.values())} edits: {difference}")  # noqa: T201
                return 1
        rows = len(made.tenants[0].rows())
    done = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(made.people.done.items()))
    spent = time.monotonic() - began
    print(f"{people} people, {rows} referrals, the same from all three after {done}; {spent:.0f} s")  # noqa: T201
    return 0
