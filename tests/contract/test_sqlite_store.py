"""The store in a SQLite file: the contract, and what is peculiar to the file."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine

from rules.command import Alternative, Mode, Phone
from rules.entry import Booking
from rules.plan import RestReached
from rules.referral import CALENDAR
from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.store import Store, migrations
from sync_daemon.times import LAST
from tests.contract import history_suite, known_then_suite, opening_suite, store_suite, together_suite, who_is_who_suite
from tests.contract.store_suite import MIDNIGHT, Line, People, absence, at, by_hand, created

PROJECT = Path(__file__).parents[2]


def url_of(folder: Path) -> str:
    """A store's that gives up soon on one that is locked."""
    return f"sqlite:///{folder / 'hanvisa.db'}?timeout=0.05"


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that nobody has used: its schema is made once, and each test has a copy."""
    folder = tmp_path_factory.mktemp("new")
    Store.open(f"sqlite:///{folder / 'hanvisa.db'}").close()
    return folder / "hanvisa.db"


class SqliteStore(store_suite.StoreSuite):
    """How the suites make theirs."""

    @pytest.fixture(autouse=True)
    def _begin(self, new_store: Path, tmp_path: Path) -> None:
        shutil.copy(new_store, tmp_path)

    def make_store(self, folder: Path) -> Store:
        """In a file of the folder."""
        return Store.open(f"sqlite:///{folder / 'hanvisa.db'}")


class TestDirectory(SqliteStore, store_suite.DirectorySuite):
    """Subscribers, as directories list them."""


class TestReferrals(SqliteStore, store_suite.ReferralSuite):
    """What the daemon applies, and what an operator sets."""


class TestInForce(SqliteStore, store_suite.InForceSuite):
    """The one SELECT, beside `rules.referral.in_force`."""


class TestOpenings(SqliteStore, opening_suite.OpeningSuite):
    """The phone opened by hand, and taken back."""


class TestWhoIsWho(SqliteStore, who_is_who_suite.WhoIsWhoSuite):
    """Who goes on as whom."""


class TestHistory(SqliteStore, history_suite.HistorySuite):
    """What was, and for how long it is known."""


class TestTogether(SqliteStore, together_suite.TogetherSuite):
    """Many subscribers' changes, which SQLite takes one by one."""


class TestKnownThen(SqliteStore, known_then_suite.KnownThenSuite):
    """What was known at a moment that is over."""


class TestMemory(SqliteStore, store_suite.MemorySuite):
    """What the store remembers."""


DIGESTED = replace(
    absence("09:00", "10:05"),
    alternative=Alternative("+46709999999", Mode.CONNECT),
    bookings=(
        Booking("k1", at("09:00"), at("10:00"), "SAM", Phone.CLOSED, alternative=Alternative("4712", Mode.CONNECT)),
    ),
)
"""A referral with everything that a digest is made of."""


@pytest.fixture
def people(new_store: Path, tmp_path: Path) -> People:
    """The subscribers, in a store that has nothing else."""
    shutil.copy(new_store, tmp_path)
    return People(Store.open(url_of(tmp_path)))


def files(folder: Path) -> dict[str, bytes]:
    """What lies in the folder, to the byte."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def sql(folder: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Another hand in the file."""
    connection = sqlite3.connect(folder / "hanvisa.db")
    with connection:
        rows = connection.execute(statement, values).fetchall()
    connection.close()
    return rows


