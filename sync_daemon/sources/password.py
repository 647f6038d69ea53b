"""The service account's password, out of the file that the secret names."""

from __future__ import annotations

import codecs
from pathlib import Path

from sync_daemon.errors import UserError
from sync_daemon.files import bytes_of

_LARGEST = 64 * 1024
"""Bytes: far more than any password."""


def password_in(file: Path) -> str:
    """The file's first line, however Notepad or PowerShell wrote it. Raises UserError, without a word of it."""
    try:
        content = bytes_of(file, _LARGEST)
    except OSError as error:
        raise UserError(
            f"{file}: the secret cannot be read ({error.strerror}); write the password into that file, "
            "and let the service's account read it"
        ) from None
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        first = content.decode(encoding).partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:
        raise UserError(f"{file}: the secret is no text; save it as UTF-8") from None
    if "\0" in first:
        raise UserError(f"{file}: the secret is no text in UTF-8; save it as UTF-8")
    if not first:
        raise UserError(f"{file}: the secret is empty; write the password into its first line")
    return first
