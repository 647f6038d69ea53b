"""When the certificates end that a tenant's connections are checked with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sync_daemon.answers.health.problems import Cause, HealthProblem
from sync_daemon.errors import UserError
from sync_daemon.files import bytes_of
from sync_daemon.settings import EwsSource, GraphSource, IcsSource, Tenant
from sync_daemon.texts import LocalTime, Text

SOON = timedelta(days=30)
"""Before a certificate ends it is told of for so long."""

_LARGEST = 16 * 1024 * 1024
"""Bytes: more than the certificates of all the world's authorities."""


def problems_of(tenant: Tenant, shown: Mapping[str, datetime], now: datetime) -> Iterator[HealthProblem]:
    """A certificate that ends soon, of each `ca_file`, of the applications and of the servers; an unreadable file.

    What two sources use is told once. `shown` are the ends of those that the servers showed, by the web address.
    """
    yield from {(one.cause, one.text): one for one in _of_sources(tenant, shown, now)}.values()


def _of_sources(tenant: Tenant, shown: Mapping[str, datetime], now: datetime) -> Iterator[HealthProblem]:
    for source in tenant.sources:
        if isinstance(source, IcsSource):
            continue
        if source.ca_file is not None:
            yield from _of_file(tenant, source.ca_file, now)
        if isinstance(source, GraphSource) and source.certificate is not None:
            yield from _of_application(tenant, source.certificate, now)
        # Microsoft renews its own; there is nobody to tell.
        if isinstance(source, EwsSource) and source.endpoint in shown:
            yield from _of_server(tenant, source.endpoint, shown[source.endpoint], now)


def _of_server(tenant: Tenant, endpoint: str, end: datetime, now: datetime) -> Iterator[HealthProblem]:
    if end - now <= SOON:
        at = LocalTime(end, tenant.zone)
        text = Text("the certificate that {endpoint} showed last ends {at}", endpoint=endpoint, at=at)
        if end <= now:
            text = Text("the certificate that {endpoint} showed last has ended, {at}", endpoint=endpoint, at=at)
        parts = urlsplit(endpoint)
        server = f"{parts.hostname}:{parts.port or 443}"
        command = f"openssl s_client -connect {server} </dev/null | openssl x509 -noout -enddate"
        yield HealthProblem(Cause.CERTIFICATE_ENDS, tenant.id, end - SOON, text, command, endpoint)


def _of_application(tenant: Tenant, file: Path, now: datetime) -> Iterator[HealthProblem]:
    """The certificate that the application signs in with; one that cannot be read is told of as a secret is."""
    from sync_daemon.sources.client_certificate import certificate_in  # noqa: PLC0415 - few have one

    try:
        end = certificate_in(file).ends
    except UserError:
        return
    if end - now > SOON:
        return
    at = LocalTime(end, tenant.zone)
    if end <= now:
        text = Text(
            "the certificate {file} that the application signs in with has ended, {at}: upload a new one in Entra, "
            "and put it there with its key",
            file=file,
            at=at,
        )
    else:
        text = Text(
            "the certificate {file} that the application signs in with ends {at}: upload a new one in Entra, and put "
            "it there with its key in time",
            file=file,
            at=at,
        )
    command = f"openssl x509 -noout -enddate -in {file}"
    yield HealthProblem(Cause.CERTIFICATE_ENDS, tenant.id, end - SOON, text, command, str(file))


def _of_file(tenant: Tenant, file: Path, now: datetime) -> Iterator[HealthProblem]:
    try:
        ends = _ends(bytes_of(file, _LARGEST))
    except (OSError, ValueError):
        text = Text("the certificate {file} (ca_file) cannot be read", file=file)
        yield HealthProblem(Cause.CONFIGURATION_REFUSED, tenant.id, None, text, "hanvisa check", str(file))
        return
    first = min((end for end in ends.values() if end - now <= SOON), default=None)
    if first is None:
        return
    at = LocalTime(first, tenant.zone)
    if first <= now:
        text = Text("a certificate in {file} (ca_file) has ended, {at}: put the new one there", file=file, at=at)
    else:
        text = Text("a certificate in {file} (ca_file) ends {at}: put the new one there in time", file=file, at=at)
    command = f"openssl storeutl -noout -text -certs {file}"
    yield HealthProblem(Cause.CERTIFICATE_ENDS, tenant.id, first - SOON, text, command, str(file))


def _ends(content: bytes) -> dict[bytes, datetime]:
    """When the certificates end, the latest of each subject: an authority's new one lies beside the one before it.

    Raises ValueError where there is none in the file.
    """
    from cryptography import x509  # noqa: PLC0415 - most tenants have no file of their own

    ends: dict[bytes, datetime] = {}
    for certificate in x509.load_pem_x509_certificates(content):
        subject, end = certificate.subject.public_bytes(), certificate.not_valid_after_utc
        ends[subject] = max(end, ends.get(subject, end))
    return ends
