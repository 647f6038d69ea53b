"""A person's page, and what is done to a phone from it, as a browser without scripts does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from lxml import html

from rules.command import Phone
from rules.referral import Referral
from sync_daemon.board.viewer import Viewer
from sync_daemon.by_hand import Hand, Wish, refer
from tests.sync_daemon.board import town as towns
from tests.sync_daemon.board.page import Page, sent
from tests.sync_daemon.board.town import TEN, Board, Line, local

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202eAda & Co"


def page_of(board: Board, name: str) -> Page:
    """The person's."""
    person = board.town.people[name]
    return Page(board, board.get(f"/people/{person.tenant}/{person.id}"))


def referrals(board: Board, name: str) -> list[Referral]:
    """What the store has of the person's that is not over."""
    person = board.town.people[name]
    held = board.town.store.held([person.id], board.town.now).get(person.id)
    return [*held.referrals] if held else []


def by_hand(board: Board, name: str) -> list[str]:
    """What is set by hand: the reason, until when, by whom."""
    return [
        f"{one.reason} {one.until.astimezone(towns.ZONE):%H:%M} {one.set_by}"
        for one in referrals(board, name)
        if not one.by_calendar
    ]


@pytest.fixture
def other_board(tmp_path: Path) -> Iterator[Board]:
    """A board that an operator of Malå alone has signed in to."""
    with (
        towns.town(tmp_path) as town,
        towns.served(town, Viewer("per", frozenset({"mala"}), frozenset({"mala"}))) as served,
    ):
        yield served


def test_the_page_says_how_the_phone_is_and_what_to_tell_the_caller(board: Board) -> None:
    """The sentence, the numbers, the alternative with whether that one is there, who set it, who else is there."""
    page = page_of(board, "Anna Ek")

    assert page.answer.status_code == 200
    for said in (
        "Stängd Åter 13.00, sammanträde. Sök 4712 (Bo Öberg, på plats).",
        "Satt av kalendern",
        "Nummer 4711 Mobilnumret 070-123 45 67 Alt",
        "Alternativt svarsställe 4712 meddelas den som ringer. Bo Öberg, på plats.",
        "Socialtjänst Öppen Bo Öberg 4712",
    ):
        assert said in page.words


def test_today_and_the_coming_days_are_drawn_and_told(board: Board) -> None:
    """Seven strips, each of which says what it shows; what is drawn is told in words as well, without a subject."""
    page = page_of(board, "Anna Ek")

    assert page.answer.text.count('<svg class="strip"') == 7
    assert "tisdag 24 november" in page.words
    assert "09.00–13.00: telefonen stängd, sammanträde. Satt av kalendern." in page.words
    assert "09.00–13.00 SAM: gäller." in page.words


def test_the_page_is_in_english_as_well(board: Board) -> None:
    """Times with a colon, and no Swedish word."""
    person = board.town.people["Anna Ek"]
    answer = board.get(f"/people/sorsele/{person.id}", headers={"Accept-Language": "en"})
    words = Page(board, answer).words

    assert "Back at 13:00, in a meeting. Try 4712 (Bo Öberg, there)." in words
    assert not re.search(r"\b(?:och|är|telefonen|hänvisning|bokning)\b|\d\d\.\d\d", words)


def test_a_person_is_referred_and_what_was_done_is_said_once(own_board: Board) -> None:
    """With the operator's name in the store; the page that follows says it, and its reload no more."""
    page = page_of(own_board, "Bo Öberg").sends("refer", until="13.00", reason="lunch", number="4711")

    assert page.answer.history[0].status_code == 303
    assert "är hänvisad: lunch" in page.words
    assert by_hand(own_board, "Bo Öberg") == ["lunch 13:00 eva"]
    changes = own_board.town.store.changes_of(own_board.town.people["Bo Öberg"].id)
    assert [change.by for change in changes] == ["eva"]
    again = Page(own_board, own_board.browser.get(page.answer.url, timeout=10))
    assert "är hänvisad:" not in again.words
    assert "Satt av eva" in again.words


@pytest.mark.parametrize(("typed", "until"), [("11", "11:00"), ("1130", "11:30"), ("2026-11-24 12.15", "12:15")])
def test_a_time_may_be_typed_in_digits_alone(own_board: Board, typed: str, until: str) -> None:
    """As an operator types it with a caller on the line."""
    page_of(own_board, "Bo Öberg").sends("refer", until=typed)
    assert by_hand(own_board, "Bo Öberg") == [f"away {until} eva"]


