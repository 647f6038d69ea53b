"""Whom a cycle reads: the directory's people, looked at anew where the directory, or who is who, has changed."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sync_daemon.cycle import directory_findings, roster
from sync_daemon.cycle.commit import Commit
from sync_daemon.cycle.roster import Roster
from sync_daemon.directory.settling import SETTLED, Settling
from sync_daemon.settings import Tenant
from sync_daemon.store import Store

_DOUBTFUL_FOR = timedelta(minutes=1)
"""How long a directory with findings is taken to be as it was."""


@dataclass(frozen=True, slots=True)
class Look:
    """The people as of now. `fresh`: they were looked at anew; `settled`: nobody is writing the directory."""

    roster: Roster
    fresh: bool = True
    settled: bool = True


class People:
    """A tenant's people from cycle to cycle.

    `believed_for` is how long a directory that has not changed is taken to be as it was; `settling` says whether it is
    still being written, and where it is None that is not asked.
    """

    def __init__(self, tenant: Tenant, store: Store, believed_for: timedelta, settling: Settling | None) -> None:
        self._tenant = tenant
        self._store = store
        self._believed_for = believed_for
        self._settling = settling
        self._is_unsettled = False
        self._listed: tuple[Hashable, Roster] | None = None
        self.listed_at = datetime.min.replace(tzinfo=UTC)
        """When the directory was looked at last; in UTC."""
        self._version = ""

    def look(self, commit: Commit, now: datetime, *, clock_jumped: bool) -> Look:
        """Everybody at `now`; what the directory has changed is committed."""
        self._version = self._store.people_version(self._tenant.id)
        if (unsettled := self._while_unsettled()) is not None:
            return Look(unsettled, fresh=False, settled=False)
        version = (_version_of(self._tenant), self._version)
        if (
            self._listed is not None
            and self._listed[0] == version
            and not self._is_stale(now, clock_jumped=clock_jumped)
        ):
            return Look(self._listed[1], fresh=False)
        listing = roster.listing(self._store, self._tenant, now, clock_jumped=clock_jumped)
        self._listed, self.listed_at = (version, commit.people(listing, now)), now
        return Look(self._listed[1])

    def have_moved(self) -> bool:
        """Whether an admin has said since that two are one, or one is two: then ids mean somebody else."""
        return self._version != self._store.people_version(self._tenant.id)

    def look_anew(self) -> None:
        """The store has changed of whom a cycle reads whole."""
        self._listed = None

    def next_moment(self, now: datetime) -> datetime | None:
        """When somebody may come or go because of time alone; aware, None for never."""
        moments = []
        if self._is_unsettled or self.have_moved():
            moments.append(now + timedelta(seconds=SETTLED))
        if self._listed is not None and (leaving := self._listed[1].leavers.next_moment()) is not None:
            moments.append(leaving)
        return min((moment for moment in moments if moment > now), default=None)

    def _while_unsettled(self) -> Roster | None:
        """The store's, where there are any and the directory is still being written; None where it can be read."""
        self._is_unsettled = self._settling is not None and self._settling.left(self._tenant.directory) > 0
        if not self._is_unsettled or self._settling is None:
            return None
        people = roster.of_store(self._store, self._tenant)
        if not people.people:
            self._is_unsettled = False
            return None
        long = self._settling.lasts_long
        finding = directory_findings.unsettled(self._tenant, long=long)
        return replace(people, findings=(finding,), usable=not long)

    def _is_stale(self, now: datetime, *, clock_jumped: bool) -> bool:
        """What is wrong with a directory may be mended elsewhere: another tenant gives an extension up."""
        listed = self._listed[1] if self._listed is not None else Roster(())
        believed_for = _DOUBTFUL_FOR if listed.findings or listed.leaver_findings else self._believed_for
        return abs(now - self.listed_at) >= believed_for or bool(listed.leaver_findings and clock_jumped)


def _version_of(tenant: Tenant) -> Hashable:
    try:
        status = tenant.directory.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
