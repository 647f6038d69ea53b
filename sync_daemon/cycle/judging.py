"""What one cycle asks the brake for, and what the brake says of it so far."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from rules.brake import BrakeLimits
from sync_daemon.cycle import brake
from sync_daemon.cycle.brake import Ask, Judgement, Memory


@dataclass(slots=True)
class Judging:
    """One cycle's, from what the brake remembered before it, so that being judged again counts nothing twice.

    Of the mailboxes in `unread` nothing is asked, for they were not read: what is held back of them stays so.
    """

    memory: Memory
    limits: BrakeLimits
    now: datetime
    unread: Collection[str]
    clock_jumped: bool
    asked: set[Ask] = field(default_factory=set)
    carried_out: set[Ask] = field(default_factory=set)
    judgement: Judgement = field(default_factory=Judgement)

    def ask(self, asks: Iterable[Ask]) -> Judgement:
        """All that has been asked for is judged together with these."""
        self.asked.update(asks)
        self.judgement = brake.judge(
            self.memory,
            self.asked,
            self.limits,
            self.now,
            self.unread,
            carried_out=self.carried_out,
            clock_jumped=self.clock_jumped,
        )
        return self.judgement

    @property
    def left(self) -> frozenset[Ask]:
        """What was let through, is asked for still, and has not been carried out."""
        return frozenset(self.judgement.through.keys() & self.asked) - self.carried_out

    def has_judged(self, asks: Collection[Ask]) -> bool:
        """Whether nothing is asked for that has not been judged."""
        return all(ask in self.asked for ask in asks)

    def ask_instead(self, before: Iterable[Ask], asks: Collection[Ask]) -> None:
        """A person who asked for those `before` asks for these by now: what else of it was let through counts no more.

        What is held back stays so: it is not among what a plan asks for that keeps it.
        """
        self.asked.difference_update(ask for ask in before if ask not in asks and not self.judgement.holds(ask))
