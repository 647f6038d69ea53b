"""Many mailboxes in few requests: every page, nobody lost for another's sake, and a server that is gone is let be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from structlog.testing import capture_logs

from rules.entry import Entries, Reading, Unreadable
from sync_daemon.settings.sources import GraphSource
from sync_daemon.sources import Elsewhere, Mailbox, Window
from sync_daemon.sources.exchange.failure import Again, Concerns, Failure
from sync_daemon.sources.exchange.server_state import IN_A_ROW
from sync_daemon.sources.exchange.time_limits import TimeLimits
from sync_daemon.sources.graph.calendar_view import MOST_PAGES
from sync_daemon.sources.graph.exceptions import LATE
from sync_daemon.sources.graph.question import Answer, Question
from sync_daemon.sources.graph.source import ExchangeOnlineSource
from tests.contract.source_suite import CANARY, WINDOW, ZONE, make_key, parse
from tests.readings import readings_of
from tests.sync_daemon.sources.graph.events import event
from tests.sync_daemon.sources.graph.telling_way import TellingWay

SETTINGS = GraphSource(
    kind="graph",
    directory_id="sorsele.example",
    client_id="66666666-7777-8888-9999-000000000000",
    secret=Path("secret"),
)
PASSES = Failure("wait")
BUSY = Failure("wait", again=Again.SOON)
ONCE_MORE = Failure("wait", again=Again.NOW)
GONE = Failure("see what stands between", Concerns.SERVER)

NEXT = "/users/person000%40sorsele.example/calendarView?$skip=10"
"""The path of the next page of the first of `people`."""

Answers = Callable[[Question], Answer | Failure]


def people(count: int) -> list[Mailbox]:
    """So many, in order."""
    return [Mailbox(f"person{number:03d}@sorsele.example") for number in range(count)]


def page(*events: object, link: object = None) -> Answer:
    """One page; `link` leads to the next."""
    return Answer({"value": list(events), **({} if link is None else {"@odata.nextLink": link})})


def next_of(question: Question, number: int) -> str:
    """The path of another page of the same calendar."""
    return f"/users/{quote(question.address)}/calendarView?$skip={number}"


def whose(question: Question) -> dict[str, Any]:
    """An event that nobody else has."""
    return event(id=f"id-{question.address}", iCalUId=f"uid-{question.address}")


def source(answer: Answers, **more: Any) -> tuple[ExchangeOnlineSource, TellingWay]:  # noqa: ANN401 - the source's own
    """A source whose questions are answered so, and what it was asked; it pauses for no time."""
    way = TellingWay(answer)
    return ExchangeOnlineSource(SETTINGS, ZONE, make_key, way, **({"pause": lambda _: None} | more)), way


def read(made: ExchangeOnlineSource, mailboxes: Iterable[Mailbox], window: Window = WINDOW) -> dict[str, Reading]:
    """What is read, by address."""
    found = list(readings_of(made, mailboxes, window, parse))
    assert len({mailbox for mailbox, _ in found}) == len(found)
    return {mailbox.address: reading for mailbox, reading in found}


def one(answer: Answers, window: Window = WINDOW) -> Entries:
    """The reading of one mailbox."""
    [reading] = read(source(answer)[0], people(1), window).values()
    assert isinstance(reading, Entries)
    return reading


# What is asked


def test_a_question_asks_for_what_the_rules_need_and_no_more() -> None:
    """No body, no attendees, no location; of an address nothing is taken for a path."""
    made, way = source(lambda _: page())
    read(made, [Mailbox("o'neil/x?@sorsele.example")])
    [[question]] = way.asked
    path, query = urlsplit(question.path).path, parse_qs(urlsplit(question.path).query)
    assert unquote(path) == "/users/o'neil/x?@sorsele.example/calendarView"
    assert path.count("/") == 3
    assert set(query["$select"][0].split(",")) == {
        "id", "iCalUId", "subject", "start", "end", "isAllDay", "isCancelled", "isOrganizer", "responseStatus",
        "sensitivity", "type", "originalStart", "originalStartTimeZone",
    }  # fmt: skip
    assert (query["startDateTime"], query["endDateTime"]) == (["2026-11-10T00:00:00Z"], ["2026-12-08T00:00:00Z"])
    assert question.headers == {"Prefer": 'outlook.timezone="UTC"'}


def test_twenty_mailboxes_are_asked_for_in_a_request_in_the_order_given() -> None:
    """A thousand in fifty requests; whoever comes first is asked first."""
    made, way = source(lambda question: page(whose(question)))
    found = read(made, people(1_000))
    assert all(isinstance(reading, Entries) and reading.entries for reading in found.values())
    assert sorted(len(asked) for asked in way.asked) == [20] * 50
    assert {one.address for one in way.asked[0]} <= {mailbox.address for mailbox in people(160)}


def test_a_page_is_not_a_calendar() -> None:
    """The next ones are asked for beside others' first; what is in two of them is one."""

    def answer(question: Question) -> Answer:
        number = int(question.path.rpartition("=")[2]) if "$skip=" in question.path else 0
        events = [event(id=f"{question.address}{n}", iCalUId=f"{n}") for n in range(10 * number, 10 * number + 11)]
        return page(*events, link=next_of(question, number + 1) if number < 2 else None)

    made, way = source(answer)
    for reading in read(made, people(25)).values():
        assert isinstance(reading, Entries)
        assert (len(reading.entries), reading.complete) == (31, True)
    assert sum(map(len, way.asked)) == 75
    assert len(way.asked) <= 8


