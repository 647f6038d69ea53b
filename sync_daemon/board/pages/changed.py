"""`/changed?since=VERSION`: the version of what is shown, as soon as it is another, for the pages' scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from sync_daemon.board.changes import TooManyWait
from sync_daemon.board.place import place_of

if TYPE_CHECKING:
    from starlette.requests import Request


async def changed(request: Request) -> Response:
    """It names nobody: only who has signed in is told that anything has changed at all."""
    changes = place_of(request).changes
    try:
        return PlainTextResponse(await changes.after(request.query_params.get("since", ""), request.receive))
    except TooManyWait:
        raise HTTPException(503, headers={"Retry-After": "5"}) from None
