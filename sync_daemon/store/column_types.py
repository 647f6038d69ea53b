"""The types of columns, and the one function, that SQLite and PostgreSQL have otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, Integer, String, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from sync_daemon.times import as_text, brought_nearer, from_text, whole_second

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler


class UtcTime(TypeDecorator[datetime]):
    """Aware times in and out, in UTC and whole seconds: timestamptz on PostgreSQL, text on SQLite.

    SQLite has no type for times (https://www.sqlite.org/datatype3.html, 2.2); the text compares as the times do.
    """

    impl = String(20)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type that the database has for it."""
        own = TIMESTAMP(timezone=True) if dialect.name == "postgresql" else String(20)
        return dialect.type_descriptor(own)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 - as the base says
        """Into the database."""
        if value is None:
            return None
        return whole_second(value) if dialect.name == "postgresql" else as_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - as the base says
        """Out of the database."""
        if value is None:
            return None
        return brought_nearer(value) if dialect.name == "postgresql" else from_text(value)


class UtcNow(FunctionElement[datetime]):
    """The database's own clock, in whole seconds, as `UtcTime` holds it."""

    type = UtcTime()
    inherit_cache = True


@compiles(UtcNow)
def _now(_element: UtcNow, _compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - as the compiler calls it
    return "date_trunc('second', CURRENT_TIMESTAMP)"


@compiles(UtcNow, "sqlite")
def _now_on_sqlite(_element: UtcNow, _compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - as the compiler calls it
    return "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"


class WrittenUnder(FunctionElement[int]):
    """The fencing number that the transaction has shown (`fence`); NULL where it has shown none, and on SQLite."""

    type = Integer()
    inherit_cache = True


@compiles(WrittenUnder)
def _written_under(_element: WrittenUnder, _compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - as the compiler calls it
    return "NULLIF(current_setting('hanvisa.fence', true), '')::bigint"


@compiles(WrittenUnder, "sqlite")
def _written_under_on_sqlite(_element: WrittenUnder, _compiler: SQLCompiler, **_: Any) -> str:  # noqa: ANN401 - as the compiler calls it
    return "NULL"


JSON_TEXT = JSON(none_as_null=True)
"""JSON as it was written, on PostgreSQL too (not jsonb, which sorts an object's keys); a value that is None is NULL."""

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared by its bytes, as SQLite does it, wherever the database's own language is from
(https://www.postgresql.org/docs/18/collation.html#COLLATION-MANAGING-STANDARD)."""

NUMBER = Integer().with_variant(BigInteger(), "postgresql")
"""A whole number up to 2^63, as SQLite's are (https://www.sqlite.org/datatype3.html, 2)."""
