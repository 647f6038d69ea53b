"""Mailboxes that cannot be read, for people: many with one cause in one line, with the first ones named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sync_daemon.cycle.report import Outcome
from sync_daemon.findings import MOST_ALIKE, MOST_NAMED, Finding, Severity, cause_of, grouped
from sync_daemon.texts import Text


@dataclass(frozen=True, slots=True)
class _Unread:
    """Whose mailbox it is, what to do, and which of several sources said so."""

    mailbox: str
    remedy: str
    source: str | None


def lines_of(outcome: Outcome) -> Iterator[Text]:
    """For the output of a cycle."""
    for alike in _told_alike(_by_cause(outcome)):
        if _is_told_once(alike):
            yield Text("  {problem}: {remedy}", problem=_of_many(alike, outcome), remedy=alike[0].remedy)
        else:
            for one in alike:
                values = {"mailbox": one.mailbox, "problem": _problem(one.source), "remedy": one.remedy}
                yield Text("  {mailbox} {problem}: {remedy}", **values)


def findings_of(outcome: Outcome, *, for_person: bool) -> Iterator[Finding]:
    """For `hanvisa check`.

    A person is told once what is the same for several; other programs get each of up to twenty by itself.
    """
    tenant = outcome.summary.tenant
    for alike in _told_alike(_by_cause(outcome)) if for_person else _by_cause(outcome):
        if _is_told_once(alike) if for_person else len(alike) > MOST_ALIKE:
            yield Finding(Severity.ERROR, tenant, _of_many(alike, outcome), alike[0].remedy, count=len(alike))
        else:
            for one in alike:
                thing = Text("{tenant}: {mailbox}", tenant=tenant, mailbox=one.mailbox)
                yield Finding(Severity.ERROR, thing, _problem(one.source), one.remedy)


def _by_cause(outcome: Outcome) -> list[list[_Unread]]:
    """In the order of the names: they come in that of the answers."""
    unread = [
        _Unread(person.mailbox, remedy, outcome.sources.get(person.mailbox)) for person, remedy in outcome.unreadable
    ]
    return grouped(sorted(unread, key=lambda one: one.mailbox), lambda one: (one.source, cause_of(one.remedy)))


def _told_alike(groups: Sequence[list[_Unread]]) -> Iterator[list[_Unread]]:
    """Those with one cause; where they are few, and each is told something of its own, those who are told the same."""
    for alike in groups:
        yield from [alike] if len(alike) > MOST_ALIKE else grouped(alike, lambda one: one.remedy)


def _is_told_once(alike: Sequence[_Unread]) -> bool:
    return len(alike) > MOST_ALIKE or (len(alike) >= MOST_NAMED and len({str(one.remedy) for one in alike}) == 1)


def _problem(source: str | None) -> Text:
    return Text("cannot be read") if source is None else Text("cannot be read ({source})", source=source)


def _of_many(alike: Sequence[_Unread], outcome: Outcome) -> Text:
    values = {
        "count": f"{len(alike):,}",
        "of": f"{len(outcome.people.people):,}",
        "problem": _problem(alike[0].source),
        "named": ", ".join(one.mailbox for one in alike[:MOST_NAMED]),
    }
    if len(alike) > MOST_NAMED:
        return Text("{count} of {of} mailboxes {problem}, {named} and others", **values)
    return Text("{count} of {of} mailboxes {problem}, {named}", **values)
