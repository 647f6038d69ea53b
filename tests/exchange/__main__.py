"""`python -m tests.exchange`: the stand-in in a process of its own; one line of JSON when it is ready."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import ssl
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from tests.exchange.accounts import Accounts
from tests.exchange.calendar_files import watch
from tests.exchange.control import Control
from tests.exchange.organisation import EVERYBODY, Organisation
from tests.exchange.population import populate
from tests.exchange.server import EwsConnection, Server
from tests.exchange.service import Service

_SCHEMES = {"basic": ("Basic",), "ntlm": ("NTLM",), "both": ("NTLM", "Basic")}


def main(arguments: list[str] | None = None) -> None:
    """Serves until killed, or until stdin closes with `--with-parent`."""
    options = _options().parse_args(arguments)
    organisation = _organisation(options)
    service = Service(organisation)
    ews = Server(options.port, lambda: EwsConnection(service), _tls(options.tls))
    ews.on_open, ews.on_close = counting(lambda: organisation.counts)
    control = Server(options.control_port, lambda: Control(service), None)
    for server in (ews, control):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    scheme = "https" if options.tls else "http"
    ready = {
        "endpoint": f"{scheme}://127.0.0.1:{ews.port}/EWS/Exchange.asmx",
        "control": f"http://127.0.0.1:{control.port}/",
        "user": options.user,
        "password": options.password,
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    wait(with_parent=options.with_parent)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.exchange", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--mailboxes", type=int, default=0, help="so many made-up ones, person0001@kommun.example …")
    parser.add_argument("--entries", type=int, default=20, help="in each made-up mailbox, over 14 days from today")
    parser.add_argument("--calendars", type=Path, help="a folder of <mailbox>.ics, in sub-folders too")
    parser.add_argument("--now", type=_moment, help="the time, with an offset; else the clock's")
    parser.add_argument("--user", default="KOMMUN\\hanvisa")
    parser.add_argument("--password", default="Exchange-stand-in")
    parser.add_argument("--auth", choices=sorted(_SCHEMES), default="basic")
    parser.add_argument("--access", choices=("impersonation", "delegate"), default="impersonation")
    parser.add_argument("--tls", nargs=2, type=Path, metavar=("CERTFILE", "KEYFILE"))
    parser.add_argument("--with-parent", action="store_true", help="end when stdin closes")
    return parser


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _organisation(options: argparse.Namespace) -> Organisation:
    accounts = Accounts({options.user.lower(): options.password}, schemes=_SCHEMES[options.auth])
    organisation = Organisation(accounts, told=options.now)
    if options.access == "delegate":
        organisation.impersonation = frozenset()
        organisation.rights[EVERYBODY] = "reviewer"
    populate(organisation, options.mailboxes, options.entries)
    if options.calendars:
        watch(organisation, options.calendars)
    return organisation


def _tls(files: list[Path] | None) -> ssl.SSLContext | None:
    if not files:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[0], files[1])
    return context


class Connections(Protocol):
    """Counters of connections, which may be other ones from one moment to the next."""

    connections: int
    connections_open: int
    lock: threading.Lock


def counting(counts: Callable[[], Connections]) -> tuple[Callable[[], None], Callable[[], None]]:
    """What a server does when a connection opens, and when it closes."""

    def opened() -> None:
        with counts().lock:
            counts().connections_open += 1
            counts().connections += 1

    def closed() -> None:
        with counts().lock:
            counts().connections_open -= 1

    return opened, closed


def wait(*, with_parent: bool) -> None:
    """Until killed, or until stdin closes."""
    if with_parent:
        sys.stdin.buffer.read()
        os._exit(0)  # threads that sleep in a fault must not hold it up
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