@pytest.mark.parametrize("typed", ["25", "1160", "11301", "½"])
def test_digits_that_are_no_time_of_day_are_refused(board: Board, typed: str) -> None:
    """With examples as they are typed."""
    page = page_of(board, "Bo Öberg").sends("refer", until=typed)
    assert "skriv den som 13.00, 2026-11-24 13.00" in page.words


def test_colleagues_are_shown_with_every_number_and_can_be_chosen_by_name(own_board: Board) -> None:
    """And where a calendar cannot be read that is said of them too."""
    own_board.town.reads("sorsele", "9:57", "Anna Ek")
    page = page_of(own_board, "Bo Öberg")
    assert "Anna Ek 4711 Mobilnumret 070-123 45 67 Åter 13.00" in page.words
    assert "09.57 och har inte gått att läsa sedan dess" in page.words
    assert '<option value="070-123 45 67" label="Anna Ek">' in page.answer.text


def test_of_what_cannot_be_trusted_a_page_says_what_concerns_its_person(own_board: Board) -> None:
    """Their own calendar, and a tenant that nobody reads; nobody takes another's for theirs."""
    own_board.town.reads("sorsele", "9:57", "Anna Ek")
    assert "läsa" not in page_of(own_board, "Dan Åström").words
    assert "09.57 och har inte gått att läsa sedan dess" in page_of(own_board, "Anna Ek").words
    for clock in ("10:45", "11:30"):
        own_board.town.now = local(clock)
        page = page_of(own_board, "Dan Åström")
    assert "sorsele: det som står här kan vara gammalt" in page.words


def test_the_next_caller_is_searched_for_on_top_of_the_page(board: Board) -> None:
    """A plain form, which leads to the list."""
    assert '<form id="search" role="search" action="/" method="get">' in page_of(board, "Bo Öberg").answer.text
    assert page_of(board, "Bo Öberg").forms["/"] == {"q": ""}


def test_a_reason_that_the_tenant_has_a_word_for_is_kept_by_its_name(own_board: Board) -> None:
    """So that whoever reads English hears it in English."""
    page_of(own_board, "Bo Öberg").sends("refer", until="13.00", reason="Sammanträde", phone="open")

    [made] = referrals(own_board, "Bo Öberg")
    assert (made.reason, made.phone) == ("meeting", Phone.OPEN)


def test_a_phone_is_opened_and_that_taken_back(own_board: Board) -> None:
    """The calendar's referral ends, and is in force again."""
    page = page_of(own_board, "Anna Ek").sends("open")
    assert "Telefonen för Anna Ek är öppen från" in page.words
    assert referrals(own_board, "Anna Ek") == []

    page = page.sends("undo")
    assert "är återtagen; gäller igen: sammanträde till 13.00" in page.words
    assert [one.by_calendar for one in referrals(own_board, "Anna Ek")] == [True]


def buttons(page: Page) -> list[tuple[str, bool]]:
    """What can be done now, in the order of the page, and whether that is what most want."""
    acts = html.fromstring(page.answer.content).get_element_by_id("acts-now")
    return [(" ".join(one.text_content().split()), one.get("class") == "first") for one in acts.iter("button")]


def test_what_was_set_by_hand_is_ended_by_the_first_button(own_board: Board) -> None:
    """Opening the phone ends the calendar's as well; it is the first where that is what holds."""
    page = page_of(own_board, "Bo Öberg").sends("refer", until="11.30", number="4713")
    assert buttons(page) == [("Avsluta hänvisningen", True), ("Öppna telefonen nu", False)]

    page = page_of(own_board, "Anna Ek").sends("refer", until="16.00", start="15.00")
    assert buttons(page) == [("Öppna telefonen nu", True), ("Avsluta hänvisningen", False)]

    page = page.sends("refer", until="11.00", form="another")
    assert buttons(page)[:2] == [("Avsluta hänvisningen", True), ("Avsluta hänvisningen", False)]


def test_the_boards_clock_is_on_the_page_and_goes_with_each_minute(own_board: Board) -> None:
    """Beside it stands when somebody is back."""
    path = f"/people/sorsele/{own_board.town.people['Anna Ek'].id}"
    first = own_board.get(path)
    assert "Klockan nu 10.00" in Page(own_board, first).words
    own_board.town.now += timedelta(seconds=60)
    again = own_board.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert "Klockan nu 10.01" in Page(own_board, again).words


