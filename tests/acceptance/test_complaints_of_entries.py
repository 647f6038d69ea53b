"""Complaints that an entry answers: a slip, an invitation, a holiday, a pause, an alternative, a private meeting."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from tests.acceptance.municipality import Municipality, Result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BY_A_COLLEAGUE = "ORGANIZER:mailto:chef@sorsele.se"


@pytest.fixture(autouse=True)
def _seven() -> Iterator[None]:
    """The machine's clock stands still on Tuesday 24 November at seven in Sorsele."""
    with freeze_time(datetime(2026, 11, 24, 6, tzinfo=UTC)):
        yield


def _answered(partstat: str) -> tuple[str, str]:
    return BY_A_COLLEAGUE, f"ATTENDEE;PARTSTAT={partstat}:mailto:anna@sorsele.se"


def _explain(town: Municipality, at: str, lang: str = "sv", extension: str = "4711") -> str:
    """What `explain` prints, a line a sentence."""
    moment = at if "T" in at else f"2026-11-24T{at}"
    return town.hanvisa("explain", extension, "--at", moment, "--lang", lang).out


def _json(town: Municipality, at: str) -> Result:
    return town.hanvisa("explain", "4711", "--at", f"2026-11-24T{at}", "--json")


def _lines(out: str) -> list[str]:
    return [line.strip() for line in out.splitlines()]


# Row 2: a slip in the code


def test_a_near_miss_is_told_with_its_time_and_what_was_expected(town: Municipality) -> None:
    """And with no word of its subject; it is no entry, so the day has nothing else."""
    town.anna.books("SAM hemligt", "10:00", "11:00")
    town.anna.books("TÄJ; hemligt", "13:00", "14:00")
    town.anna.books("TJÄ- hemligt", "2026-11-25T09:00", "2026-11-25T10:00")
    town.once("07:00")
    swedish, english = _explain(town, "10:30"), _explain(town, "10:30", "en")
    assert "10.00–11.00: ser ut som SAM:, men kolon saknas" in _lines(swedish)
    assert "13.00–14.00: ser ut som TJÄ;, men två bokstäver har bytt plats" in _lines(swedish)
    assert "10:00–11:00: looks like SAM:, but the colon is missing" in _lines(english)
    assert "13:00–14:00: looks like TJÄ;, but two letters are swapped" in _lines(english)
    assert "Ingen bokning med kommando den dagen." not in swedish
    assert "onsdag" not in swedish
    next_day = _explain(town, "2026-11-25T09:30")
    assert "09.00–10.00: ser ut som TJÄ:, men ett annat tecken står i stället för kolon" in _lines(next_day)
    assert "hemligt" not in swedish + english + next_day


def test_the_near_misses_are_listed_for_programs(town: Municipality) -> None:
    """Beside the entries, which are as they were."""
    town.anna.books("SAM hemligt", "10:00", "11:00", *_answered("ACCEPTED"))
    town.once("07:00")
    result = _json(town, "10:30")
    assert result.json["entries"] == []
    assert result.json["near_misses"] == [
        {
            "from": "2026-11-24T09:00:00Z",
            "until": "2026-11-24T10:00:00Z",
            "expected": "SAM:",
            "kind": "sign-missing",
            "response": "accepted",
        }
    ]
    assert "hemligt" not in result.out


def test_a_near_miss_that_would_not_count_either_says_so(town: Municipality) -> None:
    """It is not the slip that left the phone open."""
    town.anna.books("SAM hemligt", "10:00", "11:00", "STATUS:CANCELLED")
    town.once("07:00")
    assert "10.00–11.00: ser ut som SAM:, men kolon saknas (inställd)" in _lines(_explain(town, "10:30"))


def test_a_near_miss_of_a_day_that_is_over_is_told(town: Municipality) -> None:
    """The complaint comes afterwards; the calendar still has it."""
    town.anna.books("SAM hemligt", "2026-11-19T10:00", "2026-11-19T11:00")
    town.once("2026-11-19T08:00")
    told = _lines(_explain(town, "2026-11-19T10:30"))
    assert "10.00–11.00: ser ut som SAM:, men kolon saknas" in told


