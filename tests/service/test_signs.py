"""A source that is listened for: who is read when, and what is told of listening."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from sync_daemon.answers.health.findings import findings_of
from sync_daemon.errors import UserError
from sync_daemon.findings import Severity
from sync_daemon.log import Troubles
from sync_daemon.service import listening, tenant_queue
from sync_daemon.service.listening import Listeners
from sync_daemon.service.progress import Doing
from sync_daemon.service.systemd import Systemd
from sync_daemon.service.tenant_thread import TenantThread, nothing
from sync_daemon.service.tenant_threads import TenantThreads
from sync_daemon.service.worker import Worker
from sync_daemon.sources.exchange.signs import NOT_BEGUN
from tests.acceptance.municipality import NOON
from tests.service.listened_folder import ListenedFolder, listened_folders
from tests.service.tenants_thread import working
from tests.service.test_run import SELDOM, until
from tests.service.town import Watched, at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync_daemon.cycle.report import Outcome

ANNA, BO = "anna@sorsele.se", "bo@sorsele.se"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[ListenedFolder]:
    """Every source of the test's, which are listened for."""
    return listened_folders(monkeypatch).made


@pytest.fixture
def watched(tmp_path: Path, made: list[ListenedFolder]) -> Watched:
    """Sorsele with Anna and Bo, who are read at least each half hour."""
    del made
    watched = Watched(tmp_path, f"{SELDOM}full_read = 86400\n")
    watched.town.anna.books("SAM:", "15:00", "16:00", uid="a")
    return watched


# Who is read


@pytest.fixture
def heard(watched: Watched, made: list[ListenedFolder]) -> ListenedFolder:
    """Their source; both are listened for, and were read since that began."""
    watched.works(at("06:00"))
    source = made[-1]
    source.signs.begin([ANNA, BO])
    watched.works(at("06:05"))
    assert source.was_read() == ["anna", "anna", "bo", "bo"]
    return source


def test_a_mailbox_without_a_sign_is_not_read(watched: Watched, heard: ListenedFolder) -> None:
    """One with a sign is, once."""
    watched.works(at("06:10"))
    assert heard.was_read() == []
    heard.happens(ANNA)
    watched.works(at("06:15"))
    watched.works(at("06:20"))
    assert heard.was_read() == ["anna"]


def test_without_any_sign_a_mailbox_is_read_before_full_read_is_over(watched: Watched, heard: ListenedFolder) -> None:
    """A sign may be lost, and time moves the window."""
    watched.works(at("06:05", day=25))
    assert heard.was_read() == ["anna", "bo"]


def test_a_sign_that_comes_while_its_mailbox_is_read_has_it_read_once_more(
    watched: Watched, heard: ListenedFolder
) -> None:
    """What was booked just then may not be in what was read."""
    heard.happens(ANNA)
    heard.as_it_reads = heard.happens
    watched.works(at("06:10"))
    heard.as_it_reads = lambda _address: None
    watched.works(at("06:15"))
    watched.works(at("06:20"))
    assert heard.was_read() == ["anna", "anna"]


def test_a_mailbox_that_could_not_be_read_is_read_in_the_next_cycle(watched: Watched, heard: ListenedFolder) -> None:
    """And in each, until it can be; no other sign will come of it."""
    text = watched.town.anna.path.read_bytes()
    watched.town.anna.path.unlink()
    heard.happens(ANNA)
    watched.works(at("06:10"))
    watched.works(at("06:15"))
    watched.town.anna.path.write_bytes(text)
    watched.works(at("06:20"))
    watched.works(at("06:25"))
    assert heard.was_read() == ["anna"] * 3


def test_a_view_of_which_a_page_was_missing_is_read_in_the_next_cycle(watched: Watched, heard: ListenedFolder) -> None:
    """That passes, and no sign tells of it."""
    heard.cuts = True
    heard.happens(ANNA)
    watched.works(at("06:10"))
    heard.cuts = False
    watched.works(at("06:15"))
    watched.works(at("06:20"))
    assert heard.was_read() == ["anna"] * 2


