"""A tenant's work over time: the brake, notices, the log, retention; each time is told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, event

from rules.command import Phone
from rules.referral import Referral
from sync_daemon.answers.checking import findings_of
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.departments import Departments
from sync_daemon.cycle.planning import Case, Planned, Planner
from sync_daemon.cycle.roster import person_of
from sync_daemon.errors import StoreUnavailable
from sync_daemon.service import Worker
from sync_daemon.sources import sources_of
from sync_daemon.sources.keys import key_maker
from tests.configuration import files_source, tenant_table
from tests.service.town import Watched, at

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from tests.acceptance.municipality import Calendar

IFO = '[[tenants.departments]]\nname = "IFO"\nemergency = "0952-140 00"\n'


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """Sorsele, and its service."""
    return Watched(tmp_path)


# The brake over time


def _crowd(watched: Watched) -> list[Calendar]:
    calendars = [watched.town.moves_in(f"person{number}", str(5000 + number)) for number in range(12)]
    for calendar in calendars:
        calendar.books("SAM:", "09:00", "15:00", uid="a")
    watched.works(at("06:00"))
    return calendars


def test_three_readings_over_half_an_hour_let_removals_through(watched: Watched) -> None:
    """Also where the service was started anew between them; the third is due at the minute."""
    for calendar in _crowd(watched):
        calendar.deletes("a")
    assert watched.works(at("07:00")).summary.held == 12
    watched.restarts()
    assert watched.works(at("07:10")).summary.held == 12
    assert watched.worker.next_moment(at("07:10")) == at("07:30")
    assert watched.works(at("07:29")).summary.held == 12
    outcome = watched.works(at("07:30"))
    assert (outcome.summary.held, outcome.summary.removed) == (0, 12)


def test_what_is_not_held_goes_through_in_the_same_cycle(watched: Watched) -> None:
    """Anna books while everybody else's calendar is empty."""
    for calendar in _crowd(watched):
        calendar.deletes("a")
    watched.town.anna.books("SAM:", "13:00", "14:00")
    outcome = watched.works(at("07:00"))
    assert (outcome.summary.held, outcome.summary.created) == (12, 1)


def test_an_approved_set_goes_through_also_after_a_restart(watched: Watched) -> None:
    """That very set."""
    for calendar in _crowd(watched):
        calendar.deletes("a")
    name = watched.works(at("07:00")).summary.set
    assert watched.store.approve("sorsele", str(name), "Eva", at("07:01"))
    watched.restarts()
    assert watched.works(at("07:05")).summary.removed == 12


def test_an_approval_concerns_those_of_whom_something_was_held_back(watched: Watched) -> None:
    """They alone are read then, before the next cycle; of everybody else what they wait for stays."""
    for calendar in _crowd(watched):
        calendar.deletes("a")
    name = watched.works(at("07:00")).summary.set
    assert watched.worker.acted_on() == frozenset()
    watched.store.approve("sorsele", str(name), "Eva", at("07:01"))
    concerned = watched.worker.acted_on()
    assert len(concerned) == 12
    outcome = watched.worker.work(at("07:02"), concerned, only_asked=True)
    assert (outcome.summary.removed, outcome.summary.held) == (12, 0)
    assert watched.worker.acted_on() == frozenset()


def test_an_act_by_hand_concerns_whose_phone_it_is_until_they_are_read(watched: Watched) -> None:
    """What a cycle writes itself is nobody's act."""
    watched.town.anna.books("SAM:", "13:00", "14:00")
    watched.works(at("07:00"))
    assert watched.worker.acted_on() == frozenset()
    anna = watched.store.find("4711")
    assert anna is not None
    lunch = Referral("operator", Phone.CLOSED, "lunch", at("12:00"), at("12:30"))
    watched.store.refer(anna.id, lunch, "Maj Ek", at("07:01"))
    assert watched.worker.acted_on() == {"anna@sorsele.se"}
    assert watched.worker.work(at("07:02"), watched.worker.acted_on(), only_asked=True).summary.read == 1
    assert watched.worker.acted_on() == frozenset()


