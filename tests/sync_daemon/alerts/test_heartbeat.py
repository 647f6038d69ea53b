"""The sign of life: when it is due, and what a monitor hears."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync_daemon import log
from sync_daemon.alerts import monitor as asking
from sync_daemon.alerts.heartbeat import Heartbeat
from sync_daemon.alerts.monitor import send
from sync_daemon.alerts.rounds import Round, after
from sync_daemon.settings import AlertsSettings
from tests.mail_server import certificates
from tests.monitor import Monitor, monitor
from tests.service.test_run import until

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUARTER = 900.0


@pytest.fixture
def hears() -> Iterator[Monitor]:
    """A monitor."""
    with monitor() as found:
        yield found


def _settings(address: str, **more: object) -> AlertsSettings:
    return AlertsSettings.model_validate({"heartbeat": address}).model_copy(update=more)


def test_a_round_ends_well_as_soon_as_each_tenant_has_had_a_whole_cycle() -> None:
    """The next begins there; a tenant that is quicker than the others makes no round shorter."""
    current = Round(0.0, {"sorsele": 4, "malå": 7})
    current, well = after(current, {"sorsele": 6, "malå": 7}, 300.0, QUARTER)
    assert well is None
    current, well = after(current, {"sorsele": 6, "malå": 8}, 310.0, QUARTER)
    assert (current, well) == (Round(310.0, {"sorsele": 6, "malå": 8}), True)


def test_a_round_in_which_a_tenant_has_no_whole_cycle_fails_as_status_does() -> None:
    """After as long as it takes `hanvisa status`; and again each time."""
    current, beats = Round(0.0, {}), []
    for second in range(0, 2000, 10):
        current, well = after(current, {"sorsele": second // 300, "malå": 0}, float(second), QUARTER)
        beats += [] if well is None else [(second, well)]
    assert beats == [(900, False), (1800, False)]


def test_who_stands_by_beats_for_nobody() -> None:
    """The other process does; taking over begins a round."""
    current, well = after(Round(0.0, {"sorsele": 4}), {}, 5000.0, QUARTER)
    assert (current, well) == (Round(5000.0, {}), None)


def test_the_address_is_asked_for_as_it_is_and_with_fail_where_something_is_wrong(hears: Monitor) -> None:
    """Healthchecks.io's way; what stands behind a question mark stays there."""
    assert send(_settings(f"{hears.address}/uuid?create=1"), well=True) == ""
    assert send(_settings(f"{hears.address}/uuid?create=1"), well=False) == ""
    assert hears.asked == ["/uuid?create=1", "/uuid/fail?create=1"]


def test_uptime_kuma_is_told_that_it_is_down(hears: Monitor) -> None:
    """It knows no `/fail`, and would take the address for a wrong one."""
    settings = _settings(f"{hears.address}/api/push/token?status=up&msg=OK&ping=")
    send(settings, well=True)
    send(settings, well=False)
    assert hears.asked[0] == "/api/push/token?status=up&msg=OK&ping="
    assert hears.asked[1] == "/api/push/token?status=down&msg=a+tenant+had+no+whole+cycle"


@pytest.mark.parametrize("code", [301, 404, 500])
def test_an_answer_that_is_no_success_is_told(hears: Monitor, code: int) -> None:
    """A redirection too: it is not followed to where the token would be sent in the clear."""
    hears.code = code
    assert send(_settings(f"{hears.address}/uuid"), well=True) == f"it answers with {code}"
    assert hears.asked == ["/uuid"]


def test_a_monitor_that_is_gone_is_told_without_its_token(hears: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address is as good as a password."""
    assert send(_settings("http://127.0.0.1:9/token"), well=True) == "it cannot be reached"
    monkeypatch.setattr(asking, "SECONDS", (1.0, 0.0001))
    assert "token" not in send(_settings(f"{hears.address}/token"), well=True)


def test_a_certificate_that_nobody_trusts_is_refused() -> None:
    """Unless the configuration names who signed it."""
    with monitor(certificates()) as hears:
        assert "certificate" in send(_settings(f"{hears.address}/uuid"), well=True)
        assert send(_settings(f"{hears.address}/uuid", ca_file=certificates()[0]), well=True) == ""


def test_a_monitor_that_fails_holds_up_nobody_and_is_logged_when_it_begins_and_is_over(
    hears: Monitor, tmp_path: Path
) -> None:
    """Asking for a beat gives back at once; the thread goes on."""
    log.configure(tmp_path / "hanvisa.log", "info", 90, terminal=False, strict=True)

    def logged() -> list[str]:
        return [json.loads(line)["event"] for line in (tmp_path / "hanvisa.log").read_text().splitlines()]

    beats, settings = Heartbeat(), _settings(f"{hears.address}/uuid")
    beats.start()
    hears.code = 500
    beats.beat(settings, NOON, well=True)
    until(lambda: logged() == ["heartbeat_failed"], "the trouble")
    hears.code = 200
    beats.beat(settings, NOON, well=True)
    until(lambda: logged() == ["heartbeat_failed", "trouble_over"], "its end")
    beats.beat(_settings(f"{hears.address}/x").model_copy(update={"heartbeat": None}), NOON, well=True)
    beats.stop()
    assert hears.asked == ["/uuid", "/uuid"]
