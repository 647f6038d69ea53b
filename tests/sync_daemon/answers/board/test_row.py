"""One row a person, with the sentence that is read out to the caller."""

from __future__ import annotations

from dataclasses import replace

from rules.command import Phone
from sync_daemon.answers.board.row import Presence
from sync_daemon.texts import in_language
from tests.sync_daemon.answers.board.town import MOBILE, Town, at, connected, told


def test_the_sentence_says_when_why_and_whom_to_try(town: Town) -> None:
    """As in the policy's example, with whose the number is and that this one is there."""
    town.books("4700", "10:00", "13:00", alternative=told("4711"))
    row = town.row("4700", "10:30")
    assert row.sentence("sv") == "Åter 13.00, sammanträde. Sök 4711 (Bo Öberg, på plats)."
    assert row.sentence("en") == "Back at 13:00, in a meeting. Try 4711 (Bo Öberg, there)."


def test_who_has_two_numbers_is_one_row(town: Town) -> None:
    """The mobile number is written as people write it, and said to be one."""
    row = town.row("4700")
    assert [(one.written, one.is_mobile) for one in row.numbers] == [("070-174 06 05", True), ("4700", False)]
    assert row.numbers[0].number == MOBILE
    assert row.mobile_note == "The extension 070-174 06 05 is the mobile number."
    assert town.row("4711").mobile_note is None


def test_who_is_not_referred_is_there(town: Town) -> None:
    """At lunch, and when the office is closed, nobody says that they are there."""
    row = town.row("4711")
    assert row.sentence("sv") == "Inte hänvisad, telefonen är öppen."
    assert (row.is_referred, row.back, row.reason_told("sv")) == (False, None, "")
    clocks = ("07:59", "08:00", "11:59", "12:00", "13:00", "17:00")
    assert [town.row("4711", clock).presence for clock in clocks] == [
        *(Presence.OFF_HOURS, Presence.THERE, Presence.THERE, Presence.LUNCH, Presence.THERE, Presence.OFF_HOURS)
    ]


def test_the_alternative_is_told_with_where_that_one_is(town: Town) -> None:
    """Reachable, at lunch, gone home: each its own words."""
    town.books("4700", "08:00", "18:00", alternative=told("4711"))
    town.books("4711", "10:30", "11:00", phone=Phone.OPEN)
    ends = [town.row("4700", clock).sentence("sv").split("Sök ")[1] for clock in ("10:40", "12:10", "17:30")]
    assert ends == [
        "4711 (Bo Öberg, nås på telefonen).",
        "4711 (Bo Öberg, lunchtid).",
        "4711 (Bo Öberg, utanför kontorstid).",
    ]


def test_nobody_is_told_to_try_who_is_away_too(town: Town) -> None:
    """Who is away, and until when, is told; with no time where none can be promised."""
    town.books("4700", "09:00", "13:00", alternative=told("4711"))
    town.books("4711", "09:00", "10:00")
    row = town.row("4700", "09:30")
    assert row.sentence("sv") == "Åter 13.00, sammanträde. Alternativet 4711 (Bo Öberg) är också borta, åter 10.00."
    assert row.sentence("en") == (
        "Back at 13:00, in a meeting. The alternative 4711 (Bo Öberg) is away too, back at 10:00."
    )
    assert row.alternative is not None
    unpromised = replace(row, alternative=replace(row.alternative, back=None))
    assert unpromised.sentence("sv").endswith("är också borta, ingen tid för återkomst.")
    assert town.row("4700", "10:30").sentence("sv").endswith("Sök 4711 (Bo Öberg, på plats).")


def test_of_who_is_reachable_the_alternative_alone_is_away(town: Town) -> None:
    """The one who is looked for can be called."""
    town.books("4700", "09:00", "12:00", phone=Phone.OPEN, alternative=told("4711"))
    town.books("4711", "09:00", "10:00")
    row = town.row("4700", "09:30")
    assert row.sentence("sv") == ("Nås på telefonen, sammanträde. Alternativet 4711 (Bo Öberg) är borta, åter 10.00.")
    assert row.sentence("en").endswith("The alternative 4711 (Bo Öberg) is away, back at 10:00.")


