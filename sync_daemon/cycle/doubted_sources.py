"""Whoever is read from another source than before: doubted until three readings there agree (docs/rules.md §12)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sync_daemon.cycle import agreement, brake
from sync_daemon.cycle.commit import Commit
from sync_daemon.cycle.planning import Case, PersonReading, Planner
from sync_daemon.cycle.run import Run
from sync_daemon.cycle.whereabouts import Whereabouts
from sync_daemon.settings.origin import Origin
from sync_daemon.store import Agreement, Held, ReadFrom


@dataclass(slots=True)
class DoubtedSources:
    """One tenant's; what it finds is remembered with `keep`, after what it was found beside."""

    planner: Planner
    commit: Commit
    whereabouts: Whereabouts
    _changed: list[ReadFrom] = field(default_factory=list)

    def begin(self) -> None:
        """Forgets what an earlier batch found and could not be remembered: its people are looked at anew."""
        self._changed.clear()

    def begin_anew(self) -> None:
        """Every row does, where the clock has jumped: of whom nothing can be read now too."""
        anew = [replace(found, agreement=Agreement()) for found in self.whereabouts.doubted()]
        self.whereabouts.learn(self.commit.read_from(anew))

    def look(self, read: PersonReading, held: Held, run: Run) -> PersonReading:
        """The reading, doubted where it comes from another source than before and not enough of them agree."""
        if read.origin is None or read.person.id is None:
            return read
        known = self.whereabouts.of(read.person)
        if known is not None and known.origin == read.origin and known.agreement is None:
            return read
        found = self._found(known, read, read.origin, held, run)
        if found.agreement is not None:
            found = self._after(found, read, held, run)
        if found != known:
            self._changed.append(found)
        return replace(read, doubted=found.is_doubted)

    def keep(self) -> None:
        """Remembers what has changed."""
        if self._changed:
            changed, self._changed = self._changed, []
            self.whereabouts.learn(self.commit.read_from(changed))

    def _found(self, known: ReadFrom | None, read: PersonReading, origin: Origin, held: Held, run: Run) -> ReadFrom:
        """From where the person is read, before this reading is looked at."""
        id_ = read.person.id or 0
        if known is None and not _was_read_before(origin, held):
            return ReadFrom(id_, origin, run.now)
        if known is not None and origin.is_same(known.origin):
            return replace(known, origin=origin)
        before = None if known is None else known.origin.label
        run.outcome.moved.append((read.person, before, origin.label))
        return agreement.moved(id_, origin, before, run.now)

    def _after(self, found: ReadFrom, read: PersonReading, held: Held, run: Run) -> ReadFrom:
        planned = self.planner.plan(Case(read, held, run.window, run.now))
        asks = brake.asks_of(read.person.mailbox, planned.changes, run.now)
        lasting = {one.id for one in held.referrals if one.id is not None and one.until > run.now}
        found = agreement.after_reading(
            found, asks, lasting, run.now, whole=read.reading.complete, clock_jumped=run.clock_jumped
        )
        if found.is_doubted:
            waiting = tuple(change for change in planned.changes if change.lessens) if run.outcome.kept else ()
            run.outcome.doubted.append((read.person, found, waiting))
        return found


def _was_read_before(origin: Origin, held: Held) -> bool:
    """Whether a version that did not remember it has read the person elsewhere: it knew no Graph."""
    return origin.kind == "graph" and any(referral.by_calendar for referral in held.referrals)
