"""What a cycle tells: the log's events of people, mailboxes, the brake and the cycle itself.

What lasts is told once when it begins, hourly, and when it is over (`log/troubles.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from rules.brake import many_closed
from rules.departments import Notice
from rules.entry import MOST_ALIKE, Fault, collapsed
from rules.plan import Change
from sync_daemon import log
from sync_daemon.cycle.brake import Judgement
from sync_daemon.cycle.people import Look
from sync_daemon.cycle.planning import Planned
from sync_daemon.cycle.report import Outcome
from sync_daemon.cycle.roster import Person, Roster
from sync_daemon.findings import MOST_ALIKE as MOST_MAILBOXES
from sync_daemon.findings import MOST_NAMED, Finding, bounded, cause_of, grouped
from sync_daemon.log import Trouble, Troubles
from sync_daemon.settings import ServiceSettings, Tenant


class Telling:
    """One tenant's. `troubles` are what lasts, also from before this process's settings."""

    def __init__(self, tenant: Tenant, service: ServiceSettings, troubles: Troubles) -> None:
        self._tenant = tenant
        self._brake = service.brake
        self._troubles = troubles
        self._common_causes: frozenset[Hashable] = frozenset()
        """Why very many mailboxes could not be read in the last whole cycle."""

    @property
    def said(self) -> int:
        """How often something that lasts was told, since the beginning."""
        return self._troubles.said

    @property
    def much_goes(self) -> bool:
        """Whether it was told, and is not over, that much is removed and shortened within a day."""
        return self._troubles.lasts("day")

    def people(self, look: Look, now: datetime) -> None:
        """What is wrong with the directory, whom the brake keeps from leaving; who came, left, and succeeds whom."""
        roster = look.roster
        if look.settled or not roster.usable:  # of a directory that is being written nothing is known yet
            self._troubles.update("directory", _of_directory(roster), now, tenant=self._tenant.id)
            if roster.usable:  # else who would leave is not known, and who is held stays so
                self._troubles.update("leavers", _of_leavers(roster), now, tenant=self._tenant.id)
        if look.fresh:
            self._turnover(roster, now)

    def mailbox(self, planned: Planned, now: datetime) -> None:
        """What its owner should know of it; what could not be read may hold what was found in it before."""
        unknown = () if planned.case.reading.complete else _OF_ENTRIES
        self._update(planned.person, planned.person.id, _of_mailbox(planned), now, unknown)

    def was_read(self, person: Person, now: datetime) -> None:
        """That the mailbox can be read."""
        self._update(person, (person.id, "unreadable"), [], now)

    def failed(self, person: Person, error: Exception, now: datetime) -> None:
        """That a bug keeps one person's referrals as they are."""
        if not self._troubles.lasts((person.id, "bug")):
            log.bug(error, **self._whom(person))
        failed = Trouble("subscriber_failed", fields={"exception": type(error).__name__})
        self._update(person, (person.id, "bug"), [failed], now)

    def went_well(self, person: Person, now: datetime) -> None:
        """That no bug does any more."""
        self._update(person, (person.id, "bug"), [], now)

    def changes(self, person: Person, changes: Iterable[Change]) -> None:
        """What was written for the person."""
        for change in changes:
            log.change(change, **self._whom(person))

    def repeated(self, person: Person, revision: int) -> None:
        """That somebody wrote to the subscriber while a plan was made beside that revision."""
        self._logger(person).debug("plan_repeated", revision=revision)

    def judgement(self, judgement: Judgement, now: datetime) -> None:
        """What the brake holds back, and that much goes within a day."""
        self._troubles.update("brake", judgement.troubles(), now, tenant=self._tenant.id)
        self._troubles.update("day", judgement.doubts(self._brake), now, tenant=self._tenant.id)

    def departments(self, saying: Mapping[str, Sequence[Notice]], emergency: Mapping[str, str | None]) -> None:
        """What is said of departments that are or will be unmanned."""
        for department, notices in saying.items():
            for notice in notices:
                fields = {
                    "department": department,
                    "state": notice.state,
                    "from": notice.start,
                    "until": notice.until,
                    "back": notice.back,
                    "emergency": emergency.get(department),
                }
                structlog.get_logger().warning("department_unmanned", tenant=self._tenant.id, **fields)

    def many_newly_closed(self, count: int, of: int) -> None:
        """That very many were newly closed at once: no fault, but strange."""
        if many_closed(count, of):
            structlog.get_logger().warning("many_closed", count=count, of=of)

    def cycle(self, outcome: Outcome, now: datetime, said: int, *, only_asked: bool = False) -> None:
        """Who could not be read, who waits for the next cycle, and what this one came to.

        `said` is how often something that lasts had been told when the cycle began. With `only_asked` it read a few
        alone: nothing of the many is over for that, and whoever waits is read in the whole cycle that comes.
        """
        if not only_asked:
            postponed = Trouble("cycle_postponed", fields={"mailboxes": outcome.postponed})
            self._troubles.update("time", [postponed] if outcome.postponed else [], now, tenant=self._tenant.id)
        self._unreadable(outcome.unreadable, now, only_asked=only_asked)
        self._moved(outcome.moved)
        fields = {name: value for name, value in vars(outcome.summary).items() if value is not None}
        fields |= {"postponed": outcome.postponed, "said": outcome.said, **outcome.milliseconds()}
        logger = structlog.get_logger()
        if outcome.wrote or self._troubles.said > said:
            logger.info("cycle_finished", **fields)
        else:
            logger.debug("cycle_uneventful", **fields)

    def _turnover(self, roster: Roster, now: datetime) -> None:
        for person in roster.left:
            if person.id in roster.just_left:
                self._logger(person).info("subscriber_left")
                for whom in (person.id, (person.id, "unreadable")):
                    self._update(person, whom, [], now)
        people = {person.mailbox: person for person in roster.people}
        for mailbox, former in roster.renamed.items():
            self._logger(people[mailbox]).info("subscriber_renamed", former=former)
        for succession in roster.succeeded:
            about = log.about(self._tenant.id, succession.mailbox, succession.extension)
            about.info("subscriber_succeeded", former=succession.former, count=succession.referrals)

    def _moved(self, moved: Sequence[tuple[Person, str | None, str]]) -> None:
        """Each mailbox that is read from another source than before; very many in one line."""
        for alike in grouped(moved, lambda one: one[1:]):
            (_, before, after), people = alike[0], [person for person, _, _ in alike]
            if len(people) > MOST_MAILBOXES:
                named = ", ".join(person.mailbox for person in people[:MOST_NAMED])
                fields = {"from": before, "to": after, "mailboxes": len(people), "named": named}
                structlog.get_logger().info("mailboxes_moved", tenant=self._tenant.id, **fields)
            else:
                for person in people:
                    self._logger(person).info("mailbox_moved", **{"from": before, "to": after})

    def _unreadable(self, unreadable: Sequence[tuple[Person, str]], now: datetime, *, only_asked: bool) -> None:
        """Each mailbox by itself; many with one cause, such as a folder that is gone or empty, in one line.

        Since when each of them cannot be read is in the store (`Store.unread_since`).
        """
        groups = grouped(unreadable, lambda one: cause_of(one[1]))
        common = [_of_many(alike) for alike in groups if len(alike) > MOST_MAILBOXES]
        self._troubles.update("sources", common, now, _OF_MANY if only_asked else (), tenant=self._tenant.id)
        if not only_asked:
            self._common_causes = frozenset(trouble.which for trouble in common)
        for person, remedy in (one for alike in groups if len(alike) <= MOST_MAILBOXES for one in alike):
            is_told = only_asked and cause_of(remedy) in self._common_causes
            if not is_told and not self._troubles.lasts((person.id, "bug")):
                trouble = Trouble("mailbox_unreadable", fields={"remedy": remedy})
                self._update(person, (person.id, "unreadable"), [trouble], now)

    def _update(
        self,
        person: Person,
        whom: Hashable,
        troubles: Collection[Trouble],
        now: datetime,
        unknown: Collection[str] = (),
    ) -> None:
        if troubles or self._troubles.lasts(whom):  # of nearly everybody there is nothing to tell, nor was there before
            self._troubles.update(whom, troubles, now, unknown, **self._whom(person))

    def _whom(self, person: Person) -> dict[str, str]:
        return {"tenant": self._tenant.id, "mailbox": person.mailbox, "extension": person.extension}

    def _logger(self, person: Person) -> structlog.stdlib.BoundLogger:
        return log.about(self._tenant.id, person.mailbox, person.extension)


