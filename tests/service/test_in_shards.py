"""A tenant that is read in shards: what the store holds, and what the brake does, is as if it were read as a whole."""

from __future__ import annotations

import gc
import random
from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from rules.command import Phone
from rules.referral import Referral
from sync_daemon import settings
from sync_daemon.alerts.watch import Watch
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.roster import Person
from sync_daemon.cycle.shard_part import ShardPart
from sync_daemon.cycle.shards import Division, divided, given, shard_of
from sync_daemon.service import Worker
from sync_daemon.service.shard_host import ShardHost
from sync_daemon.settled_memory import MANY_PEOPLE
from sync_daemon.store import Store
from sync_daemon.store.lock import TenantLock
from tests.acceptance.municipality import Municipality
from tests.acceptance.test_alerts import alerts
from tests.mail_server import mail_server
from tests.service.sharded import Hosts, lock_beside
from tests.service.test_alerts import STAFF
from tests.service.town import at

PEOPLE = 10
HELD_BACK = (0, 3)
"""Seeds of lives in which the brake holds something back."""
SERVICE = "[service]\nshard = 6\nbrake = {share = 0.2, least = 3}\n"


class Town:
    """A municipality of which one cycle after another is read as a whole, or in shards by two hosts."""

    def __init__(self, folder: Path, *, in_shards: bool, seed: int = 0, more: str = "") -> None:
        folder.mkdir()
        self.town = Municipality(folder, SERVICE + more)
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
        self.is_taken_over()

    def is_taken_over(self) -> None:
        """Whoever has the tenant is a new one; its shards are where they were."""
        jobs = self.hosts if self._in_shards else None
        self.worker = Worker(self.settings.tenants[0], self.settings, self.store, jobs=jobs)

    def refers(self, mailbox: str, moment: datetime) -> None:
        """An operator does, for an hour."""
        whose = next(one.id for one in self.store.subscribers("sorsele") if one.mailbox == mailbox)
        lunch = Referral("operator", Phone.CLOSED, "lunch", moment, moment + timedelta(hours=1))
        self.store.refer(whose, lunch, "Maj Ek", moment)

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


def test_a_shard_whose_answer_nobody_can_read_counts_as_not_read(sharded: Town) -> None:
    """By a host whose version tells it in another way: it alone waits, and the log tells of it."""

    def tells_otherwise(host: str, shard: int) -> bool:
        asked = sharded.store.shard_request("sorsele", shard)
        if shard != 1 or asked is None:
            return False
        return sharded.store.answer_shard("sorsele", shard, asked[0], '{"read": 7}', host)

    for calendar in sharded.calendars:
        calendar.books("SAM:", "09:00", "10:00")
    sharded.hosts.dies = tells_otherwise
    with capture_logs() as told:
        outcome = sharded.works(at("06:00"))
    unread = outcome.postponed
    assert (outcome.summary.created, 0 < unread < PEOPLE) == (PEOPLE - unread, True)
    assert [one["tenant"] for one in told if one["event"] == "bug"] == ["sorsele"]
    sharded.hosts.dies = lambda _host, _shard: False
    assert sharded.works(at("06:10")).summary.created == unread


