"""Where an answer goes on, whether that is more of the same calendar, and whether it says itself that it is not whole.

https://learn.microsoft.com/en-us/graph/paging has `@odata.nextLink`. In version 4.01 of OData the `odata.` may lack
(https://docs.oasis-open.org/odata/odata-json-format/v4.01/odata-json-format-v4.01.html), and in version 3 the `@` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_KEY = re.compile(r"users\('(.+)'\)")
_LONGEST_CONTEXT = 2_000
_NAMED = re.compile(r"#users\('([^']{1,320})'\)/calendarView", re.IGNORECASE)


def next_link(body: Mapping[str, Any]) -> object:
    """The link to the next page, however it is spelled; None where there is none."""
    links = (link for name, link in body.items() if name.lower().endswith("nextlink") and link is not None)
    return next(links, None)


def tells_of_error(body: Mapping[str, Any]) -> bool:
    """Whether an error stands beside the events."""
    return any(
        told is not None and (name.lower() == "error" or (name.startswith("@") and name.lower().endswith("error")))
        for name, told in body.items()
    )


@dataclass(slots=True)
class Owner:
    """Whose calendar is asked for: the mailbox of that address.

    Graph may write the directory's id of the user in its place, of which the first that is told is taken for this
    one's: two of them are two mailboxes'.
    """

    address: str
    user_id: str = ""

    def learn(self, context: object) -> None:
        """Takes the id that a page's `@odata.context` names, if any: `…/$metadata#users('…')/calendarView`."""
        named = _NAMED.search(unquote(context[:_LONGEST_CONTEXT])) if isinstance(context, str) else None
        if named is not None:
            self._is(named[1])

    def has(self, path: str, *, delta: bool = False) -> bool:
        """Whether the path of a link leads to more of this calendar, and to no other's and nothing else."""
        user, *behind = [unquote(step) for step in path.partition("?")[0].lower().split("/")[1:]] or [""]
        if user == "users":
            known = bool(behind) and self._is(behind.pop(0))
        else:
            key = _KEY.fullmatch(user)
            known = user == "me" or (key is not None and self._is(key[1].replace("''", "'")))
        if delta:
            known = bool(behind) and behind.pop() == "delta" and known
        return known and _is_view(behind)

    def _is(self, user: str) -> bool:
        """Whether that is the mailbox's address, or its id."""
        user = user.lower()
        if _ID.fullmatch(user) is None:
            return user == self.address.lower()
        self.user_id = self.user_id or user
        return user == self.user_id


def _is_view(steps: list[str]) -> bool:
    """Whether behind a user they name the view of a calendar: `calendar`, one of `calendars`, or none by itself."""
    *calendar, last = steps or [""]
    if last != "calendarview":
        return False
    match calendar:
        case [] | ["calendar"] | ["calendars", _]:
            return True
        case [one]:
            return one.startswith("calendars(")
    return False
