"""The brake's judgement of what a cycle asks for, and what the store remembers of it (docs/rules.md §6.5)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from rules.brake import BrakeLimits, HeldBack, Waiting
from rules.command import Phone
from rules.plan import Action, Cause, Change
from rules.referral import CALENDAR, Referral
from sync_daemon import log
from sync_daemon.cycle import Cycle, brake
from sync_daemon.cycle.brake import Ask, Counts, Judgement, Memory, ask_of, asks_of, judge
from sync_daemon.cycle.commit import InStore
from sync_daemon.cycle.held_sets import HeldSets
from sync_daemon.cycle.lessened_within_a_day import LessenedWithinADay, filled_at
from sync_daemon.errors import RevisionMoved
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.sources import sources_of
from sync_daemon.sources.keys import key_maker
from sync_daemon.store import Applied, Store, SubscriberChanges
from tests.service.town import Watched, at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ANNA, BO = "anna@sorsele.se", "bo@sorsele.se"
LIMITS = BrakeLimits()
SERVICE = ServiceSettings()


def _asks(many: int, mailbox: str = ANNA) -> list[Ask]:
    """That so many referrals of the mailbox go, which were there yesterday."""
    return [Ask(mailbox, number, None, NOW - 48 * HOUR) for number in range(1, many + 1)]


def _memory(of: int = 20, waiting: dict[Ask, Waiting] | None = None, approved: dict[Ask, str] | None = None) -> Memory:
    """Of so many referrals nothing has gone of late."""
    sets = HeldSets(HeldBack(waiting or {}, approved or {}))
    return Memory(sets, Counts(0, of, LessenedWithinADay(NOW - 24 * HOUR, frozenset(), of)))


# What is asked for

REFERRAL = Referral(CALENDAR, Phone.CLOSED, "meeting", NOW - HOUR, NOW + HOUR, set_at=NOW - 2 * HOUR, id=17)


@pytest.mark.parametrize(
    ("action", "after", "ask"),
    [
        (Action.REMOVE, None, Ask(ANNA, 17)),
        (Action.UPDATE, replace(REFERRAL, until=NOW), Ask(ANNA, 17)),
        (
            Action.UPDATE,
            replace(REFERRAL, until=NOW + MINUTE),
            Ask(ANNA, 17, (NOW - HOUR, NOW + MINUTE)),
        ),
        (
            Action.UPDATE,
            replace(REFERRAL, start=NOW, until=NOW + 2 * HOUR),
            Ask(ANNA, 17, (NOW, NOW + 2 * HOUR)),
        ),
        (Action.UPDATE, replace(REFERRAL, until=NOW + 2 * HOUR), None),
    ],
    ids=["removed", "ends now", "shortened", "begins later", "lengthened"],
)
def test_what_a_change_asks_for(action: Action, after: Referral | None, ask: Ask | None) -> None:
    """An end now is an end, whenever that is; what is only lengthened asks for nothing."""
    found = ask_of(ANNA, Change(action, REFERRAL, after, Cause.MOVED), NOW)
    assert found == ask
    assert ask is None or (found is not None and found.set_at == REFERRAL.set_at)


def test_a_new_referral_asks_for_nothing() -> None:
    """Beside a removal, which does."""
    changes = [Change(Action.CREATE, None, REFERRAL, Cause.BOOKED), Change(Action.REMOVE, REFERRAL, None, Cause.GONE)]
    assert asks_of(ANNA, changes, NOW) == (Ask(ANNA, 17),)


# The judgement


def test_each_lessened_referral_of_a_person_is_counted() -> None:
    """Eleven of one person's are as much as one of eleven people's."""
    verdict = judge(_memory(), _asks(11), LIMITS, NOW)
    assert (verdict.count, verdict.lessening and verdict.lessening.asked) == (11, 11)
    assert all(verdict.holds(ask) for ask in _asks(11))
    assert judge(_memory(), _asks(10), LIMITS, NOW).count == 0


def test_a_set_has_the_name_that_it_always_had() -> None:
    """Whoever approves it after an upgrade types what the log said before."""
    asks = [Ask(BO, 18, (NOW, NOW + 65 * MINUTE)), Ask(ANNA, 17)]
    assert str(judge(_memory(of=2), asks, BrakeLimits(least=1), NOW).name) == "a9198434ac20"


def test_of_who_was_not_read_what_was_held_stays_so() -> None:
    """It is in the set and its readings are not counted; who was read and asks for nothing is forgotten."""
    waiting = {one: Waiting(NOW - HOUR, 2) for one in (*_asks(11), *_asks(11, BO))}
    verdict = judge(_memory(waiting=waiting), (), LIMITS, NOW, unread={ANNA})
    assert verdict.held == dict.fromkeys(_asks(11), Waiting(NOW - HOUR, 2))
    assert (verdict.lessening, verdict.through) == (None, {})
    assert [one.fields["before"] for one in verdict.troubles()] == [None]


def test_what_was_carried_out_in_this_cycle_counts_and_is_not_held() -> None:
    """A plan that was made anew asks for one more: with the ten that went it is too much, and alone is held back."""
    memory, asked = _memory(), _asks(11)
    first = judge(memory, asked[:10], LIMITS, NOW)
    again = judge(memory, asked[10:], LIMITS, NOW, carried_out=asked[:10])
    assert (first.count, again.held) == (0, {asked[10]: Waiting(NOW)})
    assert again.lessening is not None
    assert again.lessening.asked == 11
    assert again.within_a_day is not None
    assert again.within_a_day.together == 10


def test_judging_twice_in_a_cycle_counts_one_reading() -> None:
    """However often a cycle asks."""
    memory = _memory(waiting=dict.fromkeys(_asks(11), Waiting(NOW - HOUR)))
    for asked in (_asks(11), _asks(12)):
        assert judge(memory, asked, LIMITS, NOW).held[asked[0]] == Waiting(NOW - HOUR, 2)


def test_nothing_is_judged_without_counting() -> None:
    """Lest what went before be taken for nothing."""
    with pytest.raises(ValueError, match="counted"):
        judge(Memory(), _asks(1), LIMITS, NOW)
    assert judge(Memory(), (), LIMITS, NOW) == Judgement()


def test_what_goes_within_a_day_is_doubted_less_what_is_held_back() -> None:
    """Fifteen of sixty are over a fifth; were they held back nothing would go."""
    assert [one.fields["count"] for one in judge(_memory(of=60), _asks(15), LIMITS, NOW).doubts(LIMITS)] == [15]
    assert judge(_memory(of=20), _asks(15), LIMITS, NOW).doubts(LIMITS) == []


def test_the_next_moment_is_the_first_that_is_to_come() -> None:
    """Of those that have waited for different times."""
    first, second, third = _asks(3)
    waiting = {first: Waiting(NOW - HOUR, 2), second: Waiting(NOW - MINUTE, 2), third: Waiting(NOW, 2)}
    assert Judgement(waiting).next_moment(NOW) == NOW + 29 * MINUTE
    assert Judgement({first: Waiting(NOW)}).next_moment(NOW) is None


# What the store remembers


@dataclass(frozen=True)
class _Line:
    mailbox: str
    name: str
    extensions: tuple[str, ...]
    department: None = None
    alternative: None = None
    source: None = None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with Anna in it, and a log beside it."""
    log.configure(tmp_path / "hanvisa.log", "info", 90, terminal=False, strict=True)
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as opened:
        yield opened


