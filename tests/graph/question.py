"""One question to Graph, alone or in a batch: its path, its query options and what its headers prefer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

_PREFERENCE = re.compile(r'([\w.\-]+)\s*=\s*(?:"([^"]*)"|([^\s,;]+))')


@dataclass(frozen=True)
class Question:
    """`segments` are the path behind the version, decoded; `options` are by lower-case name, as are the headers."""

    method: str
    segments: tuple[str, ...]
    options: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)

    def preference(self, name: str) -> str | None:
        """A preference of the Prefer header, without its quotes."""
        for found in _PREFERENCE.finditer(self.headers.get("prefer", "")):
            if found[1].lower() == name:
                return found[2] if found[2] is not None else found[3]
        return None

    @property
    def address(self) -> str | None:
        """The mailbox that it is about."""
        at_users = len(self.segments) >= 2 and self.segments[0].lower() == "users"
        return self.segments[1].lower() if at_users else None

    @property
    def below(self) -> str:
        """What of the mailbox is asked for, in lower case, such as `calendarview/delta`.

        The default calendar has two paths.
        """
        rest = "/".join(self.segments[2:]).lower()
        return rest.removeprefix("calendar/")


def read(method: str, target: str, headers: Mapping[str, str]) -> Question:
    """A question from a path with its query, as it stands in a request line or in a batch."""
    path, _, query = target.partition("?")
    segments = tuple(unquote(one) for one in path.strip("/").split("/"))
    options = {name.lower(): value for name, value in parse_qsl(query, keep_blank_values=True)}
    return Question(method.upper(), segments, options, {name.lower(): value for name, value in headers.items()})
