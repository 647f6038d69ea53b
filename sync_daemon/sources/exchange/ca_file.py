"""The file of the certificate authority that a server is trusted by."""

from __future__ import annotations

from pathlib import Path

from sync_daemon.errors import UserError
from sync_daemon.files import bytes_of
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

_LARGEST = 16 * 1024 * 1024
"""Bytes: far more than the certificates of all the world's authorities."""


def require_readable(certificate: Path) -> None:
    """Raises UserError where it cannot be read."""
    try:
        bytes_of(certificate, _LARGEST)
    except OSError as error:
        raise UserError(
            Text(
                "{file}: the certificate cannot be read ({problem}); put it there, or mend ca_file",
                file=certificate,
                problem=reason_of(error),
            )
        ) from None
