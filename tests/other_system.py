"""A store in PostgreSQL that other systems use: its owner is no superuser, who is let in is so by `store grants`."""

from __future__ import annotations

import functools
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from sync_daemon.store import Store
from tests import postgresql
from tests.acceptance.municipality import Result, hanvisa
from tests.configuration import tenant_table
from tests.sync_daemon.board.town import MALA, SORSELE, Town

if TYPE_CHECKING:
    from psycopg import Connection

OWNER = "store_owner"
ROLES = ("trio", "telia", "nobody_yet", "reader")


@functools.cache
def _template() -> str:
    server = postgresql.shared_server()
    for role in (OWNER, *ROLES):
        server.execute(f"CREATE ROLE {role} LOGIN")
    name = server.new_database()
    server.execute(f"ALTER DATABASE {name} OWNER TO {OWNER}")
    Store.open(_url(name)).close()
    return name


def _url(database: str) -> str:
    server = postgresql.shared_server()
    return f"postgresql+psycopg://{OWNER}@/{database}?host={server.folder}"


@dataclass
class Switchboard:
    """The town's store, and roles that may be let in."""

    folder: Path
    database: str
    town: Town

    @property
    def url(self) -> str:
        """The store's, as hanvisa has it."""
        return _url(self.database)

    def hanvisa(self, *arguments: str) -> Result:
        """The command line, with the town's configuration."""
        return hanvisa(*arguments, "--config", str(self.folder / "hanvisa.toml"))

    def lets_in(self, role: str, *tenants: str, origin: str | None = None) -> None:
        """What an admin does: prints the SQL, and runs it."""
        printed = self.hanvisa(
            "store", "grants", "--role", role, "--origin", origin or role, *_each("--tenant", tenants)
        )
        assert printed.code == 0, printed.err
        self.runs(OWNER, printed.out)

    def lets_out(self, role: str) -> None:
        """The same with `--revoke`."""
        self.runs(OWNER, self.hanvisa("store", "grants", "--role", role, "--revoke").out)

    def runs(self, role: str, statements: str) -> str:
        """What psql prints of these statements, as that role."""
        psql = postgresql.binaries()
        assert psql is not None
        command = [str(psql / "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
        done = subprocess.run(  # noqa: S603 - the wheel's
            command, input=statements, env=self.environment(role), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def environment(self, role: str) -> dict[str, str]:
        """With a `service` of that name for libpq (https://www.postgresql.org/docs/18/libpq-pgservice.html)."""
        file = self.folder / f"{role}.pg_service"
        settings = f"host={postgresql.shared_server().folder}\ndbname={self.database}\nuser={role}\n"
        file.write_text(f"[hanvisa]\n{settings}", encoding="utf-8")
        return {**os.environ, "PGSERVICEFILE": str(file), "PGSERVICE": "hanvisa"}

    def connects(self, role: str) -> Connection[Any]:
        """As psycopg does; each statement is a transaction of its own."""
        return psycopg.connect(self.dsn(role), autocommit=True)

    def dsn(self, role: str) -> str:
        """For psycopg."""
        return f"host={postgresql.shared_server().folder} user={role} dbname={self.database}"

    def asks(self, role: str, statement: str, *values: object) -> list[Any]:
        """The rows that the role gets."""
        with self.connects(role) as connection:
            cursor = connection.execute(sql.SQL(statement), values or None)
            return cursor.fetchall() if cursor.description else []


def switchboard(folder: Path) -> Switchboard:
    """Sorsele and Malå, as `tests.sync_daemon.board.town` has them, and nobody is referred."""
    database = postgresql.shared_server().new_database(_template())
    postgresql.shared_server().execute(f"ALTER DATABASE {database} OWNER TO {OWNER}")
    store = f'[store]\nurl = "{_url(database)}"\n[board]\n'
    tables = tenant_table("sorsele") + tenant_table("mala")
    (folder / "hanvisa.toml").write_text(store + tables, encoding="utf-8")
    (folder / "calendars").mkdir()
    for tenant in ("sorsele", "mala"):
        (folder / f"{tenant}.csv").write_text("mailbox,name,extensions,department,alternative\n", encoding="utf-8")
    town = Town(folder, Store.open(_url(database)))
    town.lists("sorsele", SORSELE)
    town.lists("mala", MALA)
    return Switchboard(folder, database, town)


def _each(option: str, values: tuple[str, ...]) -> list[str]:
    return [part for value in values for part in (option, value)]
