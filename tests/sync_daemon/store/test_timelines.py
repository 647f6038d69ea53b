"""A primary that comes back after its standby was promoted: both take writes, and those to one of them are lost."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from sync_daemon.errors import StoreUnavailable
from sync_daemon.store import Store
from tests.acceptance.test_documents import ADMIN, section
from tests.service.outage_kinds import both, pair
from tests.service.test_run import until

if TYPE_CHECKING:
    from tests.postgresql import Server


def test_a_former_primary_is_used_no_more_by_who_knows_the_new_one() -> None:
    """Though it stands first in the address; where it alone answers that is told, with what to do."""
    with pair(synchronous=False) as (primary, standby):
        name = primary.new_database()
        url = both(primary, standby, name)
        Store.open(url).close()
        caught_up = "SELECT pg_current_wal_lsn() <= replay_lsn FROM pg_stat_replication"
        until(lambda: primary.execute(caught_up) == [(True,)], "all of it on the standby")
        primary.stop(signal.SIGQUIT)
        standby.execute("SELECT pg_promote()")
        with Store.open(url) as store:
            store.mark("after")
        primary.start()
        with Store.open(url) as store:
            assert store.marked("after")
        with pytest.raises(StoreUnavailable, match=f"{primary.folder}.* took its place.*turn it off"):
            Store.open(primary.url(name))
        assert _timeline(primary) < _timeline(standby)
        standby.stop()
        with pytest.raises(StoreUnavailable, match="took its place"):
            Store.open(url)


def _timeline(server: Server) -> str:
    """As the page has an admin ask for it."""
    asked = re.search(r"`(SELECT [^`]+)`, its timeline", section(ADMIN, "The store on PostgreSQL"))
    assert asked is not None
    ((timeline,),) = server.execute(asked[1])
    return str(timeline)
