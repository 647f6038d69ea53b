"""The brake on what removes or shortens calendar referrals: what a cycle holds back, and until when.

See docs/rules.md §6.5.

A cycle reads the memory, judges what it asks for by it, and keeps the judgement: only `restart_count` and `keep`
write. What is asked for is a small value, so that a mass deletion need not hold its plans in memory. How it is counted
is in `rules.brake`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from rules.brake import BrakeLimits, HeldBack, Lessening, Waiting, counting_began, enough
from rules.plan import Action, Change
from sync_daemon.cycle import held_sets
from sync_daemon.cycle.held_sets import HeldSets
from sync_daemon.cycle.lessened_within_a_day import LessenedWithinADay, filled_at, lessened_within_a_day
from sync_daemon.log import Trouble
from sync_daemon.settings import ServiceSettings
from sync_daemon.store import CHANGES, SetName, Store
from sync_daemon.times import as_text, from_text

_END = "end"


@dataclass(frozen=True, slots=True)
class Ask:
    """That one calendar referral, by the store's id, is removed or shortened.

    `span` is what would be left of it, from when until when, aware; None where it is removed or ends now. So it is
    the same in each cycle that asks for it: an end now is an end, whenever that is. `set_at` is when it was set.
    """

    mailbox: str
    referral: int
    span: tuple[datetime, datetime] | None = None
    set_at: datetime | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """As the store's sets and their names have it."""
        left = _END if self.span is None else " ".join(map(as_text, self.span))
        return f"{self.mailbox} {self.referral} {left}"

    @classmethod
    def from_text(cls, text: str) -> Ask | None:
        """What was written so; None where nothing was.

        Who was joined with another has a space in the mailbox (`store.succession`), so it is read from its end.
        """
        whose, _, last = text.rpartition(" ")
        whose, _, start = (whose, "", "") if last == _END else whose.rpartition(" ")
        mailbox, _, referral = whose.rpartition(" ")
        try:
            span = None if last == _END else (from_text(start), from_text(last))
            return cls(sys.intern(mailbox), int(referral), span)
        except ValueError:
            return None


def asks_of(mailbox: str, changes: Iterable[Change], now: datetime) -> tuple[Ask, ...]:
    """What those of the person's changes ask for that remove or shorten something; `now` is aware."""
    return tuple(ask for change in changes if (ask := ask_of(mailbox, change, now)) is not None)


def ask_of(mailbox: str, change: Change, now: datetime) -> Ask | None:
    """What the person's change asks for; None where it removes and shortens nothing."""
    before, after = change.before, change.after
    if not change.lessens or before is None or before.id is None:  # what the store does not have, nobody can lessen
        return None
    ends = after is None or change.action is Action.REMOVE or after.until <= now
    span = None if ends or after is None else (after.start, after.until)
    return Ask(mailbox, before.id, span, before.set_at)


@dataclass(frozen=True, slots=True)
class Counts:
    """What was lessened of the tenant's before this cycle: `recent` within `full_read`, and what within a `day`.

    `of_recent` are those referrals that were not over when `full_read` began, or when the store was first filled; it
    is any number from `rules.brake.enough` on where they are so many.
    """

    recent: int
    of_recent: int
    day: LessenedWithinADay

    def with_asked(self, asked: Collection[Ask]) -> tuple[Lessening, Lessening]:
        """What that comes to within `full_read` and within a day, with what is asked for now."""
        return Lessening(len(asked), self.recent, self.of_recent), self.within_a_day(asked)

    def within_a_day(self, asked: Iterable[Ask]) -> Lessening:
        """What that comes to within a day, with what is asked for now."""
        return self.day.beside((ask.referral, ask.set_at) for ask in asked)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the store remembers as a cycle begins: what was held back, and what was lessened of late.

    `counts` is None where it was not asked for.
    """

    sets: HeldSets[Ask] = field(default_factory=HeldSets)
    counts: Counts | None = None

    @property
    def held_back(self) -> HeldBack[Ask]:
        """What was held back: how long each has been waiting, and what is approved."""
        return self.sets.held_back


def read_memory(  # noqa: PLR0913 - what it depends on
    store: Store,
    tenant: str,
    service: ServiceSettings,
    now: datetime,
    *,
    counting: bool,
    asking: int | None = None,
) -> Memory:
    """What the store remembers of the tenant at `now`, aware, before anything of the cycle is carried out.

    Without `counting` the queries that cost milliseconds are not made; whoever asks for something needs them. Where no
    more than `asking` is asked for, what that is a share of is counted so far only as it can matter; where something is
    held back it is told of, and counted whole.
    """
    sets = held_sets.read_sets(store, tenant, CHANGES, Ask.from_text)

    def far_enough(before: int) -> int | None:
        return None if asking is None or sets.held_back.waiting else enough(before + asking, service.brake)

    counts = None
    if counting:
        began = counting_began(now, timedelta(seconds=service.full_read), filled_at(store, tenant))
        recent = store.removed_or_shortened(tenant, began, now)
        of_recent = store.not_over_count(tenant, began, far_enough(recent))
        counts = Counts(recent, of_recent, lessened_within_a_day(store, tenant, now, far_enough))
    return Memory(sets, counts)


def approved(store: Store, tenant: str) -> set[str]:
    """The mailboxes of those of whom something is held back still that an admin has let through."""
    sets = [one for one in store.held_sets(tenant, CHANGES) if one.approved_at is not None]
    asks = (Ask.from_text(text) for one in sets for text in one.changes.keys() - {*one.unapproved})
    return {ask.mailbox for ask in asks if ask is not None}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the brake says of a cycle's asks.

    `held` are held back, also of mailboxes that were not read; `name` is their set's, None where nothing is held.
    `through` were held back and are not any more, with who approved them, if anybody. `restarts_count`: an admin or
    three readings let something through.
    """

    held: Mapping[Ask, Waiting] = field(default_factory=dict)
    name: SetName | None = None
    through: Mapping[Ask, str | None] = field(default_factory=dict)
    restarts_count: bool = False
    lessening: Lessening | None = None
    """What was judged; None where nothing was asked for."""
    within_a_day: Lessening | None = None
    """What goes within a day, with what this cycle lets through; None where it was not counted."""
    since: datetime | None = None
    """From when on that is counted, in UTC."""

    @property
    def count(self) -> int:
        """How much is held back."""
        return len(self.held)

    def holds(self, ask: Ask) -> bool:
        """Whether it is held back."""
        return ask in self.held

    def next_moment(self, now: datetime) -> datetime | None:
        """When the last of three readings lets the first of them go, if it still asks for it; aware, after `now`."""
        moments = {waiting.next_moment for waiting in self.held.values()}
        return min((moment for moment in moments if moment is not None and moment > now), default=None)

    def troubles(self) -> list[Trouble]:
        """That something is held back, for the log."""
        if self.name is None:
            return []
        of, before = (self.lessening.of, self.lessening.before) if self.lessening else (None, None)
        fields = {"set": str(self.name), "count": self.count, "before": before, "of": of}
        return [Trouble("changes_held", self.name.base, fields, self.name.version)]

    def doubts(self, limits: BrakeLimits) -> list[Trouble]:
        """That much goes within a day, for the log."""
        day = self.within_a_day
        if day is None or not day.is_doubtful(limits):
            return []
        return [Trouble("many_removed", fields={"count": day.together, "of": day.of, "since": self.since})]