def _cycle(store: Store, asked: Collection[Ask], now: datetime, left: Collection[Ask] = ()) -> Judgement:
    """A cycle that asks for that, of eleven or more that are as many as there are, and is `left` with some of it."""
    memory = brake.read_memory(store, "sorsele", SERVICE, now, counting=True)
    verdict = judge(replace(memory, counts=_memory().counts), asked, LIMITS, now)
    brake.restart_count(store, "sorsele", verdict, now)
    brake.keep(store, "sorsele", memory, verdict, now, left)
    return verdict


def test_what_is_held_is_remembered_and_then_forgotten(store: Store) -> None:
    """A set that changes leaves no trace of the one before, nor one that has gone through."""
    asked = [replace(one, span=(NOW + HOUR, NOW + 2 * HOUR)) for one in _asks(11)]
    _cycle(store, _asks(12), NOW)
    held = _cycle(store, [*asked, *_asks(1, BO)], NOW + MINUTE)
    (kept,) = store.held_sets("sorsele")
    assert kept.set == str(held.name)
    assert {*kept.changes} == {one.text for one in (*asked, *_asks(1, BO))}
    memory = brake.read_memory(store, "sorsele", SERVICE, NOW, counting=False)
    assert (memory.held_back.waiting, memory.counts) == (held.held, None)
    _cycle(store, (), NOW + 2 * MINUTE)
    assert store.held_sets("sorsele") == []


