"""One mailbox's calendar: its view is asked for page by page, and in parts where it holds too much.

https://learn.microsoft.com/en-us/graph/api/calendar-list-calendarview
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from rules.entry import Entries
from sync_daemon.sources import Mailbox, Window
from sync_daemon.sources.exchange.failure import Again, Concerns, Failure
from sync_daemon.sources.exchange.gathering import MOST_ITEMS, Gathered
from sync_daemon.sources.exchange.view_parts import MOST_PARTS, halves
from sync_daemon.sources.graph.event import FIELDS, Reader
from sync_daemon.sources.graph.links import Owner, next_link, tells_of_error
from sync_daemon.sources.graph.question import Question
from sync_daemon.texts import Text

PAGE = 250
"""Events that are asked for at once: four busy weeks. Graph gives ten where nobody asks for more, and at most 1,000."""

LONGEST_VIEW = timedelta(days=1_800)
"""Graph refuses a view of more than 1,825 days (ErrorInvalidRequest)."""

MOST_PAGES = 500
"""Pages that are asked for of one mailbox at most; a server that gives ten at once shows 5,000 events in them."""

KNOWN_BY = 3
"""So many of the first events of each page tell one mailbox's answer from another's."""

HEADERS = {"Prefer": 'outlook.timezone="UTC"'}
"""The default, said outright: then a whole day runs from midnight to midnight in UTC, and its date is the one meant."""

_NOT_EXPANDED = Text(
    "the server gave a series as one entry, and not each time that it takes place: see that the endpoint is "
    "Microsoft Graph's, and that nothing on the way changes what is asked"
)
_NO_SUBJECT = Text(
    "no subject is told: where the application has Calendars.ReadBasic.All, give it in its place the role Application "
    "Calendars.Read in Exchange Online, over a scope of mailboxes (way A of docs/exchange-online.md); where it has "
    "that, see that no rule takes the subjects away (Get-CalendarProcessing: DeleteSubject)"
)
_NO_PAGE = Failure(
    Text("see what stands between this machine and Microsoft Graph: the answer holds no calendar"), again=Again.NOW
)
_ODD_LINK = Text("the link to the calendar's next page leads away from Microsoft Graph, and is not followed")
_OTHER_LINK = Text(
    "the link to the calendar's next page leads to something else than this calendar, and is not followed"
)
_REPEATED = Text("Microsoft Graph gave the same page of the calendar again and again, and not the rest")
_ERROR = Text("Microsoft Graph told of an error beside the calendar's events: it may have more of them")
_TOO_MANY_PAGES = Text("the calendar has more than {most} pages: the others are not looked at", most=MOST_PAGES)


def first_path(address: str, window: Window) -> str:
    """The path of the first page of that time."""
    return (
        f"/users/{quote(address, safe='')}/calendarView?startDateTime={_written(window.start)}"
        f"&endDateTime={_written(window.end)}&$top={PAGE}&$select={','.join(FIELDS)}"
    )


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _parts_of(window: Window) -> list[Window]:
    """The window in parts that are short enough, the first one last."""
    parts, start = [], window.start
    while window.end - start > LONGEST_VIEW:
        parts.append(Window(start, start + LONGEST_VIEW))
        start += LONGEST_VIEW
    return [*reversed([*parts, Window(start, window.end)])]


@dataclass(slots=True)
class CalendarView:
    """What has come of one mailbox's view so far, and what is asked next; one thread at a time has it.

    `parts` are still to be asked for, the next one last; `link` leads to the next page of that one. `path_of` is
    `Asks.path_of`. `failed` is why the last of `tries` in a row failed.
    """

    mailbox: Mailbox
    reader: Reader
    path_of: Callable[[object], str | None]
    parts: list[Window]
    link: str | None = None
    pages: int = 0
    cuts: int = 0
    event_ids: tuple[str, ...] = ()
    """Those of the first events of each page that came."""
    failed: Failure | None = None
    tries: int = 0
    _gathered: Gathered = field(default_factory=lambda: Gathered(_NOT_EXPANDED, _NO_SUBJECT))
    _owner: Owner = field(init=False)
    _links: set[str] = field(default_factory=set)
    _pages_seen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._owner = Owner(self.mailbox.address)

    @classmethod
    def of(cls, mailbox: Mailbox, reader: Reader, path_of: Callable[[object], str | None]) -> CalendarView:
        """That of a mailbox of which nothing was asked yet."""
        return cls(mailbox, reader, path_of, _parts_of(reader.window))

    @property
    def address(self) -> str:
        """Whose it is."""
        return self.mailbox.address

    @property
    def shows_subject(self) -> bool:
        """Whether any event that came has one."""
        return self._gathered.shows_subject

    @property
    def has_no_subject(self) -> bool:
        """Whether events came, and none of them has one."""
        return self._gathered.has_no_subject

    def without_subjects(self) -> Entries:
        """The reading, where that of its events no subject came is no chance."""
        self._gathered.lacks(_NO_SUBJECT)
        return self._gathered.entries(self.reader.make_key)

    def question(self) -> Question:
        """What is asked next."""
        return Question(self.address, self.link or first_path(self.address, self.parts[-1]), HEADERS)

    def take(self, body: Mapping[str, Any]) -> Entries | Failure | None:
        """Takes in a page; the reading where that was the last one, None where there are more to be asked for."""
        events = body.get("value")
        if not isinstance(events, list):
            return _NO_PAGE
        self.failed, self.tries = None, 0
        self.pages += 1
        self._owner.learn(body.get("@odata.context"))
        self.event_ids += tuple(one["id"] for one in events[:KNOWN_BY] if _has_id(one))
        # What is not told though it was asked for is not known to be empty.
        if any(isinstance(one, dict) and "subject" not in one for one in events):
            self._gathered.lacks(_NO_SUBJECT)
        if tells_of_error(body):
            self._gathered.lacks(_ERROR)
        self._gathered.gather(events[: MOST_ITEMS + 1], self.reader)
        self._go_on(next_link(body), events)
        return None if self.parts else self._gathered.entries(self.reader.make_key)

    def fail(self, failure: Failure) -> Entries | Failure | None:
        """What becomes of it where that is why the last question has no answer, and it is not asked once more."""
        if failure.concerns is Concerns.VIEW and self.link is None:
            parts = halves(self.parts[-1]) if self.cuts < MOST_PARTS else None
            if parts:
                self.cuts += 1
                self.parts[-1:] = parts
                return None
        if not self.pages:
            return failure
        self._gathered.lacks(Text("a page of the calendar could not be read: {problem}", problem=failure.remedy))
        return self._gathered.entries(self.reader.make_key)

    def _go_on(self, link: object, events: Sequence[object]) -> None:
        """What is asked for next: the next page, else the next part, else nothing."""
        self.link = None
        page = _fingerprint(events)
        if self._gathered.is_full:
            self.parts.clear()
        elif page in self._pages_seen:  # before the link is looked at: what should have come in its place did not
            self._next_part(_REPEATED)
        elif link is None:
            self._next_part()
        else:
            self._follow(self.path_of(link), page)

    def _follow(self, path: str | None, page: int | None) -> None:
        """The next page, unless it leads nowhere."""
        if path is None:
            self._next_part(_ODD_LINK)
        elif not self._owner.has(path):
            self._next_part(_OTHER_LINK)
        elif path in self._links:
            self._next_part(_REPEATED)
        elif self.pages >= MOST_PAGES:
            self._next_part(_TOO_MANY_PAGES)
        else:
            self._links.add(path)
            self._pages_seen |= set() if page is None else {page}
            self.link = path

    def _next_part(self, problem: str | None = None) -> None:
        """Goes on with the next part; `problem` is why the rest of this one is not asked for."""
        if problem is not None:
            self._gathered.lacks(problem)
        self.parts.pop()
        self._pages_seen.clear()


def _fingerprint(events: Sequence[object]) -> int | None:
    """The same for the same events; None of an empty page, of which there may be several."""
    return hash(frozenset(map(_named, events))) if events else None


def _named(event: object) -> tuple[str, str]:
    if not isinstance(event, dict):
        return "", ""
    return repr(event.get("id")), repr(event.get("start"))


def _has_id(event: object) -> bool:
    return isinstance(event, dict) and isinstance(event.get("id"), str)
