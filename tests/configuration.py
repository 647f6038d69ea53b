"""The TOML of a configuration, as every test writes it: a store, then tenants with their sources."""

from __future__ import annotations

import json

STORE = """\
[store]
url = "sqlite:///hanvisa.db"
"""

Value = str | int | bool
"""What a key of a source may be given here."""


def files_source(folder: str = "calendars", **keys: Value) -> str:
    """A source that is a folder of iCalendar files, with further keys."""
    return source_table(kind="ics", folder=folder, **keys)


def exchange_source(endpoint: str, user: str, **keys: Value) -> str:
    """A source that is an Exchange without encryption on this machine; `keys` are more, or others in place of these."""
    ours: dict[str, Value] = {"secret": "exchange", "auth": "basic", "allow_http": True}
    return source_table(kind="ews", endpoint=endpoint, user=user, **(ours | keys))


def tenant_table(tenant: str = "sorsele", *sources: str) -> str:
    """A tenant of that id whose directory is `<id>.csv`; its source is the folder `calendars` where none is given."""
    head = f'[[tenants]]\nid = "{tenant}"\ntimezone = "Europe/Stockholm"\ndirectory = "{tenant}.csv"\n'
    return head + "".join(sources or (files_source(),))


def source_table(**keys: Value) -> str:
    """A source with these keys and no others; of a text, a truth or a number JSON is TOML."""
    lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in keys.items())
    return "\n".join(("[[tenants.sources]]", *lines, ""))
