"""The owner's own word on an entry, from its ORGANIZER and ATTENDEEs (RULES §1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules.entry import Response
from sync_daemon.sources.ics.content_line import Property

_BY_PARTSTAT = {
    # Where the owner stands among the attendees more than once, the first of these that is there.
    "DECLINED": Response.DECLINED,
    "ACCEPTED": Response.ACCEPTED,
    "TENTATIVE": Response.TENTATIVE,
}


def response_of(owner: str, organizers: Sequence[Property], attendees: Sequence[Property]) -> Response:
    """What the owner of the mailbox says; `owner` is its address in lower case.

    An entry of somebody else's that nobody was invited to was put there by the owner or on their behalf: it counts, but
    its words are not theirs.
    """
    answers = {(found.parameter("PARTSTAT") or "").upper() for found in _of(owner, attendees)}
    organises = any(_of(owner, organizers))
    if organises and "DECLINED" not in answers:
        return Response.ORGANIZER
    if not attendees:
        return Response.ACCEPTED if organizers else Response.NONE
    return next((response for answer, response in _BY_PARTSTAT.items() if answer in answers), Response.UNANSWERED)


def _of(owner: str, people: Iterable[Property]) -> Iterable[Property]:
    return (person for person in people if owner in _addresses(person))


def _addresses(person: Property) -> tuple[str, str]:
    """Where the value is no mail address (Apple and Google write a `urn:`), the EMAIL parameter may be."""
    value = person.value.strip().lower().removeprefix("mailto:").strip()
    return value, (person.parameter("EMAIL") or "").lower()
