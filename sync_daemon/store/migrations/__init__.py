"""The store's schema, from one version to the next: alembic, run from here; there is no alembic.ini.

A file in `versions` is never changed once it has been released: it says what was, and so repeats what `schema` says
today instead of importing it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

if TYPE_CHECKING:
    from sqlalchemy import Connection


def configuration(connection: Connection | None = None) -> Config:
    """What alembic needs to know; `connection` is where env.py runs."""
    config = Config(attributes={"connection": connection})
    folder = str(Path(__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))  # configparser reads % as its own sign
    return config


def upgrade(connection: Connection) -> None:
    """Brings the schema to the newest version, within the connection's transaction."""
    command.upgrade(configuration(connection), "head")
