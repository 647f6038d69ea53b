"""Every worked example of docs/rules.md, from calendar files through the command line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from rules.command import Alternative, Mode, Phone
from tests.worked_examples import (
    BEGINNING,
    EXAMPLES,
    MOMENTS,
    OTHERS,
    OWN,
    ZONE,
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
    title,
)

if TYPE_CHECKING:
    from tests.acceptance.municipality import Calendar, Municipality

BY_STORY = {moment.story: [one for one in MOMENTS if one.story == moment.story] for moment in MOMENTS}
_LINES = {
    EntryState.OWN: (),
    EntryState.CANCELLED: ("STATUS:CANCELLED",),
    EntryState.PRIVATE: ("CLASS:PRIVATE",),
    **{
        state: ("ORGANIZER:mailto:chef@sorsele.se", f"ATTENDEE;PARTSTAT={answer}:mailto:eva@sorsele.se")
        for state, answer in (
            (EntryState.ACCEPTED, "ACCEPTED"),
            (EntryState.DECLINED, "DECLINED"),
            (EntryState.UNANSWERED, "NEEDS-ACTION"),
        )
    },
}


class Life:
    """Eva's calendar and telephone in the municipality, as a story tells of them."""

    def __init__(self, town: Municipality, standing: Alternative | None) -> None:
        self.town = town
        for name, extension in zip(("anna", "bo"), OTHERS, strict=True):
            town.lists(name, f"{name}@sorsele.se,{name.title()},{extension},,")
        self.eva: Calendar = town.moves_in("eva", OWN, _standing(standing))

    def book(self, booked: Booked) -> None:
        """The entry is in her calendar."""
        start, end = (_local(moment) for moment in (booked.start, booked.end))
        if booked.all_day:
            start, end = (text.partition("T")[0] for text in (start, end))
        self.eva.books(booked.subject, start, end, *_LINES[booked.state])

    def happen(self, step: Step) -> None:
        """It is booked, set by an operator to whom she telephones, or opened."""
        match step:
            case BookedLater():
                self.book(step.entry)
            case SetByTelephone():
                times = ("--from", _local(step.at), "--until", _local(step.until))
                assert self.town.hanvisa("refer", OWN, *times, "--reason", step.reason).code == 0
            case OpenedByHand():
                assert self.town.hanvisa("open", OWN, "--at", _local(step.at)).code == 0

    def referrals(self, at: datetime, *, every: bool) -> list[dict[str, Any]]:
        """Hers."""
        return [row for row in self.town.referrals(_local(at), every=every) if row["extension"] == OWN]


def _standing(alternative: Alternative | None) -> str:
    """As the directory's column has it."""
    if alternative is None:
        return ""
    return f">{alternative.number}" if alternative.mode is Mode.CONNECT else alternative.number


def _local(moment: datetime) -> str:
    return moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def _expected(row: dict[str, Any]) -> Expected:
    start, until = (datetime.fromisoformat(row[name]) for name in ("from", "until"))
    told = row["alternative"]
    alternative = Alternative(told["number"], Mode(told["mode"])) if told else None
    return Expected(start, until, Phone(row["phone"]), row["reason"], alternative)


def lived(town: Municipality, story: Story) -> tuple[Life, int]:
    """A cycle at the beginning and a minute after each step; Eva's life then, and the near misses of the first."""
    life = Life(town, story.standing)
    for booked in story.calendar:
        life.book(booked)
    near_misses = town.once(_local(BEGINNING)).json[0]["near_misses"]
    for step in story.steps:
        life.happen(step)
        town.once(_local(step.at + timedelta(minutes=1)))
    return life, near_misses


@pytest.mark.parametrize("example", EXAMPLES, ids=title)
def test_what_happens_becomes_the_referrals_of_the_table(town: Municipality, example: Example) -> None:
    """The left column becomes the right one."""
    life, near_misses = lived(town, example.story)
    assert {_expected(row) for row in life.referrals(BEGINNING, every=True)} == example.referrals
    assert near_misses == example.near_misses


@pytest.mark.parametrize(("story", "moments"), BY_STORY.items(), ids=[story.told for story in BY_STORY])
def test_at_each_moment_the_table_s_referral_is_in_force(
    town: Municipality, story: Story, moments: list[Moment]
) -> None:
    """What callers meet then, and when the person is back."""
    life, _ = lived(town, story)
    for moment in moments:
        rows = life.referrals(moment.at, every=False)
        assert [_expected(row) for row in rows] == ([moment.in_force] if moment.in_force else []), moment.at
        assert [datetime.fromisoformat(row["back"]) for row in rows] == ([moment.back] if moment.back else []), (
            moment.at
        )
