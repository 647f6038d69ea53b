"""Changes told by Graph's delta: who is asked when, what is a sign, and how a mailbox that is told badly is polled."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from sync_daemon.sources.exchange.failure import Again, Concerns, Failure
from sync_daemon.sources.graph.delta_cursor import ENDED, ENDLESS, MOST_PAGES, UNCLEAR
from sync_daemon.sources.graph.delta_page import packed, unpacked
from sync_daemon.sources.graph.delta_rounds import LONGEST_SILENCE
from tests.sync_daemon.sources.graph.told_graph import ENDPOINT, NOW, Listening, window

if TYPE_CHECKING:
    from collections.abc import Callable

ANNA, BO = "anna@sorsele.se", "bo@sorsele.se"
TRY_LATER = Failure("wait", Concerns.MAILBOX, again=Again.SOON)


@pytest.fixture
def listening() -> Listening:
    """Anna and Bo, listened for since a minute ago; Anna had five events then."""
    listening = Listening([ANNA, BO])
    for _ in range(5):
        listening.graph.changes(ANNA)
    listening.passes(61)
    return listening


def test_a_mailbox_is_listened_for_as_soon_as_its_first_round_is_whole() -> None:
    """All of its pages, none of which is a sign; until then it is polled."""
    listening = Listening([ANNA])
    for _ in range(5):
        listening.graph.changes(ANNA)
    listening.graph.of(ANNA).fails = TRY_LATER
    listening.passes(1)
    assert listening.listened() == []
    listening.graph.of(ANNA).fails = None
    listening.passes(60)
    assert (listening.listened(), listening.was_heard()) == ([ANNA], [])
    asked = listening.graph.of(ANNA).asked
    assert [*asked[0]] == ["startDateTime", "endDateTime"]
    assert [list(one) for one in asked[2:4]] == [["$skiptoken"], ["$skiptoken"]]


def test_all_are_listened_for_soon_however_seldom_they_are_asked_later() -> None:
    """Each hour, say: first rounds take a minute, and come back spread over the hour."""
    listening = Listening([f"p{number}@sorsele.se" for number in range(100)], watch=3600.0)
    listening.passes(61)
    assert len(listening.listened()) == 100
    before = listening.graph.requests
    listening.passes(2 * 3600)
    assert listening.graph.requests - before <= 11


@pytest.mark.parametrize("removed", [False, True])
def test_any_event_is_a_sign(listening: Listening, *, removed: bool) -> None:
    """Changed or removed, also one that lives on outside the window; within a round, and once."""
    before = listening.signs.fingerprints([ANNA, BO])
    listening.graph.changes(ANNA, removed=removed)
    listening.passes(61)
    assert listening.was_heard() == [ANNA]
    after = listening.signs.fingerprints([ANNA, BO])
    assert (after[ANNA] == before[ANNA], after[BO] == before[BO]) == (False, True)
    listening.passes(600)
    assert listening.was_heard() == []


def test_a_sign_does_not_wait_for_the_end_of_its_round(listening: Listening) -> None:
    """A moved series has very many pages."""
    for _ in range(50):
        listening.graph.changes(ANNA)
    listening.passes(61)
    assert listening.was_heard() == [ANNA]
    assert listening.listened() == [ANNA, BO]


def test_a_forgotten_link_is_a_sign_and_the_mailbox_is_polled_until_it_is_listened_for_anew(
    listening: Listening,
) -> None:
    """What has changed since the last answer may never be told (410, SyncStateNotFound)."""
    listening.graph.of(ANNA).since.clear()
    listening.passes(30)
    listening.passes(31)
    assert listening.was_heard() == [ANNA]
    assert listening.why() <= {ENDED}
    listening.passes(61)
    assert (listening.listened(), listening.was_heard()) == ([ANNA, BO], [])


def test_a_link_that_is_forgotten_each_time_is_begun_anew_ever_more_seldom(listening: Listening) -> None:
    """A mailbox is not listed whole each minute for a day."""
    asked = listening.graph.of(ANNA).asked
    for _ in range(24 * 60):
        listening.graph.of(ANNA).since.clear()
        listening.passes(60)
    firsts = sum("startDateTime" in one for one in asked)
    assert firsts < 120


def test_one_answer_that_fails_is_no_loss_and_two_are(listening: Listening) -> None:
    """The link holds, so that what changed meanwhile is told afterwards; and the mailbox is read once more."""
    for fails in (TRY_LATER, None, TRY_LATER):
        listening.graph.of(ANNA).fails = fails
        listening.passes(60)
        assert listening.listened() == [ANNA, BO]
    listening.passes(60)
    assert (listening.listened(), listening.why()) == ([BO], {"wait"})
    before = len(listening.graph.of(ANNA).asked)
    listening.graph.changes(ANNA)
    listening.graph.of(ANNA).fails = None
    listening.passes(1000)
    assert listening.listened() == [ANNA, BO]
    assert all("$deltatoken" in one for one in listening.graph.of(ANNA).asked[before:])


def test_a_mailbox_that_fails_for_its_own_sake_again_and_again_is_begun_anew(listening: Listening) -> None:
    """A link may be what is wrong, whatever code says so."""
    listening.graph.of(ANNA).fails = Failure("see what is wrong", by_exchange=True, why="ErrorUnheardOf")
    listening.passes(7200)
    assert listening.listened() == [BO]
    listening.graph.of(ANNA).fails = None
    listening.passes(2000)
    assert listening.listened() == [ANNA, BO]
    assert sum("startDateTime" in one for one in listening.graph.of(ANNA).asked) >= 2


def test_a_long_time_of_throttling_costs_no_link(listening: Listening) -> None:
    """Who has to wait is not sent at all, and what changed meanwhile is told afterwards."""
    listening.graph.of(ANNA).fails = Failure("wait", why="Microsoft asked to be left alone")
    listening.passes(6 * 3600)
    assert listening.listened() == [BO]
    listening.graph.of(ANNA).fails = None
    listening.passes(1000)
    assert listening.listened() == [ANNA, BO]
    assert sum("startDateTime" in one for one in listening.graph.of(ANNA).asked) == 1


def test_who_asks_to_be_left_alone_is(listening: Listening) -> None:
    """For as long as Graph says, the mailbox is not asked."""
    listening.graph.of(ANNA).fails = Failure("wait", back_off=500.0)
    listening.passes(61)
    before = len(listening.graph.of(ANNA).asked)
    listening.passes(430)
    assert len(listening.graph.of(ANNA).asked) == before
    listening.graph.of(ANNA).fails = None
    listening.passes(100)
    assert len(listening.graph.of(ANNA).asked) > before


def _the_same_with_new_links(address: str = ANNA) -> Callable[[], dict[str, Any]]:
    numbers = itertools.count()
    link = f"{ENDPOINT}/users/{quote(address, safe='')}/calendarView/delta?$skiptoken="
    events = [{"id": f"AAMk{number}", "@odata.etag": "W/1"} for number in range(278)]
    return lambda: {"value": events, "@odata.nextLink": f"{link}{next(numbers)}"}


def _ever_more(address: str = ANNA) -> Callable[[], dict[str, Any]]:
    numbers = itertools.count()
    link = f"{ENDPOINT}/users/{quote(address, safe='')}/calendarView/delta?$skiptoken="
    return lambda: {"value": [{"id": f"AAMk{next(numbers)}"}], "@odata.nextLink": f"{link}{next(numbers)}"}


@pytest.mark.parametrize("path", ["/users/bo@sorsele.se/calendarView/delta", "/users/anna@sorsele.se/messages/delta"])
@pytest.mark.parametrize("kind", ["nextLink", "deltaLink"])
def test_a_link_to_something_elses_changes_is_not_followed(listening: Listening, path: str, kind: str) -> None:
    """What is told there is not of this mailbox: it is polled."""
    listening.passes(430)
    assert ANNA in listening.listened()
    listening.graph.of(ANNA).answers = lambda: {"value": [], f"@odata.{kind}": f"{ENDPOINT}{path}?$token=x"}
    listening.passes(70)
    assert ANNA not in listening.listened()
    assert str(UNCLEAR) in listening.why()


def _empty_pages(address: str = ANNA) -> Callable[[], dict[str, Any]]:
    link = f"{ENDPOINT}/users/{quote(address, safe='')}/calendarView/delta?$skiptoken=same"
    return lambda: {"value": [], "@odata.nextLink": link}


@pytest.mark.parametrize(
    ("endless", "most"), [(_the_same_with_new_links, 4), (_ever_more, MOST_PAGES + 1), (_empty_pages, 2)]
)
def test_a_round_without_end_is_left_and_its_mailbox_polled(
    listening: Listening, endless: Callable[[], Callable[[], dict[str, Any]]], most: int
) -> None:
    """It is asked anew an hour later, and nobody else's signs wait for it."""
    asked = listening.graph.of(ANNA).asked
    before = len(asked)
    listening.graph.of(ANNA).answers = endless()
    listening.graph.changes(BO)
    listening.passes(61)
    assert BO in listening.was_heard()
    assert (listening.listened(), listening.why()) == ([BO], {ENDLESS})
    listening.passes(3000)
    assert len(asked) - before <= most
    listening.graph.of(ANNA).answers = None
    listening.passes(700)
    assert listening.listened() == [ANNA, BO]