def test_an_approval_between_reading_and_dropping_a_set_is_not_lost(store: Store) -> None:
    """The set has just grown when the admin approves it as it was: that very set goes with the next cycle."""
    name = str(_cycle(store, _asks(11), NOW).name)
    memory = replace(brake.read_memory(store, "sorsele", SERVICE, NOW + MINUTE, counting=True), counts=_memory().counts)
    assert store.approve("sorsele", name, "Eva", NOW + MINUTE)
    grown = judge(memory, _asks(12), LIMITS, NOW + MINUTE)
    brake.keep(store, "sorsele", memory, grown, NOW + MINUTE)
    verdict = _cycle(store, _asks(12), NOW + 2 * MINUTE)
    assert verdict.through == dict.fromkeys(_asks(11), "Eva")
    assert [ask.referral for ask in verdict.held] == [12]
    _cycle(store, _asks(12)[11:], NOW + 3 * MINUTE)
    assert store.held_sets("sorsele") == []


def test_a_set_keeps_its_name_while_it_grows_and_shrinks(store: Store) -> None:
    """What joins it makes a new version of it; what none of it is left of is another set."""
    first, *more = (_cycle(store, asked, NOW + minute * MINUTE) for minute, asked in enumerate(_GROWING))
    base = first.name.base if first.name else ""
    assert [str(one.name) for one in (first, *more)] == [base, f"{base}-2", f"{base}-2", f"{base}-3"]
    assert len(store.held_sets("sorsele")) == 1
    other = _cycle(store, _asks(12, BO)[1:], NOW + 9 * MINUTE)
    assert other.name is not None
    assert other.name.base != base


_GROWING = (_asks(11), _asks(14), _asks(14)[2:], [*_asks(14)[2:], *_asks(1, BO)])


@pytest.mark.parametrize(("version", "goes"), [("", 11), ("-1", 11), ("-2", 14), ("-3", 15)])
def test_an_approval_is_of_what_the_set_held_when_it_was_printed(store: Store, version: str, goes: int) -> None:
    """What has joined it since stays held, and is listed with the name that lets it through."""
    name = _cycle(store, _asks(11), NOW).name
    for minute, asked in enumerate((_asks(14), [*_asks(14), *_asks(1, BO)])):
        _cycle(store, asked, NOW + minute * MINUTE)
    approved = store.approve("sorsele", f"{name}{version}", "Eva", NOW + 3 * MINUTE)
    assert approved is not None
    assert (approved.count, len(approved.others), str(approved.name)) == (goes, 15 - goes, f"{name}-3")
    verdict = _cycle(store, [*_asks(14), *_asks(1, BO)], NOW + 4 * MINUTE)
    assert (len(verdict.through), {ask.text for ask in verdict.held}) == (goes, {*approved.others})
    for one in store.held_sets("sorsele"):
        assert (one.set, one.unapproved) == (f"{name}-3", sorted(approved.others))


def test_a_version_that_no_cycle_has_written_cannot_be_approved(store: Store) -> None:
    """Nobody can have seen it."""
    name = _cycle(store, _asks(11), NOW).name
    assert store.approve("sorsele", f"{name}-2", "Eva", NOW) is None
    assert [one.approved_at for one in store.held_sets("sorsele")] == [None]


def test_the_same_accident_with_other_companions_has_another_version(store: Store) -> None:
    """It begins with the same changes, so it has the same name; what was printed of the first time lets nobody go."""
    name = _cycle(store, _asks(11), NOW).name
    printed = str(_cycle(store, [*_asks(11), *_asks(1, BO)], NOW + MINUTE).name)
    _cycle(store, (), NOW + 2 * MINUTE)
    again = _cycle(store, _asks(11), NOW + HOUR)
    others = _asks(14)
    grown = _cycle(store, others, NOW + HOUR + MINUTE)
    assert (printed, str(again.name), str(grown.name)) == (f"{name}-2", f"{name}", f"{name}-3")
    approved = store.approve("sorsele", printed, "Eva", NOW + HOUR + 2 * MINUTE)
    assert approved is not None
    assert (approved.count, len(approved.others)) == (11, 3)


