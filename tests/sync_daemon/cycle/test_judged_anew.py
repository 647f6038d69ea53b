"""What is planned anew beside another hand's writing is judged anew: the brake sees all that goes.

See docs/rules.md §6.5.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rules.brake import BrakeLimits
from rules.command import Phone
from rules.policy import Rules
from rules.referral import Referral
from sync_daemon.cycle import Cycle
from sync_daemon.cycle.commit import InStore
from sync_daemon.cycle.report import Outcome
from sync_daemon.settings import ServiceSettings, Tenant
from sync_daemon.settings.sources import IcsSource
from sync_daemon.sources import sources_of
from sync_daemon.sources.keys import key_maker
from sync_daemon.store import Applied, Store, SubscriberChanges

MORNING = datetime(2026, 11, 24, 5, tzinfo=UTC)
LATER = MORNING + timedelta(hours=2)
_BUDGET = ("budget", "090000", "100000")
_PLANS = ("plans", "130000", "140000")


class _Interrupted(InStore):
    """Into the store; before its first commit somebody else writes there."""

    def __init__(self, store: Store, tenant: Tenant, somebody: Callable[[], None]) -> None:
        super().__init__(store, tenant)
        self._waiting = [somebody]

    def changes(self, planned: Sequence[SubscriberChanges], now: datetime) -> Iterator[Applied]:
        while planned and self._waiting:
            self._waiting.pop()()
        return super().changes(planned, now)


@dataclass(frozen=True)
class _Anna:
    """A tenant of one person, with a brake that lets no more than `least` go at once."""

    folder: Path
    store: Store

    def books(self, *meetings: tuple[str, str, str]) -> None:
        events = [
            f"BEGIN:VEVENT\nUID:{uid}\nDTSTART:20261124T{start}Z\nDTEND:20261124T{end}Z\nSUMMARY:SAM: A\nEND:VEVENT"
            for uid, start, end in meetings
        ]
        text = "\n".join(["BEGIN:VCALENDAR", *events, "END:VCALENDAR", ""])
        (self.folder / "anna@sorsele.se.ics").write_text(text, encoding="utf-8")

    def cycle(self, now: datetime, *, least: int, meanwhile: Callable[[], None] = lambda: None) -> Outcome:
        source = IcsSource(kind="ics", folder=self.folder)
        directory = self.folder / "sorsele.csv"
        tenant = Tenant(
            id="sorsele", timezone="Europe/Stockholm", directory=directory, sources=(source,), rules=Rules()
        )
        service = ServiceSettings(brake=BrakeLimits(0.1, least))
        sources = sources_of(tenant, key_maker(self.store.secret()))
        commit = _Interrupted(self.store, tenant, meanwhile)
        return Cycle(tenant, service, self.store, sources, commit=commit).run(now, every=True)

    def prolonged_by_another_hand(self, meeting: tuple[str, str, str]) -> None:
        """The meeting's row lasts an hour longer, and an operator refers Anna for the evening."""
        start = f"2026-11-24T{meeting[1][:2]}:00:00Z"
        with closing(sqlite3.connect(self.folder / "hanvisa.db")) as connection, connection:
            connection.execute("UPDATE referrals SET until = '2026-11-24T16:00:00Z' WHERE \"from\" = ?", (start,))
        self.referred_by_an_operator()

    def referred_by_an_operator(self) -> None:
        """For the evening."""
        evening = Referral("operator", Phone.CLOSED, "sick", LATER + timedelta(hours=9), LATER + timedelta(hours=10))
        self.store.refer(1, evening, "the operator", LATER)

    def ends(self) -> list[str]:
        held = self.store.held([1], MORNING)[1].referrals
        return [f"{referral.until:%H:%M}" for referral in held if referral.by_calendar]


@pytest.fixture
def anna(tmp_path: Path) -> object:
    """Anna, whom the directory lists."""
    (tmp_path / "sorsele.csv").write_text("mailbox,name,extensions\nanna@sorsele.se,Anna,4711\n", encoding="utf-8")
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as store:
        yield _Anna(tmp_path, store)


def test_what_shortens_only_when_planned_anew_is_judged(anna: _Anna) -> None:
    """She books more; before that is written another hand prolongs a row: to put it right must pass the brake."""
    anna.books(_BUDGET)
    anna.cycle(MORNING, least=0)
    anna.books(_BUDGET, _PLANS)
    outcome = anna.cycle(LATER, least=0, meanwhile=lambda: anna.prolonged_by_another_hand(_BUDGET))
    assert outcome.summary.held == 1
    assert anna.ends() == ["16:00"]  # and what it overlaps waits


def test_what_lessens_more_when_planned_anew_is_judged_again(anna: _Anna) -> None:
    """One removal would pass; before it is written another is wanted too, and both together would not."""
    anna.books(_BUDGET, _PLANS)
    anna.cycle(MORNING, least=1)
    anna.books(_PLANS)
    outcome = anna.cycle(LATER, least=1, meanwhile=lambda: anna.prolonged_by_another_hand(_PLANS))
    assert (outcome.summary.held, outcome.summary.removed) == (2, 0)
    assert anna.ends() == ["10:05", "16:00"]


def test_what_lessens_no_more_when_planned_anew_goes_through(anna: _Anna) -> None:
    """The one removal that was judged is carried out, whatever an operator set meanwhile."""
    anna.books(_BUDGET, _PLANS)
    anna.cycle(MORNING, least=1)
    anna.books(_PLANS)
    outcome = anna.cycle(LATER, least=1, meanwhile=anna.referred_by_an_operator)
    assert (outcome.summary.held, outcome.summary.removed) == (0, 1)
    assert anna.ends() == ["14:05"]


def test_what_is_no_longer_asked_for_when_planned_anew_is_not_counted(anna: _Anna) -> None:
    """One removal is judged; before it is written the row is gone, and another is to be put right: that is one."""
    anna.books(_BUDGET, _PLANS)
    anna.cycle(MORNING, least=1)
    anna.books(_PLANS)

    def meanwhile() -> None:
        with closing(sqlite3.connect(anna.folder / "hanvisa.db")) as connection, connection:
            connection.execute("DELETE FROM referrals WHERE \"from\" = '2026-11-24T09:00:00Z'")
        anna.prolonged_by_another_hand(_PLANS)

    outcome = anna.cycle(LATER, least=1, meanwhile=meanwhile)
    assert (outcome.summary.held, outcome.summary.updated) == (0, 1)
    assert anna.ends() == ["14:05"]
