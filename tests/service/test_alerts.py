"""What `hanvisa run` mails: admins each minute, staff after the cycle that read their calendars; told times."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sync_daemon.alerts import staff, watch
from sync_daemon.alerts.memory import InStore
from sync_daemon.alerts.watch import Watch
from sync_daemon.errors import StoreUnavailable
from sync_daemon.store import Alert
from tests.acceptance.municipality import Municipality
from tests.acceptance.test_alerts import alerts
from tests.mail_server import MailServer, mail_server
from tests.monitor import monitor
from tests.service.test_run import EVERY_SECOND, Running, until
from tests.service.town import MIDNIGHT, Watched, at

STAFF = 'lang = "sv"\nstaff = true\n'


class Mailing:
    """A service whose cycles and looks come when the test says."""

    def __init__(self, folder: Path, post: MailServer, more: str = STAFF) -> None:
        self.watched = Watched(folder, alerts(post, more))
        self.town = self.watched.town
        self._post = post
        self._now = MIDNIGHT
        self.watch = self._watch()

    def _watch(self) -> Watch:
        return Watch(self.watched.settings, lambda: self.watched.store, lambda: self._now)

    def restarts(self, moment: datetime | None = None) -> None:
        """A new process, then."""
        self._now = moment or self._now
        self.watched.restarts()
        self.watch = self._watch()

    def looks(self, moment: datetime) -> None:
        """A look then, without a cycle before it."""
        self._now = moment
        self.watch.look()

    def cycle(self, moment: datetime) -> list[tuple[str, str]]:
        """A cycle then, and a look after it: to whom something was mailed, and the mail's first paragraph."""
        self._now = moment
        before = len(self._post.received)
        self.watch.after_cycle(self.watched.settings.tenants[0], self.watched.works(moment))
        self.watch.look()
        return [(to[0], mail.get_content().splitlines()[0]) for to, mail in self._post.received[before:]]


@pytest.fixture
def post() -> Iterator[MailServer]:
    """The municipality's mail server."""
    with mail_server() as server:
        yield server


@pytest.fixture
def mailing(tmp_path: Path, post: MailServer) -> Mailing:
    """Sorsele, whose first reading is through."""
    found = Mailing(tmp_path, post)
    assert found.cycle(at("06:00")) == []
    return found


ANNA = "anna@sorsele.se"


def test_a_near_miss_is_mailed_to_whose_it_is_without_its_subject(mailing: Mailing, post: MailServer) -> None:
    """What it looks like, what lacks, that the phone is open; how it is written, and whom to ask."""
    mailing.town.anna.books("SAM Hemligt möte", "2026-12-01T10:00", "2026-12-01T11:00")
    told = "Bokningen tisdag 1 december 10.00 ser ut som en hänvisning, men kolon saknas. Telefonen är öppen."
    assert mailing.cycle(at("06:05")) == [(ANNA, told)]
    [mail] = post.mails
    assert "Skriv SAM: först i ämnet, så stängs telefonen." in mail.get_content()
    assert "Frågor: it@sorsele.se, eller svara på det här mejlet." in mail.get_content()
    assert (mail["Reply-To"], mail["Subject"]) == ("it@sorsele.se", "En av dina bokningar stänger inte telefonen")
    assert "hemligt" not in mail.as_string().casefold()
    [line] = mailing.watched.logged("staff_mailed")
    assert (line["mailbox"], line["count"]) == (ANNA, 1)


def test_a_series_is_mailed_once_whatever_becomes_of_it(mailing: Mailing) -> None:
    """Not of each week, nor after a restart, nor when an occurrence is moved."""
    mailing.town.anna.books("SAM, Varje vecka", "10:00", "11:00", uid="weekly", days="FREQ=WEEKLY;COUNT=9")
    [(to, told)] = mailing.cycle(at("06:05"))
    assert to == ANNA
    assert told.startswith("Bokningen tisdag 24 november 10.00 ser ut som en hänvisning, men i stället för kolon står")
    mailing.restarts()
    assert mailing.cycle(at("08:30")) == []
    mailing.town.anna.books("SAM, Varje vecka", "2026-12-02T09:00", "2026-12-02T10:00", uid="weekly", days="FREQ=DAILY")
    assert mailing.cycle(at("10:00")) == []


def test_what_the_first_reading_finds_is_nobodys_mail(tmp_path: Path, post: MailServer) -> None:
    """It may be years old; what is booked afterwards is."""
    mailing = Mailing(tmp_path, post)
    mailing.town.anna.books("SAM Gammalt", "15:00", "16:00")
    assert mailing.cycle(at("06:00")) == []
    mailing.restarts()
    assert mailing.cycle(at("08:00")) == []
    mailing.town.anna.books("SAM Nytt", "16:00", "17:00")
    assert len(mailing.cycle(at("08:05"))) == 1