class TestFile:
    """The file, its mode and its transactions."""

    def test_the_files_are_the_services_own(self, people: People, tmp_path: Path) -> None:
        """Nobody else may read them, the log beside the database included."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}

        assert modes == {"hanvisa.db": 0o600, "hanvisa.db-wal": 0o600, "hanvisa.db-shm": 0o600}

    def test_a_file_that_others_could_read_is_closed_to_them(self, tmp_path: Path) -> None:
        """As an admin may have left it."""
        path = tmp_path / "hanvisa.db"
        path.touch(0o644)
        path.chmod(0o644)
        Store.open(url_of(tmp_path)).close()

        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_readers_do_not_wait_for_a_writer(self, people: People, tmp_path: Path) -> None:
        """While another process writes, what is in force can be asked."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        writer = sqlite3.connect(tmp_path / "hanvisa.db", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")

        assert len(people.store.in_force(at("09:30"))) == 2
        writer.close()

    def test_a_locked_store_is_unavailable(self, people: People, tmp_path: Path) -> None:
        """The error names the file and what to do; the same write goes through later."""
        writer = sqlite3.connect(tmp_path / "hanvisa.db", isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match=r"hanvisa\.db cannot be used: another process keeps it locked"):
            people.apply(people.anna, created(absence("09:00", "10:00")))
        writer.close()

        assert people.apply(people.anna, created(absence("09:00", "10:00"))) == 2

    def test_two_processes_write_one_after_another(self, tmp_path: Path) -> None:
        """A transaction that reads first and then writes waits for the other's, and does not fail at it."""
        stores = [Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") for _ in range(2)]
        failed: list[Exception] = []

        def work(number: int) -> None:
            try:
                for turn in range(40):
                    stores[number].mark(f"{number} {turn}")
            except StoreUnavailable as error:
                failed.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failed == []
        assert sql(tmp_path, "SELECT count(*) FROM marks") == [(80,)]

    def test_references_are_kept(self, people: People) -> None:
        """SQLite checks foreign keys only where a connection asks for it, and ours do."""
        asked: list[object] = []

        def ask(connection: Connection) -> None:
            asked.append(connection.exec_driver_sql("PRAGMA foreign_keys").scalar())

        event.listen(Engine, "begin", ask)
        try:
            people.store.mark("run")
        finally:
            event.remove(Engine, "begin", ask)

        assert asked == [1]

    def test_a_full_disk_is_told_as_one(self, people: People, tmp_path: Path) -> None:
        """A database that may not grow behaves as on a full disk; nothing of the write is left."""
        limit = "PRAGMA max_page_count = 1"  # SQLite takes the size that it has: no page more

        def full(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute(limit)

        event.listen(Engine, "connect", full)
        try:
            with Store.open(url_of(tmp_path)) as store, pytest.raises(StoreUnavailable, match="the disk is full"):
                store.record_cycle("sorsele", at("09:00"), {"filler": "x" * 100_000}, ())
        finally:
            event.remove(Engine, "connect", full)
        assert sql(tmp_path, "SELECT count(*) FROM cycles") == [(0,)]
        assert len(people.store.subscribers(None)) == 3

    def test_a_file_that_is_no_database_is_told_as_one(self, tmp_path: Path) -> None:
        """Nothing in it is changed."""
        (tmp_path / "hanvisa.db").write_text("Dear diary" * 200)
        for read_only in (False, True):
            with pytest.raises(StoreUnavailable, match=r"hanvisa\.db cannot be used: it is no SQLite database"):
                Store.open(url_of(tmp_path), read_only=read_only)

        assert (tmp_path / "hanvisa.db").read_text() == "Dear diary" * 200

    def test_a_folder_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        """The error names the file."""
        with pytest.raises(StoreUnavailable, match=r"nowhere/hanvisa\.db cannot be used: No such file or directory"):
            Store.open(url_of(tmp_path / "nowhere"))

    @pytest.mark.parametrize(
        "url", ["sqlite://", "sqlite:///:memory:", "hanvisa.db", "mysql://someone:pw@host/hanvisa"]
    )
    def test_a_url_that_names_no_store_is_refused(self, url: str) -> None:
        """What to write instead is said, and no password is."""
        with pytest.raises(UserError, match="sqlite:///") as refused:
            Store.open(url)

        assert "pw" not in str(refused.value)

    def test_a_killed_writer_leaves_nothing_half_done(self, people: People, tmp_path: Path) -> None:
        """A process that dies within a transaction has written none of it, and the store can be used at once."""
        script = (
            "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
            " c.execute('BEGIN IMMEDIATE'); c.execute('UPDATE subscribers SET revision = 99'); os._exit(9)"
        )
        subprocess.run([sys.executable, "-c", script, tmp_path / "hanvisa.db"], check=False)  # noqa: S603 - ours

        assert people.apply(people.anna, created(absence("09:00", "10:00"))) == 2


class TestSchema:
    """Which schema is taken, and what the database itself refuses."""

    def test_a_newer_schema_is_refused(self, people: People, tmp_path: Path) -> None:
        """Whoever went back to an older version is told so, and nothing is changed."""
        people.store.close()
        sql(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
        for read_only in (False, True):
            with pytest.raises(UserError, match="written by a newer version of hanvisa"):
                Store.open(url_of(tmp_path), read_only=read_only)

    def test_an_older_schema_cannot_be_read_only(self, people: People, tmp_path: Path) -> None:
        """Bringing it up to date would write."""
        people.store.close()
        sql(tmp_path, "UPDATE alembic_version SET version_num = '0000'")
        with pytest.raises(UserError, match="run `hanvisa once` first"):
            Store.open(url_of(tmp_path), read_only=True)

    def test_an_older_schema_stays_as_it_is_for_who_only_goes_beside_the_service(
        self, people: People, tmp_path: Path
    ) -> None:
        """The backup that somebody goes back to an older version with; it works once the service has seen to it."""
        people.store.close()
        with create_engine(url_of(tmp_path)).begin() as connection:
            command.downgrade(migrations.configuration(connection), "0007")
        with Store.opened_later(url_of(tmp_path)) as board:
            with pytest.raises(StoreUnavailable, match="older version of hanvisa"):
                board.subscribers(None)
            assert sql(tmp_path, "SELECT version_num FROM alembic_version") == [("0007",)]
            Store.open(url_of(tmp_path)).close()
            assert board.subscribers(None)

    def test_another_programs_database_is_refused(self, people: People, tmp_path: Path) -> None:
        """A version that is no number of ours is not ours."""
        people.store.close()
        sql(tmp_path, "UPDATE alembic_version SET version_num = 'ae1027a6acf'")
        with pytest.raises(UserError, match="belongs to another program"):
            Store.open(url_of(tmp_path))

    @pytest.mark.parametrize(
        "statement",
        [
            'UPDATE referrals SET until = "from"',
            "UPDATE referrals SET phone = 'ajar'",
            "UPDATE referrals SET alternative_number = '1', alternative_mode = 'shout'",
            "UPDATE referrals SET alternative_number = '1'",
            "UPDATE changes SET action = 'rename'",
            "UPDATE subscribers SET mailbox = 'Anna@sorsele.example' WHERE id = 1",
            "INSERT INTO extensions VALUES ('4711', 3)",
        ],
    )
    def test_the_database_refuses_what_cannot_be(self, people: People, tmp_path: Path, statement: str) -> None:
        """Also from another hand than ours."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        with pytest.raises(sqlite3.IntegrityError):
            sql(tmp_path, statement)

    def test_the_view_tells_what_is_in_force_now(self, people: People, tmp_path: Path) -> None:
        """By the database's own clock, in the fields of `referrals --json`, the alternative as two columns."""
        (row,) = sql(tmp_path, "SELECT strftime('%Y-%m-%dT%H:00:00Z', 'now')")
        hour = at("09:00").fromisoformat(str(row[0]))
        now = replace(by_hand("09:00", "10:00"), start=hour, until=hour + timedelta(hours=2))
        past = replace(now, start=hour - timedelta(hours=2), until=hour)
        people.store.refer(people.bo, now, "operator", at("08:00"))
        people.store.refer(people.cecilia, past, "operator", at("08:00"))

        assert sql(
            tmp_path,
            'SELECT tenant, extension, name, reason, "from", phone, alternative_number, alternative_mode, origin,'
            " opened_at FROM referrals_in_force",
        ) == [("sorsele", "4712", "Bo Alm", "lunch", row[0], "closed", None, None, "operator", None)]

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE referrals SET until = '2026-11-24T09:30:00Z'",
            "UPDATE referrals SET reason = 'lunch'",
            "UPDATE referrals SET bookings = '[]'",
            "UPDATE referrals SET written = NULL",
        ],
    )
    def test_what_another_hand_changed_shows(self, people: People, tmp_path: Path, statement: str) -> None:
        """A calendar referral that is not as the daemon wrote it is told; one set by hand is not the daemon's."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        people.store.refer(people.anna, by_hand("09:00", "10:00"), "operator", at("08:00"))
        calendars = next(one for one in people.referrals(people.anna) if one.origin == CALENDAR)
        assert people.held(people.anna).tampered == frozenset()
        sql(tmp_path, statement)

        assert people.held(people.anna).tampered == {calendars.id}

    @pytest.mark.parametrize(
        "written",
        [
            pytest.param("93d54b96a8ef841faedfad9cfb9dc307", id="1, up to 5bfc05f"),
            pytest.param("2:5c6c7e76d4791da48cf054c0097edc4c", id="2"),
        ],
    )
    def test_a_row_is_known_by_every_digest_that_was_ever_written(
        self, people: People, tmp_path: Path, written: str
    ) -> None:
        """A digest stands in stores for a year: what it is made of changes with its version only, or all rows show."""
        people.apply(people.anna, created(DIGESTED))
        sql(tmp_path, "UPDATE referrals SET written = ?", written)
        assert people.held(people.anna).tampered == frozenset()
        (row,) = people.referrals(people.anna)
        sql(tmp_path, "UPDATE referrals SET until = '2026-11-24T09:30:00Z'")
        assert people.held(people.anna).tampered == {row.id}

    def test_what_is_written_now_has_the_newest_digest(self, people: People, tmp_path: Path) -> None:
        """Its version stands before it, so that a later one can be told from it; a row of another hand has none."""
        people.apply(people.anna, created(DIGESTED))
        people.store.refer(people.bo, by_hand("09:00", "10:00"), "operator", at("08:00"))
        assert sql(tmp_path, "SELECT written FROM referrals ORDER BY id") == [
            ("2:5c6c7e76d4791da48cf054c0097edc4c",),
            (None,),
        ]

    def test_a_row_of_a_version_to_come_is_taken_as_it_is(self, people: People, tmp_path: Path) -> None:
        """Who went back to this version from a newer one finds nothing that another hand would have changed."""
        people.apply(people.anna, created(absence("09:00", "10:00")))
        sql(tmp_path, "UPDATE referrals SET written = '4:00ff', until = '2026-11-24T09:30:00Z'")
        assert people.held(people.anna).tampered == frozenset()

    def test_what_is_remembered_is_read_as_it_was_written_from_the_first(self, people: People, tmp_path: Path) -> None:
        """A change is kept for a year and an opening as long: their JSON of today is read by every version to come."""
        referral = (
            '{"from":"2026-11-24T09:00:00Z","until":"2026-11-24T10:05:00Z","reason":"meeting","phone":"closed",'
            '"alternative":{"number":"4712","mode":"info"},"origin":"calendar","opened_at":null'
        )
        bookings = (
            '[{"key":"k1","from":"2026-11-24T09:00:00Z","until":"2026-11-24T10:00:00Z","code":"SAM",'
            '"alternative":null,"all_day":false}]'
        )
        rests = '[{"key":"k1","rest":"lunch","until":"2026-11-24T12:00:00Z"}]'
        set_by = f'"id":7,"bookings":{bookings},"set_at":"2026-11-24T07:00:00Z","set_by":"calendar"'
        sql(
            tmp_path,
            "INSERT INTO changes VALUES (1, '2026-11-24T07:00:00Z', ?, 7, 'create', NULL, ?, 'booked', ?, ?,"
            " 'calendar', NULL)",
            *(people.anna, f"{referral}}}", bookings, rests),
        )
        sql(
            tmp_path,
            "INSERT INTO openings VALUES (1, ?, '2026-11-24T09:30:00Z', 'closed', '[\"k1\"]', ?, 'anna', NULL)",
            *(people.anna, f"[{referral},{set_by}}}]"),
        )
        meeting = replace(absence("09:00", "10:00", Phone.CLOSED, "k1"), until=at("10:05"))
        meeting = replace(meeting, alternative=Alternative("4712", Mode.INFO))
        (change,) = people.store.changes_of(people.anna)
        assert change.after == replace(meeting, bookings=(), id=7)
        assert (change.entries, change.rests) == (meeting.bookings, (RestReached("k1", "lunch", at("12:00")),))

        undone = people.store.undo_opening(people.anna, at("09:40"), "anna")
        assert undone is not None
        (restored,) = undone.restored
        assert restored == replace(meeting, start=at("09:40"), id=restored.id, set_at=at("07:00"))

    def test_a_year_of_five_digits_keeps_nobody_from_being_read(self, people: People, tmp_path: Path) -> None:
        """It is the last time there is, as another system's 9999-12-31 is."""
        hand_set = people.store.refer(people.anna, by_hand("09:00", "10:00"), "operator", at("08:00"))
        sql(tmp_path, "UPDATE referrals SET \"from\" = '10000-01-01T00:00:00Z', until = '9999-12-31T23:59:59Z'")
        sql(
            tmp_path, "UPDATE subscribers SET unread_since = '10000-01-01T00:00:00Z', left_at = '12026-01-01T00:00:00Z'"
        )
        assert people.referrals(people.anna) == (replace(hand_set, start=LAST, until=LAST),)
        assert {one.left_at for one in people.store.subscribers("sorsele")} == {LAST}
        withdrawn = people.store.withdraw(people.anna, at("08:30"), "Eva", at("08:00"), referral_id=hand_set.id)
        assert withdrawn is not None

    def test_what_another_hand_writes_as_bookings_is_not_read(self, people: People, tmp_path: Path) -> None:
        """Only the daemon's own rows have bookings; another system's may hold anything there."""
        hand_set = people.store.refer(people.anna, by_hand("09:00", "10:00"), "operator", at("08:00"))
        sql(tmp_path, """UPDATE referrals SET bookings = '{"theirs": 1}'""")

        assert people.referrals(people.anna) == (hand_set,)


class TestReadOnly:
    """`plan`, `explain` and `check` write nothing at all."""

    def test_where_there_is_no_store_an_empty_one_is_read(self, tmp_path: Path) -> None:
        """No file is made, and a secret is made up."""
        with Store.open(url_of(tmp_path), read_only=True) as store:
            assert store.subscribers(None) == []
            assert store.in_force(MIDNIGHT) == []
            assert store.secret() == store.secret() != b""

        assert files(tmp_path) == {}

    def test_a_file_without_tables_is_an_empty_store(self, tmp_path: Path) -> None:
        """As a first run that was killed leaves it."""
        (tmp_path / "hanvisa.db").touch()
        with Store.open(url_of(tmp_path), read_only=True) as store:
            assert store.subscribers(None) == []

        assert files(tmp_path) == {"hanvisa.db": b""}

    def test_reading_leaves_no_trace(self, people: People, tmp_path: Path) -> None:
        """Where no daemon runs, no file appears and none changes."""
        secret = people.store.secret()
        people.apply(people.anna, created(absence("09:00", "10:00")))
        held = people.held(people.anna)
        people.store.close()
        before = files(tmp_path)
        with Store.open(url_of(tmp_path), read_only=True) as store:
            assert store.held([people.anna], MIDNIGHT) == {people.anna: held}
            assert store.secret() == secret

        assert files(tmp_path) == before
        assert set(before) == {"hanvisa.db"}

    def test_what_a_running_daemon_has_just_written_is_read(self, people: People, tmp_path: Path) -> None:
        """Also while it lies in the log beside the database only; no file appears and the database does not change."""
        before = (tmp_path / "hanvisa.db").read_bytes()
        people.apply(people.anna, created(absence("09:00", "10:00")))
        names = set(files(tmp_path))
        with Store.open(url_of(tmp_path), read_only=True) as store:
            assert store.held([people.anna], MIDNIGHT) == {people.anna: people.held(people.anna)}

        assert set(files(tmp_path)) == names
        assert (tmp_path / "hanvisa.db").read_bytes() == before

    def test_what_a_killed_daemon_left_in_its_log_is_read(self, people: People, tmp_path: Path) -> None:
        """The log is not lost with its writer."""
        people.store.close()
        script = (
            "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
            " c.execute(\"UPDATE subscribers SET name = 'Anna Berg' WHERE id = 1\"); c.commit(); os._exit(9)"
        )
        subprocess.run([sys.executable, "-c", script, tmp_path / "hanvisa.db"], check=False)  # noqa: S603 - ours
        with Store.open(url_of(tmp_path), read_only=True) as store:
            assert {person.name for person in store.subscribers("sorsele")} == {"Anna Berg", "Bo Alm"}

    def test_nothing_can_be_written_to_it(self, people: People, tmp_path: Path) -> None:
        """A command that only reads and yet writes is a bug."""
        people.store.close()
        with Store.open(url_of(tmp_path), read_only=True) as store, pytest.raises(RuntimeError, match="read only"):
            store.mark("run")

    def test_a_store_written_to_while_it_is_read_is_told(self, people: People, tmp_path: Path) -> None:
        """Without a lock a reader could see half of two states; it says so instead."""
        people.store.close()

        def meanwhile(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if "FROM subscribers" in statement:
                sql(tmp_path, "UPDATE subscribers SET revision = 7")

        with Store.open(url_of(tmp_path), read_only=True) as store:
            event.listen(Engine, "before_cursor_execute", meanwhile)
            try:
                with pytest.raises(StoreUnavailable, match="written to while it was read; run the command again"):
                    store.revisions("sorsele")
            finally:
                event.remove(Engine, "before_cursor_execute", meanwhile)


class TestMany:
    """Ten thousand subscribers."""

    def test_an_unchanged_cycle_issues_a_constant_number_of_queries(self, tmp_path: Path) -> None:
        """The directory, the revisions, the brake: as many statements for two hundred as for two."""
        issued: list[str] = []

        def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            issued.append(statement)

        counts = []
        for many in (2, 200):
            folder = tmp_path / str(many)
            folder.mkdir()
            lines = [Line(f"p{number}@sorsele.example", f"P {number}", (str(1000 + number),)) for number in range(many)]
            with Store.open(url_of(folder)) as store:
                store.put_directory("sorsele", lines, (), leave=True, now=at("06:00"))
                event.listen(Engine, "before_cursor_execute", count)
                store.put_directory("sorsele", lines, (), leave=True, now=at("07:00"))
                store.held(store.revisions("sorsele"), MIDNIGHT)
                store.subscribers("sorsele")
                store.not_over_count("sorsele", at("06:30"))
                store.removed_or_shortened("sorsele", at("06:30"))
                event.remove(Engine, "before_cursor_execute", count)
            counts.append(len(issued))
            issued.clear()

        assert counts[0] == counts[1]
        assert counts[0] < 25

    def test_ten_thousand_subscribers_are_read_at_once(self, tmp_path: Path) -> None:
        """Everybody and their revisions take a fraction of a second, of which a busy machine gets some more."""
        lines = [Line(f"p{n}@sorsele.example", f"P {n}", (str(10_000 + n), f"+4670{n:07}")) for n in range(10_000)]
        with Store.open(url_of(tmp_path)) as store:
            store.put_directory("sorsele", lines, (), leave=True, now=at("06:00"))
            before = time.process_time()
            everybody, revisions = store.subscribers("sorsele"), store.revisions("sorsele")
            spent = time.process_time() - before

        assert len(everybody) == len(revisions) == 10_000
        assert spent < 1


class TestVersion:
    """Whether anything was written is seen without a look at any table."""

    def test_each_write_makes_another_version(self, tmp_path: Path) -> None:
        """Of this process or another; a look makes none."""
        with Store.open(url_of(tmp_path)) as store, Store.open(url_of(tmp_path)) as another:
            first = store.version()
            store.subscribers(None)
            assert store.version() == first
            store.mark("own")
            second = store.version()
            assert second != first
            another.mark("another's")
            assert store.version() != second

    def test_a_store_that_is_opened_later_has_its_file_s_version(self, tmp_path: Path) -> None:
        """Which a look leaves as it is; of another file in its place it is another one."""
        shutil.copy(self._made(tmp_path), tmp_path / "backup.db")
        with Store.opened_later(url_of(tmp_path)) as store:
            first = store.version()
            store.subscribers(None)
            assert store.version() == first
            for file in tmp_path.glob("hanvisa.db*"):
                file.unlink()
            (tmp_path / "backup.db").rename(tmp_path / "hanvisa.db")
            assert store.version().opened != first.opened

    def test_a_store_that_is_opened_later_leaves_the_log_of_who_works_on_it(self, tmp_path: Path) -> None:
        """Also where its file is newer than that, after a checkpoint or a `chown`: the log is the service's own."""
        with Store.open(url_of(tmp_path)) as service:
            service.mark("before")
            with closing(sqlite3.connect(tmp_path / "hanvisa.db")) as other:
                other.execute("PRAGMA wal_checkpoint(PASSIVE)")
            os.utime(tmp_path / "hanvisa.db-wal", (1, 1))
            with Store.opened_later(url_of(tmp_path)) as board:
                assert board.marked("before")
                service.mark("after")
                assert board.marked("after")

    def test_the_log_of_the_file_that_was_there_is_taken_away_by_who_opens_another(self, tmp_path: Path) -> None:
        """It would be played into that one."""
        shutil.copy(self._made(tmp_path), tmp_path / "backup.db")
        with Store.opened_later(url_of(tmp_path)) as board, Store.open(url_of(tmp_path)) as service:
            service.mark("lost")
            assert board.marked("lost")
            os.utime(tmp_path / "hanvisa.db-wal", (1, 1))
            (tmp_path / "backup.db").rename(tmp_path / "hanvisa.db")
            assert not board.marked("lost")

    def _made(self, folder: Path) -> Path:
        Store.open(url_of(folder)).close()
        return folder / "hanvisa.db"

    def test_the_version_of_a_store_that_is_gone_is_not_known(self, tmp_path: Path) -> None:
        """As nothing else of it is."""
        with Store.open(url_of(tmp_path)) as store:
            store.version()
            (tmp_path / "hanvisa.db").unlink()
            with pytest.raises(StoreUnavailable):
                store.version()

    def test_looking_for_a_version_does_not_keep_the_log_from_being_emptied(self, tmp_path: Path) -> None:
        """A transaction that stayed open would: https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files."""
        with Store.open(url_of(tmp_path)) as store:
            store.version()
            store.mark("own")
            with closing(sqlite3.connect(tmp_path / "hanvisa.db")) as other:
                (busy, _, _) = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            assert busy == 0
