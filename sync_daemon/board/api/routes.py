"""The addresses of `/api`."""

from __future__ import annotations

from starlette.routing import Route

from sync_daemon.board.api.acting import open_, refer, withdraw
from sync_daemon.board.api.asking import people, referrals
from sync_daemon.board.api.document import openapi
from sync_daemon.board.api.problems import answered

ROUTES = (
    Route("/api/referrals", answered(referrals)),
    Route("/api/people", answered(people)),
    Route("/api/refer", answered(refer), methods=["POST"]),
    Route("/api/open", answered(open_), methods=["POST"]),
    Route("/api/withdraw", answered(withdraw), methods=["POST"]),
    Route("/api/openapi.json", answered(openapi)),
)
