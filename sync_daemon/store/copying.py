"""The rows of one store into another, a page at a time, so that what was written before a kill is not written anew.

What is read is one state throughout; a page is a transaction. Where the other store holds rows of an earlier state, it
is emptied and filled anew. Afterwards both are read whole and compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import DataError, IntegrityError

from sync_daemon.errors import HanvisaError, UserError
from sync_daemon.store.copied_tables import COPIED, Content, Tally, contents
from sync_daemon.store.referrals import OverlappingReferrals
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from sync_daemon.store.copied_tables import CopiedTable, Key, Row
    from sync_daemon.store.database import Database

_NOT_HELD = (DataError, IntegrityError, OverlappingReferrals, UnicodeError)
"""What a row is refused with that the other database cannot hold."""


class _OtherRows(Exception):
    """There are rows in the copy that what is copied does not have."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What both stores hold now, table by table, and how many rows an earlier attempt had left there already."""

    contents: tuple[Content, ...]
    found: int


def copy_rows(
    source: Connection, target: Database, *, watch: Callable[[str, int], None] = lambda _table, _rows: None
) -> Copied:
    """Fills the target with all that the source holds, and compares both. `watch` is told each page of a table.

    Raises:
        UserError: the target cannot hold a row; it names which one, and what to do.
        HanvisaError: they differ in the end.
        StoreUnavailable: the target does not answer.
    """
    try:
        filled = [_fill_table(table, source, target, watch) for table in COPIED]
        found = sum(one.found for one in filled)
    except _OtherRows:
        with target.write_schema() as connection:  # however long it takes
            for table in reversed(COPIED):
                table.clear(connection)
        filled, found = [_fill_table(table, source, target, watch) for table in COPIED], 0
    # Read once: PostgreSQL counts on for who writes meanwhile, whatever a transaction sees otherwise.
    given = [table.given(source) for table in COPIED]
    with target.write() as connection:
        for table, highest in zip(COPIED, given, strict=True):
            table.give_on_after(connection, highest)
    copied = [table.told(one.tally, highest) for table, one, highest in zip(COPIED, filled, given, strict=True)]
    with target.read_for_long() as connection:
        return Copied(_equal(copied, contents(connection)), found)


@dataclass(frozen=True, slots=True)
class _Filled:
    """What of a table was read, and how many of its rows were there already."""

    tally: Tally
    found: int


def _fill_table(table: CopiedTable, source: Connection, target: Database, watch: Callable[[str, int], None]) -> _Filled:
    """Goes on after what is there already."""
    tally, found, last = Tally(), 0, None
    for page in table.pages(source):
        upto = table.key(page[-1])
        with target.read() as connection:
            there = table.between(connection, last, upto)
        if not there:
            _write(table, target, page)
        elif there == page:
            found += len(page)
        else:
            raise _OtherRows
        last = upto
        tally.add(page)
        watch(table.name, len(page))
    with target.read() as connection:
        if table.between(connection, last, None, 1):
            raise _OtherRows
    return _Filled(tally, found)


def _write(table: CopiedTable, target: Database, page: Sequence[Row]) -> None:
    """All of them or none; where that cannot be it is found out of which one."""
    try:
        with target.write(durable=False) as connection:
            table.insert(connection, page)
    except _NOT_HELD as error:
        if len(page) == 1:
            raise _not_held(table, table.key(page[0]), target, error) from None
        middle = len(page) // 2
        _write(table, target, page[:middle])
        _write(table, target, page[middle:])


def _not_held(table: CopiedTable, key: Key, target: Database, error: Exception) -> UserError:
    """The row is named by its table and key; of what stands in it nothing is told."""
    if isinstance(error, OverlappingReferrals):
        problem = Text("it overlaps another referral of the calendar's of the same person and phone")
    elif "NUL" in str(error) or "0x00" in str(error):
        problem = Text("a text in it has the character NUL, which PostgreSQL has no place for")
    else:
        problem = Text("its values are of another kind than their columns")
    return UserError(
        Text(
            "the row {key} of the table {table} cannot be written to {name}: {problem}; mend it in the store that is "
            "copied, whose row it is, and run the same command again",
            key=" ".join(map(repr, key)),
            table=table.name,
            name=target.name,
            problem=problem,
        )
    )


def _equal(source: Sequence[Content], target: Sequence[Content]) -> tuple[Content, ...]:
    for one, other in zip(source, target, strict=True):
        if one != other:
            raise HanvisaError(
                Text(
                    "the copy differs in the table {table}: {rows} rows ({digest}) were copied and {found} ({other}) "
                    "are there; somebody else has written to it: run the same command again",
                    table=one.table,
                    rows=one.rows,
                    digest=one.digest,
                    found=other.rows,
                    other=other.digest,
                )
            )
    return tuple(source)
