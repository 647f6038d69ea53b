"""Why a mailbox is not listened for, and what is told of that."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "listening has not begun yet": "lyssningen har inte börjat än",
    "listening has ended": "lyssningen har upphört",
    "{thing}: {count} of {of} mailboxes are listened for": "{thing}: {count} av {of} postlådor lyssnas av",
    "{thing}: {problem}": "{thing}: {problem}",
    "{count} are polled, though they are to be listened for: {why}": (
        "{count} läses enligt schema fast de skulle lyssnas av: {why}"
    ),
    "{tenant}: source {source}": "{tenant}: källan {source}",
    "wait: it is tried again by itself; if it lasts for hours, see what it says": (
        "vänta: det prövas igen av sig självt; varar det i timmar, se vad det säger"
    ),
    "mailboxes are no longer listened for": "postlådor lyssnas inte längre av",
    "mailboxes are listened for again": "postlådor lyssnas av igen",
}
