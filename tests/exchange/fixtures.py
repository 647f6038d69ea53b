"""A stand-in for each module of tests that read Exchange; a folder's conftest says what mailboxes it begins with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from exchangelib.protocol import close_connections

from tests.exchange.process import Exchange


@contextmanager
def exchange_server(auth: str = "basic", tls: tuple[Path, Path] | None = None) -> Iterator[Exchange]:
    """A stand-in; whoever booked there closes their connections at the end."""
    with Exchange(auth=auth, tls=tls) as server:
        yield server
        close_connections()


@pytest.fixture(scope="module")
def server_auth() -> str:
    """How the module's stand-in lets in; a module or folder that wants another way overrides it."""
    return "basic"


@pytest.fixture(scope="module")
def server(server_auth: str) -> Iterator[Exchange]:
    """The module's stand-in, as the test before left it."""
    with exchange_server(auth=server_auth) as server:
        yield server
