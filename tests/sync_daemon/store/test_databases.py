"""Which database a store's address is of."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sync_daemon.errors import UserError
from sync_daemon.store import Store

PROJECT = Path(__file__).parents[3]

USED = """
import sys
import sync_daemon.cli, sync_daemon.service, sync_daemon.board.application
from sync_daemon.store import Store
from sync_daemon.store.locks import tenant_lock
Store.open(sys.argv[1]).close()
Store.opened_later(sys.argv[1]).close()
tenant_lock(sys.argv[1], "sorsele").holder()
print([name for name in sys.modules if name.startswith("psycopg") or name.startswith("sync_daemon.store.postgresql")])
"""


def test_who_has_a_file_loads_nothing_of_postgresql(tmp_path: Path) -> None:
    """Neither the driver nor ours: the packages need not even be there."""
    command = [sys.executable, "-c", USED, f"sqlite:///{tmp_path / 'hanvisa.db'}"]
    done = subprocess.run(command, capture_output=True, check=True, cwd=PROJECT, text=True)  # noqa: S603 - ours
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("url", ["hanvisa.db", "mysql://u:hemligt@db/x", "postgresql://a@db:1,db:2/x"])
@pytest.mark.parametrize("opens", [Store.open, Store.opened_later])
def test_what_is_no_store_s_address_is_told_without_it(url: str, opens: object) -> None:
    """It may hold a password."""
    assert callable(opens)
    with pytest.raises(UserError, match=r"url in \[store\]") as refused:
        opens(url)
    assert "hemligt" not in str(refused.value)
