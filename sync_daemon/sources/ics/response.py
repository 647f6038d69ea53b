"""The owner's own word on an entry, from its ORGANIZER and ATTENDEEs (docs/rules.md §1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules.entry import Response
from sync_daemon.sources.ics.broken import BrokenEntry
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
    its words are not theirs. So does what another sent in the owner's name (SENT-BY, RFC 5545 §3.2.18), unless the
    owner was asked. Raises BrokenEntry where the owner's answer may be in a line that cannot be understood.
    """
    answers = {(found.parameter("PARTSTAT") or "").upper() for found in _of(owner, attendees)}
    named = {address for organizer in organizers for address in _addresses(organizer)}
    senders = {_mail(written) or written for organizer in organizers for written in organizer.every("SENT-BY")}
    if named == {owner} and senders <= {owner} and "DECLINED" not in answers:
        return Response.ORGANIZER
    if not answers and any(person.torn for person in attendees):
        raise BrokenEntry("the line of an ATTENDEE, who may be the owner, has a quotation mark too many or too few")
    by_another = named == {owner} and not answers
    if by_another or not attendees:
        return Response.ACCEPTED if organizers else Response.NONE
    return next((response for answer, response in _BY_PARTSTAT.items() if answer in answers), Response.UNANSWERED)


def _of(owner: str, people: Iterable[Property]) -> Iterable[Property]:
    return (person for person in people if owner in _addresses(person))


def _addresses(person: Property) -> set[str]:
    """Where the value is no mail address (Apple and Google write a `urn:`), the EMAIL parameter may be."""
    return {address for address in (_mail(person.value), _mail(person.parameter("EMAIL"))) if address}


def _mail(written: str | None) -> str | None:
    address = (written or "").strip().lower().removeprefix("mailto:").strip()
    return address if "@" in address else None