@pytest.mark.parametrize("link", [CANARY, 7, ["/next"], {"a": CANARY}, False])
def test_a_link_that_leads_away_is_not_followed(link: object) -> None:
    """The reading is one in part."""
    reading = one(lambda _: page(event(), link=link))
    assert (len(reading.entries), reading.complete) == (1, False)
    assert CANARY not in repr(reading)


@pytest.mark.parametrize(
    "path", ["/users/bo%40sorsele.example/calendarView?$skip=10", "/users/person000%40sorsele.example/messages"]
)
def test_a_link_to_something_else_is_not_followed(path: str) -> None:
    """What is there is not this calendar's."""
    reading = one(lambda question: page(event(id="bo", iCalUId="bo") if question.path == path else event(), link=path))
    assert (len(reading.entries), reading.complete) == (1, False)
    assert "something else than this calendar" in reading.faults[0].problem


def test_later_pages_of_two_mailboxes_that_show_the_same_are_not_both_believed() -> None:
    """Though their first ones differ."""
    made, _ = source(
        lambda question: (
            page(event()) if "$skip=" in question.path else page(whose(question), link=next_of(question, 10))
        )
    )
    found = read(made, people(2))
    assert sorted(isinstance(reading, Entries) for reading in found.values()) == [False, True]


def test_a_page_that_comes_again_and_again_ends_the_reading() -> None:
    """By the same link, or by another one each time."""
    numbers = iter(range(10**6))
    same, other = page(event(), link=NEXT), lambda _: page(event(), link=f"{NEXT}{next(numbers)}")
    assert not one(lambda _: same).complete
    assert not one(other).complete
    assert next(numbers) < 5


def test_a_page_that_comes_again_without_a_link_is_not_the_rest() -> None:
    """The second page was never told."""
    pages = iter([page(event(), link=NEXT), page(event())])
    reading = one(lambda _: next(pages))
    assert (len(reading.entries), reading.complete) == (1, False)
    assert (
        reading.faults[0].problem
        == "Microsoft Graph gave the same page of the calendar again and again, and not the rest"
    )


