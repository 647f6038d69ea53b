"""Who is asked when for what has changed, and what the answers come to.

Each mailbox is asked once in `watch` seconds, over which all are spread; who does not answer well is polled.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

from sync_daemon.sources import Window
from sync_daemon.sources.exchange.failure import SLOWLY, Again, Failure
from sync_daemon.sources.exchange.signs import Signs
from sync_daemon.sources.graph.delta_askers import Done, Task, Told
from sync_daemon.sources.graph.delta_cursor import Came, Cursor
from sync_daemon.sources.graph.question import MOST_IN_BATCH
from sync_daemon.texts import Text

SPARE = timedelta(days=7)
"""So much longer than the cycle's own window lasts that of a first round: it is fixed, while the cycle's moves on."""

RENEWED_FROM, RENEWED_UNTIL = timedelta(days=4), timedelta(days=1)
"""The mailboxes' windows are renewed one after another while so much of the spare time is left."""

LONGEST_SILENCE = 300.0
"""Seconds without an answer after which a mailbox is polled, where two rounds do not take longer."""

LOOK_AT_ALL = 5.0
"""Seconds after which it is looked whether a mailbox has had no answer for too long."""

PAUSE = 30.0
"""Seconds until a mailbox is asked again whose answer failed; each time twice as long, up to `SLOWLY`."""

BEGUN_WITHIN = 60.0
"""Seconds over which first rounds are spread, where `watch` is longer."""

STUCK_FOR = 3600.0
"""Seconds until a mailbox is asked again whose round had no end."""

TOGETHER = 0.1
"""Whoever is due within this part of `watch` fills the batch of who is due now."""

_SILENT = Text("Graph is slow to tell what has changed")
_BUG = Text("report the bug that the log tells of")

_SIGNS = frozenset({Came.SIGN, Came.RENEWED, Came.LOST})
_LOSSES = frozenset({Came.LOST, Came.STUCK, Came.FAILED})


class Rounds:
    """Who is asked when, and what the answers come to; for one thread. `account` is who asks, for words of failures."""

    def __init__(
        self,
        signs: Signs,
        watch: float,
        account: str,
        changed: Callable[[frozenset[str]], None],
        clock: Callable[[], float],
    ) -> None:
        self._signs = signs
        self._account = account
        self._watch = watch
        self._changed = changed
        self._clock = clock
        self._cursors: dict[str, Cursor] = {}
        self._wanted: frozenset[str] = frozenset()
        self._due: list[tuple[float, int, Cursor]] = []
        self._numbers = itertools.count()
        self._looked = clock()

    def want(self, addresses: frozenset[str]) -> None:
        """These are to be listened for from now on, and no others; looks after those that have had no answer."""
        if addresses is not self._wanted and addresses != self._wanted:
            for gone in self._cursors.keys() - addresses:
                self._cursors.pop(gone).is_gone = True
                self._signs.lose([gone], _SILENT)
            self._begin(sorted(addresses - self._cursors.keys()))
        self._wanted = addresses
        if self._clock() - self._looked >= LOOK_AT_ALL:
            self._looked = self._clock()
            self._lose_the_silent()

    def due(self, window: Window) -> list[Task]:
        """What is to be asked now, of as many mailboxes as fit into a batch."""
        now, batch, longer = self._clock(), list[Task](), Window(window.start, window.end + SPARE)
        while self._due and len(batch) < MOST_IN_BATCH:
            if self._due[0][0] > (now + TOGETHER * self._watch if batch else now):
                break
            cursor = heapq.heappop(self._due)[2]
            if not cursor.is_gone:
                batch.append((cursor, cursor.question(longer, self._needed(cursor, window.end))))
        return batch

    def pause(self, longest: float) -> float:
        """Seconds until somebody is due, `longest` at most."""
        return min(longest, max(0.0, self._due[0][0] - self._clock())) if self._due else longest

    def judge(self, done: Done) -> None:
        """What was answered: signs are told, who is well is listened for, and each is asked again at its time."""
        tasks, answers = done
        for number, (cursor, _) in enumerate(tasks):
            if not cursor.is_gone:
                self._judge(cursor, Failure(_BUG) if answers is None else answers[number])

    def _judge(self, cursor: Cursor, answer: Told | Failure) -> None:
        now = self._clock()
        came = (
            cursor.fail(answer, self._account) if isinstance(answer, Failure) else cursor.take(answer.page, answer.path)
        )
        if came in _SIGNS and (heard := self._signs.hear([cursor.address])):
            self._changed(heard)
        if came in _LOSSES:
            self._lose(cursor, cursor.why)
        elif came is not Came.LATER:
            cursor.answered = now
            if cursor.has_begun and not cursor.listened:
                cursor.listened = True
                self._signs.begin([cursor.address])
        self._ask_again(cursor, came, answer, now)

    def _ask_again(self, cursor: Cursor, came: Came, answer: Told | Failure, now: float) -> None:
        if isinstance(answer, Failure):
            pause = min(min(PAUSE, self._watch) * 2.0 ** min(cursor.failures + cursor.restarts - 1, 9), SLOWLY)
            if (answer.again is Again.SLOWLY or answer.elsewhere) and came is not Came.LOST:
                pause = SLOWLY
            self._put(cursor, now + max(pause, answer.back_off or 0.0))
        elif came is Came.STUCK:
            self._put(cursor, now + STUCK_FOR)
        elif cursor.is_in_round:
            self._put(cursor, 0.0)  # before all others, for a page of a round is not kept for long
        else:
            # At least half a round later, so that who has just been begun is not asked at once.
            ahead = (cursor.phase - now) % self._watch
            self._put(cursor, now + (ahead if ahead > self._watch / 2 else ahead + self._watch))

    def _begin(self, addresses: list[str]) -> None:
        """Spreads them over the `watch` seconds, a batch together; the first time they are asked sooner."""
        now, groups = self._clock(), -(-len(addresses) // MOST_IN_BATCH)
        for number, address in enumerate(addresses):
            share = (number // MOST_IN_BATCH) / groups
            cursor = self._cursors[address] = Cursor(address, now + share * self._watch, answered=now)
            self._put(cursor, now + share * min(self._watch, BEGUN_WITHIN))

    def _put(self, cursor: Cursor, moment: float) -> None:
        heapq.heappush(self._due, (moment, next(self._numbers), cursor))

    def _needed(self, cursor: Cursor, end: datetime) -> datetime:
        """Until when the mailbox's window must last, lest it be renewed."""
        share = (cursor.phase % self._watch) / self._watch
        return end + RENEWED_UNTIL + share * (RENEWED_FROM - RENEWED_UNTIL)

    def _lose(self, cursor: Cursor, why: str) -> None:
        cursor.listened = False
        self._signs.lose([cursor.address], why)

    def _lose_the_silent(self) -> None:
        before = self._clock() - max(LONGEST_SILENCE, 2 * self._watch)
        for cursor in self._cursors.values():
            if cursor.listened and cursor.answered < before:
                self._lose(cursor, cursor.why or _SILENT)
