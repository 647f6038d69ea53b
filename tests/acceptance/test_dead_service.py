"""A service that was killed: whoever asks is told within a quarter of an hour, by every command alike."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from freezegun import freeze_time

from tests.forked import Forked

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.acceptance.municipality import Municipality

PATIENCE = 120.0
"""Seconds until something must have happened, on a slow machine too."""


def until(happened: Callable[[], bool], what: str) -> None:
    """Returns once it has, at most PATIENCE later."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, f"{what} has not come"


def test_a_service_that_was_killed_is_told_of_within_sixteen_minutes(town: Municipality) -> None:
    """By status with 1, by check as an error, by referrals above what it shows; before that all is well."""
    service = Forked("run", "--config", str(town.folder / "hanvisa.toml"))
    try:
        until(lambda: bool((town.hanvisa("status", "--json").json["tenants"] or [{}])[0].get("next_cycle")), "a cycle")
        alive = town.hanvisa("status", "--json")
    finally:
        service.kill()
        service.wait()
    [tenant] = alive.json["tenants"]
    assert (alive.code, tenant["worked_on_by"]["pid"]) == (0, service.pid)
    assert tenant["worked_on_by"]["version"] == alive.json["installed"]
    read = datetime.fromisoformat(tenant["last_whole_cycle"])
    assert datetime.now(UTC) - read < timedelta(minutes=10)

    with freeze_time(read + timedelta(minutes=14)):
        assert town.hanvisa("status").code == 0
        assert town.hanvisa("check").code == 0
    with freeze_time(read + timedelta(minutes=16)):
        status, check, referrals = (town.hanvisa(command) for command in ("status", "check", "referrals"))
    sentence = ", 16 minutes ago; nobody works on it"
    assert (status.code, sentence in status.out) == (1, True)
    assert (check.code, check.out.startswith("error: sorsele: the calendars were last read")) == (1, True)
    assert sentence in check.out
    assert (referrals.code, sentence in referrals.out.splitlines()[0]) == (0, True)