@pytest.mark.parametrize("name", ["error", "@error", "@odata.error", "@Graph.Error"])
@pytest.mark.parametrize("events", [[], [event()]])
def test_an_error_beside_the_events_is_no_whole_calendar(name: str, events: list[object]) -> None:
    """Though its status is 200; what it says is not told."""
    reading = one(lambda _: Answer({"value": events, name: {"code": CANARY, "message": CANARY}}))
    assert (len(reading.entries), reading.complete) == (len(events), False)
    assert CANARY not in repr(reading)
    assert one(lambda _: Answer({"value": events, name: None})).complete


@pytest.mark.parametrize("name", ["odata.nextLink", "@odata.nextlink", "@nextLink", "nextLink", "@Odata.NEXTLINK"])
def test_a_link_to_the_next_page_is_one_however_it_is_spelled(name: str) -> None:
    """It is followed; one that leads nowhere is a page that is not known."""
    pages = iter([Answer({"value": [event()], name: NEXT}), page(event(id="later", iCalUId="later"))])
    reading = one(lambda _: next(pages))
    assert (len(reading.entries), reading.complete) == (2, True)
    assert not one(lambda _: Answer({"value": [event()], name: ""})).complete


def test_pages_have_an_end() -> None:
    """A server that always has another one is asked no more."""
    numbers = iter(range(10**6))
    reading = one(lambda _: page(event(id=f"{(n := next(numbers))}"), link=f"{NEXT}{n}"))
    assert not reading.complete
    assert next(numbers) == MOST_PAGES


def test_an_empty_page_with_a_link_is_no_end() -> None:
    """Graph gives some."""
    left = iter([page(link=f"{NEXT}1"), page(link=f"{NEXT}2"), page(event())])
    assert one(lambda _: next(left)).complete


def test_what_was_read_before_a_page_that_failed_counts() -> None:
    """It takes nothing away."""
    reading = one(lambda question: PASSES if question.path == NEXT else page(event(), link=NEXT))
    assert (len(reading.entries), reading.complete) == (1, False)
    assert reading.faults[0].problem == "a page of the calendar could not be read: wait"


def _times(question: Question) -> tuple[datetime, datetime]:
    query = parse_qs(urlsplit(question.path).query)
    start, end = (datetime.fromisoformat(query[name][0]) for name in ("startDateTime", "endDateTime"))
    return start, end


def test_a_view_that_holds_too_much_is_asked_for_in_parts() -> None:
    """Each half by itself; together they are all of it."""
    asked: list[tuple[datetime, datetime]] = []

    def answer(question: Question) -> Answer | Failure:
        start, end = _times(question)
        if end - start > timedelta(days=8):
            return Failure("ask for fewer days", Concerns.VIEW)
        asked.append((start, end))
        return page(event(id=f"{start}", iCalUId=f"{start}"))

    reading = one(answer)
    assert (len(reading.entries), reading.complete) == (4, True)
    asked.sort()
    assert (asked[0][0], asked[-1][1]) == (WINDOW.start, WINDOW.end)
    assert all(end == start for (_, end), (start, _) in pairwise(asked))


def test_a_long_window_is_asked_for_in_parts() -> None:
    """Graph refuses one of more than 1,825 days."""
    spans: list[timedelta] = []

    def answer(question: Question) -> Answer:
        start, end = _times(question)
        spans.append(end - start)
        return page()

    long = Window(WINDOW.start, WINDOW.start + timedelta(days=2_000))
    assert one(answer, long).complete
    assert (sum(spans, timedelta()), max(spans) < timedelta(days=1_825)) == (timedelta(days=2_000), True)


# Subjects that are not told


def unnamed(question: Question, *, number: int = 1, subject: object = None) -> Answer:
    """A calendar of so many events without a subject."""
    return page(*(event(subject, id=f"{question.address}{n}", iCalUId=f"{n}") for n in range(number)))


