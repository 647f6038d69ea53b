"""A way to Graph with nothing in it but what is asked and answered, for tests of who asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import requests

from sync_daemon.sources.exchange.failure import Concerns, Failure, later
from sync_daemon.sources.graph.question import Answer, Question
from tests.graph.process import Graph

UNKNOWN = Failure("see that the mailbox is there", elsewhere=True)


class PlainWay:
    """One token, one session, a batch for each call."""

    def __init__(self, graph: Graph) -> None:
        self._endpoint = graph.endpoint
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(graph.ca_file)
        asked = {
            "grant_type": "client_credentials",
            "client_id": graph.client_id,
            "client_secret": graph.secret,
            "scope": "https://graph.microsoft.com/.default",
        }
        token = self._session.post(f"{graph.authority}/{graph.directory_id}/oauth2/v2.0/token", data=asked).json()
        self._session.headers["Authorization"] = f"Bearer {token['access_token']}"

    def ask(self, questions: Sequence[Question]) -> list[Answer | Failure]:
        """What is answered to each, in their order."""
        asked: list[Any] = [
            {"id": str(number), "method": "GET", "url": one.path, "headers": dict(one.headers)}
            for number, one in enumerate(questions)
        ]
        answered = self._session.post(f"{self._endpoint}/$batch", json={"requests": asked}).json()["responses"]
        by_id = {one["id"]: one for one in answered}
        return [_outcome(by_id[str(number)]) for number in range(len(questions))]

    def path_of(self, link: object) -> str | None:
        """The path behind the endpoint."""
        if isinstance(link, str) and link.startswith(self._endpoint + "/"):
            return link.removeprefix(self._endpoint)
        return None


def _outcome(part: Mapping[str, Any]) -> Answer | Failure:
    if part["status"] == 200:
        return Answer(part["body"])
    code = part["body"]["error"]["code"]
    return UNKNOWN if part["status"] == 404 else later(code, Concerns.MAILBOX)
