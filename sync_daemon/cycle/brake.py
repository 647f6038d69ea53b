"""The brake over time (RULES §6.5): what a cycle holds back, how long it has been asked for, and what goes through.

Each held change is counted for itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from rules.brake import BrakeLimits, Lessening
from rules.plan import Action, Change
from sync_daemon.cycle.held_sets import Asked, approved, known, long_enough, name_of, once_more, remember
from sync_daemon.cycle.planning import Planned, Planner, only
from sync_daemon.cycle.today import Today, today
from sync_daemon.log import Trouble
from sync_daemon.settings import ServiceSettings
from sync_daemon.store import CHANGES, HeldSet, Store
from sync_daemon.times import as_text


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the brake says of a cycle: the changes that it holds back, by what they ask for."""

    tenant: str
    asked: Asked = field(default_factory=dict)
    name: str | None = None
    lessening: Lessening | None = None
    through: tuple[str, ...] = ()
    anew: bool = False
    """Whether an admin or three readings let something through."""
    today: Today | None = None

    @property
    def count(self) -> int:
        """How many changes are held back."""
        return len(self.asked)

    def held_of(self, planned: Planned) -> list[Change]:
        """Those of the person's changes that are held back."""
        return [change for change in planned.changes if change.lessens and _asks(planned, change) in self.asked]

    def let_through(self, planned: Planned, planner: Planner) -> Planned:
        """The person's changes less what is held back: their referrals count as they were last seen."""
        held = self.held_of(planned)
        if not held:
            return planned
        if planned.leaving:
            return only(planned, [change for change in planned.changes if change not in held])
        keep = {c.before.id for c in held if c.before is not None and c.before.id is not None}
        return planner.plan(planned.case, keep)

    def troubles(self) -> list[Trouble]:
        """That something is held back, for the log."""
        if self.name is None:
            return []
        of, before = (self.lessening.of, self.lessening.before) if self.lessening else (None, None)
        return [Trouble("changes_held", self.name, {"set": self.name, "count": self.count, "before": before, "of": of})]

    def doubts(self, planned: Iterable[Planned], limits: BrakeLimits) -> list[Trouble]:
        """That much goes within a day, with what this cycle lets through."""
        if self.today is None:
            return []
        passing = [change for one in planned for change in one.changes if _asks(one, change) not in self.asked]
        day = self.today.beside(passing)
        fields = {"count": day.together, "of": day.of, "since": self.today.since}
        return [Trouble("many_removed", fields=fields)] if day.is_doubtful(limits) else []

    def begin(self, store: Store, now: datetime) -> None:
        """Before anything of it is let through: what an admin or time has let through is not counted any more."""
        if self.anew:
            store.count_anew(self.tenant, now)

    def remember(self, store: Store, now: datetime) -> None:
        """Keeps the set and how long it has been asked for; forgets what is no longer asked for."""
        remember(store, self.tenant, self.name, self.asked, now, CHANGES)
        if self.through:
            structlog.get_logger().info("changes_let_through", tenant=self.tenant, count=len(self.through))


def judge(  # noqa: PLR0913, PLR0917 - what it depends on
    store: Store,
    tenant: str,
    planned: Sequence[Planned],
    service: ServiceSettings,
    now: datetime,
    unread: Collection[str] = (),
    *,
    doubtful: bool = False,
    clock_jumped: bool = False,
) -> Judgement:
    """Which of the changes that remove or shorten are held back.

    Of the mailboxes in `unread` nothing was asked this time, for they were not read: what was held back of them is
    held back still, and counts on when they are read again. What went within a day is looked at where something is
    asked for, or was `doubtful` in the cycle before. Where the clock has jumped, what is held back may be over, or what
    was counted with it long ago, by that clock only: it stays so, and since when it is asked for is counted anew.
    """
    sets = store.held_sets(tenant)
    asked = {_asks(one, change): change for one in planned for change in one.changes if change.lessens}
    carried = {
        what: told
        for what, told in known(sets).items()
        if what.partition(" ")[0] in unread or (clock_jumped and what not in asked)
    }
    day = today(store, tenant, now) if asked or doubtful else None
    if not asked or day is None:
        return Judgement(tenant, carried, _name(carried), today=day)
    began = now - timedelta(seconds=service.full_read)
    recent = Lessening(len(asked), store.removed_or_shortened(tenant, began, now), store.not_over_count(tenant, began))
    both = (recent, day.beside(asked.values()))
    lessening = next((one for one in both if one.exceeds(service.brake)), None)
    waiting = {what: asked[what] for what in known(sets).keys() & asked.keys()} if clock_jumped else {}
    if lessening is not None or waiting:
        held = _held(tenant, asked if lessening else waiting, sets, now, carried, anew=clock_jumped)
        return replace(held, lessening=lessening or recent, today=day)
    through = tuple(known(sets).keys() & asked.keys())
    anew = not approved(sets).isdisjoint(through)
    return Judgement(tenant, carried, _name(carried), recent, through, anew, day)


def _held(  # noqa: PLR0913 - as `judge`
    tenant: str, asked: Mapping[str, Change], sets: Sequence[HeldSet], now: datetime, carried: Asked, *, anew: bool
) -> Judgement:
    before = {} if anew else known(sets)
    counted = {what: once_more(before.get(what), now) for what in asked}
    let_go = approved(sets)
    through = tuple(what for what in asked if what in let_go or long_enough(counted[what], now))
    held = {**carried, **{what: counted[what] for what in asked if what not in through}}
    return Judgement(tenant, held, _name(held), through=through, anew=bool(through))


def _asks(planned: Planned, change: Change) -> str:
    """What the change asks for, the same in each cycle that asks for it: an end now is an end, whenever that is."""
    before, after = change.before, change.after
    which = f"{planned.person.mailbox} {before.id if before else ''}"
    if before is None or after is None or change.action is Action.REMOVE or after.until <= planned.case.now:
        return f"{which} end"
    return f"{which} {as_text(after.start)} {as_text(after.until)}"


def _name(asked: Asked) -> str | None:
    return name_of(sorted(asked)) if asked else None
