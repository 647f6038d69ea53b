"""Who asks the stand-in in its own tests, and the entries that they put into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests

from tests.exchange.item import global_object_id
from tests.graph.process import Graph

ANNA, BO = "anna@kommun.example", "bo@kommun.example"
MONDAY = datetime(2026, 10, 19, 7, tzinfo=ZoneInfo("UTC"))
WEEK = "startDateTime=2026-10-19T00:00:00Z&endDateTime=2026-10-26T00:00:00Z"
UID = global_object_id(MONDAY, "budget")
BUDGET = {"subject": "SAM: Budget", "start": "2026-10-19T10:00", "end": "2026-10-19T11:00", "uid": UID}
DAILY = {**BUDGET, "subject": "SAM: Morgonmöte", "series": {"kind": "Daily", "number": 5}}


@dataclass
class Caller:
    """Asks as an application does; `session` trusts the stand-in and nobody else."""

    graph: Graph
    session: requests.Session
    token: str = ""

    def sign_in(self, **form: str) -> requests.Response:
        """A request for a token; by the secret unless `form` says otherwise."""
        asked = {
            "grant_type": "client_credentials",
            "client_id": self.graph.client_id,
            "scope": "https://graph.microsoft.com/.default",
            **form,
        }
        if "client_assertion" not in form:
            asked.setdefault("client_secret", self.graph.secret)
        url = f"{self.graph.authority}/{self.graph.directory_id}/oauth2/v2.0/token"
        answer = self.session.post(url, data=asked, timeout=10)
        self.token = answer.json().get("access_token", self.token) if answer.ok else self.token
        return answer

    def get(self, path: str, **headers: str) -> requests.Response:
        """A GET below the endpoint, or of a whole link."""
        url = path if path.startswith("https") else self.graph.endpoint + path
        return self.session.get(url, headers=self._with_token(headers), timeout=10, allow_redirects=False)

    def batch(self, *urls: str, **headers: str) -> requests.Response:
        """A batch of GETs, whose ids are their places."""
        asked = [{"id": str(number), "method": "GET", "url": url} for number, url in enumerate(urls)]
        url = f"{self.graph.endpoint}/$batch"
        return self.session.post(url, json={"requests": asked}, headers=self._with_token(headers), timeout=10)

    def _with_token(self, headers: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **headers}

    def view(self, address: str = ANNA, query: str = WEEK, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """One page of a view."""
        return self.get(view(address, query), **headers).json()

    def delta(self, link: str = "", address: str = ANNA, **headers: str) -> Any:  # noqa: ANN401 - JSON
        """One page of a round: the first, or that of a link."""
        return self.get(link or f"/users/{address}/calendarView/delta?{WEEK}", **headers).json()


def view(address: str = ANNA, query: str = WEEK) -> str:
    """The path of a view."""
    return f"/users/{address}/calendarView?{query}"


def subjects(page: Any) -> list[str]:  # noqa: ANN401 - JSON
    """The subjects of a page."""
    return [entry["subject"] for entry in page["value"]]
