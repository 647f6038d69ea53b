"""A store is moved, either way between SQLite and PostgreSQL: nothing is lost, and at most one of them is in use."""

from __future__ import annotations

import itertools
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from rules.command import Phone
from rules.referral import Referral
from sync_daemon.errors import StoreUnavailable, UserError
from sync_daemon.store import Store
from sync_daemon.store.copied_tables import COPIED, Content, contents
from sync_daemon.store.lock import TenantBusy
from sync_daemon.store.locks import tenant_lock
from sync_daemon.store.moving import Caller, begin_filling, move, opened
from sync_daemon.store.taking_back import use_again
from tests import lived_year, postgresql

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
CALLER = Caller(["sorsele"], "hanvisa store copy", NOW)
PLACES = ("sqlite", "postgresql")
A_FILE_FIRST = ("sqlite", pytest.param("postgresql", marks=pytest.mark.long))
A_DATABASE_FIRST = ("postgresql", pytest.param("sqlite", marks=pytest.mark.long))
"""Where either is as good for the suite, and each costs seconds."""
WAYS = (
    ("sqlite", "postgresql"),
    ("postgresql", "sqlite"),
    *(pytest.param(kind, kind, marks=pytest.mark.long) for kind in PLACES),
)


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a year of history, of which each test has a copy."""
    file = tmp_path_factory.mktemp("year") / "hanvisa.db"
    with Store.open(f"sqlite:///{file}") as store:
        lived_year.live(store, seed=20)
    return file


@pytest.fixture
def place(tmp_path: Path) -> Callable[[str], str]:
    """A new and empty place for a store of that kind."""
    numbers = itertools.count(1)

    def made(kind: str) -> str:
        if kind == "postgresql":
            return postgresql.new_store_url()
        return f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"

    return made


@pytest.fixture
def year(lived_in: Path, place: Callable[[str], str]) -> Callable[[str], str]:
    """The year in a store of that kind."""

    def made(kind: str) -> str:
        first = place("sqlite")
        shutil.copy(lived_in, first.removeprefix("sqlite:///"))
        if kind == "sqlite":
            return first
        url = place(kind)
        move(first, url, CALLER)
        return url

    return made


def held(url: str) -> list[Content]:
    """What is in the store, whether it may be used or not."""
    with opened(url) as database, database.read() as connection:
        return contents(connection)


def rows(url: str) -> dict[str, list[object]]:
    """Every value, as the database itself has it."""
    with opened(url) as database, database.read() as connection:
        return {one.name: list(one.between(connection, None, None)) for one in COPIED}


@pytest.mark.parametrize(("source", "target"), WAYS)
def test_a_year_is_moved_and_nothing_of_it_is_lost(
    year: Callable[[str], str], place: Callable[[str], str], source: str, target: str
) -> None:
    """Every row with its id, and which ids were ever given; a copy of the copy has the same digests."""
    old, new, third = year(source), place(target), place("sqlite")
    if target == "postgresql":
        new = postgresql.new_database_url()  # nor is there a schema yet
    before = held(old)
    whole = rows(old)
    assert sum(one.rows for one in before) > 500
    # Which configurations were put into force is known of several hosts alone.
    assert {one.table for one in before if not one.rows} <= {"configurations"}

    assert list(move(old, new, CALLER).contents) == before
    assert held(new) == before
    assert rows(new) == whole
    assert list(move(new, third, CALLER).contents) == before


def _ids_given(url: str) -> tuple[int, int]:
    """To the next referral by hand, and to the next of its changes."""
    with Store.open(url) as store:
        person = store.subscribers("malå")[0]
        referral = Referral("operator", Phone.CLOSED, "lunch", NOW, NOW + timedelta(hours=1))
        made = store.refer(person.id, referral, "Eva", NOW)
        (latest,) = store.changes_of(person.id, NOW)[-1:]
        return int(made.id or 0), latest.id


@pytest.mark.parametrize("target", A_DATABASE_FIRST)
def test_the_next_id_is_one_that_was_never_given(
    year: Callable[[str], str], place: Callable[[str], str], target: str
) -> None:
    """Though the rows with the highest ones are gone: `changes` names referrals that were removed."""
    old, new = year("sqlite"), place(target)
    with opened(old) as database, database.write() as connection:
        connection.exec_driver_sql("DELETE FROM referrals WHERE id > 50")
    given = {one.table: one.given for one in held(old)}
    move(old, new, CALLER)
    assert _ids_given(new) == (given["referrals"] + 1, given["changes"] + 1)


@pytest.mark.parametrize("kind", PLACES)
def test_the_old_one_is_refused_with_where_it_went(
    year: Callable[[str], str], place: Callable[[str], str], kind: str
) -> None:
    """By whoever opens it, to write or to read, and by who has it open."""
    old, new = year(kind), place("sqlite")
    with Store.open(old) as open_still, Store.opened_later(old) as board:
        person = open_still.subscribers("sorsele")[0].id
        assert board.version() == board.version()
        move(old, new, CALLER)
        with pytest.raises(StoreUnavailable, match="was moved to"):
            board.version()
        with pytest.raises(StoreUnavailable, match="was moved to"):
            board.subscribers("sorsele")
        for how in (False, True):
            with pytest.raises(
                UserError, match=f"was moved to {new.removeprefix('sqlite:///')} at .*hanvisa store use"
            ):
                Store.open(old, read_only=how)
        with pytest.raises(StoreUnavailable, match="hanvisa store use"), Store.opened_later(old) as later:
            later.subscribers("sorsele")
        with pytest.raises(StoreUnavailable, match="it was moved, and is not written to any more"):
            open_still.refer(person, Referral("operator", Phone.CLOSED, "x", NOW, NOW + timedelta(hours=1)), "Eva", NOW)
        with pytest.raises(StoreUnavailable, match="it was moved"):
            open_still.put_directory("sorsele", (), (), leave=True, now=NOW)
    assert held(old) == held(new)


@pytest.mark.parametrize("kind", A_DATABASE_FIRST)
def test_a_copy_that_is_not_whole_is_refused(
    year: Callable[[str], str], place: Callable[[str], str], kind: str
) -> None:
    """Whatever opens it is told to let the copy go on; the old one is in use meanwhile."""
    old, new = year("sqlite"), place(kind)
    Store.open(new).close()
    with opened(new) as target:
        begin_filling(target, old, NOW)
    for how in (False, True):
        with pytest.raises(UserError, match=r"is being filled from .* and is not whole yet"):
            Store.open(new, read_only=how)
    Store.open(old).close()
    with pytest.raises(UserError, match="is being filled from"):
        move(new, place("sqlite"), CALLER)
    with pytest.raises(UserError, match="is being filled from"):
        move(year("sqlite"), new, CALLER)
    move(old, new, CALLER)
    Store.open(new).close()


class Ended(Exception):
    """The copy was ended here."""


@pytest.mark.parametrize("kind", A_DATABASE_FIRST)
def test_what_was_written_before_the_end_of_an_attempt_is_not_written_anew(
    year: Callable[[str], str], place: Callable[[str], str], kind: str
) -> None:
    """Unless the old store has changed since: then all is."""
    old, new, before = year("sqlite"), place(kind), None
    for number, attempt in enumerate(("first", "second", "after a change")):
        if attempt == "after a change":
            with Store.open(old) as store:
                store.put_directory("malå", (), (), leave=True, now=NOW)
        told: list[str] = []

        def watch(table: str, _rows: int, told: list[str] = told) -> None:
            told.append(table)
            if table == "changes" and number < 2:  # noqa: B023 - it ends within the turn
                raise Ended

        if number < 2:
            with pytest.raises(Ended):
                move(old, new, Caller(CALLER.tenants, CALLER.command, NOW, watch))
            with Store.open(old):
                before = held(new)
        else:
            assert before != held(old)
            assert move(old, new, Caller(CALLER.tenants, CALLER.command, NOW, watch)).found == 0
    assert held(new) == held(old)


@pytest.mark.parametrize("kind", A_FILE_FIRST)
def test_a_second_attempt_finds_the_rows_of_the_first(
    year: Callable[[str], str], place: Callable[[str], str], kind: str
) -> None:
    """They are read and compared, and not written again."""
    old, new = year(kind), place("sqlite")

    def watch(table: str, _rows: int) -> None:
        if table == "changes":
            raise Ended

    with pytest.raises(Ended):
        move(old, new, Caller((), "copy", NOW, watch))
    there = sum(one.rows for one in held(new))
    assert move(old, new, CALLER).found == there > 100


@pytest.mark.parametrize("kind", A_FILE_FIRST)
def test_a_copy_that_was_ended_at_its_very_end_is_ended_by_the_same_command(
    year: Callable[[str], str], place: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The old one is marked and the new one is still not whole: neither is in use, until the command runs again."""
    old, new = year(kind), place("sqlite")
    with monkeypatch.context() as patch:
        patch.setattr("sync_daemon.store.moving.end_filling", lambda _database: (_ for _ in ()).throw(Ended))
        with pytest.raises(Ended):
            move(old, new, CALLER)
    for url in (old, new):
        with pytest.raises(UserError):
            Store.open(url)
    move(old, new, CALLER)
    Store.open(new).close()
    with pytest.raises(UserError, match="already: there is nothing left to do"):
        move(old, new, CALLER)


