"""People, files, the store and time do anything in any order: after each cycle the store is right (see `world`).

Hypothesis chooses what happens; https://hypothesis.readthedocs.io/en/latest/stateful.html.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rules.command import Alternative, Mode, Phone
from rules.plan import Change
from rules.referral import Referral
from sync_daemon.errors import StoreUnavailable
from sync_daemon.service.worker import Worker
from sync_daemon.store import Store
from tests import postgresql
from tests.service.world import MINUTE, NUMBERS, RESPONSES, ZONE, Citizen, World, local

PEOPLE = 5
MORNINGS = (
    local(date(2026, 11, 24), time(7, 50)),
    local(date(2026, 11, 27), time(14, 30)),
    local(date(2026, 12, 23), time(15)),  # the eve of Christmas Eve
    local(date(2027, 3, 27), time(20)),  # the night of the 28th loses an hour
)

someone = st.integers(0, PEOPLE - 1)
some = st.integers(0, 5)
numbers = st.sampled_from([None, None, *(Alternative(number, mode) for number in NUMBERS for mode in Mode)])
commands = st.fixed_dictionaries(
    {"code": st.sampled_from(["SAM", "SAM", "TJÄ"]), "phone": st.sampled_from([*[Phone.CLOSED] * 3, Phone.OPEN])}
)
answers = st.sampled_from(list(RESPONSES))
pauses = st.sampled_from([0, 1, 5, 10, 20, 30, 30, 45, 60, 120, 360, 840, 1440, 3900])


def happens(**drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A rule after which, more often than not, time passes and a cycle follows: much that goes wrong needs one."""

    def made(act: Callable[..., None]) -> Callable[..., None]:
        @wraps(act)
        def acts(machine: Municipality, then: int | None, **arguments: object) -> None:
            act(machine, **arguments)
            if then is not None:
                machine.time_passes(then)

        as_rule: Any = rule  # whose stubs do not take strategies that are handed on
        found: Callable[..., None] = as_rule(then=st.sampled_from([None, 0, 0, 5, 20]), **drawn)(acts)
        return found

    return made


