"""What is peculiar to a store in PostgreSQL: who waits for whom, what is refused, how its troubles are told."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, make_url, select
from sqlalchemy.engine import Engine

from rules.command import Phone
from rules.referral import CALENDAR
from sync_daemon.answers.checking import of_the_clock
from sync_daemon.errors import RevisionMoved, StoreUnavailable, UserError
from sync_daemon.store import OverlappingReferrals, Store, SubscriberChanges, postgresql_lock
from sync_daemon.store.locks import tenant_lock
from sync_daemon.store.referrals import held
from sync_daemon.store.schema import subscribers
from sync_daemon.store.strangers import WRITERS
from sync_daemon.times import FIRST, LAST
from tests import postgresql
from tests.acceptance.municipality import Municipality
from tests.contract.store_suite import (
    ANNAS_LINE,
    BOS_LINE,
    MIDNIGHT,
    Line,
    People,
    absence,
    at,
    by_hand,
    created,
    left,
    removed,
)
from tests.pooler import Pooler
from tests.service.test_run import until

PROJECT = Path(__file__).parents[2]


MANY = """
    WITH everybody AS (
        INSERT INTO subscribers (tenant, mailbox, name, revision)
        SELECT 'region', 'person' || number || '@region.example', 'Person', 1 FROM generate_series(1, 20000) AS number
        RETURNING id
    ), theirs AS (
        INSERT INTO referrals (
            subscriber_id, origin, reason, phone, "from", until, set_at, set_by, bookings, version
        )
        SELECT id, 'calendar', 'meeting', 'closed', day, day + interval '1 hour', now(), 'hanvisa', '[]', 1
        FROM everybody, generate_series('2026-12-22 09:00Z'::timestamptz, '2026-12-24 09:00Z', '1 day') AS day
        RETURNING id, subscriber_id, until
    )
    INSERT INTO changes (at, subscriber_id, referral_id, action, after, cause, entries, rests, by)
    SELECT now(), subscriber_id, id, 'create',
        json_build_object('origin', 'calendar', 'until', to_char(until, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
        'booked', '[]', '[]', 'hanvisa'
    FROM theirs
"""
"""Calendar referrals of a region."""

LOOKED_AT = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = %s"
"""In this transaction, by going through the whole table."""


@pytest.fixture
def url() -> str:
    """A store's that nobody has used."""
    return postgresql.empty_store_url()


def _looking_in(url: str, *schemas: str) -> str:
    """The address by which the store is in these schemas."""
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{','.join(schemas)}"


@pytest.fixture
def people(url: str) -> Iterator[People]:
    """The subscribers, in a store that has nothing else."""
    with Store.open(url) as store:
        yield People(store)


class TestClocks:
    """The server may be another machine."""

    def test_the_same_machine_s_agree(self, people: People) -> None:
        """However long the answer takes."""
        assert people.store.database.clock_ahead() == timedelta()

    @pytest.mark.parametrize(("theirs", "told"), [("-1 hour", "ahead of"), ("1 hour", "behind")])
    def test_one_that_is_an_hour_wrong_is_told(self, url: str, theirs: str, told: str) -> None:
        """By `check`."""
        postgresql.sql(url, f"""
            CREATE SCHEMA skew;
            CREATE FUNCTION skew.clock_timestamp() RETURNS timestamptz LANGUAGE sql
            AS $$ SELECT pg_catalog.clock_timestamp() + interval '{theirs}' $$
        """)  # fmt: skip
        try:
            with Store.open(_looking_in(url, "public", "skew", "pg_catalog")) as store:
                (finding,) = of_the_clock(store.database.clock_ahead())
        finally:
            postgresql.sql(url, "DROP SCHEMA skew CASCADE")
        assert re.fullmatch(rf"its clock is 3\d\d\d seconds {told} the database's", finding.problem)


class TestWriters:
    """One at a time, but for those who write of one subscriber each."""

    def test_who_writes_of_one_subscriber_does_not_wait_for_who_writes_of_another(
        self, people: People, url: str
    ) -> None:
        """Thousands of referrals are written by several hosts."""
        with Store.open(postgresql.impatient(url)) as another, people.store.database.write(subscriber=people.anna):
            assert another.apply(people.bo, 1, [created(absence("09:00", "10:00"))], at("07:00")) == 2

    @pytest.mark.parametrize("held", ["the same subscriber", "the store"])
    def test_who_cannot_wait_for_longer_is_told_so(self, people: People, url: str, held: str) -> None:
        """And the same goes through later."""
        whose = people.anna if held == "the same subscriber" else None
        with Store.open(postgresql.impatient(url)) as another:
            with (
                people.store.database.write(subscriber=whose),
                pytest.raises(StoreUnavailable, match="another process keeps it locked; try again"),
            ):
                another.refer(people.anna, by_hand("09:00", "10:00"), "operator", at("08:00"))
            another.refer(people.anna, by_hand("09:00", "10:00"), "operator", at("08:00"))

    def test_nobody_writes_of_a_subscriber_while_the_directory_is_written(self, people: People, url: str) -> None:
        """Who goes on as whom is decided with everybody's rows before it."""
        with (
            Store.open(postgresql.impatient(url)) as another,
            people.store.database.write(subscriber=people.anna),
            pytest.raises(StoreUnavailable, match="locked"),
        ):
            another.put_directory("sorsele", [BOS_LINE], (), leave=True, now=at("07:00"))

    def test_of_many_who_open_a_phone_at_once_one_does(self, people: People, url: str) -> None:
        """The others find it open: each reads what the one before has written."""
        people.apply(people.anna, created(absence("09:00", "12:00")))
        stores = [Store.open(url) for _ in range(8)]
        together = threading.Barrier(len(stores))

        def opens(store: Store) -> object:
            together.wait()
            return store.open_phone(people.anna, at("10:00"), "eva", left)

        with ThreadPoolExecutor(len(stores)) as pool:
            opened = [one for one in pool.map(opens, stores) if one is not None]
        for store in stores:
            store.close()
        assert len(opened) == 1
        assert people.held(people.anna).revision == 3

    def test_of_many_who_have_planned_on_the_same_revision_one_writes(self, people: People, url: str) -> None:
        """And the others plan again."""
        stores = [Store.open(url) for _ in range(8)]
        together = threading.Barrier(len(stores))

        def writes(store: Store) -> bool:
            together.wait()
            try:
                store.apply(people.anna, 1, [created(absence("09:00", "10:00"))], at("07:00"))
            except RevisionMoved:
                return False
            return True

        with ThreadPoolExecutor(len(stores)) as pool:
            assert sum(pool.map(writes, stores)) == 1
        for store in stores:
            store.close()
        assert people.spans(people.anna) == [("09:00", "10:00")]

    def test_many_subscribers_are_written_in_one_transaction(self, people: People) -> None:
        """So many that none of the statements is one for each of them."""
        statements: list[str] = []

        def count(*told: object) -> None:
            statements.append(str(told[2]))

        event.listen(Engine, "before_cursor_execute", count)
        try:
            planned = [
                SubscriberChanges(one, 1, [created(absence("09:00", "10:00"))]) for one in (people.anna, people.bo)
            ]
            assert [result for _, result in people.store.apply_all(planned, at("07:00"))] == [2, 2]
        finally:
            event.remove(Engine, "before_cursor_execute", count)
        assert len([one for one in statements if "FOR UPDATE" in one and " IN " in one]) == 1
        assert len([one for one in statements if one.startswith("INSERT INTO referrals")]) == 1

    def test_two_who_write_many_in_other_orders_do_not_stand_in_each_other_s_way(
        self, people: People, url: str
    ) -> None:
        """Each locks the rows in the order of their ids, whatever order the changes are in."""
        deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        before = postgresql.sql(url, deadlocks)
        stores = [Store.open(url) for _ in range(4)]
        together = threading.Barrier(len(stores))

        def writes(number: int) -> int:
            ids = [people.anna, people.bo, people.cecilia][:: 1 if number % 2 else -1]
            together.wait()
            written = 0
            for _ in range(30):
                held = stores[number].held(ids, MIDNIGHT)
                changes = [
                    SubscriberChanges(
                        id_,
                        held[id_].revision,
                        [removed(row) for row in held[id_].referrals] or [created(absence("09:00", "10:00"))],
                    )
                    for id_ in ids
                ]
                written += sum(isinstance(came, int) for _, came in stores[number].apply_all(changes, at("07:00")))
            return written

        with ThreadPoolExecutor(len(stores)) as pool:
            written = list(pool.map(writes, range(len(stores))))
        for store in stores:
            store.close()
        revisions = [people.held(id_).revision for id_ in (people.anna, people.bo, people.cecilia)]
        assert sum(written) == sum(revision - 1 for revision in revisions) > 0
        assert postgresql.sql(url, deadlocks) == before

    def test_some_are_read_among_many_without_a_look_at_everybody(self, url: str) -> None:
        """Once the server knows how many there are; a region's cycle reads so a few hundred times."""
        postgresql.sql(url, MANY)
        postgresql.sql(url, "ANALYZE subscribers, referrals, changes")
        with Store.open(url) as store, store.database.read() as connection:
            ids = connection.scalars(select(subscribers.c.id).where(subscribers.c.tenant == "region").limit(500)).all()
            connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")  # theirs would not be counted
            assert len(held(connection, ids, MIDNIGHT)) == len(ids)
            (looked,) = connection.exec_driver_sql(LOOKED_AT, ("changes",)).one()
        assert looked == 0

    def test_who_collides_with_another_hand_is_written_all_the_same(self, people: People, url: str) -> None:
        """A hand that writes of Bo, then of Anna, while the daemon has Anna and waits for Bo: the database ends one."""
        row = (
            "INSERT INTO referrals"
            ' (subscriber_id, origin, reason, phone, "from", until, set_at, set_by, bookings, version)'
            " VALUES (%s, 'other', 'course', 'open', '2026-11-25', '2026-11-26', '2026-11-24', 'other', '[]', 1)"
        )
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        planned = [SubscriberChanges(one, 1, [created(absence("09:00", "10:00"))]) for one in (people.anna, people.bo)]
        with (
            Store.open(url) as daemon,
            psycopg.connect(postgresql.dsn_of(url)) as hand,
            ThreadPoolExecutor(1) as pool,
        ):
            hand.execute(row, (people.bo,))
            written = pool.submit(lambda: [came for _, came in daemon.apply_all(planned, at("07:00"))])
            until(lambda: postgresql.sql(url, waits) == [(1,)], "the daemon waits for Bo")
            hand.execute("SET LOCAL deadlock_timeout = '60s'")  # the daemon is the first to look
            hand.execute(row, (people.anna,))
            hand.commit()
            assert written.result() == [2, 2]
        assert sorted(one.origin for one in people.referrals(people.anna)) == ["calendar", "other"]

    def test_a_reader_sees_one_state_and_waits_for_nobody(self, people: People) -> None:
        """What is written while it reads is seen by the next."""
        with people.store.database.write(), people.store.database.read() as connection:
            count = "SELECT count(*) FROM marks"
            before = connection.exec_driver_sql(count).scalar()
        with people.store.database.read() as connection:
            assert connection.exec_driver_sql(count).scalar() == before
            people.store.mark("meanwhile")
            assert connection.exec_driver_sql(count).scalar() == before
        assert people.store.marked("meanwhile")

    def test_a_foreign_hand_that_has_the_writers_lock_keeps_the_others_out(self, url: str) -> None:
        """Its key is an interface: other systems that write referrals take it too."""
        with psycopg.connect(postgresql.dsn_of(url)) as other, Store.open(postgresql.impatient(url)) as store:
            other.execute("SELECT pg_advisory_xact_lock(%s, %s)", WRITERS)
            with pytest.raises(StoreUnavailable, match="locked"):
                store.mark("run")


class TestConstraints:
    """What the database itself does not let stand."""

    def test_no_two_of_the_calendar_s_of_one_subscriber_and_phone_overlap(self, people: People, url: str) -> None:
        """Whoever writes them; it is looked at when the transaction ends."""
        people.apply(people.anna, created(absence("09:00", "10:00")), created(absence("11:00", "12:00")))
        with pytest.raises(psycopg.errors.ExclusionViolation):
            postgresql.sql(url, "UPDATE referrals SET until = '2026-11-24T11:30:00Z'")
        people.apply(people.anna, created(absence("09:00", "10:00", Phone.OPEN)))
        people.apply(people.bo, created(absence("09:00", "10:00")))
        people.store.refer(people.anna, by_hand("09:00", "10:00"), "operator", at("08:00"))
        assert people.spans(people.bo) == [("09:00", "10:00")]

    def test_two_that_overlap_when_the_transaction_ends_are_an_overlap(self, people: People) -> None:
        """Whichever way they came to it: nothing is written."""
        people.apply(people.anna, created(absence("09:00", "10:00")), created(absence("11:00", "12:00")))
        with pytest.raises(OverlappingReferrals, match="would overlap"), people.store.database.write() as connection:
            connection.exec_driver_sql("UPDATE referrals SET until = '2026-11-24T12:00:00Z'")
        assert people.spans(people.anna) == [("09:00", "10:00"), ("11:00", "12:00")]

    def test_two_may_overlap_within_a_transaction(self, people: People) -> None:
        """A plan that makes the later one before it takes the earlier one away is right at its end."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        (row,) = people.referrals(people.anna)
        people.apply(people.anna, created(absence("09:00", "11:00")), removed(row))
        assert people.spans(people.anna) == [("09:00", "11:00")]


class TestOtherHands:
    """Who reads and writes by SQL."""

    def test_the_view_has_what_is_in_force_now(self, people: People, url: str) -> None:
        """By the database's clock."""
        now = datetime.now(UTC)
        row = by_hand("00:00", "00:01", reason="lunch")
        lasting = replace(row, start=now - timedelta(hours=1), until=now + timedelta(hours=1))
        people.store.refer(people.bo, lasting, "operator", now)
        view = "SELECT tenant, extension, name, reason, phone, alternative_mode, origin FROM referrals_in_force"
        assert postgresql.sql(url, view) == [("sorsele", "4712", "Bo Alm", "lunch", "closed", None, "operator")]

    @pytest.mark.parametrize(
        "changed",
        [
            "until = '2026-11-24T09:30:00Z'",
            "reason = 'lunch'",
            "bookings = '[]'",
            "written = NULL",
        ],
    )
    def test_what_another_hand_changed_shows(self, people: People, url: str, changed: str) -> None:
        """A calendar referral that is not as the daemon wrote it is told."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        (row,) = people.referrals(people.anna)
        assert people.held(people.anna).tampered == frozenset()
        postgresql.sql(url, f"UPDATE referrals SET {changed}")  # noqa: S608 - ours
        assert people.held(people.anna).tampered == {row.id}

    @pytest.mark.parametrize(
        ("written", "read"),
        [
            (("2026-11-24 09:00:00Z", "infinity"), (at("09:00"), LAST)),
            (("2026-11-24 09:00:00Z", "20000-01-01 00:00:00Z"), (at("09:00"), LAST)),
            (("2026-11-24 09:00:00Z", "9999-12-31 23:59:59Z"), (at("09:00"), LAST)),
            (("-infinity", "2026-11-24 09:00:00Z"), (FIRST, at("09:00"))),
            (("0044-03-15 00:00:00Z BC", "2026-11-24 09:00:00Z"), (FIRST, at("09:00"))),
            (("20000-01-01 00:00:00Z", "infinity"), (LAST, LAST)),
        ],
        ids=lambda values: values[-1] if isinstance(values[-1], str) else "",
    )
    def test_the_end_of_all_time_is_brought_nearer(
        self, people: People, url: str, written: tuple[str, str], read: tuple[datetime, datetime]
    ) -> None:
        """PostgreSQL holds times that no Python does; none keeps the tenant from being read, or acted on."""
        people.store.refer(people.anna, by_hand("09:00", "10:00"), "operator", at("08:00"))
        postgresql.sql(url, f"UPDATE referrals SET \"from\" = '{written[0]}', until = '{written[1]}'")  # noqa: S608
        (row,) = people.referrals(people.anna)
        assert (row.start, row.until) == read
        assert [one.start for _, one in people.store.not_over(at("00:00"))] == [read[0]]
        assert people.store.next_edges("sorsele", at("08:00")) == {people.anna: min(set(read) - {FIRST})}
        people.store.withdraw(people.anna, at("08:30"), "Eva", at("08:00"), referral_id=row.id)
        (taken_back,) = people.store.changes_of(people.anna, at("08:20"))
        assert taken_back.before is not None
        assert (taken_back.before.start, taken_back.before.until) == read

    def test_names_are_sorted_by_their_bytes(self, people: People, url: str) -> None:
        """As SQLite does it, whatever language the database is in: both stores answer alike."""
        collated = (
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text'"
            " AND collation_name IS DISTINCT FROM 'C' AND table_name <> 'alembic_version'"
        )
        assert postgresql.sql(url, collated) == [(0,)]
        lines = [Line(f"{name}@sorsele.example", name) for name in ("ö", "z", "é", "a-b", "ab", "å")]
        people.store.put_directory("sorsele", lines, (), leave=True, now=at("07:00"))
        here = [one.mailbox[:-16] for one in people.store.subscribers("sorsele") if one.left_at is None]
        assert here == ["a-b", "ab", "z", "å", "é", "ö"]


class TestReadOnly:
    """`plan`, `explain` and `check` write nothing at all."""

    def test_where_there_is_no_store_an_empty_one_is_read(self) -> None:
        """No table is made, and a secret is made up."""
        url = postgresql.new_database_url()
        with Store.open(url, read_only=True) as store:
            assert not store.exists
            assert store.subscribers(None) == []
            assert store.in_force(MIDNIGHT) == []
            assert store.secret() == store.secret() != b""
        assert postgresql.sql(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]

    def test_nothing_can_be_written_to_it(self, people: People, url: str) -> None:
        """A command that only reads and yet writes is a bug; the server would refuse it as well."""
        with Store.open(url, read_only=True) as store:
            assert store.exists
            assert store.subscribers(None) == people.store.subscribers(None)
            with pytest.raises(RuntimeError, match="read only"):
                store.mark("run")
            with store.database.read() as connection:
                assert connection.exec_driver_sql("SHOW default_transaction_read_only").scalar() == "on"

    def test_looking_at_a_store_makes_no_transaction_that_writes(self, people: People, url: str) -> None:
        """Of which the server keeps count, for all its databases."""
        before = people.store.version()
        with Store.open(url, read_only=True) as store:
            store.subscribers(None)
            store.secret()
        assert people.store.version() == before


class TestSchema:
    """Which one it is, and who makes it."""

    def test_of_two_hosts_that_start_at_once_one_makes_it(self) -> None:
        """And the other waits for it."""
        url = postgresql.new_database_url()
        together = threading.Barrier(4)

        def begins(number: int) -> None:
            together.wait()
            with Store.open(url) as store:
                store.mark(str(number))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(begins, range(4)))
        assert postgresql.sql(url, "SELECT count(*) FROM marks") == [(4,)]

    @pytest.mark.parametrize("read_only", [False, True])
    def test_one_that_a_newer_version_made_is_refused(self, url: str, *, read_only: bool) -> None:
        """In plain words."""
        url = postgresql.new_store_url()
        postgresql.sql(url, "UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(UserError, match=r"newer version of hanvisa \(its schema is 9999"):
            Store.open(url, read_only=read_only)
        with Store.opened_later(url) as later, pytest.raises(StoreUnavailable, match="newer version"):
            later.subscribers(None)

    def test_who_opens_it_later_makes_none(self) -> None:
        """It says so until there is one, and works from then on."""
        url = postgresql.new_database_url()
        with Store.opened_later(url) as board:
            with pytest.raises(StoreUnavailable, match="there is no store yet"):
                board.subscribers(None)
            Store.open(url).close()
            assert board.subscribers(None) == []

    def test_a_role_that_may_make_no_tables_is_told_so(self) -> None:
        """As PostgreSQL 15 and later have it of whoever does not own the database."""
        url = postgresql.new_database_url()
        postgresql.sql(url, "DROP ROLE IF EXISTS guest")
        postgresql.sql(url, "CREATE ROLE guest LOGIN")
        guest = make_url(url).set(username="guest").render_as_string()
        with pytest.raises(StoreUnavailable, match="the role may not do that; make it the owner"):
            Store.open(guest)


class TestStatistics:
    """What the server knows of its tables, by which it decides how to look for rows."""

    def test_large_tables_that_were_not_looked_through_are_named(self) -> None:
        """By `check`: where autovacuum is off, as it is here, or has too much to do."""
        url = postgresql.new_store_url()  # what other tests have changed in one would count
        with Store.open(url) as store:
            postgresql.sql(url, "INSERT INTO marks SELECT 'm' || number, '' FROM generate_series(1, 99000) AS number")
            assert store.database.without_statistics() == []
            postgresql.sql(url, "INSERT INTO marks SELECT 'n' || number, '' FROM generate_series(1, 1000) AS number")
            until(lambda: store.database.without_statistics() == ["marks"], "the server's counts")
            postgresql.sql(url, "ANALYZE marks")
            assert store.database.without_statistics() == []


class TestOtherStores:
    """Locks and jobs are the database's, so that two stores in it would keep each other from working."""

    def test_a_store_in_another_schema_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """By `check`, on either side; what another program has in the database is nobody's business."""
        town = Municipality(tmp_path)
        url = postgresql.new_database_url()
        postgresql.sql(url, "CREATE SCHEMA trial")
        trial = _looking_in(url, "trial")
        told = "a store in the schema {} as well: locks and jobs are the database's"

        monkeypatch.setenv("HANVISA_STORE__URL", url)
        town.once("08:00")
        postgresql.sql(url, "CREATE TABLE trial.referrals (id int)")
        assert "as well: locks" not in town.hanvisa("check").out

        postgresql.sql(url, "DROP TABLE trial.referrals")
        Store.open(trial).close()
        assert told.format("trial") in town.hanvisa("check").out
        monkeypatch.setenv("HANVISA_STORE__URL", trial)
        assert told.format("public") in town.hanvisa("check").out


class TestVersion:
    """Whether anything was written is seen without a look at any table."""

    def test_each_write_makes_another_version(self, url: str) -> None:
        """Of this process or another, or of another system; a look makes none."""
        with Store.open(url) as store, Store.open(url) as another:
            first = store.version()
            store.subscribers(None)
            assert store.version() == first
            store.mark("own")
            second = store.version()
            assert second != first
            another.mark("another's")
            third = store.version()
            assert third != second
            postgresql.sql(url, "UPDATE marks SET value = 'theirs'")
            assert store.version() != third

    def test_it_is_another_one_only_once_what_was_written_can_be_read(self, url: str) -> None:
        """Whoever looked in between, and saw the rows as they were, looks again."""
        with Store.open(url) as store:
            with store.database.write() as connection:
                connection.exec_driver_sql("INSERT INTO marks VALUES ('slow', '')")
                during = store.version()
                assert not store.marked("slow")
            assert store.marked("slow")
            assert store.version() != during

    def test_who_opens_it_later_has_the_same(self, url: str) -> None:
        """The board looks each second."""
        with Store.open(url) as store, Store.opened_later(url) as board:
            first = board.version()
            assert board.version() == first
            store.mark("run")
            assert board.version() != first


_CONNECTIONS = 12

KILLED = """
import os, sys
from datetime import UTC, datetime, timedelta
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sync_daemon.store import Store
from tests.contract.store_suite import absence, at, created
store = Store.open(sys.argv[1])
left = int(sys.argv[3])

def count(*_):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)

event.listen(Engine, "before_cursor_execute", count)
four = [created(absence(f"{hour:02}:00", f"{hour:02}:30")) for hour in range(8, 12)]
store.apply(int(sys.argv[2]), 1, four, at("07:00"))
os._exit(0)
"""


class TestKills:
    """A process that is killed in the middle of a write."""

    @pytest.mark.parametrize("statements", [3, 8, 99])
    def test_its_changes_are_there_whole_or_not_at_all(self, people: People, url: str, statements: int) -> None:
        """And whoever writes next is not kept out by it."""
        command = [sys.executable, "-c", KILLED, url, str(people.anna), str(statements)]
        subprocess.run(command, check=False, cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)})  # noqa: S603 - ours
        held = people.held(people.anna)
        assert (held.revision, len(held.referrals), len(people.store.changes_of(people.anna))) in {(1, 0, 0), (2, 4, 4)}
        assert (held.revision == 2) is (statements == 99)
        with Store.open(url) as store:  # with time for the server to see that its client is gone
            store.put_directory("sorsele", [ANNAS_LINE], (), leave=True, now=at("08:00"))


