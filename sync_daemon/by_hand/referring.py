"""A referral set by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from rules import by_hand as limits
from rules.command import Mode, Phone
from rules.referral import Referral
from sync_daemon import log
from sync_daemon.answers import wording
from sync_daemon.by_hand.alternatives import alternative_of
from sync_daemon.by_hand.hand import Done, Hand
from sync_daemon.by_hand.refusals import Refused
from sync_daemon.by_hand.said import alternative_told, referral_told, told_by_hand
from sync_daemon.by_hand.times import require_present
from sync_daemon.by_hand.withdrawing import is_own, withdraw
from sync_daemon.store import SetBefore
from sync_daemon.texts import Text, listed
from sync_daemon.times import whole_second


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person is to be referred: up to `until`, from `start`, or from now. Times aware.

    `number` is whom callers are to try, as it was written; it is told instead of connected where the phone stays open.
    """

    until: datetime
    start: datetime | None = None
    reason: str = "away"
    phone: Phone = Phone.CLOSED
    number: str | None = None
    mode: Mode = Mode.INFO


def refer(hand: Hand, wish: Wish) -> Done:
    """Sets a referral of the hand's origin; `Done.referral` is what was set. Refused where it may not be.

    What is sent again for want of an answer is set once: else one is left when the other is taken back.
    Another system may take its time; of a person it is what was set last of all, and a moment ago.
    """
    wished = _wished(hand, wish)
    before = {one.id for one in hand.referrals(hand.now)}
    made = hand.store.refer(
        hand.person.id,
        wished,
        hand.by,
        wished.set_at or hand.now,
        once=not hand.is_operator,
        set_before=_set_before(wish) if hand.is_operator else None,
    )
    if made.id not in before:
        log.referral_set(made, **hand.logged())
    return Done(_referred(hand, made), made)


def overlapping(hand: Hand, wish: Wish) -> tuple[Referral, ...]:
    """What is set by hand for a part of that time already, and the hand may take back; by its beginning.

    The one that is set last holds, and hides the alternative of the other. The very same that was set a moment ago is
    none of them. Refused as `refer` is.
    """
    wished = _wished(hand, wish)
    held = hand.referrals(wished.start)
    same = _set_before(wish)(held, wished) if hand.is_operator else None
    own = [one for one in held if one.id is not None and one != same and is_own(hand, one)]
    return tuple(sorted((one for one in own if one.start < wished.until), key=lambda one: one.start))


def refer_instead(hand: Hand, wish: Wish) -> Done:
    """Refers, and then takes back whatever `overlapping` has: at no moment is the phone open in between."""
    replaced = overlapping(hand, wish)
    done = refer(hand, wish)
    replaced = tuple(one for one in replaced if done.referral is None or one.id != done.referral.id)
    for one in replaced:
        withdraw(hand, referral=one.id)
    if not replaced:
        return done
    told = listed([Text("It replaces: {referral}.", referral=referral_told(hand, one)) for one in replaced], " ")
    return Done(Text("{done} {replaced}", done=done.text, replaced=told), done.referral)


def _wished(hand: Hand, wish: Wish) -> Referral:
    """What is to be set; Refused where it may not be."""
    begins = _begins(hand, wish)
    reason = told_by_hand(Text("the reason"), wish.reason, "reason")
    mode = wish.mode if wish.phone is Phone.CLOSED else Mode.INFO
    alternative = None if wish.number is None else alternative_of(hand, wish.number, mode)
    set_at = limits.set_at(begins, hand.now, hand.store.latest_cycle(hand.tenant.id))
    return Referral(
        hand.origin,
        wish.phone,
        reason,
        whole_second(begins),
        whole_second(wish.until),
        alternative,
        set_at=whole_second(set_at),
        set_by=hand.by,
    )


def _set_before(wish: Wish) -> SetBefore:
    return partial(limits.set_before, from_now=wish.start is None)


def _begins(hand: Hand, wish: Wish) -> datetime:
    """From when; Refused where that, or its end, may not be set any more, or not yet (docs/rules.md §5.4)."""
    begins = hand.now if wish.start is None else wish.start
    require_present(hand.store, hand.tenant, begins, hand.now, "from")
    require_present(hand.store, hand.tenant, wish.until, hand.now, "until", Text("the end"))
    if wish.until <= begins:
        values = {"start": hand.local(begins), "until": hand.local(wish.until)}
        text = Text("the referral would end {until}, which is not after its beginning {start}", **values)
        raise Refused(text, "until")
    if wish.until <= limits.end_of_the_past(begins, hand.now):
        until = hand.local(wish.until, hand.now)
        raise Refused(Text("that referral would be over: it would end {until}", until=until), "until")
    return begins


def _referred(hand: Hand, made: Referral) -> Text:
    values = {
        "person": hand.named,
        "reason": wording.reason_told(made.reason, hand.tenant.rules.commands),
        "start": hand.local(made.start, hand.now),
        "until": hand.local(made.until, hand.now),
    }
    if made.alternative is None:
        if made.phone is Phone.OPEN:
            return Text("{person} is referred: {reason}, {start} to {until}; the phone stays open.", **values)
        return Text("{person} is referred: {reason}, {start} to {until}; the phone is closed.", **values)
    values["alternative"] = alternative_told(hand, made.alternative)
    if made.phone is Phone.OPEN:
        return Text(
            "{person} is referred: {reason}, {start} to {until}; the phone stays open; {alternative}.", **values
        )
    return Text("{person} is referred: {reason}, {start} to {until}; the phone is closed; {alternative}.", **values)