def test_a_mailbox_that_is_listened_for_no_more_is_read_each_time(watched: Watched, heard: ListenedFolder) -> None:
    """And once more when it is listened for again: signs may have been missed until then."""
    heard.signs.lose([ANNA], "the server is away")
    watched.works(at("06:10"))
    watched.works(at("06:15"))
    heard.signs.begin([ANNA])
    watched.works(at("06:20"))
    watched.works(at("06:25"))
    assert heard.was_read() == ["anna"] * 3


def test_after_the_clock_was_set_back_everybody_is_read(watched: Watched, heard: ListenedFolder) -> None:
    """What was over may last once more."""
    watched.works(at("05:00"))
    watched.works(at("05:05"))
    assert heard.was_read() == ["anna", "bo"]


def test_a_cycle_that_a_sign_asks_for_reads_nobody_else(watched: Watched, heard: ListenedFolder) -> None:
    """Who is polled is read at the interval, however often others change; a whole cycle is what the interval's was."""
    heard.signs.lose([BO], "there are too many")
    watched.works(at("06:10"))
    assert heard.was_read() == ["bo"]
    for minute in range(11, 15):
        heard.happens(ANNA)
        outcome = watched.worker.work(at(f"06:{minute}"), {ANNA}, only_asked=True)
        assert not outcome.is_recorded_whole
    assert heard.was_read() == ["anna"] * 4
    assert watched.store.latest_whole_cycle("sorsele") == at("06:10")
    watched.works(at("06:15"))
    assert heard.was_read() == ["bo"]


def test_signs_of_what_is_no_command_leave_no_rows(watched: Watched, heard: ListenedFolder) -> None:
    """A municipality's calendars change all day; a cycle that wrote something is remembered."""
    watched.worker.work(at("06:10"), {ANNA}, only_asked=True)
    before = len(watched.store.latest_cycles("sorsele", 99))
    heard.happens(ANNA)
    watched.worker.work(at("06:11"), {ANNA}, only_asked=True)
    assert len(watched.store.latest_cycles("sorsele", 99)) == before
    watched.town.anna.books("SAM:", "17:00", "18:00", uid="b")
    heard.happens(ANNA)
    assert watched.worker.work(at("06:12"), {ANNA}, only_asked=True).summary.created == 1
    assert watched.store.latest_cycles("sorsele", 1) == [at("06:12")]


def test_what_is_held_back_keeps_its_count_while_signs_of_others_come(
    watched: Watched, made: list[ListenedFolder]
) -> None:
    """Three readings over half an hour let it through; cycles that read others neither count nor begin anew."""
    calendars = [watched.town.moves_in(f"person{number}", str(5000 + number)) for number in range(12)]
    for calendar in calendars:
        calendar.books("SAM:", "09:00", "15:00", uid="a")
    watched.works(at("06:00"))
    made[-1].signs.begin(made[-1].signs.wanted)
    watched.works(at("06:05"))
    for calendar in calendars:
        calendar.deletes("a")
        made[-1].happens(calendar.path.stem)
    held = []
    for clock, asked in (("07:00", ()), ("07:05", {ANNA}), ("07:15", ()), ("07:20", {ANNA}), ("07:30", ())):
        outcome = watched.worker.work(at(clock), asked, only_asked=bool(asked))
        held.append((outcome.summary.held, outcome.summary.removed))
    assert held == [(12, 0), (12, 0), (12, 0), (12, 0), (0, 12)]


def test_after_a_jump_of_the_clock_a_sign_asks_for_everybody(watched: Watched, heard: ListenedFolder) -> None:
    """What the brake counted by another clock is counted anew for all at once."""
    seconds = [0.0]
    watched.worker = Worker(watched.settings.tenants[0], watched.settings, watched.store, elapsed=lambda: seconds[0])
    del heard
    watched.works(at("06:30"))
    seconds[0] = 60.0
    outcome = watched.worker.work(at("06:50"), {ANNA}, only_asked=True)
    assert outcome.summary.read == 2


# The tenant's thread


