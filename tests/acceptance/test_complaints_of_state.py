"""Complaints that the state of things answers: away alternatives, unread calendars, the brake, leavers, the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from freezegun import freeze_time

from tests.acceptance.municipality import Municipality

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from freezegun.api import FrozenDateTimeFactory

SEVEN = datetime(2026, 11, 24, 6, tzinfo=UTC)
"""On Tuesday in Sorsele, at seven."""


@pytest.fixture
def clock() -> Iterator[Any]:
    """The machine's clock stands still at seven on Tuesday, and is moved by the test."""
    with freeze_time(SEVEN) as frozen:
        yield frozen


def _clock_is(clock: FrozenDateTimeFactory, local: str, day: int = 24) -> None:
    hour, minute = map(int, local.split(":"))
    clock.move_to(datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC))


def _explained(town: Municipality, *arguments: str) -> dict[str, Any]:
    told: dict[str, Any] = town.hanvisa("explain", *arguments, "--json").json
    return told


def _english(town: Municipality, *arguments: str) -> str:
    return " ".join(town.hanvisa("explain", *arguments, "--lang", "en").out.split())


def _planned(town: Municipality, mailbox: str) -> list[dict[str, Any]]:
    """What `plan` says of a person, as `explain` has it."""
    plan = town.hanvisa("plan", "--json").json
    of_person = [one for one in plan if one["mailbox"] == mailbox]
    return [{name: one[name] for name in ("action", "before", "after", "cause")} for one in of_person]


# Row 12: the alternative is away


def test_an_alternative_that_is_away_is_told_by_every_command(town: Municipality, clock: FrozenDateTimeFactory) -> None:
    """The wish stays as it is, what holds now is told, and until when 4712 is away."""
    town.anna.books("SAM: >4712", "09:00", "11:00")
    town.bo.books("SAM:", "09:00", "10:00")
    town.hanvisa("once")
    _clock_is(clock, "09:30")
    wished, now = {"number": "4712", "mode": "connect"}, {"number": "4712", "mode": "info"}
    explained = _explained(town, "4711")["referral"]
    (one, _), (listed, _) = (town.hanvisa("referrals", "--json", *also).json for also in ((), ("--all",)))
    assert [row["alternative"] for row in (explained, one, listed)] == [wished, now, wished]
    assert [row["alternative_now"] for row in (explained, one, listed)] == [now, now, now]
    because = "4712 is told, not connected, because 4712 is away until 10:05."
    said = _english(town, "4711")
    assert because in said
    assert "Try 4712." in said
    assert "connected to 4712" not in said.split("hours")[0]
    for also in ((), ("--all",)):
        out = town.hanvisa("referrals", *also).out
        assert f"4711: {because}" in out
        assert "→" not in out


def test_an_alternative_is_away_as_long_as_nothing_opens_its_phone(
    town: Municipality, clock: FrozenDateTimeFactory
) -> None:
    """Two referrals one after another are one time away."""
    town.anna.books("SAM: >4712", "09:00", "11:00")
    town.bo.books("SAM:", "09:00", "10:00")
    town.hanvisa("once")
    town.hanvisa("refer", "4712", "--from", "10:00", "--until", "10:30", "--reason", "lunch")
    _clock_is(clock, "09:30")
    assert "because 4712 is away until 10:30." in _english(town, "4711")


# Rows 7 and 13: a calendar that cannot be read


def test_since_when_a_calendar_is_unread_is_told(town: Municipality, clock: FrozenDateTimeFactory) -> None:
    """By `explain` with what to do, and by `referrals` of who is referred; until it can be read again."""
    town.anna.books("SAM:", "09:00", "17:00")
    town.hanvisa("once")
    whole = town.anna.path.read_bytes()
    town.anna.path.unlink()
    _clock_is(clock, "08:00")
    town.hanvisa("once")
    _clock_is(clock, "09:30")
    town.hanvisa("once")
    line = "The calendar could not be read at 2026-11-24 08:00, nor since: what was known then stays."
    told = _english(town, "4711")
    assert line in told
    assert "put the calendar as anna@sorsele.se.ics into" in told
    assert f"4711: {line}" in town.hanvisa("referrals").out
    assert town.hanvisa("referrals", "--json").json[0]["unread_since"] == "2026-11-24T07:00:00Z"
    town.anna.path.write_bytes(whole)
    town.hanvisa("once")
    assert _explained(town, "4711")["unread_since"] is None


