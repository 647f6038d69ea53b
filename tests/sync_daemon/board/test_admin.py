"""The admin's part: how the tenants are, approving what is held back, the log of today, a picture of any moment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from rules.brake import Waiting
from rules.command import Command, Slip
from rules.entry import Entry, NearEntry
from sync_daemon.board.viewer import Viewer
from sync_daemon.cycle.brake import Ask
from sync_daemon.store import LEAVERS, ReadingNotes
from sync_daemon.texts import Text
from tests.sync_daemon.board import town as towns
from tests.sync_daemon.board.page import Page, sent
from tests.sync_daemon.board.town import TEN, Board, Line, Town, local

if TYPE_CHECKING:
    from pathlib import Path

TENANTS = frozenset({"sorsele", "mala"})
OF_BOTH = Viewer("Karin", TENANTS, TENANTS)
OF_SORSELE = Viewer("Siv", TENANTS, frozenset({"sorsele"}))
NOBODY = Viewer("Eva", TENANTS)


def holds(town: Town) -> None:
    """Of Sorsele a removal is held back, and Bo's leaving; of Malå Cecilia's."""
    anna = town.people["Anna Ek"]
    [referral] = town.store.held([anna.id], TEN)[anna.id].referrals
    ask, first = Ask("anna@sorsele.se", referral.id or 0), Waiting(TEN.astimezone(UTC), 1)
    town.store.hold("sorsele", "aaaa", {ask.text: first}, TEN)
    town.store.hold("sorsele", "bbbb", {"bo@sorsele.se": first}, TEN, LEAVERS)
    town.store.hold("mala", "cccc", {"cecilia@mala.se": first}, TEN, LEAVERS)


def logs(town: Town, *records: dict[str, Any]) -> None:
    """The log has those events, of ten o'clock where nothing else is said."""
    always = {"at": "2026-11-24T09:00:00Z", "level": "info"}
    text = "".join(json.dumps({**always, **record}) + "\n" for record in records)
    (town.folder / "hanvisa.log").write_text(text, encoding="utf-8")


@contextmanager
def admin(folder: Path, viewer: Viewer = OF_BOTH) -> Iterator[Board]:
    """The board of an admin: with sets held back, a mailbox that cannot be read, near misses."""
    with towns.town(folder) as town:
        holds(town)
        ids = [town.people["Dan Åström"].id]
        near = {town.people["Bo Öberg"].id: 2}
        town.store.record_cycle("sorsele", local("9:55").astimezone(UTC), {}, ids, near, whole=True)
        entry = Entry("key", local("13:00"), local("14:00"), Command("SAM"))
        missed = {id_: (NearEntry(entry, Slip.SIGN_MISSING, "series"),) for id_ in near}
        remedies = dict.fromkeys(ids, Text("Permission denied"))
        town.store.keep_reading_notes("sorsele", ReadingNotes(remedies, missed))
        with towns.served(town, viewer) as board:
            yield board


@pytest.fixture(scope="module")
def of_both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """An admin of both tenants, who only looks."""
    with admin(tmp_path_factory.mktemp("both")) as board:
        yield board


