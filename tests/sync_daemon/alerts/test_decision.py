"""What is to be mailed, of what is wrong, what who knows, and the time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync_daemon.alerts.decision import CLAIM, LONGEST_PAUSE, RATE, Due, decide, pause_after, sent, unsent
from sync_daemon.answers.health import Cause, HealthProblem
from sync_daemon.store import Alert
from sync_daemon.texts import Text

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _wrong(
    cause: Cause = Cause.DIRECTORY_REFUSED,
    tenant: str | None = "sorsele",
    since: datetime | None = None,
    which: str = "",
) -> HealthProblem:
    return HealthProblem(cause, tenant, since, Text("it is wrong"), "hanvisa check", which)


@dataclass
class Audience:
    """Somebody who is mailed; `works` is whether the mail server does."""

    works: bool = True
    alerts: Sequence[Alert] = ()
    mails: list[tuple[datetime, Due]] = field(default_factory=list)

    def looks(self, now: datetime, *problems: HealthProblem) -> list[str]:
        """What is mailed then, each as `begun …` or `over …`."""
        decision = decide("", problems, self.alerts, now)
        self.alerts = list(decision.alerts)
        if not decision.due:
            return []
        self.alerts = (sent if self.works else unsent)(self.alerts, decision.due, now)
        if self.works:
            self.mails.append((now, decision.due))
        return _told(decision.due) if self.works else []


def _told(due: Due) -> list[str]:
    begun = [f"begun {one.tenant} {one.cause}{one.which and ' '}{one.which}" for one in due.begun]
    return [*begun, *(f"over {one.tenant} {one.cause}" for one in due.over)]


def test_one_mail_when_it_begins_and_one_when_it_is_over() -> None:
    """However often somebody looks meanwhile; then nothing is left to remember."""
    audience, wrong = Audience(), _wrong()
    assert audience.looks(NOON) == []
    assert audience.looks(NOON + MINUTE, wrong) == ["begun sorsele directory_refused"]
    for minutes in range(2, 300):
        assert audience.looks(NOON + minutes * MINUTE, wrong) == []
    assert audience.looks(NOON + 300 * MINUTE) == ["over sorsele directory_refused"]
    assert audience.looks(NOON + 301 * MINUTE) == []
    assert audience.looks(NOON + 361 * MINUTE) == []
    assert audience.alerts == []


def test_a_trouble_that_is_over_says_since_when_it_was() -> None:
    """So whoever reads it knows how long phones may have been wrong."""
    audience = Audience()
    audience.looks(NOON, _wrong(since=NOON - 7 * MINUTE))
    audience.looks(NOON + 2 * RATE)
    [over] = audience.mails[-1][1].over
    assert over.began == NOON - 7 * MINUTE


def test_a_tenant_is_told_of_once_it_was_not_read_for_half_an_hour() -> None:
    """`status` says it after a quarter; one who reads it knows more than one who is woken up."""
    audience, wrong = Audience(), _wrong(Cause.NOT_READ, since=NOON)
    assert audience.looks(NOON + 29 * MINUTE, wrong) == []
    assert audience.looks(NOON + 30 * MINUTE, wrong) == ["begun sorsele not_read"]


def test_a_store_that_is_away_is_told_of_ten_minutes_after_it_was_first_missed() -> None:
    """Nobody else knows since when."""
    audience, wrong = Audience(), _wrong(Cause.STORE_UNAVAILABLE, tenant=None)
    assert [audience.looks(NOON + minutes * MINUTE, wrong) for minutes in (0, 9)] == [[], []]
    assert audience.looks(NOON + 10 * MINUTE, wrong) == ["begun None store_unavailable"]


def test_what_was_over_before_it_was_told_is_forgotten() -> None:
    """It begins anew where it comes again."""
    audience, wrong = Audience(), _wrong(Cause.STORE_UNAVAILABLE, tenant=None)
    audience.looks(NOON, wrong)
    audience.looks(NOON + 5 * MINUTE)
    assert audience.alerts == []
    assert audience.looks(NOON + 12 * MINUTE, wrong) == []


def test_what_only_status_tells_of_is_not_mailed() -> None:
    """A mailbox that cannot be read is a line there."""
    audience = Audience()
    assert audience.looks(NOON, _wrong(Cause.SOME_UNREADABLE, since=NOON - 99 * RATE)) == []


def test_several_at_once_are_one_mail() -> None:
    """Of all tenants, what begins beside what is over."""
    audience, first = Audience(), _wrong(tenant="malå")
    audience.looks(NOON, first)
    others = _wrong(Cause.CERTIFICATE_ENDS), _wrong()
    told = audience.looks(NOON + RATE, *others)
    assert sorted(told) == [
        "begun sorsele certificate_ends",
        "begun sorsele directory_refused",
        "over malå directory_refused",
    ]
    assert len(audience.mails) == 2


def test_what_comes_and_goes_is_told_once_an_hour() -> None:
    """And then as it is: an hour later it is over, or it is not."""
    audience, wrong = Audience(), _wrong()
    for minutes in range(0, 360, 5):
        audience.looks(NOON + minutes * MINUTE, *([wrong] if minutes % 10 == 0 else []))
    times = [at for at, _ in audience.mails]
    assert len(times) == 6
    assert all(later - earlier >= RATE for earlier, later in itertools.pairwise(times))


def test_a_held_set_that_is_named_anew_is_not_over() -> None:
    """The brake still holds; after an hour the new name is told, which is what is typed."""
    audience = Audience()
    assert audience.looks(NOON, _wrong(Cause.HELD_BACK, which="a1")) == ["begun sorsele held_back a1"]
    assert audience.looks(NOON + 5 * MINUTE, _wrong(Cause.HELD_BACK, which="b2")) == []
    assert audience.looks(NOON + RATE, _wrong(Cause.HELD_BACK, which="b2")) == ["begun sorsele held_back b2"]
    assert audience.looks(NOON + 3 * RATE, _wrong(Cause.HELD_BACK, which="c3")) == ["begun sorsele held_back c3"]
    assert audience.looks(NOON + 5 * RATE) == ["over sorsele held_back"]


def test_what_could_not_be_sent_is_tried_again_after_a_growing_pause() -> None:
    """A minute, two, four, up to half an hour; when the server answers it is told, also where it took a night."""
    audience, wrong = Audience(works=False), _wrong()
    tries, now = [], NOON
    for _ in range(12 * 60):
        before = audience.alerts
        audience.looks(now, wrong)
        if audience.alerts != before and audience.alerts[0].tries:
            tries.append(now)
        now += MINUTE
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert pauses[:6] == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16, 30)]
    assert set(pauses[6:]) == {LONGEST_PAUSE}
    audience.works = True
    assert audience.looks(now + LONGEST_PAUSE, wrong) == ["begun sorsele directory_refused"]


def test_pauses_do_not_grow_beyond_all_bounds() -> None:
    """After a year without a server as well."""
    assert pause_after(100_000) == LONGEST_PAUSE


def test_who_is_about_to_mail_keeps_others_from_it() -> None:
    """`run` and cron look at the same moment; one who dies before it has mailed delays it by some minutes."""
    wrong = [_wrong()]
    first = decide("", wrong, (), NOON)
    assert first.due
    assert not decide("", wrong, first.alerts, NOON + MINUTE).due
    assert decide("", wrong, first.alerts, NOON + CLAIM).due


def test_a_clock_that_was_set_back_silences_nothing() -> None:
    """What was told, or is to be tried, at a time that is yet to come."""
    audience, wrong = Audience(), _wrong()
    audience.looks(NOON, wrong)
    assert audience.looks(NOON - timedelta(days=30)) == ["over sorsele directory_refused"]
    waiting = [replace(alert, told=False, next_try=NOON) for alert in decide("", [wrong], (), NOON).alerts]
    assert decide("", [wrong], waiting, NOON - timedelta(days=30)).due


def test_a_cause_of_a_newer_version_is_left_out() -> None:
    """Its store came back to an older one: nothing can be said of it."""
    unknown = Alert("", "moon_eclipsed", "sorsele", "", NOON, told=True, told_at=NOON)
    assert not decide("", [], [unknown], NOON + 2 * RATE).due


_CAUSES = st.sampled_from((Cause.DIRECTORY_REFUSED, Cause.HELD_BACK, Cause.MANY_UNREADABLE))
_PROBLEMS = st.builds(_wrong, _CAUSES, st.sampled_from(("sorsele", "malå")), which=st.sampled_from(("", "a1")))


@given(st.lists(st.tuples(st.integers(1, 40), st.frozensets(_PROBLEMS), st.booleans()), max_size=40))
def test_of_no_cause_more_than_one_mail_an_hour_and_in_the_end_all_is_known(
    looks: Iterable[tuple[int, frozenset[HealthProblem], bool]],
) -> None:
    """Whatever comes and goes, whenever somebody looks, whether the server works or not."""
    audience, now, wrong = Audience(), NOON, frozenset[HealthProblem]()
    for minutes, wrong, works in looks:
        now, audience.works = now + minutes * MINUTE, works
        audience.looks(now, *wrong)
    audience.works = True
    for _ in range(3):
        now += 61 * MINUTE
        audience.looks(now, *wrong)
    told: dict[tuple[str | None, Cause], list[datetime]] = {}
    for at, due in audience.mails:
        for whose in {*((one.tenant, one.cause) for one in due.begun), *((one.tenant, one.cause) for one in due.over)}:
            told.setdefault(whose, []).append(at)
    for times in told.values():
        assert all(later - earlier >= RATE for earlier, later in itertools.pairwise(times))
    assert {(a.tenant, a.cause) for a in audience.alerts if a.told} == {(one.tenant, one.cause.value) for one in wrong}