def test_a_shard_that_answers_a_little_late_is_taken_in(sharded: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nothing of a tenant would ever be lessened where hosts have more to do than they can."""
    for calendar in sharded.calendars:
        calendar.books("SAM:", "09:00", "10:00")
    assert sharded.works(at("06:00")).summary.created == PEOPLE
    sharded.calendars[0].deletes("entry-0")
    sharded.hosts.dies = lambda _host, _shard: True

    def answer(tenant: str, shards: Collection[int]) -> Collection[int]:
        for shard in tuple(shards):
            sharded.hosts.all["host0"].read(tenant, shard)
        return shards

    monkeypatch.setattr(sharded.hosts, "worked_on", answer)
    for host in sharded.hosts.all.values():
        host.let_go_of_all()
    outcome = sharded.worker.work(at("06:10"), (), lambda: False)
    assert (outcome.postponed, outcome.summary.removed) == (0, 1)


def test_a_host_that_leaves_the_tenant_reads_none_of_its_shards(sharded: Town) -> None:
    """It reads by an older configuration; what it had it lets go of, also where the holder has not heard of it."""
    sharded.works(at("06:00"))
    leaving = sharded.hosts.all["host1"]
    assert leaving.works_on
    sharded.hosts.leave.add("host1")
    looks = iter(range(100))
    outcome = sharded.worker.work(at("06:05"), (), lambda: next(looks) < 3)
    assert 0 < outcome.postponed < PEOPLE
    assert leaving.works_on == []


def test_shards_of_a_host_with_an_older_configuration_go_to_the_others_at_once(sharded: Town) -> None:
    """And stay there, with what is known of their people, as long as it does not catch up."""
    for calendar in sharded.calendars:
        calendar.books("SAM:", "09:00", "10:00")
    sharded.works(at("06:00"))
    sharded.hosts.leave.add("host1")
    sharded.hosts.known_to_leave.add("host1")
    outcome = sharded.works(at("06:05"))
    assert (outcome.postponed, outcome.summary.read > 0) == (0, True)
    sharded.hosts.asked.clear()
    assert sharded.works(at("06:10")).summary.read == 0
    assert {host for host, _ in sharded.hosts.asked} == {"host0"}
    assert sharded.hosts.all["host1"].works_on == []


def test_a_shard_that_is_let_go_of_while_it_is_taken_is_nobodys(sharded: Town) -> None:
    """Whoever is given it can take it."""

    class TakenLate(TenantLock):
        """One that is had a moment after its shard was let go of."""

        def take(self, command: str, now: datetime) -> None:
            host.let_go("sorsele", 0)
            super().take(command, now)

    def lock(url: str, _name: str) -> TenantLock:
        return TakenLate(url, "sorsele-0")

    url, store = sharded.settings.store_url, sharded.store
    host = ShardHost(sharded.settings, lambda: store, lambda: at("06:00"), "host", lambda *_: None, lock=lock)
    host.read("sorsele", 0)
    assert host.works_on == []
    TenantLock(url, "sorsele-0").take("another host", at("06:00"))


def test_a_shard_that_is_asked_for_while_other_settings_are_taken_is_read_by_these(sharded: Town) -> None:
    """Else it would be read by those before for as long as the process has it: here of a tenant that is gone."""
    store, without = sharded.store, sharded.settings.model_copy(update={"tenants": ()})

    def takes_settings(_tenant: str) -> bool:
        host.use(without)
        return False

    host = ShardHost(
        sharded.settings,
        lambda: store,
        lambda: at("06:00"),
        "host",
        lambda *_: None,
        lock=lock_beside,
        leaves=takes_settings,
    )
    host.read("sorsele", 0)
    assert host.works_on == []


def test_who_is_unchanged_is_not_read_again_by_the_host_that_has_the_shard(sharded: Town) -> None:
    """A shard stays with its host, and with it what is known of its people."""
    sharded.works(at("06:00"))
    before = {shard: host for host, shard in sharded.hosts.asked}
    sharded.hosts.asked.clear()
    assert sharded.works(at("06:05")).summary.read == 0
    assert {shard: host for host, shard in sharded.hosts.asked} == before


@pytest.mark.parametrize(
    ("people", "alone", "kept"),
    [(MANY_PEOPLE - 1, False, False), (MANY_PEOPLE, False, True), (MANY_PEOPLE // 2, True, True)],
)
def test_what_a_host_keeps_of_many_people_is_not_looked_through_for_garbage(
    sharded: Town, monkeypatch: pytest.MonkeyPatch, people: int, *, alone: bool, kept: bool
) -> None:
    """In one shard or several, once they were read; also where the host never has the tenant itself."""
    monkeypatch.setattr(ShardPart, "people", people)
    if alone:
        sharded.hosts.known_to_leave.add("host1")
    gc.unfreeze()
    sharded.works(at("06:00"))
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    assert {host for host, _ in sharded.hosts.asked} == ({"host0"} if alone else {"host0", "host1"})
    assert (frozen > 0) == kept


def test_a_sign_asks_the_shard_alone_in_which_the_mailbox_is(sharded: Town) -> None:
    """The others are left as they are."""
    sharded.works(at("06:00"))
    sharded.hosts.asked.clear()
    sharded.calendars[0].books("SAM:", "09:00", "10:00")
    mailbox = sharded.calendars[0].path.stem
    outcome = sharded.worker.work(at("06:01"), (mailbox,), only_asked=True)
    assert (outcome.summary.created, len(sharded.hosts.asked)) == (1, 1)


def test_whom_somebody_acts_on_is_known_by_what_was_read_in_shards(sharded: Town) -> None:
    """Nobody but them: neither who was read, nor to whom a shard has written; and they only until they are read."""
    one, other = sharded.calendars[:2]
    one.books("SAM:", "09:00", "10:00")
    sharded.works(at("06:00"))
    assert sharded.worker.acted_on() == frozenset()
    mailbox = other.path.stem
    sharded.refers(mailbox, at("06:01"))
    assert sharded.worker.acted_on() == {mailbox}
    sharded.worker.work(at("06:02"), {mailbox}, only_asked=True)
    assert sharded.worker.acted_on() == frozenset()


def test_whom_somebody_acts_on_is_known_where_the_tenant_was_taken_over(sharded: Town) -> None:
    """Although those that have its shards need read nobody."""
    sharded.works(at("06:00"))
    sharded.is_taken_over()
    assert sharded.works(at("06:05")).summary.read == 0
    mailbox = sharded.calendars[0].path.stem
    sharded.refers(mailbox, at("06:06"))
    assert sharded.worker.acted_on() == {mailbox}


def test_a_near_miss_in_a_shard_is_mailed_to_whose_it_is(tmp_path: Path) -> None:
    """As where nobody is read in shards."""
    with mail_server() as post, closing(Town(tmp_path / "mailing", in_shards=True, more=alerts(post, STAFF))) as town:
        moment = at("06:00")
        watch = Watch(town.settings, lambda: town.store, lambda: moment)
        watch.after_cycle(town.settings.tenants[0], town.works(moment))
        town.calendars[0].books("SAM Hemligt möte", "2026-12-01T10:00", "2026-12-01T11:00")
        moment = at("06:05")
        outcome = town.works(moment)
        watch.after_cycle(town.settings.tenants[0], outcome)
        watch.look()
        assert outcome.summary.near_misses == 1
        assert [to for to, _ in post.received] == [(town.calendars[0].path.stem,)]


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
