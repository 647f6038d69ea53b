"""What `hanvisa check` finds where changes are to be told by delta: whether Graph tells any, and more than is needed.

Delta takes no `$select` (https://learn.microsoft.com/en-us/graph/api/event-delta): with Calendars.Read its answers
carry bodies, with Calendars.ReadBasic.All they do not (https://learn.microsoft.com/en-us/graph/permissions-reference).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sync_daemon.findings import Finding, Severity
from sync_daemon.sources import Window
from sync_daemon.sources.exchange.failure import Failure
from sync_daemon.sources.graph.delta_cursor import Cursor
from sync_daemon.sources.graph.delta_page import carries_bodies, page_of
from sync_daemon.sources.graph.question import MOST_IN_BATCH, Answer, Asks
from sync_daemon.texts import Text

_UNCLEAR = Text("see what stands between this machine and Microsoft Graph: the answer holds no changes")
_BODIES = Text(
    "what Graph tells of changes carries the bodies of entries, which nobody here wants; nothing of them is kept"
)
_LESS = Text(
    "leave it, or set detect to poll; only where the whole organisation is to be read (way B of "
    "docs/exchange-online.md) give the application Calendars.ReadBasic.All in the place of Calendars.Read, if subjects "
    "arrive with it (this check says so)"
)


def findings_of(asks: Asks, account: str, thing: Text, addresses: Collection[str], window: Window) -> Iterator[Finding]:
    """What a batch of these mailboxes shows, each asked for the first page of that window; `account` is who asks."""
    asked = [Cursor(address, 0.0, 0.0).question(window, window.end) for address in sorted(addresses)[:MOST_IN_BATCH]]
    answers = asks.ask(asked) if asked else []
    for question, answer in zip(asked, answers, strict=True):
        remedy = answer.told(account) if isinstance(answer, Failure) else _UNCLEAR
        if isinstance(answer, Failure) or page_of(answer) is None:
            problem = Text(
                "changes in {mailbox} are not told: it would be read each interval", mailbox=question.address
            )
            yield Finding(Severity.WARNING, thing, problem, remedy)
            return
    if any(carries_bodies(answer) for answer in answers if isinstance(answer, Answer)):
        yield Finding(Severity.NOTE, thing, _BODIES, _LESS)
