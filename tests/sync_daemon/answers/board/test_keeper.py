"""The roll is made anew when the store has changed, or time has, and never says what the command line does not."""

from __future__ import annotations

import random
import shutil
import threading
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest

from rules.command import Alternative, Mode, Phone
from rules.referral import Referral
from sync_daemon.answers.away import Away, who_is_away
from sync_daemon.answers.board import keeper as keeping
from sync_daemon.answers.board import making
from sync_daemon.answers.board.freshness import Freshness
from sync_daemon.answers.board.keeper import Keeper
from sync_daemon.answers.board.roll import Roll
from sync_daemon.answers.board.row import Row
from sync_daemon.answers.board.rows import Known, Made, RowMaker
from sync_daemon.answers.unmanned import DepartmentNotice, notices_of, untold
from sync_daemon.errors import StoreUnavailable
from sync_daemon.store import Store
from sync_daemon.texts import Text
from tests.sync_daemon.answers.board.town import MOBILE, Town, at, line

NUMBERS = ("4700", "4711", "4712", "5001")


def facts_of(row: Row, extension: str) -> tuple[object, ...]:
    """What `hanvisa referrals` has as well."""
    of = row.alternative
    alternative = of and Alternative(of.number, Mode.CONNECT if of.connects else Mode.INFO)
    return (
        *(row.tenant, extension, row.name, row.reason, row.start, row.until, row.phone, row.back, row.set_by),
        *(row.origin, alternative, of and of.closed_until, row.unread_since),
    )


def facts_in(away: Away) -> tuple[object, ...]:
    """The same; of an open phone nobody is told when the person is back."""
    back = away.back if away.phone is Phone.CLOSED else None
    return (
        *(away.tenant, away.extension, away.name, away.reason, away.start, away.until, away.phone, back, away.set_by),
        *(away.origin, away.alternative_now, away.alternative_away_until, away.unread_since),
    )


def assert_told_as_by_the_command_line(town: Town, roll: Roll) -> None:
    """The referred rows of the roll, an extension each, are what `hanvisa referrals` lists."""
    found = [facts_of(row, number) for row in roll.rows if row.is_referred for number in row.extensions]
    expected = [
        facts_in(away)
        for tenant in town.settings.tenants
        for away in who_is_away(town.store, tenant, town.now, town.now)
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)
    for tenant in town.settings.tenants:
        states = [state for state in roll.departments if state.tenant == tenant.id]
        notices = notices_of(town.store, tenant, town.now)
        assert [_said(one) for state in states for one in state.notices] == [_said(one) for one in notices]
        missing = untold(town.store, tenant, town.now, notices)
        assert [one for state in states for one in state.untold] == missing


def _said(of: DepartmentNotice) -> tuple[object, ...]:
    """What is told of it; not when it would be."""
    notice = of.notice
    return of.department, notice.start, notice.until, notice.back, notice.state, notice.reason, notice.whose, of.unread


class Life:
    """What may happen to the town, drawn at random."""

    def __init__(self, town: Town, drawn: random.Random) -> None:
        self.town = town
        self.drawn = drawn

    def goes_on(self) -> None:
        """One thing happens, and some time passes."""
        drawn = self.drawn
        happens = drawn.choices(
            (self.booking, self.by_hand, self.opening, self.unreadable, self.directory, self.nothing),
            weights=(8, 3, 2, 2, 1, 4),
        )[0]
        happens()
        self.town.now += timedelta(seconds=drawn.choice((0, 7, 60, 300, 1800, 5400)))

    def times(self) -> tuple[datetime, datetime]:
        """From some quarter of an hour around now up to a later one."""
        start = self.town.now.replace(second=0, microsecond=0) + timedelta(minutes=15 * self.drawn.randrange(-4, 12))
        return start, start + timedelta(minutes=15 * self.drawn.choice((1, 2, 4, 8, 100)))

    def booking(self) -> None:
        """A cycle writes a referral, where it meets no other."""
        number = self.drawn.choice(NUMBERS)
        start, until = self.times()
        phone = self.drawn.choice((Phone.CLOSED, Phone.CLOSED, Phone.OPEN))
        mode = Mode.INFO if phone is Phone.OPEN else self.drawn.choice(tuple(Mode))
        alternative = self.drawn.choice(
            (None, *(Alternative(one, mode) for one in (*NUMBERS, *NUMBERS, MOBILE, "+46701234567")))
        )
        person = self.town.store.find(number)
        if person is None or until <= self.town.now:
            return
        held = self.town.store.held([person.id], self.town.now - timedelta(days=9))[person.id].referrals
        if not any(one.by_calendar and one.phone is phone and one.overlaps(start, until) for one in held):
            self.town.writes(number, start, until, "meeting", phone, alternative)

    def by_hand(self) -> None:
        """An operator sets one."""
        person = self.town.store.find(self.drawn.choice(NUMBERS))
        if person is not None:
            self.town.sets(person.id, *self.times())

    def opening(self) -> None:
        """Somebody opens a phone."""
        person = self.town.store.find(self.drawn.choice(NUMBERS))
        if person is not None:
            self.town.opens(person.id)

    def unreadable(self) -> None:
        """A cycle cannot read some of them."""
        tenant = self.drawn.choice(("sorsele", "sorsele", "mala"))
        ids = [one.id for one in self.town.store.subscribers(tenant)]
        self.town.cycle(tenant, self.drawn.sample(ids, self.drawn.choice((0, 0, 1, len(ids)))))

    def directory(self) -> None:
        """A number goes to another, somebody comes or leaves."""
        newcomer = line(f"Dag {self.drawn.choice('ÅBC')}", self.drawn.choice(("4713", "4711", "4712")))
        its = [one for one in self.town.lines["sorsele"] if self.drawn.random() < 0.8]
        self.town.lines["sorsele"] = tuple({one.mailbox: one for one in (*its, newcomer)}.values())
        self.town.list("sorsele")

    def nothing(self) -> None:
        """Time passes."""


