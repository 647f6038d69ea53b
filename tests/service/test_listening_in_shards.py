"""A tenant in shards whose mailboxes are listened for: by whom, what is told of it, and where it grows or shrinks."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sync_daemon import settings
from sync_daemon.answers.health.findings import findings_of
from sync_daemon.cycle.shard_hearing import ShardsHearing, TenantHearing
from sync_daemon.cycle.shard_told import ShardAnswer, hearing_of, hearing_told
from sync_daemon.findings import Severity
from sync_daemon.service import Service, jobs, listening, shard_host
from sync_daemon.service.self_told import keep_progress
from sync_daemon.service.tenant_thread import TenantThread
from sync_daemon.service.worker import Worker
from sync_daemon.sources import Hearing
from sync_daemon.sources.exchange.signs import NOT_BEGUN
from sync_daemon.store import Store
from sync_daemon.store.locks import tenant_lock
from sync_daemon.texts import Text
from tests import postgresql
from tests.acceptance.municipality import NOON
from tests.service.listened_folder import ListenedFolder, listened_folders
from tests.service.sharded import Hosts
from tests.service.tenants_thread import working
from tests.service.test_run import SELDOM, until
from tests.service.town import Watched

TOO_MANY = Text("{polled} of {all} mailboxes are polled, for {most} can be listened for", polled=1, all=5, most=4)
PEOPLE = 10


class Town:
    """Ten people and a host that reads their shards, where these are more than `size`."""

    def __init__(self, folder: Path, made: list[ListenedFolder], size: int = 6) -> None:
        self.watched = Watched(folder, f"{SELDOM}full_read = 86400\nshard = {size}\n")
        self.made = made
        for number in range(PEOPLE - 2):
            self.watched.town.moves_in(f"person{number}", str(5000 + number))
        self.settings, self.store = self.watched.settings, self.watched.store
        self.hosts = Hosts(self.settings, lambda: self.store, self.watched.clock, count=1)
        [self.host] = self.hosts.all.values()
        self.worker = Worker(self.settings.tenants[0], self.settings, self.store, jobs=self.hosts)

    @contextmanager
    def working(self) -> Iterator[TenantThread]:
        """The holder's thread, of which a first cycle is over."""
        with working(self.watched, self.worker) as thread:
            until(lambda: thread.whole_cycles == 1, "the first cycle")
            yield thread

    def works_once_more(self, thread: TenantThread) -> None:
        """A whole cycle."""
        before = thread.whole_cycles
        thread.ask(frozenset())
        until(lambda: thread.whole_cycles > before, "one more cycle")

    @property
    def listened_for(self) -> list[ListenedFolder]:
        """Every source that is: the holder's, or one of each shard."""
        return [source for source in self.made if source.listening.is_set()]

    def kept(self) -> tuple[list[tuple[int, dict[str, int]]], int]:
        """What the store says of it."""
        progress = self.store.progress("sorsele")
        assert progress is not None
        return [(one.listened, dict(one.lacks)) for one in progress.heard], progress.unheard


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Town]:
    """Whose mailboxes are listened for, each by whoever reads it."""
    town = Town(tmp_path, listened_folders(monkeypatch).made, getattr(request, "param", 6))
    yield town
    town.hosts.close()


