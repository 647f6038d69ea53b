"""What people are told, in Swedish and English."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from rules.command import Alternative, Mode, Phone
from rules.entry import Verdict
from rules.plan import Action, Cause, Change
from rules.policy import MEETING, CommandDefinition
from rules.referral import CALENDAR, Referral
from sync_daemon.answers import wording
from sync_daemon.texts import Language, language_of

STOCKHOLM = ZoneInfo("Europe/Stockholm")
TUESDAY = datetime(2026, 11, 24, 9, 30, tzinfo=STOCKHOLM)
LANGUAGES: tuple[Language, ...] = get_args(Language)
TRY_4711 = Alternative("4711", Mode.INFO)
CONNECT_4711 = Alternative("4711", Mode.CONNECT)


def on(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A local time in the autumn of 2026, told in UTC as the store does."""
    return datetime(2026, month, day, hour, minute, tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize(
    ("back", "alternative", "told"),
    [
        (on(24, 13), TRY_4711, "Åter 13.00, sammanträde. Sök 4711."),
        (on(24, 13), CONNECT_4711, "Åter 13.00, sammanträde. Samtal kopplas till 4711."),
        (on(24, 9, 35), None, "Åter 09.35, sammanträde."),
        (on(25, 8), None, "Åter onsdag 08.00, sammanträde."),
        (on(30, 8), None, "Åter måndag 08.00, sammanträde."),
        (on(1, 8, month=12), None, "Åter tisdag 1 december 08.00, sammanträde."),
        (None, TRY_4711, "Ingen tid för återkomst, sammanträde. Sök 4711."),
    ],
)
def test_what_a_swedish_operator_says(back: datetime | None, alternative: Alternative | None, told: str) -> None:
    """When somebody is back, why they are away, whom to try: today by the clock, in a week by the date."""
    assert wording.sentence("sammanträde", back, alternative, TUESDAY, STOCKHOLM, "sv") == told


@pytest.mark.parametrize(
    ("back", "alternative", "told"),
    [
        (on(24, 13), TRY_4711, "Back at 13:00, in a meeting. Try 4711."),
        (on(24, 13), CONNECT_4711, "Back at 13:00, in a meeting. Calls are connected to 4711."),
        (on(25, 8), None, "Back on Wednesday at 08:00, in a meeting."),
        (on(1, 8, month=12), None, "Back on Tuesday 1 December at 08:00, in a meeting."),
        (None, None, "No time of return, in a meeting."),
    ],
)
def test_what_an_english_operator_says(back: datetime | None, alternative: Alternative | None, told: str) -> None:
    """The same in English."""
    assert wording.sentence("in a meeting", back, alternative, TUESDAY, STOCKHOLM, "en") == told


@pytest.mark.parametrize(
    ("lang", "told"),
    [("sv", "Nås på telefonen, utbildning. Sök 4711."), ("en", "Reachable by phone, utbildning. Try 4711.")],
)
def test_an_open_phone_is_told_of(lang: Language, told: str) -> None:
    """Who is away with the phone open can be reached, whenever they are back."""
    sentence = wording.sentence("utbildning", None, TRY_4711, TUESDAY, STOCKHOLM, lang, phone=Phone.OPEN)
    assert sentence == told


def test_a_referral_without_a_reason() -> None:
    """Where no reason is known, none is told."""
    assert wording.sentence("", on(24, 13), None, TUESDAY, STOCKHOLM, "sv") == "Åter 13.00."


def test_today_is_today_where_the_tenant_is() -> None:
    """Just after midnight local time it is still yesterday in UTC; the same day is told by the clock."""
    now, back = on(25, 0, 30), on(25, 8)
    assert wording.sentence("x", back, None, now, STOCKHOLM, "sv") == "Åter 08.00, x."
    assert wording.sentence("x", back, None, now, UTC, "sv") == "Åter onsdag 07.00, x."


def test_nobody_away() -> None:
    """Who is there is told of as well."""
    assert wording.not_referred("sv") == "Inte hänvisad, telefonen är öppen."
    assert wording.not_referred("en") == "Not referred, the phone is open."


@pytest.mark.parametrize(
    ("number", "country", "told"),
    [
        ("4711", "SE", "4711"),
        ("+46701234567", "SE", "070-123 45 67"),
        ("+46701234567", "NO", "+46 70 123 45 67"),
        ("+4722123456", "NO", "22 12 34 56"),
        ("+4722123456", "SE", "+47 22 12 34 56"),
        ("+", "SE", "+"),
    ],
)
def test_a_number_is_written_as_at_home(number: str, country: str, told: str) -> None:
    """The tenant's own country's numbers are told in national format, others as from abroad, internal ones as is."""
    assert wording.telephone_number(number, country) == told


def test_the_operator_is_told_an_external_number_in_national_format() -> None:
    """A sentence has the number as people dial it."""
    mobile = Alternative("+46701234567", Mode.INFO)
    told = wording.sentence("x", on(24, 13), mobile, TUESDAY, STOCKHOLM, "sv", country="SE")
    assert told == "Åter 13.00, x. Sök 070-123 45 67."


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_verdict_and_cause_has_words(lang: Language) -> None:
    """No verdict, and no cause, is without words, and no two are told alike."""
    verdicts = [wording.verdict(verdict, lang) for verdict in Verdict]
    causes = [wording.cause(cause, lang) for cause in Cause]
    for words in (verdicts, causes):
        assert all(words)
        assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("environ", "lang"),
    [
        ({"LANG": "sv_SE.UTF-8"}, "sv"),
        ({"LANG": "sv"}, "sv"),
        ({"LANG": "sv.UTF-8"}, "sv"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "sv_FI"}, "sv"),
        ({"LANG": "sv_SE", "LC_MESSAGES": "sv_SE", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "sv_SE", "LC_ALL": ""}, "sv"),
        ({"LANG": "svx_SE"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_the_locales(environ: dict[str, str], lang: str) -> None:
    """LC_ALL goes before LC_MESSAGES before LANG; whatever is not Swedish is English."""
    assert language_of(environ) == lang


def test_a_reason_is_told_in_the_tenants_words() -> None:
    """A reason's text is the command's; in a language that it lacks, the one that it has; without any, its name."""
    course = CommandDefinition("UTB", "course", text={"sv": "utbildning"})
    bare = CommandDefinition("SEM", "holiday")
    assert wording.reason_texts([MEETING, course, bare], "en") == {
        "away": "away",
        "meeting": "in a meeting",
        "course": "utbildning",
        "holiday": "holiday",
    }


MORNING = Referral(CALENDAR, Phone.CLOSED, "meeting", on(24, 9), on(24, 10, 5))


@pytest.mark.parametrize(
    ("before", "after", "cause", "swedish", "english"),
    [
        (
            None,
            replace(MORNING, alternative=TRY_4711),
            Cause.BOOKED,
            "Ny hänvisning 2026-11-24 09.00–10.05, sammanträde, sök 4711: bokad i kalendern.",
            "New referral 2026-11-24 09:00–10:05, in a meeting, try 4711: booked in the calendar.",
        ),
        (
            MORNING,
            replace(MORNING, until=on(26, 8)),
            Cause.MOVED,
            (
                "Ändrad hänvisning 2026-11-24 09.00 – 2026-11-26 08.00, sammanträde (tidigare 2026-11-24 09.00–10.05): "
                "flyttad i kalendern."
            ),
            (
                "Changed referral 2026-11-24 09:00 – 2026-11-26 08:00, in a meeting (before 2026-11-24 09:00–10:05): "
                "moved in the calendar."
            ),
        ),
        (
            replace(MORNING, reason="on-duty-elsewhere"),
            replace(MORNING, phone=Phone.OPEN, alternative=TRY_4711),
            Cause.EDITED,
            (
                "Ändrad hänvisning 2026-11-24 09.00–10.05, sammanträde, telefonen öppen, sök 4711 "
                "(tidigare tjänsteärende, telefonen stängd, inget alternativ): ändrad i kalendern."
            ),
            (
                "Changed referral 2026-11-24 09:00–10:05, in a meeting, phone open, try 4711 "
                "(before away on duty, phone closed, no alternative): edited in the calendar."
            ),
        ),
        (
            replace(MORNING, reason="dentist"),
            None,
            Cause.GONE,
            "Borttagen hänvisning 2026-11-24 09.00–10.05, dentist: borta ur kalendern, eller utan sitt kommando.",
            "Removed referral 2026-11-24 09:00–10:05, dentist: gone from the calendar, or without its command.",
        ),
        (
            MORNING,
            replace(MORNING, until=MORNING.start),
            Cause.OPENED,
            (
                "Ändrad hänvisning 2026-11-24, avslutad 09.00, sammanträde (tidigare 2026-11-24 09.00–10.05): telefonen"
                " öppnad för hand."
            ),
            (
                "Changed referral 2026-11-24, ended at 09:00, in a meeting (before 2026-11-24 09:00–10:05): phone"
                " opened by hand."
            ),
        ),
        (
            MORNING,
            replace(MORNING),
            Cause.EDITED,
            "Ändrad hänvisning 2026-11-24 09.00–10.05, sammanträde: ändrad i kalendern.",
            "Changed referral 2026-11-24 09:00–10:05, in a meeting: edited in the calendar.",
        ),
    ],
)
def test_a_change_is_described(
    before: Referral | None, after: Referral | None, cause: Cause, swedish: str, english: str
) -> None:
    """A change tells what it makes, what was otherwise before, and why."""
    action = Action.CREATE if before is None else Action.REMOVE if after is None else Action.UPDATE
    change = Change(action, before, after, cause)
    assert wording.describe(change, STOCKHOLM, "sv") == swedish
    assert wording.describe(change, STOCKHOLM, "en") == english


@pytest.mark.parametrize(
    ("cause", "swedish", "english"),
    [
        (Cause.CANCELLED, "inställd", "cancelled"),
        (Cause.NOT_ACCEPTED, "inte längre accepterad", "no longer accepted"),
        (Cause.JOINED, "sammanslagen med en annan frånvaro", "joined to another absence"),
        (Cause.OPENED, "telefonen öppnad för hand", "phone opened by hand"),
        (Cause.RULES, "reglerna har ändrats", "the rules have changed"),
        (Cause.PUT_RIGHT, "rättad efter en ändring av annan hand", "put right after another hand's change"),
        (Cause.LEFT_DIRECTORY, "inte längre i katalogen", "no longer in the directory"),
        (Cause.BY_HAND, "satt för hand", "set by hand"),
        (Cause.OPENING_UNDONE, "öppningen återtagen", "opening taken back"),
    ],
)
def test_why_a_referral_changes_is_said_as_the_pages_have_it(cause: Cause, swedish: str, english: str) -> None:
    """The words stand last, in both languages; they are what an operator and an admin look for."""
    change = Change(Action.UPDATE, MORNING, replace(MORNING, until=on(24, 11)), cause)
    assert wording.describe(change, STOCKHOLM, "sv").endswith(f": {swedish}.")
    assert wording.describe(change, STOCKHOLM, "en").endswith(f": {english}.")


def test_a_change_is_described_in_the_tenants_words() -> None:
    """The tenant's own reasons and country are used."""
    referral = replace(MORNING, reason="course", alternative=Alternative("+4722123456", Mode.CONNECT))
    change = Change(Action.CREATE, None, referral, Cause.BOOKED)
    told = wording.describe(change, STOCKHOLM, "sv", reasons={"course": "kurs"}, country="NO")
    assert told == "Ny hänvisning 2026-11-24 09.00–10.05, kurs, alternativ >22 12 34 56: bokad i kalendern."