@pytest.fixture(scope="module")
def own_server() -> Iterator[postgresql.Server]:
    """One that a test may stop; its settings are as a test has left them."""
    server = postgresql.Server(settings=(f"max_connections={_CONNECTIONS}", "superuser_reserved_connections=1"))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def server(own_server: postgresql.Server) -> postgresql.Server:
    """That one, and it runs."""
    own_server.restart()
    return own_server


@pytest.fixture
def store(server: postgresql.Server) -> Iterator[Store]:
    """One of its own in that server."""
    with Store.open(server.url(server.new_database())) as store:
        yield store


@contextmanager
def pooled(server: postgresql.Server, store: Store, *, by_transaction: bool) -> Iterator[str]:
    """The address of the same database by way of a pooler."""
    with Pooler(f"{server.folder}/.s.PGSQL.5432", by_transaction=by_transaction) as pooler:
        place = f"{postgresql.ROLE}@127.0.0.1:{pooler.port}/{make_url(store.database.name).database}"
        yield f"postgresql+psycopg://{place}?sslmode=disable"


class TestHolders:
    """Who works on a tenant, asked for while that changes."""

    def test_who_has_just_let_go_is_nobody_who_has_just_begun(self, url: str) -> None:
        """The server ends the session between two questions: then nobody has the lock, and that is the answer."""
        tenant_lock(url, "sorsele").take("hanvisa run", at("07:00"))

        def lets_go(*told: object) -> None:
            if str(told[2]).startswith("SELECT value FROM marks"):
                postgresql.sql(url, postgresql.LOCKS_CUT_OFF)

        event.listen(Engine, "before_cursor_execute", lets_go)
        try:
            assert tenant_lock(url, "sorsele").holder() is None
        finally:
            event.remove(Engine, "before_cursor_execute", lets_go)


