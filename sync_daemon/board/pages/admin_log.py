"""The log of today, for an admin: what `hanvisa log` says of their tenants, in their language."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync_daemon import log
from sync_daemon.answers.log_told import concerning, log_lines
from sync_daemon.board.pages.admin import administered
from sync_daemon.board.place import language_of, place_of
from sync_daemon.board.rendering import render
from sync_daemon.errors import UserError
from sync_daemon.printable import one_line
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_MOST = 1000
"""Lines of a page: the latest ones."""


def log_page(request: Request) -> Response:
    """`/admin/log`; with `?all=1` each line, `?tenant=` of that tenant alone, `?level=warning` from that level up."""
    tenants, place, asked = administered(request), place_of(request), request.query_params
    one = [tenant for tenant in tenants if tenant.id == asked.get("tenant")]
    zone = (one or tenants)[0].zone
    every, level = asked.get("all") == "1", "warning" if asked.get("level") == "warning" else None
    shared = not one and len(tenants) == len(place.settings.tenants)
    began = place.clock().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    lines: Sequence[str] = ()
    problem: str | None = None
    file = place.settings.log.file
    if file is None:
        problem = Text("the configuration has log.file = false: there is no log to read")
    else:
        records = partial(_records, file, {tenant.id for tenant in one or tenants}, began, level, shared=shared)
        try:
            lines = deque(log_lines(records, zone, language_of(request), every=every), _MOST)
        except UserError as error:
            problem = error.text
    return render(
        request,
        "admin_log.html",
        lines=[one_line(line) for line in lines],
        is_cut=len(lines) == _MOST,
        problem=problem,
        tenants=tenants,
        chosen=one[0].id if one else "",
        every=every,
        level=level or "",
    )


def _records(
    file: Path, tenants: set[str], since: datetime, level: str | None, *, shared: bool
) -> Iterator[Mapping[str, Any]]:
    return concerning(log.read(file, since=since, level=level), tenants, shared=shared)
