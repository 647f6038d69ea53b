"""Where calendars are read from: what every source satisfies, and the kinds that there are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from rules.command import Command, NearMiss
from rules.entry import Reading, Unreadable
from sync_daemon.findings import Finding

if TYPE_CHECKING:
    # A process that reads calendars has no use for all that settings load.
    from sync_daemon.settings import Tenant
    from sync_daemon.sources.refusals import Refusals
    from sync_daemon.sources.shared import Shared

Parse = Callable[[str | None, frozenset[str]], Command | NearMiss | None]
"""A subject and the subscriber's own numbers → what it says (`rules.command.Vocabulary.parse`)."""

KeyMaker = Callable[[str, datetime | date | None], str]
"""A UID and, of an occurrence of a series, its original start (all-day: its date) → the key (`keys.py`)."""


FAR_YEARS = 5
"""What lies further from the window than this is no time that anybody means."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whose calendar to read: the address in lower case, and the subscriber's own numbers, normalised."""

    address: str
    own_numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Window:
    """The time whose entries are read: every entry that overlaps it. Aware, in UTC."""

    start: datetime
    end: datetime

    def cut(self, moment: datetime) -> datetime:
        """The moment, or one far from the window where it is further away still (docs/rules.md §6.7).

        Calendars hold the year 9999, near which nothing can be reckoned. The bound is a new year's, so that what is
        cut to it does not move from reading to reading.
        """
        if moment.tzinfo is UTC and self.start.year - FAR_YEARS <= moment.year <= self.end.year + FAR_YEARS:
            return moment
        earliest = datetime(self.start.year - FAR_YEARS, 1, 1, tzinfo=UTC)
        latest = datetime(self.end.year + FAR_YEARS + 1, 1, 1, tzinfo=UTC)
        return min(max(moment, earliest), latest)


@dataclass(frozen=True, slots=True)
class Elsewhere(Unreadable):
    """The server says that it has no such mailbox: another source of the tenant's may have it.

    `remedy` is what an admin can do where none has.
    """


class Source(Protocol):
    """One tenant's calendars.

    A source drops each subject as soon as `parse` has read it, yields an `Unreadable` for a mailbox that it cannot
    read, and lets no exception out that was raised while content was parsed (docs/rules.md §7). It may read in a
    process of its own, so `parse` and the maker of keys can be pickled.
    """

    def fingerprints(self, addresses: Collection[str]) -> Mapping[str, Hashable]:
        """Of each of these mailboxes that the source can say it of without reading: a value that changes when it does.

        A mailbox of which the source cannot tell is missing, and is read in every cycle. The value is taken before the
        mailbox is read, so that what changes meanwhile is read once more. These are all mailboxes that the source has,
        as far as is known before it is asked for them; whoever is no more among them has left.
        """

    def read(
        self, mailboxes: Iterable[Mailbox], window: Window, parse: Parse
    ) -> Iterator[tuple[Mailbox, Reading] | None]:
        """Each mailbox as it is now, in any order, one by one as they are read.

        None means "nothing yet" and comes about once a second while the source waits for an answer: whoever iterates
        may do something else, or stop iterating. A reading that is stopped early (the generator's `close`) ends the
        processes and threads that it began.
        """


@dataclass(frozen=True, slots=True)
class Hearing:
    """For how many mailboxes a source listens, and why not for the others of those that it is to listen for.

    `lacks` is how many of these are polled instead, by the reason: words that stay the same as long as it is the same
    trouble, without a number that changes from look to look.
    """

    listened: int
    lacks: Mapping[str, int]

    @property
    def polled(self) -> int:
        """How many are polled, though they are to be listened for."""
        return sum(self.lacks.values())


