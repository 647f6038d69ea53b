"""What two mailboxes show is not believed of both, however few of the source's mailboxes a reading is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from sync_daemon.sources.exchange.item_owners import ItemOwners

ANNA, BO, CECILIA = "anna", "bo", "cecilia"
HERS, HIS = ("a1", "a2"), ("b1",)


def _reads(
    owners: ItemOwners, showing: Mapping[str, Sequence[str] | None], mailboxes: Sequence[str] = (ANNA, BO)
) -> dict[str, str | None]:
    """A reading of these, of a source with those mailboxes; whose each answer may be. None is shown by who fails."""
    owners.belong_to_source(mailboxes)
    owners.begin_reading(showing)
    found = {}
    for address, items in showing.items():
        if items is None:
            owners.failed(address)
        else:
            found[address] = owners.other_owner(address, items)
    return found


@pytest.fixture
def owners() -> ItemOwners:
    """Anna and Bo have been read, and each has their own."""
    owners = ItemOwners()
    assert _reads(owners, {ANNA: HERS, BO: HIS}) == {ANNA: None, BO: None}
    return owners


def test_who_is_read_alone_and_shows_anothers_items_is_not_believed(owners: ItemOwners) -> None:
    """As often as signs ask for it; and she whose they are is, whenever she is read."""
    for _ in range(3):
        assert _reads(owners, {BO: HERS}) == {BO: ANNA}
    assert _reads(owners, {ANNA: HERS}) == {ANNA: None}
    assert _reads(owners, {BO: HERS}) == {BO: ANNA}
    assert _reads(owners, {BO: HIS}) == {BO: None}
    assert _reads(owners, {ANNA: HERS, BO: HIS}) == {ANNA: None, BO: None}


def test_what_a_mailbox_no_longer_has_may_be_anothers(owners: ItemOwners) -> None:
    """She was read, and did not show it."""
    assert _reads(owners, {ANNA: ("a1",)}) == {ANNA: None}
    assert _reads(owners, {BO: ("a2",)}) == {BO: None}


def test_who_has_left_the_directory_owns_nothing(owners: ItemOwners) -> None:
    """Her mailbox has another address now: it is read at once, by a sign alone too, and is hers from then on."""
    now = (CECILIA, BO)
    assert _reads(owners, {CECILIA: HERS}, now) == {CECILIA: None}
    assert _reads(owners, {BO: HERS}, now) == {BO: CECILIA}
    assert _reads(owners, {ANNA: HERS}, (*now, ANNA)) == {ANNA: CECILIA}


def test_of_one_mailbox_in_two_lines_the_line_that_stays_is_read_when_the_other_is_gone(owners: ItemOwners) -> None:
    """Until then neither is, whether they are read together or each alone."""
    both = (ANNA, BO, CECILIA)
    _reads(owners, {CECILIA: ("c",), BO: ("c",)}, both)
    assert _reads(owners, {CECILIA: ("c",)}, both) == {CECILIA: BO}
    assert _reads(owners, {BO: ("c",)}, both) == {BO: CECILIA}
    assert _reads(owners, {CECILIA: ("c",)}, (ANNA, CECILIA)) == {CECILIA: None}


def test_an_old_line_that_cannot_be_read_any_more_keeps_nobody_from_being_read(owners: ItemOwners) -> None:
    """The mailbox was renamed, and its new address has a line beside the old one."""
    three = (ANNA, BO, CECILIA)
    assert _reads(owners, {ANNA: None, CECILIA: HERS}, three) == {CECILIA: ANNA}
    assert _reads(owners, {ANNA: None, CECILIA: HERS}, three) == {CECILIA: None}


def test_who_was_not_got_to_in_a_reading_cut_short_keeps_what_she_has(owners: ItemOwners) -> None:
    """There was no time left for her: she has neither failed nor shown something else."""
    owners.begin_reading([BO, ANNA])
    assert owners.other_owner(BO, HERS) == ANNA
    assert _reads(owners, {BO: HERS}) == {BO: ANNA}


def test_who_is_read_here_against_the_directorys_word_owns_items_while_it_is_read(owners: ItemOwners) -> None:
    """The directory places the mailbox at another source, so that this one was not told of it beforehand."""
    assert _reads(owners, {CECILIA: ("c",)}) == {CECILIA: None}
    assert _reads(owners, {ANNA: HERS}) == {ANNA: None}
    assert _reads(owners, {BO: ("c",), CECILIA: ("c",)}) == {BO: CECILIA, CECILIA: None}