@pytest.fixture
def department(tmp_path: Path, clock: FrozenDateTimeFactory) -> Municipality:
    """Anna and Bo are all of IFO, and away from nine; the clock is seven."""
    del clock
    town = Municipality(tmp_path, '[[tenants.departments]]\nname = "IFO"\nemergency = "0952-140 00"\n')
    for name, extension in (("anna", "4711"), ("bo", "4712")):
        town.lists(name, f"{name}@sorsele.se,{name.title()},{extension},IFO,")
    town.anna.books("SAM:", "09:00", "11:00", uid="a")
    town.bo.books("TJÄ:", "09:00", "11:00")
    town.hanvisa("once")
    return town


def test_a_department_says_whose_calendar_keeps_it_untold(
    department: Municipality, clock: FrozenDateTimeFactory
) -> None:
    """One stretch has one row, which says what was said of it, and why."""
    _clock_is(clock, "07:40")
    department.hanvisa("once")
    whole = department.bo.path.read_bytes()
    department.bo.path.write_text("BEGIN:VCAL", encoding="utf-8")
    _clock_is(clock, "07:50")
    department.hanvisa("once")
    (row,) = department.hanvisa("notices", "--json").json
    assert (row["state"], row["reason"], row["members"]) == ("withdrawn", "unread", ["bo@sorsele.se"])
    assert row["unread"] == [{"mailbox": "bo@sorsele.se", "since": "2026-11-24T06:50:00Z"}]
    because = "for the calendar of Bo (4712) could not be read at 2026-11-24 07:50, nor since"
    assert f"IFO: told 07:40, withdrawn 07:50, {because}." in department.hanvisa("notices").out
    department.bo.path.write_bytes(whole)
    _clock_is(clock, "08:10")
    department.hanvisa("once")
    (row,) = department.hanvisa("notices", "--json").json
    assert [word["state"] for word in row["history"]] == ["told", "withdrawn", "told"]
    told = "IFO: told 07:40, withdrawn 07:50, for the calendar of Bo (4712) could not be read, told 08:10."
    assert told in department.hanvisa("notices").out


def test_a_department_that_was_never_told_of_says_why(department: Municipality, clock: FrozenDateTimeFactory) -> None:
    """By what is known everybody is away."""
    department.bo.path.write_text("BEGIN:VCAL", encoding="utf-8")
    _clock_is(clock, "07:20")
    department.hanvisa("once")
    assert "would be unmanned" not in department.hanvisa("notices").out
    _clock_is(clock, "07:40")
    department.hanvisa("once")
    assert department.hanvisa("notices", "--json").json == []
    assert (
        "IFO would be unmanned from 09:00 until 11:05 by what is known, and is not told of: the calendar of Bo (4712)"
        " could not be read at 2026-11-24 07:20, nor since." in department.hanvisa("notices").out
    )


def test_a_withdrawal_names_who_came_back(department: Municipality, clock: FrozenDateTimeFactory) -> None:
    """Anna's meeting is cancelled."""
    _clock_is(clock, "07:40")
    department.hanvisa("once")
    department.anna.deletes("a")
    _clock_is(clock, "08:00")
    department.hanvisa("once")
    told = "IFO: told 07:40, withdrawn 08:00, for somebody is there again: Anna (4711)."
    assert told in department.hanvisa("notices").out


# Rows 16 and 18: the brake, and who has left