@pytest.mark.parametrize("kind", A_FILE_FIRST)
def test_nothing_is_moved_while_somebody_works_on_a_tenant(
    year: Callable[[str], str], place: Callable[[str], str], kind: str
) -> None:
    """Of any that the store has people of; who works is named."""
    old, new = year(kind), place("sqlite")
    with tenant_lock(old, "malå").held("hanvisa run", NOW), pytest.raises(TenantBusy, match="hanvisa run"):
        move(old, new, CALLER)
    Store.open(old).close()
    move(old, new, CALLER)


@pytest.mark.parametrize("kind", PLACES)
def test_an_attempt_that_is_refused_leaves_no_store(
    year: Callable[[str], str], place: Callable[[str], str], kind: str
) -> None:
    """An empty one would be filled by whoever starts the service with the new address before the copy is made."""
    old, new = year("sqlite"), place(kind) if kind == "sqlite" else postgresql.new_database_url()
    with tenant_lock(old, "malå").held("hanvisa run", NOW), pytest.raises(TenantBusy):
        move(old, new, CALLER)
    with Store.open(new, read_only=True) as store:
        assert not store.exists


@pytest.mark.parametrize("kind", PLACES)
def test_nobody_writes_to_the_old_one_while_it_is_copied(
    year: Callable[[str], str], place: Callable[[str], str], kind: str
) -> None:
    """What an operator sets meanwhile is refused, so that it is not lost; reading goes on."""
    tried: list[str] = []
    old, new = year(kind), place("postgresql")
    short = f"{old}?timeout=0.05" if kind == "sqlite" else f"{old}&options=-c%20lock_timeout%3D50ms"
    referral = Referral("operator", Phone.CLOSED, "lunch", NOW, NOW + timedelta(hours=1))
    with Store.open(short) as board:
        person = board.subscribers("malå")[0].id

        def watch(table: str, _rows: int) -> None:
            if table == "changes" and not tried:
                assert board.subscribers("malå")
                with pytest.raises(StoreUnavailable, match="another process keeps it locked; try again"):
                    board.refer(person, referral, "Eva", NOW)
                tried.append(table)

        move(old, new, Caller((), "copy", NOW, watch))
    assert tried


