"""Notices of unmanned departments by mail and webhook: each arrives, in order, and again only where nobody can know."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.departments import Notice, State
from sync_daemon.notices import deliveries, webhook
from sync_daemon.notices.deliveries import Deliveries
from sync_daemon.notices.webhook import body
from sync_daemon.service import END_SECONDS, Service
from sync_daemon.settings import WebhookReceiver
from sync_daemon.store import Outgoing, Store
from tests.acceptance.test_alerts import alerts
from tests.forked import Forked
from tests.mail_server import MailServer, mail_server
from tests.service.test_run import BUSY, PATIENCE, until
from tests.service.town import MIDNIGHT, Watched, at
from tests.webhook_receiver import SECRET, Receiver, webhook_receiver

TO = "vaxel@sorsele.se"
CANARY = "Kanariefagel7F3A"


def receivers(hook: Receiver, *more: str) -> str:
    """One that is mailed and one that is posted to."""
    return (
        f'[[tenants.notices]]\nkind = "mail"\nto = "{TO}"\n'
        f'[[tenants.notices]]\nkind = "webhook"\nname = "trio"\nurl = "{hook.address}"\nsecret = "trio"\n'
        + "\n".join(("", *more, ""))
    )


class Told:
    """Sorsele, where Anna and Bo are IFO; cycles come, and it is delivered, when the test says."""

    def __init__(self, folder: Path, post: MailServer, hook: Receiver, *more: str) -> None:
        secrets = folder / "secrets"
        secrets.mkdir()
        (secrets / "trio").write_text(SECRET, encoding="utf-8")
        departments = '[[tenants.departments]]\nname = "IFO"\nemergency = "0952-140 00"\n'
        self.watched = Watched(folder)
        self.town, self.post, self.hook = self.watched.town, post, hook
        for name, extension in (("anna", 4711), ("bo", 4712)):
            self.town.lists(name, f"{name}@sorsele.se,{name.title()},{extension},IFO,")
        self.configuration = folder / "hanvisa.toml"
        tenant = self.configuration.read_text(encoding="utf-8")
        tables = ('secrets_dir = "secrets"\n', tenant, receivers(hook, *more), departments, alerts(post, ""))
        self.configuration.write_text("".join(tables), encoding="utf-8")
        self.is_ours = True
        self.now = MIDNIGHT
        self.restarts()

    def restarts(self) -> None:
        """A new process, and what the configuration says by now."""
        self.watched.store.close()
        self.watched.restarts()
        self.deliveries = Deliveries(
            self.watched.settings, self._store, lambda _tenant: self.is_ours, lambda: self.now, lambda _name, do: do()
        )

    def _store(self) -> Store:
        return self.watched.store

    def all_away(self, start: str, end: str) -> None:
        """Both have a meeting, the same one."""
        for calendar in (self.town.anna, self.town.bo):
            calendar.books(f"SAM: {CANARY}", start, end, uid="both")

    def cycle(self, clock: str) -> None:
        """A cycle then, and nothing is delivered yet."""
        self.now = at(clock)
        self.watched.works(self.now)

    def looks(self, moment: datetime | str) -> None:
        """What is due then is delivered."""
        self.now = at(moment) if isinstance(moment, str) else moment
        self.deliveries.look()

    def sends(self, clock: str) -> None:
        """A cycle then, and what it says is delivered."""
        self.cycle(clock)
        self.deliveries.look()

    @property
    def mailed(self) -> list[str]:
        """The subjects of what was mailed."""
        return [str(mail["Subject"]) for mail in self.post.mails]

    @property
    def posted(self) -> list[tuple[str, str, str]]:
        """State, from and until of what the webhook took."""
        return [(one["state"], one["from"][11:16], one["until"][11:16]) for one in self.hook.taken]

    def waiting(self) -> list[tuple[Any, ...]]:
        """Receiver and tries of what waits."""
        with closing(sqlite3.connect(self.town.folder / "hanvisa.db")) as store:
            return store.execute("SELECT receiver, tries FROM outbox WHERE state = 'waiting' ORDER BY id").fetchall()


@pytest.fixture
def servers() -> Iterator[tuple[MailServer, Receiver]]:
    """The mail server, and the switchboard's own system."""
    with ExitStack() as stack:
        yield stack.enter_context(mail_server()), stack.enter_context(webhook_receiver())