@pytest.mark.parametrize("subject", [None, "", " "])
@pytest.mark.parametrize("count", [1, 2, 45])
def test_where_nobody_shows_a_subject_a_small_calendar_is_not_whole_either(count: int, subject: object) -> None:
    """The right to them may have been taken away: nothing may be removed for that."""
    made, _ = source(lambda question: unnamed(question, number=1 + int(question.address[8]) % 2, subject=subject))
    for reading in read(made, people(count)).values():
        assert isinstance(reading, Entries)
        assert not reading.complete
        assert reading.faults[0].problem.startswith("no subject is told")


@pytest.mark.parametrize("shows", [0, 44])
def test_where_somebody_shows_a_subject_an_event_may_have_none(shows: int) -> None:
    """Whoever of them is answered first; everybody is told once."""
    showing = people(45)[shows].address
    made, _ = source(
        lambda question: page(whose(question)) if question.address == showing else unnamed(question, number=2)
    )
    found = read(made, people(45))
    assert len(found) == 45
    assert all(isinstance(reading, Entries) and reading.complete for reading in found.values())


def test_what_was_shown_in_the_reading_before_says_nothing_of_this_one() -> None:
    """The right may have been taken away since; an empty calendar shows nothing either way, and is whole."""
    takes_away = False
    made, _ = source(lambda question: unnamed(question) if takes_away else page(event("Lunch", id=question.address)))
    assert all(isinstance(reading, Entries) and reading.complete for reading in read(made, people(3)).values())
    takes_away = True
    assert not any(isinstance(reading, Entries) and reading.complete for reading in read(made, people(3)).values())
    assert one(lambda _: page()).complete


# Who cannot be read


def test_a_bad_mailbox_loses_none_of_the_others() -> None:
    """In the same request: one that fails, one that is elsewhere, one whose answer is none."""
    failing: dict[str, Answer | Failure] = {
        people(4)[0].address: PASSES,
        people(4)[1].address: replace(PASSES, elsewhere=True),
        people(4)[2].address: Answer({"value": CANARY}),
    }
    made, _ = source(lambda question: failing.get(question.address) or page(whose(question)))
    by_address = read(made, people(20))
    first, second, third, *others = (by_address[mailbox.address] for mailbox in people(20))
    assert first == Unreadable("wait")
    assert isinstance(second, Elsewhere)
    assert isinstance(third, Unreadable)
    assert CANARY not in repr(third)
    assert all(isinstance(reading, Entries) for reading in others)


@pytest.mark.parametrize(("failure", "asked"), [(PASSES, 1), (ONCE_MORE, 2), (BUSY, 10)])
def test_a_mailbox_is_asked_again_as_its_failure_says(failure: Failure, asked: int) -> None:
    """Once, or a few times where the server is busy."""
    made, way = source(lambda _: failure)
    assert list(read(made, people(1)).values()) == [Unreadable("wait")]
    assert len(way.asked) == asked


def test_a_mailbox_that_is_busy_waits_behind_the_others() -> None:
    """And is read, when it no longer is."""
    busy: Iterator[Answer | Failure] = iter([BUSY, BUSY])
    made, way = source(
        lambda question: next(busy, page()) if question.address == people(1)[0].address else page(whose(question))
    )
    found = read(made, people(200))
    assert all(isinstance(reading, Entries) for reading in found.values())
    assert [one.address for one in way.asked[-1]] == [people(1)[0].address]


def test_a_mailbox_that_is_to_be_left_alone_is() -> None:
    """The others are read meanwhile; in the next reading it still is left alone, and then no more."""
    now = [0.0]
    held = replace(ONCE_MORE, back_off=60.0)
    answers: dict[str, Answer | Failure] = {people(1)[0].address: held}
    made, way = source(lambda question: answers.get(question.address) or page(whose(question)), clock=lambda: now[0])
    assert sum(isinstance(reading, Entries) for reading in read(made, people(30)).values()) == 29
    way.asked.clear()
    answers.clear()
    read(made, people(30))
    assert people(1)[0].address not in {question.address for batch in way.asked for question in batch}
    now[0] = 61.0
    assert all(isinstance(reading, Entries) for reading in read(made, people(30)).values())


