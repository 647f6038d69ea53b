"""The keys of the demonstration's sources that are read from a stand-in, and the secrets that they name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.exchange.process import Exchange
    from tests.graph.process import Graph


def ews_source(folder: Path, exchange: Exchange) -> str:
    """The keys of a source of kind `ews`; the password is written where they say."""
    _write_secret(folder, "demo-ews", exchange.password + "\n")
    return (
        f'kind = "ews"\nendpoint = "{exchange.endpoint}"\nuser = {json.dumps(exchange.user)}\nsecret = "demo-ews"\n'
        'auth = "basic"\nallow_http = true\n'
    )


def graph_source(folder: Path, graph: Graph) -> str:
    """The keys of a source of kind `graph`; the application's certificate is written where they say."""
    _write_secret(folder, "demo-graph.pem", graph.certificate.read_text(encoding="ascii"))
    return (
        f'kind = "graph"\ndirectory_id = "{graph.directory_id}"\nclient_id = "{graph.client_id}"\n'
        f'certificate = "demo-graph.pem"\nauthority = "{graph.authority}"\nendpoint = "{graph.endpoint}"\n'
        f"ca_file = {json.dumps(str(graph.ca_file))}\n"
    )


def _write_secret(folder: Path, name: str, content: str) -> None:
    secret = folder / "secrets" / name
    secret.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret.touch(mode=0o600)
    secret.write_text(content, encoding="utf-8")
