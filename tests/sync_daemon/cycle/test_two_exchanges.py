"""A mailbox is read where it is, and what a place says of it for the first time is doubted (docs/rules.md §12)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from sync_daemon import log
from sync_daemon.cycle.commit import InStore
from sync_daemon.cycle.report import Outcome
from sync_daemon.errors import StoreUnavailable
from sync_daemon.store import Applied, Store, SubscriberChanges
from tests.sync_daemon.cycle.two_exchanges import ANNA, BO, CLOUD, SITE, TwoExchanges, at, shortened


@pytest.fixture
def town(tmp_path: Path) -> Iterator[TwoExchanges]:
    """Anna is on site, with two meetings, Bo in the cloud, with one; both have been read."""
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as store:
        town = TwoExchanges(tmp_path, store)
        town.site.books(ANNA, "08:00", "09:00")
        town.site.books(ANNA, "13:00", "14:00")
        town.cloud.books(BO, "08:00", "09:00")
        town.works("06:00")
        yield town


def moved(outcome: Outcome) -> list[tuple[str, str | None, str]]:
    """Who was read from another source than before for the first time, from where and whither."""
    return [(person.name, before, after) for person, before, after in outcome.moved]


def test_who_has_no_source_in_the_directory_is_read_where_they_are(town: TwoExchanges) -> None:
    """Found by asking; from then on there at once."""
    assert (town.times("4711"), town.times("4712")) == (["08:00-09:05", "13:00-14:05"], ["08:00-09:05"])
    assert (town.site.asked, town.cloud.asked) == ([ANNA, BO], [BO])
    town.restarts()
    assert moved(town.works("06:05")) == []
    assert (town.site.asked, town.cloud.asked) == ([ANNA, BO, ANNA], [BO, BO])


def test_before_the_first_cycle_listening_is_tried_where_each_mailbox_is(tmp_path: Path) -> None:
    """`check` after the installation: the store knows nobody's place, and this run has found it."""
    with Store.open(f"sqlite:///{tmp_path / 'hanvisa.db'}") as store:
        town = TwoExchanges(tmp_path, store)
        town.site.mailboxes, town.cloud.mailboxes = {ANNA: {}}, {BO: {}}
        cycle = town.looking()
        assert list(cycle.try_listening(cycle.run(at("06:00"), every=True))) == []
    assert (town.site.tried, town.cloud.tried) == ([ANNA], [BO])


def test_a_mailbox_that_is_moved_in_the_middle_of_a_meeting_keeps_its_referrals(town: TwoExchanges) -> None:
    """The cycle after the move reads it there; nothing is made anew, and it is told once."""
    before = town.rows()
    town.moves()
    assert moved(town.works("08:30")) == [("Anna", "site", "cloud")]
    assert moved(town.works("08:35")) == []
    assert town.rows() == before
    town.moves()
    assert moved(town.works("08:40")) == [("Anna", "cloud", "site")]
    assert town.rows() == before


def test_the_first_readings_there_remove_and_shorten_nothing_until_three_agree(town: TwoExchanges) -> None:
    """What they add counts at once; a restart neither skips a reading nor begins anew."""
    town.moves()
    town.cloud.mailboxes[ANNA] = {"key of 13:00": shortened(town.cloud.mailboxes[ANNA]["key of 13:00"], "13:30")}
    town.cloud.books(ANNA, "10:00", "10:30")
    for clock in ("07:00", "07:05"):
        outcome = town.works(clock)
        assert town.times() == ["08:00-09:05", "10:00-10:35", "13:00-14:05"]
        assert [person.name for person, *_ in outcome.doubted] == ["Anna"]
        town.restarts()
    assert town.works("07:10").doubted == []
    assert town.times() == ["10:00-10:35", "13:00-13:35"]
    del town.cloud.mailboxes[ANNA]["key of 10:00"]
    town.works("07:15")
    assert town.times() == ["13:00-13:35"]


def test_three_in_a_minute_are_not_enough(town: TwoExchanges) -> None:
    """Signs may ask for readings one after the other: the first and the last are five minutes apart at least."""
    town.moves()
    town.cloud.mailboxes[ANNA] = {}
    for clock in ("07:00:00", "07:00:10", "07:00:20", "07:04:59"):
        town.works(clock)
        assert town.times() == ["08:00-09:05", "13:00-14:05"]
    town.works("07:05:00")
    assert town.times() == []


