"""Somebody's days as the board shows them, out of a real store."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from xml.etree.ElementTree import fromstring

from rules.command import Phone
from sync_daemon.answers.days_ahead import days_ahead
from sync_daemon.answers.explanation import explain_by_store
from sync_daemon.board.days import DayShown, days_of
from sync_daemon.board.strip_pieces import pieces_of
from sync_daemon.by_hand import Hand, Wish, open_phone, refer
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.roster import person_of
from tests.sync_daemon.board.town import TEN, Town, local, town

if TYPE_CHECKING:
    from pathlib import Path


def days(town: Town, name: str = "Anna Ek") -> tuple[DayShown, ...]:
    """The person's, in English."""
    place = town.place
    tenant = next(one for one in place.settings.tenants if one.id == town.people[name].tenant)
    return days_of(town.store, tenant, person_of(town.people[name]), town.now, "en")


def test_today_says_its_entries_the_referral_and_who_set_it(tmp_path: Path) -> None:
    """By times and commands, in order of time, with the hours beside them."""
    with town(tmp_path) as sorsele:
        [today, *_] = days(sorsele)

    assert today.name == "Tuesday 24 November"
    assert today.lines == (
        "00:00–08:00: outside office hours.",
        "09:00–13:00 SAM: counts.",
        "09:00–13:00: phone closed, in a meeting. Set by the calendar.",
        "12:00–13:00: lunch.",
        "17:00–24:00: outside office hours.",
    )


def test_a_week_is_shown_and_what_reaches_into_another_day_is_on_both(tmp_path: Path) -> None:
    """Seven days, each once; the weekend has no office hours."""
    with town(tmp_path) as sorsele:
        tenant, bo = sorsele.place.settings.tenants[0], sorsele.people["Bo Öberg"]
        until = local("12:00").replace(day=25)
        refer(Hand(sorsele.store, tenant, bo, "Eva", TEN), Wish(until, reason="ill"))
        shown = days(sorsele, "Bo Öberg")

    assert [day.name.split()[0] for day in shown] == [
        *("Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "Monday")
    ]
    assert "10:00 – Wednesday 12:00: phone closed, ill. Set by Eva." in shown[0].lines
    assert any("phone closed, ill. Set by Eva." in line for line in shown[1].lines)
    assert [day.is_empty for day in shown[2:]] == [True] * 5


def test_now_is_on_today_only(tmp_path: Path) -> None:
    """The other days begin at their midnight, which nobody asked about."""
    with town(tmp_path) as sorsele:
        shown = days(sorsele)

    marks = [fromstring(day.strip).find("g[@class='strip-mark']") for day in shown]  # noqa: S314 - our own
    assert [mark is not None for mark in marks] == [True, *[False] * 6]


def test_an_opening_is_on_the_day_with_who_made_it(tmp_path: Path) -> None:
    """And its being taken back as well; the entry that it ended counts no longer, then again."""
    with town(tmp_path) as sorsele:
        anna = sorsele.people["Anna Ek"]
        sorsele.store.open_phone(anna.id, local("9:30"), "Eva", lambda _: ())
        opened = days(sorsele)[0]
        sorsele.store.undo_opening(anna.id, local("9:45"), "Per")
        again = days(sorsele)[0]

    assert "09:30: the phone was opened by Eva." in opened.lines
    assert "09:00–13:00 SAM: ended when the phone was opened." in opened.lines
    assert "09:45: the opening was taken back by Per." in again.lines


def test_a_day_without_a_closed_phone_says_so_to_a_reader_of_the_screen(tmp_path: Path) -> None:
    """Its description is a sentence, and open referrals are told as open."""
    with town(tmp_path) as sorsele:
        sorsele.books("Dan Åström", "13:00", "14:00", phone=Phone.OPEN)
        dan, bo = (fromstring(days(sorsele, name)[0].strip) for name in ("Dan Åström", "Bo Öberg"))  # noqa: S314

    assert "13:00–14:00: phone open, in a meeting. Set by the calendar." in str(dan.findtext("desc"))
    assert bo.findtext("desc") == (
        "A strip of time from 00 to 24. Nothing is known that closes the phone on Tuesday 24 November."
    )


def test_a_coming_day_is_what_an_explanation_of_it_says(tmp_path: Path) -> None:
    """By one look at the store for all of them, the same as one by one."""
    with town(tmp_path) as sorsele:
        tenant, anna = sorsele.place.settings.tenants[0], person_of(sorsele.people["Anna Ek"])
        hand = Hand(sorsele.store, tenant, sorsele.people["Anna Ek"], "Eva", TEN)
        sorsele.books("Anna Ek", "15:00", "16:00")
        refer(hand, Wish(local("23:00").replace(day=26)))
        open_phone(hand)
        refer(hand, Wish(local("9:00").replace(day=27)))
        office = Planner(tenant).office(anna.department)
        coming = [office.day(date(2026, 11, day)) for day in range(25, 29)]
        at_once = [*days_ahead(sorsele.store, anna, coming, TEN)]
        one_by_one = [explain_by_store(sorsele.store, tenant, anna, day.midnight, TEN) for day in coming]

        said = [[pieces_of(told, tenant, office, "sv") for told in each] for each in (at_once, one_by_one)]

    assert said[0] == said[1]
    assert [len(told.day) for told in at_once] == [1, 1, 1, 0]
