"""Which source a calendar was read from, as it is told from others when the configuration has changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sync_daemon.settings.sources import EwsSource, GraphSource, IcsSource

EXCHANGES = frozenset({"ews", "graph"})
"""The kinds that say of a mailbox that they do not have it; a folder cannot tell a lost file from nobody's."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A source: its kind, its name, and where it is (a folder, an endpoint, a directory of Entra's)."""

    kind: str
    name: str | None
    place: str

    @property
    def label(self) -> str:
        """How it is called: by its name, which an only source may lack."""
        return self.name or self.kind

    def is_same(self, other: Origin) -> bool:
        """Whether calendars stay where they are when this one is read instead of the other one.

        So it is where the kind is the same, and the place or the name: a server is given another address, a source
        another name, an Exchange a second account. None is no name that two Exchanges could have in common, but
        two folders: one that is moved is the same, and in a wrong one the files are missing. Entra's directory is the
        organisation itself: in another one every mailbox is another.
        """
        if self.kind != other.kind:
            return False
        if self.place == other.place:
            return True
        return self.name == other.name and (self.kind == "ics" or (self.kind == "ews" and self.name is not None))


def origin_of(source: IcsSource | EwsSource | GraphSource) -> Origin:
    """The source that these settings name."""
    match source:
        case IcsSource():
            place = str(source.folder)
        case EwsSource():
            place = source.endpoint.lower()
        case GraphSource():
            place = source.directory_id.lower()
    return Origin(source.kind, source.name, place)


def called_today(found: Origin, configured: Iterable[Origin]) -> str:
    """What the source is called now from which somebody was read: it may have got a name, or another, since."""
    alike = [one for one in configured if found.is_same(one)]
    return next((one.label for one in alike if one.name == found.name), alike[0].label if alike else found.label)


def exchanges(sources: Iterable[IcsSource | EwsSource | GraphSource]) -> tuple[str, ...]:
    """The names of a tenant's Exchanges, in their order, where it has several: who names none is asked for at these."""
    names = tuple(source.name for source in sources if source.kind in EXCHANGES and source.name is not None)
    return names if len(names) > 1 else ()
