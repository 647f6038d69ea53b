"""Whether the files can be used that mail is sent with: else nobody would know until something else is wrong."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from sync_daemon.errors import UserError
from sync_daemon.findings import Finding, Severity
from sync_daemon.settings import AlertsSettings
from sync_daemon.sources.password import password_in
from sync_daemon.texts import Text


def findings(alerts: AlertsSettings) -> Iterator[Finding]:
    """The password's, and that of the authority's certificate."""
    remedy = Text("mend that and run `hanvisa check --mail`")
    if alerts.secret is not None:
        try:
            password_in(alerts.secret)
        except UserError as error:
            problem = Text("nothing can be mailed: {problem}", problem=error.text)
            yield Finding(Severity.ERROR, "alerts.secret", problem, remedy)
    if alerts.ca_file is not None:
        try:
            ssl.create_default_context().load_verify_locations(cafile=alerts.ca_file)
        except OSError:  # ssl.SSLError is one
            problem = Text("the certificate {file} (ca_file) cannot be read", file=alerts.ca_file)
            yield Finding(Severity.ERROR, "alerts.ca_file", problem, remedy)