def test_where_staff_are_not_to_be_mailed_nothing_is_kept_for_later(tmp_path: Path, post: MailServer) -> None:
    """Who switches it on in a year does not mail the year's."""
    mailing = Mailing(tmp_path, post, "")
    mailing.cycle(at("06:00"))
    mailing.town.anna.books("SAM Budget", "15:00", "16:00")
    assert mailing.cycle(at("06:05")) == []
    mailing.watch.use(
        mailing.watched.settings.model_copy(
            update={"alerts": mailing.watched.settings.alerts.model_copy(update={"staff": True})}
        )
    )
    mailing.restarts()
    assert mailing.cycle(at("08:00")) == []


@pytest.mark.parametrize(
    ("subject", "start", "end", "lines"),
    [
        ("SAM Över", "05:00", "05:30", ()),
        ("SAM Pågår", "05:30", "09:00", ()),
        (
            "SAM Någon annans",
            "15:00",
            "16:00",
            ("ORGANIZER:mailto:bo@sorsele.se", f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{ANNA}"),
        ),
        ("SAM Inställt", "15:00", "16:00", ("STATUS:CANCELLED",)),
        ("SAMTAL med Bo", "15:00", "16:00", ()),
    ],
)
def test_only_ones_own_entries_that_are_to_come_are_mailed(
    mailing: Mailing, subject: str, start: str, end: str, lines: tuple[str, ...]
) -> None:
    """A colleague's is theirs to mend; what has begun comes too late."""
    mailing.town.anna.books(subject, start, end, *lines)
    assert mailing.cycle(at("06:05")) == []


def test_a_near_miss_that_another_entry_covers_is_not_mailed(mailing: Mailing) -> None:
    """The phone is closed then: the mail would not be true."""
    mailing.town.anna.books("TJÄ:", "08:00", "17:00")
    mailing.town.anna.books("SAM Inom", "10:00", "11:00")
    assert mailing.cycle(at("06:05")) == []


def test_a_person_is_mailed_once_an_hour_of_everything_that_came(mailing: Mailing) -> None:
    """Ten bookings in a row are no ten mails; what came meanwhile comes with the next reading of the calendar."""
    mailing.town.anna.books("SAM Ett", "15:00", "16:00")
    mailing.town.anna.books("TÄJ: Två", "16:00", "17:00")
    [(_, first)] = mailing.cycle(at("06:05"))
    assert "15.00" in first
    mailing.town.anna.books("SAM Tre", "17:00", "18:00")
    assert mailing.cycle(at("06:10")) == []
    [(_, later)] = mailing.cycle(at("07:06"))
    assert "17.00" in later


def test_not_more_than_so_many_are_mailed_within_an_hour(mailing: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    """A code that is new to the configuration may make a near miss of every second entry."""
    monkeypatch.setattr(staff, "MOST_MAILS", 1)
    mailing.town.anna.books("SAM Ett", "15:00", "16:00")
    mailing.town.bo.books("SAM Två", "15:00", "16:00")
    assert len(mailing.cycle(at("06:05"))) == 1
    assert mailing.cycle(at("06:40")) == []
    assert len(mailing.cycle(at("07:20"))) == 1


def test_who_has_left_is_not_mailed(mailing: Mailing, post: MailServer) -> None:
    """Neither at once nor when the mail server is back."""
    mailing.town.anna.books("SAM Ett", "15:00", "16:00")
    post.is_down = True
    assert mailing.cycle(at("06:05")) == []
    [line] = mailing.watched.logged("staff_unmailed")
    assert line["count"] == 1
    post.is_down = False
    mailing.town.moves_out("anna")
    assert [mailing.cycle(at(clock)) for clock in ("06:40", "07:20")] == [[], []]


def test_who_leaves_before_the_mail_goes_is_not_mailed(mailing: Mailing, post: MailServer) -> None:
    """The mailbox may be somebody else's by then."""
    mailing.town.anna.books("SAM Ett", "15:00", "16:00")
    tenant = mailing.watched.settings.tenants[0]
    mailing.watch.after_cycle(tenant, mailing.watched.works(at("06:05")))
    mailing.town.moves_out("anna")
    mailing.watched.works(at("06:06"))
    mailing.looks(at("06:07"))
    assert post.mails == []


def test_what_could_not_be_mailed_is_mailed_when_the_calendar_is_read_next(mailing: Mailing, post: MailServer) -> None:
    """At the latest half an hour later."""
    mailing.town.anna.books("SAM Ett", "15:00", "16:00")
    post.is_down = True
    assert mailing.cycle(at("06:05")) == []
    post.is_down = False
    assert len(mailing.cycle(at("06:36"))) == 1


def test_a_service_that_was_off_for_a_weekend_tells_nobody_that_nothing_was_read(mailing: Mailing) -> None:
    """It has just begun, and its first cycle takes its time; where that never ends it is told."""
    monday = at("06:00") + timedelta(days=3)
    mailing.restarts(monday)
    mailing.looks(monday)
    mailing.looks(monday + timedelta(minutes=29))
    assert mailing.watched.logged("alert_sent") == []
    mailing.looks(monday + timedelta(minutes=30))
    [line] = mailing.watched.logged("alert_sent")
    assert line["begun"] == ["not_read"]


def test_run_beats_after_each_round(tmp_path: Path) -> None:
    """The monitor's address is asked for as it is: nothing of anybody is sent with it."""
    with monitor() as hears:
        running = Running(Municipality(tmp_path, f'{EVERY_SECOND}[alerts]\nheartbeat = "{hears.address}/uuid"\n'))
        process = running.starts()
        try:
            until(lambda: bool(hears.asked), "a beat")
        finally:
            process.kill()
            process.wait()
    assert set(hears.asked) == {"/uuid"}


def test_run_and_cron_never_mail_the_same_thing_twice(tmp_path: Path, post: MailServer) -> None:
    """Whichever of them looks first; they share what was mailed, and so does the next process."""
    mailing = Mailing(tmp_path, post, 'lang = "en"\n')
    mailing.cycle(at("06:00"))
    mailing.looks(at("06:31"))
    assert len(post.mails) == 1
    cron = mailing.town.hanvisa("status", "--mail", "--at", "2026-11-24T06:32", "--lang", "en")
    assert (cron.code, "Mailed" in cron.out, len(post.mails)) == (1, False, 1)
    mailing.restarts()
    mailing.looks(at("06:33"))
    mailing.cycle(at("07:31"))
    assert [str(mail["Subject"]) for mail in post.mails[1:]] == ["hanvisa: sorsele: over: the calendars are read again"]
    mailing.town.hanvisa("status", "--mail", "--at", "2026-11-24T07:32")
    assert len(post.mails) == 2


def test_a_store_that_cannot_be_written_is_mailed_by_the_service(
    tmp_path: Path, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be read, so that all seems well: after ten minutes it is told, once, and that it is over."""
    monkeypatch.setattr("sync_daemon.store.sqlite_database.BUSY_SECONDS", 0.05)
    mailing = Mailing(tmp_path, post, 'lang = "en"\n')
    mailing.cycle(at("06:00"))
    with closing(sqlite3.connect(mailing.town.folder / "hanvisa.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for clock in ("06:05", "06:10", "06:15", "06:20", "06:30"):
            mailing.looks(at(clock))
    [mail] = post.mails
    assert "the store cannot be reached" in str(mail["Subject"])
    mailing.looks(at("07:20"))
    assert str(post.mails[1]["Subject"]).startswith("hanvisa: 1 wrong, 1 over")


def test_what_cannot_be_kept_in_the_store_is_not_mailed_each_minute(
    tmp_path: Path, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full, which shows only as what is due is written: the store's own trouble is told alone, and once."""

    def is_full(_memory: InStore, change: Callable[[Sequence[Alert]], Sequence[Alert]]) -> None:
        assert change(())
        raise StoreUnavailable("the disk is full")

    mailing = Mailing(tmp_path, post, 'lang = "en"\n')
    mailing.cycle(at("06:00"))
    monkeypatch.setattr(InStore, "change", is_full)
    for clock in ("06:31", "06:32", "06:33", "06:42", "06:43"):
        mailing.looks(at(clock))
    [mail] = post.mails
    assert "the store cannot be reached" in str(mail["Subject"])


def test_who_does_not_fit_into_the_queue_is_found_again(mailing: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cycle waits until somebody has been mailed."""
    monkeypatch.setattr(watch, "MOST_WAITING", 1)
    mailing.restarts()
    mailing.town.anna.books("SAM Ett", "15:00", "16:00")
    mailing.town.bo.books("SAM Två", "15:00", "16:00")
    assert len(mailing.cycle(at("06:05"))) == 1
    monkeypatch.undo()
    mailing.restarts()
    assert len(mailing.cycle(at("06:40"))) == 1


def test_a_bug_in_looking_is_told_once_and_the_next_look_is_taken(
    tmp_path: Path, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its text, which may quote anything; the work goes on meanwhile."""
    mailing = Mailing(tmp_path, post, 'lang = "en"\n')
    mailing.cycle(at("06:00"))
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.01)

    def fails(*_: object) -> None:
        raise RuntimeError("SAM: Hemligt")

    with monkeypatch.context() as broken:
        broken.setattr(watch, "health_of", fails)
        mailing.watch.start()
        until(lambda: bool(mailing.watched.logged("alerts_failed")), "the failure")
        until(lambda: len(mailing.watched.logged("bug")) == 1, "the bug")
    until(lambda: bool(mailing.watched.logged("trouble_over")), "its end")
    mailing.watch.stop()
    assert mailing.watched.logged("alerts_failed")[0]["problem"] == "RuntimeError"
    assert "Hemligt" not in (mailing.town.folder / "hanvisa.log").read_text(encoding="utf-8")
    assert len(mailing.watched.logged("alerts_failed", "bug")) == 2
