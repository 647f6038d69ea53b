"""Who is who when the directory changes: another mailbox, a successor, two that are one, one that is two.

See docs/rules.md §9.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.municipality import Calendar
from tests.configuration import tenant_table

if TYPE_CHECKING:
    from tests.acceptance.municipality import Municipality

SICK = "24 06:00 - 27 17:00 closed sick"
MEETING = "24 09:00 - 24 16:05 closed meeting"


def _refers(town: Municipality, extension: str, at: str = "06:00") -> None:
    times = ("--from", f"2026-11-24T{at}", "--until", "2026-11-27T17:00")
    assert town.hanvisa("refer", extension, *times, "--reason", "sick", "--by", "eva").code == 0


def _opens(town: Municipality, extension: str, at: str) -> None:
    assert town.hanvisa("open", extension, "--at", f"2026-11-24T{at}").code == 0


def _in_force(town: Municipality, at: str) -> dict[str, str]:
    return {row["extension"]: row["reason"] for row in town.referrals(at, every=False)}


def _logged(town: Municipality, event: str) -> list[dict[str, Any]]:
    lines = (town.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line["event"] == event]


def _becomes(town: Municipality, who: str, mailbox: str, name: str, extensions: str) -> Calendar:
    """Whose line it is has another mailbox; the calendar is in a file of that name."""
    old = town.folder / "calendars" / f"{town.lines[who].partition(',')[0]}.ics"
    town.lists(who, f"{mailbox},{name},{extensions},,")
    new = old.with_name(f"{mailbox}.ics")
    old.rename(new)
    return Calendar(new)


def _subscribers(town: Municipality, *arguments: str) -> Any:  # noqa: ANN401 - JSON
    result = town.hanvisa("subscriber", *arguments, "--json")
    assert result.code == 0, result.err
    return result.json


def test_the_mail_domain_changes_and_nobody_notices(town: Municipality) -> None:
    """Forty are closed, five of them by hand, and one has opened: all is as before under the new domain."""
    for n in range(40):
        town.moves_in(f"p{n}", str(4800 + n)).books("SAM:", "09:00", "16:00")
    town.once("09:30")
    for n in range(5):
        _refers(town, str(4800 + n), "09:30")
    _opens(town, "4839", "09:40")
    before = _in_force(town, "10:00")
    for n in range(40):
        _becomes(town, f"p{n}", f"p{n}@sorsele.example", f"P{n}", str(4800 + n))
    result = town.once("10:00")
    assert (result.code, result.json[0]["removed"], result.json[0]["updated"]) == (0, 0, 0)
    assert (len(before), list(before.values()).count("sick")) == (39, 5)
    assert _in_force(town, "10:00") == before
    assert len(_logged(town, "subscriber_renamed")) == 40
    assert _logged(town, "subscriber_renamed")[0]["former"] == "p0@sorsele.se"
    assert _logged(town, "subscriber_left") == []


@pytest.mark.parametrize("mailbox", ["anna.ek@sorsele.se", "anna.ek@ny.example"])
def test_who_marries_stays_on_sick_leave(town: Municipality, mailbox: str) -> None:
    """All extensions and the given name are the same; what an operator has set stays, whatever the calendar says."""
    town.lists("anna", "anna.berg@sorsele.se,Anna Berg,4711 oe:0701740605,,")
    (town.folder / "calendars" / "anna@sorsele.se.ics").rename(town.folder / "calendars" / "anna.berg@sorsele.se.ics")
    town.once("06:00")
    _refers(town, "4711")
    _becomes(town, "anna", mailbox, "Anna Ek", "4711 oe:0701740605")
    assert town.once("06:05").code == 0
    assert town.rows("06:05") == town.rows("06:05", "+46701740605") == [SICK]


def test_a_phone_that_was_opened_stays_open_under_another_mailbox(town: Municipality) -> None:
    """Her openings are hers, and the entries are the same ones."""
    town.anna.books("SAM:", "09:00", "12:00")
    town.once("09:00")
    _opens(town, "4711", "09:30")
    _becomes(town, "anna", "anna.ek@sorsele.se", "Anna", "4711")
    town.once("09:35")
    assert _in_force(town, "09:35") == {}
    assert town.hanvisa("open", "4711", "--undo", "--at", "2026-11-24T09:40").code == 0
    assert _in_force(town, "09:40") == {"4711": "meeting"}


def test_what_the_calendar_said_stays_until_the_new_mailbox_has_been_read_whole(town: Municipality) -> None:
    """Nothing of it is removed or shortened while the new one is missing, or read in part; then the new one counts."""
    uid = town.anna.books("SAM:", "09:00", "16:00")
    town.anna.books("SAM:", "17:00", "18:00")
    town.once("06:00")
    before = town.rows()
    new = _becomes(town, "anna", "anna@ny.example", "Anna", "4711")
    whole = new.path.read_bytes()
    new.path.unlink()
    assert town.after("06:05") == before
    new.events = {"x": "BEGIN:VEVENT\r\nUID:x\r\nDTSTART:rubbish\r\nSUMMARY:SAM:\r\nEND:VEVENT"}
    new.books("SAM:", "09:00", "10:00", uid=uid)
    assert town.once("06:10").json[0]["incomplete"] == 1
    assert town.rows() == before
    new.path.write_bytes(whole)
    assert town.after("06:15") == before
    new.events.clear()
    new.books("SAM:", "09:00", "10:00", uid=uid)
    assert town.after("06:20") == ["24 09:00 - 24 10:05 closed meeting"]


def test_an_empty_new_mailbox_that_was_read_whole_counts(town: Municipality) -> None:
    """Then nothing is booked."""
    town.anna.books("SAM:", "09:00", "16:00")
    town.once("06:00")
    new = _becomes(town, "anna", "anna@ny.example", "Anna", "4711")
    new.path.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", encoding="utf-8")
    assert town.after("06:05") == []


def test_a_successor_inherits_nothing_but_what_was_set_by_hand_on_the_number(town: Municipality) -> None:
    """Nothing of the calendar and no opening; an operator's referral stays to its end. It is told."""
    uid = town.anna.books("SAM:", "09:00", "16:00")
    town.once("09:00")
    _opens(town, "4711", "09:30")
    _refers(town, "4711", "09:30")
    town.moves_out("anna")
    town.moves_in("cilla", "4711").books("SAM:", "09:00", "16:00", uid=uid)
    assert town.once("10:00").code == 0
    assert town.rows("10:00") == [MEETING, "24 09:30 - 27 17:00 closed sick"]
    (told,) = _logged(town, "subscriber_succeeded")
    assert (told["mailbox"], told["former"], told["extension"], told["count"]) == (
        *("cilla@sorsele.se", "anna@sorsele.se", "4711"),
        1,
    )


