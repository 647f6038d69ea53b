"""What a source says of mailboxes, for whoever has nothing else to do while it waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules.entry import Reading
from sync_daemon.sources import Mailbox, Parse, Source, Window


def readings_of(
    source: Source, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
) -> Iterator[tuple[Mailbox, Reading]]:
    """Each mailbox with its reading; the "nothing yet" of a source that waits is left out."""
    return (read for read in source.read(mailboxes, window, parse) if read is not None)