def test_each_referral_by_hand_is_ended_alone(own_board: Board) -> None:
    """The calendar's under it stays, and so does what else was set by hand."""
    page = page_of(own_board, "Anna Ek").sends("refer", until="11.00", reason="tandläkare")
    page = page.sends("refer", until="16.00", start="15.00", reason="utbildning")
    first, second = sorted(referrals(own_board, "Anna Ek"), key=lambda one: one.start)[-2:]
    assert [first.reason, second.reason] == ["tandläkare", "utbildning"]

    page = page.sends("withdraw", referral=str(second.id), form="another")

    assert "utbildning, 15.00 till 16.00, satt av eva, är återtagen" in page.words
    assert by_hand(own_board, "Anna Ek") == ["tandläkare 11:00 eva"]
    assert any(one.by_calendar for one in referrals(own_board, "Anna Ek"))


def test_a_second_referral_by_hand_is_asked_about_before_anything_is_done(own_board: Board) -> None:
    """What holds already is told with where calls go; nothing that was typed is lost."""
    page = page_of(own_board, "Bo Öberg").sends("refer", until="11.30", number="4713", mode="connect")
    assert "telefonen är stängd; samtal kopplas till 4713 (Dan Åström)." in page.words

    page = page.sends("refer", until="13.00", reason="lunch")

    assert page.answer.status_code == 409
    assert (
        "Bo Öberg är redan hänvisad för hand: borta, 10.00 till 11.30, satt av eva; samtal kopplas till" in page.words
    )
    assert "Numret följer inte med" in page.words
    assert by_hand(own_board, "Bo Öberg") == ["away 11:30 eva"]
    assert page.form("/refer")["reason"] == "lunch"


def test_what_holds_is_replaced_where_that_is_said(own_board: Board) -> None:
    """The earlier one ends, and the receipt names it; one that could not be set replaces nothing."""
    page = page_of(own_board, "Bo Öberg").sends("refer", until="11.30", number="4713", mode="connect")
    wrong = page.sends("refer", until="13.00", number="112", overlap="replace")
    assert wrong.answer.status_code == 422
    assert by_hand(own_board, "Bo Öberg") == ["away 11:30 eva"]

    page = page.sends("refer", until="13.00", number="4711", form="another", overlap="replace")

    assert "Den ersätter: borta, 10.00 till 11.30, satt av eva; samtal kopplas till 4713 (Dan Åström)." in page.words
    assert by_hand(own_board, "Bo Öberg") == ["away 13:00 eva"]


def test_a_second_referral_is_added_where_that_is_said_and_opening_names_both(own_board: Board) -> None:
    """The text beside the button is all that it ends."""
    page = page_of(own_board, "Bo Öberg").sends("refer", until="11.30", reason="tandläkare")
    page = page.sends("refer", until="13.00", reason="lunch", overlap="add")

    assert sorted(by_hand(own_board, "Bo Öberg")) == ["lunch 13:00 eva", "tandläkare 11:30 eva"]
    assert page.words.count("Det avslutar:") == 2
    page.sends("open")
    assert by_hand(own_board, "Bo Öberg") == []


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"until": "half past"}, "är ingen tid"),
        ({"until": "08.00"}, "vilket är över"),
        ({"until": "12.00", "start": "14.00"}, "skulle sluta"),
        ({"until": "13.00", "number": "112"}, "är inget nummer som samtal kan gå till"),
        ({"until": "13.00", "number": "4712"}, "är det egna numret"),
        ({"until": "13.00", "reason": "!!"}, "är tom"),
    ],
)
def test_what_is_refused_is_said_beside_the_form_and_nothing_typed_is_lost(
    board: Board, typed: dict[str, str], problem: str
) -> None:
    """Nothing is done, and the reason is told in the reader's language."""
    every = {"until": "13.00", "start": "12.30", "reason": "möte i Malå", "number": "4713", **typed}
    page = page_of(board, "Bo Öberg").sends("refer", phone="open", mode="connect", **every)

    assert page.answer.status_code == 422
    assert problem in page.words
    fields = page.forms[f"/people/sorsele/{board.town.people['Bo Öberg'].id}/refer"]
    assert {name: fields[name] for name in every} == every
    assert re.search(r'value="open" checked', page.answer.text)
    assert re.search(r'value="connect" checked', page.answer.text)
    assert by_hand(board, "Bo Öberg") == []