def test_a_successor_gets_no_meeting_of_the_former_one(town: Municipality) -> None:
    """The number is open at once, and no change of the former one's is the successor's."""
    town.anna.books("SAM:", "09:00", "16:00")
    town.once("09:00")
    town.moves_out("anna")
    town.moves_in("cilla", "4711")
    town.once("10:00")
    assert _in_force(town, "10:00") == {}
    assert town.hanvisa("explain", "4711", "--json", "--at", "2026-11-24T10:00").json["changes"] == []


def test_an_open_referral_by_hand_of_the_successor_can_be_ended(town: Municipality) -> None:
    """`open` on the number ends what stayed on it."""
    town.once("06:00")
    _refers(town, "4711")
    town.moves_out("anna")
    town.moves_in("cilla", "4711")
    town.once("06:05")
    _opens(town, "4711", "06:10")
    town.once("06:15")
    assert _in_force(town, "06:15") == {}


def test_a_colleague_gets_the_number_when_what_was_set_by_hand_on_it_is_over(town: Municipality) -> None:
    """It stays on that number, and does not close the colleague's own phone."""
    town.once("06:00")
    _refers(town, "4711")
    town.moves_out("anna")
    town.lists("bo", "bo@sorsele.se,Bo,4712 4711,,")
    waiting = town.hanvisa("once", "--at", "2026-11-24T06:05")
    assert "4711 stays with anna@sorsele.se" in waiting.out
    assert _in_force(town, "06:05") == {"4711": "sick"}
    _opens(town, "4711", "06:10")
    assert town.once("06:15").code == 0
    town.bo.books("SAM:", "09:00", "16:00")
    town.once("06:20")
    assert town.rows("06:20") == town.rows("06:20", "4712") == [MEETING]


def test_the_best_match_wins_and_nobody_is_two(town: Municipality) -> None:
    """Two come for one who left: the part before the @ tells more than the name."""
    town.lists("anna", "anna.berg@sorsele.se,Anna Berg,4711 4713,,")
    town.once("06:00")
    _refers(town, "4711")
    town.moves_out("anna")
    town.lists("other", "a.b@ny.example,Anna Berg,4711,,")
    town.lists("same", "anna.berg@ny.example,A Berg,4713,,")
    town.once("06:05")
    (renamed,) = _logged(town, "subscriber_renamed")
    assert renamed["mailbox"] == "anna.berg@ny.example"
    assert [one["mailbox"] for one in _logged(town, "subscriber_succeeded")] == []
    assert _in_force(town, "06:05") == {"4713": "sick"}


