"""How many are found, and plainly so where a filter hides others: a filter left on is not to be taken for nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_daemon.texts import Text, by_number, listed

if TYPE_CHECKING:
    from sync_daemon.board.pages.asked import Asked


def count_told(total: int, outside: int, asked: Asked) -> Text:
    """So many are found, and `outside` more would be without the filters."""
    found = by_number(total, Text("One person"), Text("{count} people", count=total))
    if not asked.has_filters:
        return Text("Nobody is found. Type less.") if total == 0 and asked.q.strip() else found
    among = _among(found if total else Text("Nobody is found"), asked)
    if outside == 0:
        return among if total else Text("{found}, nor outside the filters. Type less.", found=among)
    if total == 0:
        return Text("{found}; {count} outside the filters", found=among, count=outside)
    return Text("{found}; {count} more outside the filters", found=among, count=outside)


def _among(found: Text, asked: Asked) -> Text:
    """With the filters that are on: `One person in sorsele, away now`."""
    of, _, department = asked.department.partition("/")
    if department:
        found = Text("{found} in {department}, {tenant}", found=found, department=department, tenant=of)
    elif asked.tenant:
        found = Text("{found} in {tenant}", found=found, tenant=asked.tenant)
    now = [Text("away now")] if asked.away else []
    soon = [Text("back within the hour")] if asked.soon else []
    return Text("{found}, {states}", found=found, states=listed([*now, *soon])) if now or soon else found
