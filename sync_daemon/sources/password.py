"""The service account's password, out of the file that the secret names."""

from __future__ import annotations

import codecs
from pathlib import Path

from sync_daemon.errors import UserError
from sync_daemon.files import bytes_of
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

_LARGEST = 64 * 1024
"""Bytes: far more than any password."""


def password_in(file: Path, *, of_application: bool = False) -> str:
    """The file's first line, however Notepad or PowerShell wrote it. Raises UserError, without a word of it.

    `of_application` is whether it is a secret that Entra made, which has a value.
    """
    try:
        content = bytes_of(file, _LARGEST)
    except OSError as error:
        raise UserError(_unread(file, error, of_application=of_application)) from None
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        first = content.decode(encoding).partition("\n")[0].rstrip("\r")
    except UnicodeDecodeError:
        raise UserError(Text("{file}: the secret is no text; save it as UTF-8", file=file)) from None
    if "\0" in first:
        raise UserError(Text("{file}: the secret is no text in UTF-8; save it as UTF-8", file=file))
    if not first and of_application:
        raise UserError(Text("{file}: the secret is empty; write the secret's Value into its first line", file=file))
    if not first:
        raise UserError(Text("{file}: the secret is empty; write the password into its first line", file=file))
    return first


def _unread(file: Path, error: OSError, *, of_application: bool) -> Text:
    if of_application:
        return Text(
            "{file}: the secret cannot be read ({reason}); write the secret's Value, as Entra showed it, into that "
            "file, and let the service's account read it",
            file=file,
            reason=reason_of(error),
        )
    return Text(
        "{file}: the secret cannot be read ({reason}); write the password into that file, and let the service's "
        "account read it",
        file=file,
        reason=reason_of(error),
    )
