"""What is told of a department beside its notices: their history, why one is withdrawn, and of which none is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rules.departments import Notice, Reason, State
from sync_daemon.answers.unmanned import DepartmentNotice, UnreadMember, Untold
from sync_daemon.settings import Tenant
from sync_daemon.settings.notices import label_of
from sync_daemon.store import Delivery, Sent, StoredSubscriber
from sync_daemon.texts import Listed, LocalTime, Text, listed


def history_line(of: DepartmentNotice, tenant: Tenant, at: datetime) -> Text | None:
    """What was said of the stretch, one word after another; None where it was told once and that is all."""
    if len(of.history) == 1 and of.notice.state is State.TOLD:
        return None
    words = listed(_word(of, word, tenant, at) for word in of.history)
    return Text("{department}: {words}.", department=of.department, words=words)


def sent_line(of: DepartmentNotice, tenant: Tenant, at: datetime) -> Text | None:
    """To whom its latest word was delivered, and whom it waits for; None where it goes to nobody."""
    if not of.sent:
        return None
    labels = {one.id: one.label for one in tenant.notices}
    words = listed(_sent(one, labels.get(one.receiver, label_of(one.receiver)), tenant, at) for one in of.sent)
    return Text("{department}: {words}.", department=of.department, words=words)


def _sent(one: Sent, receiver: str, tenant: Tenant, at: datetime) -> Text:
    if one.ended_at is None:
        return Text("waits to be delivered to {receiver}", receiver=receiver)
    moment = LocalTime(one.ended_at, tenant.zone, today=at)
    if one.state is Delivery.OVER:
        return Text("was over {moment} before it could be delivered to {receiver}", moment=moment, receiver=receiver)
    return Text("delivered to {receiver} {moment}", moment=moment, receiver=receiver)


def untold_line(of: Untold, tenant: Tenant, at: datetime) -> Text:
    """That a department would be unmanned, and whose calendar keeps it from being told."""
    return Text(
        "{department} would be unmanned from {start} until {until} by what is known, and is not told of: {unread}.",
        department=of.department,
        start=LocalTime(of.stretch.start, tenant.zone, today=at),
        until=LocalTime(of.stretch.until, tenant.zone, today=at),
        unread=_unread(of.unread, tenant),
    )


def _word(of: DepartmentNotice, word: Notice, tenant: Tenant, at: datetime) -> Text:
    moment = LocalTime(word.at, tenant.zone, today=at)
    if word.state is State.TOLD:
        return Text("told {moment}", moment=moment)
    if word.state is State.CORRECTED:
        return Text("corrected {moment}", moment=moment)
    reason = _reason(of, word, tenant)
    return (
        Text("withdrawn {moment}, for {reason}", moment=moment, reason=reason)
        if reason
        else Text("withdrawn {moment}", moment=moment)
    )


def _reason(of: DepartmentNotice, word: Notice, tenant: Tenant) -> Text | Listed | None:
    members = listed(_named(person) for person in of.members(word))
    if word.reason is Reason.UNREAD and set(word.whose) == {one.person.id for one in of.unread}:
        return _unread(of.unread, tenant)
    if word.reason is Reason.UNREAD:
        return Text("the calendar of {members} could not be read", members=members)
    if word.reason is Reason.PRESENT:
        return Text("somebody is there again: {members}", members=members)
    if word.reason is Reason.TOO_FEW:
        return Text("fewer than two are left in the department")
    return None


def _named(person: StoredSubscriber) -> str:
    return f"{person.name} ({', '.join(person.extensions)})" if person.extensions else person.name


def _unread(members: Iterable[UnreadMember], tenant: Tenant) -> Listed:
    return listed(_unread_member(one, tenant) for one in members)


def _unread_member(of: UnreadMember, tenant: Tenant) -> Text:
    if of.since is None:
        return Text("the calendar of {member} cannot be read", member=_named(of.person))
    since = LocalTime(of.since, tenant.zone)
    return Text(
        "the calendar of {member} could not be read at {since}, nor since", member=_named(of.person), since=since
    )
