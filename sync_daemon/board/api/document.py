"""The description of `/api` for other programs: OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1.html)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


@cache
def document() -> dict[str, Any]:
    """The description, which tests hold to what is answered."""
    read: dict[str, Any] = json.loads(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8"))
    return read


def openapi(request: Request) -> Response:
    """The description."""
    del request
    return JSONResponse(document())
