"""A store's url as it is typed on the command line: as url in [store], and opened with what the configuration knows."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from sync_daemon.errors import UserError
from sync_daemon.settings import Settings
from sync_daemon.settings.section import Folders, Refused
from sync_daemon.settings.store import StoreSettings
from sync_daemon.store.databases import name_at
from sync_daemon.texts import Text


class StoreAddresses:
    """What a typed url is opened by."""

    def __init__(self, loaded: Settings, config: Path) -> None:
        self._configured = loaded.store
        self._folder = config.absolute().parent

    def of(self, url: str) -> str:
        """The address; of the configured store with its password's file. Raises UserError, and never repeats the url.

        Of another one in PostgreSQL libpq finds the password itself, in PGPASSFILE or ~/.pgpass
        (https://www.postgresql.org/docs/18/libpq-pgpass.html).
        """
        try:
            typed = StoreSettings.model_validate({"url": url}, context=Folders(self._folder))
        except ValidationError as error:
            refused = error.errors()[0].get("ctx", {}).get("error")
            if not isinstance(refused, Refused):
                raise
            raise UserError(Text("a url {problem}; {remedy}", problem=refused.problem, remedy=refused.remedy)) from None
        if typed.is_file:
            return typed.address
        typed = typed.model_copy(update={"folder": self._configured.folder or self._folder})
        if self.name(typed.url) == self.name(self._configured.url):
            typed = typed.model_copy(update={"secret": self._configured.secret})
        return typed.address

    def name(self, address: str) -> str:
        """As a person knows it; no password in it."""
        return name_at(address)
