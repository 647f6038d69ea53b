"""Whom somebody means: people by parts of their name or mailbox, whoever is or was in a directory."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sync_daemon.cycle.roster import Person, person_of, preview
from sync_daemon.settings import Tenant
from sync_daemon.store import Store
from sync_daemon.texts import Text, listed


@dataclass(frozen=True, slots=True)
class Found:
    """A person of a tenant; `has_left` the directory, or not."""

    tenant: Tenant
    person: Person
    has_left: bool = False

    @property
    def line(self) -> Text:
        """Who it is, on a line of its own."""
        numbers = ", ".join(self.person.extensions) or self.person.mailbox
        about = [numbers, self.person.department, self.tenant.id, Text("has left") if self.has_left else None]
        return Text("  {name}: {about}", name=self.person.name, about=listed(one for one in about if one))


def everybody(store: Store, tenants: Iterable[Tenant], now: datetime | None) -> Iterator[Found]:
    """Whoever the store or a directory knows of these tenants, who has left included.

    `now` is aware; None where no directory can be read.
    """
    for tenant in tenants:
        stored = store.subscribers(tenant.id)
        known = {one.mailbox for one in stored}
        for one in stored:
            if " " not in one.mailbox:  # what is left of somebody who was joined with another
                yield Found(tenant, person_of(one), has_left=one.left_at is not None)
        for person in () if now is None else preview(store, tenant, now).people:
            if person.id is None and person.mailbox not in known:
                yield Found(tenant, person)


def named(text: str, people: Iterable[Found]) -> list[Found]:
    """Whose name or mailbox has every word of the text in it, without regard to case and accents; in order of name.

    Where the words are the whole name of some of them, those alone.
    """
    words = _folded(text).split()
    found = [one for one in people if words and all(word in _about(one.person) for word in words)]
    whole = [one for one in found if sorted(_folded(one.person.name).split()) == sorted(words)]
    return sorted(whole or found, key=lambda one: (_folded(one.person.name), one.person.mailbox))


def _about(person: Person) -> str:
    return _folded(f"{person.name} {person.mailbox}")


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
