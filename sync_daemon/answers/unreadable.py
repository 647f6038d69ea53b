"""Mailboxes that cannot be read, for people: many with one cause in one line, with the first ones named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync_daemon.cycle.roster import Person
from sync_daemon.findings import MOST_ALIKE, MOST_NAMED, Finding, Severity, cause_of, grouped
from sync_daemon.texts import Text

Unread = tuple[Person, str]
"""Whose mailbox it is, and what to do."""


def lines_of(unreadable: Sequence[Unread]) -> Iterator[Text]:
    """For the output of a cycle."""
    for alike in _by_cause(unreadable):
        if len(alike) > MOST_ALIKE:
            yield Text("  {problem}: {remedy}", problem=_of_many(alike), remedy=alike[0][1])
        else:
            for person, remedy in alike:
                yield Text("  {mailbox} cannot be read: {remedy}", mailbox=person.mailbox, remedy=remedy)


def findings_of(tenant: str, unreadable: Sequence[Unread]) -> Iterator[Finding]:
    """For `hanvisa check`."""
    for alike in _by_cause(unreadable):
        if len(alike) > MOST_ALIKE:
            yield Finding(Severity.ERROR, tenant, _of_many(alike), alike[0][1], count=len(alike))
        else:
            for person, remedy in alike:
                thing = Text("{tenant}: {mailbox}", tenant=tenant, mailbox=person.mailbox)
                yield Finding(Severity.ERROR, thing, Text("cannot be read"), remedy)


def _by_cause(unreadable: Sequence[Unread]) -> list[list[Unread]]:
    return grouped(unreadable, lambda one: cause_of(one[1]))


def _of_many(alike: Sequence[Unread]) -> Text:
    named = ", ".join(person.mailbox for person, _ in alike[:MOST_NAMED])
    return Text("{count} mailboxes cannot be read, {named} and others", count=f"{len(alike):,}", named=named)