def test_a_round_that_tells_of_the_very_same_each_time_is_no_rain_of_readings(listening: Listening) -> None:
    """A few of them are taken for signs; then the mailbox is polled."""
    events = [{"id": "AAMk1", "@odata.etag": "W/1"}]
    links = itertools.count()
    link = f"{ENDPOINT}/users/anna%40sorsele.se/calendarView/delta?$deltatoken="
    listening.graph.of(ANNA).answers = lambda: {"value": events, "@odata.deltaLink": f"{link}{next(links)}"}
    for _ in range(6):
        listening.passes(60)
    assert 2 <= listening.heard.count(ANNA) <= 4
    assert listening.why() == {ENDLESS}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"value": None},
        {"value": [{"id": "AAMk1"}]},
        {"value": [], "@odata.deltaLink": 7},
        {"value": [], "@odata.deltaLink": "https://elsewhere.example/v1.0/users/a/calendarView/delta?$deltatoken=x"},
        {"value": [[], "nonsense", None, {"id": {}}]},
    ],
)
def test_an_answer_without_sense_has_the_mailbox_polled(listening: Listening, answer: dict[str, Any]) -> None:
    """A link that leads to another server is not followed."""
    listening.graph.of(ANNA).answers = lambda: answer
    listening.passes(61)
    assert (listening.listened(), listening.why()) == ([BO], {UNCLEAR})


