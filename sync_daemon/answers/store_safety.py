"""Whether what goes between hanvisa and a store in PostgreSQL could be read, or answered, by somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from sync_daemon.findings import Finding, Severity
from sync_daemon.settings import Settings
from sync_daemon.texts import Text, listed


def findings(settings: Settings) -> Iterator[Finding]:
    """That a server beyond this machine is not known by its certificate; libpq looks at none by itself.

    See https://www.postgresql.org/docs/18/libpq-ssl.html#LIBQ-SSL-CERTIFICATES.
    """
    hosts = settings.store.unverified_hosts
    if hosts:
        problem = Text(
            "the certificate of {hosts} is not looked at: whoever is on the way could be the database",
            hosts=listed(hosts),
        )
        remedy = Text("add sslmode=verify-full&sslrootcert=FILE to the address, the file with who issued it")
        yield Finding(Severity.WARNING, "store.url", problem, remedy)
