"""What `hanvisa check` says of the way to a store in PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync_daemon.answers import store_safety
from sync_daemon.findings import Severity
from sync_daemon.settings import load
from tests.configuration import tenant_table


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://hanvisa@db1,db2/hanvisa?sslmode=require", ["the certificate of db1, db2 is not looked at"]),
        ("postgresql://hanvisa@db1/hanvisa?sslmode=verify-full&sslrootcert=ca.pem", []),
        ("postgresql://hanvisa@localhost/hanvisa", []),
        ("sqlite:///hanvisa.db", []),
    ],
)
def test_a_server_that_anybody_could_be_is_told(tmp_path: Path, url: str, told: list[str]) -> None:
    """Encrypted or not: what is sent to whoever is on the way is not kept from them."""
    file = tmp_path / "hanvisa.toml"
    file.write_text(f'[store]\nurl = "{url}"\n{tenant_table()}', encoding="utf-8")
    found = list(store_safety.findings(load(file, {})))
    assert [one.problem.partition(":")[0] for one in found] == told
    assert {(one.severity, one.thing, one.exit_code) for one in found} <= {(Severity.WARNING, "store.url", 1)}