def test_what_the_brake_holds_is_no_change_to_come(tmp_path: Path, clock: FrozenDateTimeFactory) -> None:
    """It says in which set, since when, and how to let it through; as `plan` has it, before and after the cycle."""
    town = Municipality(tmp_path, "[service]\nbrake = {share = 0.5, least = 1}\n")
    town.moves_in("cecilia", "4713").books("SAM:", "14:00", "15:00")
    town.anna.books("SAM:", "13:00", "16:00", uid="a")
    town.bo.books("SAM:", "13:00", "16:00", uid="b")
    town.hanvisa("once")
    _clock_is(clock, "09:00")
    town.anna.deletes("a")
    town.bo.deletes("b")
    would = "The brake would hold this back at the next cycle: Removed referral 2026-11-24 13:00–16:05"
    assert would in _english(town, "4711")
    name = town.hanvisa("once", "--json").json[0]["set"]
    told = _explained(town, "4711")
    assert (told["pending"], _planned(town, "anna@sorsele.se")) == ([], [])
    assert [(one["action"], one["set"], one["since"]) for one in told["held"]] == [
        ("remove", name, "2026-11-24T08:00:00Z")
    ]
    assert f"Held as set {name} since 2026-11-24 09:00; `hanvisa approve sorsele {name}`" in _english(town, "4711")
    assert town.hanvisa("approve", "sorsele", name).code == 0
    told = _explained(town, "4711")
    assert (told["held"], told["pending"]) == ([], _planned(town, "anna@sorsele.se"))
    assert [one["action"] for one in told["pending"]] == ["remove"]


def test_who_has_left_is_told_so_and_gets_nothing_new(town: Municipality, clock: FrozenDateTimeFactory) -> None:
    """Before the cycle that sees it, and after; whatever stands in the calendar."""
    town.anna.books("SAM:", "13:00", "16:00")
    town.hanvisa("once")
    town.moves_out("anna")
    town.anna.books("SAM:", "09:00", "10:00")
    _clock_is(clock, "08:00")
    told = _explained(town, "4711")
    assert [one["cause"] for one in told["pending"]] == ["left-directory"]
    assert told["pending"] == _planned(town, "anna@sorsele.se")
    assert "The directory no longer lists the person: from the next cycle on" in _english(town, "4711")
    town.hanvisa("once")
    _clock_is(clock, "09:30")
    told = _explained(town, "4711")
    assert (told["left_at"], told["pending"], told["referral"]) == ("2026-11-24T07:00:00Z", [], None)
    assert "Has left the directory on 2026-11-24 08:00" in _english(town, "4711")


def test_a_leaver_whom_the_brake_holds_is_told_so(tmp_path: Path, clock: FrozenDateTimeFactory) -> None:
    """And what lets them go."""
    town = Municipality(tmp_path)
    for number in range(6):
        town.moves_in(f"p{number}", f"472{number}")
    town.hanvisa("once")
    for number in range(6):
        town.moves_out(f"p{number}")
    _clock_is(clock, "08:00")
    town.directory_is(
        (tmp_path / "sorsele.csv").read_text() + "".join(f"q{n}@sorsele.se,Q{n},473{n},,\n" for n in range(4))
    )
    town.hanvisa("once")
    told = _english(town, "4720")
    assert "The directory no longer lists the person. Held as set " in told
    assert "since 2026-11-24 08:00" in told
    assert "hanvisa approve sorsele" in told


# The next cycle, and the past


def test_an_earlier_day_says_nothing_of_the_next_cycle(town: Municipality, clock: FrozenDateTimeFactory) -> None:
    """The phone opened today is no change to come of yesterday."""
    town.anna.books("TJÄ:", "2026-11-23T09:00", "2026-11-25T16:00")
    town.hanvisa("once")
    town.hanvisa("open", "4711")
    _clock_is(clock, "07:30")
    told = _explained(town, "4711", "--at", "2026-11-23T10:00")
    assert (told["pending"], told["known"]) == (None, False)
    told = _explained(town, "4711", "--at", "07:10")
    assert (told["pending"], told["known"]) == (None, True)
    assert "The next cycle would change" not in _english(town, "4711", "--at", "07:10")


