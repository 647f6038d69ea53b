"""What keeps failing, said when it begins, hourly while it lasts, and when it is over (not at each cycle).

Many of one kind that one person, or one directory, has are said again, and said to be over, in one line. At which level
a trouble is said, and whether it is said again, stands in the catalogue of events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from sync_daemon.log.events import EVENTS, LEVEL_NUMBERS

AGAIN = timedelta(hours=1)
"""How long nothing more is said of what goes on."""

_FEW = 3
"""So many of one kind are said again, and said to be over, one by one."""

_MOST = 200
"""So many of one kind are said one by one as they begin, whatever their causes."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong: the event's name, what tells it from others of that name, and the event's fields.

    Where `state` is another one than before, what lasts is said again at once.
    """

    event: str
    which: Hashable = None
    fields: Mapping[str, object] = field(default_factory=dict, compare=False, hash=False)
    state: Hashable = field(default=None, compare=False, hash=False)


@dataclass(slots=True)
class _Lasting:
    first: datetime
    last: datetime
    said: datetime
    state: Hashable
    count: int = 1

    def again(self, now: datetime, state: Hashable) -> bool:
        """One more time; whether that is to be said. A clock that went back does not silence it."""
        self.last, self.count = now, self.count + 1
        if state == self.state and abs(now - self.said) < AGAIN:
            return False
        self.said, self.state = now, state
        return True

    def told(self) -> dict[str, object]:
        return {"first": self.first, "last": self.last, "times": self.count}


class Troubles:
    """What lasts, by whom it concerns; it is forgotten when the process ends, and then said anew."""

    def __init__(self) -> None:
        self._lasting: dict[Hashable, dict[Trouble, _Lasting]] = {}
        self.said = 0
        """How often something was said, since the beginning."""

    def update(
        self,
        whom: Hashable,
        troubles: Collection[Trouble],
        now: datetime,
        unknown: Collection[str] = (),
        **context: object,
    ) -> None:
        """These, and no others, are the troubles of this one now; logs what is to be said of that.

        Of the events in `unknown` nobody could see whether they last: what is not among the troubles is not over.
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
                known = _Lasting(now, now, now, trouble.state)
                new.append((trouble, known))
            elif known.again(now, trouble.state) and EVENTS[trouble.event].is_said_hourly:
                again.append((trouble, known))
            lasting[trouble] = known
        self._say_new(logger, new)
        self._say_again(logger, again)
        lasting |= {trouble: known for trouble, known in before.items() if trouble.event in unknown}
        self._say_over(logger, [one for one in before.items() if one[0] not in lasting])
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
            if len(alike) > _FEW and EVENTS[alike[0][0].event].stands_for_many:
                self._say(logger, alike[0][0], {**_count(alike), **_together(alike)})
            else:
                for trouble, known in alike:
                    self._say(logger, trouble, known.told())

    def _say(self, logger: structlog.stdlib.BoundLogger, trouble: Trouble, told: Mapping[str, object]) -> None:
        self.said += 1
        logger.log(LEVEL_NUMBERS[EVENTS[trouble.event].level], trouble.event, **{**trouble.fields, **told})

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
    lasting = [known for _, known in alike]
    return {
        "first": min(known.first for known in lasting),
        "last": max(known.last for known in lasting),
        "times": max(known.count for known in lasting),
    }
