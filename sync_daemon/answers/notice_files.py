"""Whether the files can be used that notices are sent with: else nobody would know until a department is unmanned."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from sync_daemon.errors import UserError
from sync_daemon.findings import Finding, Severity
from sync_daemon.settings import Tenant, WebhookReceiver
from sync_daemon.sources.password import password_in
from sync_daemon.texts import Text

SHORTEST = 16
"""Characters: what is shorter can be guessed by whoever has seen one signature."""


def findings(tenant: Tenant) -> Iterator[Finding]:
    """Those of each webhook: the secret's, and that of the authority's certificate."""
    for receiver in tenant.notices:
        if isinstance(receiver, WebhookReceiver):
            thing = Text("tenant {tenant}: {thing}", tenant=tenant.id, thing=receiver.label)
            yield from _of(receiver, thing)


def _of(receiver: WebhookReceiver, thing: Text) -> Iterator[Finding]:
    remedy = Text("mend that and run `hanvisa check --notices`")
    try:
        secret = password_in(receiver.secret)
    except UserError as error:
        problem = Text("no notice can be sent: {problem}", problem=error.text)
        yield Finding(Severity.ERROR, thing, problem, remedy)
    else:
        if len(secret) < SHORTEST:
            problem = Text("the secret {file} is short: signatures could be forged", file=receiver.secret)
            longer = Text("write a longer one at both ends: `openssl rand -hex 32` makes one")
            yield Finding(Severity.WARNING, thing, problem, longer)
    if receiver.ca_file is not None:
        try:
            ssl.create_default_context().load_verify_locations(cafile=receiver.ca_file)
        except OSError:  # ssl.SSLError is one
            problem = Text("the certificate {file} (ca_file) cannot be read", file=receiver.ca_file)
            yield Finding(Severity.ERROR, thing, problem, remedy)
