"""What keeps failing, said when it begins, hourly while it lasts, and when it is over (not at each cycle).

Many of one kind that one person, or one directory, has are said again, and said to be over, in one line. What is no
fault of the service's or an admin's, at level `info`, is not said hourly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from sync_daemon.log.events import EVENTS

AGAIN = timedelta(hours=1)
"""How long nothing more is said of what goes on."""

_FEW = 3
"""So many of one kind are said again, and said to be over, one by one."""

_MOST = 200
"""So many of one kind are said one by one as they begin, whatever their causes."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong: the event's name, what tells it from others of that name, and the event's fields."""

    event: str
    which: Hashable = None
    fields: Mapping[str, object] = field(default_factory=dict, compare=False, hash=False)


@dataclass(slots=True)
class _Lasting:
    first: datetime
    last: datetime
    said: datetime
    count: int = 1

    def again(self, now: datetime) -> bool:
        """One more time; whether that is to be said. A clock that went back does not silence it."""
        self.last, self.count = now, self.count + 1
        if abs(now - self.said) < AGAIN:
            return False
        self.said = now
        return True

    def told(self) -> dict[str, object]:
        return {"first": self.first, "last": self.last, "times": self.count}


class Troubles:
    """What lasts, by whom it concerns; it is forgotten when the process ends, and then said anew."""

    def __init__(self) -> None:
        self._lasting: dict[Hashable, dict[Trouble, _Lasting]] = {}
        self.said = 0
        """How often something was said, since the beginning."""

    def found(self, whom: Hashable, troubles: Collection[Trouble], now: datetime, **context: object) -> None:
        """These, and no others, are the troubles of this one now; logs what is to be said of that.

        `context` are the fields of every event: tenant, mailbox, extension.
        """
        before = self._lasting.pop(whom, {})
        if not before and not troubles:
            return
        logger = structlog.get_logger().bind(**context)
        lasting: dict[Trouble, _Lasting] = {}
        new: list[_Found] = []
        again: list[_Found] = []
        for trouble in dict.fromkeys(troubles):
            known = before.pop(trouble, None)
            if known is None:
                known = _Lasting(now, now, now)
                new.append((trouble, known))
            elif known.again(now) and EVENTS[trouble.event].level != "info":
                again.append((trouble, known))
            lasting[trouble] = known
        self._say_new(logger, new)
        self._say_again(logger, again)
        self._say_over(logger, before.items())
        if lasting:
            self._lasting[whom] = lasting

    def lasts(self, whom: Hashable) -> bool:
        """Whether this one has any."""
        return whom in self._lasting

    def _say_new(self, logger: structlog.stdlib.BoundLogger, new: Iterable[_Found]) -> None:
        for alike in _by_event(new):
            for trouble, _ in alike[:_MOST]:
                self._say(logger, trouble, {})
            if rest := alike[_MOST:]:
                self._say(logger, rest[0][0], _count(rest))

    def _say_again(self, logger: structlog.stdlib.BoundLogger, again: Iterable[_Found]) -> None:
        for alike in _by_event(again):
            if len(alike) > _FEW and "count" in EVENTS[alike[0][0].event].fields:
                self._say(logger, alike[0][0], {**_count(alike), **_together(alike)})
            else:
                for trouble, known in alike:
                    self._say(logger, trouble, known.told())

    def _say(self, logger: structlog.stdlib.BoundLogger, trouble: Trouble, told: Mapping[str, object]) -> None:
        self.said += 1
        _SAYING[trouble.event](logger, {**trouble.fields, **told})

    def _say_over(self, logger: structlog.stdlib.BoundLogger, over: Iterable[_Found]) -> None:
        for alike in _by_event(over):
            many = [{**_count(alike), **_together(alike)}] if len(alike) > _FEW else None
            for told in many or [known.told() for _, known in alike]:
                self.said += 1
                logger.info("trouble_over", trouble=alike[0][0].event, **told)


_Found = tuple[Trouble, _Lasting]


def _by_event(found: Iterable[_Found]) -> list[list[_Found]]:
    kinds: dict[str, list[_Found]] = defaultdict(list)
    for trouble, known in found:
        kinds[trouble.event].append((trouble, known))
    return list(kinds.values())


def _count(alike: Iterable[_Found]) -> dict[str, object]:
    """How many they are, one of which may stand for several."""
    return {"count": sum(int(str(trouble.fields.get("count", 1))) for trouble, _ in alike)}


def _together(alike: Iterable[_Found]) -> dict[str, object]:
    known = [one for _, one in alike]
    return {
        "first": min(one.first for one in known),
        "last": max(one.last for one in known),
        "times": max(one.count for one in known),
    }


_SAYING = {
    "mailbox_unreadable": lambda logger, fields: logger.warning("mailbox_unreadable", **fields),
    "source_unreadable": lambda logger, fields: logger.error("source_unreadable", **fields),
    "exchange_resting": lambda logger, fields: logger.error("exchange_resting", **fields),
    "entry_unreadable": lambda logger, fields: logger.warning("entry_unreadable", **fields),
    "near_misses": lambda logger, fields: logger.info("near_misses", **fields),
    "alternative_refused": lambda logger, fields: logger.info("alternative_refused", **fields),
    "entry_without_length": lambda logger, fields: logger.info("entry_without_length", **fields),
    "directory_finding": lambda logger, fields: logger.warning("directory_finding", **fields),
    "directory_unusable": lambda logger, fields: logger.error("directory_unusable", **fields),
    "changes_held": lambda logger, fields: logger.warning("changes_held", **fields),
    "many_removed": lambda logger, fields: logger.warning("many_removed", **fields),
    "history_kept": lambda logger, fields: logger.info("history_kept", **fields),
    "leavers_held": lambda logger, fields: logger.warning("leavers_held", **fields),
    "cycle_postponed": lambda logger, fields: logger.warning("cycle_postponed", **fields),
    "subscriber_failed": lambda logger, fields: logger.error("subscriber_failed", **fields),
    "cycle_overdue": lambda logger, fields: logger.error("cycle_overdue", **fields),
    "cycle_failed": lambda logger, fields: logger.error("cycle_failed", **fields),
    "tenant_refused": lambda logger, fields: logger.error("tenant_refused", **fields),
    "tenant_waiting": lambda logger, fields: logger.warning("tenant_waiting", **fields),
    "store_unavailable": lambda logger, fields: logger.error("store_unavailable", **fields),
}
"""Each event by its name, so that what is logged can be found in the code."""