@pytest.mark.parametrize("seed", range(4))
def test_the_board_never_contradicts_the_command_line(town: Town, seed: int) -> None:
    """In random lives: a roll that was kept is as one that is made of nothing, and says what `referrals` says."""
    life = Life(town, random.Random(seed))
    town.roll()
    for step in range(24):
        life.goes_on()
        kept = town.roll()
        assert_told_as_by_the_command_line(town, kept)
        if step % 2 == 0:
            assert kept.rows == Keeper(town.settings, town.store, lambda: town.now).current().rows


def test_nothing_new_is_the_same_roll(town: Town) -> None:
    """Its version tells a browser that nothing has changed; a minute later it may still be so."""
    first = town.roll("10:00")
    assert town.roll() is first
    assert town.roll("10:01").version == first.version


def test_what_is_written_is_in_the_next_roll(town: Town) -> None:
    """And makes another version, also where another process writes."""
    first = town.roll()
    with Store.open(town.settings.store_url) as another:
        another.refer(town.id_of("4711"), _lunch(), "Maj Ek", town.now)
    second = town.roll()
    assert second.version != first.version
    assert town.row("4711").reason == "lunch"


def test_time_alone_ends_a_referral(town: Town) -> None:
    """At its very end, not at the next minute."""
    town.refers("4711", "09:00", "10:30")
    first = town.roll("10:29")
    town.now = at("10:30") - timedelta(seconds=1)
    assert town.roll().version == first.version
    assert town.row("4711", "10:30").phone is None


def test_what_is_written_of_nobody_is_no_new_version(town: Town) -> None:
    """A cycle that changed nothing: no browser need fetch the list again."""
    town.cycle()
    first = town.roll("10:00")
    town.store.mark("whatever")
    assert town.roll().version == first.version


def test_a_clock_that_is_set_back_shows_what_lasts_again(town: Town) -> None:
    """What was over by the wrong clock is not."""
    town.refers("4711", "09:00", "10:30")
    assert town.row("4711", "11:00").phone is None
    assert town.row("4711", "10:00").phone is Phone.CLOSED


def test_a_store_that_is_gone_leaves_what_was_known(town: Town) -> None:
    """As it is by now, with since when nothing is known; and all is well again when it is there again."""
    town.refers("4711", "09:00", "10:30")
    before = town.roll("10:00")
    file = town.folder / "hanvisa.db"
    file.rename(town.folder / "away.db")
    without = town.roll("10:02")
    assert without.trouble is not None
    assert (without.read_at, without.trouble.since, without.version == before.version) == (
        *(before.at, at("10:02")),
        False,
    )
    assert str(file) in without.trouble.text
    assert town.row("4711", "10:29").phone is Phone.CLOSED
    assert town.row("4711", "10:30").phone is None
    assert town.roll("10:31").trouble == without.trouble
    (town.folder / "away.db").rename(file)
    assert (town.roll("10:32").trouble, town.roll().read_at) == (None, at("10:32"))


def test_a_clock_that_is_set_back_while_the_store_is_gone_shows_what_lasts_again(town: Town) -> None:
    """As soon as the store is there."""
    town.refers("4711", "09:00", "10:30")
    assert town.row("4711", "11:00").phone is None
    file = town.folder / "hanvisa.db"
    file.rename(town.folder / "away.db")
    assert town.roll("10:00").trouble is not None
    (town.folder / "away.db").rename(file)
    assert town.row("4711", "10:01").phone is Phone.CLOSED