def test_of_a_day_that_is_over_what_did_not_count_is_unknown_where_the_calendar_cannot_be_read(
    town: Municipality,
) -> None:
    """There may have been a near miss: that is said, with what to do, in the language that is asked for."""
    town.anna.books("SAM:", "2026-11-19T09:00", "2026-11-19T10:00")
    town.once("2026-11-19T08:00")
    town.anna.path.unlink()
    result = town.hanvisa("explain", "4711", "--at", "2026-11-19T09:30", "--lang", "sv")
    assert result.code == 1
    assert "Kalendern kan inte läsas: lägg kalendern som anna@sorsele.se.ics i " in result.out
    assert "09.00–10.00  SAM:  gäller" in result.out


def test_of_who_has_left_the_calendar_is_not_asked(town: Municipality) -> None:
    """What to do about a file that is not there would be no help."""
    town.anna.books("SAM:", "2026-11-19T09:00", "2026-11-19T10:00")
    town.once("2026-11-19T08:00")
    town.moves_out("anna")
    town.anna.path.unlink()
    town.once("2026-11-20T08:00")
    result = town.hanvisa("explain", "4711", "--at", "2026-11-19T09:30", "--lang", "sv")
    assert result.code == 0
    assert "09.00–10.00  SAM:  gäller" in result.out
    assert "kan inte läsas" not in result.out


# Row 3: what was answered


@pytest.mark.parametrize(
    ("partstat", "response", "swedish", "english"),
    [
        ("NEEDS-ACTION", "unanswered", "inte accepterad: inte besvarad", "not accepted: not answered"),
        ("DECLINED", "declined", "inte accepterad: avböjd", "not accepted: declined"),
        ("TENTATIVE", "tentative", "inte accepterad: preliminärt accepterad", "not accepted: accepted tentatively"),
    ],
)
def test_unanswered_declined_and_tentative_are_told_apart(
    town: Municipality, partstat: str, response: str, swedish: str, english: str
) -> None:
    """The verdict is the same for all three; the answer is not."""
    town.anna.books("SAM: hemligt", "10:00", "11:00", *_answered(partstat))
    town.once("07:00")
    [entry] = _json(town, "10:30").json["entries"]
    assert (entry["verdict"], entry["response"]) == ("not-accepted", response)
    assert f"10.00–11.00  SAM:  {swedish}" in _lines(_explain(town, "10:30"))
    assert f"10:00–11:00  SAM:  {english}" in _lines(_explain(town, "10:30", "en"))


# Row 4: a colleague's invitation


def test_a_colleagues_invitation_says_so_and_why_its_number_is_not_followed(town: Municipality) -> None:
    """Only what somebody books themselves is their word on who takes their calls."""
    town.anna.books("SAM: hemligt >4712", "10:00", "11:00", *_answered("ACCEPTED"))
    town.once("07:00")
    swedish, english = _lines(_explain(town, "10:30")), _lines(_explain(town, "10:30", "en"))
    assert "en annan person har bokat den, och den är accepterad" in swedish
    assert "den andras alternativ >4712 följs inte: bara det i en egen bokning gör det" in swedish
    assert "frånvaron har inget alternativ" in swedish
    assert "another person booked it, and it is accepted" in english
    assert "their alternative >4712 is not followed: only that of an entry of one's own is" in english
    assert _json(town, "10:30").json["entries"][0]["response"] == "accepted"


def test_the_directorys_alternative_is_named_beside_a_colleagues(tmp_path: Path) -> None:
    """It is what the absence has."""
    town = Municipality(tmp_path)
    town.lists("anna", "anna@sorsele.se,Anna,4711,,4712")
    town.anna.books("SAM: >4712", "10:00", "11:00", *_answered("ACCEPTED"))
    town.once("07:00")
    assert "frånvaron har katalogens alternativ 4712" in _lines(_explain(town, "10:30"))


