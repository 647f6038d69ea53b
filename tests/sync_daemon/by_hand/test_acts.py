"""What is done to a phone by hand, whoever calls: what it comes to, what is refused, and who may take what back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from rules.brake import Waiting
from rules.command import Mode, Phone
from rules.referral import in_force
from sync_daemon import by_hand
from sync_daemon.by_hand import Done, Hand, NothingToDo, NothingToWithdraw, Refused, Wish
from sync_daemon.texts import in_language
from tests.sync_daemon.board.town import TEN, Town, local, town

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync_daemon.by_hand.refusals import Field


@pytest.fixture
def sorsele(tmp_path: Path) -> Iterator[Town]:
    """Anna (4711) is in a meeting from 9 to 13, Bo (4712) is there; it is ten o'clock."""
    with town(tmp_path) as made:
        yield made


def _hand(town: Town, name: str = "Bo Öberg", **who: Any) -> Hand:  # noqa: ANN401 - what a Hand takes
    tenants = {tenant.id: tenant for tenant in town.place.settings.tenants}
    person = town.people[name]
    return Hand(town.store, tenants[person.tenant], person, **{"by": "Eva", "now": TEN.astimezone(UTC), **who})


def _system(town: Town, name: str = "Bo Öberg") -> Hand:
    return _hand(town, name, by="trio", origin="trio")


def test_a_referral_is_set_and_told_in_either_language(sorsele: Town) -> None:
    """Its reason in the words of the configuration, its times local."""
    done = by_hand.refer(_hand(sorsele), Wish(until=local("13:00"), reason="meeting", number="4711"))
    assert done.text == (
        "Bo Öberg (4712) is referred: in a meeting, 10:00 to 13:00; the phone is closed;"
        " 4711 (Anna Ek) is told to the caller."
    )
    told = in_language(done.text, "sv")
    assert told == (
        "Bo Öberg (4712) är hänvisad: sammanträde, 10.00 till 13.00; telefonen är stängd;"
        " 4711 (Anna Ek) meddelas den som ringer."
    )
    assert done.referral is not None
    assert (done.referral.origin, done.referral.set_by, done.referral.phone) == ("operator", "Eva", Phone.CLOSED)
    assert done.referral.alternative is not None
    assert (done.referral.alternative.number, done.referral.alternative.mode) == ("4711", Mode.INFO)


def test_where_the_phone_stays_open_the_alternative_is_told(sorsele: Town) -> None:
    """Nothing is connected past a phone that is open."""
    wish = Wish(until=local("13:00"), phone=Phone.OPEN, number="4711", mode=Mode.CONNECT)
    made = by_hand.refer(_hand(sorsele), wish).referral
    assert made is not None
    assert made.alternative is not None
    assert made.alternative.mode is Mode.INFO


@pytest.mark.parametrize(
    ("field", "wish"),
    [
        ("until", Wish(until=local("8:00"))),
        ("from", Wish(until=local("13:00"), start=local("8:00"))),
        ("until", Wish(until=local("11:00"), start=local("12:00"))),
        ("until", Wish(until=local("9:58"), start=local("9:50"))),
        ("until", Wish(until=local("13:00") + timedelta(days=6 * 366))),
        ("reason", Wish(until=local("13:00"), reason=" \u3164 ")),
        ("alternative", Wish(until=local("13:00"), number="4712")),
        ("alternative", Wish(until=local("13:00"), number="112")),
        ("alternative", Wish(until=local("13:00"), number="9999")),
    ],
)
def test_what_is_refused_names_what_is_to_be_mended(sorsele: Town, field: Field, wish: Wish) -> None:
    """And nothing is written."""
    with pytest.raises(Refused) as refused:
        by_hand.refer(_hand(sorsele), wish)
    assert refused.value.field == field
    assert in_language(refused.value.text, "sv") != refused.value.text
    assert by_hand.possible_acts(_hand(sorsele)).withdraws == ()


def test_an_opening_ends_what_is_in_force_and_can_be_taken_back(sorsele: Town) -> None:
    """Each is told with what becomes of the phone."""
    anna = _hand(sorsele, "Anna Ek")
    done = by_hand.open_phone(anna)
    assert done.text == (
        "Anna Ek's phone is open from 10:00; the referral (in a meeting) would have lasted until 13:00."
        " No referral that is known closes it after that."
    )
    assert sorsele.store.in_force(anna.now) == []
    undone = by_hand.undo_opening(anna)
    assert (
        undone.text
        == "The opening of Anna Ek's phone at 10:00 is taken back; in force again: in a meeting until 13:00."
    )
    assert {one.subscriber_id for one in sorsele.store.in_force(anna.now)} == {anna.person.id}


def test_where_there_is_nothing_to_do_that_is_said(sorsele: Town) -> None:
    """Of somebody who is there nothing is opened, taken back or withdrawn."""
    for act in (by_hand.open_phone, by_hand.undo_opening, by_hand.withdraw):
        with pytest.raises(NothingToDo) as refused:
            act(_hand(sorsele))
        assert refused.value.field is None