def test_a_cycle_that_was_cut_off_forgets_nothing_that_is_held_back(watched: Watched) -> None:
    """Of who was not read this time the count goes on, and so does an approval."""
    for calendar in _crowd(watched):
        calendar.deletes("a")
    watched.works(at("07:00"))
    left = iter([True] * 10 + [False])
    assert watched.worker.work(at("07:10"), (), lambda: next(left)).summary.held == 12
    assert watched.works(at("07:30")).summary.removed < 12
    assert watched.works(at("07:31")).summary.held == 0
    assert watched.town.referrals("2026-11-24T07:31") == []


def test_an_approval_outlasts_a_cycle_that_was_cut_off(watched: Watched) -> None:
    """What it could not reach goes through in the next one."""
    for calendar in _crowd(watched):
        calendar.deletes("a")
    name = watched.works(at("07:00")).summary.set
    watched.store.approve("sorsele", str(name), "Eva", at("07:01"))
    left = iter([True] * 7 + [False])
    first = watched.worker.work(at("07:05"), (), lambda: next(left)).summary.removed
    assert 0 < first < 12
    assert watched.works(at("07:10")).summary.removed == 12 - first


def test_a_store_that_fails_under_the_brake_lets_nothing_slip_through(tmp_path: Path) -> None:
    """The next cycle asks for everything that this one did not come to hold back."""
    watched = _impatient(tmp_path)
    for calendar in _crowd(watched):
        calendar.books("SAM:", "16:00", "16:30", uid="b")
        calendar.deletes("a")
    with closing(sqlite3.connect(tmp_path / "hanvisa.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            watched.works(at("07:00"))
    summary = watched.works(at("07:05")).summary
    assert (summary.held, summary.removed) == (12, 0)


def test_what_goes_within_a_day_is_told_hourly_until_it_is_over(watched: Watched) -> None:
    """Also in cycles in which nothing goes; and `check` says so with its figures."""
    calendars = [watched.town.moves_in(f"person{number}", str(5000 + number)) for number in range(40)]
    for calendar in calendars:
        calendar.books("SAM:", "2026-11-26T09:00", "2026-11-26T15:00", uid="a")
    watched.works(at("06:00"))
    for number, calendar in enumerate(calendars[:12]):
        calendar.deletes("a")
        watched.works(at("07:00") + timedelta(minutes=number))
    for minutes in (50, 90):
        watched.works(at("07:00") + timedelta(minutes=minutes))
    assert [(one["at"][11:16], one["count"]) for one in watched.logged("many_removed")] == [
        ("06:10", 11),
        ("07:30", 12),
    ]
    watched.works(at("07:00", day=25))
    watched.works(at("07:15", day=25))
    assert [one["trouble"] for one in watched.logged("trouble_over")] == ["many_removed"]
    (tenant,), store = watched.settings.tenants, watched.store
    cycle = Cycle(tenant, watched.settings.service, store, sources_of(tenant, key_maker(store.secret())))
    found = findings_of(watched.settings, store, lambda _: cycle, at("08:00"))
    assert any(one.problem.startswith("12 of 40 referrals have been removed or shortened since") for one in found)


def test_what_is_held_back_stays_so_while_the_rules_change(watched: Watched) -> None:
    """Another margin is no reason to believe empty calendars: what they held lasts as long as the new rules say."""
    for calendar in _crowd(watched):
        calendar.deletes("a")
    watched.works(at("07:00"))
    config = watched.town.folder / "hanvisa.toml"
    config.write_text(config.read_text(encoding="utf-8") + "[tenants.rules]\nmargin = 7\n", encoding="utf-8")
    watched.restarts()
    outcome = watched.works(at("07:10"))
    assert (outcome.summary.held, outcome.summary.removed, outcome.summary.updated) == (12, 0, 12)
    assert watched.town.rows("09:00", "5000") == ["24 09:00 - 24 15:07 closed meeting"]
    outcome = watched.works(at("07:30"))
    assert (outcome.summary.held, outcome.summary.removed) == (0, 12)


def test_a_cycle_in_which_nothing_goes_does_not_ask_what_went(watched: Watched) -> None:
    """The memory of every change is long."""
    _crowd(watched)
    issued: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        issued.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        watched.works(at("06:05"))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(issued) < 25
    assert not any("FROM changes" in statement for statement in issued)


# Notices


def _department(folder: Path) -> Watched:
    watched = Watched(folder, IFO)
    for name, extension in (("anna", "4711"), ("bo", "4712")):
        watched.town.lines[name] = f"{name}@sorsele.se,{name.title()},{extension},IFO,"
    watched.town.moves_in("cecilia", "4713")
    watched.town.anna.books("SAM:", "09:00", "11:00", uid="a")
    watched.town.bo.books("TJÄ:", "09:00", "15:00", uid="b")
    return watched


def test_the_earliest_of_what_time_alone_changes_comes_next(tmp_path: Path) -> None:
    """First the brake's third reading, then the notice."""
    watched = _department(tmp_path)
    for calendar in _crowd(watched):
        calendar.deletes("a")
    for clock in ("06:40", "06:50"):
        watched.works(at(clock))
    assert watched.worker.next_moment(at("06:50")) == at("07:10")
    assert watched.works(at("07:10")).summary.removed == 12
    assert watched.worker.next_moment(at("07:10")) == at("07:30")


def _said(watched: Watched) -> list[tuple[str, str, str]]:
    return [(one["at"][11:16], one["state"], one["until"][11:16]) for one in watched.logged("department_unmanned")]


def test_an_unmanned_department_is_told_corrected_and_withdrawn_once_each(tmp_path: Path) -> None:
    """Half an hour before the office opens, when an end moves by a quarter of an hour, when it falls away."""
    watched = _department(tmp_path)
    watched.works(at("07:00"))
    assert watched.worker.next_moment(at("07:00")) == at("07:30")
    for clock in ("07:30", "07:31"):
        watched.works(at(clock))
    watched.town.anna.books("SAM:", "09:00", "11:10", uid="a")
    watched.works(at("07:40"))
    watched.town.anna.books("SAM:", "09:00", "11:30", uid="a")
    for clock in ("07:45", "07:46"):
        watched.works(at(clock))
    watched.town.bo.deletes("b")
    for clock in ("07:50", "07:55"):
        watched.works(at(clock))
    # Times in UTC, an hour behind.
    assert _said(watched) == [
        ("06:30", "told", "10:05"),
        ("06:45", "corrected", "10:35"),
        ("06:50", "withdrawn", "10:35"),
    ]
    (shown,) = watched.town.hanvisa("notices", "--json", "--at", "2026-11-24T07:56").json
    assert (shown["state"], shown["emergency"]) == ("withdrawn", "0952-140 00")
    (before,) = watched.town.hanvisa("notices", "--json", "--at", "2026-11-24T07:47").json
    assert (before["state"], before["until"]) == ("corrected", "2026-11-24T10:35:00Z")


def test_a_restart_says_nothing_twice(tmp_path: Path) -> None:
    """What was said stands in the store."""
    watched = _department(tmp_path)
    watched.works(at("07:30"))
    watched.restarts()
    watched.works(at("07:35"))
    assert [state for _, state, _ in _said(watched)] == ["told"]


def test_what_is_to_be_said_is_a_value_until_it_is_committed(tmp_path: Path) -> None:
    """Whoever only asks what would be said changes nothing, however often; once it is written it is not said again."""
    watched = _department(tmp_path)
    watched.works(at("07:00"))
    tenant = watched.settings.tenants[0]
    departments = Departments(tenant, Planner(tenant))
    people = [person_of(one) for one in watched.store.subscribers(tenant.id)]
    first, again = (departments.saying(watched.store, people, (), at("07:30")) for _ in range(2))
    assert first == again
    assert [notice.state.value for notice in first["IFO"]] == ["told"]
    assert watched.store.notices(tenant.id, at("07:00")) == {}
    watched.store.say(tenant.id, first, departments.emergency)
    assert departments.saying(watched.store, people, (), at("07:30")) == {}
    assert [notice.state.value for notice in watched.store.notices(tenant.id, at("07:00"))["IFO"]] == ["told"]


def test_what_becomes_known_later_is_told_at_once(tmp_path: Path) -> None:
    """Bo books in the middle of Anna's meeting."""
    watched = _department(tmp_path)
    watched.town.bo.deletes("b")
    watched.works(at("07:30"))
    watched.town.bo.books("TJÄ:", "09:30", "15:00", uid="b")
    watched.works(at("09:30"))
    assert [(clock, state) for clock, state, _ in _said(watched)] == [("08:30", "told")]


def test_somebody_who_cannot_be_read_counts_as_present(tmp_path: Path) -> None:
    """So what was told of falls away (§8), and is told again when the calendar can be read."""
    watched = _department(tmp_path)
    watched.works(at("07:30"))
    whole = watched.town.bo.path.read_text(encoding="utf-8")
    watched.town.bo.path.write_text("BEGIN:VCAL", encoding="utf-8")
    watched.works(at("07:35"))
    watched.town.bo.path.write_text(whole, encoding="utf-8")
    watched.works(at("07:40"))
    assert [state for _, state, _ in _said(watched)] == ["told", "withdrawn", "told"]


def test_a_long_holiday_is_told_once(tmp_path: Path) -> None:
    """Longer than the window that calendars are read in: no end moves with the clock."""
    watched = _department(tmp_path)
    for calendar, uid in ((watched.town.anna, "a"), (watched.town.bo, "b")):
        calendar.books("TJÄ:", "2026-11-25", "2027-01-04", uid=uid)
    for hours in range(0, 40 * 24, 23):
        watched.works(at("06:00") + timedelta(hours=hours))
    assert [state for _, state, _ in _said(watched)] == ["told"]


# The log of months


def test_what_keeps_failing_is_said_when_it_begins_hourly_and_when_it_is_over(watched: Watched) -> None:
    """With its first and last time and how often; not at each cycle."""
    whole = watched.town.bo.path.read_text(encoding="utf-8")
    watched.town.bo.path.write_text("", encoding="utf-8")
    for minutes in range(0, 130, 5):
        watched.works(at("08:00") + timedelta(minutes=minutes))
    watched.town.bo.path.write_text(whole, encoding="utf-8")
    watched.works(at("10:10"))
    said = watched.logged("mailbox_unreadable", "trouble_over")
    assert [(one["at"][11:16], one["event"], one.get("times")) for one in said] == [
        ("07:00", "mailbox_unreadable", None),
        ("08:00", "mailbox_unreadable", 13),
        ("09:00", "mailbox_unreadable", 25),
        ("09:10", "trouble_over", 26),
    ]
    assert (said[-1]["first"], said[-1]["last"]) == ("2026-11-24T07:00:00Z", "2026-11-24T09:05:00Z")
    assert said[-1]["mailbox"] == "bo@sorsele.se"


def test_a_folder_that_is_gone_is_said_once_for_all(watched: Watched) -> None:
    """Not a line for each of the many whose calendars lie there."""
    for number in range(30):
        watched.town.moves_in(f"person{number}", str(5000 + number))
    watched.works(at("06:00"))
    calendars = watched.town.folder / "calendars"
    calendars.rename(calendars.with_name("elsewhere"))
    for clock in ("06:05", "06:10"):
        assert watched.works(at(clock)).summary.failed == 32
    calendars.with_name("elsewhere").rename(calendars)
    watched.works(at("06:15"))
    wrong = watched.logged("mailbox_unreadable", "source_unreadable", "trouble_over")
    assert [(one["event"], one.get("mailboxes")) for one in wrong] == [
        ("source_unreadable", 32),
        ("trouble_over", None),
    ]


def test_a_day_without_anything_wrong_fits_on_a_screen(watched: Watched) -> None:
    """At `info`: a referral for each meeting and the cycle that made it, and nothing of all the others."""
    for hour in range(9, 15):
        watched.town.anna.books("SAM:", f"{hour:02}:00", f"{hour:02}:30")
    for minutes in range(0, 24 * 60, 15):
        watched.works(at("00:00") + timedelta(minutes=minutes))
    assert 6 <= len(watched.logged()) <= 24


def test_a_busy_day_is_told_by_the_hour(watched: Watched) -> None:
    """Fifty meetings are fifty lines in the log's file, and few on the screen; what is wrong stays a line."""
    calendars = [watched.town.moves_in(f"person{number}", str(5000 + number)) for number in range(25)]
    for hour in (7, 9):
        for calendar in calendars:
            calendar.books("SAM:", f"{hour + 3:02}:00", f"{hour + 3:02}:30")
        watched.works(at(f"{hour}:00"))
    watched.town.bo.path.write_text("", encoding="utf-8")
    watched.works(at("09:05"))
    lines = watched.town.hanvisa("log").out.splitlines()
    assert len(lines) < 10
    assert "2026-11-24 07:00-07:59    info    new referrals: 25, cycles that wrote: 1" in lines
    assert any("mailbox unreadable" in line for line in lines)
    assert len(watched.town.hanvisa("log", "--all").out.splitlines()) > 50
    assert len(watched.town.hanvisa("log", "--json").out.splitlines()) > 50


def test_a_level_that_there_is_not_is_refused(watched: Watched) -> None:
    """Rather than printing nothing, which looks as if nothing was wrong."""
    assert watched.town.hanvisa("log", "--level", "nonsense").code == 2


def test_each_cycle_ends_in_one_summary(tmp_path: Path) -> None:
    """With what was read, counted and written, and the time of each stage."""
    watched = Watched(tmp_path, level="debug")
    watched.town.anna.books("SAM:", "09:00", "10:00")
    watched.town.anna.books("SAM Budget", "11:00", "12:00")
    watched.works(at("06:00"))
    watched.works(at("06:05"))
    first, second = watched.logged("cycle_finished", "cycle_uneventful")
    names = ("read", "incomplete", "failed", "unchanged", "entries", "counting", "near_misses", "created", "held")
    assert [first[name] for name in names] == [2, 0, 0, 0, 2, 1, 1, 1, 0]
    assert {"milliseconds", "milliseconds_read", "milliseconds_plan", "milliseconds_write"} <= first.keys()
    assert (second["event"], second["unchanged"]) == ("cycle_uneventful", 2)


# Retention


def _count(watched: Watched, table: str) -> int:
    with closing(sqlite3.connect(watched.town.folder / "hanvisa.db")) as store:
        (count,) = store.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - the test's own
        return int(count)


def test_what_has_been_is_forgotten_after_history_days(tmp_path: Path) -> None:
    """Referrals, changes, openings, cycles; and who left, of whom nothing is kept any more. Not a day before."""
    watched = Watched(tmp_path, "[retention]\nhistory_days = 30\n")
    watched.town.anna.books("SAM:", "09:00", "10:00")
    watched.works(at("06:00"))
    bo = next(one for one in watched.store.subscribers("sorsele") if one.name == "Bo")
    watched.store.open_phone(
        next(one.id for one in watched.store.subscribers("sorsele") if one.name == "Anna"),
        at("09:30"),
        "anna",
        lambda _: [],
    )
    watched.town.moves_out("bo")
    watched.works(at("09:35"))
    tables = ("referrals", "changes", "openings", "subscribers")
    watched.works(at("09:00") + timedelta(days=29))
    assert [_count(watched, table) for table in tables] == [1, 2, 1, 2]
    watched.works(at("10:00") + timedelta(days=31))
    assert [_count(watched, table) for table in tables] == [1, 2, 1, 2]  # and not until it has run for a day
    watched.works(at("10:00") + timedelta(days=32))
    assert [_count(watched, table) for table in tables] == [0, 0, 0, 1]
    assert bo.id not in {one.id for one in watched.store.subscribers("sorsele")}
    (told,) = watched.logged("history_removed")
    assert (told["referrals"], told["changes"], told["openings"], told["subscribers"]) == (1, 2, 1, 1)


def test_a_referral_that_lasts_is_kept_with_what_was_changed_of_it(tmp_path: Path) -> None:
    """However old it is."""
    watched = Watched(tmp_path, "[retention]\nhistory_days = 2\n[tenants.rules]\nlookback_days = 30\n")
    watched.town.anna.books("TJÄ:", "2026-11-24", "2026-12-20")
    for day in range(8):
        watched.works(at("06:00") + timedelta(days=day))
    assert (_count(watched, "referrals"), _count(watched, "changes")) == (1, 1)


# The store out of reach


def _impatient(folder: Path) -> Watched:
    watched = Watched(folder)
    config = folder / "hanvisa.toml"
    impatient = config.read_text(encoding="utf-8").replace("hanvisa.db", "hanvisa.db?timeout=0.05")
    config.write_text(impatient, encoding="utf-8")
    watched.restarts()
    return watched


def test_what_a_locked_store_kept_from_being_written_is_written_when_it_answers(tmp_path: Path) -> None:
    """Nobody counts as read whose changes are not in the store."""
    watched = Watched(tmp_path)
    config = tmp_path / "hanvisa.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("hanvisa.db", "hanvisa.db?timeout=0.05"), encoding="utf-8"
    )
    watched.restarts()
    watched.works(at("06:00"))
    watched.town.anna.books("SAM:", "09:00", "10:00")
    with closing(sqlite3.connect(tmp_path / "hanvisa.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            watched.works(at("06:05"))
    assert watched.works(at("06:10")).summary.created == 1


def test_a_store_that_was_removed_takes_nothing_until_it_is_back(watched: Watched) -> None:
    """What is written to a file that has no name any more nobody would ever read."""
    path = watched.town.folder / "hanvisa.db"
    watched.works(at("06:00"))
    watched.town.anna.books("SAM:", "09:00", "10:00")
    path.rename(path.with_suffix(".away"))
    with pytest.raises(StoreUnavailable, match="not there"):
        watched.works(at("06:05"))
    assert not path.exists()
    path.with_suffix(".away").rename(path)
    assert watched.works(at("06:10")).summary.created == 1


# The directory


def test_an_extension_that_another_tenant_gives_up_arrives(tmp_path: Path) -> None:
    """Bea's line was skipped as long as the other tenant had it; her file has not changed since."""
    (tmp_path / "malå").mkdir()
    (tmp_path / "mala.csv").write_text("mailbox,name,extensions\nbea@mala.se,Bea,4711\n", encoding="utf-8")
    watched = Watched(tmp_path, tenant_table("mala", files_source("malå")))
    watched.works(at("06:00"))
    mala = Worker(watched.settings.tenants[1], watched.settings, watched.store)
    mala.work(at("06:01"))
    watched.town.moves_out("anna")
    watched.works(at("06:05"))
    mala.work(at("06:06"))
    found = watched.store.find("4711")
    assert found is not None
    assert found.name == "Bea"


def test_an_extension_that_is_added_while_it_runs_becomes_a_good_number(watched: Watched) -> None:
    """Anna names it before the directory does; her calendar need not change for it to count."""
    watched.town.anna.books("SAM: @4799", "09:00", "12:00")
    watched.works(at("06:00"))
    watched.town.moves_in("cecilia", "4799")
    watched.works(at("06:31"))
    assert [(one["event"], one.get("why")) for one in watched.logged("alternative_refused", "trouble_over")] == [
        ("alternative_refused", "unknown"),
        ("trouble_over", None),
    ]
    assert watched.town.rows("09:00") == ["24 09:00 - 24 13:00 closed meeting info 4799"]


# Whatever stops it


def test_a_bug_in_one_persons_plan_stops_nobody_else(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told once with its place in the code, and the person is planned for as soon as it is mended."""
    watched.town.anna.books("SAM:", "09:00", "10:00")
    watched.town.bo.books("SAM:", "09:00", "10:00")
    with monkeypatch.context() as patched:
        patched.setattr(Planner, "plan", _broken_for_anna(Planner.plan))
        for clock in ("06:00", "06:05"):
            assert watched.works(at(clock)).summary.failed == 1
    assert [one["mailbox"] for one in watched.logged("referral_created")] == ["bo@sorsele.se"]
    assert len(watched.logged("bug")) == len(watched.logged("subscriber_failed")) == 1
    assert watched.works(at("06:10")).summary.created == 1


def _broken_for_anna(plan: Callable[..., Planned]) -> Callable[..., Planned]:
    def broken(self: Planner, case: Case, *keep: Collection[int]) -> Planned:
        if case.person.name == "Anna":
            raise ZeroDivisionError
        return plan(self, case, *keep)

    return broken


def test_stopped_before_any_mailbox_the_next_cycle_begins_with_the_others(watched: Watched) -> None:
    """A cycle whose time is over leaves the rest, says so once, and nobody waits twice."""
    for number in range(4):
        watched.town.moves_in(f"person{number}", str(5000 + number)).books("SAM:", "09:00", "10:00")
    left = iter([True])  # how often it is asked depends on how long the reader is waited for
    outcome = watched.worker.work(at("06:00"), (), lambda: next(left, False))
    read, created = outcome.summary.read, outcome.summary.created
    assert (read + outcome.postponed, outcome.postponed > 0) == (6, True)
    following = watched.worker.work(at("06:05")).summary
    assert (following.read, following.created) == (outcome.postponed, 4 - created)
    assert watched.works(at("06:10")).summary.read == 0
    assert [one["event"] for one in watched.logged("cycle_postponed", "trouble_over")] == [
        "cycle_postponed",
        "trouble_over",
    ]


def test_who_has_waited_longest_is_read_first(watched: Watched) -> None:
    """Anna was read since the others were: where there is no time for all, she is the one who waits."""
    watched.town.moves_in("cecilia", "4713")
    watched.works(at("06:00"))
    watched.worker.work(at("06:05"), {"anna@sorsele.se"})
    for calendar in (watched.town.anna, watched.town.bo):
        calendar.books("SAM:", "09:00", "10:00")
    left = iter([True, False])
    assert watched.worker.work(at("06:40"), (), lambda: next(left)).postponed == 1
    assert [one["mailbox"] for one in watched.logged("referral_created")] == ["bo@sorsele.se"]


def test_an_asked_for_mailbox_is_read_at_once(watched: Watched) -> None:
    """A source's event asks for a reading; the others are left alone."""
    watched.works(at("06:00"))
    outcome = watched.worker.work(at("06:01"), {"anna@sorsele.se"})
    assert (outcome.summary.read, outcome.summary.unchanged) == (1, 1)


def test_after_the_clock_was_set_back_everybody_is_read(watched: Watched) -> None:
    """A meeting that was over, and so never written, lasts again."""
    watched.works(at("06:00"))
    watched.town.anna.books("SAM:", "09:00", "10:00")
    assert watched.works(at("10:30")).summary.created == 0
    assert watched.works(at("09:30")).summary.created == 1


def test_many_mailboxes_come_due_again_one_by_one(watched: Watched) -> None:
    """Within `full_read` (30 minutes) all of them, and never most of them at once."""
    for number in range(120):
        watched.town.moves_in(f"person{number}", str(5000 + number))
    watched.works(at("06:00"))
    read = [watched.works(at("06:00") + timedelta(minutes=minutes)).summary.read for minutes in range(5, 31, 5)]
    assert max(read) < 60
    assert sum(read) >= 120


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_an_end_that_was_missed_while_the_process_was_down_comes(watched: Watched) -> None:
    """The meeting was cut short while nobody was looking; the phone opens with the next cycle."""
    watched.town.anna.books("SAM:", "09:00", "15:00", uid="a")
    watched.works(at("08:00"))
    watched.town.anna.books("SAM:", "09:00", "10:00", uid="a")
    watched.restarts()
    watched.works(at("13:00"))
    assert watched.town.referrals("2026-11-24T13:00") == []
    told = watched.town.hanvisa("explain", "4711", "--at", "2026-11-24T12:59", "--json").json
    assert _moment(told["changes"][-1]["after"]["until"]) == at("13:00")