def test_the_directorys_alternative_is_named_on_each_day_of_an_absence(tmp_path: Path) -> None:
    """Once a day: the entry of the first day is not shown on the second."""
    town = Municipality(tmp_path)
    town.lists("anna", "anna@sorsele.se,Anna,4711,,>4712")
    for day in (24, 25):
        town.anna.books("TJÄ:", f"2026-11-{day}", f"2026-11-{day + 1}")
    town.anna.books("SAM:", "2026-11-25T10:00", "2026-11-25T11:00")
    town.once("07:00")
    told = _lines(_explain(town, "2026-11-25T10:30"))
    assert told.count("frånvaron har katalogens alternativ >4712") == 1


def test_an_entry_that_counts_though_unanswered_says_why(tmp_path: Path) -> None:
    """Where `count_tentative` is on."""
    town = Municipality(tmp_path, "[tenants.rules]\ncount_tentative = true\n")
    town.anna.books("SAM:", "10:00", "11:00", *_answered("TENTATIVE"))
    town.once("07:00")
    told = _lines(_explain(town, "10:30"))
    assert "en annan person har bokat den; preliminärt accepterad, och gäller ändå (`count_tentative`)" in told


def test_an_own_entry_needs_no_word_on_who_booked_it(town: Municipality) -> None:
    """Most are."""
    town.anna.books("SAM:", "10:00", "11:00")
    town.once("07:00")
    assert "annan person" not in _explain(town, "10:30")


# Rows 6 and 14: what lasts over days that nobody works


def test_on_the_saturday_the_entry_of_the_friday_is_shown(town: Municipality) -> None:
    """It lasts until Monday, and the strip says that nobody is there."""
    town.anna.books("TJÄ:", "2026-11-27", "2026-11-28")
    town.once("2026-11-27T07:00")
    swedish, english = _explain(town, "2026-11-28T10:00"), _explain(town, "2026-11-28T10:00", "en")
    assert "Ingen kontorstid den dagen: en lördag." in _lines(swedish)
    assert "varar över natten till måndag 08.00" in swedish
    assert "heldag fredag 27 november  TJÄ:  gäller" in swedish
    assert "No office hours that day: a Saturday." in _lines(english)
    assert "lasts through the night until Monday 08:00" in english
    [rests] = [line for line in _lines(swedish) if line.startswith("lunch, stängt")]
    assert rests.endswith("·" * 40)


def test_a_holiday_is_named(town: Municipality) -> None:
    """In the language that is asked for: on the day itself, and where the rest of the day before goes over it."""
    town.anna.books("TJÄ:", "2027-01-05", "2027-01-06")
    town.once("2027-01-05T07:00")
    swedish, english = _explain(town, "2027-01-06T10:00"), _explain(town, "2027-01-06T10:00", "en")
    assert "Ingen kontorstid den dagen: Trettondedag jul." in _lines(swedish)
    assert "varar över natten till torsdag 08.00 (Trettondedag jul)" in swedish
    assert "No office hours that day: Epiphany." in _lines(english)
    assert "lasts through the night until Thursday 08:00 (Epiphany)" in english


def test_a_day_closed_by_special_hours_says_so(tmp_path: Path) -> None:
    """It is no holiday, and the holiday's name would not be why."""
    town = Municipality(tmp_path, "[tenants.rules.special_hours]\n2026-11-25 = false\n2026-12-25 = false\n")
    town.once("07:00")
    for day in ("2026-11-25", "2026-12-25"):
        assert "Ingen kontorstid den dagen: så står det i `special_hours`." in _lines(_explain(town, f"{day}T10:00"))


def test_a_working_day_says_nothing_of_its_hours(town: Municipality) -> None:
    """There is nothing to explain."""
    town.once("07:00")
    assert "Ingen kontorstid" not in _explain(town, "10:00")