def judge(  # noqa: PLR0913 - what it depends on
    memory: Memory,
    asked: Collection[Ask],
    limits: BrakeLimits,
    now: datetime,
    unread: Collection[str] = (),
    *,
    carried_out: Collection[Ask] = (),
    clock_jumped: bool = False,
) -> Judgement:
    """What is held back of all that the cycle at `now`, aware, has `asked` for.

    Of the mailboxes in `unread` nothing was asked this time, for they were not read: what was held back of them is
    held back still, and counts on when they are read again. What this cycle has `carried_out` already, by an earlier
    judgement with the same memory, counts among what it asks for and is not held back. Where the clock has jumped,
    what is held back may be over, or what was counted with it long ago, by that clock only: it stays so, and since
    when it is asked for is counted anew.

    Raises ValueError where something is asked for and the memory has no counts.
    """
    wanted = dict.fromkeys((*asked, *carried_out))
    of_unread = {*unread}
    carried = memory.held_back.carried_over(wanted, lambda ask: ask.mailbox in of_unread, clock_jumped=clock_jumped)
    if not wanted:
        return _judgement(memory, carried, (), {})
    if memory.counts is None:
        raise ValueError("something is asked for: what was lessened of late must be counted before it is judged")
    both = memory.counts.with_asked(wanted)
    exceeding = next((one for one in both if one.exceeds(limits)), None)
    decision = memory.held_back.decide(wanted, now, exceeds=exceeding is not None, clock_jumped=clock_jumped)
    held = {**carried, **decision.held}
    for ask in carried_out:
        held.pop(ask, None)
    passing = (ask for ask in wanted if ask not in held)
    return _judgement(
        memory, held, passing, decision.through, restarts_count=decision.restarts_count, lessening=exceeding or both[0]
    )


def _judgement(  # noqa: PLR0913 - what it comes to
    memory: Memory,
    held: Mapping[Ask, Waiting],
    passing: Iterable[Ask],
    through: Mapping[Ask, str | None],
    *,
    restarts_count: bool = False,
    lessening: Lessening | None = None,
) -> Judgement:
    # What goes through was in the set as well: it is the same set that has shrunk.
    name = _name(memory, {**held, **through}) if held else None
    counts = memory.counts
    day, since = (counts.within_a_day(passing), counts.day.since) if counts else (None, None)
    return Judgement(held, name, through, restarts_count, lessening, day, since)


def restart_count(store: Store, tenant: str, judgement: Judgement, now: datetime) -> None:
    """Before anything of it is let through: what an admin or time has let through is not counted any more."""
    if judgement.restarts_count:
        store.restart_count(tenant, now)


def keep(  # noqa: PLR0913, PLR0917 - what it depends on
    store: Store,
    tenant: str,
    memory: Memory,
    judgement: Judgement,
    now: datetime,
    left: Collection[Ask] = (),
) -> None:
    """Writes what is held back and how long it has been asked for, and tells what was let through, and by whom.

    `left` is what was let through and could not be carried out, such as that of a person whose row was written to again
    and again: it stays in its set as it was, and goes with the next cycle.
    """
    waiting = memory.held_back.waiting
    held = {**judgement.held, **{ask: waiting[ask] for ask in left if ask in waiting}}
    name = judgement.name or _name(memory, held)
    held_sets.keep(store, tenant, CHANGES, memory.sets, name, held, _text, now)
    done = [by for ask, by in judgement.through.items() if ask not in left]
    for by, count in Counter(done).items():
        who = {} if by is None else {"by": by}
        structlog.get_logger().info("changes_let_through", tenant=tenant, count=count, **who)


def _name(memory: Memory, held: Collection[Ask]) -> SetName | None:
    return memory.sets.name(held, lambda: held_sets.name_of(sorted(map(_text, held))))


def _text(ask: Ask) -> str:
    return ask.text