def test_who_reads_a_shard_says_that_listening_for_it_is_lost_and_that_it_is_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the shard; of one that it lets go of, nothing more."""
    monkeypatch.setattr(listening, "PATIENCE", 0.0)
    with town.working():
        until(lambda: len(town.listened_for) == 2, "both shards' listening")
        source = town.listened_for[0]
        [lost] = sorted(source.signs.wanted)[:1]
        source.signs.lose([lost], TOO_MANY)
        town.host.look()
        town.host.look()
        source.signs.begin([lost])
        town.host.look()
        said = town.watched.logged("signs_lost", "signs_back")
        found = [(line["event"], line["tenant"], line["mailboxes"], line["why"]) for line in said]
        assert found == [("signs_lost", "sorsele", 1, TOO_MANY), ("signs_back", "sorsele", 0, TOO_MANY)]
        [number] = {line["shard"] for line in said}
        source.signs.lose([lost], TOO_MANY)
        town.host.let_go("sorsele", number)
        town.host.look()
        assert town.watched.logged("signs_lost", "signs_back") == said


def test_the_service_says_so_of_the_shards_that_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside all else that it does each second; here it has the tenant, too."""
    monkeypatch.setattr(listening, "PATIENCE", 0.0)
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.1)
    town = Town(tmp_path, listened_folders(monkeypatch).made)
    on_postgresql = settings.load(tmp_path / "hanvisa.toml", {"HANVISA_STORE__URL": postgresql.new_store_url()})
    found: list[dict[str, Any]] = []

    def loses_one() -> None:
        try:
            until(lambda: len(town.listened_for) == 2, "both shards' listening")
            signs = town.listened_for[0].signs
            signs.lose(sorted(signs.wanted)[:1], TOO_MANY)
            until(lambda: bool(town.watched.logged("signs_lost")), "that it is said")
            found.extend(town.watched.logged("signs_lost"))
        finally:
            signal.raise_signal(signal.SIGTERM)

    beside = threading.Thread(target=loses_one)
    beside.start()
    with Store.open(on_postgresql.store_url) as store:
        assert Service(on_postgresql, store, lambda: on_postgresql).run()
    beside.join()
    assert [(one["tenant"], one["shard"] in {0, 1}, one["mailboxes"]) for one in found] == [("sorsele", True, 1)]


def test_status_and_check_add_up_for_how_many_all_shards_are_listened_for(town: Town) -> None:
    """As the last cycle was told; of a shard that gave no answer it is said that it is not known."""
    with town.working() as thread:
        assert town.kept() == ([(0, {NOT_BEGUN: PEOPLE})], 0)
        until(lambda: len(town.listened_for) == 2, "both shards' listening")
        for source in town.listened_for:
            source.signs.lose(sorted(source.signs.wanted)[:1], TOO_MANY)
        town.works_once_more(thread)
        assert town.kept() == ([(PEOPLE - 2, {TOO_MANY: 2})], 0)
        said = town.watched.town.hanvisa("status", "--at", "2026-11-24T12:00").out
        assert "sorsele: 8 of 10 mailboxes are listened for" in said
        [tenant] = town.watched.town.hanvisa("status", "--json", "--at", "2026-11-24T12:00").json["tenants"]
        polled = [{"mailboxes": 2, "why": str(TOO_MANY)}]
        listening = [{"source": None, "listened_for": 8, "polled": polled}]
        assert (tenant["listening"], tenant["listening_unknown"]) == (listening, 0)