def test_an_all_day_entry_is_told_by_its_days(town: Municipality) -> None:
    """As Outlook shows it: one day, several, and also where it does not count."""
    town.anna.books("TJÄ:", "2026-11-24", "2026-11-25")
    town.anna.books("SAM:", "2026-11-23", "2026-11-26", "STATUS:CANCELLED")
    town.anna.books("SAM Kurs", "2026-11-24", "2026-11-26")
    town.once("07:00")
    swedish, english = _lines(_explain(town, "10:00")), _lines(_explain(town, "10:00", "en"))
    assert "heldag måndag 23 november – onsdag 25 november  SAM:  inställd" in swedish
    assert "heldag tisdag 24 november – onsdag 25 november: ser ut som SAM:, men kolon saknas" in swedish
    assert [line for line in swedish if line.startswith("heldag  TJÄ:  gäller, varar över natten till onsdag 08.00")]
    assert "all day Monday 23 November – Wednesday 25 November  SAM:  cancelled" in english


# Rows 9 and 10: the pause between two meetings


def test_two_that_did_not_join_say_how_long_the_pause_is(town: Municipality) -> None:
    """And which key says how long it may be."""
    town.anna.books("SAM:", "09:00", "10:00")
    town.anna.books("SAM:", "10:16", "11:00")
    town.once("07:00")
    assert "efter 09.00–10.00: 16 minuter emellan, mer än de 15 som `gap` medger: inte samma frånvaro" in _lines(
        _explain(town, "10:10")
    )
    assert "after 09:00–10:00: 16 minutes between, more than the 15 of `gap`: not one absence" in _lines(
        _explain(town, "10:10", "en")
    )


def test_two_that_joined_say_so(town: Municipality) -> None:
    """The phone stayed closed in the pause."""
    town.anna.books("SAM:", "09:00", "10:00")
    town.anna.books("SAM:", "10:10", "11:00")
    town.once("07:00")
    told = _lines(_explain(town, "10:05", "en"))
    assert "after 09:00–10:00: 10 minutes between, no more than the 15 of `gap`: one absence" in told


@pytest.mark.parametrize(("start", "said"), [("10:16", "16 minutes between, more than"), ("10:10", "10 minutes")])
def test_of_the_past_too(town: Municipality, start: str, said: str) -> None:
    """From what the store remembers: the calendar no longer has either."""
    uids = [
        town.anna.books("SAM:", f"2026-11-19T{begins}", f"2026-11-19T{ends}")
        for begins, ends in (("09:00", "10:00"), (start, "11:00"))
    ]
    town.once("2026-11-19T08:00")
    for uid in uids:
        town.anna.deletes(uid)
    town.once("2026-11-20T08:00")
    assert said in _explain(town, "2026-11-19T10:05", "en")


@pytest.mark.parametrize("asked_at", ["2026-11-24T09:50:00Z", "2026-11-24T13:00:00Z"])
def test_a_meeting_booked_when_the_one_before_was_over_is_no_part_of_it(town: Municipality, asked_at: str) -> None:
    """The rules would make one of them; the phone was open meanwhile, and that is not rewritten."""
    town.anna.books("SAM:", "09:00", "10:00")
    town.hanvisa("once")
    town.anna.books("SAM:", "10:12", "11:00")
    with freeze_time("2026-11-24T09:20:00Z"):
        before, _ = _explain(town, "10:30", "en"), town.hanvisa("once")
    with freeze_time(asked_at):
        after = _explain(town, "10:30", "en")
    for told in map(_lines, (before, after)):
        assert [line for line in told if line.startswith("09:00–10:00") and line.endswith("part of 09:00–10:05")]
        assert [line for line in told if line.startswith("10:12–11:00") and line.endswith("part of 10:20–11:05")]
        assert "after 09:00–10:00: its referral had ended when this entry was first read: not one absence" in told


