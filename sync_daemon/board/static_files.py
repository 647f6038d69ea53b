"""Our own style sheet and script, under `/static/`; nothing comes from another host."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from starlette.staticfiles import StaticFiles

from sync_daemon.board.rendering import STATIC

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope


class OurFiles(StaticFiles):
    """The files, which a browser may keep: the address changes with what a file holds (`rendering.static`)."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """As starlette answers, and for how long it holds."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response