@pytest.fixture
def told(tmp_path: Path, servers: tuple[MailServer, Receiver]) -> Told:
    """Everybody of IFO is in one meeting from nine to half past ten, which is said at half past seven."""
    told = Told(tmp_path, *servers)
    told.all_away("09:00", "10:30")
    told.sends("07:00")
    assert told.mailed == []
    return told


def test_a_department_is_told_of_once_by_mail_and_by_webhook(told: Told) -> None:
    """With times, back and emergency number; in Swedish, and as JSON."""
    told.sends("07:30")
    told.sends("07:40")
    assert told.mailed == ["IFO är obemannad 2026-11-24 09.00–10.35"]
    [(to, mail)] = told.post.received
    assert to == (TO,)
    assert "Någon kan nås 10.35." in mail.get_content()
    assert "Nummer vid nödläge: 0952-140 00." in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    [word] = told.hook.taken
    assert word.pop("key")
    assert word == {
        "kind": "notice",
        "tenant": "sorsele",
        "department": "IFO",
        "stretch": 1,
        "state": "told",
        "reason": None,
        "from": "2026-11-24T08:00:00Z",
        "until": "2026-11-24T09:35:00Z",
        "back": "2026-11-24T09:35:00Z",
        "emergency": "0952-140 00",
        "at": "2026-11-24T06:30:00Z",
        "before": None,
        "text": "IFO är obemannad 2026-11-24 09.00–10.35. Någon kan nås 10.35. Nummer vid nödläge: 0952-140 00.",
    }
    assert [(one["receiver"], one["tries"]) for one in told.watched.logged("notice_delivered")] == [
        (TO, 1),
        ("trio", 1),
    ]


def test_a_correction_says_what_was_told_before_and_a_withdrawal_why(told: Told) -> None:
    """With one id for the stretch, so that a system can put one in the place of the other."""
    told.sends("07:30")
    told.all_away("09:00", "11:30")
    told.sends("08:00")
    told.town.anna.deletes("both")
    told.sends("08:10")
    assert told.mailed[1:] == [
        "Rättelse: IFO är obemannad 2026-11-24 09.00–11.35",
        "Återtaget: IFO är inte obemannad 2026-11-24 09.00–11.35",
    ]
    corrected, withdrawn = (mail.get_content() for mail in told.post.mails[1:])
    assert "Tidigare meddelat: 2026-11-24 09.00–10.35." in corrected
    assert "Orsak: någon är på plats." in withdrawn
    assert [one["stretch"] for one in told.hook.taken] == [1, 1, 1]
    assert told.hook.taken[1]["before"]["until"] == "2026-11-24T09:35:00Z"
    assert (told.hook.taken[2]["reason"], told.hook.taken[2]["state"]) == ("present", "withdrawn")


def test_no_person_and_no_subject_is_in_what_is_sent(told: Told) -> None:
    """The secrecy canary, over mail and webhook: neither the meeting, nor who is away, nor an extension."""
    told.sends("07:30")
    told.all_away("09:00", "11:30")
    told.sends("08:00")
    told.town.anna.path.write_text(f"{CANARY}", encoding="utf-8")
    told.sends("08:10")
    assert [one["reason"] for one in told.hook.taken] == [None, None, "unread"]
    sent = " ".join([*(mail.as_string() for mail in told.post.mails), *map(bytes.decode, told.hook.raw)])
    assert not re.search(rf"{CANARY}|\banna|\bbo\b|4711|4712", sent, re.IGNORECASE)


def test_a_receiver_that_is_down_holds_up_no_other_and_gets_everything_in_order(told: Told) -> None:
    """What it was not told it is told when it is back: each word, the first one first."""
    told.hook.code = 503
    told.sends("07:30")
    told.all_away("09:00", "11:30")
    told.sends("08:00")
    assert len(told.mailed) == 2
    assert told.posted == []
    told.hook.code = 204
    told.looks("08:10")
    assert told.posted == [("told", "08:00", "09:35"), ("corrected", "08:00", "10:35")]
    assert told.hook.taken[1]["before"]["until"] == "2026-11-24T09:35:00Z"


