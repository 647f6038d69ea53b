"""HTTPS to the provider: nothing of the environment, no redirects, no cookies, answers within bounds."""

from __future__ import annotations

import http.cookiejar
from typing import Any
from urllib.parse import quote_plus

import requests
from authlib.integrations.requests_client import OAuth2Session

from sync_daemon.settings.openid import OpenIdSettings
from sync_daemon.sources.exchange.bounded_answers import take
from sync_daemon.sources.exchange.ca_file import require_readable
from sync_daemon.sources.exchange.deadline import TimelyAdapter
from sync_daemon.sources.password import password_in

_LARGEST = 1024 * 1024
"""The bytes of the largest answer that is taken, unpacked: a provider's keys, many times over."""


class _Bounded(TimelyAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401 - requests' own
        response = super().send(request, *args, **{**kwargs, "stream": True})
        take(response, _LARGEST)
        return response


def plain_session(settings: OpenIdSettings) -> requests.Session:
    """For what anybody may read. Raises UserError where `ca_file` cannot be read."""
    return _kept_within_bounds(requests.Session(), settings)


def client_session(settings: OpenIdSettings, *, method: str) -> OAuth2Session:
    """For the board as a client of the provider's, by its secret. Raises UserError where a file cannot be read.

    `method` is `client_secret_post`, or `client_secret_basic`, in which both are form-encoded first
    (https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1).
    """
    names = (settings.client_id, password_in(settings.secret, of_application=True))
    if method == "client_secret_basic":
        names = (quote_plus(names[0]), quote_plus(names[1]))
    session = OAuth2Session(*names, token_endpoint_auth_method=method, code_challenge_method="S256")
    _kept_within_bounds(session, settings)
    return session


def _kept_within_bounds(session: requests.Session, settings: OpenIdSettings) -> requests.Session:
    if settings.ca_file is not None:
        require_readable(settings.ca_file)
    session.trust_env = False
    session.verify = str(settings.ca_file) if settings.ca_file else True
    session.proxies = {"http": settings.proxy, "https": settings.proxy} if settings.proxy else {}
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "hanvisa"
    session.mount("https://", _Bounded())
    del session.adapters["http://"]
    return session
