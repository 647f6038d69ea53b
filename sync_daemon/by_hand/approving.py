"""What the brake holds back, let through by an admin (docs/rules.md §6.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sync_daemon.answers.held_sets import lines_of
from sync_daemon.by_hand.refusals import NothingToDo
from sync_daemon.settings import Tenant
from sync_daemon.store import CHANGES, LEAVERS, Store
from sync_daemon.texts import Text


@dataclass(frozen=True, slots=True)
class Approval:
    """What was approved, in a sentence. So many `others` have joined the set since, and stay held back.

    They are told in `stays`, a line each (of very many the first ones); `set` is what lets them through as well.
    """

    text: Text
    others: int
    set: str
    stays: tuple[Text, ...]


def approve(store: Store, tenant: Tenant, set_name: str, by: str, now: datetime) -> Approval:
    """Lets through what a set of that name held when it was printed; NothingToDo where there is none. `now` aware."""
    approved = store.approve(tenant.id, set_name, by, now)
    if approved is None:
        raise NothingToDo(_no_such_set(store, tenant, set_name))
    stay = lines_of(store, tenant, approved.others, approved.kind, approved.last_reading)
    text = Text(
        "Set {set} of {tenant} is approved: what it held, {count}, goes through at the next cycle.",
        set=set_name,
        tenant=tenant.id,
        count=approved.count,
    )
    return Approval(text, len(approved.others), str(approved.name), tuple(stay))


def _no_such_set(store: Store, tenant: Tenant, name: str) -> Text:
    names = [one.set for kind in (CHANGES, LEAVERS) for one in store.held_sets(tenant.id, kind)]
    values = {"tenant": tenant.id, "name": name}
    if not names:
        return Text("{tenant} has no held-back set {name}; nothing is held back there", **values)
    return Text("{tenant} has no held-back set {name}; held back there: {names}", names=", ".join(names), **values)