def test_a_window_is_renewed_before_it_runs_out(listening: Listening) -> None:
    """The cycle's moves on day by day, the delta's is fixed; what changed as it was renewed is read."""
    asked = listening.graph.of(ANNA).asked
    for day in range(1, 30):
        listening.window = window(NOW + timedelta(days=day))
        for _ in range(4):
            listening.passes(60)
        ends = [one["endDateTime"][0] for one in asked if "endDateTime" in one]
        assert ends[-1] >= (NOW + timedelta(days=day + 14)).strftime("%Y-%m-%d")
        assert listening.listened() == [ANNA, BO]
    assert 5 <= len(ends) <= 11
    assert ANNA in listening.was_heard()


def test_the_windows_of_many_are_renewed_one_after_another() -> None:
    """Ten thousand mailboxes are not listed whole in one minute, and read in the next."""
    listening = Listening([f"p{number}@sorsele.se" for number in range(200)])
    listening.passes(61)
    for hour in range(0, 7 * 24, 2):
        listening.window = window(NOW + timedelta(hours=hour))
        listening.passes(60)
        assert len(listening.was_heard()) <= 20 * 3


def test_twenty_quiet_mailboxes_cost_one_request_a_round_and_all_are_spread_over_it() -> None:
    """Twenty in each; who has joined later fills what is free."""
    listening = Listening([f"p{number:03}@sorsele.se" for number in range(200)])
    listening.passes(120)
    before = listening.graph.requests
    listening.passes(600)
    assert listening.graph.requests - before <= 101
    in_a_second = []
    for _ in range(60):
        before = listening.graph.requests
        listening.passes(1)
        in_a_second.append(listening.graph.requests - before)
    assert max(in_a_second) <= 2
    for number in range(200, 240):
        listening.signs.fingerprints([f"p{each:03}@sorsele.se" for each in range(number + 1)])
        listening.passes(7)
    listening.passes(120)
    before = listening.graph.requests
    listening.passes(600)
    assert listening.graph.requests - before <= 130


