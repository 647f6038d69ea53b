"""The functions of the database beside `by_hand`: the same act leaves the same rows, or both refuse it.

Each act is tried on the same rows twice: by SQL, which is rolled back, and then by Python.
"""

# ruff: noqa: S608 - the names are our own

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import make_url

from rules.command import Alternative, Mode, Phone
from rules.entry import Booking
from rules.plan import Situation, plan
from sync_daemon import by_hand, settings
from sync_daemon.by_hand import Hand, Refused, Wish
from sync_daemon.cycle.planning import Planner
from sync_daemon.cycle.rules_told import RulesTold
from sync_daemon.numbers import check_number, is_service, normalised
from sync_daemon.settings import Tenant
from sync_daemon.store import Store
from sync_daemon.store.rows import REFERRAL_COLUMNS, is_tampered
from tests import postgresql
from tests.configuration import STORE, tenant_table
from tests.sync_daemon.board.town import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

    from sync_daemon.store import StoredSubscriber

STARTS = (
    datetime(2026, 11, 23, 7, tzinfo=UTC),
    datetime(2026, 10, 24, 7, tzinfo=UTC),
    datetime(2027, 3, 27, 7, tzinfo=UTC),
    datetime(2026, 12, 23, 7, tzinfo=UTC),
)
"""When the days begin that the acts are of: a week like another, both changes of the clock, and Christmas."""

ZONE = ZoneInfo("Europe/Stockholm")

RULES = """
[tenants.rules]
count_private = true
countries = ["NO", "FI", "GB"]
internal_numbers = ["4800"]
[[tenants.departments]]
name = "Natt"
rules = { lunch = false, hours = ["20:00", "23:00"], after_hours = true }
[[tenants.departments]]
name = "Dag"
rules = { after_hours = true }
"""
PEOPLE = (
    Line("anna@sorsele.se", "Anna Ek", ("4711", "+46701234567"), "Natt"),
    Line("bo@sorsele.se", "Bo Öberg", ("4712",), None, Alternative("4711", Mode.CONNECT)),
    Line("dan@sorsele.se", "Dan Åström", ("4713",), "Dag"),
)
NUMBERS = (
    "4711", "4712", "0701234567", "070-123 45 67", "+46 70 123 45 67", "oe:0701234567", "oe:4711", "4800", "4900",
    "112", "118118", "1177", "0046701234567", "08-123 456 78", "0771-123 456", "0900-123 45 67", "020-123 456",
    "+4746071234", "+4712345678", "+358401234567", "+44 20 7946 0958", "+441534123456", "+12025550123", "+46070123",
    "0", "", "x", "(070) 123", "010-123 45 67", "074-123 45 67", "+46 8 123 456 78",
)  # fmt: skip
REASONS = ("lunch", "away", "  ", "\u3164", "a\u200bb", "x" * 300, "rad\nrad", "Möte – §", "—", "٣", "e\u0301\x1b[1m")


@dataclass(frozen=True)
class Asked:
    """An act, as its Python and its SQL have it."""

    name: str
    arguments: dict[str, Any]


@dataclass
class Bench:
    """A store with three people."""

    url: str
    store: Store
    tenant: Tenant
    start: datetime

    def connection(self) -> Connection[Any]:
        """As the owner, whose rows are seen before they are rolled back."""
        return psycopg.connect(make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False))

    @property
    def people(self) -> list[StoredSubscriber]:
        """As they are now."""
        return self.store.subscribers("sorsele")

    def books(self, person: StoredSubscriber, bookings: list[Booking], now: datetime) -> None:
        """What a cycle would write of these entries."""
        held = self.store.held([person.id], now - timedelta(days=14))[person.id]
        office = Planner(self.tenant).office(person.department)
        of_calendar = [one for one in held.referrals if one.by_calendar]
        situation = Situation(now, {one.key: one for one in bookings}, of_calendar, held.openings, person.alternative)
        self.store.apply(person.id, held.revision, plan(situation, office), now)


@pytest.fixture
def start(request: pytest.FixtureRequest) -> datetime:
    """The first of them, where a test says nothing else."""
    return getattr(request, "param", STARTS[0])


@pytest.fixture
def bench(tmp_path: Path, start: datetime) -> Iterator[Bench]:
    """Nobody is referred yet."""
    (tmp_path / "hanvisa.toml").write_text(STORE + tenant_table() + RULES, encoding="utf-8")
    (tmp_path / "sorsele.csv").write_text("mailbox,name,extensions\n", encoding="utf-8")
    (tmp_path / "calendars").mkdir()
    (tenant,) = settings.load(tmp_path / "hanvisa.toml", {}).tenants
    url = postgresql.empty_store_url()
    with Store.open(url) as store:
        store.put_directory("sorsele", PEOPLE, (), leave=True, now=start)
        RulesTold(store, tenant).tell(start)
        yield Bench(url, store, tenant, start)