class BusyOnce(InStore):
    """A store that cannot be reached in the middle of the first batch."""

    is_busy = True

    def changes(self, planned: Sequence[SubscriberChanges], now: datetime) -> Iterator[Applied]:
        """Bo's are not written at first."""
        if self.is_busy and any(one.subscriber_id == 2 for one in planned):
            self.is_busy = False
            raise StoreUnavailable("another one writes")
        return super().changes(planned, now)


def test_a_store_that_was_busy_in_the_middle_of_a_batch_is_written_by_the_next_cycle(town: TwoExchanges) -> None:
    """What was found of those before was remembered nowhere: it is found once more, and counts once."""
    town.moves()
    town.moves(BO)
    town.cloud.mailboxes[ANNA] = {}
    town.site.books(BO, "10:00", "10:30")
    town.restarts(BusyOnce(town.store, town.tenant))
    with pytest.raises(StoreUnavailable):
        town.works("07:00")
    for clock in ("07:00:05", "07:05"):
        town.works(clock)
        assert town.times() == ["08:00-09:05", "13:00-14:05"]
    assert town.times("4712") == ["08:00-09:05", "10:00-10:35"]
    town.works("07:10")
    assert town.times() == []


def test_a_reading_that_says_something_else_is_the_first_of_a_new_row(town: TwoExchanges) -> None:
    """A calendar that still fills is not believed yet."""
    town.moves()
    entries, town.cloud.mailboxes[ANNA] = town.cloud.mailboxes[ANNA], {}
    town.works("07:00")
    town.works("07:05")
    town.cloud.mailboxes[ANNA] = {"key of 13:00": entries["key of 13:00"]}
    for clock in ("07:10", "07:15"):
        town.works(clock)
        assert town.times() == ["08:00-09:05", "13:00-14:05"]
    town.works("07:20")
    assert town.times() == ["13:00-14:05"]


def test_what_is_over_meanwhile_is_asked_for_no_more(town: TwoExchanges) -> None:
    """Time alone does not begin the count anew."""
    town.moves()
    town.cloud.mailboxes[ANNA] = {}
    town.works("08:55")
    town.works("09:00")
    town.works("09:06")
    assert town.times() == ["08:00-09:05"]


def test_a_reading_in_part_or_none_neither_counts_nor_breaks_the_row(town: TwoExchanges) -> None:
    """Only what is whole says what is not there."""
    town.moves()
    town.cloud.mailboxes[ANNA] = {}
    town.works("07:00")
    town.works("07:05")
    town.cloud.in_part = True
    town.works("07:10")
    town.cloud.in_part, town.cloud.is_down = False, True
    town.works("07:15")
    assert town.times() == ["08:00-09:05", "13:00-14:05"]
    town.cloud.is_down = False
    town.works("07:20")
    assert town.times() == []


def test_a_mailbox_that_is_never_read_whole_is_believed_after_a_day(town: TwoExchanges) -> None:
    """An entry in it is broken for good; that a meeting is cancelled must open the phone some day."""
    town.site.books(ANNA, "13:00", "15:00", "later", day=26)
    town.works("06:05")
    town.moves()
    town.cloud.in_part = True
    entries = town.cloud.mailboxes[ANNA]
    entries["later"] = shortened(entries["later"], "13:00")  # without length: it counts no more
    for day, clock in ((24, "07:00"), (24, "12:00"), (25, "07:00"), (25, "07:05")):
        town.works(clock, day)
        assert "13:00-15:05" in town.times()
    town.works("07:10", 25)
    assert "13:00-15:05" not in town.times()


def test_a_clock_that_jumped_begins_the_row_anew(town: TwoExchanges) -> None:
    """As with everything that is held back for a time."""
    town.moves()
    town.cloud.mailboxes[ANNA] = {}
    town.works("07:00")
    town.works("07:05")
    town.works("07:10", clock_jumped=True)
    town.works("07:15")
    assert town.times() == ["08:00-09:05", "13:00-14:05"]
    town.works("07:20")
    assert town.times() == []


def test_a_clock_that_jumped_while_the_mailbox_could_not_be_read_begins_the_row_anew_too(town: TwoExchanges) -> None:
    """Five minutes by a clock that was wrong are none."""
    town.moves()
    town.cloud.mailboxes[ANNA] = {}
    town.works("06:30")
    town.works("06:30:10")
    town.cloud.is_down = True
    town.works("07:35", clock_jumped=True)
    town.cloud.is_down = False
    for clock in ("07:35:10", "07:38"):
        town.works(clock)
        assert town.times() == ["08:00-09:05", "13:00-14:05"]
    town.works("07:40:10")
    assert town.times() == []