class TestPoolers:
    """A server between, which has the sessions."""

    @pytest.mark.parametrize("by_transaction", [False, True])
    def test_sessions_that_are_shared_are_seen(
        self, server: postgresql.Server, store: Store, *, by_transaction: bool
    ) -> None:
        """By `check`: two hosts would have a tenant's lock at once. Those of the server itself never are."""
        assert not store.database.shares_sessions()
        with (
            pooled(server, store, by_transaction=by_transaction) as by_it,
            Store.open(by_it, read_only=True) as through,
        ):
            assert through.database.shares_sessions() is by_transaction

    def test_the_lock_of_who_stands_still_goes_also_where_time_limits_are_dropped(
        self, server: postgresql.Server, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever has the lock asks for the limit once more."""
        monkeypatch.setattr(postgresql_lock, "SILENCE_SECONDS", 1)
        monkeypatch.setattr(postgresql_lock, "WORD_SECONDS", 3600)
        with pooled(server, store, by_transaction=False) as by_it:
            tenant_lock(by_it, "sorsele").take("hanvisa run", at("07:00"))
            until(lambda: tenant_lock(by_it, "sorsele").holder() is None, "the lock of who stands still")


class TestTroubles:
    """Whatever keeps the server from answering is told, with what to do, and is over by itself."""

    def test_a_server_that_is_restarted_is_no_trouble_of_who_asks_next(
        self, server: postgresql.Server, store: Store
    ) -> None:
        """Its connections are dead, and made anew."""
        store.mark("before")
        server.restart()
        assert store.marked("before")
        server.restart()
        store.mark("after")
        assert store.marked("after")

    def test_a_server_that_is_down_is_told_by_name(self, server: postgresql.Server, store: Store) -> None:
        """The store is there again once the server is."""
        store.mark("before")
        server.stop()
        for asks in (lambda: store.marked("before"), lambda: store.mark("now"), store.version):
            with pytest.raises(
                StoreUnavailable, match=r"the store postgresql://hanvisa@.*cannot be used: no server ans"
            ):
                asks()
        server.start()
        assert store.marked("before")

    def test_a_server_that_crashes_in_the_middle_of_a_write_keeps_what_was_whole(
        self, server: postgresql.Server, store: Store
    ) -> None:
        """The transaction is told as not written, and is not."""
        store.mark("before")

        def writes() -> None:
            with store.database.write() as connection:
                connection.exec_driver_sql("INSERT INTO marks VALUES ('lost', '')")
                server.stop(signal.SIGQUIT)
                connection.exec_driver_sql("INSERT INTO marks VALUES ('lost too', '')")

        with pytest.raises(StoreUnavailable, match="cannot be used"):
            writes()
        server.start()
        assert store.marked("before")
        assert not store.marked("lost")

    def test_no_connection_left_is_told(self, server: postgresql.Server, store: Store) -> None:
        """Whoever has one already goes on."""
        store.mark("before")
        url = server.url("postgres")
        with ExitStack() as taken:
            with suppress(psycopg.OperationalError):
                for _ in range(_CONNECTIONS):
                    taken.enter_context(psycopg.connect(server.dsn("postgres")))
            with pytest.raises(StoreUnavailable, match="the server has no connection left; raise its max_connections"):
                Store.open(url)
            assert store.marked("before")

    def test_a_server_that_takes_no_writes_is_told(self, server: postgresql.Server, store: Store) -> None:
        """As a standby is, or who was the primary; reading goes on, and so does writing once it is one again."""
        store.mark("before")
        name = make_url(store.database.name).database
        server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        server.restart()
        with pytest.raises(StoreUnavailable, match="the server takes no writes"):
            store.mark("now")
        assert store.marked("before")
        server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        store.mark("now")
        assert store.marked("now")

    def test_a_lock_is_lost_on_a_server_that_takes_no_writes_any_more(
        self, server: postgresql.Server, store: Store
    ) -> None:
        """Another was promoted, and whoever takes the lock there has it; the old one still answers."""
        lock = tenant_lock(server.url(str(make_url(store.database.name).database)), "sorsele")
        lock.take("hanvisa run", at("07:00"))
        assert lock.is_held
        server.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        server.execute("SELECT pg_reload_conf()")
        try:
            until(lambda: not lock.is_held, "the loss of the lock")
        finally:
            server.execute("ALTER SYSTEM RESET default_transaction_read_only")

    def test_of_several_servers_the_one_that_takes_writes_is_used(
        self, server: postgresql.Server, store: Store, tmp_path: Path
    ) -> None:
        """Also where the first does not answer, and by who only reads; told by all their names where none does."""
        name = make_url(store.database.name).database
        both = (
            f"postgresql+psycopg://hanvisa@/{name}?host={tmp_path}&host={server.folder}&target_session_attrs=read-write"
        )
        with Store.open(both) as found:
            found.mark("run")
            assert store.marked("run")
            with Store.open(both, read_only=True) as reader:
                assert reader.marked("run")
            server.stop()
            with pytest.raises(StoreUnavailable, match=f"{tmp_path}.*{server.folder}"):
                found.mark("again")

    def test_no_such_database_is_told(self, server: postgresql.Server) -> None:
        """It is not made: an admin says who owns it."""
        with pytest.raises(StoreUnavailable, match="the server has no such database; create it"):
            Store.open(server.url("nothing"))

    def test_a_full_disk_is_told(self, store: Store) -> None:
        """The statement is undone; the code is the server's for it."""
        raises = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
        with pytest.raises(StoreUnavailable, match="the server's disk is full"), store.database.write() as connection:
            connection.exec_driver_sql(raises)

    def test_a_deadlock_is_told_as_what_passes(self, store: Store) -> None:
        """Which only another system can make: it takes locks in an order of its own."""
        raises = "DO $$ BEGIN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected'; END $$"
        with pytest.raises(StoreUnavailable, match="try again"), store.database.write() as connection:
            connection.exec_driver_sql(raises)

    def test_a_wrong_statement_is_a_bug(self, store: Store) -> None:
        """And no trouble of the server's."""
        with pytest.raises(Exception, match="nothing") as raised, store.database.read() as connection:
            connection.exec_driver_sql("SELECT * FROM nothing")
        assert not isinstance(raised.value, StoreUnavailable)


def test_the_server_sees_soon_that_a_host_is_gone(people: People) -> None:
    """Left to itself it keeps a dead host's locks for two hours; by a socket there is no network, and it shows 0."""
    with people.store.database.read() as connection:
        asked = "SELECT name, reset_val, source FROM pg_settings WHERE name ~ '^tcp_' ORDER BY 1"
        assert [tuple(row) for row in connection.exec_driver_sql(asked)] == [
            ("tcp_keepalives_count", "3", "client"),
            ("tcp_keepalives_idle", "10", "client"),
            ("tcp_keepalives_interval", "5", "client"),
            ("tcp_user_timeout", "15000", "client"),
        ]


class TestPassword:
    """A file with the password, which is read at each connection."""

    @pytest.fixture
    def locked(self, server: postgresql.Server) -> Iterator[Callable[[str], Store]]:
        """Opens a store whose server asks for a password, with the one that the file holds."""
        name = server.new_database()
        server.execute("ALTER ROLE hanvisa PASSWORD 'rätt'")
        rules = server.data / "pg_hba.conf"
        before = rules.read_text()
        rules.write_text(f"local {name} all scram-sha-256\n{before}")
        server.execute("SELECT pg_reload_conf()")
        server.restart()
        file = server.folder / "password"

        def opens(password: str) -> Store:
            file.write_text(password)
            return Store.open(server.url(name, password_file=str(file)))

        yield opens
        rules.write_text(before)

    def test_the_right_one_lets_in_and_a_changed_one_too(
        self, server: postgresql.Server, locked: Callable[[str], Store]
    ) -> None:
        """Without a new start of ours; a line's end behind it is none of the password."""
        with locked("rätt\n") as store:
            server.execute("ALTER ROLE hanvisa PASSWORD 'nytt'")
            (server.folder / "password").write_text("nytt\n")
            server.restart()
            store.mark("run")

    def test_a_wrong_one_is_told_and_not_shown(self, locked: Callable[[str], Store]) -> None:
        """With where to look."""
        with pytest.raises(StoreUnavailable, match="the server refused the password") as refused:
            locked("fel lösenord")
        assert "fel lösenord" not in str(refused.value)

    def test_a_file_that_is_not_there_is_told(self, url: str, tmp_path: Path) -> None:
        """By its path."""
        with pytest.raises(StoreUnavailable, match=r"none, which secret in \[store\] names, cannot be read: "):
            Store.open(f"{url}{'&' if '?' in url else '?'}password_file={tmp_path / 'none'}")


def test_a_year_of_time_zones_is_read_as_it_was_written(people: People, url: str) -> None:
    """In UTC, whatever zone the server is in."""
    postgresql.sql(url, f"ALTER DATABASE {make_url(url).database} SET TimeZone = 'Asia/Kathmandu'")
    try:
        with Store.open(url) as store:
            wished = by_hand("09:00", "10:00")
            made = store.refer(people.anna, wished, "operator", at("08:00") + timedelta(milliseconds=900))
            (found,) = store.held([people.anna], MIDNIGHT)[people.anna].referrals
            assert (found.start, found.until, found.set_at) == (at("09:00"), at("10:00"), at("08:00"))
            assert found == made
            assert found.origin != CALENDAR
    finally:
        postgresql.sql(url, f"ALTER DATABASE {make_url(url).database} RESET TimeZone")
