"""A tenant that is read in shards: what the store holds, and what the brake does, is as if it were read as a whole."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sync_daemon import settings
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.roster import Person
from sync_daemon.cycle.shards import Division, divided, given, shard_of
from sync_daemon.service import Worker
from sync_daemon.store import Store
from tests.acceptance.municipality import Municipality
from tests.service.sharded import Hosts
from tests.service.town import at

PEOPLE = 10
HELD_BACK = (0, 3)
"""Seeds of lives in which the brake holds something back."""
SERVICE = "[service]\nshard = 6\nbrake = {share = 0.2, least = 3}\n"


class Town:
    """A municipality of which one cycle after another is read as a whole, or in shards by two hosts."""

    def __init__(self, folder: Path, *, in_shards: bool, seed: int = 0) -> None:
        folder.mkdir()
        self.town = Municipality(folder, SERVICE)
        self.calendars = [self.town.moves_in(f"person{number}", str(5000 + number)) for number in range(PEOPLE)]
        self.settings = settings.load(folder / "hanvisa.toml", {})
        self.store = Store.open(self.settings.store_url)
        self._in_shards = in_shards
        self._now = at("06:00")
        self.hosts = Hosts(self.settings, lambda: self.store, lambda: self._now)
        self.drawn = random.Random(seed)
        self.restarts()

    def restarts(self) -> None:
        """Every process is a new one."""
        self.hosts.close()
        self.hosts = Hosts(self.settings, lambda: self.store, lambda: self._now)
        jobs = self.hosts if self._in_shards else None
        self.worker = Worker(self.settings.tenants[0], self.settings, self.store, jobs=jobs)

    def works(self, moment: datetime) -> Outcome:
        """A cycle then, in which each answer of the stand-ins is there when it is looked for."""
        self._now = moment
        looks = iter(range(1, 1_000_000))
        return self.worker.work(moment, (), lambda: next(looks) < 1000)

    def lives(self) -> None:
        """Somebody books, moves or deletes; now and then very many delete."""
        act = self.drawn.random()
        many = self.calendars if act < 0.2 else [self.drawn.choice(self.calendars)]
        for calendar in many:
            if calendar.events and act < 0.5:
                calendar.deletes(self.drawn.choice(sorted(calendar.events)))
            elif len(many) == 1:
                hour = self.drawn.randrange(8, 16)
                until = f"{hour + 1:02}:{self.drawn.choice(('00', '30'))}"
                calendar.books("SAM:", f"{hour:02}:00", until, uid=f"{self.drawn.randrange(4)}")

    def written(self) -> tuple[list[tuple[str, str, str, str]], int]:
        """Everything that is said of everybody, without ids that are drawn in the order of writing."""
        people = {one.id: one.mailbox for one in self.store.subscribers("sorsele")}
        held = self.store.held(list(people), at("00:00", 1))
        rows = sorted(
            (
                people[id_],
                f"{one.start:%d %H:%M}",
                f"{one.until:%d %H:%M}",
                one.reason,
            )
            for id_, its in held.items()
            for one in its.referrals
        )
        return rows, len(self.store.unreadable("sorsele"))

    def held(self) -> list[tuple[str, str]]:
        """What the brake holds back: whose, and what would be left of it."""
        found = []
        for one in self.store.held_sets("sorsele", "changes"):
            for text in one.changes:
                mailbox, _, left = text.partition(" ")
                found.append((mailbox, left.partition(" ")[2]))
        return sorted(found)

    def close(self) -> None:
        """Nobody works any more."""
        self.hosts.close()
        self.store.close()


@pytest.fixture
def sharded(tmp_path: Path) -> Iterator[Town]:
    """One in shards."""
    town = Town(tmp_path / "sharded", in_shards=True)
    yield town
    town.close()


@pytest.mark.parametrize("seed", [*HELD_BACK, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 40))])
def test_what_is_written_and_held_back_is_the_same_in_shards(tmp_path: Path, seed: int) -> None:
    """Whatever people do, and however much goes at once; also where the processes are new ones."""
    towns = [Town(tmp_path / str(how), in_shards=how, seed=seed) for how in (False, True)]
    moment, was_held = at("06:00"), 0
    for step in range(7):
        seen = []
        for town in towns:
            for _ in range(3):
                town.lives()
            if step == 4:
                town.restarts()
            summary = town.works(moment).summary
            counts = (summary.created, summary.updated, summary.removed, summary.held, summary.failed)
            seen.append((counts, town.written(), town.held()))
        assert seen[0] == seen[1], f"step {step}"
        was_held += summary.held
        moment += timedelta(minutes=7)
    assert {host for host, _ in towns[1].hosts.asked} == {"host0", "host1"}
    assert was_held or seed not in HELD_BACK, "nothing that the brake has a word in"
    for town in towns:
        town.close()


def test_a_shard_whose_worker_dies_counts_as_not_read_and_is_read_by_another(sharded: Town) -> None:
    """Others are written; what was held back of it stays so; the next cycle has it."""
    for calendar in sharded.calendars:
        calendar.books("SAM:", "09:00", "10:00")
    sharded.works(at("06:00"))
    for calendar in sharded.calendars:
        calendar.deletes("entry-0")
    assert sharded.works(at("06:10")).summary.held == PEOPLE
    sharded.hosts.dies = lambda _host, shard: shard == 1
    looks = iter(range(100))
    outcome = sharded.worker.work(at("06:20"), (), lambda: next(looks) < 3)
    unread = outcome.postponed
    assert (outcome.summary.held, 0 < unread < PEOPLE) == (PEOPLE, True)
    sharded.hosts.dies = lambda _host, _shard: False
    summary = sharded.works(at("06:50")).summary
    assert (summary.held, summary.removed) == (unread, PEOPLE - unread), "the third reading of the others, not theirs"
    summary = sharded.works(at("06:55")).summary
    assert (summary.held, summary.removed) == (0, unread)


def test_who_is_unchanged_is_not_read_again_by_the_host_that_has_the_shard(sharded: Town) -> None:
    """A shard stays with its host, and with it what is known of its people."""
    sharded.works(at("06:00"))
    before = {shard: host for host, shard in sharded.hosts.asked}
    sharded.hosts.asked.clear()
    assert sharded.works(at("06:05")).summary.read == 0
    assert {shard: host for host, shard in sharded.hosts.asked} == before


def test_a_sign_asks_the_shard_alone_in_which_the_mailbox_is(sharded: Town) -> None:
    """The others are left as they are."""
    sharded.works(at("06:00"))
    sharded.hosts.asked.clear()
    sharded.calendars[0].books("SAM:", "09:00", "10:00")
    mailbox = sharded.calendars[0].path.stem
    outcome = sharded.worker.work(at("06:01"), (mailbox,), only_asked=True)
    assert (outcome.summary.created, len(sharded.hosts.asked)) == (1, 1)


def test_one_more_shard_moves_nobody_but_who_goes_into_it() -> None:
    """Of a thousand about a fifth, where four become five."""
    before, after = ([shard_of(id_, count) for id_ in range(1, 1001)] for count in (4, 5))
    moved = [now for then, now in zip(before, after, strict=True) if then != now]
    assert set(moved) == {4}
    assert 150 < len(moved) < 250


def test_who_is_in_which_shard_is_reckoned_anew_only_for_others_or_another_number_of_shards() -> None:
    """A sign's cycle of a hundred thousand is not to divide them all for one."""
    everybody, fewer = (
        tuple(Person(id_, f"p{id_}@sorsele.se", f"P {id_}", ()) for id_ in range(1, count)) for count in (50, 40)
    )
    division = Division()
    known = division.of(everybody, 4)
    assert known == divided(everybody, 4)
    assert division.of(everybody, 4) is known
    assert division.of(everybody, 5) == divided(everybody, 5)
    assert division.of(fewer, 5) == divided(fewer, 5)


def test_shards_stay_where_they_are_and_are_shared_out_evenly() -> None:
    """A new host gets its share of those that others have too many of; a dead one's go to who has fewest."""
    assert given(range(4), {}, ()) == {}
    assert given(range(4), {0: "b", 1: "b"}, ("a", "b")) == {0: "b", 1: "b", 2: "a", 3: "a"}
    assert given(range(4), dict.fromkeys(range(4), "a"), ("a", "b")) == {0: "a", 1: "a", 2: "b", 3: "b"}
    assert given(range(2), {0: "dead", 1: "a"}, ("a",)) == {0: "a", 1: "a"}