class Municipality(RuleBasedStateMachine):
    """A world in which anything happens; at the end everything is mended and everybody's rows are right."""

    world: World

    def new_url(self) -> str | None:
        """Where a new store is that is no file in the world's folder."""
        return None

    @initialize(start=st.sampled_from(MORNINGS), seed=st.integers(0, 2**32))
    def begins(self, start: datetime, seed: int) -> None:
        """The service is started for the first time; everybody has some meetings in the next hours and days."""
        self._folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self._folder.name), start, PEOPLE, url=self.new_url())
        drawn = random.Random(seed)
        for who in self.world.people:
            for _ in range(4):
                begins = start + drawn.choice((0, 1, 2, 4, 24)) * timedelta(hours=1) - drawn.randrange(12) * 5 * MINUTE
                self.world.books(who, begins, begins + drawn.choice((30, 60, 180)) * MINUTE)
        self._waits = False

    @invariant()
    def is_right(self) -> None:
        """After whatever happened there is a cycle, but where nobody works."""
        if hasattr(self, "world") and not self._waits:
            self._cycle()
        self._waits = False

    def teardown(self) -> None:
        """Whatever happened, one cycle after everything is mended and let through the store is right."""
        if not hasattr(self, "world"):
            return
        try:
            self.world.settles()
        finally:
            self.world.close()
            self._folder.cleanup()

    def _cycle(self) -> None:
        self.world.cycle()
        self.world.check()

    # Time

    @rule(minutes=pauses)
    def time_passes(self, minutes: int) -> None:
        """The next cycle is so much later."""
        self.world.now += minutes * MINUTE

    @rule(minutes=pauses)
    def nobody_works(self, minutes: int) -> None:
        """Time passes without a cycle."""
        self.world.now += minutes * MINUTE
        self._waits = True

    # People

    @happens(
        who=someone,
        begins=st.integers(-12, 60),
        lasts=st.sampled_from([15, 30, 45, 60, 90, 180, 480]),
        command=commands,
        alternative=numbers,
        answer=answers,
    )
    def books(  # noqa: PLR0913, PLR0917 - what is drawn
        self, who: int, begins: int, lasts: int, command: dict[str, Any], alternative: Alternative | None, answer: str
    ) -> None:
        """A meeting from some minutes ago to some hours ahead, on the clock's five minutes."""
        start = self.world.now + begins * 5 * MINUTE
        start -= timedelta(minutes=start.minute % 5)
        until = start + lasts * MINUTE
        self.world.books(self._who(who), start, until, alternative=alternative, answer=answer, **command)

    @happens(who=someone, first=st.integers(-1, 3), days=st.integers(1, 3), command=commands)
    def books_days(self, who: int, first: int, days: int, command: dict[str, Any]) -> None:
        """Whole days."""
        day = self.world.now.astimezone(ZONE).date() + timedelta(days=first)
        start, end = local(day), local(day + timedelta(days=days))
        self.world.books(self._who(who), start, end, all_day=True, **command)

    @happens(who=someone, which=some, minutes=st.sampled_from([-600, -60, -15, 5, 15, 30, 60, 600]))
    def moves(self, who: int, which: int, minutes: int) -> None:
        """An appointment is moved."""
        self.world.edits(self._who(who), which, lambda one: one.moved(minutes))

    @happens(who=someone, which=some, minutes=st.sampled_from([-120, -30, -15, 15, 30, 120]))
    def lengthens(self, who: int, which: int, minutes: int) -> None:
        """An appointment is made longer or shorter, down to nothing."""
        self.world.edits(self._who(who), which, lambda one: one.lengthened(minutes))

    @happens(who=someone, which=some, cancelled=st.booleans())
    def cancels(self, who: int, which: int, *, cancelled: bool) -> None:
        """An appointment is cancelled, or taken up again."""
        self.world.edits(self._who(who), which, lambda one: one.with_(cancelled=cancelled))

    @happens(who=someone, which=some, answer=answers)
    def answers(self, who: int, which: int, answer: str | None) -> None:
        """An invitation is accepted, declined, or left open."""
        self.world.edits(self._who(who), which, lambda one: one.with_(answer=answer))

    @happens(who=someone, which=some)
    def deletes(self, who: int, which: int) -> None:
        """An appointment is gone."""
        self.world.edits(self._who(who), which, lambda _: None)

    @happens(lot=st.integers(0, 5))
    def everybody_deletes(self, lot: int) -> None:
        """Now and then a whole calendar server is gone: the brake's."""
        for who in self.world.people if lot == 0 else ():
            while self.world.edits(who, 0, lambda _: None):
                pass

    @happens(who=someone)
    def opens(self, who: int) -> None:
        """The phone of somebody who is away is opened by hand."""
        away = self.world.away()
        self.world.opens(away[who % len(away)] if away else self._who(who))

    @happens(who=someone)
    def takes_back(self, who: int) -> None:
        """An opening is taken back."""
        self.world.takes_back(self._who(who))

    @happens(who=someone, begins=st.integers(-6, 24), lasts=st.integers(1, 24), phone=st.sampled_from(Phone))
    def refers(self, who: int, begins: int, lasts: int, phone: Phone) -> None:
        """An operator refers by hand."""
        start = self.world.now + begins * 5 * MINUTE
        self.world.refers(self._who(who), start, start + lasts * 5 * MINUTE, phone)

    # Faults

    @happens(who=someone, how=st.sampled_from(["garbage", "cut", "missing", "part", "part"]), which=some)
    def file_is_damaged(self, who: int, how: str, which: int) -> None:
        """A file is garbage, half written, not there, or has an entry that nobody can read."""
        self.world.damages(self._who(who), how, which)

    @happens(who=someone)
    def file_is_restored(self, who: int) -> None:
        """A file is whole again."""
        self.world.restores(self._who(who))

    @happens(who=someone)
    def leaves(self, who: int) -> None:
        """Somebody's line in the directory is gone."""
        self.world.leaves(self._who(who))

    @happens(who=someone)
    def joins(self, who: int) -> None:
        """Somebody's line is back."""
        self.world.joins(self._who(who))

    @happens(who=someone)
    def changes_domain(self, who: int) -> None:
        """Somebody's mailbox is another one."""
        self.world.changes_domain(self._who(who))

    @happens(broken=st.booleans())
    def directory_breaks(self, *, broken: bool) -> None:
        """The directory is none, or is mended."""
        (self.world.breaks_directory if broken else self.world.mends_directory)()

    @rule()
    def store_is_locked(self) -> None:
        """A cycle while another process keeps the store to itself writes nothing and says so."""
        with self.world.locked(), pytest.raises(StoreUnavailable):
            self.world.cycle()
        self.world.check()

    @rule(mailboxes=st.integers(1, PEOPLE))
    def store_is_locked_halfway(self, mailboxes: int) -> None:
        """Another process takes the store in the middle of a cycle."""
        self.world.cycle_locked_after(mailboxes, StoreUnavailable)
        self.world.check()

    @rule(mailboxes=st.integers(1, PEOPLE))
    def is_killed_halfway(self, mailboxes: int) -> None:
        """The process dies in the middle of a cycle, and a new one takes over."""
        self.world.cycle_killed_after(mailboxes)
        self.world.check()

    @rule()
    def restarts(self) -> None:
        """The process is another one."""
        self.world.restarts()

    @rule(broken=st.booleans())
    def reloads(self, *, broken: bool) -> None:
        """The configuration is read again; a broken one is not taken into use."""
        assert self.world.reloads(broken=broken) is not broken

    def _who(self, number: int) -> Citizen:
        return self.world.people[number]


