"""A monitor is asked for its address, by HTTP: that all is well, or that something is not.

The address is asked for, and with `/fail` behind its path where something is wrong, as Healthchecks.io has it
(https://healthchecks.io/docs/http_api/); an Uptime Kuma's is told `status=down` instead, which it understands
(https://github.com/louislam/uptime-kuma/issues/279). Nothing of anybody is sent with it.
"""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from sync_daemon.settings import AlertsSettings
from sync_daemon.texts import Text

SECONDS = (5.0, 10.0)
"""How long a connection, and then an answer, is waited for."""

_SUCCESS = range(200, 300)


def send(settings: AlertsSettings, *, well: bool) -> str:
    """Asks for the monitor's address; what went wrong, in words without the address, which holds a token. Empty: fine.

    A redirection is not followed: it may lead to where the token is sent in the clear.
    """
    address = settings.heartbeat or ""
    try:
        with requests.Session() as session:
            session.mount("https://", _Trusting(settings))
            answer = session.get(
                address if well else _failing(address), timeout=SECONDS, allow_redirects=False, stream=True
            )
            answer.close()
    except requests.exceptions.SSLError:
        return Text("its certificate does not hold, or it does not speak TLS there")
    except requests.exceptions.Timeout:
        return Text("it does not answer")
    except (requests.exceptions.RequestException, OSError, ValueError):
        return Text("it cannot be reached")
    return "" if answer.status_code in _SUCCESS else Text("it answers with {code}", code=answer.status_code)


class _Trusting(HTTPAdapter):
    """Trusts whom the machine trusts, and whom the configuration does."""

    def __init__(self, settings: AlertsSettings) -> None:
        self._context = ssl.create_default_context()
        if settings.ca_file is not None:
            self._context.load_verify_locations(cafile=settings.ca_file)
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the base takes them
        """As the base does."""
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as above
        """As the base does."""
        return super().proxy_manager_for(*args, **kwargs, ssl_context=self._context)


def _failing(address: str) -> str:
    parts = urlsplit(address)
    if "/api/push/" in parts.path:
        told = {**dict(parse_qsl(parts.query)), "status": "down", "msg": "a tenant had no whole cycle"}
        return urlunsplit(parts._replace(query=urlencode(told)))
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
