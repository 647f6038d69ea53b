"""Everybody's rows, kept in memory: of a change, or of time that passes, only what that touches is made anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sync_daemon.answers.board.row import Row
from sync_daemon.answers.board.rows import Known, Made, RowMaker
from sync_daemon.settings import Tenant
from sync_daemon.store import Revision, Store, StoredSubscriber

_SHARES = 60
"""In so many minutes everybody is looked up once, whatever their revisions say: not every hand may raise them."""

_MINUTE = 60


class Everybody:
    """The people of these tenants. Not safe to share between threads."""

    def __init__(self, tenants: Iterable[Tenant]) -> None:
        self._makers = {tenant.id: RowMaker(tenant) for tenant in tenants}
        self._at: datetime | None = None
        self._looked_at: datetime | None = None
        self._known: dict[int, Known] = {}
        self._revisions: Mapping[int, Revision] = {}
        self._holders: dict[str, Known] = {}
        self._unread: dict[int, datetime | None] = {}
        self._made: dict[int, Made] = {}
        self._tried: dict[str, set[int]] = defaultdict(set)
        """Whose row names a number as whom to try, by that number."""
        self._stale: set[int] = set()
        """Whose row is to be made anew."""

    @property
    def rows(self) -> list[Row]:
        """One for each who is shown."""
        return [made.row for made in self._made.values() if made.row is not None]

    def people(self, tenant: str) -> list[StoredSubscriber]:
        """Everybody of the tenant, in the order of their mailboxes, who has left included."""
        found = [known.person for known in self._known.values() if known.person.tenant == tenant]
        return sorted(found, key=lambda person: person.mailbox)

    def may_be_unmanned(self, tenant: str, now: datetime) -> list[str]:
        """The departments of which nobody may be there at some time that the switchboard is told of now."""
        members: dict[str, list[Known]] = defaultdict(list)
        for known in self._known.values():
            person = known.person
            if person.department and person.tenant == tenant and known.is_listed:
                members[person.department].append(known)
        maker = self._makers[tenant]
        return [department for department, its in members.items() if maker.may_be_unmanned(department, its, now)]

    @property
    def holds_until(self) -> datetime | None:
        """When time alone changes a row next; aware, None where there is nobody."""
        return min((made.holds_until for made in self._made.values()), default=None)

    def forget(self) -> None:
        """What is known is of another store; it is shown until the next look, which looks everybody up."""
        self._revisions = {}

    def look(self, store: Store, now: datetime) -> set[str]:
        """Learns from the store what has changed since the last look; of which tenants anything has.

        Raises StoreUnavailable, and knows no less then.
        """
        before = dict(self._revisions), self._unread
        if self._looked_at is None or now < self._looked_at:
            self._revisions = {}  # what was over is no longer: everybody is looked up
        since = store.people_since(self._revisions, now, self._share(now))
        unread = {id_: began for tenant in self._makers for id_, began in store.unread_since(tenant).items()}
        for id_ in self._known.keys() - since.revisions.keys():
            self._let_go(id_)
            del self._known[id_]
        for person, _ in since.changed:
            self._let_go(person.id)
        for person, referrals in since.changed:
            self._learn(Known(person, referrals))
        self._revisions, self._looked_at = since.revisions, now
        self._learn_unread(unread)
        return self._touched(*before)

    def _touched(self, revisions: Mapping[int, Revision], unread: Mapping[int, datetime | None]) -> set[str]:
        ids = {id_ for id_, _ in revisions.items() ^ self._revisions.items()} | (unread.keys() ^ self._unread.keys())
        return {its[id_][0] for id_ in ids for its in (revisions, self._revisions) if id_ in its}

    def pass_to(self, now: datetime) -> bool:
        """Makes the rows that have changed by that time; whether any is another than before."""
        everybody = self._at is None or now < self._at
        due = self._known.keys() if everybody else self._stale | self._over_at(now)
        try:
            changed = self._make_anew(due, now)
        except BaseException:
            self._at, self._made = None, {}  # half of them are as before: the next time nothing is taken for made
            raise
        self._at, self._stale = now, set()
        return changed

    def _make_anew(self, due: Iterable[int], now: datetime) -> bool:
        changed = False
        for id_ in [id_ for id_ in due if id_ in self._known]:
            changed |= self._make(self._known[id_], now)
        for id_ in self._made.keys() - self._known.keys():
            changed |= self._drop(id_)
        return changed

    def _over_at(self, now: datetime) -> set[int]:
        return {id_ for id_, made in self._made.items() if made.holds_until <= now}

    def _share(self, now: datetime) -> set[int]:
        """Those whose turn it is, in the first look of each minute."""
        minute = int(now.timestamp()) // _MINUTE
        if self._at is None or minute == int(self._at.timestamp()) // _MINUTE:
            return set()
        return {id_ for id_ in self._known if id_ % _SHARES == minute % _SHARES}

    def _make(self, known: Known, now: datetime) -> bool:
        id_, before = known.person.id, self._made.get(known.person.id)
        maker = self._makers.get(known.person.tenant)
        if maker is None:  # of a tenant that is in the configuration no more
            return self._drop(id_)
        made = maker.row(known, self._holders.get, self._unread, now)
        self._try_another(id_, _tried(before), _tried(made))
        if before is not None and before.row == made.row:
            made = Made(before.row, made.holds_until)
        self._made[id_] = made
        return made.row is not (before or _NOBODY).row

    def _drop(self, id_: int) -> bool:
        before = self._made.pop(id_, None)
        self._try_another(id_, _tried(before), None)
        return before is not None and before.row is not None

    def _try_another(self, id_: int, before: str | None, now: str | None) -> None:
        if before is not None:
            self._tried[before].discard(id_)
        if now is not None:
            self._tried[now].add(id_)

    def _learn(self, known: Known) -> None:
        self._known[known.person.id] = known
        self._stale.add(known.person.id)
        for number in known.person.extensions:
            self._holders[number] = known
            self._stale |= self._tried[number]

    def _let_go(self, id_: int) -> None:
        """Their numbers may be another's by now."""
        before = self._known.get(id_)
        for number in before.person.extensions if before else ():
            self._holders.pop(number, None)
            self._stale |= self._tried[number]

    def _learn_unread(self, unread: dict[int, datetime | None]) -> None:
        differing = {id_ for id_, since in unread.items() if self._unread.get(id_, _NEVER) != since}
        for id_ in differing | (self._unread.keys() - unread.keys()):
            known = self._known.get(id_)
            self._stale.add(id_)
            for number in known.person.extensions if known else ():
                self._stale |= self._tried[number]
        self._unread = unread


_NEVER = datetime.max.replace(tzinfo=UTC)
_NOBODY = Made(None, _NEVER)


def _tried(made: Made | None) -> str | None:
    row = made.row if made is not None else None
    return row.alternative.number if row is not None and row.alternative is not None else None