def test_calls_are_not_connected_to_a_closed_phone(town: Town) -> None:
    """A `connect` whose number is itself away is told (docs/rules.md §6.6), and nobody is sent there."""
    town.books("4700", "09:00", "12:00", alternative=connected("4711"))
    assert town.row("4700", "09:30").sentence("sv").endswith("Samtal kopplas till 4711 (Bo Öberg, på plats).")
    town.books("4711", "10:00", "11:00")
    row = town.row("4700", "10:30")
    assert row.sentence("sv").endswith("Alternativet 4711 (Bo Öberg) är också borta, åter 11.00.")
    assert row.alternative is not None
    assert (row.alternative.connects, row.alternative.closed_until) == (False, at("11:00"))


def test_an_alternative_of_nobodys_has_no_name(town: Town) -> None:
    """An external number, and one of another tenant's, whose people this one's operators need not see."""
    town.books("4700", "09:00", "12:00", alternative=told("+46701234567"))
    town.books("4711", "09:00", "12:00", alternative=told("5001"))
    assert town.row("4700").sentence("sv").endswith("Sök 070-123 45 67.")
    assert town.row("4711").sentence("sv").endswith("Sök 5001.")


def test_what_comes_next_today_is_told(town: Town) -> None:
    """Of who is there, and of who is away and will be again; not of tomorrow."""
    town.books("4711", "13:00", "15:00", "on-duty-elsewhere")
    row = town.row("4711", "10:00")
    assert row.coming_told("sv") == "Borta från 13.00, tjänsteärende."
    town.books("4711", "09:30", "10:30")
    row = town.row("4711", "10:00")
    assert (row.sentence("sv"), row.coming_told("en")) == (
        "Åter 10.30, sammanträde.",
        "Gone again from 13:00, away on duty.",
    )
    assert town.row("4700").coming_told("sv") == ""


def test_why_they_are_back_after_the_referral_ends_is_told_of_lunch(town: Town) -> None:
    """One that is set by hand may end in the lunch hour; where it ends elsewhere there is nothing to explain."""
    town.refers("4711", "09:00", "12:20", "sammanträde")
    row = town.row("4711")
    assert row.sentence("sv") == "Åter 13.00, sammanträde."
    assert in_language(row.lunch_note or "", "sv") == "Hänvisad till 12.20, sedan lunch till 13.00."
    assert row.lunch_note == "Referred until 12:20, then lunch until 13:00."
    town.refers("4700", "09:00", "11:30")
    town.refers("4712", "09:00", "17:00")
    assert (town.row("4700").lunch_note, town.row("4712").lunch_note) == (None, None)
    assert town.row("4711", "12:30").lunch_note is None


def test_a_meeting_after_lunch_is_not_told_as_lunch(town: Town) -> None:
    """What they are back after is that meeting."""
    town.refers("4711", "09:00", "12:20")
    town.books("4711", "12:50", "14:00")
    row = town.row("4711")
    assert (row.back, row.lunch_note) == (at("14:00"), None)


def test_who_set_a_referral_is_told_by_name(town: Town) -> None:
    """The calendar, or whoever did it by hand."""
    town.books("4700", "09:00", "12:00")
    town.refers("4711", "09:00", "12:00", by="Maj Ek")
    calendar, by_hand = town.row("4700").setter, town.row("4711").setter
    assert (in_language(calendar or "", "sv"), by_hand) == ("kalendern", "Maj Ek")


def test_who_has_left_is_shown_while_referred_only(town: Town) -> None:
    """Calls to the number are still answered with that referral."""
    town.refers("4711", "09:00", "12:00")
    town.lines["sorsele"] = tuple(one for one in town.lines["sorsele"] if one.name != "Bo Öberg")
    town.list("sorsele")
    assert town.row("4711", "11:59").has_left
    assert town.roll("12:00").find("4711", ("sorsele",)).total == 0