def test_what_comes_back_is_not_what_was_approved(store: Store) -> None:
    """It went, and is asked for anew in another cycle: nobody has seen it in the set."""
    name = _cycle(store, _asks(12), NOW).name
    _cycle(store, _asks(11), NOW + MINUTE)
    _cycle(store, _asks(12), NOW + 2 * MINUTE)
    store.approve("sorsele", str(name), "Eva", NOW + 3 * MINUTE)
    assert [ask.referral for ask in _cycle(store, _asks(12), NOW + 4 * MINUTE).held] == [12]


def test_what_was_approved_and_not_carried_out_stays_approved(store: Store) -> None:
    """Somebody wrote to one person's referrals again and again: it goes with the next cycle, whoever else is held."""
    name = _cycle(store, _asks(11), NOW).name
    store.approve("sorsele", str(name), "Eva", NOW)
    assert len(_cycle(store, _asks(11), NOW + MINUTE, left=_asks(1)).through) == 11
    verdict = _cycle(store, [*_asks(1), *_asks(12, BO)], NOW + 2 * MINUTE)
    assert verdict.through == {_asks(1)[0]: "Eva"}
    assert len(verdict.held) == 12
    _cycle(store, _asks(12, BO), NOW + 3 * MINUTE)
    (kept,) = store.held_sets("sorsele")
    assert len(kept.unapproved) == 12


def test_a_set_that_an_older_version_held_goes_through_when_it_is_approved(store: Store, tmp_path: Path) -> None:
    """Its rows are read as they were written then, and its name is the one that the log told."""
    told = '{"first": "2026-11-24T07:55:00Z", "count": 1}'
    texts = [f"{ANNA} {number} end" for number in range(1, 11)]
    texts.append(f"{ANNA} 11 2026-11-24T09:00:00Z 2026-11-24T09:30:00Z")
    changes = ", ".join(f'"{text}": {told}' for text in texts)
    with closing(sqlite3.connect(tmp_path / "hanvisa.db")) as rows, rows:
        rows.execute(
            'INSERT INTO held (tenant, "set", changes, first_reading, last_reading, count) VALUES (?, ?, ?, ?, ?, 1)',
            ("sorsele", "0b81a041a344", f"{{{changes}}}", "2026-11-24T07:55:00Z", "2026-11-24T07:55:00Z"),
        )
    asked = [*_asks(10), Ask(ANNA, 11, (NOW + HOUR, NOW + 90 * MINUTE), NOW - 48 * HOUR)]
    held = _cycle(store, asked, NOW).held
    assert held == dict.fromkeys(asked, Waiting(NOW - 5 * MINUTE, 2))
    (kept,) = store.held_sets("sorsele")
    assert {*kept.changes} == {*texts}
    assert store.approve("sorsele", kept.set, "Eva", NOW)
    assert {*_cycle(store, asked, NOW + MINUTE).through} == {*asked}


@pytest.mark.parametrize(
    "broken",
    [
        "{not json",
        "[1]",
        '{"anna@sorsele.se 1 end": 7, "anna@sorsele.se 2 end": {"first": "2026-11-24T07:00:00", "count": 9}}',
        '{"anna@sorsele.se 3 end": {"first": "2026-11-24T07:00:00Z", "count": []}, "anna@sorsele.se 4 end": {}}',
        '{"anna@sorsele.se 17 whenever": {"first": "2026-11-24T07:00:00Z", "count": 9}}',
    ],
)
def test_a_set_that_another_hand_has_broken_is_counted_anew(store: Store, tmp_path: Path, broken: str) -> None:
    """Nothing of it goes through, and the cycle goes on."""
    _cycle(store, _asks(11), NOW)
    with closing(sqlite3.connect(tmp_path / "hanvisa.db")) as rows, rows:
        rows.execute("UPDATE held SET changes = ?", (broken,))
    assert _cycle(store, _asks(11), NOW + HOUR).held == dict.fromkeys(_asks(11), Waiting(NOW + HOUR))


