"""What a process that delivers does, without the stand-ins that it delivers to: a forked one has it loaded soon."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

from sync_daemon import log, settings
from sync_daemon.notices.deliveries import Deliveries
from sync_daemon.notices.line import LONGEST_PAUSE
from sync_daemon.store import Store


def deliver_all(folder: Path, now: datetime, tenant: str) -> None:
    """Until nothing waits; each look is as long after the one before as a pause is at most."""
    loaded = settings.load(folder / "hanvisa.toml", {})
    log.configure(loaded.log.file, "info", 90, terminal=False)
    with Store.open(loaded.store_url) as store:
        deliveries = Deliveries(loaded, lambda: store, lambda _tenant: True, lambda: now)
        while store.outgoing(tenant):
            now += LONGEST_PAUSE
            deliveries.look()
            time.sleep(0.002)