def test_readings_in_part_end_the_doubt_for_readings_in_part_alone(town: TwoExchanges) -> None:
    """A mailbox that was in part for a day and whole and empty then: that is believed the third time."""
    town.site.books(ANNA, "13:00", "15:00", "later", day=26)
    town.works("06:05")
    town.moves()
    town.cloud.mailboxes[ANNA], town.cloud.in_part = {}, True
    town.works("06:55")
    for clock in ("07:00", "07:05", "07:10", "07:15"):
        town.works(clock, 25)
    assert town.store.doubted_count("sorsele") == 0
    town.restarts()
    town.cloud.in_part = False
    for clock in ("07:20", "07:25"):
        town.works(clock, 25)
        assert "13:00-15:05" in town.times()
    assert town.store.doubted_count("sorsele") == 1
    town.works("07:30", 25)
    assert "13:00-15:05" not in town.times()


def test_another_endpoint_of_an_only_source_without_a_name_is_doubted(town: TwoExchanges) -> None:
    """Nothing says that it is the same server; three readings that agree do."""
    first = SITE.model_copy(update={"name": None})
    town.configured(first)
    town.moves(BO)
    town.works("06:30")
    town.configured(first.model_copy(update={"endpoint": "https://ex2.sorsele.se/EWS"}))
    town.site.mailboxes[ANNA] = {}
    assert [name for name, *_ in moved(town.works("07:00"))] == ["Anna", "Bo"]
    town.works("07:05")
    assert town.times() == ["08:00-09:05", "13:00-14:05"]
    town.works("07:10")
    assert town.times() == []


def test_who_was_split_is_read_from_where_they_were(town: TwoExchanges) -> None:
    """A new id in the store, and nothing moved."""
    town.configured(CLOUD)
    town.moves()
    for clock in ("06:10", "06:20", "06:30"):
        town.works(clock)
    new = "anna.berg@sorsele.se"
    text = f"mailbox,name,extensions,source\n{new},Anna,4711,\n{BO},Bo,4712,\n"
    (town.folder / "sorsele.csv").write_text(text, encoding="utf-8")
    town.cloud.mailboxes[new] = town.cloud.mailboxes.pop(ANNA)
    town.works("06:35")
    town.store.split("sorsele", new, "me", at("06:37"))
    outcome = town.works("06:40")
    assert (moved(outcome), outcome.doubted) == ([], [])


def test_moved_back_before_they_agree_it_is_doubted_there_too(town: TwoExchanges) -> None:
    """Whatever the reason: what is on site now may be a rest."""
    town.moves()
    town.works("07:00")
    town.moves()
    town.site.mailboxes[ANNA] = {}
    for clock in ("07:05", "07:10"):
        town.works(clock)
        assert town.times() == ["08:00-09:05", "13:00-14:05"]
    town.works("07:15")
    assert town.times() == []


def test_who_only_looks_counts_nothing(town: TwoExchanges) -> None:
    """`plan` shows what waits, however often it is asked; and what the next cycle does once it is the third."""
    town.moves()
    town.cloud.mailboxes[ANNA] = {}
    for _ in range(4):
        outcome = town.plans("07:00")
        assert outcome.planned == []
        [(person, read, changes)] = outcome.doubted
        assert (person.name, read.before, read.origin.label, len(changes)) == ("Anna", "site", "cloud", 2)
        assert read.agreement is not None
        assert read.agreement.readings == 1
    town.works("07:00")
    town.works("07:05")
    assert len(town.plans("07:10").planned) == 2
    assert town.times() == ["08:00-09:05", "13:00-14:05"]


def test_who_is_doubted_is_read_in_every_cycle(town: TwoExchanges) -> None:
    """No fingerprint lets the mailbox rest before; afterwards it does, as others."""
    town.moves()
    town.cloud.signs = {ANNA: 1, BO: 1}
    for clock in ("07:00", "07:05", "07:10", "07:15", "07:20"):
        town.works(clock)
    assert town.cloud.asked.count(ANNA) == 3
    assert town.cloud.asked.count(BO) == 2


