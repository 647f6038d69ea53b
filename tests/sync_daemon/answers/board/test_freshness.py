"""Can I trust what I see? When the calendars were read, whether anybody reads them, whose cannot be read."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace

from sync_daemon.answers.board.freshness import Freshness
from sync_daemon.answers.board.row import Presence
from sync_daemon.store.lock import TenantLock
from sync_daemon.texts import in_language
from tests.sync_daemon.answers.board.town import Town, at, told


def sorsele(town: Town, clock: str) -> Freshness:
    """Its freshness at that time."""
    return town.roll(clock).freshness["sorsele"]


def running(town: Town) -> AbstractContextManager[None]:
    """`hanvisa run` works on Sorsele."""
    town.store.mark("run")
    return TenantLock(town.settings.store_url, "sorsele").held("hanvisa run", at("09:00"))


def test_all_is_well_after_a_cycle(town: Town) -> None:
    """It says when the calendars were read, and nothing else."""
    with running(town):
        town.cycle()
        found = sorsele(town, "10:04")
    assert (found.read_at, found.is_stale, found.is_served, found.warnings) == (at("10:00"), False, True, ())
    assert (found.people, found.unreadable) == (3, 0)
    assert in_language(found.told, "sv") == "Kalendrarna lästes 10.00."


def test_a_stale_tenant_is_warned_of(town: Town) -> None:
    """After a quarter of an hour without a cycle; the other tenant is not it."""
    town.cycle()
    town.cycle("mala")
    assert not sorsele(town, "10:14").is_stale
    town.now = at("10:15")
    town.cycle("mala")
    found = sorsele(town, "10:16")
    assert found.is_stale
    [warning] = found.warnings
    assert in_language(warning, "sv") == (
        "sorsele: det som står här kan vara gammalt: kalendrarna lästes senast 2026-11-26 10.00, för 16 minuter sedan; "
        "ingen arbetar med kommunen"
    )
    assert town.roll().freshness["mala"].warnings == ()


def test_a_service_that_is_dead_is_warned_of_within_seconds(town: Town) -> None:
    """Not first when its calendars are old; between two runs of `once` alone nothing is wrong."""
    with running(town):
        town.cycle()
        assert sorsele(town, "10:00").warnings == ()
    found = sorsele(town, "10:00:05")
    assert found.is_served is False
    [warning] = found.warnings
    assert in_language(warning, "sv") == (
        "sorsele: inget nytt kommer in, för `hanvisa run` är inte igång; det som står här är från 2026-11-26 10.00"
    )


def test_between_two_runs_of_once_nothing_is_wrong(town: Town) -> None:
    """Nobody works on the tenant then, and nobody need."""
    town.cycle()
    found = sorsele(town, "10:01")
    assert (found.is_served, found.warnings) == (False, ())


def test_people_whose_calendars_cannot_be_read_are_counted(town: Town) -> None:
    """And each of their rows says so."""
    town.books("4700", "09:00", "12:00", alternative=told("4711"))
    town.cycle(unreadable=[town.id_of("4711")])
    found = sorsele(town, "10:01")
    [warning] = found.warnings
    assert in_language(warning, "sv") == "sorsele: en persons kalender kan inte läsas"
    assert in_language(found.told, "sv") == "Kalendrarna lästes 10.00, utom en persons."
    row = town.row("4711")
    assert (row.presence, row.unread_since) == (Presence.UNKNOWN, at("10:00"))
    assert town.row("4700").sentence("sv").endswith("Sök 4711 (Bo Öberg, okänt om på plats).")
    assert town.row("4700").warning is None
    town.cycle(unreadable=[town.id_of("4711"), town.id_of("4712")])
    found = sorsele(town, "10:02")
    [warning] = found.warnings
    assert in_language(warning, "sv") == "sorsele: kalendrarna för 2 av 3 personer kan inte läsas"
    assert in_language(found.told, "sv") == "Kalendrarna lästes 10.01, utom 2 personers."


def test_that_one_whose_calendar_cannot_be_read_is_there_is_not_said(town: Town) -> None:
    """The doubt is what is read out, once; what was known of later stays, as what was known last."""
    town.books("4711", "14:00", "15:00")
    town.cycle(unreadable=[town.id_of("4711")])
    row = town.row("4711", "10:01")
    assert row.sentence("sv") == (
        "Det går inte att säga om Bo Öberg är på plats: kalendern har inte kunnat läsas sedan 10.00."
        " Telefonen är inte hänvisad."
    )
    assert row.sentence("en") == (
        "It is not known whether Bo Öberg is there: the calendar has been unreadable since 10:00."
        " The phone is not referred."
    )
    assert (row.warning, row.coming_told("sv")) == (None, "Senast känt: borta från 14.00, sammanträde.")


def test_of_who_is_away_the_warning_stands_beside_the_sentence(town: Town) -> None:
    """When they are back is promised by what was known then."""
    town.books("4711", "09:00", "12:00")
    town.cycle(unreadable=[town.id_of("4711")])
    row = town.row("4711", "10:01")
    assert row.sentence("sv") == "Åter 13.00, sammanträde."
    assert in_language(row.warning or "", "sv").startswith("Kalendern gick inte att läsa 2026-11-26 10.00")


def test_where_the_office_hours_are_in_doubt_nobody_is_said_to_be_there(town: Town) -> None:
    """Nothing is wrong with the calendar then, and no time is named."""
    doubtful = replace(town.row("4711"), presence=Presence.UNKNOWN)
    assert doubtful.sentence("sv") == ("Det går inte att säga om Bo Öberg är på plats. Telefonen är inte hänvisad.")


def test_before_the_first_cycle_nothing_is_read(town: Town) -> None:
    """The page says so, and does not warn of what has yet to begin."""
    found = sorsele(town, "10:00")
    assert (found.read_at, found.told) == (None, "The calendars have not all been read yet.")
