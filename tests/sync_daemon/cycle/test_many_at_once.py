"""A cycle that commits many people in one transaction, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rules.command import Phone
from rules.policy import Rules
from rules.referral import Referral
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.commit import InStore
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.settings.sources import IcsSource
from sync_daemon.sources import sources_of
from sync_daemon.sources.keys import key_maker
from sync_daemon.store import Applied, Store, SubscriberChanges
from tests import postgresql

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
_PEOPLE = 8
_CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:{0}
DTSTART:20261124T090000Z
DTEND:20261124T100000Z
SUMMARY:SAM: Budget
END:VEVENT
END:VCALENDAR
"""


class _WrittenTo(InStore):
    """Into the store; before the first commit an operator refers somebody."""

    commits: list[int]

    def __init__(self, store: Store, tenant: Tenant) -> None:
        super().__init__(store, tenant)
        self.store, self.commits = store, []

    def changes(self, planned: Sequence[SubscriberChanges], now: datetime) -> Iterator[Applied]:
        """As the store's, and remembers how many each commit was of."""
        if planned and not self.commits:
            lunch = Referral("operator", Phone.CLOSED, "lunch", NOW, NOW.replace(hour=8))
            self.store.refer(planned[3].subscriber_id, lunch, "operator", NOW)
        self.commits.append(len(planned))
        return super().changes(planned, now)


def test_who_is_written_to_meanwhile_is_planned_again_in_the_same_cycle(tmp_path: Path) -> None:
    """Alone: the others are committed together and once."""
    lines = ["mailbox,name,extensions"]
    for number in range(_PEOPLE):
        lines.append(f"p{number}@sorsele.se,Person {number},{20_000 + number}")
        (tmp_path / f"p{number}@sorsele.se.ics").write_text(_CALENDAR.format(number), encoding="utf-8")
    (tmp_path / "sorsele.csv").write_text("\n".join(lines), encoding="utf-8")
    source = IcsSource(kind="ics", folder=tmp_path)
    tenant = Tenant(
        id="sorsele", timezone="Europe/Stockholm", directory=tmp_path / "sorsele.csv", sources=(source,), rules=Rules()
    )
    with Store.open(postgresql.empty_store_url()) as store:
        commit = _WrittenTo(store, tenant)
        sources = sources_of(tenant, key_maker(store.secret()))
        outcome = Cycle(tenant, ServiceSettings(), store, sources, commit=commit).run(NOW, every=True)
        assert commit.commits == [_PEOPLE, 1]
        assert outcome.summary.created == _PEOPLE
        held = store.held(list(store.revisions("sorsele")), NOW)
        assert sorted(len(one.referrals) for one in held.values()) == [1] * (_PEOPLE - 1) + [2]
        assert all(any(row.by_calendar for row in one.referrals) for one in held.values())