_DUMPED = (
    "SELECT id, revision FROM subscribers ORDER BY id",
    'SELECT id, subscriber_id, origin, reason, phone, "from", until, alternative_number, alternative_mode,'  # noqa: ISC004
    " opened_at, set_at, set_by, bookings, version FROM referrals ORDER BY id",
    "SELECT id, subscriber_id, at, phone, keys, ended, by, undone_at FROM openings ORDER BY id",
    "SELECT at, subscriber_id, referral_id, action, before, after, cause, entries, rests, by FROM changes ORDER BY id",
)
_SEQUENCES = ("referrals", "openings", "changes")


def _rows(connection: Connection[Any]) -> list[Any]:
    return [connection.execute(query).fetchall() for query in _DUMPED]


_CALLS = {
    "refer": "hanvisa_refer({}, %(begins)s, %(until)s, %(reason)s, %(phone)s, %(number)s, %(mode)s)",
    "withdraw": "hanvisa_withdraw({}, %(at)s, %(begins)s, NULL)",
    "open": "hanvisa_open({}, %(at)s)",
    "undo": "hanvisa_undo({}, %(at)s)",
}
_SYSTEM = "ROW(%(by)s, 'trio', ARRAY['sorsele'])::other_systems"
_HAND = f"{_SYSTEM}, hanvisa_person({_SYSTEM}, %(extension)s), %(now)s"


def _by_sql(bench: Bench, hand: Hand, asked: Asked) -> tuple[list[Any], str | None]:
    """What would be there, and what was refused."""
    call = f"SELECT {_CALLS[asked.name].format(_HAND)}"
    values = {**asked.arguments, "by": hand.by, "extension": hand.person.extensions[0], "now": hand.now}
    with bench.connection() as connection:
        counts = [connection.execute(f"SELECT last_value, is_called FROM {t}_id_seq").fetchone() for t in _SEQUENCES]
        try:
            connection.execute(call, values)
            problem = None
        except psycopg.Error as error:
            if error.sqlstate not in {"VX400", "VX409"} or not error.diag.message_hint:
                raise
            problem = error.diag.message_primary
            connection.rollback()
        rows = _rows(connection)
        _refuse_tampered(connection)
        connection.rollback()
        for table, count in zip(_SEQUENCES, counts, strict=True):
            connection.execute(f"SELECT setval('{table}_id_seq', %s, %s)", count)
    return rows, problem


def _refuse_tampered(connection: Connection[Any]) -> None:
    """Each row of the calendar's is as the daemon itself would have written it."""
    names = [column.name for column in REFERRAL_COLUMNS]
    listed = ", ".join(f'"{name}"' for name in names)
    for row in connection.execute(f"SELECT {listed}, written FROM referrals").fetchall():
        assert not is_tampered(row[:-1], row[-1]), row


def _by_python(bench: Bench, hand: Hand, asked: Asked) -> tuple[list[Any], str | None]:
    problem = None
    arguments = asked.arguments
    try:
        if asked.name == "refer":
            wish = Wish(
                until=arguments["until"],
                start=arguments["begins"],
                reason=arguments["reason"],
                phone=Phone(arguments["phone"]),
                number=arguments["number"],
                mode=Mode(arguments["mode"]),
            )
            by_hand.refer(hand, wish)
        elif asked.name == "withdraw":
            by_hand.withdraw(hand, arguments["at"], begins=arguments["begins"])
        else:
            act = by_hand.open_phone if asked.name == "open" else by_hand.undo_opening
            act(hand, arguments["at"])
    except Refused as error:
        problem = str(error)
    with bench.connection() as connection:
        return _rows(connection), problem


def _some_time(drawn: random.Random, now: datetime, start: datetime) -> datetime:
    near = now + timedelta(
        minutes=drawn.choice((0, 0, 5, -30, -70, 60, 200, 60 * 24, -60 * 24)), seconds=drawn.randrange(3)
    )
    return drawn.choice((near, near, near, start + timedelta(minutes=15 * drawn.randrange(4 * 24 * 5))))


def _midnight(start: datetime, days: int) -> datetime:
    return (start.astimezone(ZONE) + timedelta(days=days)).replace(hour=0).astimezone(UTC)


def _bookings(drawn: random.Random, start: datetime) -> list[Booking]:
    made = []
    for number in range(drawn.randrange(1, 7)):
        begins = start + timedelta(minutes=15 * drawn.randrange(4 * 24 * 3))
        ends = begins + timedelta(minutes=drawn.choice((15, 30, 45, 60, 100, 240, 60 * 24)))
        all_day = drawn.random() < 0.2
        if all_day:
            first = drawn.randrange(4)
            begins, ends = _midnight(start, first), _midnight(start, first + drawn.randrange(1, 3))
        meant = Alternative("4711", drawn.choice(tuple(Mode))) if drawn.random() < 0.3 else None
        phone = Phone.OPEN if drawn.random() < 0.2 else Phone.CLOSED
        code = drawn.choice(("SAM", "TJÄ", "GONE"))
        made.append(Booking(f'k{number}"ö\\', begins, ends, code, phone, meant, all_day))
    return made


