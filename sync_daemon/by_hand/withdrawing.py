"""What was set by hand taken back, alone: the calendar's under it is in force again (docs/rules.md §5.5)."""

from __future__ import annotations

from datetime import datetime

from rules.referral import Referral
from sync_daemon import log
from sync_daemon.answers import wording
from sync_daemon.answers.setters import named, setter
from sync_daemon.by_hand.hand import Done, Hand
from sync_daemon.by_hand.refusals import NothingToWithdraw
from sync_daemon.by_hand.times import require_present
from sync_daemon.texts import InEachLanguage, Text, listed


def withdraw(
    hand: Hand, at: datetime | None = None, *, begins: datetime | None = None, referral: int | None = None
) -> Done:
    """Takes back what was set by hand and is in force then, or now; `Done.referral` is what is left of it, or None.

    With `begins` the one that begins in that minute, with `referral` the one of that id, in force or not. Another
    system takes back only what is of its own origin. Times aware. Refused where the time is over or far ahead,
    NothingToWithdraw where there is no such referral.
    """
    moment = hand.now if at is None else at
    require_present(hand.store, hand.tenant, moment, hand.now, "at")
    origin = None if hand.is_operator else hand.origin
    past = hand.past(moment)
    done = hand.store.withdraw(hand.person.id, moment, hand.by, past, begins, origin=origin, referral_id=referral)
    if done is None:
        raise _nothing_to_withdraw(hand, moment)
    log.referral_withdrawn(done.before, **hand.logged())
    return Done(_withdrawn(hand, done.before, moment), done.after)


def _withdrawn(hand: Hand, before: Referral, moment: datetime) -> Text:
    values = {
        "person": hand.named,
        "reason": _reason(hand, before),
        "start": hand.local(before.start, moment),
        "until": hand.local(before.until, moment),
        "by": named(setter(before)),
        "after": hand.phone_after(moment),
    }
    return Text("{person}: {reason}, {start} to {until}, set by {by}, is withdrawn. {after}", **values)


def _nothing_to_withdraw(hand: Hand, moment: datetime) -> NothingToWithdraw:
    """With what was set by hand for later."""
    coming = tuple(one for one in hand.referrals(moment) if is_own(hand, one) and one.start > moment)
    values = {"person": hand.named}
    if not coming:
        return NothingToWithdraw(Text("of {person} nothing is set by hand at that time", **values), coming)
    told = [Text("{reason} from {start}", reason=_reason(hand, one), start=hand.local(one.start)) for one in coming]
    text = Text("of {person} nothing is set by hand at that time; to come: {coming}", **values, coming=listed(told))
    return NothingToWithdraw(text, coming)


def _reason(hand: Hand, referral: Referral) -> InEachLanguage:
    return wording.reason_told(referral.reason, hand.tenant.rules.commands)


def is_own(hand: Hand, referral: Referral) -> bool:
    """Whether the hand may take the referral back."""
    return not referral.by_calendar and (hand.is_operator or referral.origin == hand.origin)