def test_where_a_form_was_sent_there_is_the_persons_page(own_board: Board) -> None:
    """What was refused stands at the form's address: the other language, the script and a bookmark ask there."""
    refused = page_of(own_board, "Bo Öberg").sends("refer", until="när som helst")
    [language] = re.findall(r'class="language" href="([^"]*)"', refused.answer.text)
    address = f"/people/sorsele/{own_board.town.people['Bo Öberg'].id}"

    english = own_board.get(language)
    assert english.status_code == 200
    assert "Do by hand" in english.text
    tag = own_board.get(address).headers["ETag"]
    assert own_board.get(f"{address}/refer", headers={"If-None-Match": tag}).status_code == 304
    assert own_board.get(f"{address}/nothing").status_code == 404


def test_a_form_that_is_sent_twice_does_it_once(own_board: Board) -> None:
    """A double click is answered as the first was."""
    page = page_of(own_board, "Bo Öberg")
    [(address, fields)] = [(where, its) for where, its in page.forms.items() if where.endswith("/refer")]
    fields |= {"until": "13.00"}
    first, second = (sent(own_board, address, fields) for _ in range(2))

    assert "är hänvisad: borta" in first.words
    assert "är hänvisad: borta" in second.words
    assert by_hand(own_board, "Bo Öberg") == ["away 13:00 eva"]


def test_a_form_that_was_made_for_another_state_does_nothing_and_says_so(own_board: Board) -> None:
    """Somebody else has opened the phone meanwhile, and the person been referred anew: that stays as it is."""
    page = page_of(own_board, "Anna Ek")
    town = own_board.town
    tenant = town.place.settings.tenants[0]
    refer(Hand(town.store, tenant, town.people["Anna Ek"], "Per", TEN), Wish(local("15:00"), reason="ill"))

    page = page.sends("open")

    assert page.answer.status_code == 409
    assert "Det här har ändrats sedan sidan visades, och inget är gjort." in page.words
    assert "Satt av Per" in page.words
    assert by_hand(own_board, "Anna Ek") == ["ill 15:00 Per"]
    assert "är öppen från" in page.sends("open").words


def test_what_is_typed_is_kept_where_the_state_has_changed(own_board: Board) -> None:
    """And is sent by pressing once more."""
    page = page_of(own_board, "Anna Ek")
    person = own_board.town.people["Anna Ek"]
    own_board.town.store.open_phone(person.id, TEN, "Per", lambda _: ())

    page = page.sends("refer", until="14.00", reason="tandläkare")
    assert page.answer.status_code == 409
    page.sends("refer")
    assert by_hand(own_board, "Anna Ek") == ["tandläkare 14:00 eva"]


@pytest.mark.parametrize("act", ["refer", "open", "undo", "withdraw"])
def test_another_tenants_person_is_nobody_also_by_a_hand_made_request(other_board: Board, act: str) -> None:
    """404 as for one who does not exist, of the page and of each act; nothing is changed."""
    anna, own = other_board.town.people["Anna Ek"], page_of(other_board, "Cecilia Lund")
    [(_, fields)] = [(where, its) for where, its in own.forms.items() if where.endswith("/refer")]
    before = referrals(other_board, "Anna Ek")

    assert own.answer.status_code == 200
    for tenant in ("sorsele", "mala"):
        assert other_board.get(f"/people/{tenant}/{anna.id}").status_code == 404
        answer = sent(other_board, f"/people/{tenant}/{anna.id}/{act}", {**fields, "until": "13.00"}).answer
        assert answer.status_code == 404
        assert "Anna" not in answer.text
    assert other_board.get("/people/mala/999999999999999999999999").status_code == 404
    assert referrals(other_board, "Anna Ek") == before


def test_another_persons_referral_is_not_withdrawn_by_ones_own_page(own_board: Board) -> None:
    """The id in the form is one of the person's, or nothing."""
    page_of(own_board, "Bo Öberg").sends("refer", until="13.00")
    page = page_of(own_board, "Dan Åström").sends("refer", until="13.00")
    [others] = referrals(own_board, "Bo Öberg")

    page = page.sends("withdraw", referral=str(others.id))

    assert page.answer.status_code == 422
    assert by_hand(own_board, "Bo Öberg") == ["away 13:00 eva"]