def _asked(drawn: random.Random, now: datetime, start: datetime) -> Asked:
    at = None if drawn.random() < 0.4 else _some_time(drawn, now, start)
    match drawn.choice(("refer", "refer", "withdraw", "open", "open", "undo", "undo")):
        case "refer":
            begins = None if drawn.random() < 0.5 else _some_time(drawn, now, start)
            lasts = timedelta(minutes=drawn.choice((-5, 0, 30, 240, 60 * 24 * 2000)))
            wish = {
                "begins": begins,
                "until": (begins or now) + lasts,
                "reason": drawn.choice(REASONS[:2] if drawn.random() < 0.8 else REASONS),
                "phone": drawn.choice(("closed", "closed", "open")),
                "number": drawn.choice(NUMBERS) if drawn.random() < 0.4 else None,
                "mode": drawn.choice(("info", "connect")),
            }
            return Asked("refer", wish)
        case "withdraw":
            return Asked(
                "withdraw", {"at": at, "begins": _some_time(drawn, now, start) if drawn.random() < 0.3 else None}
            )
        case name:
            return Asked(name, {"at": at})


def _seeds() -> Iterator[Any]:
    for seed in range(200):
        yield pytest.param(seed, STARTS[seed % 4], marks=() if seed < 10 else pytest.mark.long, id=str(seed))


@pytest.mark.parametrize(("seed", "start"), list(_seeds()), indirect=["start"])
def test_an_act_leaves_the_same_rows_by_sql(bench: Bench, seed: int) -> None:
    """Whatever the calendar has, whoever acted before, and whenever it is."""
    drawn = random.Random(seed)
    now = bench.start
    asked: list[Asked] = []
    calendars = {person.id: _bookings(drawn, now) for person in bench.people}
    for person in bench.people:
        bench.books(person, calendars[person.id], now - timedelta(days=drawn.randrange(2)))
    for _ in range(14):
        now += timedelta(minutes=drawn.choice((0, 0, 10, 45, 120, 400)), seconds=drawn.randrange(60))
        person = drawn.choice(bench.people)
        if drawn.random() < 0.15:
            bench.store.record_cycle("sorsele", now.replace(microsecond=0), {}, ())
            bench.books(person, calendars[person.id], now)
        if drawn.random() < 0.25:
            _an_operator_acts(bench, drawn, person, now)
        again = bool(asked) and drawn.random() < 0.1  # want of an answer
        asked.append(asked[-1] if again else _asked(drawn, now, bench.start))
        hand = Hand(bench.store, bench.tenant, person, drawn.choice(("trio", "trio", "telia")), now, "trio")
        by_sql, refused_by_sql = _by_sql(bench, hand, asked[-1])
        by_python, refused = _by_python(bench, hand, asked[-1])
        assert (refused_by_sql is None) == (refused is None), (asked[-1], refused_by_sql, refused)
        for ours, theirs in zip(by_sql, by_python, strict=True):
            assert [row for row in ours if row not in theirs] == [row for row in theirs if row not in ours], asked[-1]
            assert ours == theirs, asked[-1]


def _an_operator_acts(bench: Bench, drawn: random.Random, person: StoredSubscriber, now: datetime) -> None:
    hand = Hand(bench.store, bench.tenant, person, "Eva", now)
    try:
        drawn.choice((
            lambda: by_hand.refer(hand, Wish(until=now + timedelta(minutes=90))),
            lambda: by_hand.open_phone(hand),
            lambda: by_hand.undo_opening(hand),
        ))()  # fmt: skip
    except Refused:
        return


def test_a_number_is_one_for_both(bench: Bench) -> None:
    """Of every kind, as people write them."""
    drawn = random.Random(7)
    texts = [*NUMBERS, *(_some_number(drawn) for _ in range(4000))]
    rules = bench.tenant.rules
    check = check_number(rules.country, rules.countries)
    with bench.connection() as connection:
        query = (
            "SELECT hanvisa_normalised(told, rules), hanvisa_is_alternative(hanvisa_normalised(told, rules), rules),"
            " hanvisa_is_service(hanvisa_normalised(told, rules), rules->'short')"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS asked(told, place), tenant_rules ORDER BY place"
        )
        found = connection.execute(query, (texts,)).fetchall()
    for text, (number, good, service) in zip(texts, found, strict=True):
        expected = normalised(text, rules.country)
        if expected is not None:
            assert number == expected, text
        if not text.startswith("oe:"):
            assert bool(good) == (expected is not None and check(text) is not None), (text, number, expected)
        assert bool(service) == (expected is not None and is_service(expected, rules.country)), text


def _some_number(drawn: random.Random) -> str:
    digits = "".join(drawn.choice("0123456789") for _ in range(drawn.randrange(1, 11)))
    begins = drawn.choice(
        ("", "", "0", "00", "+46", "+47", "+358", "+44", "07", "08", "+4670", "11", "+447", "010", "020")
    )
    return begins + digits