def test_the_same_number_of_another_server_is_no_sign_that_nothing_changed(town: TwoExchanges) -> None:
    """Each server counts its own signs."""
    town.site.signs[ANNA] = town.cloud.signs[ANNA] = 7
    town.works("06:05")
    town.moves()
    town.site.signs.clear()
    town.works("06:10")
    town.moves()
    town.site.signs[ANNA] = 7
    town.cloud.signs.clear()
    town.works("06:15")
    town.site.books(ANNA, "10:00", "10:30")
    town.works("06:20")
    assert "10:00-10:35" in town.times()


def test_where_no_source_has_the_mailbox_it_cannot_be_read(town: TwoExchanges) -> None:
    """Nothing changes; each that was asked is named."""
    town.site.mailboxes.clear()
    outcome = town.works("07:00")
    [(person, remedy)] = outcome.unreadable
    assert person.name == "Anna"
    assert remedy.endswith("site, cloud say that they have no such mailbox")
    assert town.times() == ["08:00-09:05", "13:00-14:05"]


def test_a_source_that_is_down_has_not_said_that_it_lacks_the_mailbox(town: TwoExchanges) -> None:
    """Nobody else is asked, nothing is removed, and the others are read."""
    town.site.is_down = True
    town.cloud.mailboxes[ANNA] = {}
    town.cloud.books(BO, "10:00", "10:30")
    outcome = town.works("07:00")
    assert [(person.name, remedy) for person, remedy in outcome.unreadable] == [("Anna", "start the server")]
    assert town.times() == ["08:00-09:05", "13:00-14:05"]
    assert town.times("4712") == ["08:00-09:05", "10:00-10:35"]
    assert town.cloud.asked == [BO, BO]


def test_a_bug_in_one_source_s_reader_darkens_no_other(town: TwoExchanges) -> None:
    """Cycle by cycle the others' people are read and written."""
    town.cloud.has_bug = True
    town.site.books(ANNA, "10:00", "10:30")
    outcome = town.works("07:00")
    assert [(person.name, remedy) for person, remedy in outcome.unreadable] == [
        ("Bo", "report the bug that the log tells of")
    ]
    assert town.times() == ["08:00-09:05", "10:00-10:35", "13:00-14:05"]
    assert town.times("4712") == ["08:00-09:05"]


def test_where_one_denies_the_mailbox_and_the_other_is_down_nothing_is_known(town: TwoExchanges) -> None:
    """It may be moved there and may not."""
    town.moves()
    town.cloud.is_down = True
    assert {(person.name, remedy) for person, remedy in town.works("07:00").unreadable} == {
        ("Anna", "start the server"),
        ("Bo", "start the server"),
    }
    assert town.times() == ["08:00-09:05", "13:00-14:05"]


def test_a_moved_mailbox_is_read_where_it_is_against_the_directory(town: TwoExchanges) -> None:
    """An admin who forgets a column makes no phone dark; it is told, and the source of old is not asked each time."""
    town.lists(anna="site", bo="cloud")
    town.works("07:00")
    town.moves()
    outcome = town.works("07:05")
    assert [(person.name, found) for person, found in outcome.misplaced] == [("Anna", "cloud")]
    asked = town.site.asked.count(ANNA)
    assert [(person.name, found) for person, found in town.works("07:10").misplaced] == [("Anna", "cloud")]
    assert town.site.asked.count(ANNA) == asked
    town.lists(anna="cloud", bo="cloud")
    assert town.works("07:15").misplaced == []


def test_a_line_that_names_a_source_that_is_no_more_is_looked_for_as_one_that_names_none(town: TwoExchanges) -> None:
    """The source has another name in the configuration, and the directory has the old one still."""
    town.lists(anna="site", bo="cloud")
    town.works("07:00")
    town.configured(SITE.model_copy(update={"name": "onsite"}), CLOUD)
    town.site.books(ANNA, "10:00", "10:30")
    outcome = town.works("07:05")
    assert "10:00-10:35" in town.times()
    [finding] = outcome.findings
    assert "the source 'site' is not configured" in finding.problem
    assert moved(outcome) == []