@runtime_checkable
class Announcing(Protocol):
    """A source that can also say when a calendar changes: an event asks for a reading, and never writes.

    It listens for the mailboxes whose fingerprints were asked for last. As long as a mailbox is listened for, and
    nothing is wrong with that, it has a fingerprint: one that changes with each sign, and where signs may have been
    missed. Where something is wrong the mailbox has none, and is polled.
    """

    @property
    def hearing(self) -> Hearing | None:
        """Whom it listens for now, asked on any thread; None where it is set to poll, or needs no ear to tell.

        None is said of a source from beginning to end, or never.
        """

    def listen(self, changed: Callable[[frozenset[str]], None], stopped: threading.Event) -> None:
        """Calls `changed` with the addresses of mailboxes that have changed, until `stopped` is set.

        It blocks, on a thread of its own, returns within a few seconds of that, and leaves nothing behind: no thread,
        connection or subscription. The fingerprint has changed before `changed` is called, which may be on any thread
        and gives back at once. However it ends, by a bug too, no mailbox is listened for any more; where it ended by
        itself it is begun anew after a pause. A source that is set to poll returns at once, and is left at that.
        """


@runtime_checkable
class TriesListening(Protocol):
    """A source whose server can be asked whether it would tell of changes."""

    def try_listening(self, tenant: str, addresses: Collection[str]) -> Iterable[Finding]:
        """What `check` says of that, for these mailboxes that can be read; nothing is left of the try."""


@runtime_checkable
class Advising(Protocol):
    """A source that knows what its access lacks, or has too much."""

    def advice(self, tenant: str) -> Iterable[Finding]:
        """What `check` says of that after a reading; nothing is asked for it."""


def _ics(
    settings: Any,  # noqa: ANN401 - each kind has its own settings
    zone: ZoneInfo,
    make_key: KeyMaker,
    refusals: Refusals | None = None,  # noqa: ARG001 - a file is not logged on to
    shared: Shared | None = None,  # noqa: ARG001 - nor asked too much of
) -> Source:
    from sync_daemon.sources.ics import IcsFolder  # noqa: PLC0415 - a kind that is not used is not loaded

    source: Source = IcsFolder(settings.folder, zone, make_key)
    return source


def _ews(
    settings: Any,  # noqa: ANN401 - as above
    zone: ZoneInfo,
    make_key: KeyMaker,
    refusals: Refusals | None = None,
    shared: Shared | None = None,
) -> Source:
    from sync_daemon.sources.ews import ExchangeSource  # noqa: PLC0415 - exchangelib takes its time to load

    source: Source = ExchangeSource(settings, zone, make_key, refusals, shared)
    return source


def _graph(
    settings: Any,  # noqa: ANN401 - as above
    zone: ZoneInfo,
    make_key: KeyMaker,
    refusals: Refusals | None = None,
    shared: Shared | None = None,
) -> Source:
    from sync_daemon.sources.graph import Client, ExchangeOnlineSource  # noqa: PLC0415 - msal takes its time to load

    def new() -> Client:
        return Client(settings, zone, refusals)

    client = new() if shared is None else shared.once("client", new)
    source: Source = ExchangeOnlineSource(settings, zone, make_key, client, roles=lambda: client.roles)
    return source


KINDS: Mapping[str, Callable[..., Source]] = {"ics": _ics, "ews": _ews, "graph": _graph}
"""How a source of each kind is made: of its settings, the tenant's zone, what makes keys, what was refused of late, and
what it has in common with those of other shards."""


def sources_of(
    tenant: Tenant, make_key: KeyMaker, refusals: Refusals | None = None, shared: Shared | None = None
) -> dict[str | None, Source]:
    """The tenant's sources by name; None is the name of the only one. `refusals` are what is kept beside the store.

    Those of a tenant's shards in one process are given the same `shared`.
    """
    only = len(tenant.sources) == 1
    return {
        None if only else settings.name: KINDS[settings.kind](
            settings, tenant.zone, make_key, refusals, None if shared is None else shared.of(settings.name)
        )
        for settings in tenant.sources
    }
