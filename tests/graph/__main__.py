"""`python -m tests.graph`: the stand-in in a process of its own; one line of JSON when it is ready."""

from __future__ import annotations

import argparse
import json
import ssl
import sys
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from tests.exchange import certificate as server_certificate
from tests.exchange.__main__ import counting, wait
from tests.exchange.accounts import Accounts
from tests.exchange.calendar_files import watch
from tests.exchange.mailbox import Mailbox
from tests.exchange.organisation import Organisation
from tests.exchange.population import populate
from tests.exchange.server import EwsConnection, Server
from tests.exchange.service import Service
from tests.graph import certificates
from tests.graph.application import Application
from tests.graph.control import BothControl
from tests.graph.entra import Entra
from tests.graph.face import GraphFace

_USER, _PASSWORD = "KOMMUN\\hanvisa", "Exchange-stand-in"


def main(arguments: list[str] | None = None) -> None:
    """Serves until killed, or until stdin closes with `--with-parent`."""
    options = _options().parse_args(arguments)
    folder = options.folder or Path(tempfile.mkdtemp(prefix="graph-stand-in-"))
    folder.mkdir(parents=True, exist_ok=True)
    ca_file, key_file = server_certificate.make(folder)
    pem = folder / "application.pem"
    registered = x509.load_pem_x509_certificate(pem.read_bytes()) if pem.exists() else certificates.make(pem)
    application = Application(options.directory_id, options.client_id, options.secret, certificates=[registered])
    organisation = _organisation(options)
    service = Service(organisation)
    face = GraphFace(organisation, application)
    entra = Entra(application, organisation.clock, lambda: organisation.told, face.met)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(ca_file, key_file)
    graph = Server(options.port, lambda: face.answer, tls)
    graph.on_open, graph.on_close = counting(lambda: face.counts)
    authority = Server(options.authority_port, lambda: entra.answer, tls)
    ews = Server(options.ews_port, lambda: EwsConnection(service), tls)
    ews.on_open, ews.on_close = counting(lambda: organisation.counts)
    control = Server(options.control_port, lambda: BothControl(service, face), None)
    face.endpoint = f"https://127.0.0.1:{graph.port}/v1.0"
    entra.authority = f"https://127.0.0.1:{authority.port}"
    for server in (graph, authority, ews, control):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ready = {
        "endpoint": face.endpoint,
        "authority": entra.authority,
        "ca_file": str(ca_file),
        "directory_id": application.directory_id,
        "client_id": application.client_id,
        "secret": application.secret,
        "certificate": str(pem),
        "ews": {"endpoint": f"https://127.0.0.1:{ews.port}/EWS/Exchange.asmx", "user": _USER, "password": _PASSWORD},
        "control": f"http://127.0.0.1:{control.port}/",
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    wait(with_parent=options.with_parent)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.graph", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--authority-port", type=int, default=0)
    parser.add_argument("--ews-port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where the certificates are written, or stay from before")
    parser.add_argument("--mailboxes", type=int, default=0, help="so many made-up ones, person0001@kommun.example …")
    parser.add_argument("--entries", type=int, default=20, help="in each made-up mailbox, over 14 days from today")
    parser.add_argument("--calendars", type=Path, help="a folder of <mailbox>.ics, in sub-folders too")
    parser.add_argument("--now", type=_moment, help="the time, with an offset; else the clock's")
    parser.add_argument("--directory-id", default="5f9c2e0a-1b7d-4c58-9a43-7d3a6f0e21b4")
    parser.add_argument("--client-id", default="8a0d3c47-52f6-4e0b-9c1e-64b1f5d7a920")
    parser.add_argument("--secret", default="Graph~stand-in~secret")
    parser.add_argument("--with-parent", action="store_true", help="end when stdin closes")
    return parser


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _organisation(options: argparse.Namespace) -> Organisation:
    organisation = Organisation(Accounts({_USER.lower(): _PASSWORD}), told=options.now)
    populate(organisation, options.mailboxes, options.entries)
    if options.calendars:
        watch(organisation, options.calendars)
    organisation.in_cloud.update(organisation.mailboxes)
    look_again = organisation.look_again

    def found_in_cloud(address: str) -> Mailbox | None:
        found = look_again(address)
        if found is not None:
            organisation.in_cloud.add(address)
        return found

    organisation.look_again = found_in_cloud
    return organisation


if __name__ == "__main__":
    main()
