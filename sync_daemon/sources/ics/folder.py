"""The folder: which file is whose, when one has changed, and why one cannot be read."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Generator, Hashable, Iterable, Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from rules.entry import Reading, Unreadable
from sync_daemon.files import NotAFile, TooLarge, bytes_of
from sync_daemon.sources import KeyMaker, Mailbox, Parse, Window
from sync_daemon.sources.ics.reader_messages import Job
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

LARGEST = 64 * 1024 * 1024
"""The bytes of the largest file that is read; a busy mailbox of ten years has a tenth of that."""

LOOK_SECONDS = 0.2
"""How often a listener looks whether the folder has changed, …"""

REST_SECONDS = 0.5
"""… and how long it rests after that: whoever exports all calendars renames one after the other."""

_SUFFIX = ".ics"


class IcsFolder:
    """`<folder>/<mailbox>.ics`, whatever the case of the file's name.

    `zone` is the tenant's: dates and times that name no zone stand in it.
    """

    def __init__(self, folder: Path, zone: ZoneInfo, make_key: KeyMaker) -> None:
        self._folder = folder
        self._zone = zone
        self._make_key = make_key

    def fingerprints(self, addresses: Collection[str] = ()) -> Mapping[str, Hashable]:
        """Of each mailbox that has a file: when the file was written and changed, its size and its inode."""
        del addresses  # one look at the folder tells of all
        found: dict[str, Hashable] = {}
        for mailbox, entry in self._files():
            try:
                status = entry.stat()
            except OSError:
                continue
            written = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
            found[mailbox] = (found[mailbox], written) if mailbox in found else written
        return found

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Generator[tuple[Mailbox, Reading] | None, None, None]:
        """Each mailbox as its file says, in the order given; read in another process (`file_readings`).

        None comes about once a second while a file takes its time.
        """
        paths: dict[str, list[Path]] = {}
        for address, entry in self._files():
            paths.setdefault(address, []).append(Path(entry.path))
        from sync_daemon.sources.ics.file_readings import read_files  # noqa: PLC0415 - what reads there has no use for it

        asked = ((mailbox, self._file_of(mailbox, paths.get(mailbox.address.lower(), []))) for mailbox in mailboxes)
        yield from read_files(asked, Job(window, parse, self._zone, self._make_key))

    @property
    def hearing(self) -> None:
        """Nothing: a look at the folder tells of each file, whether somebody listens or not."""
        return

    def listen(self, changed: Callable[[frozenset[str]], None], stopped: threading.Event) -> None:
        """Tells of files that were renamed into place, made or removed; one that is written in place is found later.

        Those change the folder, and one look at that costs nothing (`st_mtime` of the folder, inode(7)).
        """
        looked_at = self._changed_at()
        before = self.fingerprints()
        while not stopped.wait(LOOK_SECONDS):
            if (now := self._changed_at()) == looked_at:
                continue
            looked_at, found = now, self.fingerprints()
            told = {address for address in found.keys() | before.keys() if found.get(address) != before.get(address)}
            before = found
            if told:
                changed(frozenset(told))
                stopped.wait(REST_SECONDS)

    def _changed_at(self) -> int | None:
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return None

    def _files(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if entry.name[-len(_SUFFIX) :].lower() == _SUFFIX:
                        yield entry.name[: -len(_SUFFIX)].lower(), entry
        except OSError:
            # Each mailbox is then read, and says what is wrong.
            return

    def _file_of(self, mailbox: Mailbox, paths: list[Path]) -> Path | Unreadable:
        if not paths:
            return self._missing(mailbox)
        if len(paths) > 1:
            names = " and ".join(sorted(path.name for path in paths))
            return Unreadable(
                Text("keep one of {names} in {folder}: they differ in capitals only", names=names, folder=self._folder)
            )
        return paths[0]

    def _missing(self, mailbox: Mailbox) -> Unreadable:
        try:
            os.scandir(self._folder).close()
        except FileNotFoundError:
            return Unreadable(
                Text("create the folder {folder}, or mend the source's folder: there is no such", folder=self._folder)
            )
        except OSError as error:
            return Unreadable(
                Text("let the service list the folder {folder}: {reason}", folder=self._folder, reason=reason_of(error))
            )
        return Unreadable(
            Text(
                "put the calendar as {file} into {folder}: there is no such file",
                file=f"{mailbox.address}{_SUFFIX}",
                folder=self._folder,
            )
        )


def content_of(path: Path) -> bytes | Unreadable:
    """What is in the file."""
    try:
        return _bytes_of(path)
    except OSError as error:
        return Unreadable(Text("let the service read {path}: {reason}", path=path, reason=reason_of(error)))


def _bytes_of(path: Path) -> bytes | Unreadable:
    try:
        return bytes_of(path, LARGEST)
    except NotAFile:
        return Unreadable(Text("put a file in the place of {path}: it is something else", path=path))
    except TooLarge:
        return Unreadable(
            Text(
                "export less of the calendar to {path}: it is larger than {most} MiB",
                path=path,
                most=LARGEST // 1024**2,
            )
        )