@pytest.mark.parametrize("mailbox", [ANNA, f"{ANNA} 17"])
@pytest.mark.parametrize("span", [None, (NOW, NOW + HOUR)])
def test_what_was_asked_for_is_known_again(mailbox: str, span: tuple[datetime, datetime] | None) -> None:
    """Also of one who is no more than another's history, whose mailbox has a space in it."""
    assert Ask.from_text(Ask(mailbox, 4, span).text) == Ask(mailbox, 4, span)


@pytest.mark.parametrize("text", ["", "anna@sorsele.se", "anna@sorsele.se x end", "anna@sorsele.se 17 2026 2027-soon"])
def test_what_never_was_asked_for_is_read_as_nothing(text: str) -> None:
    """Another hand wrote it."""
    assert Ask.from_text(text) is None


def test_a_first_reading_that_never_ends_keeps_nobody_from_counting(store: Store) -> None:
    """Where each cycle leaves somebody for the next, small steps would be counted anew in each of them."""
    for minutes in range(0, 121, 5):
        summary = {"read": 9 if minutes else 0, "postponed": 3}
        store.record_cycle("sorsele", NOW + minutes * MINUTE, summary, ())
        if minutes == 60:
            assert filled_at(store, "sorsele") == NOW + HOUR

    assert filled_at(store, "sorsele") == NOW + 65 * MINUTE


def test_what_went_longer_ago_than_full_read_counts_within_the_day_only(store: Store) -> None:
    """Two are left of the afternoon's four; the morning's many are over, and the day's count knows of them."""
    ids = store.put_directory("sorsele", [_Line(ANNA, "Anna", ("4711",))], (), leave=True, now=NOW - 48 * HOUR).ids

    def made(first: datetime, many: int) -> list[Change]:
        starts = [first + number * 10 * MINUTE for number in range(many)]
        new = [Referral(CALENDAR, Phone.CLOSED, "meeting", start, start + 5 * MINUTE) for start in starts]
        return [Change(Action.CREATE, None, one, Cause.BOOKED) for one in new]

    revision = store.held(ids.values(), NOW)[ids[ANNA]].revision
    morning, afternoon = made(NOW - 5 * HOUR, 20), made(NOW + HOUR, 4)
    revision = store.apply(ids[ANNA], revision, [*morning, *afternoon], NOW - 30 * HOUR)
    coming = store.held(ids.values(), NOW)[ids[ANNA]].referrals
    lately = timedelta(seconds=SERVICE.full_read)
    for referral, ago in zip(coming, (lately + MINUTE, lately), strict=False):
        gone = Change(Action.REMOVE, referral, None, Cause.GONE)
        revision = store.apply(ids[ANNA], revision, [gone], NOW - ago)
    counts = brake.read_memory(store, "sorsele", SERVICE, NOW, counting=True).counts
    assert counts is not None
    assert (counts.recent, counts.of_recent) == (1, 3)
    assert (len(counts.day.ids), counts.day.of) == (2, 24)

    few, many = (brake.read_memory(store, "sorsele", SERVICE, NOW, counting=True, asking=one).counts for one in (0, 3))
    assert few is not None
    assert few.of_recent == 3
    assert 11 <= few.day.of < 24, "eleven are enough for two that went"
    assert many == counts
    _cycle(store, _asks(11), NOW)
    held = brake.read_memory(store, "sorsele", SERVICE, NOW, counting=True, asking=0)
    assert held.counts == counts, "what is held back is told of, and of how many"


# Through cycles


class _WrittenTo(InStore):
    """Into the store; somebody writes to one subscriber before each commit of theirs."""

    def __init__(self, store: Store, tenant: Tenant, whose: int) -> None:
        super().__init__(store, tenant)
        self._whose = whose

    def changes(self, planned: Sequence[SubscriberChanges], now: datetime) -> Iterator[Applied]:
        for one in planned:
            if one.subscriber_id == self._whose:
                yield one, RevisionMoved("written to meanwhile")
            else:
                yield from super().changes([one], now)


