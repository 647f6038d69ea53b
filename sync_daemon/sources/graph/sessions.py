"""HTTPS to Entra and to Graph: nothing of the environment, no redirects, answers within bounds."""

from __future__ import annotations

import http.cookiejar
from typing import Any

import requests

from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources.certificates import SEEN
from sync_daemon.sources.exchange.bounded_answers import AnswerTooSlow, take
from sync_daemon.sources.exchange.ca_file import require_readable
from sync_daemon.sources.exchange.deadline import TimelyAdapter, left

LARGEST = 16 * 1024 * 1024
"""The bytes of the largest answer that is taken, unpacked: the views of 20 mailboxes."""


class _Bounded(TimelyAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - requests' own
        if left() <= 0:
            raise AnswerTooSlow("there is no time left for an answer", request=request)
        response = super().send(request, *args, **{**kwargs, "stream": True})
        SEEN.note(request.url or "", response.raw.connection)
        take(response, LARGEST)
        return response


def session_of(settings: GraphSource) -> requests.Session:
    """A session for as many threads as ask at once. Raises UserError where `ca_file` cannot be read."""
    if settings.ca_file is not None:
        require_readable(settings.ca_file)
    session = requests.Session()
    session.trust_env = False
    session.verify = str(settings.ca_file) if settings.ca_file else True
    session.proxies = {"http": settings.proxy, "https": settings.proxy} if settings.proxy else {}
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "hanvisa"
    # A thread that waited too long for its turn asks all the same, so that there may be more than `concurrency`.
    adapter = _Bounded(pool_connections=4, pool_maxsize=2 * settings.concurrency)
    session.mount("https://", adapter)
    del session.adapters["http://"]
    return session