def test_it_is_tried_again_after_a_growing_pause_across_restarts_with_the_same_key(told: Told) -> None:
    """5 seconds, 10, 20 …; a process that begins tries at once."""
    told.hook.code = 503
    told.sends("07:30")
    for second in range(1, 40):
        told.looks(at("07:30") + timedelta(seconds=second))
    assert len(told.hook.sent) == 1 + 3  # at 5, 15 and 35 seconds
    told.restarts()
    told.looks(at("07:30") + timedelta(seconds=41))
    assert len(told.hook.sent) == 5
    assert len({one["key"] for one in told.hook.sent}) == 1
    assert len(set(told.hook.raw)) == 1
    [trouble] = told.watched.logged("notice_undelivered")[:1]
    assert (trouble["receiver"], trouble["problem"]) == ("trio", "trio answers with 503")


def test_what_is_refused_for_good_is_told_once_and_tried_each_half_hour_and_after_sighup(told: Told) -> None:
    """Another secret at the receiver's end: nothing comes of trying again until somebody mends it."""
    told.hook.code = 403
    told.sends("07:30")
    told.looks("07:59")
    assert len(told.hook.sent) == 1
    told.looks("08:00")
    assert len(told.hook.sent) == 2
    assert [one["problem"] for one in told.watched.logged("notice_refused")] == ["trio answers with 403"]
    told.hook.code = 200
    told.deliveries.use(told.watched.settings)
    told.looks("08:01")
    assert told.posted == [("told", "08:00", "09:35")]


def test_one_department_that_is_refused_holds_up_no_other(told: Told) -> None:
    """And its own later words wait for it."""
    for number in (1, 2):
        calendar = told.town.moves_in(f"p{number}", str(5000 + number))
        told.town.lists(f"p{number}", f"p{number}@sorsele.se,P,{5000 + number},Skola,")
        calendar.books("SAM:", "14:00", "15:00", uid="both")
    told.hook.answers = lambda word: 500 if word["department"] == "IFO" else None
    told.sends("07:30")
    told.all_away("09:00", "11:30")
    told.sends("08:00")
    assert [one["department"] for one in told.hook.taken] == ["Skola"]
    assert {(one["department"], one["state"]) for one in told.hook.sent} == {("IFO", "told"), ("Skola", "told")}


def test_a_word_that_makes_the_receiver_hang_up_does_not_take_every_turn(told: Told) -> None:
    """What was tried least comes next; after SIGHUP the receiver is not left alone any longer."""
    told.hook.answers = lambda word: 0 if word["department"] == "IFO" else None
    told.sends("07:30")
    notice = Notice(at("09:00"), at("10:00"), None, State.TOLD, at("07:30"))
    told.watched.store.say("sorsele", {"Skola": [notice]}, {}, {"Skola": ("webhook:trio",)})
    told.looks(at("07:30") + timedelta(seconds=4))
    assert [one["department"] for one in told.hook.sent] == ["IFO"]
    told.deliveries.use(told.watched.settings)
    told.looks(at("07:30") + timedelta(seconds=4))
    assert [one["department"] for one in told.hook.sent] == ["IFO", "Skola", "IFO"]


