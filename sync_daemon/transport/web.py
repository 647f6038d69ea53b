"""A request that posts something to another system over HTTPS, within bounds of time and of what is read of the answer.

A redirection is not followed: it may lead to where nobody meant to send anything. Of an answer its head alone is read.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from sync_daemon.errors import HanvisaError
from sync_daemon.sources.exchange.deadline import TimelyAdapter, within
from sync_daemon.texts import Text

SECONDS = (5.0, 10.0)
"""How long a connection, and then each piece of an answer, is waited for."""

ALL_SECONDS = 20.0
"""How long a system may take for everything: one that answers drop by drop is hung up on."""


class Unanswered(HanvisaError):
    """No answer came; what went wrong is said without the address, which may hold a token."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, name: str, ca_file: Path | None = None) -> int:
    """The status of the answer. Raises Unanswered; `name` is what a person knows the system by."""
    until = time.monotonic() + ALL_SECONDS
    try:
        with requests.Session() as session, within(lambda: until):
            adapter = _Trusting(_context(ca_file))
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            answer = session.post(
                url, data=body, headers=dict(headers), timeout=SECONDS, allow_redirects=False, stream=True
            )
            answer.close()
    except requests.exceptions.SSLError:
        problem = Text("the certificate of {name} does not hold, or it does not speak TLS there", name=name)
    except requests.exceptions.Timeout:
        problem = Text("{name} does not answer", name=name)
    except (requests.exceptions.RequestException, OSError, ValueError):
        problem = Text("{name} cannot be reached", name=name)
    else:
        status: int = answer.status_code
        return status
    raise Unanswered(problem)


def _context(ca_file: Path | None) -> ssl.SSLContext:
    """Whom the machine trusts, and whom the configuration does. Raises Unanswered."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError:  # ssl.SSLError is one
            raise Unanswered(Text("the certificate {file} (ca_file) cannot be read", file=ca_file)) from None
    return context


class _Trusting(TimelyAdapter):
    """Trusts whom the context trusts."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the base takes them
        """As the base does."""
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as above
        """As the base does."""
        return super().proxy_manager_for(*args, **kwargs, ssl_context=self._context)