@pytest.mark.parametrize("lacks", ["an answer", "a word of it"])
def test_where_a_shard_does_not_say_it_status_and_check_say_that_it_is_not_known(
    town: Town, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    """For its host is lost, or of the version before; until it does say it."""
    worker = town.worker
    worker.work(NOON)
    until(lambda: len(town.listened_for) == 2, "both shards' listening")
    if lacks == "an answer":
        town.hosts.dies = lambda _host, shard: shard == 1
    else:
        monkeypatch.setattr(shard_host, "hearing_told", lambda _hearing: None)
    looks = iter(range(100))
    worker.work(NOON, (), lambda: next(looks) < 3)
    heard = worker.heard_in_shards
    assert heard is not None
    assert sum(one.listened for one in heard.by_source.values()) + heard.unknown == PEOPLE
    keep_progress(town.store, town.settings.tenants[0], NOON, None, heard)
    tenant_lock(town.settings.store_url, "sorsele").take("hanvisa run", NOON)
    said = town.watched.town.hanvisa("status", "--at", "2026-11-24T12:00")
    assert said.code == 0
    assert f"sorsele: of {heard.unknown} mailboxes it is not known whether they are listened for" in said.out
    found = [one for one in findings_of(town.settings, town.store, NOON, {"sorsele"}) if "listened" in one.problem]
    assert [one.severity for one in found] == [Severity.NOTE]

    town.hosts.dies = lambda _host, _shard: False
    monkeypatch.setattr(shard_host, "hearing_told", hearing_told)
    worker.work(NOON)
    assert worker.heard_in_shards == TenantHearing({None: Hearing(PEOPLE, {})})


def test_of_a_tenant_that_is_set_to_poll_nothing_is_unknown(tmp_path: Path) -> None:
    """Nobody is to be listened for there."""
    town = Town(tmp_path, [])
    town.hosts.dies = lambda _host, shard: shard == 1
    looks = iter(range(100))
    assert town.worker.work(NOON, (), lambda: next(looks) < 3).postponed > 0
    assert town.worker.heard_in_shards == TenantHearing({})
    town.hosts.close()


def test_what_a_shard_says_of_its_listening_is_told_word_for_word_and_by_a_host_of_the_version_before_not_at_all() -> (
    None
):
    """Also in the language of whoever asks."""
    said = {None: Hearing(3, {TOO_MANY: 2}), "Umeå": Hearing(0, {})}
    told = json.loads(ShardAnswer(heard=hearing_told(said)).to_json())
    found = hearing_of(ShardAnswer.from_json(json.dumps(told)))
    assert found == said
    assert [(why.template, why.values) for why in found[None].lacks if isinstance(why, Text)] == [
        (TOO_MANY.template, TOO_MANY.values)
    ]
    del told["heard"]
    assert hearing_of(ShardAnswer.from_json(json.dumps(told))) is None


def test_what_shards_said_is_kept_until_they_are_asked_anew_and_of_those_that_are_no_more_forgotten() -> None:
    """A cycle of signs asks only some of them."""
    shards = ShardsHearing()
    shards.begin({0: 4, 1: 3, 2: 5}, (0, 1, 2))
    assert shards.total == TenantHearing({}, 12)
    for number, size in ((0, 4), (1, 3), (2, 5)):
        shards.answered(number, {None: Hearing(size - 1, {TOO_MANY: 1})})
    assert shards.total == TenantHearing({None: Hearing(9, {TOO_MANY: 3})})
    shards.begin({0: 7, 1: 5}, (1,))
    assert shards.total == TenantHearing({None: Hearing(3, {TOO_MANY: 1})}, 5)
    shards.answered(1, None)
    assert shards.total == TenantHearing({None: Hearing(3, {TOO_MANY: 1})}, 5)


@pytest.mark.parametrize("town", [PEOPLE], indirect=True)
def test_who_listens_for_a_tenant_that_grows_into_shards_and_shrinks_is_who_reads_it(town: Town) -> None:
    """No two do, which would take twice of what an account may have; a shard that is no more is nobody's."""
    holder = town.worker.sources[None]
    with town.working() as thread:
        until(lambda: town.listened_for == [holder], "the holder's listening")
        town.watched.town.moves_in("one_more", "5100")
        town.works_once_more(thread)
        until(lambda: len(town.listened_for) == 2, "both shards' listening, and nobody else's")
        assert holder not in town.listened_for
        assert len(town.host.works_on) == 2
        town.works_once_more(thread)
        assert town.kept() == ([(PEOPLE + 1, {})], 0)

        town.watched.town.moves_out("one_more")
        town.works_once_more(thread)
        assert town.host.works_on == []
        until(lambda: town.listened_for == [holder], "the holder's listening, and nobody else's")


def test_a_shard_too_many_is_let_go_of_and_what_it_was_asked_for_is_asked_no_more(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its host would go on listening; and whoever found the request late would read and write beside the holder."""
    town.worker.work(NOON)
    cycle = town.store.ask_shards("sorsele", {0: "{}", 1: "{}", 2: "{}"}, 3)
    town.store.answer_shard("sorsele", 2, cycle, "{}", town.host.name)
    gone: list[tuple[int, str]] = []
    monkeypatch.setattr(town.hosts, "let_go", lambda _tenant, shard, host: gone.append((shard, host)))
    town.worker.work(NOON)
    assert gone == [(2, town.host.name)]

    town.store.ask_shards("sorsele", {0: "{}", 1: "{}"}, 2)
    service = town.settings.service.model_copy(update={"shard": PEOPLE})
    larger = town.settings.model_copy(update={"service": service})
    Worker(larger.tenants[0], larger, town.store, jobs=town.hosts).work(NOON)
    assert gone[1:] == [(0, town.host.name), (1, town.host.name)]
    assert [town.store.shard_request("sorsele", number) for number in (0, 1)] == [None, None]