def test_a_pause_after_lunch_begins_when_lunch_ends(town: Municipality) -> None:
    """So it is not the time between the two meetings that is told."""
    town.anna.books("SAM:", "10:00", "12:00")
    town.anna.books("SAM:", "13:10", "14:00")
    town.once("07:00")
    told = _lines(_explain(town, "12:30", "en"))
    assert "after 10:00–12:00 (until 13:00): 10 minutes between, no more than the 15 of `gap`: one absence" in told


def test_a_pause_of_hours_is_not_told(town: Municipality) -> None:
    """Nobody asks why the morning's meeting is not the afternoon's."""
    town.anna.books("SAM:", "09:00", "10:00")
    town.anna.books("SAM:", "14:00", "15:00")
    town.once("07:00")
    assert "emellan" not in _explain(town, "10:05")


def test_the_larger_of_gap_and_margin_is_named(tmp_path: Path) -> None:
    """It is the one to change."""
    town = Municipality(tmp_path, "[tenants.rules]\ngap = 5\nmargin = 20\n")
    town.anna.books("SAM:", "09:00", "10:00")
    town.anna.books("SAM:", "10:21", "11:00")
    town.once("07:00")
    assert "21 minutes between, more than the 20 of `margin`" in _explain(town, "10:10", "en")


def test_after_an_opening_the_next_meeting_is_another_absence(town: Municipality) -> None:
    """However near it is."""
    town.anna.books("SAM:", "09:00", "10:00")
    town.anna.books("SAM:", "10:05", "11:00")
    town.once("07:00")
    with freeze_time(datetime(2026, 11, 24, 8, 30, tzinfo=UTC)):
        town.hanvisa("open", "4711")
        assert "after 09:00–10:00: the phone was opened between: not one absence" in _lines(
            _explain(town, "10:10", "en")
        )


def test_a_mondays_first_meeting_is_not_the_weekends_absence(town: Municipality) -> None:
    """A night takes in nothing at its end."""
    town.anna.books("TJÄ:", "2026-11-27", "2026-11-28")
    town.anna.books("SAM:", "2026-11-30T08:00", "2026-11-30T09:00")
    town.once("07:00")
    told = _lines(_explain(town, "2026-11-30T08:30"))
    assert [line for line in told if line.startswith("börjar när natten efter heldag fredag 27 november slutar")]


# Row 11: the wrong alternative


def test_whose_alternative_holds_is_told_by_the_entrys_times(town: Municipality) -> None:
    """The first that is named, and of the other that another came first."""
    town.anna.books("SAM: @4712", "09:00", "10:00")
    town.anna.books("SAM: >4712", "09:05", "10:00")
    town.once("07:00")
    told = _lines(_explain(town, "09:30", "en"))
    assert "its alternative @4712 is followed" in told


def test_an_alternative_of_a_later_entry_is_not_followed(tmp_path: Path) -> None:
    """An hour's alternative does not take the day; whose holds is told."""
    town = Municipality(tmp_path)
    town.moves_in("cecilia", "4713")
    town.anna.books("TJÄ: >4712", "08:00", "17:00")
    town.anna.books("SAM: >4713", "08:05", "08:10")
    town.anna.books("SAM: >4713", "10:00", "11:00")
    town.once("07:00")
    told = _lines(_explain(town, "10:30", "en"))
    assert "its alternative >4712 is followed" in told
    assert "its alternative >4713 is not followed: an earlier entry names one" in told
    assert "its alternative >4713 is not followed: the entry begins more than 15 minutes into the absence" in told
    assert "the absence has the alternative >4712, which 08:00–17:00 names" in told


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (">4711", "it is the person's own number"),
        (">4799", "the number is no extension of the directory and none of `internal_numbers`;"),
        (">112", "service numbers are never used"),
        (">0900-123 45 67", "as a whole it is no fixed, mobile, 010 or 020 number of `country` or `countries`"),
        (">4712-13", "what follows it does not show where the number ends"),
        ("@ Stadshuset", "no number stands behind the sign"),
    ],
)
def test_a_refused_alternative_says_why_and_no_digit_of_it(town: Municipality, written: str, why: str) -> None:
    """Of a subject nothing leaves but what holds."""
    town.anna.books(f"SAM: hemligt {written}", "10:00", "11:00")
    town.once("07:00")
    out = _explain(town, "10:30", "en")
    [told] = [line for line in _lines(out) if line.startswith("its alternative is not followed: ")]
    assert why in told
    assert "the absence has no alternative" in _lines(out)
    for digits in ("4799", "112", "0900", "123", "45 67", "4712", "hemligt", "Stadshuset"):
        assert digits not in out


