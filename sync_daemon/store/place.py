"""Where the files are that a host keeps for itself of a store: which passwords were refused, who has signed in."""

from __future__ import annotations

from pathlib import Path

from sync_daemon.settings.store import BESIDE
from sync_daemon.store.databases import is_postgresql, parsed_url
from sync_daemon.store.sqlite import database_file


def beside_store(url: str) -> Path:
    """The path that each such file has, with an ending of its own: the SQLite file's, or as the address says.

    Raises UserError where the address is none.
    """
    parsed = parsed_url(url)
    if is_postgresql(parsed):
        return Path(str(parsed.query.get(BESIDE, "hanvisa")))
    return database_file(parsed)
