"""What befalls a PostgreSQL in the middle of a cycle is told once, is over once, and costs nobody a referral."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests import postgresql
from tests.service.outage_kinds import KINDS, NotHere, restarted


def test_a_server_that_crashes_in_the_middle_of_two_tenants_cycles_is_one_trouble(tmp_path: Path) -> None:
    """As one that builds it afresh has it afterwards; what was told as done is there; commands say what is wrong."""
    server = postgresql.Server()
    server.start()
    try:
        restarted(tmp_path / "scene", server, signal.SIGQUIT)
    finally:
        server.remove()


@pytest.mark.long
@pytest.mark.parametrize("kind", [name for name in KINDS if name != "immediate"])
def test_every_other_outage_is_one_trouble_and_nothing_is_lost(kind: str, tmp_path: Path) -> None:
    """A restart as an admin does it, disks that are full, no connection left, a standby promoted, connections cut."""
    try:
        KINDS[kind](tmp_path / "scene")
    except NotHere as reason:
        pytest.skip(str(reason))