def test_a_store_that_was_never_there_is_an_empty_roll(town: Town) -> None:
    """Which says so, and was never read."""
    (town.folder / "hanvisa.db").rename(town.folder / "away.db")
    roll = town.roll()
    assert (roll.rows, roll.read_at, roll.trouble is not None) == ((), None, True)


def test_many_people_are_read_beside_while_the_old_roll_is_shown(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it; who has acted by the board does, and sees what they did."""
    monkeypatch.setattr(keeping, "FEW", 0)
    before = town.roll()
    town.refers("4711", "09:00", "10:30")
    shown = town.roll()
    assert shown is before
    town.keeper.look_again()
    after = town.roll()
    assert after is not before
    assert town.row("4711").phone is Phone.CLOSED
    town.keeper.close()


def test_a_bug_met_beside_is_told_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """To who asks next; after that it is tried again, and the board goes on."""
    monkeypatch.setattr(keeping, "FEW", 0)
    monkeypatch.setattr(keeping, "OLDEST", 3600.0)
    monkeypatch.setattr(keeping, "_LONGEST_PAUSE", 0.0)
    with closing(town.keeper):
        shown = town.roll()
        town.refers("4711", "09:00", "10:30")
        with monkeypatch.context() as broken:
            broken.setattr(town.store, "people_since", _fails)
            assert town.roll() is shown
            with pytest.raises(KeyError):
                _until_another(town, shown)
        _until_another(town, shown)
        assert town.row("4711").phone is Phone.CLOSED


def _until_another(town: Town, shown: Roll) -> None:
    while town.roll() is shown:
        pass


def _fails(*_: object) -> None:
    raise KeyError


def test_a_bug_with_one_row_leaves_no_other_as_it_was(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks is told that something is wrong, and what has changed is not taken for shown."""
    town.roll()
    town.refers("4700", "09:00", "10:30")
    town.refers("4711", "09:00", "10:30")
    made = RowMaker.row

    def row(self: RowMaker, known: Known, *rest: Any) -> Made:  # noqa: ANN401 - as the other takes them
        if "4711" in known.person.extensions:
            raise KeyError
        return made(self, known, *rest)

    with monkeypatch.context() as broken:
        broken.setattr(RowMaker, "row", row)
        for _ in range(2):
            with pytest.raises(KeyError):
                town.roll()
    assert [row.phone for row in town.roll().rows if row.department == "Socialtjänst"] == [Phone.CLOSED] * 2


def test_an_old_roll_is_not_shown_for_ever(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none is young enough whoever asks waits: here none ever is."""
    monkeypatch.setattr(keeping, "FEW", 0)
    monkeypatch.setattr(keeping, "OLDEST", -1.0)
    town.roll()
    town.refers("4711", "09:00", "10:30")
    assert town.row("4711").phone is Phone.CLOSED


def test_threads_that_ask_at_once_are_all_answered(town: Town) -> None:
    """While the store changes; each sees what was written before it asked."""
    missed: list[str] = []

    def ask(number: str) -> None:
        for _ in range(5):
            town.refers(number, "09:00", "10:30")
            if town.row(number).phone is not Phone.CLOSED:
                missed.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in NUMBERS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert missed == []


def _lunch(reason: str = "lunch") -> Referral:
    return Referral("operator", Phone.CLOSED, reason, at("09:00"), at("10:30"))


def test_what_was_learnt_before_the_store_went_is_shown(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may go between one look at it and the next, while a roll is made."""
    town.roll("10:00")
    town.refers("4711", "09:00", "10:30")

    def gone(*_: object) -> Freshness:
        raise StoreUnavailable(Text("gone"))

    monkeypatch.setattr(making, "freshness_of", gone)
    roll = town.roll()
    assert roll.trouble is not None
    assert [row.name for row in roll.rows if row.is_away] == ["Bo Öberg"]


def test_a_backup_in_the_store_s_place_is_read_whole(town: Town) -> None:
    """Also where its revisions are those that were known: what they are of is something else."""
    town.store.close()
    shutil.copy(town.folder / "hanvisa.db", town.folder / "backup.db")
    with Store.opened_later(town.settings.store_url) as store:
        keeper = Keeper(town.settings, store, lambda: town.now)
        town.refers("4711", "09:00", "10:30", "lunch")
        assert [row.reason for row in keeper.current().rows if row.is_away] == ["lunch"]
        town.store.close()
        for file in town.folder.glob("hanvisa.db*"):
            file.unlink()
        (town.folder / "backup.db").rename(town.folder / "hanvisa.db")
        with Store.open(town.settings.store_url) as another:
            bo = another.find("4711")
            assert bo is not None
            another.refer(bo.id, _lunch("dentist"), "Maj Ek", town.now)
        assert [row.reason for row in keeper.current().rows if row.is_away] == ["dentist"]
