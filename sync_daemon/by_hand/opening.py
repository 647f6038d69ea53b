"""A phone opened before its referral's time, and that taken back (docs/rules.md §5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog

from rules.referral import in_force
from sync_daemon.answers import wording
from sync_daemon.by_hand.hand import Done, Hand
from sync_daemon.by_hand.refusals import NothingToDo
from sync_daemon.by_hand.times import require_present
from sync_daemon.cycle.planning import Planner
from sync_daemon.store import UndoneOpening
from sync_daemon.texts import Text, listed


def open_phone(hand: Hand, at: datetime | None = None) -> Done:
    """Opens the phone at that time, or now; `Done.referral` is what was in force, as it was, and when it was opened.

    Refused where the time is over or far ahead; NothingToDo where nothing is in force then. Times aware.
    """
    moment = hand.now if at is None else at
    require_present(hand.store, hand.tenant, moment, hand.now, "at")
    left = Planner(hand.tenant).after_opening(hand.person.department, hand.person.alternative)
    opened = hand.store.open_phone(hand.person.id, moment, hand.by, left, hand.past(moment))
    if opened is None:
        raise NothingToDo(
            Text(
                "{person} ({extension}) is not referred at that time: there is nothing to open",
                person=hand.person.name,
                extension=hand.extension,
            )
        )
    ended = in_force(opened.ended, moment) or opened.ended[0]
    about = {**hand.logged(), "opened_at": moment, "until": ended.until, "origin": ended.origin}
    structlog.get_logger().info("opening", **about)
    values = {
        "name": hand.person.name,
        "start": hand.local(moment, moment),
        "reason": wording.reason_told(ended.reason, hand.tenant.rules.commands),
        "until": hand.local(ended.until, moment),
        "after": hand.phone_after(moment),
    }
    text = Text(
        "{name}'s phone is open from {start}; the referral ({reason}) would have lasted until {until}. {after}",
        **values,
    )
    return Done(text, replace(ended, opened_at=moment))


def undo_opening(hand: Hand, at: datetime | None = None) -> Done:
    """Takes the latest opening back at that time, or now; `Done.referral` is the first that is in force again.

    Another system takes back only an opening of its own. Refused and NothingToDo as of `open_phone`.
    """
    moment = hand.now if at is None else at
    require_present(hand.store, hand.tenant, moment, hand.now, "at")
    own = not hand.is_operator
    undone = hand.store.undo_opening(hand.person.id, moment, hand.by, hand.past(moment), only_own=own)
    if undone is None:
        raise NothingToDo(_nothing_to_undo(hand))
    structlog.get_logger().info("opening_undone", **hand.logged(), opened_at=undone.at)
    return Done(_undone(hand, undone, moment), undone.restored[0] if undone.restored else None)


def _nothing_to_undo(hand: Hand) -> Text:
    if hand.is_operator:
        return Text("{name}'s phone has not been opened by hand: there is nothing to take back", name=hand.person.name)
    return Text(
        "{name}'s phone was not opened last by {by}: there is nothing to take back", name=hand.person.name, by=hand.by
    )


def _undone(hand: Hand, undone: UndoneOpening, moment: datetime) -> Text:
    commands = hand.tenant.rules.commands
    again = [
        Text(
            "{reason} until {until}",
            reason=wording.reason_told(one.reason, commands),
            until=hand.local(one.until, moment),
        )
        for one in undone.restored
    ]
    values = {"name": hand.person.name, "at": hand.local(undone.at, moment)}
    if again:
        return Text(
            "The opening of {name}'s phone at {at} is taken back; in force again: {again}.",
            **values,
            again=listed(again),
        )
    return Text("The opening of {name}'s phone at {at} is taken back; what it ended is over by now.", **values)
