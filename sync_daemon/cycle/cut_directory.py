"""Whether a directory's last line may have been cut: half a line must not pass for a whole one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rules.command import Alternative
from sync_daemon.cycle.directory_findings import cut_line
from sync_daemon.directory import Directory, Subscriber
from sync_daemon.settings import Tenant
from sync_daemon.store import StoredSubscriber

_CELLS = ("department", "alternative", "source")


def without_cut_line(tenant: Tenant, read: Directory, stored: Mapping[str, StoredSubscriber]) -> Directory:
    """Less a last line without its ending, where it may be the first half of one: the file may have been cut.

    That is so where the file has fewer lines than there are people, or where the store has the rest of that line.
    Anything else is a file that somebody's editor or script ends so.
    """
    last = read.unended
    if last is None or not stored:
        return read
    line = next((one for one in read.subscribers if one.mailbox == last.mailbox), None)
    known = stored.get(last.mailbox or "")
    is_shorter = read.lines < sum(one.left_at is None for one in stored.values())
    if line is not None and ((known and _says_the_same(line, known)) or not (is_shorter or _may_be_cut(line, known))):
        return read
    return replace(
        read,
        subscribers=tuple(one for one in read.subscribers if one is not line),
        skipped_mailboxes=read.skipped_mailboxes | ({line.mailbox} if line else set()),
        findings=(*read.findings, cut_line(tenant, last.number)),
        unknown_mailboxes=True,
    )


def _says_the_same(line: Subscriber, known: StoredSubscriber) -> bool:
    cells = all(getattr(line, cell) == getattr(known, cell) for cell in ("name", *_CELLS))
    return known.left_at is None and {*line.extensions} == {*known.extensions} and cells


def _may_be_cut(line: Subscriber, known: StoredSubscriber | None) -> bool:
    """Whether what the line lacks of the store's stands at its end, or is the end of a number or a word of it."""
    if known is None:
        return False
    numbers = {*line.extensions} != {*known.extensions} and all(
        any(whole.startswith(number) for whole in known.extensions) for number in line.extensions
    )
    return numbers or any(_is_beginning(getattr(line, cell), getattr(known, cell)) for cell in _CELLS)


def _is_beginning(part: object, whole: object) -> bool:
    written, stored = (one.number if isinstance(one, Alternative) else str(one or "") for one in (part, whole))
    return len(written) < len(stored) and stored.startswith(written)
