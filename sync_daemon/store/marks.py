"""Values that are known by a name, in `marks` and `secrets`: what was done to the store, and what is drawn once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from sync_daemon.store import schema

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select, Table


def unreadable_key(tenant: str) -> str:
    """Under this name stands who could not be read as of the latest cycle."""
    return f"unreadable {tenant}"


def near_misses_key(tenant: str) -> str:
    """Under this name stands how many near misses there were in whose calendar when it was read last."""
    return f"near-misses {tenant}"


def reading_notes_key(tenant: str) -> str:
    """Under this name stands what the latest readings said of who cannot be read, and of near misses."""
    return f"reading-notes {tenant}"


def whole_cycle_key(tenant: str) -> str:
    """Under this name stands when the latest cycle was that asked for every mailbox that was due."""
    return f"whole-cycle {tenant}"


def directory_refused_key(tenant: str) -> str:
    """Under this name stands since which cycle the directory is not taken into use, where it is not."""
    return f"directory-refused {tenant}"


def progress_key(tenant: str) -> str:
    """Under this name stands which process of `run` got how far with the tenant last."""
    return f"progress {tenant}"


def refused_key(tenant: str | None) -> str:
    """Under this name stands why `run` does not work on the tenant, or does not take a new configuration (None)."""
    return "refused" if tenant is None else f"refused {tenant}"


def let_through_key(kind: str, tenant: str) -> str:
    """Under this name stands when held-back changes, or leavers, were let through last; `kind` as of a held set."""
    return f"let-through {kind} {tenant}"


def held_version_key(tenant: str) -> str:
    """Under this name stands the highest version that any of the tenant's held sets has had."""
    return f"held-version {tenant}"


def lock_key(tenant: str) -> str:
    """Under this name stands who took the tenant's lock last, where locks are the database's."""
    return f"lock {tenant}"


def people_key(tenant: str) -> str:
    """Under this name stands how often an admin said who is who."""
    return f"people {tenant}"


def value(connection: Connection, table: Table, name: str) -> str | None:
    """What stands there."""
    found: str | None = connection.scalar(_value_in(table), {"name": name})
    return found


@cache  # built once: it runs a dozen times in a cycle, and building it takes longer than running it
def _value_in(table: Table) -> Select[Any]:
    return select(table.c.value).where(table.c.name == bindparam("name"))


def put(connection: Connection, table: Table, name: str, told: str) -> None:
    """That value, whatever was there; nothing is written where it was there already."""
    known = value(connection, table, name)
    if known is None:
        connection.execute(insert(table), {"name": name, "value": told})
    elif known != told:
        connection.execute(update(table).where(table.c.name == name).values(value=told))


def remove(connection: Connection, name: str) -> None:
    """There is no mark of that name any more."""
    connection.execute(_REMOVE, {"name": name})


def get_or_put(connection: Connection, table: Table, name: str, told: str) -> str:
    """The one that is there; this one where there is none."""
    known = value(connection, table, name)
    if known is None:
        connection.execute(insert(table), {"name": name, "value": told})
        return told
    return known


def mark(connection: Connection, name: str) -> None:
    """Says for good that something was done to this store, such as that `run` has used it."""
    get_or_put(connection, schema.marks, name, "")


def marked(connection: Connection, name: str) -> bool:
    """Whether that was said of this store."""
    return value(connection, schema.marks, name) is not None


def probe(connection: Connection) -> None:
    """Writes a trifle and takes it back; StoreUnavailable where the store cannot be written to."""
    connection.execute(insert(schema.marks), {"name": "probe", "value": ""})
    connection.execute(delete(schema.marks).where(schema.marks.c.name == "probe"))


def count_up(connection: Connection, table: Table, name: str) -> None:
    """One more than was there."""
    put(connection, table, name, str(int(value(connection, table, name) or "0") + 1))


_REMOVE = delete(schema.marks).where(schema.marks.c.name == bindparam("name"))