def test_the_source_that_the_directory_names_is_asked_again_when_everybody_is_read_in_full(town: TwoExchanges) -> None:
    """The line came before the move: once the mailbox is there it is read there, whatever rest is left where it was."""
    town.lists(anna="cloud", bo="cloud")
    town.site.signs = {ANNA: 1}
    assert town.works("07:00").misplaced
    town.cloud.mailboxes[ANNA] = dict(town.site.mailboxes[ANNA])
    town.cloud.books(ANNA, "10:00", "10:30")
    asked = town.cloud.asked.count(ANNA)
    town.works("07:05")
    town.works("07:25")
    assert town.cloud.asked.count(ANNA) == asked
    outcome = town.works("07:35")
    assert (moved(outcome), outcome.misplaced) == ([("Anna", "site", "cloud")], [])
    assert "10:00-10:35" in town.times()


def test_the_directory_decides_where_both_have_the_mailbox(town: TwoExchanges) -> None:
    """A rest of it may stand where it was; a changed column is a move as any other."""
    town.cloud.mailboxes[ANNA] = {}
    town.works("07:00")
    assert town.times() == ["08:00-09:05", "13:00-14:05"]
    town.lists(anna="cloud", bo="cloud")
    assert moved(town.works("07:05")) == [("Anna", "site", "cloud")]
    town.works("07:10")
    assert town.times() == ["08:00-09:05", "13:00-14:05"]
    town.works("07:15")
    assert town.times() == []


def test_a_tenant_whose_only_source_is_changed_has_moved_all_mailboxes(town: TwoExchanges) -> None:
    """From `ews` to `graph`; another address of the same Exchange, or another name, is no move."""
    town.configured(SITE.model_copy(update={"endpoint": "https://ex2.sorsele.se/EWS"}))
    assert moved(town.works("06:30")) == []
    town.configured(SITE.model_copy(update={"endpoint": "https://ex2.sorsele.se/EWS", "name": None}))
    assert moved(town.works("06:40")) == []
    town.cloud.mailboxes[ANNA] = {}
    town.configured(CLOUD.model_copy(update={"name": None}))
    assert moved(town.works("07:00")) == [("Anna", "ews", "graph")]
    town.works("07:05")
    assert town.times() == ["08:00-09:05", "13:00-14:05"]
    town.works("07:10")
    assert town.times() == []


def test_a_store_that_does_not_know_where_anybody_was_read_was_not_filled_from_the_cloud(town: TwoExchanges) -> None:
    """An older version, which knew no Graph, is upgraded and switched in one go."""
    with closing(sqlite3.connect(town.folder / "hanvisa.db")) as connection, connection:
        connection.execute("DELETE FROM read_from")
    town.moves()
    town.cloud.mailboxes[ANNA] = {}
    town.restarts()
    assert moved(town.works("07:00")) == [("Anna", None, "cloud"), ("Bo", None, "cloud")]
    assert town.times() == ["08:00-09:05", "13:00-14:05"]


def test_who_has_an_entry_that_begins_or_ends_next_is_read_first(town: TwoExchanges) -> None:
    """Of those who have waited equally long; after a restart by what the store holds."""
    town.moves(BO)
    town.site.books(BO, "10:00", "11:00")
    town.works("07:00")
    town.site.books(ANNA, "13:00", "14:00")
    del town.site.mailboxes[ANNA]["key of 08:00"]
    for clock, first in (("07:05", BO), ("12:05", ANNA)):
        town.works("07:05")
        town.site.asked.clear()
        town.restarts()
        town.works(clock)
        assert town.site.asked[0] == first
    assert town.store.next_edges("sorsele", at("12:05")) == {1: at("13:00")}


def test_very_many_that_move_at_once_are_told_in_one_line(town: TwoExchanges) -> None:
    """A tenant that is switched as a whole fills no log."""
    log.configure(town.folder / "hanvisa.log", "info", 90, terminal=False, strict=True)
    names = [f"p{number}@sorsele.se" for number in range(25)]
    lines = [f"{name},P,{4800 + number}," for number, name in enumerate(names)]
    text = "\n".join(("mailbox,name,extensions,source", f"{ANNA},Anna,4711,", f"{BO},Bo,4712,", *lines, ""))
    (town.folder / "sorsele.csv").write_text(text, encoding="utf-8")
    town.site.mailboxes |= {name: {} for name in names}
    town.works("07:00")
    for name in names:
        town.moves(name)
    town.works("07:05")
    told = [json.loads(line) for line in (town.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()]
    assert [line for line in told if line["event"] == "mailbox_moved"] == []
    [line] = [line for line in told if line["event"] == "mailboxes_moved"]
    assert (line["from"], line["to"], line["mailboxes"], line["named"].split(", ")) == (
        "site",
        "cloud",
        25,
        sorted(names)[:3],
    )