_OF_MANY = ("source_unreadable",)
"""What is told of very many mailboxes at once."""


def _of_many(alike: Sequence[tuple[Person, str]]) -> Trouble:
    remedy = alike[0][1]
    named = ", ".join(person.mailbox for person, _ in alike[:MOST_NAMED])
    return Trouble("source_unreadable", cause_of(remedy), {"remedy": remedy, "mailboxes": len(alike), "named": named})


def _of_directory(roster: Roster) -> list[Trouble]:
    """The findings, each a trouble of its own; of many with one cause the last stands for the rest."""
    event = "directory_finding" if roster.usable else "directory_unusable"
    return [_of_finding(event, finding) for finding in bounded(roster.findings) if finding.exit_code]


def _of_leavers(roster: Roster) -> list[Trouble]:
    held = roster.leavers
    if held.name is None:
        return []
    fields = {"set": str(held.name), "count": len(held.held), "of": held.of}
    return [Trouble("leavers_held", held.name.base, fields, held.name.version)]


def _of_mailbox(planned: Planned) -> list[Trouble]:
    """Broken entries, near misses, numbers that do not hold; of many with one cause the last stands for the rest."""
    reading = planned.case.reading
    troubles = [_of_fault(fault) for fault in collapsed(reading.faults)]
    if reading.near_misses:
        troubles.append(Trouble("near_misses", fields={"count": len(reading.near_misses)}))
    why = {key: {"why": refusal.value} for key, refusal in planned.refused.items()}
    troubles += _of_keys("alternative_refused", tuple(planned.refused), why)
    return troubles + _of_keys("entry_without_length", planned.without_length)


_OF_ENTRIES = ("near_misses", "alternative_refused", "entry_without_length")
"""What is told of single entries."""


# What stands for the rest is the same trouble, however many they are.


def _of_finding(event: str, finding: Finding) -> Trouble:
    fields = {"thing": finding.thing, "problem": finding.problem, "remedy": finding.remedy}
    if finding.count == 1:
        return Trouble(event, (finding.thing, finding.problem), fields)
    return Trouble(event, (finding.remedy, "rest"), {**fields, "count": finding.count})


def _of_fault(fault: Fault) -> Trouble:
    fields: dict[str, object] = {"number": fault.number, "problem": fault.problem}
    if fault.count == 1:
        return Trouble("entry_unreadable", (fault.number, fault.problem), fields)
    return Trouble("entry_unreadable", (fault.problem, "rest"), {**fields, "count": fault.count})


def _of_keys(event: str, keys: Sequence[str], more: Mapping[str, Mapping[str, str]] | None = None) -> list[Trouble]:
    """Each by its key, with what `more` there is to be told of it."""
    told = [Trouble(event, key, {"key": key, **(more or {}).get(key, {})}) for key in keys[:MOST_ALIKE]]
    rest = len(keys) - len(told)
    return [*told, Trouble(event, "rest", {"count": rest})] if rest else told