def test_a_bug_with_one_word_holds_up_no_other_and_is_told_at_each_try_alone(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again after the same pauses as what is not taken."""

    def made(word: Outgoing, receiver: WebhookReceiver, zone: ZoneInfo) -> bytes:
        if word.department == "IFO":
            raise KeyError(CANARY)
        return body(word, receiver, zone)

    monkeypatch.setattr(webhook, "body", made)
    told.cycle("07:30")
    notice = Notice(at("09:00"), at("10:00"), None, State.TOLD, at("07:30"))
    told.watched.store.say("sorsele", {"Skola": [notice]}, {}, {"Skola": ("webhook:trio",)})
    for seconds in (0, 2, 4):
        told.looks(at("07:30") + timedelta(seconds=seconds))
    assert [one["department"] for one in told.hook.taken] == ["Skola"]
    assert len(told.watched.logged("bug")) == 1
    assert CANARY not in json.dumps(told.watched.logged())
    monkeypatch.undo()
    told.looks("07:31")
    assert [one["department"] for one in told.hook.taken] == ["Skola", "IFO"]


def test_a_thread_that_cannot_be_begun_is_begun_at_the_next_look(told: Told) -> None:
    """The machine may have no room for one at the moment."""
    told.cycle("07:30")
    has_room = False

    def begin(_name: str, work: Callable[[], None]) -> None:
        if not has_room:
            raise RuntimeError("can't start new thread")
        work()

    settings, store = told.watched.settings, told.watched.store
    deliveries = Deliveries(settings, lambda: store, lambda _tenant: True, lambda: told.now, begin)
    with pytest.raises(RuntimeError):
        deliveries.look()
    has_room = True
    deliveries.look()
    assert (len(told.mailed), len(told.posted)) == (1, 1)


def test_what_is_over_before_it_can_be_delivered_is_logged_and_not_sent(told: Told) -> None:
    """Nobody is to act on it any more."""
    told.hook.code = 503
    told.sends("07:30")
    told.hook.code = 200
    told.looks("10:36")
    assert told.hook.taken == []
    [line] = told.watched.logged("notice_overdue")
    assert (line["receiver"], line["department"], line["problem"]) == ("trio", "IFO", "trio answers with 503")
    assert told.waiting() == []


def test_who_was_told_of_a_longer_time_is_told_that_it_was_shorter(told: Told) -> None:
    """The correction's own time is over, and what the receiver believes is not."""
    told.all_away("09:00", "15:00")
    told.sends("07:30")
    told.hook.code = 503
    told.all_away("09:00", "10:00")
    told.sends("09:30")
    told.hook.code = 200
    told.looks("12:00")
    assert told.posted[-1] == ("corrected", "08:00", "09:05")


def test_an_answer_that_was_lost_means_the_same_word_twice_under_one_key(told: Told) -> None:
    """The receiver has it, and nobody here can know."""
    told.hook.answers = lambda _word: 0
    told.sends("07:30")
    told.hook.answers = lambda _word: None
    told.looks("07:31")
    assert [one["key"] for one in told.hook.sent] == [told.hook.taken[0]["key"]] * 2


def test_a_store_that_cannot_keep_that_it_was_taken_has_nothing_sent_again(told: Told) -> None:
    """It is kept as soon as the store answers."""
    told.cycle("07:30")
    store = told.town.folder / "hanvisa.db"
    with closing(sqlite3.connect(store, isolation_level=None, check_same_thread=False)) as other:

        def takes_and_locks(_word: object) -> int:
            other.execute("BEGIN IMMEDIATE")
            return 200

        told.hook.answers = takes_and_locks
        told.watched.store.close()
        told.watched.store = Store.open(f"sqlite:///{store}?timeout=0.05")
        told.looks("07:30")
        other.execute("ROLLBACK")
    assert len(told.hook.sent) == 1
    assert told.waiting() == [("webhook:trio", 0)]
    told.looks("07:31")
    assert (len(told.hook.sent), told.waiting()) == (1, [])


def test_a_receiver_that_hangs_keeps_the_service_from_nothing_and_the_next_one_delivers(
    tmp_path: Path, servers: tuple[MailServer, Receiver]
) -> None:
    """`hanvisa run` as a process: others are told, it ends in time, and what was not taken comes after that."""
    told = Told(tmp_path, *servers)
    hangs = threading.Event()
    told.hook.answers = lambda _word: hangs.wait(PATIENCE) and 0
    _says(told)
    told.watched.store.close()
    first = Forked("run", "--config", str(told.configuration))
    until(lambda: len(told.hook.sent) > 0 and len(told.mailed) > 0, "both are told")
    began = time.monotonic()
    first.send_signal(signal.SIGTERM)
    assert first.wait(PATIENCE) == 0
    assert time.monotonic() - began < END_SECONDS + BUSY
    hangs.set()
    told.hook.answers = lambda _word: None
    second = Forked("run", "--config", str(told.configuration))
    until(lambda: len(told.hook.taken) > 0, "it is delivered")
    second.send_signal(signal.SIGTERM)
    second.wait(PATIENCE)
    # A cycle of the service's may withdraw it, for nobody is in that department.
    assert len({one["key"] for one in told.hook.sent if one["state"] == "told"}) == 1
    assert len([one for one in told.mailed if one.startswith("Skola")]) == 1


def test_where_no_other_host_is_to_go_on_the_end_waits_for_no_receiver(
    tmp_path: Path, servers: tuple[MailServer, Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the store in a file; however long another host would be kept waiting."""
    monkeypatch.setattr(deliveries, "SETTLE_SECONDS", PATIENCE)
    told = Told(tmp_path, *servers)
    hangs = threading.Event()

    def ends_and_hangs(_word: object) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        return hangs.wait(PATIENCE) and 0

    told.hook.answers = ends_and_hangs
    _says(told)
    settings = told.watched.settings
    try:
        assert Service(settings, told.watched.store, lambda: settings).run()
    finally:
        hangs.set()


def _says(told: Told) -> None:
    """A word of a stretch that is not over today."""
    now = datetime.now(UTC)
    notice = Notice(now, now + timedelta(days=1), None, State.TOLD, now)
    told.watched.store.say("sorsele", {"Skola": [notice]}, {}, {"Skola": (f"mail:{TO}", "webhook:trio")})


def test_only_whoever_works_on_the_tenant_delivers(told: Told) -> None:
    """Another process stands by: it would send everything a second time."""
    told.is_ours = False
    told.sends("07:30")
    assert (told.mailed, told.posted) == ([], [])
    told.is_ours = True
    told.looks("07:31")
    assert (len(told.mailed), len(told.posted)) == (1, 1)


def test_a_change_of_the_configuration_neither_loses_nor_doubles(told: Told) -> None:
    """A named receiver moves elsewhere with what waits for it; who is named no more is told nothing."""
    told.hook.code = 503
    told.post.is_down = True
    told.sends("07:30")
    text = told.configuration.read_text(encoding="utf-8")
    text = text.replace(told.hook.address, f"{told.hook.address}/2").replace(TO, "annan@sorsele.se")
    told.configuration.write_text(text, encoding="utf-8")
    told.restarts()
    told.hook.code, told.post.is_down = 200, False
    told.looks("07:40")
    assert told.posted == [("told", "08:00", "09:35")]
    assert told.waiting() == [(f"mail:{TO}", 1)]
    told.looks("10:40")
    assert told.mailed == []
    assert [one["receiver"] for one in told.watched.logged("notice_overdue")] == [TO]


def test_a_receiver_may_be_told_of_some_departments_only(tmp_path: Path, servers: tuple[MailServer, Receiver]) -> None:
    """The others are no word of its."""
    told = Told(tmp_path, *servers, 'departments = ["Skola"]', 'lang = "en"')
    told.all_away("09:00", "10:30")
    told.sends("07:30")
    assert (len(told.mailed), told.posted) == (1, [])


def test_a_mail_that_is_refused_for_good_is_a_refusal_and_one_that_is_not_is_tried_again(told: Told) -> None:
    """550 of the address, and 451 of the server; each retry has the Message-ID of the first."""
    told.post.refused = {TO}
    told.sends("07:30")
    assert [one["receiver"] for one in told.watched.logged("notice_refused")] == [TO]
    told.post.refused = set()
    told.post.is_down = True
    told.looks("08:00")
    told.post.is_down = False
    told.looks("08:05")
    [mail] = told.post.mails
    with closing(sqlite3.connect(told.town.folder / "hanvisa.db")) as store:
        keys = [key for (key,) in store.execute("SELECT key FROM outbox WHERE receiver LIKE 'mail:%'")]
    assert [mail["Message-ID"]] == [f"<{key}@sorsele.se>" for key in keys]
    assert json.loads(told.hook.raw[0])["key"] not in keys
