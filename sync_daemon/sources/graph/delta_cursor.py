"""How far one mailbox's delta has been followed, and what the next answer says: pure, but for the cursor's own state.

A round is a first page and those that its links lead to. The first round lists all of the window, and ends with the
link that the next begins with; any event in a later one is a sign. The server keeps a few generations of a mailbox's
state, and forgets older ones when it likes: "The sync state generation is not found; generation=149;[highest=157]"
(https://github.com/microsoftgraph/microsoft-graph-docs/issues/2350). A round may also never end: the same events with a
new link each time (https://learn.microsoft.com/en-us/answers/a/12762375).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from urllib.parse import quote

from sync_daemon.sources import Window
from sync_daemon.sources.exchange.failure import Again, Concerns, Failure
from sync_daemon.sources.graph.delta_page import Page, packed, unpacked
from sync_daemon.sources.graph.links import Owner
from sync_daemon.sources.graph.question import Question
from sync_daemon.texts import Text

PAGE_SIZE = 25
"""Events of a page, which may have bodies; a batch has twenty pages."""

MOST_PAGES = 100
"""Pages of a round; one that has more is taken to have no end."""

MOST_REPEATS = 2
"""So often a page of a round may come again, or a round tell of the very same as the one before it."""

MOST_FAILURES = 2
"""Answers that fail one after another, until the mailbox is polled."""

MOST_OF_MAILBOX = 8
"""Answers of Graph's that fail one after another, for an hour or so, until the link is taken to be what is wrong."""

_HEADERS = {"Prefer": f'odata.maxpagesize={PAGE_SIZE}, outlook.body-content-type="text"'}

ENDED = Text("Graph has forgotten what it told last: it is asked anew")
ENDLESS = Text("what Graph tells of changes has no end: it is asked anew later")
UNCLEAR = Text("what Graph tells of changes cannot be understood: it is asked anew later")


class Came(Enum):
    """What an answer comes to."""

    QUIET = "nothing has changed"
    SIGN = "something has changed"
    BEGUN = "the first round is whole: from now on changes are told"
    RENEWED = "the first round of another window is whole: what changed meanwhile may have been in it"
    LOST = "the link leads nowhere any more: what changed since may never be told"
    STUCK = "the round has no end, or no sense"
    FAILED = "no answer, again"
    LATER = "no answer, this time"


@dataclass(slots=True)
class Cursor:
    """One mailbox's. `phase` is when in each `watch` seconds it is asked; there are thousands, so links are packed."""

    address: str
    phase: float
    answered: float
    """When it answered well for the last time, or was begun."""
    listened: bool = False
    is_gone: bool = False
    why: str = ""
    """Why the last answer failed, or had no sense; empty where it was well."""
    failures: int = 0
    restarts: int = 0
    """First rounds that were begun, since a later round was whole."""
    _link: bytes = b""
    """Where the next round begins; empty before the first is whole."""
    _page: bytes = b""
    """Where the round that is under way goes on; empty between two rounds."""
    _end: datetime | None = None
    """Until when that link's window lasts."""
    _next_end: datetime | None = None
    """Until when the window of the first round lasts that is under way; None where it is a later round."""
    _pages: int = 0
    _seen: dict[bytes, int] | None = None
    _told: bytes = b""
    """The digest of the last round that told of anything, and how often it came again."""
    _repeats: int = 0
    _owner: Owner | None = None

    @property
    def is_in_round(self) -> bool:
        """Whether a page is to be asked for that follows another."""
        return bool(self._page)

    @property
    def has_begun(self) -> bool:
        """Whether its first round is whole, so that changes are told."""
        return bool(self._link)

    def covers(self, moment: datetime) -> bool:
        """Whether its window lasts until then."""
        return self._end is not None and self._end >= moment

    def question(self, window: Window, wanted: datetime) -> Question:
        """What is to be asked for next; a first round, of that window, where there is none or it must last longer."""
        if self._page:
            return self._question(unpacked(self._page, self._base))
        self._pages, self._seen = 0, {}
        if self._link and self.covers(wanted):
            self._next_end = None
            return self._question(unpacked(self._link, self._base))
        self._next_end = window.end
        return self._question(f"{self._base}startDateTime={_iso(window.start)}&endDateTime={_iso(window.end)}")

    def take(self, page: Page | None, path: str | None) -> Came:
        """What a page says; `path` is that of its link, None where there is none that may be followed.

        One that leads to anything but this mailbox's delta is none.
        """
        self._owner = self._owner or Owner(self.address)
        if page is None or path is None or not self._owner.has(path, delta=True):
            return self._stuck(UNCLEAR)
        self.failures, self.why = 0, ""
        repeats = self._has_come(page.digest) if page.has_events else 0
        if repeats > MOST_REPEATS or self._pages >= MOST_PAGES:
            return self._stuck(ENDLESS)
        tells = page.has_events and self._next_end is None
        if page.whole is None:
            before, self._page = self._page, packed(path, self._base)
            if self._page == before:
                return self._stuck(ENDLESS)
            self._pages += 1
            return Came.SIGN if tells else Came.QUIET
        return self._whole(path, tells=tells)

    def fail(self, failure: Failure, account: str) -> Came:
        """What a failure says of the mailbox's delta; `account` is who asks, for its words."""
        self.failures += 1
        self.why = failure.told(account)
        follows_link = bool(self._page or (self._link and self._next_end is None))
        is_its_own = failure.concerns is Concerns.MAILBOX and failure.by_exchange and failure.again is not Again.SOON
        if follows_link and (failure.expired or (is_its_own and self.failures >= MOST_OF_MAILBOX)):
            self.why = ENDED
            self._begin_anew()
            return Came.LOST
        return Came.FAILED if self.failures >= MOST_FAILURES else Came.LATER

    def _whole(self, path: str, *, tells: bool) -> Came:
        is_first, was_known = self._next_end is not None, bool(self._link)
        digests, self._seen, self._page = self._seen or {}, None, b""
        self._link, self._pages = packed(path, self._base), 0
        if is_first:
            self._end, self._next_end = self._next_end, None
            return Came.RENEWED if was_known else Came.BEGUN
        self.restarts = 0
        if not digests:
            self._told, self._repeats = b"", 0
            return Came.QUIET
        told = b"".join(sorted(digests))
        self._repeats = self._repeats + 1 if told == self._told else 0
        self._told = told
        if self._repeats > MOST_REPEATS:
            return self._stuck(ENDLESS)
        return Came.SIGN if tells else Came.QUIET

    def _has_come(self, digest: bytes) -> int:
        """How often the page has come before in this round."""
        seen = self._seen = self._seen if self._seen is not None else {}
        seen[digest] = seen.get(digest, -1) + 1
        return seen[digest]

    def _stuck(self, why: Text) -> Came:
        self.why = why
        self._begin_anew()
        return Came.STUCK

    def _begin_anew(self) -> None:
        self._link = self._page = self._told = b""
        self._end, self._next_end, self._seen, self._pages, self._repeats = None, None, None, 0, 0
        self.failures, self.restarts, self._owner = 0, self.restarts + 1, None

    @property
    def _base(self) -> str:
        return f"/users/{quote(self.address, safe='')}/calendarView/delta?"

    def _question(self, path: str) -> Question:
        return Question(self.address, path, _HEADERS)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
