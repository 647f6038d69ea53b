"""How often a password may be tried, and by whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sync_daemon.board.sign_in.browsers import browser_for, with_account
from sync_daemon.board.sign_in.limits import Limits, network_of

SECRET = b"secret"


class Clock:
    """The time, as a test says it."""

    now = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        """What it shows."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """At nine."""
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> Limits:
    """Nothing has been tried yet."""
    return Limits(clock)


def test_an_account_is_tried_five_times_from_an_address_and_then_once_a_minute(limits: Limits, clock: Clock) -> None:
    """Whoever mistypes waits a minute, and is never locked out."""
    assert [limits.take("eva", "10.0.0.1") for _ in range(6)] == [True] * 5 + [False]
    clock.now += timedelta(seconds=59)
    assert not limits.take("eva", "10.0.0.1")
    clock.now += timedelta(seconds=1)
    assert [limits.take("eva", "10.0.0.1") for _ in range(2)] == [True, False]
    assert limits.take("eva", "10.0.0.2")


def test_ten_thousand_guesses_at_all_accounts_from_an_address_are_thirty(limits: Limits) -> None:
    """Others are not held up by it."""
    assert sum(limits.take(f"account-{number}", "10.0.0.1") for number in range(10_000)) == 30
    assert limits.take("eva", "10.0.0.2")


def test_guesses_from_everywhere_lock_nobody_out_of_a_browser_that_is_known(limits: Limits) -> None:
    """Of all addresses together an account is tried fifty times; the operator's browser has its own attempts."""
    tried = [limits.take("eva", f"10.0.{number // 250}.{number % 250}") for number in range(1000)]
    assert sum(tried) == 50
    assert not limits.take("eva", "192.0.2.1")
    assert limits.take("eva", "192.0.2.1", "browser")
    assert limits.take("eva", "10.0.0.1", "browser")


def test_a_known_browser_is_tried_ten_times(limits: Limits) -> None:
    """Whoever has stolen it does not guess for ever."""
    assert sum(limits.take("eva", "10.0.0.1", "browser") for _ in range(100)) == 10


def test_a_right_password_takes_no_attempt(limits: Limits) -> None:
    """A switchboard signs in from one address each morning."""
    for number in range(100):
        assert limits.take(f"account-{number}", "10.0.0.1")
        limits.give_back(f"account-{number}", "10.0.0.1")


def test_a_clock_that_is_set_back_gives_no_attempts(limits: Limits, clock: Clock) -> None:
    """And takes none for long."""
    assert [limits.take("eva", "10.0.0.1") for _ in range(6)][-1] is False
    clock.now -= timedelta(days=1)
    assert not limits.take("eva", "10.0.0.1")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
    ],
)
def test_an_ipv6_network_is_one_address(one: str, other: str, *, alike: bool) -> None:
    """Whoever has one of them has all of them."""
    assert (network_of(one) == network_of(other)) is alike


def test_a_browsers_cookie_names_only_accounts_that_were_signed_in_to_from_it() -> None:
    """It cannot be made, nor be made to name another."""
    cookie = with_account(SECRET, with_account(SECRET, "", "eva"), "adam")
    name = browser_for(SECRET, cookie, "eva")
    assert name
    assert browser_for(SECRET, cookie, "adam") == name
    assert browser_for(SECRET, cookie, "bo") is None
    assert browser_for(b"another", cookie, "eva") is None
    assert browser_for(SECRET, f"other{cookie}", "eva") is None


def test_a_browsers_cookie_does_not_grow_without_end() -> None:
    """Of many people at one browser the last twenty are known, and of what is no cookie nothing is kept."""
    cookie = '"; Path=/'
    for number in range(50):
        cookie = with_account(SECRET, cookie, f"account-{number}")
    assert browser_for(SECRET, cookie, "account-49")
    assert browser_for(SECRET, cookie, "account-30")
    assert browser_for(SECRET, cookie, "account-29") is None
    assert cookie.replace(".", "").isalnum()