class Afternoon(Watched):
    """Four people beside Anna and Bo, each with three meetings in the afternoon that are in the store."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        people = [self.town.moves_in(f"person{number}", str(5000 + number)) for number in range(4)]
        for calendar in people:
            for hour in (13, 14, 15):
                calendar.books("SAM:", f"{hour}:00", f"{hour}:30")
        self.first = people[0]
        self.works(at("06:00"))


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Afternoon]:
    """In the morning, when everything has been read once."""
    found = Afternoon(tmp_path)
    yield found
    found.store.close()


def test_who_approved_what_goes_through_is_told(watched: Afternoon) -> None:
    """Whoever reads the log afterwards knows whom to ask."""
    for calendar in (watched.town.folder / "calendars").iterdir():
        calendar.write_text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", encoding="utf-8")
    held = watched.works(at("07:00")).summary
    assert held.held == 12
    assert watched.store.approve("sorsele", str(held.set), "Eva", at("07:01"))
    assert watched.works(at("07:05")).summary.removed == 12
    (told,) = watched.logged("changes_let_through")
    assert (told["count"], told["by"]) == (12, "Eva")


def test_who_is_written_to_again_and_again_keeps_the_approval(watched: Afternoon) -> None:
    """Three of the twelve cannot be carried out in the cycle that lets them through: they go with the next one."""
    for calendar in (watched.town.folder / "calendars").iterdir():
        calendar.write_text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", encoding="utf-8")
    held = watched.works(at("07:00")).summary
    assert watched.store.approve("sorsele", str(held.set), "Eva", at("07:01"))
    tenant, service = watched.settings.tenants[0], watched.settings.service
    whose = watched.store.find("5000")
    assert whose is not None
    sources, commit = sources_of(tenant, key_maker(watched.store.secret())), _WrittenTo(watched.store, tenant, whose.id)
    cycle = Cycle(tenant, service, watched.store, sources, commit=commit)
    assert cycle.run(at("07:05"), every=True).summary.removed == 9
    assert watched.works(at("07:10")).summary.removed == 3


def test_a_set_that_grows_is_logged_again_at_once_and_is_not_over(watched: Afternoon) -> None:
    """Under the same name, with the number of its version: else nobody could let the new ones through knowingly."""
    calendars = sorted((watched.town.folder / "calendars").glob("person*"))
    texts = [calendar.read_text(encoding="utf-8") for calendar in calendars]
    watched.town.anna.books("SAM:", "13:00", "13:30", uid="a")
    watched.works(at("06:30"))
    for calendar in calendars:
        calendar.write_text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", encoding="utf-8")
    watched.works(at("07:00"))
    watched.town.anna.deletes("a")
    grown = watched.works(at("07:05")).summary
    for calendar, text in zip(calendars, texts, strict=True):
        calendar.write_text(text, encoding="utf-8")
    watched.works(at("07:10"))
    first, second = watched.logged("changes_held")
    assert [(one["set"], one["count"]) for one in (first, second)] == [(first["set"], 12), (grown.set, 13)]
    assert grown.set == f"{first['set']}-2"
    assert [one["at"][11:16] for one in watched.logged("trouble_over") if one["trouble"] == "changes_held"] == ["06:10"]


def test_what_is_held_back_stays_as_it_was_while_the_rules_change(watched: Afternoon) -> None:
    """Without a margin all would be five minutes shorter: they wait, and so does what would overlap one of them."""
    with (watched.town.folder / "hanvisa.toml").open("a", encoding="utf-8") as configuration:
        configuration.write("[tenants.rules]\nmargin = 0\ngap = 0\n")
    watched.restarts()
    watched.first.books("SAM:", "13:32", "13:40")
    before = [f"24 {hour}:00 - 24 {hour}:35 closed meeting" for hour in (13, 14, 15)]
    for clock in ("07:00", "07:15"):
        counts = watched.works(at(clock)).summary
        assert (counts.held, counts.failed) == (12, 0)
        assert watched.town.rows(clock, "5000") == before
    assert watched.works(at("07:30")).summary.updated == 12
    assert watched.town.rows("07:30", "5000") == [
        "24 13:00 - 24 13:30 closed meeting",
        "24 13:32 - 24 13:40 closed meeting",
        "24 14:00 - 24 14:30 closed meeting",
        "24 15:00 - 24 15:30 closed meeting",
    ]