def test_who_has_left_is_asked_no_more_and_who_comes_is(listening: Listening) -> None:
    """As the directory has them."""
    listening.signs.fingerprints([BO, "cecilia@sorsele.se"])
    before = len(listening.graph.of(ANNA).asked)
    listening.passes(120)
    assert len(listening.graph.of(ANNA).asked) == before
    assert listening.listened() == [BO, "cecilia@sorsele.se"]


def test_who_has_had_no_answer_for_long_is_polled(listening: Listening) -> None:
    """The server answers nobody: a batch is out, and none comes back."""
    while not (out := listening.rounds.due(listening.window)):
        listening.now += 1
    for _ in range(100):
        listening.now += 5
        listening.rounds.want(listening.signs.wanted)
    assert listening.listened() == []
    answers = listening.graph.ask([question for _, question in out])
    assert len(answers) == 2


def test_a_link_is_kept_small_and_comes_out_as_it_was() -> None:
    """There is one for each of ten thousand mailboxes."""
    base = "/users/anna%40sorsele.se/calendarView/delta?"
    path = f"{base}$deltatoken=b9658zLYx7ag_WbFCK2mQhvLwlJPwRlhFDJRjiM1avoMdDqn3gwcGSjb-rEthpbtyWHrW-Np0OColSdY8Aa9gluo"
    assert unpacked(packed(path, base), base) == path
    assert len(packed(path, base)) < len(path) - 30


@pytest.mark.parametrize("seed", range(2))
def test_whatever_fails_no_change_stays_without_a_reading(seed: int) -> None:
    """A mailbox of which something has changed is polled, or has another fingerprint, within an interval."""
    drawn = random.Random(seed)
    people = [f"p{number}@sorsele.se" for number in range(30)]
    listening = Listening(people, page=drawn.choice((1, 2, 50)))
    begun = NOW
    waiting: dict[str, tuple[float, int]] = {}
    for _ in range(500):
        for _ in range(drawn.randrange(4)):
            _befalls(drawn, listening, drawn.choice(people))
        if drawn.random() < 0.02:
            begun += timedelta(days=1)
            listening.window = window(begun)
        listened = listening.signs.fingerprints(people)
        for one in drawn.sample(people, 2):
            listening.graph.changes(one, removed=drawn.random() < 0.3)
            if one in listened:
                waiting.setdefault(one, (listening.now, listened[one]))
        listening.passes(drawn.choice((1, 10, 61)))
        listened = listening.signs.fingerprints(people)
        waiting = {one: since for one, since in waiting.items() if listened.get(one) == since[1]}
        assert all(listening.now - since < LONGEST_SILENCE + 61 + 10 for since, _ in waiting.values())
    for one in people:
        _is_well(listening, one)
    listening.passes(3 * 3600)
    assert listening.listened() == sorted(people)


def _befalls(drawn: random.Random, listening: Listening, address: str) -> None:
    mailbox = listening.graph.of(address)
    match drawn.randrange(6):
        case 0:
            mailbox.since.clear()
        case 1:
            mailbox.fails = drawn.choice((TRY_LATER, Failure("wait", back_off=200.0), Failure("wait", Concerns.SERVER)))
        case 2:
            mailbox.answers = drawn.choice((_the_same_with_new_links, _ever_more, _empty_pages))(address)
        case _:
            _is_well(listening, address)


def _is_well(listening: Listening, address: str) -> None:
    mailbox = listening.graph.of(address)
    mailbox.fails = mailbox.answers = None
