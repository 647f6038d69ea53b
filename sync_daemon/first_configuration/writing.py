"""The files of a first configuration, put where nothing is yet."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from sync_daemon.errors import UserError
from sync_daemon.first_configuration.texts import configuration_text, directory_text
from sync_daemon.first_configuration.wanted import Folder, Wanted
from sync_daemon.printable import quoted
from sync_daemon.texts import Language, Text

_FOR_ALL, _PRIVATE = 0o644, 0o600


def refuse_to_overwrite(configuration: Path) -> None:
    """UserError where there is a configuration already, or nobody may make one there."""
    folder = configuration.absolute().parent
    if configuration.exists():
        raise UserError(
            Text("{file} is there already, and stays as it is: name another file with --config", file=configuration)
        )
    if not folder.is_dir():
        raise UserError(Text("there is no folder {folder}: make it first", folder=folder))
    if os.geteuid() == 0 and (owner := folder.stat().st_uid):
        raise UserError(
            Text(
                "the folder {folder} belongs to another user, who could not read what root writes there: use"
                " `sudo -u '#{owner}' hanvisa init`",
                folder=folder,
                owner=owner,
            )
        )


def write(configuration: Path, wanted: Wanted, password: str | None, language: Language) -> list[Path]:
    """Writes the files, each only where nothing is; which. A directory that is there already is used as it is.

    The folder of the calendars is made where there is none. Raises UserError where something cannot be written, or
    would be overwritten; then nothing was.
    """
    folder = configuration.absolute().parent
    files = dict(_files(folder, wanted, password))
    files[configuration.absolute()] = (configuration_text(wanted, language), _FOR_ALL)
    for path in files:
        if path.exists():
            raise UserError(Text("{file} is there already, and stays as it is: move it away first", file=path))
    written: list[Path] = []
    try:
        for path, (text, mode) in files.items():
            _make_folder(path.parent)
            _write_new(path, text, mode)
            written.append(path)
        if isinstance(wanted.source, Folder):
            (folder / wanted.source.path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        problem = quoted(str(error.filename))
        raise UserError(
            Text("{file} cannot be written: {reason}; see to its folder", file=problem, reason=error.strerror)
        ) from None
    return written


def _files(folder: Path, wanted: Wanted, password: str | None) -> Iterator[tuple[Path, tuple[str, int]]]:
    if wanted.secret is not None and password:
        yield folder / wanted.secret, (f"{password}\n", _PRIVATE)
    directory = folder / wanted.directory
    if wanted.person is not None or not directory.exists():
        yield directory, (directory_text(wanted), _FOR_ALL)


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(mode=0o700)


def _write_new(path: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
