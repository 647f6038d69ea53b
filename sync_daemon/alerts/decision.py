"""What is to be mailed now, of what is wrong, what who knows already, and the time: no clock, no store, no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sync_daemon.answers.health import Cause, HealthProblem
from sync_daemon.store import Alert

RATE = timedelta(hours=1)
"""For so long nothing more is mailed of one cause with one tenant: what comes and goes is told hourly."""

CLAIM = timedelta(minutes=5)
"""For so long whoever is about to mail keeps others from it; who dies meanwhile delays it by so much."""

LONGEST_PAUSE = timedelta(minutes=30)
"""Between two tries to send; the first comes after a minute, then two, four, …"""


_KNOWN = frozenset(cause.value for cause in Cause)
"""Of a cause that only a newer version knows nothing can be said."""


@dataclass(frozen=True, slots=True)
class Over:
    """A trouble that an audience was told of, and that is over: with the tenant, since when it had lasted (aware)."""

    cause: Cause
    tenant: str | None
    began: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """What one audience is to be told now."""

    audience: str
    begun: tuple[HealthProblem, ...] = ()
    over: tuple[Over, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.begun or self.over)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be told, and what is to be remembered meanwhile: that somebody is about to tell it."""

    due: Due
    alerts: tuple[Alert, ...]


def decide(audience: str, problems: Iterable[HealthProblem], alerts: Sequence[Alert], now: datetime) -> Decision:
    """What the audience is to be told `now`, aware, of the problems that are its own; `alerts` is what it knows.

    A problem is told once it has lasted as long as its cause asks for, and that it is over once nothing of its cause is
    wrong with the tenant any more; of one cause with one tenant nothing is told more often than once in `RATE`.
    """
    known = {alert.key: alert for alert in alerts}
    wrong = {_key(audience, problem): problem for problem in problems}
    noticed = [_noticed(key, known.get(key), problem, now) for key, problem in wrong.items()]
    gone = [alert for key, alert in known.items() if key not in wrong and alert.cause in _KNOWN]
    busy = {_whose(alert) for alert in alerts if _is_recent(alert, now) or not _may_try(alert, now)}
    begun = [
        (alert, wrong[alert.key])
        for alert in noticed
        if not alert.told and _whose(alert) not in busy and _has_lasted(wrong[alert.key], alert, now)
    ]
    still = {_whose(alert) for alert in noticed}
    over = [one for one in gone if one.told and _whose(one) not in still | busy]
    claimed = {alert.key for alert, _ in begun} | {alert.key for alert in over}
    kept = (*noticed, *(alert for one in gone for alert in _gone(one, now, stays=_whose(one) in still)))
    after = sorted((_claimed(one, now) if one.key in claimed else one for one in kept), key=lambda one: one.key)
    due = Due(audience, tuple(problem for _, problem in begun), tuple(_merged(over)))
    return Decision(due, tuple(after))


def sent(alerts: Iterable[Alert], due: Due, now: datetime) -> list[Alert]:
    """What is known once it has been mailed."""
    told = {_key(due.audience, problem) for problem in due.begun}
    over = {(due.audience, one.cause, one.tenant or "") for one in due.over}
    after = []
    for alert in alerts:
        if alert.key in told:
            after.append(replace(alert, told=True, told_at=now, tries=0, next_try=None))
        elif alert.told and _whose(alert) in over:
            after.append(replace(alert, began_at=None, told=False, told_at=now, tries=0, next_try=None))
        else:
            after.append(alert)
    return after


def unsent(alerts: Iterable[Alert], due: Due, now: datetime) -> list[Alert]:
    """What is known once it could not be mailed: it is tried again after a growing pause."""
    told = {_key(due.audience, problem) for problem in due.begun}
    over = {(due.audience, one.cause, one.tenant or "") for one in due.over}
    return [
        replace(alert, tries=alert.tries + 1, next_try=now + pause_after(alert.tries + 1))
        if alert.key in told or (alert.told and _whose(alert) in over)
        else alert
        for alert in alerts
    ]


def pause_after(tries: int) -> timedelta:
    """How long nothing is tried after so many tries that failed."""
    return min(timedelta(minutes=2 ** min(tries - 1, 10)), LONGEST_PAUSE)


def _key(audience: str, problem: HealthProblem) -> tuple[str, str, str, str]:
    return audience, problem.cause.value, problem.tenant or "", problem.which


def _whose(alert: Alert) -> tuple[str, str, str]:
    """What is told at most once in `RATE`."""
    return alert.audience, alert.cause, alert.tenant


def _noticed(key: tuple[str, str, str, str], known: Alert | None, problem: HealthProblem, now: datetime) -> Alert:
    alert = known or Alert(*key, began_at=None)
    return alert if alert.began_at is not None else replace(alert, began_at=problem.since or now)


def _gone(alert: Alert, now: datetime, *, stays: bool) -> Iterable[Alert]:
    """What is left of one that is not wrong any more; where another of its cause `stays`, nobody need be told."""
    if alert.told and not stays:
        return (alert,)
    return (replace(alert, began_at=None, told=False),) if _is_recent(alert, now) else ()


def _has_lasted(problem: HealthProblem, alert: Alert, now: datetime) -> bool:
    """Since it was first seen, where the problem itself does not know."""
    return replace(problem, since=problem.since or alert.began_at).is_for_mail(now)


def _is_recent(alert: Alert, now: datetime) -> bool:
    """A clock that was set back silences nothing."""
    return alert.told_at is not None and abs(now - alert.told_at) < RATE


def _may_try(alert: Alert, now: datetime) -> bool:
    return alert.next_try is None or now >= alert.next_try or alert.next_try - now > LONGEST_PAUSE


def _claimed(alert: Alert, now: datetime) -> Alert:
    return replace(alert, next_try=now + CLAIM)


def _merged(over: Iterable[Alert]) -> Iterable[Over]:
    """One of a cause with a tenant, since the first of them."""
    first: dict[tuple[str, str, str], Alert] = {}
    for alert in over:
        known = first.get(_whose(alert))
        if known is None or (alert.began_at and known.began_at and alert.began_at < known.began_at):
            first[_whose(alert)] = alert
    for alert in first.values():
        began = alert.began_at or alert.told_at
        if began is not None:
            yield Over(Cause(alert.cause), alert.tenant or None, began)