def test_a_wrong_guess_that_two_are_two_is_put_right(town: Municipality) -> None:
    """`subscriber same`: sick leave, opening and meetings go on under the new mailbox, and its calendar counts."""
    town.anna.books("SAM:", "09:00", "12:00", uid="a")
    town.once("09:00")
    _opens(town, "4711", "09:30")
    _refers(town, "4711", "09:30")
    town.moves_out("anna")
    new = town.moves_in("maria", "4711")
    new.books("SAM:", "09:00", "12:00", uid="a")
    new.books("SAM:", "13:30", "15:00")
    town.once("10:00")
    assert _in_force(town, "10:00") == {"4711": "sick"}
    joined = _subscribers(town, "same", "anna@sorsele.se", "maria@sorsele.se", "--at", "2026-11-24T10:05")
    assert (joined["mailbox"], joined["former_mailbox"], joined["extensions"]) == (
        *("maria@sorsele.se", "anna@sorsele.se"),
        ["4711"],
    )
    assert town.once("10:10").code == 0
    assert town.rows("10:10") == [SICK.replace("06:00", "09:30"), "24 13:30 - 24 15:05 closed meeting"]
    _opens(town, "4711", "10:15")
    town.once("10:20")
    assert _in_force(town, "10:20") == {}
    causes = [
        one["cause"] for one in town.hanvisa("explain", "4711", "--json", "--at", "2026-11-24T10:20").json["changes"]
    ]
    assert {"booked", "opened", "by-hand", "same-person"} <= {*causes}


def test_two_in_one_meeting_are_joined_without_a_gap(town: Municipality) -> None:
    """Both have the meeting in the store when they are said to be one: the phone stays closed."""
    town.anna.books("SAM:", "09:00", "12:00", uid="a")
    town.once("09:00")
    town.moves_out("anna")
    new = town.moves_in("maria", "4711")
    new.books("SAM:", "09:15", "14:00", uid="b")
    town.once("09:30")
    _subscribers(town, "same", "anna@sorsele.se", "maria@sorsele.se", "--at", "2026-11-24T10:00")
    assert _in_force(town, "10:00") == {"4711": "meeting"}
    assert town.rows("10:00")[0].endswith("24 14:05 closed meeting")
    assert town.once("10:05").code == 0
    assert town.rows("10:05")[0].endswith("24 14:05 closed meeting")


def test_a_wrong_guess_that_two_are_one_is_put_right(town: Municipality) -> None:
    """`subscriber split`: from then on nothing of the former one's is theirs but what was set by hand on the number."""
    town.anna.books("SAM:", "09:00", "16:00", uid="a")
    town.once("09:00")
    _refers(town, "4711", "09:00")
    new = _becomes(town, "anna", "anna@ny.example", "Anna Other", "4711")
    new.events.clear()
    new.books("SAM:", "13:30", "15:00")
    town.once("09:30")
    own = "24 13:30 - 24 15:05 closed meeting"
    assert town.rows("09:30") == [SICK.replace("06:00", "09:00"), own]
    before = _subscribers(town, "split", "anna@ny.example", "--at", "2026-11-24T09:35")
    assert before["former_mailbox"] is None
    assert town.rows("09:35") == [SICK.replace("06:00", "09:00"), own]
    assert town.once("09:40").code == 0
    assert town.rows("09:40") == [SICK.replace("06:00", "09:00"), own]
    town.moves_out("anna")
    town.moves_in("anna", "4711")
    town.once("09:45")
    assert town.hanvisa("subscriber", "split", "anna@sorsele.se").code == 2


