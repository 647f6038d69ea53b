"""Every worked example of docs/rules.md, from the text of a subject to referrals; and that no row is read wrongly."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rules.absence import back
from rules.command import Command, NearMiss
from rules.entry import Entry, Response
from rules.referral import Referral, in_force
from tests.rules.town import ANNA, VOCABULARY, Anna, office, told
from tests.worked_examples import (
    BEGINNING,
    EXAMPLES,
    MOMENTS,
    OWN,
    PAGE,
    Booked,
    BookedLater,
    EntryState,
    Example,
    Expected,
    Moment,
    OpenedByHand,
    SetByTelephone,
    Step,
    Story,
    examples,
    title,
)

RESPONSES = {
    EntryState.ACCEPTED: Response.ACCEPTED,
    EntryState.DECLINED: Response.DECLINED,
    EntryState.UNANSWERED: Response.UNANSWERED,
}


def lived(story: Story) -> Anna:
    """Anna, when all of it has happened: her calendar is read at the beginning, and a minute after each step."""
    anna = Anna(standing=story.standing)
    for booked in story.calendar:
        book(anna, booked)
    anna.read(told(BEGINNING))
    for step in story.steps:
        happen(anna, step)
        anna.read(told(step.at + timedelta(minutes=1)))
    return anna


def happen(anna: Anna, step: Step) -> None:
    """It is done in her calendar, by telephone, or by hand."""
    match step:
        case BookedLater():
            book(anna, step.entry)
        case SetByTelephone():
            anna.refers_by_hand(step.reason, f"{told(step.at)}-{told(step.until)}")
        case OpenedByHand():
            assert anna.opens(told(step.at)) is not None


def book(anna: Anna, booked: Booked) -> None:
    """Puts the entry into her calendar, where its subject carries a command."""
    command = VOCABULARY.parse(booked.subject, frozenset({ANNA}))
    if isinstance(command, Command):
        key = f"entry {len(anna.calendar)}"
        anna.calendar[key] = Entry(
            key,
            booked.start,
            booked.end,
            command,
            all_day=booked.all_day,
            cancelled=booked.state is EntryState.CANCELLED,
            response=RESPONSES.get(booked.state, Response.NONE),
            private=booked.state is EntryState.PRIVATE,
        )


def expected(row: Referral) -> Expected:
    """As the page has it."""
    return Expected(row.start, row.until, row.phone, row.reason, row.alternative)


@pytest.mark.parametrize("example", EXAMPLES, ids=title)
def test_what_happens_becomes_the_referrals_of_the_table(example: Example) -> None:
    """The left column becomes the right one, and another reading changes nothing."""
    anna = lived(example.story)
    said = [VOCABULARY.parse(booked.subject, frozenset({ANNA})) for booked in example.story.calendar]
    assert {expected(row) for row in anna.rows} == example.referrals
    assert sum(isinstance(one, NearMiss) for one in said) == example.near_misses
    assert (
        anna.read(told(max((step.at for step in example.story.steps), default=BEGINNING) + timedelta(minutes=2))) == []
    )


@pytest.mark.parametrize("moment", MOMENTS, ids=title)
def test_at_a_moment_the_table_s_referral_is_in_force(moment: Moment) -> None:
    """And the person is back when the table says, whatever the rows say (§6.8)."""
    rows = lived(moment.story).rows
    current = in_force(rows, moment.at)
    assert (current and expected(current)) == moment.in_force
    if moment.in_force is not None:
        assert back(rows, moment.at, moment.at + timedelta(days=14), office()) == moment.back


def test_it_is_the_same_person() -> None:
    """The page's subscriber has the extension that these tests give her."""
    assert OWN == ANNA


TABLES = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "misspelt"),
    [
        ("| `SAM:` 10–13 |", "| `SAM:` 10-13 |"),
        ("| `SAM:` 10–13 |", "| `SAM:` 10–13 postponed |"),
        ("| `SAM:` 10–13 |", "| `SAM:` 10–13 | 09:00 |"),
        ("| 10:00–13:05 closed meeting |", "| until 13:05 |"),
        ("`TJÄ:` all day Friday 27 |", "`TJÄ:` all day Thursday 27 |"),
        ("| what happens | referrals | why |", "| entries | referrals | why |"),
        ("opened 11:05, at 11:10", "opened 11:15, at 11:10"),
    ],
)
def test_a_row_that_cannot_be_read_fails(written: str, misspelt: str) -> None:
    """What the page says and the tests do not understand is an error, never a row less."""
    assert TABLES.count(written) >= 1
    with pytest.raises(ValueError, match=r"^docs/rules\.md"):
        examples(TABLES.replace(written, misspelt))


def test_every_row_of_the_page_is_run() -> None:
    """None is left out by what reads them."""
    section = TABLES.partition("\n## Worked examples\n")[2]
    rows = [line for line in section.splitlines() if line.startswith("|") and not line.startswith(("| what", "| ---"))]
    assert len(rows) == len(EXAMPLES) + len(MOMENTS) > 40
