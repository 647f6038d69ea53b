"""What a store in PostgreSQL tells as it is written to, as a listener hears it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from queue import Queue

import pytest
from sqlalchemy import make_url

from sync_daemon.store import told
from sync_daemon.store.told import Listener, Told, listener
from tests import postgresql

LISTENERS = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
PATIENCE = 30.0


@pytest.fixture
def url() -> str:
    """A store's that nobody has used."""
    return postgresql.empty_store_url()


@pytest.fixture
def heard(url: str) -> Iterator[Queue[Told]]:
    """What a listener to that store tells, from when it has begun."""
    found: Queue[Told] = Queue()
    listening = listener(url, found.put, lambda: datetime.now(UTC))
    assert listening is not None
    listening.start()
    assert found.get(timeout=PATIENCE) == Told(missed=True)
    yield found
    listening.stop()


ANNA = (
    "INSERT INTO subscribers (tenant, mailbox, name, revision) VALUES ('malå', 'anna@mala.se', 'Anna', 1) RETURNING id"
)
REFERRAL = """
INSERT INTO referrals (subscriber_id, origin, reason, phone, "from", until, set_at, set_by, bookings, version)
SELECT id, %s, 'away', 'closed', now() + number * interval '1 day', now() + (number + 0.1) * interval '1 day', now(),
    'x', '[]', 1 FROM subscribers, generate_series(1, 20) AS numbers(number)
"""


def everything(heard: Queue[Told], url: str) -> list[Told]:
    """All up to a word that is told last."""
    postgresql.sql(url, 'SELECT pg_notify(%s, \'{"kind": "act", "tenant": "the last"}\')', told.CHANNEL)
    found = []
    while (one := heard.get(timeout=PATIENCE)) != Told(acted_on="the last"):
        found.append(one)
    return found


def test_an_act_tells_its_tenant_once_and_what_a_calendar_says_nobody_s(heard: Queue[Told], url: str) -> None:
    """Twenty referrals in one statement are one word."""
    postgresql.sql(url, ANNA)
    assert everything(heard, url) == [Told()]
    postgresql.sql(url, REFERRAL, "calendar")
    assert everything(heard, url) == []
    postgresql.sql(url, REFERRAL, "trio")
    assert everything(heard, url) == [Told(acted_on="malå")]
    postgresql.sql(url, "DELETE FROM referrals WHERE origin = 'trio'")
    assert everything(heard, url) == [Told(acted_on="malå")]
    postgresql.sql(
        url, REFERRAL.replace("+ number *", "- number *").replace("(number + 0.1)", "(0.1 - number)"), "trio"
    )
    everything(heard, url)
    postgresql.sql(url, "DELETE FROM referrals WHERE origin = 'trio'")
    assert everything(heard, url) == []


@pytest.mark.parametrize("payload", ["", "no JSON", "[]", "7", '{"kind": "act", "tenant": 7}', '{"kind": ["act"]}'])
def test_what_anybody_else_tells_is_left(heard: Queue[Told], url: str, payload: str) -> None:
    """Any role of the database may."""
    postgresql.sql(url, "SELECT pg_notify(%s, %s)", told.CHANNEL, payload)
    assert everything(heard, url) == []


def test_an_approval_tells_its_tenant(heard: Queue[Told], url: str) -> None:
    """And not that a set is held, or counted on."""
    postgresql.sql(
        url,
        'INSERT INTO held (tenant, "set", changes, first_reading, last_reading, "count")'
        " VALUES ('malå', 'a1b2', '{}', now(), now(), 1)",
    )
    postgresql.sql(url, 'UPDATE held SET "count" = 2')
    assert everything(heard, url) == []
    postgresql.sql(url, "UPDATE held SET approved_by = 'eva', approved_at = now(), approved_version = 1")
    assert everything(heard, url) == [Told(acted_on="malå")]


def test_a_connection_that_was_ended_is_made_anew(heard: Queue[Told], url: str) -> None:
    """And whoever hears is told that something may have been missed."""
    assert postgresql.sql(url, f"SELECT pg_terminate_backend(pid) {LISTENERS}") == [(True,)]
    assert heard.get(timeout=PATIENCE) == Told(missed=True)
    assert everything(heard, url) == []


def test_a_server_that_is_back_is_listened_to_within_ten_seconds_however_long_it_was_away() -> None:
    """The pauses between two tries grow to a few seconds, and are not the same for every host."""
    pauses: list[float] = []
    done = threading.Event()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 20:
            listening.stop()
            done.set()

    nobody = make_url("postgresql+psycopg://hanvisa@127.0.0.1:9/nobody")
    listening = Listener(nobody, lambda _: None, lambda: datetime.now(UTC), pause)
    listening.start()
    assert done.wait(PATIENCE)
    assert pauses[0] < 4 < max(pauses) <= 10
    assert len(set(pauses)) == len(pauses)