def test_a_split_before_the_new_calendar_could_be_read_leaves_the_former_one_their_meetings(town: Municipality) -> None:
    """What the store holds until then is the former one's."""
    town.anna.books("SAM:", "09:00", "16:00")
    town.once("09:00")
    _becomes(town, "anna", "anna@ny.example", "Anna Other", "4711").path.unlink()
    town.once("09:30")
    assert _in_force(town, "09:30") == {"4711": "meeting"}
    _subscribers(town, "split", "anna@ny.example", "--at", "2026-11-24T09:35")
    assert _in_force(town, "09:35") == {}
    town.once("09:40")
    assert _in_force(town, "09:40") == {}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("same", "bo@sorsele.se", "anna@sorsele.se"), "has not left"),
        (("same", "nobody@sorsele.se", "anna@sorsele.se"), "nobody in sorsele has or had"),
        (("same", "eva@sorsele.se", "eva@sorsele.se"), "is not in the directory"),
        (("split", "anna@sorsele.se"), "has not been taken for anybody else"),
        (("split", "nobody@sorsele.se"), "nobody in sorsele has or had"),
        (("split", "anna@sorsele.se", "--tenant", "malå"), "there is no tenant"),
    ],
)
def test_what_cannot_be_is_refused(town: Municipality, arguments: tuple[str, ...], told: str) -> None:
    """With a clear word, and 2."""
    town.moves_in("eva", "4714")
    town.once("06:00")
    town.moves_out("eva")
    town.once("06:05")
    result = town.hanvisa("subscriber", *arguments)
    assert result.code == 2
    assert told in result.err


@pytest.mark.parametrize("time", ["2199-01-01T00:00", "2020-01-01T00:00"])
@pytest.mark.parametrize("command", ["same", "split"])
def test_who_is_who_is_said_of_now(town: Municipality, command: str, time: str) -> None:
    """A slip of the pen in the time is refused: what was set by hand would be over by then, and the phone open."""
    town.once("06:00")
    _refers(town, "4711")
    if command == "same":
        town.moves_out("anna")
        town.moves_in("annika", "4711")
        mailboxes = ["anna@sorsele.se", "annika@sorsele.se"]
    else:
        _becomes(town, "anna", "anna@ny.se", "Anna", "4711")
        mailboxes = ["anna@ny.se"]
    town.once("06:10")
    before = town.referrals("06:20")
    result = town.hanvisa("subscriber", command, *mailboxes, "--at", time)
    assert (result.code, town.referrals("06:20")) == (2, before)
    assert "leave the time out for now" in result.err


def test_two_tenants_exchange_their_numbers(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nobody is anybody else's self in another tenant; what was set by hand on a number stays on it."""
    from tests.acceptance.municipality import Municipality  # noqa: PLC0415 - the town is another one here

    town = Municipality(tmp_path_factory.mktemp("two"), tenant_table("mala"))
    _mala(town, "cilla@mala.se,Cilla,5001")
    town.once("06:00")
    _refers(town, "4711")
    town.moves_out("anna")
    _mala(town, "dag@mala.se,Dag,5002")
    town.once("06:05")
    town.lists("cilla", "cilla@sorsele.se,Cilla,5001,,")
    _mala(town, "anna@sorsele.se,Anna,4711")
    for at in ("06:10", "06:15"):
        town.once(at)
    assert _logged(town, "subscriber_renamed") == []
    assert [(one["tenant"], one["extension"], one["reason"]) for one in town.referrals("06:15")] == [
        ("mala", "4711", "sick")
    ]


def _mala(town: Municipality, *lines: str) -> None:
    text = "\n".join(("mailbox,name,extensions", *lines, ""))
    (town.folder / "mala.csv").write_text(text, encoding="utf-8")
    for line in lines:
        Calendar(town.folder / "calendars" / f"{line.partition(',')[0]}.ics").has("UID:x", "SUMMARY:Fika")


def test_who_left_and_comes_back_is_who_they_were(town: Municipality) -> None:
    """Under the same mailbox; their openings and what was set by hand are theirs still."""
    town.anna.books("SAM:", "09:00", "16:00")
    town.once("09:00")
    _opens(town, "4711", "09:30")
    line = town.lines["anna"]
    town.moves_out("anna")
    town.once("09:35")
    town.lists("anna", line)
    town.once("09:40")
    assert _in_force(town, "09:40") == {}
    assert town.hanvisa("open", "4711", "--undo", "--at", "2026-11-24T09:45").code == 0


def test_a_line_that_cannot_be_read_does_not_cost_the_others_who_they_are(town: Municipality) -> None:
    """The domain changes, and one line's mailbox is rubbish: everybody else is the same, and nobody leaves."""
    for n in range(8):
        town.moves_in(f"p{n}", str(4800 + n)).books("SAM:", "09:00", "16:00")
    town.once("09:30")
    for n in range(8):
        _becomes(town, f"p{n}", f"p{n}@sorsele.example", f"P{n}", str(4800 + n))
    town.lists("p7", "rubbish,P7,4807,,")
    assert town.once("10:00").code == 1
    assert len(_in_force(town, "10:00")) == 8
    assert len(_logged(town, "subscriber_renamed")) == 7