def test_the_end_of_a_short_back_off_is_waited_for() -> None:
    """By that mailbox alone."""
    now = [0.0]
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    first = iter([replace(ONCE_MORE, back_off=2.0)])
    made, _ = source(lambda _: next(first, page()), clock=lambda: now[0], pause=pause)
    assert all(isinstance(reading, Entries) for reading in read(made, people(1)).values())
    assert waited == [2.0]


def test_a_server_that_is_gone_is_not_asked_for_everybody() -> None:
    """After fifty that failed for its sake the rest is told the same."""
    made, way = source(lambda _: GONE)
    found = read(made, people(1_000))
    assert set(found.values()) == {Unreadable("see what stands between")}
    assert sum(map(len, way.asked)) <= IN_A_ROW + 20 * 3 * SETTINGS.concurrency


def test_an_application_that_is_throttled_is_not_asked_for_everybody() -> None:
    """Where nobody at all is answered."""
    made, way = source(lambda _: BUSY)
    assert set(read(made, people(1_000)).values()) == {Unreadable("wait")}
    assert sum(map(len, way.asked)) <= IN_A_ROW + 20 * 3 * SETTINGS.concurrency


def test_mailboxes_that_are_throttled_while_others_are_not_end_no_reading() -> None:
    """Each of them is asked again and again, and they alone are left; their budgets are their own."""
    busy = {mailbox.address: iter([BUSY] * 8) for mailbox in people(400)[::40]}
    made, _ = source(lambda question: next(busy.get(question.address, iter(())), page(whose(question))))
    assert all(isinstance(reading, Entries) for reading in read(made, people(400)).values())


class HangingWay(TellingWay):
    """Whoever is asked for together with one of the `hanging` is not answered in time."""

    def __init__(self, *hanging: Mailbox) -> None:
        super().__init__(lambda question: page(whose(question)))
        self.hanging = {mailbox.address for mailbox in hanging}

    def ask(self, questions: Sequence[Question]) -> list[Answer | Failure]:
        """What is answered to each."""
        answers = super().ask(questions)
        return [LATE[0]] * len(answers) if self.hanging & {one.address for one in questions} else answers


def hanging_source(*hanging: Mailbox) -> tuple[ExchangeOnlineSource, HangingWay]:
    """A source that is answered so."""
    way = HangingWay(*hanging)
    return ExchangeOnlineSource(SETTINGS, ZONE, make_key, way, pause=lambda _: None), way


def test_a_mailbox_that_hangs_costs_few_others_their_reading() -> None:
    """Whoever was asked for together with it is asked for once more, in parts; it itself is not asked a third time."""
    made, way = hanging_source(people(1)[0])
    found = read(made, people(20))
    unread = {address for address, reading in found.items() if isinstance(reading, Unreadable)}
    assert (len(unread), people(1)[0].address in unread) == (5, True)
    assert sorted(map(len, way.asked)) == [5, 5, 5, 5, 20]


def test_those_who_hang_end_no_reading_for_others() -> None:
    """Though their answers come last, one after another."""
    made, _ = hanging_source(*people(100)[::20])
    found = read(made, people(100))
    assert sum(isinstance(reading, Entries) for reading in found.values()) == 75


def test_a_mailbox_that_hangs_alone_is_not_asked_again() -> None:
    """Nobody else has to do with it."""
    made, way = hanging_source(people(1)[0])
    assert not any(isinstance(reading, Entries) for reading in read(made, people(1)).values())
    assert len(way.asked) == 1


def test_a_server_of_which_nothing_comes_in_time_is_not_asked_for_everybody() -> None:
    """What was put back is not asked for either."""
    made, way = hanging_source(*people(1_000))
    assert not any(isinstance(reading, Entries) for reading in read(made, people(1_000)).values())
    assert sum(map(len, way.asked)) <= IN_A_ROW + 20 * 3 * SETTINGS.concurrency