def test_a_refused_alternative_of_a_day_that_is_over_is_told(town: Municipality) -> None:
    """The calendar still says what it said; once the entry is another one, the store alone is asked."""
    uid = town.anna.books("SAM: >4799", "2026-11-19T10:00", "2026-11-19T11:00")
    town.once("2026-11-19T08:00")
    assert "its alternative is not followed" in _explain(town, "2026-11-19T10:30", "en")
    town.anna.books("SAM: >4799", "2026-11-19T14:00", "2026-11-19T15:00", uid=uid)
    assert "its alternative is not followed" not in _explain(town, "2026-11-19T10:30", "en")


# Row 17: private, and counts


def test_a_private_entry_that_counts_says_that_it_is_private(town: Municipality) -> None:
    """Whoever made it private thought that it would not show."""
    town.anna.books("SAM: hemligt", "10:00", "11:00", "CLASS:PRIVATE")
    town.once("07:00")
    assert "privat, och gäller som andra (`count_private`)" in _lines(_explain(town, "10:30"))
    assert "private, and counts like any other (`count_private`)" in _lines(_explain(town, "10:30", "en"))
    assert _json(town, "10:30").json["entries"][0]["private"] is True


def test_a_private_entry_that_does_not_count_names_the_key(tmp_path: Path) -> None:
    """Where `count_private` is off."""
    town = Municipality(tmp_path, "[tenants.rules]\ncount_private = false\n")
    town.anna.books("SAM:", "10:00", "11:00", "CLASS:PRIVATE")
    town.once("07:00")
    assert "privata bokningar gäller inte här (`count_private = false`)" in _lines(_explain(town, "10:30"))


# Row 20: no time of return


def test_why_no_time_of_return_is_promised_is_told(town: Municipality) -> None:
    """The absence lasts beyond what is looked ahead, whatever its end says."""
    town.anna.books("TJÄ:", "2026-11-24", "2026-12-19")
    town.once("07:00")
    swedish, english = _lines(_explain(town, "10:30")), _lines(_explain(town, "10:30", "en"))
    assert "Ingen tid för återkomst, tjänsteärende." in swedish
    assert (
        "Ingen tid lovas: ingen av de 14 dagar som överblickas (`horizon_days`) har en kontorstid då telefonen är"
        " öppen; den här hänvisningen varar till måndag 21 december 08.00." in swedish
    )
    assert "No time of return, away on duty." in english
    assert (
        "No time is promised: none of the 14 days that are looked ahead (`horizon_days`) has an office hour with the"
        " phone open; this referral lasts until Monday 21 December 08:00." in english
    )


def test_where_a_time_is_promised_nothing_more_is_said_of_it(town: Municipality) -> None:
    """It stands in the sentence."""
    town.anna.books("SAM:", "10:00", "11:00")
    town.once("07:00")
    assert "Ingen tid" not in _explain(town, "10:30")


# The times themselves


def test_a_swedish_answer_is_swedish_and_an_english_one_english(town: Municipality) -> None:
    """Times with full stops or with colons, never both; the calendar is a word of the language."""
    town.anna.books("TJÄ:", "2026-11-23", "2026-11-28")
    town.anna.books("SAM:", "10:00", "11:00")
    town.anna.books("SAM Budget", "13:00", "14:00")
    town.once("07:00")
    swedish = _explain(town, "10:30")
    assert "Satt av kalendern." in _lines(swedish)
    assert "calendar" not in swedish
    assert ":0" not in swedish
    assert ".0" not in _explain(town, "10:30", "en")