def test_where_something_is_already_nothing_is_copied(year: Callable[[str], str], place: Callable[[str], str]) -> None:
    """Nor to itself, from nowhere, or from a store of another version."""
    old, other = year("sqlite"), year("sqlite")
    for source, target, told in (
        (old, other, "there is a store at .* already"),
        (old, old, "is named twice"),
        (place("sqlite"), place("sqlite"), "there is no store at"),
        (postgresql.new_database_url(), place("sqlite"), "there is no store at"),
    ):
        with pytest.raises(UserError, match=told):
            move(source, target, CALLER)
    with opened(old) as database, database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0008'")
    with pytest.raises(UserError, match=r"older version of hanvisa .*run `hanvisa once` first"):
        move(old, place("sqlite"), CALLER)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE subscribers SET name = 'a' || char(0) || 'b' WHERE id = 7", "row 7 of the table subscribers .* NUL"),
        ("UPDATE openings SET keys = 'no JSON' WHERE id = 2", "row 2 of the table openings .* another kind"),
        ("UPDATE referrals SET until = 'soon' WHERE id = (SELECT max(id) FROM referrals)", None),
        (
            (
                'INSERT INTO referrals SELECT 9000, subscriber_id, origin, reason, phone, "from", until,'
                " alternative_number, alternative_mode, opened_at, set_at, set_by, bookings, written, version"
                " FROM referrals WHERE origin = 'calendar' LIMIT 1"
            ),
            "row 9000 of the table referrals .* overlaps",
        ),
    ],
    ids=["NUL", "no JSON", "no time", "overlap"],
)
def test_what_postgresql_cannot_hold_is_named(
    year: Callable[[str], str], place: Callable[[str], str], statement: str, told: str | None
) -> None:
    """By table and key, nothing of what stands there; the old store stays in use, and once mended the copy goes on."""
    old, new = year("sqlite"), place("postgresql")
    with opened(old) as database, database.write() as connection:
        connection.exec_driver_sql(statement)
    if told is None:  # a time that is none is the latest there is, wherever it is read
        move(old, new, CALLER)
        return
    with pytest.raises(UserError, match=told):
        move(old, new, CALLER)
    Store.open(old).close()
    with pytest.raises(UserError, match="not whole yet"):
        Store.open(new)
    with opened(old) as database, database.write() as connection:
        connection.exec_driver_sql("UPDATE subscribers SET name = 'Bo' WHERE id = 7")
        connection.exec_driver_sql("UPDATE openings SET keys = '[]' WHERE id = 2")
        connection.exec_driver_sql("DELETE FROM referrals WHERE id = 9000")
    move(old, new, CALLER)
    assert held(new) == held(old)


