"""The way to one receiver: each department's words in the order in which they were said, tried until they are taken.

A word that cannot be delivered holds up what is said of its department later, and nothing else; a receiver that does
not answer is left alone for a growing pause. What is over before it could be delivered is logged, and not sent.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from rules.departments import Notice
from sync_daemon import log
from sync_daemon.log import Trouble, Troubles
from sync_daemon.notices.sending import NotTaken, Send
from sync_daemon.settings.notices import label_of
from sync_daemon.store import Outgoing, Store
from sync_daemon.texts import Text

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)
"""Between two tries, which come after 5, 10, 20 seconds and so on."""
PAUSE_OF_REFUSED = timedelta(minutes=30)
"""Between two tries of what comes to nothing until somebody has mended something."""


def pause(failures: int, *, refused: bool = False) -> timedelta:
    """How long nothing is tried after so many failures in a row."""
    if refused:
        return PAUSE_OF_REFUSED
    doublings = min(failures - 1, 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


class Line:
    """One tenant's way to a receiver. `deliver` is for one thread at a time; nothing of it waits but what is sent."""

    def __init__(self, tenant: str, receiver: str, label: str | None = None) -> None:
        self.tenant = tenant
        self.receiver = receiver
        self.label = label or label_of(receiver)
        self.at_once = True
        """Whether what waits for another try is tried now: the process has begun, or the configuration is another."""
        self._troubles = Troubles()
        self._failures = 0
        self._left_alone_until: datetime | None = None
        self._taken: set[str] = set()
        """The keys of what was taken, until the store knows it."""

    def is_due(self, waiting: Sequence[Outgoing], now: datetime, *, can_send: bool) -> bool:
        """Whether there is something to do now for the receiver, for whom these words wait, in order."""
        queues = _queues(waiting).values()
        is_over = any(queue[0].over_at <= now for queue in queues)
        return is_over or (can_send and self._next(queues, now) is not None)

    def deliver(
        self, send: Send | None, store: Store, clock: Callable[[], datetime], go_on: Callable[[], bool]
    ) -> None:
        """Delivers what is due, as long as it may go on; with nobody to `send` only what is over is ended.

        Raises StoreUnavailable; what was taken by then is not sent again by this line.
        """
        # Read here, by the one thread that sends: what another has read may have been delivered since.
        queues = _queues(store.outgoing(self.tenant, self.receiver))
        while go_on():
            now = clock()
            self._end_what_is_over(queues, store, now)
            word = self._next(queues.values(), now) if send else None
            if send is None or word is None:
                self.at_once = False
                break
            queue = queues[word.department]
            if word.key not in self._taken:
                problem = _sent(send, word, now)
                if problem is not None:
                    queue[0] = self._failed(word, problem, store, clock())
                    continue
            self._delivered(word, store, clock())
            queue.popleft()
            _tell_what_follows(queue, word.notice)
        self._tell([queue[0] for queue in queues.values() if queue], clock())

    def _next(self, queues: Iterable[deque[Outgoing]], now: datetime) -> Outgoing | None:
        """The head that is tried next: what was tried least, so that none keeps another from its turn."""
        heads = [queue[0] for queue in queues if queue]
        known = [head for head in heads if head.key in self._taken]
        if known:
            return known[0]
        if not self.at_once and _is_ahead(self._left_alone_until, now):
            return None
        due = (head for head in heads if self.at_once or not _is_ahead(head.next_try, now))
        return min(due, key=lambda head: (head.tries, head.id), default=None)

    def _end_what_is_over(self, queues: dict[str, deque[Outgoing]], store: Store, now: datetime) -> None:
        for queue in queues.values():
            while queue and queue[0].over_at <= now and queue[0].key not in self._taken:
                word = queue.popleft()
                store.delivery_over(word.id, now)
                fields = self._about(word) | {"problem": word.problem and str(word.problem)}
                structlog.get_logger().warning("notice_overdue", **fields)

    def _failed(self, word: Outgoing, problem: NotTaken, store: Store, now: datetime) -> Outgoing:
        failures = word.tries + 1
        if not problem.answered:
            self._failures += 1
            failures = max(failures, self._failures)
        again = now + pause(failures, refused=problem.refused)
        if not problem.answered:
            self._left_alone_until = again
        # Before it is written: a store that does not answer is no reason to try at once again and again.
        self.at_once = False
        store.delivery_failed(word.id, again, problem.problem, refused=problem.refused)
        return replace(word, tries=word.tries + 1, next_try=again, problem=problem.problem, refused=problem.refused)

    def _delivered(self, word: Outgoing, store: Store, now: datetime) -> None:
        self._taken.add(word.key)
        self._failures, self._left_alone_until = 0, None
        store.delivered(word.id, now)
        self._taken.discard(word.key)
        fields = self._about(word) | {"tries": word.tries + 1, "key": word.key}
        structlog.get_logger().info("notice_delivered", **fields)

    def _about(self, word: Outgoing) -> dict[str, object]:
        return {
            "tenant": self.tenant,
            "receiver": self.label,
            "department": word.department,
            "state": word.notice.state,
            "from": word.notice.start,
            "until": word.notice.until,
        }

    def _tell(self, heads: Sequence[Outgoing], now: datetime) -> None:
        """What lasts, once for each of the two ways in which words do not arrive."""
        troubles = []
        for event, refused in (("notice_undelivered", False), ("notice_refused", True)):
            alike = [head for head in heads if head.problem and head.refused is refused]
            if alike:
                fields = {"receiver": self.label, "problem": str(alike[0].problem), "departments": len(alike)}
                troubles.append(Trouble(event, fields=fields))
        self._troubles.update("line", troubles, now, tenant=self.tenant)


def _sent(send: Send, word: Outgoing, now: datetime) -> NotTaken | None:
    """What became of it. A bug with one word holds up no other, and is not met again at once."""
    try:
        return send(word, now)
    except Exception as error:  # noqa: BLE001 - see above
        log.bug(error)
        return NotTaken(
            Text("a bug ({exception}); the log says where, please report that", exception=type(error).__name__)
        )


def _is_ahead(moment: datetime | None, now: datetime) -> bool:
    """Whether it is to come; a time that lies further ahead than any pause was set by another clock."""
    return moment is not None and now < moment <= now + PAUSE_OF_REFUSED


def _queues(waiting: Iterable[Outgoing]) -> dict[str, deque[Outgoing]]:
    """By department, in order."""
    queues: dict[str, deque[Outgoing]] = defaultdict(deque)
    for word in waiting:
        queues[word.department].append(word)
    return dict(queues)


def _tell_what_follows(queue: deque[Outgoing], told: Notice) -> None:
    """What the receiver was told just now is what later words of the stretch begin from."""
    for place, word in enumerate(queue):
        if word.notice.id == told.id:
            queue[place] = replace(word, before=told)