TestMunicipality = Municipality.TestCase
TestMunicipality.settings = settings(
    max_examples=4,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class OnPostgresql(Municipality):
    """The same with the store in PostgreSQL."""

    def new_url(self) -> str | None:
        """One that nobody has used, and whose writers soon give up where another keeps it locked."""
        return postgresql.impatient(postgresql.empty_store_url())


TestMunicipalityOnPostgresql = pytest.mark.long(OnPostgresql.TestCase)
TestMunicipalityOnPostgresql.settings = TestMunicipality.settings


# Interrupt everywhere


class _Stopped(BaseException):
    """Here the cycle ends, whoever catches exceptions."""


class _Stopping(Store):
    """A store that is no more after so many subscribers' changes."""

    left = 0

    def apply(
        self, subscriber_id: int, revision: int, planned: Sequence[Change], now: datetime, by: str = "calendar"
    ) -> int:
        """As the store's, until it stops."""
        if planned:
            if self.left == 0:
                raise _Stopped
            self.left -= 1
        return super().apply(subscriber_id, revision, planned, now, by)


def _before_a_cycle(folder: Path) -> World:
    """Five people of whom each has something made, shortened, moved or removed by the next cycle."""
    folder.mkdir()
    world = World(folder, local(date(2026, 11, 24), time(8)), service="")
    for who in world.people:
        for hour in (1, 3, 6):
            world.books(who, world.now + hour * 60 * MINUTE, world.now + (hour * 60 + 45) * MINUTE)
    world.cycle()
    world.now += 75 * MINUTE
    for who in world.people:
        world.edits(who, 0, lambda one: one.lengthened(-30))
        world.edits(who, 1, (lambda one: one.moved(15)) if who.number % 2 else lambda _: None)
        world.books(who, world.now + 10 * MINUTE, world.now + 600 * MINUTE, code="TJÄ", phone=Phone.OPEN)
    world.leaves(world.people[4])
    return world


def _visible(world: World) -> list[tuple[object, ...]]:
    return sorted((mailbox, *_shown(row)) for mailbox, row in world.rows().values())


def _shown(row: Referral) -> tuple[object, ...]:
    return row.origin, row.phone, row.start, row.until, row.reason, str(row.alternative)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The rows of a cycle that nothing interrupts."""
    twin = _before_a_cycle(tmp_path_factory.mktemp("without") / "twin")
    twin.cycle()
    twin.check()
    twin.close()
    return _visible(twin)


@pytest.mark.parametrize("mailboxes", range(1, 4))
def test_stopped_after_any_mailbox_the_next_cycle_does_the_rest(
    tmp_path: Path, expected: list[tuple[object, ...]], mailboxes: int
) -> None:
    """Exactly the rest, by the same process and by a new one."""
    for name, restarted in (("same", False), ("new", True)):
        world = _before_a_cycle(tmp_path / name)
        with pytest.raises(_Stopped):
            world.cycle(_stop_after(mailboxes))
        world.check()
        assert _visible(world) != expected
        if restarted:
            world.restarts()
        world.cycle()
        world.check()
        assert _visible(world) == expected
        world.close()


def _stop_after(mailboxes: int) -> Any:  # noqa: ANN401 - what `go_on` may be
    left = iter([True] * (mailboxes - 1))

    def go_on() -> bool:
        with suppress(StopIteration):
            return next(left)
        raise _Stopped

    return go_on


def test_stopped_after_any_subscribers_changes_the_next_cycle_does_the_rest(
    tmp_path: Path, expected: list[tuple[object, ...]]
) -> None:
    """Also between the changes of two whose rows are shortened or removed, which are written last."""
    for subscribers in range(5):
        world = _before_a_cycle(tmp_path / str(subscribers))
        with _Stopping.open(world.settings.store_url) as store:
            store.left = subscribers  # type: ignore[attr-defined]
            whole = world.worker
            world.worker = Worker(whole.tenant, whole.settings, store)
            with pytest.raises(_Stopped):
                world.cycle()
        world.check()
        world.worker = whole
        world.cycle()
        world.check()
        assert _visible(world) == expected
        world.close()


def test_an_end_missed_while_the_process_was_down_or_busy_comes_with_the_next_cycle(tmp_path: Path) -> None:
    """Meetings are cut short, deleted and declined while nobody can work; one cycle later all is right."""
    world = World(tmp_path, local(date(2026, 11, 24), time(8)))
    for who in world.people:
        world.books(who, world.now + 60 * MINUTE, world.now + 420 * MINUTE, answer="ACCEPTED")
    world.cycle()
    world.now += 120 * MINUTE
    world.edits(world.people[0], 0, lambda one: one.lengthened(-240))
    with world.locked(), pytest.raises(StoreUnavailable):
        world.cycle()
    world.edits(world.people[1], 0, lambda _: None)
    world.cycle_killed_after(1)
    world.edits(world.people[2], 0, lambda one: one.with_(answer="DECLINED"))
    world.close()
    world.now += 180 * MINUTE
    world.restarts()
    assert world.cycle().summary.updated == 3
    world.check()
    ends = {mailbox: row.until for mailbox, row in world.rows().values()}
    assert [ends[who.mailbox] == world.now for who in world.people] == [True, True, True, False, False]
    world.close()
