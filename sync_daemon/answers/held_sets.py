"""What the brake holds back, for a person: each change or leaver of a set in a line (docs/rules.md §6.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rules.referral import Referral
from sync_daemon.answers import wording
from sync_daemon.cycle.brake import Ask
from sync_daemon.cycle.roster import Person, person_of
from sync_daemon.settings import Tenant
from sync_daemon.store import LEAVERS, Store, StoredSubscriber
from sync_daemon.texts import InEachLanguage, LocalTime, Text

MOST_TOLD = 20
"""Lines of one set."""


@dataclass(frozen=True, slots=True)
class HeldInStore:
    """What a set of that name holds back, a line a change."""

    set: str
    lines: tuple[Text, ...]


def held_of(store: Store, tenant: Tenant, person: Person, now: datetime) -> tuple[HeldInStore, ...]:
    """What the latest cycle held back of that person's, as of `now`, aware."""
    found = []
    for held in store.held_sets(tenant.id):
        asks = [ask.text for ask in map(Ask.from_text, held.changes) if ask and ask.mailbox == person.mailbox]
        if lines := lines_of(store, tenant, asks, held.kind, now):
            found.append(HeldInStore(held.set, tuple(lines)))
    return tuple(found)


def lines_of(store: Store, tenant: Tenant, changes: Sequence[str], kind: str, now: datetime) -> list[Text]:
    """What these changes of a set of that kind would do, as of `now`, aware; of very many the first ones.

    Give the set's last reading as `now`: what was to go then is told, also where it is over since.
    """
    shown = changes[:MOST_TOLD]
    lines = [*(_leavers(store, tenant, shown) if kind == LEAVERS else _referrals(store, tenant, shown, now))]
    if rest := len(changes) - len(shown):
        lines.append(Text("and {count} more", count=rest))
    return lines


def _leavers(store: Store, tenant: Tenant, mailboxes: Iterable[str]) -> Iterable[Text]:
    people = {person.mailbox: person for person in store.subscribers(tenant.id)}
    for mailbox in mailboxes:
        yield Text(
            "{person} would leave the directory", person=_named(people[mailbox]) if mailbox in people else mailbox
        )


def _referrals(store: Store, tenant: Tenant, texts: Iterable[str], now: datetime) -> Iterable[Text]:
    known = {referral.id: (person, referral) for person, referral in store.not_over(now, tenant.id)}
    for ask in map(Ask.from_text, texts):
        if ask is not None and ask.referral in known:  # else it is over by now
            yield _referral(*known[ask.referral], ask, tenant, now)


def _referral(person: StoredSubscriber, referral: Referral, ask: Ask, tenant: Tenant, now: datetime) -> Text:
    swedish = wording.reason_texts(tenant.rules.commands, "sv").get(referral.reason, referral.reason)
    values = {
        "person": _named(person),
        "reason": InEachLanguage(sv=swedish, en=referral.reason),
        "start": LocalTime(referral.start, tenant.zone),
        "until": LocalTime(referral.until, tenant.zone),
    }
    if ask.span is not None:
        start, until = (LocalTime(moment, tenant.zone) for moment in ask.span)
        left = {"new_start": start, "new_until": until}
        return Text("{person}: {reason}, {start} to {until}, would be {new_start} to {new_until}", **values, **left)
    if referral.start <= now:
        return Text("{person}: {reason}, {start} to {until}, would end now", **values)
    return Text("{person}: {reason}, {start} to {until}, would be removed", **values)


def _named(person: StoredSubscriber) -> str:
    extension = person_of(person).extension
    return f"{person.name} ({extension})" if extension else person.name