def test_two_mailboxes_that_show_the_same_events_are_not_both_believed() -> None:
    """One of them was given the other's answer."""
    made, _ = source(lambda _: page(event()))
    found = read(made, people(2))
    assert sorted(isinstance(reading, Entries) for reading in found.values()) == [False, True]


def test_who_is_read_alone_and_shows_anothers_events_is_not_believed() -> None:
    """A sign has a mailbox read by itself; whose events these are, is not asked for then."""
    anna, bo = people(2)
    whose_events = {anna: anna, bo: bo}

    def answer(question: Question) -> Answer:
        shown = whose_events[next(one for one in (anna, bo) if one.address == question.address)]
        return page(event(id=f"id-{shown.address}", iCalUId=f"uid-{shown.address}"))

    made, _ = source(answer)
    made.fingerprints([anna.address, bo.address])
    assert all(isinstance(reading, Entries) for reading in read(made, [anna, bo]).values())
    whose_events[bo] = anna
    for _ in range(2):
        made.fingerprints([anna.address, bo.address])
        [told] = read(made, [bo]).values()
        assert isinstance(told, Unreadable)
        assert anna.address in told.remedy
    made.fingerprints([bo.address])
    [reading] = read(made, [bo]).values()
    assert isinstance(reading, Entries)


def test_a_bug_costs_its_mailboxes_their_reading_and_no_word_is_told() -> None:
    """What is raised while an answer is asked for may have a subject in it."""

    def answer(question: Question) -> Answer:
        if question.address == people(1)[0].address:
            raise ValueError(CANARY)
        return page(whose(question))

    made, _ = source(answer)
    with capture_logs() as logs:
        found = read(made, people(25))
    assert sum(isinstance(reading, Entries) for reading in found.values()) == 5
    assert [line["event"] for line in logs] == ["bug"]
    assert CANARY not in repr(logs) + repr(found)


# Threads


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("exchange-")}


def test_an_answer_that_does_not_come_is_waited_for_no_longer() -> None:
    """Its mailboxes are told; while it is still out they are not asked for again, and then they are."""
    before, come = _threads(), threading.Event()
    made, _ = source(
        lambda question: page(whose(question)) if come.wait(60) else GONE, limits=TimeLimits(any_result=0.1)
    )
    assert all(isinstance(reading, Unreadable) for reading in read(made, people(3)).values())
    assert all(
        "no answer yet" in reading.remedy
        for reading in read(made, people(3)).values()
        if isinstance(reading, Unreadable)
    )
    come.set()
    for thread in _threads() - before:
        thread.join(60)
    assert all(isinstance(reading, Entries) for reading in read(made, people(3)).values())


def test_a_reading_that_is_closed_leaves_no_thread() -> None:
    """Though most of it was still to come."""
    before = _threads()
    made, _ = source(lambda question: page(whose(question)))
    reading = made.read(people(500), WINDOW, parse)
    assert next(reading) is not None
    reading.close()
    for thread in _threads() - before:
        thread.join(60)
    assert not _threads() - before


def test_nothing_yet_is_told_while_nothing_comes() -> None:
    """About once a second."""
    come = threading.Event()
    made, _ = source(lambda question: page(whose(question)) if come.wait(60) else GONE)
    reading = made.read(people(1), WINDOW, parse)
    assert next(reading) is None
    come.set()
    assert [type(read) for one in reading if one is not None for read in one[1:]] == [Entries]


def test_a_moment_that_is_cut_does_not_move() -> None:
    """The year 9999 is one that nobody means."""
    far = {"dateTime": "9999-12-31T23:59:59.9999999", "timeZone": "UTC"}
    [entry] = one(lambda _: page(event(end=far))).entries
    assert entry.end == datetime(2032, 1, 1, tzinfo=UTC)