@pytest.mark.parametrize(("source", "target"), WAYS)
def test_who_must_go_back_the_same_evening_does(
    year: Callable[[str], str], place: Callable[[str], str], source: str, target: str
) -> None:
    """The old one is used again, the new one no more; and then the other way once more."""
    old, new = year(source), place(target)
    move(old, new, CALLER)
    assert use_again(old, str, CALLER, force=False).lost == 0
    with Store.open(old) as store:
        store.mark("used again")
        store.put_directory("malå", (), (), leave=True, now=NOW)
    with pytest.raises(UserError, match="was moved to"):
        Store.open(new)
    with pytest.raises(UserError, match="was not moved"):
        use_again(old, str, CALLER, force=True)


@pytest.mark.parametrize("kind", A_FILE_FIRST)
def test_what_people_changed_since_is_not_left_behind_unsaid(
    year: Callable[[str], str], place: Callable[[str], str], kind: str
) -> None:
    """It is refused and counted, unless it is forced."""
    old, new = year("sqlite"), place(kind)
    move(old, new, CALLER)
    _ids_given(new)
    with pytest.raises(UserError, match=r"people have made 1 changes in .* to keep them, copy"):
        use_again(old, str, CALLER, force=False)
    with pytest.raises(UserError, match="was moved to"):
        Store.open(old)
    Store.open(new).close()
    assert use_again(old, str, CALLER, force=True).lost == 1
    Store.open(old).close()


def test_a_store_that_is_gone_is_left_only_by_force(year: Callable[[str], str], place: Callable[[str], str]) -> None:
    """Nobody knows what was changed in it; where it comes back it does not know that it is used no more."""
    old, new = year("sqlite"), place("postgresql")
    move(old, new, CALLER)
    postgresql.drop(new)
    with pytest.raises(UserError, match=r"cannot be asked what people have changed .* no such database"):
        use_again(old, str, CALLER, force=False)
    assert use_again(old, str, CALLER, force=True).unreached
    Store.open(old).close()
