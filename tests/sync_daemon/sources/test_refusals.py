"""What is remembered of a refused secret, and for how long, whatever the clock does."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from sync_daemon.sources.refusals import NOTHING_REFUSED, REFUSED_FOR, Refusals, secret_in

NOON = 1_795_000_000.0


class _Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def _clock() -> _Clock:
    return _Clock()


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "hanvisa.db.refused"


def test_a_refusal_counts_for_an_hour_in_every_process(file: Path, clock: _Clock) -> None:
    """To the second; another secret is another matter."""
    Refusals(file, clock=clock).refuse("secret")
    other = Refusals(file, clock=clock)
    assert other.refused_at("secret") == NOON
    assert other.refused_at("another") is None
    clock.now += REFUSED_FOR - 1
    assert other.refused_at("secret") == NOON
    clock.now += 1
    assert other.refused_at("secret") is None


@pytest.mark.parametrize("jump", [-400 * 86_400, -3600, -90])
def test_a_refusal_of_the_future_counts_for_nothing(file: Path, clock: _Clock, jump: float) -> None:
    """The clock was ahead; the secret is tried once, and not at each command from then on."""
    refusals = Refusals(file, clock=clock)
    refusals.refuse("secret")
    clock.now += jump
    assert refusals.refused_at("secret") is None
    refusals.refuse("secret")
    assert refusals.refused_at("secret") == clock.now
    clock.now += 60
    assert Refusals(file, clock=clock).refused_at("secret") == NOON + jump


def test_a_clock_that_is_set_back_a_little_forgets_nothing(file: Path, clock: _Clock) -> None:
    """As clocks are put right."""
    Refusals(file, clock=clock).refuse("secret")
    clock.now -= 2
    assert Refusals(file, clock=clock).refused_at("secret") is not None


def test_who_was_let_in_may_come_again(file: Path, clock: _Clock) -> None:
    """In every process, also in one that was refused itself."""
    refused, let_in = Refusals(file, clock=clock), Refusals(file, try_again=True, clock=clock)
    refused.refuse("secret")
    clock.now += 60
    assert not refused.let_in_within("secret", 60)
    let_in.let_in("secret")
    assert refused.refused_at("secret") is None
    assert refused.let_in_within("secret", 60)
    clock.now += 61
    assert not refused.let_in_within("secret", 60)


def test_trying_again_forgets_what_was_before(file: Path, clock: _Clock) -> None:
    """And no refusal that comes then."""
    Refusals(file, clock=clock).refuse("secret")
    clock.now += 1
    again = Refusals(file, try_again=True, clock=clock)
    assert again.refused_at("secret") is None
    again.refuse("secret")
    assert again.refused_at("secret") == NOON + 1


def test_who_was_never_refused_leaves_no_file(file: Path, clock: _Clock) -> None:
    """Being let in is nothing to remember."""
    Refusals(file, clock=clock).let_in("secret")
    assert not file.exists()
    NOTHING_REFUSED.refuse("secret")
    assert NOTHING_REFUSED.refused_at("secret") is None


def test_what_is_over_is_not_kept(file: Path, clock: _Clock) -> None:
    """The file does not grow for years."""
    refusals = Refusals(file, clock=clock)
    for number in range(50):
        refusals.refuse(f"secret {number}")
        clock.now += REFUSED_FOR
    assert file.stat().st_size < 100


def test_two_names_of_a_store_have_one_memory(tmp_path: Path) -> None:
    """A link to it is the same store."""
    (tmp_path / "link.db").symlink_to(tmp_path / "hanvisa.db")
    Refusals.beside(tmp_path / "link.db").refuse("secret")
    assert Refusals.beside(tmp_path / "hanvisa.db").refused_at("secret") is not None


def test_a_secret_is_known_by_its_file(tmp_path: Path) -> None:
    """Another content, another account, or none, is another secret; looking at it changes nothing."""
    file = tmp_path / "secret"
    assert secret_in(file, "svc") is None
    file.write_text("old", encoding="utf-8")
    known = secret_in(file, "svc")
    assert known == secret_in(file, "svc")
    assert known != secret_in(file, "other")
    file.write_text("another", encoding="utf-8")
    assert known != secret_in(file, "svc")


def test_of_two_secrets_that_are_refused_at_once_neither_is_lost(file: Path, clock: _Clock) -> None:
    """Two tenants, each with a wrong password, as the service starts."""
    other = threading.Thread(target=Refusals(file, clock=clock).refuse, args=("other",))

    def meanwhile() -> float:
        other.start()
        other.join(0.2)
        return clock()

    Refusals(file, clock=meanwhile).refuse("secret")
    other.join()
    after = Refusals(file, clock=clock)
    assert after.refused_at("secret") == after.refused_at("other") == NOON
