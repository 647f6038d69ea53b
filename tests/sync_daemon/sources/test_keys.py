"""Keys of entries (docs/rules.md §6.3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_daemon.sources.keys import clean_uid, date_in_uid, key_maker

MAKE_KEY = key_maker(b"secret")
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)

# The example of [MS-OXOCAL], an occurrence of 2008-03-25 that was moved to the 26th:
# https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxocal/3a11139f-52fa-4d2d-9b43-9f3007e38f08
DATED = (
    "040000008200E00074C5B7101A82E00807D803195025D461E473C8010000000000000000100000002A5844B3A444F74A9C246C60886F116B"
)
CLEAN = DATED[:32] + "00000000" + DATED[40:]


def test_a_key_is_32_hexadecimal_digits_and_tells_nothing_of_the_uid() -> None:
    """What leaves the process is a digest of a fixed length."""
    key = MAKE_KEY("anna@sorsele.se", None)
    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")


def test_a_key_is_the_same_in_every_process() -> None:
    """The referrals in the store remember keys, so they must never change."""
    assert MAKE_KEY("uid-1", None) == "9a13a7cc41c88b2429ff58dcb6b268ed"
    assert MAKE_KEY("uid-1", NINE) == "55fb2eb4dc04f0b894f3b610a72294e2"
    assert MAKE_KEY("uid-1", date(2026, 11, 24)) == "7d2760be09be7bf6258b50097811a2e7"


def test_another_secret_makes_another_key() -> None:
    """Nobody can tell whose entry it is by trying UIDs."""
    assert key_maker(b"other")("uid-1", None) != MAKE_KEY("uid-1", None)


def test_an_original_start_is_one_instant_whatever_its_zone() -> None:
    """09:00 UTC and 10:00 in Stockholm are one occurrence."""
    assert MAKE_KEY("u", NINE) == MAKE_KEY("u", NINE.astimezone(timezone(timedelta(hours=1))))


def test_a_date_is_not_its_midnight() -> None:
    """An all-day occurrence is known by its date, a timed one by its instant."""
    assert MAKE_KEY("u", date(2026, 11, 24)) != MAKE_KEY("u", datetime(2026, 11, 24, tzinfo=UTC))


def test_a_naive_original_start_is_refused() -> None:
    """Without a zone nobody knows which occurrence is meant."""
    with pytest.raises(ValueError, match="aware"):
        MAKE_KEY("u", datetime(2026, 11, 24, 9))  # noqa: DTZ001 - that is what is tried


def test_an_outlook_uid_is_the_series_own_whatever_its_date_and_case() -> None:
    """Occurrences that Exchange hands out under a UID of their own belong to their series."""
    assert clean_uid(DATED) == clean_uid(DATED.lower()) == clean_uid(CLEAN) == CLEAN
    assert MAKE_KEY(DATED.lower(), NINE) == MAKE_KEY(CLEAN, NINE)


def test_the_date_in_an_outlook_uid_is_that_of_the_occurrence() -> None:
    """The year is written big-endian; of a series there is none."""
    assert date_in_uid(DATED) == date(2008, 3, 25)
    assert date_in_uid(CLEAN) is None
    assert date_in_uid(DATED[:32] + "00000001" + DATED[40:]) is None
    assert date_in_uid("anna@sorsele.se") is None


@pytest.mark.parametrize("uid", [DATED + "0", DATED + "xy", DATED[:38], "X" + DATED, "anna@sorsele.SE", ""])
def test_any_other_uid_is_taken_as_it_is(uid: str) -> None:
    """What is not hexadecimal throughout, of an odd length, or too short is no Outlook UID."""
    assert clean_uid(uid) == uid


@given(st.tuples(st.text(), st.none() | st.dates() | st.datetimes(timezones=st.just(UTC))), st.text())
def test_two_entries_never_share_a_key(one: tuple[str, date | datetime | None], uid: str) -> None:
    """Where a UID ends and a start begins is never in doubt."""
    other = (uid, None)
    same = clean_uid(one[0]) == clean_uid(uid) and one[1] is None
    assert (MAKE_KEY(*one) == MAKE_KEY(*other)) is same


def test_a_uid_that_ends_like_a_start_is_another_entry() -> None:
    """`u` at 09:00 is not the UID `u:…09:00`."""
    assert MAKE_KEY("u", NINE) != MAKE_KEY(f"u:{NINE.isoformat()}", None)
