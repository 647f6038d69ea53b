"""What a process of `run` says of itself in the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync_daemon import settings
from sync_daemon.service.self_told import keep_progress
from sync_daemon.store import Progress, Store
from tests.configuration import STORE, exchange_source, tenant_table

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ENDPOINT = "http://127.0.0.1:9/EWS/Exchange.asmx"


def test_a_certificate_that_a_former_process_saw_is_still_known(tmp_path: Path) -> None:
    """One that has ended is shown to no process that has begun since; of a former endpoint nothing is kept."""
    configuration = 'secrets_dir = "secrets"\n' + STORE + tenant_table("sorsele", exchange_source(ENDPOINT, "svc"))
    (tmp_path / "hanvisa.toml").write_text(configuration, encoding="utf-8")
    loaded = settings.load(tmp_path / "hanvisa.toml", {})
    with Store.open(loaded.store_url) as store:
        seen = {ENDPOINT: NOW, "https://mail.former.example/EWS/Exchange.asmx": NOW}
        store.keep_progress("sorsele", Progress(1, "here", "0.1.0", NOW, None, seen))
        keep_progress(store, loaded.tenants[0], NOW, None)
        kept = store.progress("sorsele")
    assert kept is not None
    assert (kept.certificates, kept.pid == 1) == ({ENDPOINT: NOW}, False)