@contextmanager
def _working(watched: Watched, after_cycle: Callable[[Worker, Outcome], None] = nothing) -> Iterator[TenantThread]:
    """Its thread, which works once an hour; what it leaves behind is seen at its end."""
    with working(watched, after_cycle=after_cycle) as thread:
        until(lambda: thread.whole_cycles == 1, "the first cycle")
        yield thread


def test_a_burst_of_signs_is_one_cycle(watched: Watched, made: list[ListenedFolder]) -> None:
    """A whole department's series was moved: several signs of each mailbox, and each is read once."""
    calendars = [watched.town.moves_in(f"person{number}", str(5000 + number)) for number in range(40)]
    people = [calendar.path.stem for calendar in calendars]
    with _working(watched):
        source = made[-1]
        assert source.listening.wait(60)
        source.was_read()
        for calendar in calendars:
            calendar.books("SAM:", "17:00", "18:00", uid="b")
        for _ in range(5):
            for person in people:
                source.happens(person)
        until(lambda: len(watched.logged("referral_created")) == 41, "what was booked")
        assert len(source.was_read()) == 40
    assert [line["read"] for line in watched.logged("cycle_finished")] == [42, 40]


def test_a_listener_with_a_bug_is_begun_anew_and_its_mailboxes_are_polled_meanwhile(
    watched: Watched, made: list[ListenedFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a pause that grows; the bug is told with the tenant's name."""
    monkeypatch.setattr(listening, "FIRST_PAUSE", 0.01)
    source = made[-1]
    source.fails = ZeroDivisionError()
    with _working(watched) as thread:
        until(lambda: source.begun >= 3, "three tries")
        source.was_read()
        thread.ask(frozenset())
        until(lambda: thread.whole_cycles == 2, "a cycle")
        assert source.was_read() == ["anna", "bo"]
        source.fails = None
        assert source.listening.wait(60)
        assert source.hearing.listened == 2
    assert source.ended.is_set()
    told = watched.logged("bug")
    assert {(line["tenant"], line["exception"]) for line in told} == {("sorsele", "ZeroDivisionError")}


def test_whoever_listened_has_ended_when_the_thread_has(watched: Watched, made: list[ListenedFolder]) -> None:
    """A subscription that nobody hears is not left at the server."""
    with _working(watched):
        assert made[-1].listening.wait(60)
    assert made[-1].ended.is_set()


def test_a_new_configuration_has_a_new_listener_and_the_old_one_ends(
    watched: Watched, made: list[ListenedFolder]
) -> None:
    """A worker is replaced; a thread that hung has a successor, with a listener of its own."""
    with _working(watched) as thread:
        first = made[-1]
        assert first.listening.wait(60)
        thread.use(Worker(watched.settings.tenants[0], watched.settings, watched.store, troubles=thread.troubles))
        second = made[-1]
        assert second.listening.wait(60)
        assert first.ended.is_set()
        successor = thread.successor()
        assert second.ended.wait(60)
        successor.start()
        until(lambda: made[-1] is not second, "the successor's source")
        assert made[-1].listening.wait(60)
        successor.stop()
        assert successor.has_ended(60)
        assert made[-1].ended.is_set()
        assert len(made) == 3


def test_a_dry_run_listens_too(watched: Watched, made: list[ListenedFolder]) -> None:
    """Whoever tries a configuration sees how soon a booking is seen; each event says that nothing was written."""
    watched.worker = Worker(watched.settings.tenants[0], watched.settings, watched.store, dry_run=True)
    source = made[-1]
    with _working(watched):
        assert source.listening.wait(60)
        watched.town.anna.books("SAM:", "17:00", "18:00", uid="b")
        source.happens(ANNA)
        until(lambda: len(watched.logged("referral_created")) == 2, "what was booked")
    assert {line["dry_run"] for line in watched.logged("referral_created")} == {True}


def test_a_worker_that_cannot_be_made_for_another_store_loses_nobody_who_was_asked_for(
    watched: Watched, made: list[ListenedFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its secret is being exchanged, say, in the moment in which a backup was put in the store's place."""
    source = made[-1]
    with _working(watched) as thread:
        assert source.listening.wait(60)
        thread.ask(frozenset())
        until(lambda: thread.whole_cycles == 2, "a cycle of who is listened for")
        source.was_read()

        def without_secret(_worker: Worker, *_args: object) -> Worker:
            raise UserError("there is no such secret")

        with monkeypatch.context() as patch:
            patch.setattr(Worker, "with_store", without_secret)
            troubles, thread.troubles = thread.troubles, Troubles()
            thread.hear(frozenset({ANNA}))
            until(lambda: bool(watched.logged("cycle_failed")), "the failure")
            thread.troubles = troubles
        thread.ask(frozenset())
        until(lambda: thread.whole_cycles == 3, "the cycle")
        assert source.was_read() == ["anna"]


def test_who_was_asked_for_and_had_to_wait_is_read_in_the_next_cycle_and_nobody_else(
    watched: Watched, made: list[ListenedFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cycle ran out of time after the first of two mailboxes; nothing tells that the other has changed."""
    source = made[-1]
    with _working(watched) as thread:
        assert source.listening.wait(60)
        thread.ask(frozenset())
        until(lambda: thread.whole_cycles == 2, "a cycle of who is listened for")
        source.was_read()
        with monkeypatch.context() as patch:
            patch.setattr(TenantThread, "_deadline", 0.0)
            thread.hear(frozenset({ANNA, BO}))
            until(lambda: bool(source.read_so_far) and thread.progress.doing is Doing.RESTS, "the cycle's end")
        [first] = source.was_read()
        thread.ask(frozenset())
        until(lambda: thread.whole_cycles == 3, "a cycle")
        assert [first, *source.was_read()] in (["anna", "bo"], ["bo", "anna"])


def test_a_whole_cycle_that_comes_due_does_not_wait_for_all_whom_signs_asked_for(
    watched: Watched, made: list[ListenedFolder]
) -> None:
    """Slow mailboxes do not keep those who are polled waiting; who was left over is read in it, and nobody twice."""
    names = [f"person{number}" for number in range(8)]
    for number, name in enumerate(names):
        watched.town.moves_in(name, str(5000 + number))
    outcomes: list[Outcome] = []
    with _working(watched, lambda _worker, outcome: outcomes.append(outcome)) as thread:
        source = made[-1]
        assert source.listening.wait(60)
        thread.ask(frozenset())
        until(lambda: thread.whole_cycles == 2, "a cycle of who is listened for")
        source.was_read()

        def rings(_address: str) -> None:
            source.as_it_reads = lambda _address: None
            thread.ask(frozenset())

        source.as_it_reads = rings
        thread.hear(frozenset(f"{name}@sorsele.se" for name in names))
        until(lambda: thread.whole_cycles == 3, "the whole cycle")
    assert [(one.summary.read, one.postponed) for one in outcomes[2:]] == [(1, 7), (7, 0)]
    assert source.was_read() == names
    assert not watched.logged("cycle_postponed")


# What is told of listening


@dataclass
class _Lookout:
    """Somebody who looks at how one source is listened for, as time goes by."""

    watched: Watched
    source: ListenedFolder
    now: float = 0.0

    def __post_init__(self) -> None:
        self.listeners = Listeners("sorsele", lambda _addresses: None, lambda: self.now)
        self.source.fingerprints([ANNA, BO])
        self.listeners.to({None: self.source}, {})
        assert self.source.listening.wait(60)

    def looks_for(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1
            self.listeners.look()

    def told(self) -> list[tuple[str, str, int]]:
        lines = self.watched.logged("signs_lost", "signs_back")
        return [(line["event"], line["why"], line["mailboxes"]) for line in lines]


@pytest.fixture
def lookout(watched: Watched, made: list[ListenedFolder]) -> Iterator[_Lookout]:
    """One who looks at the source."""
    lookout = _Lookout(watched, made[-1])
    yield lookout
    lookout.listeners.end()
    lookout.listeners.wait(60)
    assert lookout.source.ended.is_set()


def test_what_listening_lacks_is_told_when_it_has_lasted_a_minute_and_when_it_is_over(lookout: _Lookout) -> None:
    """Once each, for an hour."""
    lookout.looks_for(100)
    lookout.source.signs.lose([ANNA], "the server is away")
    lookout.looks_for(30)
    assert lookout.told() == []
    lookout.looks_for(3600)
    assert lookout.told() == [("signs_lost", "the server is away", 1)]
    lookout.source.signs.begin([ANNA])
    lookout.looks_for(100)
    assert lookout.told()[1:] == [("signs_back", "the server is away", 0)]


def test_a_connection_that_is_renewed_is_no_loss(lookout: _Lookout) -> None:
    """A stream lives for half an hour; who begins to listen has lost nothing yet."""
    for _ in range(10):
        lookout.source.signs.lose([ANNA, BO], "the stream has ended")
        lookout.looks_for(20)
        lookout.source.signs.begin([ANNA, BO])
        lookout.looks_for(1800)
    assert lookout.told() == []


def test_that_listening_has_not_begun_is_told_after_a_quarter_of_an_hour(lookout: _Lookout) -> None:
    """Of thousands of mailboxes it takes its time."""
    lookout.source.signs.lose([ANNA, BO], NOT_BEGUN)
    lookout.looks_for(800)
    assert lookout.told() == []
    lookout.looks_for(200)
    assert lookout.told() == [("signs_lost", NOT_BEGUN, 2)]


def test_another_reason_is_told_as_well_and_the_first_is_not_over_before_that_is_known(lookout: _Lookout) -> None:
    """Bo is beyond the limit for good, and then the server goes away and is begun with anew."""
    lookout.source.signs.lose([BO], "there are too many")
    lookout.looks_for(100)
    lookout.source.signs.lose([ANNA], "the server is away")
    lookout.looks_for(100)
    lookout.source.signs.lose([ANNA], NOT_BEGUN)
    lookout.looks_for(10)
    assert len(lookout.told()) == 2
    lookout.source.signs.begin([ANNA])
    lookout.looks_for(100)
    assert lookout.told() == [
        ("signs_lost", "there are too many", 1),
        ("signs_lost", "the server is away", 1),
        ("signs_back", "the server is away", 1),
    ]


def test_the_service_looks_at_how_its_tenants_are_listened_for(
    watched: Watched, made: list[ListenedFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside all else that it does each second; what it tells carries the tenant."""
    monkeypatch.setattr(listening, "PATIENCE", 0.0)
    with _working(watched) as thread:
        assert made[-1].listening.wait(60)
        made[-1].signs.lose([BO], "there are too many")
        threads = TenantThreads(Systemd({}), Troubles(), watched.clock)
        threads.now["sorsele"] = thread
        threads.look_after(())
        threads.look_after(())
    assert [line["tenant"] for line in watched.logged("signs_lost")] == ["sorsele"]


def _kept(watched: Watched) -> list[tuple[int, dict[str, int]]]:
    progress = watched.store.progress("sorsele")
    return [(one.listened, dict(one.lacks)) for one in progress.heard] if progress else []


def test_status_and_check_say_how_many_are_listened_for(
    watched: Watched, made: list[ListenedFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it is, without waiting for a cycle; that is no trouble, and neither ends with another code."""
    monkeypatch.setattr(tenant_queue, "IDLE_SECONDS", 0.05)
    with _working(watched):
        assert made[-1].listening.wait(60)
        made[-1].signs.lose([BO], "there are too many")
        until(lambda: _kept(watched) == [(1, {"there are too many": 1})], "what is kept")
        said = watched.town.hanvisa("status", "--at", "2026-11-24T12:00")
        assert (said.code, "sorsele: 1 of 2 mailboxes are listened for" in said.out) == (0, True)
        assert "sorsele: 1 are polled, though they are to be listened for: there are too many" in said.out
        [tenant] = watched.town.hanvisa("status", "--json", "--at", "2026-11-24T12:00").json["tenants"]
        polled = [{"mailboxes": 1, "why": "there are too many"}]
        assert tenant["listening"] == [{"source": None, "listened_for": 1, "polled": polled}]
        findings = findings_of(watched.settings, watched.store, NOON, {"sorsele"})
        assert [one.severity for one in findings if "listened for" in one.problem] == [Severity.NOTE]