def test_an_entry_three_weeks_ahead_is_no_change_to_come(town: Municipality, clock: FrozenDateTimeFactory) -> None:
    """No cycle reads so far ahead yet; it says from when on."""
    del clock
    town.anna.books("SAM:", "2026-12-15T09:00", "2026-12-15T10:00")
    town.hanvisa("once")
    told = _explained(town, "4711", "--at", "2026-12-15T09:30")
    assert told["pending"] == _planned(town, "anna@sorsele.se") == []
    assert [entry["verdict"] for entry in told["entries"]] == ["counts"]
    said = _english(town, "4711", "--at", "2026-12-15T09:30")
    assert "entries of that day are read from 2026-12-01 09:30 on, 14 days ahead." in said


def test_of_a_day_before_the_store_nothing_is_known(town: Municipality, clock: FrozenDateTimeFactory) -> None:
    """It neither says that the phone was open nor that it was closed."""
    del clock
    town.anna.books("SAM:", "2026-11-24T09:00", "2026-11-24T10:00")
    town.hanvisa("once")
    told = _english(town, "4711", "--at", "2020-06-01")
    assert "Nothing is known of that day: the store's memory begins 2026-11-24 07:00" in told
    assert "open" not in told


def test_the_past_is_what_was_known_then_for_every_command(town: Municipality, clock: FrozenDateTimeFactory) -> None:
    """A meeting booked at half past with a start at nine closed nobody's phone at a quarter past."""
    town.hanvisa("once")
    town.anna.books("SAM:", "09:00", "11:00")
    _clock_is(clock, "09:30")
    town.hanvisa("once")
    for at, closed in (("09:15", False), ("09:30", True)):
        assert (_explained(town, "4711", "--at", at)["referral"] is not None) == closed
        assert bool(town.hanvisa("referrals", "--json", "--at", at).json) == closed
        assert [row["in_force"] for row in town.hanvisa("referrals", "--all", "--json", "--at", at).json] == [closed]


def test_the_strip_shows_every_referral_of_the_day(town: Municipality, clock: FrozenDateTimeFactory) -> None:
    """Also those of other hours than the one that is asked for, each as it was."""
    town.anna.books("SAM:", "08:00", "09:00")
    town.anna.books("SAM;", "14:00", "14:40")
    town.hanvisa("once")
    _clock_is(clock, "08:30")
    town.hanvisa("open", "4711")
    _clock_is(clock, "10:00")
    lines = town.hanvisa("explain", "4711", "--lang", "en").out.splitlines()
    (strip,) = [line for line in lines if line.startswith("referral")]
    assert (strip.count("█"), strip.count("░")) == (2, 3)
    assert timedelta(minutes=15) * (strip.index("░") - strip.index("█")) == timedelta(hours=6)


# Whom somebody means


@pytest.fixture
def people(town: Municipality, clock: FrozenDateTimeFactory) -> Municipality:
    """Two of one name, one with an accent, and one who has left."""
    del clock
    town.lists("c", "c@sorsele.se,Åsa Öberg,4713,IFO,")
    town.lists("d", "d@sorsele.se,Berg Anna-Lena,4714,,")
    town.lists("e", "e@sorsele.se,Erik Grön,4715,,")
    town.hanvisa("once")
    town.moves_out("e")
    town.hanvisa("once")
    return town


@pytest.mark.parametrize(
    ("text", "extension"),
    [
        ("asa", "4713"),
        ("ÖBERG åsa", "4713"),
        ("anna-lena", "4714"),
        ("Anna", "4711"),
        ("gron", "4715"),
        ("c@sor", "4713"),
    ],
)
def test_a_person_is_found_by_parts_of_their_name(people: Municipality, text: str, extension: str) -> None:
    """Whatever the case and the accents; a whole name is that person's; who has left is found too."""
    assert _explained(people, text)["extension"] == extension


def test_several_of_a_name_are_listed(people: Municipality) -> None:
    """With what tells them apart, and nothing is explained."""
    result = people.hanvisa("explain", "berg")
    assert (result.code, result.out) == (2, "")
    assert "2 people are called 'berg'" in result.err
    assert "  Åsa Öberg: 4713, IFO, sorsele" in result.err
    assert "  Berg Anna-Lena: 4714, sorsele" in result.err
    assert "Erik Grön: 4715, sorsele, has left" in people.hanvisa("explain", "er").err
    assert people.hanvisa("explain", "nobody").code == 2
    assert people.hanvisa("open", "anna-lena").code == 2