def test_a_referral_that_another_hides_is_withdrawn_alone(sorsele: Town) -> None:
    """By its id; what hides it, and the calendar's, stay."""
    anna = _hand(sorsele, "Anna Ek")
    first = by_hand.refer(anna, Wish(until=local("12:00"), reason="lunch")).referral
    assert first is not None
    by_hand.refer(anna, Wish(until=local("11:00"), reason="ill"))
    done = by_hand.withdraw(replace(anna, now=anna.now + timedelta(minutes=1)), referral=first.id)
    assert done.text == (
        "Anna Ek (+46701234567, 4711): lunch, 10:00 to 12:00, set by Eva, is withdrawn. The phone stays closed until"
        " 13:00: ill."
    )
    assert [one.reason for one in anna.referrals(local("10:02"))] == ["meeting", "ill"]


def test_what_is_to_come_is_named_where_nothing_is_in_force(sorsele: Town) -> None:
    """So that whoever asks can say which one."""
    bo = _hand(sorsele)
    by_hand.refer(bo, Wish(until=local("15:00"), start=local("14:00"), reason="dentist"))
    with pytest.raises(NothingToWithdraw) as refused:
        by_hand.withdraw(bo)
    assert refused.value.text.endswith("to come: dentist from 2026-11-24 14:00")
    assert [one.reason for one in refused.value.coming] == ["dentist"]
    assert by_hand.withdraw(bo, begins=local("14:00")).referral is None


def test_another_system_withdraws_only_its_own(sorsele: Town) -> None:
    """An operator's stays; the operator may withdraw the system's."""
    bo, trio = _hand(sorsele), _system(sorsele)
    by_hand.refer(trio, Wish(until=local("12:00"), reason="course"))
    by_hand.refer(bo, Wish(until=local("11:00"), reason="lunch"))
    assert by_hand.withdraw(trio).text.startswith("Bo Öberg (4712): course, ")
    with pytest.raises(NothingToWithdraw):
        by_hand.withdraw(trio)
    with pytest.raises(NothingToWithdraw):
        by_hand.withdraw(trio, begins=local("10:00"))
    by_hand.refer(trio, Wish(until=local("12:00"), reason="course"))
    assert by_hand.withdraw(bo, begins=local("10:00")).text.startswith("Bo Öberg (4712): course, ")


def test_another_system_takes_back_only_its_own_opening(sorsele: Town) -> None:
    """It opens any phone; what an operator opened it does not close."""
    anna, trio = _hand(sorsele, "Anna Ek"), _system(sorsele, "Anna Ek")
    by_hand.open_phone(trio)
    assert by_hand.possible_acts(trio).undoes == TEN
    by_hand.undo_opening(trio)
    by_hand.open_phone(anna)
    assert by_hand.possible_acts(trio).undoes is None
    with pytest.raises(NothingToDo, match="not opened last by trio"):
        by_hand.undo_opening(trio)
    assert by_hand.undo_opening(anna).referral is not None


def test_what_another_system_sets_twice_is_one(sorsele: Town) -> None:
    """It had no answer to the first; were there two, taking one back would leave the phone closed."""
    wish = Wish(until=local("12:00"), start=local("10:00"), reason="course", number="4711")
    with capture_logs() as logged:
        first, second = (by_hand.refer(_system(sorsele), wish).referral for _ in range(2))
        by_hand.refer(_system(sorsele), replace(wish, until=local("12:01")))
    assert first == second
    assert [one["event"] for one in logged] == ["referral_set", "referral_set"]


LATER = timedelta(minutes=2)
COURSE = Wish(until=local("12:00"), reason="course", number="4711")


@pytest.mark.parametrize("wish", [COURSE, replace(COURSE, start=local("9:30")), replace(COURSE, start=local("11:00"))])
@pytest.mark.parametrize("act", [by_hand.refer, by_hand.refer_instead])
def test_what_an_operator_sets_again_for_want_of_an_answer_is_one(
    sorsele: Town, wish: Wish, act: Callable[[Hand, Wish], Done]
) -> None:
    """The store had written it when the connection went; nobody is asked about that one, nor is it taken back."""
    before = by_hand.refer(_hand(sorsele), Wish(until=local("12:30"), reason="lunch")).referral
    first_time = replace(_hand(sorsele), now=_hand(sorsele).now + timedelta(minutes=1))
    second_time = replace(first_time, now=first_time.now + LATER)
    with capture_logs() as logged:
        first = by_hand.refer(first_time, wish).referral
        assert by_hand.overlapping(second_time, wish) == (before,)
        second = act(second_time, wish).referral
    assert first == second
    told = ["referral_set"] if act is by_hand.refer else ["referral_set", "referral_withdrawn"]
    assert [one["event"] for one in logged] == told
    left = [one for one in second_time.referrals(second_time.now) if not one.by_calendar]
    assert len(left) == len(told) % 2 + 1
    assert first in left