def test_a_form_without_its_own_value_is_refused(own_board: Board) -> None:
    """As one from another site's page would be."""
    page = page_of(own_board, "Anna Ek")
    [(address, fields)] = [(where, its) for where, its in page.forms.items() if where.endswith("/open")]

    assert sent(own_board, address, {**fields, "csrf": "0"}).answer.status_code == 403
    assert referrals(own_board, "Anna Ek") != []


def test_hostile_names_departments_and_reasons_are_text(tmp_path: Path) -> None:
    """HTML stays letters, and no control character or turn of direction reaches the page."""
    with towns.town(tmp_path) as town:
        town.lists("sorsele", (*towns.SORSELE, Line("ada@sorsele.se", HOSTILE, ("4799",), HOSTILE)))
        town.books(HOSTILE, "9:00", "13:00", reason=HOSTILE)
        with towns.served(town) as board:
            page = page_of(board, HOSTILE)
            done = page.sends("refer", until="11.00", reason="<img src=x onerror=alert(1)>")

    for answer in (page.answer.text, done.answer.text):
        assert "<script>alert" not in answer
        assert "<img" not in answer
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", answer)
    assert "<script>alert(1)</script> [31mAda & Co" in page.words
    assert "<img src=x onerror=alert(1)>" in done.words


def test_the_page_has_no_script_or_style_in_it(board: Board) -> None:
    """The policy of the board would let none through."""
    text = page_of(board, "Anna Ek").answer.text

    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)


def test_a_person_without_a_number_can_be_looked_at_and_not_be_acted_on(tmp_path: Path) -> None:
    """There is no phone that could be closed."""
    with towns.town(tmp_path) as town:
        town.lists("sorsele", (*towns.SORSELE, Line("eli@sorsele.se", "Eli Norr", ())))
        with towns.served(town) as board:
            page = page_of(board, "Eli Norr")
            [fields] = [its for where, its in page_of(board, "Bo Öberg").forms.items() if where.endswith("/refer")]
            answer = sent(board, f"/people/sorsele/{town.people['Eli Norr'].id}/refer", fields).answer

    assert page.answer.status_code == 200
    assert "Gör för hand" not in page.words
    assert answer.status_code == 404


def test_two_boards_forms_do_not_get_each_others_answers(own_board: Board) -> None:
    """What was done is said to who did it, not to whoever has the address."""
    page = page_of(own_board, "Bo Öberg")
    [(address, fields)] = [(where, its) for where, its in page.forms.items() if where.endswith("/refer")]
    own_board.browser.post(own_board.url + address, {**fields, "until": "13.00"}, timeout=10, allow_redirects=False)
    own_board.town.now += timedelta(seconds=5)

    other = own_board.get(f"/people/sorsele/{own_board.town.people['Dan Åström'].id}?done={fields['form']}")
    assert "är hänvisad" not in Page(own_board, other).words


def test_the_pages_script_is_answered_with_a_page_only_where_something_has_changed(own_board: Board) -> None:
    """A change of the person's, or of somebody's in the department, is one; another department's is none."""
    path = f"/people/sorsele/{own_board.town.people['Anna Ek'].id}"
    tag = own_board.get(path).headers["ETag"]
    again = own_board.get(path, headers={"If-None-Match": tag})
    page_of(own_board, "Dan Åström").sends("refer", until="13.00")
    others = own_board.get(path, headers={"If-None-Match": tag})
    page_of(own_board, "Bo Öberg").sends("refer", until="13.00")
    changed = own_board.get(path, headers={"If-None-Match": tag})

    assert [one.status_code for one in (again, others, changed)] == [304, 304, 200]
    assert again.content == b""
    assert changed.headers["ETag"] != tag


def test_what_comes_later_is_on_the_page_as_soon_as_it_is_known(own_board: Board) -> None:
    """Though neither the person's row nor what can be done is another."""
    path = f"/people/sorsele/{own_board.town.people['Dan Åström'].id}"
    own_board.town.books("Dan Åström", "14:00", "15:00")
    tag = own_board.get(path).headers["ETag"]
    own_board.town.books("Dan Åström", "16:00", "16:30")
    assert own_board.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_what_is_booked_for_another_day_is_a_change_of_the_page_too(own_board: Board) -> None:
    """It is in the strips of the coming days, though not in what the phone is now."""
    path = f"/people/sorsele/{own_board.town.people['Bo Öberg'].id}"
    tag = own_board.get(path).headers["ETag"]
    own_board.town.books("Bo Öberg", "9:00", "10:00", day=1)
    assert own_board.get(path, headers={"If-None-Match": tag}).status_code == 200
