"""What is being read, shown to a person at a terminal once it takes its time; and how much was read in the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text as Line

from sync_daemon.cli.output import language
from sync_daemon.texts import Text, in_language

AFTER_SECONDS = 2.0
"""What is done sooner shows nothing."""


class Progress:
    """Counts the mailboxes that are read, tenant by tenant, and shows them on a console, if that is a terminal."""

    def __init__(self, console: Console | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._shows_at = clock() + AFTER_SECONDS
        self._status = console.status("") if console is not None and console.is_terminal else None
        self._lock = threading.Lock()
        self._has_ended = False
        self._tenants: list[str] = []
        self._in_tenant = self._readable = self._unreadable = 0

    def begins(self, tenant: str) -> None:
        """The tenant's mailboxes come next."""
        if tenant not in self._tenants:
            self._tenants.append(tenant)
        self._in_tenant = 0
        self._update(Text("{tenant}: reading the directory and the calendars", tenant=tenant))

    def mailbox(self, of: int, readable: bool) -> None:
        """One more of so many of the tenant's mailboxes was tried."""
        self._in_tenant += 1
        self._readable += readable
        self._unreadable += not readable
        tenant = self._tenants[-1]
        self._update(Text("{tenant}: {number} of {of} mailboxes", tenant=tenant, number=self._in_tenant, of=of))
        if self._clock() >= self._shows_at:
            self.show()

    def show(self) -> None:
        """From now on it is seen, until it ends."""
        with self._lock:
            if self._status is not None and not self._has_ended:
                self._status.start()

    def end(self) -> None:
        """It is seen no more."""
        with self._lock:
            self._has_ended = True
            if self._status is not None:
                self._status.stop()

    def summary(self) -> Text:
        """How much was read: `4 tenants, 40 mailboxes read.`."""
        count, read, unread = len(self._tenants), self._readable, self._unreadable
        tenants = Text("{count} tenants", count=count) if count != 1 else Text("1 tenant")
        mailboxes = Text("{count} mailboxes read", count=read) if read != 1 else Text("1 mailbox read")
        if unread:
            return Text("{tenants}, {mailboxes}, {count} not.", tenants=tenants, mailboxes=mailboxes, count=unread)
        return Text("{tenants}, {mailboxes}.", tenants=tenants, mailboxes=mailboxes)

    def _update(self, text: Text) -> None:
        if self._status is not None:
            self._status.update(Line(in_language(text, language())))


@contextmanager
def progress(*, shown: bool) -> Iterator[Progress]:
    """Shown on standard error for the block, where a person looks at it and it takes over two seconds."""
    watched = Progress(Console(stderr=True, highlight=False) if shown else None)
    timer = threading.Timer(AFTER_SECONDS, watched.show)
    timer.daemon = True
    if shown:
        timer.start()
    try:
        yield watched
    finally:
        timer.cancel()
        watched.end()
