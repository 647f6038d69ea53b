"""The board's TLS: with its own certificate, which is read again where it has changed."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from sync_daemon.accounts.certificate import ServerCertificate, certificate_of_board, load_into
from sync_daemon.errors import UserError

_Version = tuple[tuple[int, int, int], ...]


@dataclass
class Tls:
    """What connections are encrypted with. Raises UserError where the certificate cannot be used."""

    certificate: Path
    key: Path
    context: ssl.SSLContext = field(init=False)
    said: ServerCertificate = field(init=False)
    """What the certificate in use says."""

    def __post_init__(self) -> None:
        self._seen = self._version()
        self.said = certificate_of_board(self.certificate, self.key)
        # What is older is broken: RFC 8996 (https://www.rfc-editor.org/rfc/rfc8996).
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        load_into(self.context, self.certificate, self.key)

    def renew(self) -> None:
        """Where the files have changed, connections that come have the new certificate; else, or else the old one."""
        version = self._version()
        if version == self._seen:
            return
        self._seen = version
        try:
            said = certificate_of_board(self.certificate, self.key)
            load_into(self.context, self.certificate, self.key)
        except UserError as error:
            structlog.get_logger().warning("board_certificate_unusable", problem=str(error))
        else:
            self.said = said
            structlog.get_logger().info("board_certificate_renewed", until=said.ends)

    def _version(self) -> _Version:
        """Both files as they are; of one that is not there now nothing."""
        versions = []
        for file in (self.certificate, self.key):
            try:
                status = file.stat()
                versions.append((status.st_ino, status.st_mtime_ns, status.st_size))
            except OSError:
                versions.append((0, 0, 0))
        return tuple(versions)