def test_a_person_is_found_before_the_first_cycle(town: Municipality) -> None:
    """In the directory."""
    assert _explained(town, "bo")["extension"] == "4712"


# What counted and is gone


def _entries(told: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(entry["from"][11:16], entry["verdict"], entry["cause"]) for entry in told["entries"]]


@pytest.mark.parametrize("left", ["nothing", "no command"])
def test_an_entry_that_went_while_it_lasted_is_told_as_gone(
    town: Municipality, clock: FrozenDateTimeFactory, left: str
) -> None:
    """Deleted or without its command: afterwards, by now and at the time itself it does not count; before, it did."""
    town.anna.books("SAM:", "10:00", "13:00", uid="a")
    town.hanvisa("once")
    _clock_is(clock, "11:10")
    if left == "nothing":
        town.anna.deletes("a")
    else:
        town.anna.books("Budget", "10:00", "13:00", uid="a")
    town.hanvisa("once")
    _clock_is(clock, "11:14")
    line = (
        "10:00–13:00 SAM: no longer counts since the reading of 11:10: gone from the calendar, or without its command"
    )
    for at in (("--at", "11:12"), ()):
        assert _entries(_explained(town, "4711", *at)) == [("09:00", "ended", "gone")]
        said = _english(town, "4711", *at)
        assert "Not referred, the phone is open." in said
        assert line in said
        assert "No entry with a command" not in said
    assert _entries(_explained(town, "4711", "--at", "10:30")) == [("09:00", "counts", None)]


def test_an_entry_that_went_from_within_another_is_told_as_gone(
    town: Municipality, clock: FrozenDateTimeFactory
) -> None:
    """The referral lasts as long as before, and is no longer its."""
    town.anna.books("SAM:", "10:00", "13:00", uid="a")
    town.anna.books("TJÄ:", "10:30", "11:30", uid="b")
    town.hanvisa("once")
    town.anna.deletes("b")
    _clock_is(clock, "10:20")
    town.hanvisa("once")
    _clock_is(clock, "10:50")
    for at in (("--at", "10:45"), ()):
        assert _entries(_explained(town, "4711", *at)) == [("09:00", "counts", None), ("09:30", "ended", "gone")]


def test_a_moved_entry_is_told_where_it_was_and_where_it_is(town: Municipality, clock: FrozenDateTimeFactory) -> None:
    """What it closed until then, and what it closes now."""
    town.anna.books("SAM:", "10:00", "13:00", uid="a")
    town.hanvisa("once")
    _clock_is(clock, "11:10")
    town.anna.books("SAM:", "14:00", "15:00", uid="a")
    town.hanvisa("once")
    _clock_is(clock, "11:14")
    assert _entries(_explained(town, "4711", "--at", "11:12")) == [
        ("09:00", "ended", "moved"),
        ("13:00", "counts", None),
    ]


def test_an_opening_that_was_taken_back_is_told_for_the_time_between(
    town: Municipality, clock: FrozenDateTimeFactory
) -> None:
    """And later the entry stands there once."""
    town.anna.books("SAM:", "10:00", "15:00")
    town.hanvisa("once")
    for local, undo in (("10:20", ()), ("10:50", ("--undo",))):
        _clock_is(clock, local)
        town.hanvisa("open", "4711", *undo, "--by", "Lisa")
        town.hanvisa("once")
    _clock_is(clock, "11:14")
    assert _entries(_explained(town, "4711", "--at", "10:45")) == [("09:00", "opened", None)]
    assert "ended when the phone was opened" in _english(town, "4711", "--at", "10:45")
    for at in (("--at", "11:12"), ()):
        assert _entries(_explained(town, "4711", *at)) == [("09:00", "counts", None)]
        said = town.hanvisa("explain", "4711", *at, "--lang", "en").out.splitlines()
        opened = next(line for line in said if line.startswith("opened"))
        closed = next(line for line in said if line.startswith("referral"))
        assert closed[opened.index("○") :].startswith("█ █")