@pytest.mark.parametrize("wish", [COURSE, replace(COURSE, start=local("10:00"))])
@pytest.mark.parametrize(
    "between",
    [
        lambda hand: by_hand.refer(hand, Wish(until=local("12:00"), reason="lunch")),
        lambda hand: by_hand.refer(replace(hand, by="trio", origin="trio"), COURSE),
        by_hand.open_phone,
        by_hand.withdraw,
    ],
    ids=["another by hand", "another system", "opened", "withdrawn"],
)
def test_what_somebody_did_in_between_is_not_answered_with_what_was_before(
    sorsele: Town, wish: Wish, between: Callable[[Hand], Done]
) -> None:
    """The one set last holds: it must be what was asked for last."""
    hand = _hand(sorsele)
    first = by_hand.refer(hand, wish).referral
    between(replace(hand, now=hand.now + LATER / 2))
    later = replace(hand, now=hand.now + LATER)
    second = by_hand.refer(later, wish).referral
    assert first is not None
    assert second is not None
    assert second.id != first.id
    assert in_force(later.referrals(later.now), later.now) == second


@pytest.mark.parametrize(
    ("who", "wish"),
    [
        ({"by": "Kim"}, COURSE),
        ({"now": TEN.astimezone(UTC) + timedelta(minutes=11)}, COURSE),
        ({"name": "Anna Ek"}, replace(COURSE, number="4712")),
        *(({}, replace(COURSE, **other)) for other in (
            {"until": local("12:01")}, {"reason": "lunch"}, {"phone": Phone.OPEN}, {"number": None},
            {"mode": Mode.CONNECT}, {"start": local("10:01")},
        )),
    ],
)  # fmt: skip
def test_whatever_is_otherwise_is_another_one(sorsele: Town, who: dict[str, Any], wish: Wish) -> None:
    """Another name, person or time, or long after."""
    first = by_hand.refer(_hand(sorsele), COURSE).referral
    second = by_hand.refer(_hand(sorsele, **{"now": TEN.astimezone(UTC) + LATER, **who}), wish).referral
    assert first is not None
    assert second is not None
    assert first.id != second.id


def test_what_can_be_done_is_listed(sorsele: Town) -> None:
    """Opening while something is in force, taking back while that closes anything, withdrawing what is set by hand."""
    anna = _hand(sorsele, "Anna Ek")
    by_hand.refer(anna, Wish(until=local("12:00"), reason="lunch"))
    can = by_hand.possible_acts(anna)
    assert ([one.reason for one in can.opens], can.undoes, [one.reason for one in can.withdraws]) == (
        ["lunch", "meeting"],
        None,
        ["lunch"],
    )
    by_hand.open_phone(anna)
    can = by_hand.possible_acts(anna)
    assert (can.opens, can.undoes, can.withdraws) == ((), TEN, ())
    later = replace(anna, now=local("13:00").astimezone(UTC))
    assert by_hand.possible_acts(later).undoes is None


def test_the_log_says_who_did_it_and_which_system(sorsele: Town) -> None:
    """Each act is an event with the name; that of another system names it as well."""
    with capture_logs() as logged:
        by_hand.refer(_system(sorsele), Wish(until=local("12:00")))
        by_hand.withdraw(_hand(sorsele))
        by_hand.open_phone(_hand(sorsele, "Anna Ek"))
        by_hand.undo_opening(_hand(sorsele, "Anna Ek"))
    assert [(one["event"], one["by"], one.get("system"), one["mailbox"]) for one in logged] == [
        ("referral_set", "trio", "trio", "bo@sorsele.se"),
        ("referral_withdrawn", "Eva", None, "bo@sorsele.se"),
        ("opening", "Eva", None, "anna@sorsele.se"),
        ("opening_undone", "Eva", None, "anna@sorsele.se"),
    ]


def test_a_held_set_is_approved_by_its_name(sorsele: Town) -> None:
    """Once; a name that is none is told with those that there are."""
    store, (tenant, *_) = sorsele.store, sorsele.place.settings.tenants
    now = TEN.astimezone(UTC)
    store.hold(tenant.id, "0b81", {"anna@sorsele.se": Waiting(now, 1)}, now, "leavers")
    with pytest.raises(NothingToDo, match="held back there: 0b81"):
        by_hand.approve(store, tenant, "0b82", "Eva", now)
    approval = by_hand.approve(store, tenant, "0b81", "Eva", now)
    assert approval.text == "Set 0b81 of sorsele is approved: what it held, 1, goes through at the next cycle."
    assert (approval.others, approval.stays) == (0, ())
    assert store.held_sets(tenant.id, "leavers")[0].approved_by == "Eva"


@pytest.mark.parametrize("number", ["4711", " 4711 ", "070-123 45 67", "0046701234567"])
def test_somebody_is_named_by_a_number_in_any_spelling(sorsele: Town, number: str) -> None:
    """One of theirs, as the command line takes it; among these tenants only."""
    tenants = sorsele.place.settings.tenants
    found = by_hand.whose(sorsele.store, tenants, number)
    assert found is not None
    assert (found[0].id, found[1].name) == ("sorsele", "Anna Ek")
    assert by_hand.whose(sorsele.store, [one for one in tenants if one.id == "mala"], number) is None
    assert by_hand.whose(sorsele.store, [], number) is None
