"""What can be done to somebody's phone at the moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rules import referral as rules
from rules.referral import Referral
from sync_daemon.by_hand.hand import Hand
from sync_daemon.by_hand.withdrawing import is_own


@dataclass(frozen=True, slots=True)
class PossibleActs:
    """What a hand may do to a person's phone now; referring is always possible.

    `opens`: the referrals that an opening would end, as they are, the one in force first. `undoes`: when the opening
    was that can be taken back, in UTC. `withdraws`: what was set by hand and is not over, by its beginning;
    `by_hand.withdraw` takes one's `id`.
    """

    opens: tuple[Referral, ...]
    undoes: datetime | None
    withdraws: tuple[Referral, ...]


def possible_acts(hand: Hand) -> PossibleActs:
    """As the store has it. An opening of which everything is over by now can be taken back to no effect: it is none."""
    referrals = hand.referrals(hand.now)
    opened = rules.open_phone(referrals, hand.now)
    latest = hand.store.latest_opening(hand.person.id)
    undoes = None
    if latest is not None and (hand.is_operator or latest.is_of(hand.by)) and latest.lasts(hand.now):
        undoes = latest.at
    return PossibleActs(
        opens=() if opened is None else _in_force_first(opened.ended, hand.now),
        undoes=undoes,
        withdraws=tuple(one for one in referrals if is_own(hand, one)),
    )


def _in_force_first(ended: Sequence[Referral], now: datetime) -> tuple[Referral, ...]:
    current = rules.in_force(ended, now)
    return tuple(sorted(ended, key=lambda one: (one is not current, one.start)))
