"""One page of a mailbox's delta, as far as it is looked at: that there is something in it, and where it goes on.

Delta takes no `$select`, so that its answers may carry subjects and bodies
(https://learn.microsoft.com/en-us/graph/delta-query-events, https://learn.microsoft.com/en-us/graph/api/event-delta).
Nothing of an event leaves this module but that there is one; what is kept as a digest is of ids, versions and times.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sync_daemon.sources.graph.links import next_link, tells_of_error
from sync_daemon.sources.graph.question import Answer


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says. `following` is the link to the round's next page, `whole` to the next round; both may lack.

    `digest` tells its events from those of another page; empty where there are none.
    """

    digest: bytes
    following: object
    whole: object

    @property
    def has_events(self) -> bool:
        """Whether it tells of anything: an event that is new or changed, or one that was removed, or is said to be."""
        return bool(self.digest)


def page_of(answer: Answer) -> Page | None:
    """The page; None where it is none."""
    events = answer.body.get("value")
    if not isinstance(events, list) or tells_of_error(answer.body):
        return None
    return Page(_digest(events), next_link(answer.body), answer.body.get("@odata.deltaLink"))


def carries_bodies(answer: Answer) -> bool:
    """Whether any event has words beyond its subject."""
    events = answer.body.get("value")
    named = [one for one in events if isinstance(one, Mapping)] if isinstance(events, list) else []
    return any(event.get("body") or event.get("bodyPreview") for event in named)


def _digest(events: list[Any]) -> bytes:
    if not events:
        return b""
    together = blake2b(digest_size=8)
    for one in sorted(_version(event) for event in events):
        together.update(one)
    return together.digest()


def _version(event: object) -> bytes:
    """What changes with the event; an occurrence has no version of its own, and is told by its times."""
    if not isinstance(event, Mapping):
        return b"?"
    named = ("id", "@odata.etag", "changeKey", "start", "end", "@removed")
    return blake2b(repr([event.get(name) for name in named]).encode("utf-8", "replace"), digest_size=8).digest()


def packed(path: str, like: str) -> bytes:
    """A link's path, made small: there is one for each of thousands of mailboxes, `like` the one that it began with."""
    small = zlib.compressobj(9, zdict=like.encode())
    return small.compress(path.encode()) + small.flush()


def unpacked(small: bytes, like: str) -> str:
    """What `packed` was given."""
    return zlib.decompressobj(zdict=like.encode()).decompress(small).decode()