@pytest.fixture(scope="module")
def of_sorsele(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    """An operator of both tenants, and admin of Sorsele alone, who only looks."""
    with admin(tmp_path_factory.mktemp("sorsele"), OF_SORSELE) as board:
        yield board


def page(board: Board, path: str, **asked: str) -> Page:
    """What is answered there."""
    return Page(board, board.get(path, params=asked))


def approved(board: Board, tenant: str, kind: str) -> list[str | None]:
    """Who has approved the tenant's sets of that kind."""
    return [one.approved_by for one in board.town.store.held_sets(tenant, kind)]


def test_each_tenant_is_shown_with_its_last_cycle_and_what_is_wrong(of_both: Board) -> None:
    """As `hanvisa status` says it, with what to type."""
    words = page(of_both, "/admin").words

    for said in (
        "Senast läst 09.55, för 5 minuter sedan",
        "Sköts av ingen",
        "Postlådor 3, varav 2 kan läsas och 1 inte",
        "sorsele: 1 av 3 postlådor kan inte läsas, sedan 2026-11-24 09.55. Skriv hanvisa check .",
    ):
        assert said in words


def test_each_mailbox_that_cannot_be_read_and_each_person_with_near_misses_is_named(of_both: Board) -> None:
    """With what the readings said: what to do about it, and each near miss by its times and what is wrong with it."""
    words = page(of_both, "/admin").words

    assert "Dan Åström 4713 : Kan inte läsas sedan 2026-11-24 09.55: hanvisa har inte rättighet till det." in words
    assert "Bo Öberg 4712 : 2 bokningar är nästan kommandon." in words
    assert "13.00–14.00: ser ut som SAM:, men kolon saknas" in words


@pytest.mark.parametrize(("count", "more"), [(3, "2 till i samma serie"), (40, "fler i samma serie")])
def test_a_series_of_near_misses_is_one_line(tmp_path: Path, count: int, more: str) -> None:
    """However many entries of it there are; another series has its own line."""
    with admin(tmp_path) as board:
        store, bo = board.town.store, board.town.people["Bo Öberg"].id
        begins = [(local("8:00") + timedelta(days=day), "weekly") for day in range(count)]
        begins.append((local("15:00") + timedelta(days=count), "other"))
        near = tuple(
            NearEntry(Entry(f"{at}", at, at + timedelta(hours=1), Command("SAM")), Slip.SIGN_MISSING, series)
            for at, series in begins
        )
        store.record_cycle("sorsele", local("9:57").astimezone(UTC), {}, (), {bo: len(near)}, whole=True)
        store.keep_reading_notes("sorsele", ReadingNotes({}, {bo: near}))
        words = page(board, "/admin").words

    assert f"08.00–09.00: ser ut som SAM:, men kolon saknas; {more}" in words
    assert "15.00–16.00: ser ut som SAM:, men kolon saknas" in words
    assert words.count("ser ut som SAM:") == 2


def test_of_what_an_older_version_has_read_it_is_told_how_to_ask(tmp_path: Path) -> None:
    """The store has no note of it."""
    with towns.town(tmp_path) as town:
        town.reads("sorsele", "9:57", "Dan Åström")
        with towns.served(town, OF_BOTH) as board:
            words = page(board, "/admin").words

    assert "hanvisa explain 4713 säger varför, och vad man gör." in words


def test_what_is_held_back_is_shown_and_approved(tmp_path: Path) -> None:
    """By the admin's name, once; the other set stays held back."""
    with admin(tmp_path) as board:
        first = page(board, "/admin")
        assert "Anna Ek (4711): sammanträde, 2026-11-24 09.00 till 2026-11-24 13.00, skulle ta slut nu" in first.words
        assert "Bo Öberg (4712) skulle lämna katalogen" in first.words

        after = sent(board, "/admin/sorsele/approve", {**first.form("/admin/sorsele/approve"), "set": "aaaa"})

        assert after.answer.history[0].status_code == 303
        assert "Uppsättningen aaaa i sorsele är godkänd" in after.words
        assert "Godkänd av Karin 10.00: den går igenom vid nästa varv." in after.words
        assert approved(board, "sorsele", "changes") == ["Karin"]
        assert approved(board, "sorsele", LEAVERS) == [None]


def test_a_set_that_is_not_held_is_refused_with_those_that_are(tmp_path: Path) -> None:
    """Nothing is approved."""
    with admin(tmp_path) as board:
        fields = page(board, "/admin").form("/admin/sorsele/approve")
        refused = sent(board, "/admin/sorsele/approve", {**fields, "set": "cccc"})

        assert refused.answer.status_code == 409
        assert "sorsele har ingen uppsättning cccc som hålls tillbaka; där hålls tillbaka: aaaa, bbbb" in refused.words
        [english] = re.findall(r'class="language" href="([^"]*)"', refused.answer.text)
        assert "Administration" in board.get(english).text
        assert approved(board, "mala", LEAVERS) == [None]


def test_an_admin_sees_their_own_tenants_only(of_sorsele: Board) -> None:
    """Whatever they are an operator of: neither its sets, nor its log, nor its people's past."""
    words = page(of_sorsele, "/admin").words
    assert "sorsele" in words
    for other in ("mala", "cccc", "Cecilia"):
        assert other not in words
    for q in ("5001", "Cecilia"):
        answer = page(of_sorsele, "/admin/explain", q=q)
        assert answer.answer.status_code == 404
        assert "Lund" not in answer.words


def test_another_tenants_set_is_not_approved_by_a_hand_made_request(tmp_path: Path) -> None:
    """404, as of a tenant that does not exist; nothing is written."""
    with admin(tmp_path, OF_SORSELE) as board:
        fields = page(board, "/admin").form("/admin/sorsele/approve")
        for tenant in ("mala", "nobody", ".."):
            assert sent(board, f"/admin/{tenant}/approve", {**fields, "set": "cccc"}).answer.status_code == 404
        assert approved(board, "mala", LEAVERS) == [None]


@pytest.mark.parametrize("path", ["/admin", "/admin/log", "/admin/explain"])
def test_who_is_an_admin_of_nothing_has_no_such_page(tmp_path: Path, path: str) -> None:
    """403, and no link to it; nor may they approve anything."""
    with admin(tmp_path, NOBODY) as board:
        assert page(board, path).answer.status_code == 403
        assert 'href="/admin' not in page(board, "/").answer.text
        fields = page(board, f"/people/sorsele/{board.town.people['Bo Öberg'].id}").form("/refer")
        assert sent(board, "/admin/sorsele/approve", {**fields, "set": "aaaa"}).answer.status_code == 403
        assert approved(board, "sorsele", "changes") == [None]


def test_the_log_of_today_has_the_lines_of_the_admins_tenants_only(of_both: Board, of_sorsele: Board) -> None:
    """What names no tenant is for who administers all of them; what was logged yesterday is not there."""
    records = (
        {"event": "opening", "tenant": "sorsele", "by": "Eva", "extension": "4711"},
        {"event": "opening", "tenant": "mala", "by": "Per", "extension": "5001"},
        {"event": "service_started", "version": "9.9"},
        {"event": "opening", "tenant": "sorsele", "by": "Yesterday", "at": "2026-11-23T22:59:59Z"},
    )
    for board in (of_both, of_sorsele):
        logs(board.town, *records)
    every, own = (page(board, "/admin/log").words for board in (of_both, of_sorsele))

    assert "by=Eva" in every
    assert "10.00.00 info" in every
    assert "by=Per" in every
    assert "version=9.9" in every
    assert "Yesterday" not in every
    assert "by=Eva" in own
    assert "by=Per" not in own
    assert "version=9.9" not in own
    assert "by=Eva" not in page(of_both, "/admin/log", tenant="mala").words
    assert "by=Per" not in page(of_sorsele, "/admin/log", tenant="mala").words


def test_the_log_may_be_of_what_is_wrong_alone_and_a_hostile_line_is_text(of_both: Board) -> None:
    """The lines of ordinary work are left out; nothing of a line is HTML or an order."""
    logs(
        of_both.town,
        {"event": "opening", "tenant": "sorsele", "by": "Eva"},
        {"event": "mailbox_unreadable", "level": "warning", "tenant": "sorsele", "remedy": "<b>\x1b[2J\u202e</b>"},
    )
    shown = page(of_both, "/admin/log", level="warning")

    assert "by=Eva" not in shown.words
    assert "postlåda" in shown.words
    assert "<b>" not in shown.answer.text
    assert not re.search("[\x1b\u202e]", shown.answer.text)


def test_a_moment_is_explained_as_a_picture_beside_the_sentences_of_the_command_line(of_both: Board) -> None:
    """And it says plainly that the calendar is not read here, and what to type for that."""
    shown = page(of_both, "/admin/explain", q="4711", at="11.30")

    assert shown.answer.text.count('<svg class="strip"') == 1
    assert 'class="strip-mark"' in shown.answer.text
    for said in (
        "2026-11-24 11.30 Åter 13.00, sammanträde. Sök 4712. Satt av kalendern.",
        "själva kalendern läses inte här, och inte heller vad nästa varv skulle ändra.",
        "hanvisa explain 4711 --at 2026-11-24T11:30 läser den.",
        "09.00–13.00 SAM: gäller",
        "Vad som gjorts med dagens hänvisningar:",
        "aaaa",
    ):
        assert said in shown.words


def test_somebody_is_explained_by_name_and_of_several_one_is_chosen(tmp_path: Path) -> None:
    """The choice leads to each of them by number."""
    with towns.town(tmp_path) as town:
        town.lists("sorsele", (*towns.SORSELE, Line("anna.b@sorsele.se", "Anna Berg", ("4790",))))
        with towns.served(town, OF_BOTH) as board:
            one, several = (page(board, "/admin/explain", q=q) for q in ("anna berg", "anna"))

    assert "Anna Berg (4790)" in one.words
    assert "Flera personer heter så: Anna Berg 4790 Anna Ek 4711" in several.words
    assert "/admin/explain?q=4790" in several.answer.text


@pytest.mark.parametrize(
    ("asked", "status", "problem"),
    [
        ({"q": "4799"}, 404, "ingen har numret"),
        ({"q": "<script>x</script>"}, 404, "ingen har numret"),
        ({"q": "4711", "at": "soon"}, 422, "är ingen tid"),
    ],
)
def test_what_cannot_be_explained_says_why(of_both: Board, asked: dict[str, str], status: int, problem: str) -> None:
    """And keeps what was typed, as text."""
    shown = page(of_both, "/admin/explain", **asked)

    assert shown.answer.status_code == status
    assert problem in shown.words
    assert "<script>x" not in shown.answer.text


def test_of_a_time_before_the_stores_memory_nothing_is_drawn(of_both: Board) -> None:
    """It says since when something is known."""
    shown = page(of_both, "/admin/explain", q="4711", at="2020-01-01T10:00")

    assert "Inget är känt om den dagen" in shown.words
    assert '<svg class="strip"' not in shown.answer.text
