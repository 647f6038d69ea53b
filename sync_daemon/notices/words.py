"""What a receiver is told of a department, in sentences: no person in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from rules.departments import Notice, Reason, State
from sync_daemon.store import Outgoing
from sync_daemon.texts import LocalTime, Text

_WHY: Mapping[Reason | None, Text] = {
    Reason.UNREAD: Text("The reason: a calendar there cannot be read, so that nobody knows."),
    Reason.PRESENT: Text("The reason: somebody is there."),
    Reason.TOO_FEW: Text("The reason: fewer than two people are left in the department."),
    None: Text("The reason is not known."),
}


def subject(word: Outgoing, zone: ZoneInfo) -> Text:
    """Which department, when, and whether that is a first word, another one, or that it falls away."""
    about = {"department": word.department, "times": _times(word.notice, zone)}
    match word.notice.state:
        case State.TOLD:
            return Text("{department} is unmanned {times}", **about)
        case State.CORRECTED:
            return Text("Corrected: {department} is unmanned {times}", **about)
        case State.WITHDRAWN:
            return Text("Withdrawn: {department} is not unmanned {times}", **about)


def sentences(word: Outgoing, zone: ZoneInfo) -> Iterator[Text]:
    """All of it, a paragraph each."""
    yield Text("{subject}.", subject=subject(word, zone))
    if word.notice.state is State.WITHDRAWN:
        yield _WHY[word.notice.reason]
        return
    if word.before is not None:
        yield Text("Told before: {times}.", times=_times(word.before, zone))
    if word.notice.back is not None:
        yield Text("Somebody can be reached {back}.", back=LocalTime(word.notice.back, zone, word.notice.start))
    else:
        yield Text("When somebody can be reached is not known.")
    if word.emergency:
        yield Text("Emergency number: {number}.", number=word.emergency)
    else:
        yield Text("The department has no emergency number.")


def trial_subject() -> Text:
    """What is on trial, and nothing else."""
    return Text("hanvisa: a trial")


def trial_sentences(tenant: str) -> Iterator[Text]:
    """That nothing has happened."""
    yield Text(
        "This is a trial: notices of {tenant}'s unmanned departments arrive. No department is meant.", tenant=tenant
    )


def _times(notice: Notice, zone: ZoneInfo) -> Text:
    return Text("{start}–{until}", start=LocalTime(notice.start, zone), until=_later(notice.until, notice.start, zone))


def _later(moment: datetime, start: datetime, zone: ZoneInfo) -> LocalTime:
    """With its date, where that is another one."""
    return LocalTime(moment, zone, start)
