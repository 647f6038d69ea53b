"""Made-up mailboxes by the thousand: `--mailboxes N --entries K`."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

from tests.exchange.item import Item, global_object_id
from tests.exchange.mailbox import Mailbox
from tests.exchange.organisation import Organisation

_SUBJECTS = ("TJÄ: Hembesök", "SAM: Budget", "LUN: Lunch", "Läsa e-post", "SEM: Semester", "Avstämning", "MÖT: Nämnd")
_DAYS = 14
_HOUR = timedelta(hours=1)
_MADE = datetime(2026, 1, 5, 7, tzinfo=UTC)


def populate(organisation: Organisation, mailboxes: int, entries: int) -> None:
    """Adds person0001@kommun.example and so on, with entries on the days around the organisation's time."""
    day = organisation.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(1, mailboxes + 1):
        address = f"person{number:04d}@kommun.example"
        organisation.mailboxes[address] = Mailbox(address, fill=partial(_entries, address, entries, day))


def _entries(address: str, entries: int, day: datetime) -> Iterable[Item]:
    drawn = random.Random(address)
    for number in range(entries):
        start = day + timedelta(days=number * _DAYS // max(entries, 1), hours=drawn.randint(6, 14))
        key = f"m{number}"
        yield Item(
            key=key,
            subject=drawn.choice(_SUBJECTS),
            start=start,
            end=start + drawn.randint(1, 3) * _HOUR / 2,
            uid=global_object_id(_MADE, f"{address} {key}"),
            location=f"Rum {number}",
        )
