"""The table `[board]`: what of it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_daemon.settings import SettingsError, load
from tests.configuration import STORE, tenant_table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("reach", ['listen = "0.0.0.0:8471"', 'trusted_proxies = ["127.0.0.1"]'])
def test_where_nobody_signs_in_the_board_is_for_this_machine_alone(tmp_path: Path, reach: str) -> None:
    """By a proxy others reach it as well as by another address: they would all see and change everything."""
    path = tmp_path / "hanvisa.toml"
    path.write_text(f"{STORE}[board]\nsign_in = false\n{reach}\n{tenant_table()}", encoding="utf-8")
    with pytest.raises(SettingsError, match="would see and change everything"):
        load(path, {})
