"""The store in PostgreSQL: the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sync_daemon.store import Store
from tests import postgresql
from tests.contract import history_suite, known_then_suite, opening_suite, store_suite, together_suite, who_is_who_suite

if TYPE_CHECKING:
    from pathlib import Path


class PostgresqlStore(store_suite.StoreSuite):
    """How the suites make theirs."""

    @pytest.fixture(autouse=True)
    def _begin(self) -> None:
        self.url = postgresql.empty_store_url()

    def make_store(self, _folder: Path) -> Store:
        """The same one, emptied before each test."""
        return Store.open(self.url)


class TestDirectory(PostgresqlStore, store_suite.DirectorySuite):
    """Subscribers, as directories list them."""


class TestReferrals(PostgresqlStore, store_suite.ReferralSuite):
    """What the daemon applies, and what an operator sets."""


class TestInForce(PostgresqlStore, store_suite.InForceSuite):
    """The one SELECT, beside `rules.referral.in_force`."""


class TestOpenings(PostgresqlStore, opening_suite.OpeningSuite):
    """The phone opened by hand, and taken back."""


class TestWhoIsWho(PostgresqlStore, who_is_who_suite.WhoIsWhoSuite):
    """Who goes on as whom."""


class TestHistory(PostgresqlStore, history_suite.HistorySuite):
    """What was, and for how long it is known."""


class TestKnownThen(PostgresqlStore, known_then_suite.KnownThenSuite):
    """What was known at a moment that is over."""


class TestMemory(PostgresqlStore, store_suite.MemorySuite):
    """What the store remembers."""


class TestTogether(PostgresqlStore, together_suite.TogetherSuite):
    """Many subscribers' changes in one transaction."""
