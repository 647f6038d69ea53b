"""How hanvisa is, as seen from outside: from the store, the locks, the log and the files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rules.brake import Waiting
from sync_daemon import settings
from sync_daemon.answers.health import Cause, Health, HealthProblem, Place, TenantHealth, health_at, in_words
from sync_daemon.service.worker import Worker
from sync_daemon.settings import Settings
from sync_daemon.store import Progress, RefusedSettings, Store
from sync_daemon.store.lock import TenantLock
from sync_daemon.texts import in_language
from tests.acceptance.municipality import Municipality
from tests.configuration import exchange_source, source_table, tenant_table
from tests.exchange import certificate
from tests.graph import certificates

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_MINUTE = timedelta(minutes=1)
ENDPOINT = "http://127.0.0.1:9/EWS/Exchange.asmx"


def at(clock: str, day: int = 24) -> datetime:
    """A local time in November 2026, in UTC."""
    return datetime.fromisoformat(f"2026-11-{day:02}T{clock}").replace(tzinfo=_STOCKHOLM).astimezone(UTC)


@pytest.fixture
def town(tmp_path: Path) -> Municipality:
    """Sorsele, with Anna and Bo, and a cycle at nine."""
    town = Municipality(tmp_path)
    assert town.once("09:00").code == 0
    return town


def loaded(town: Municipality) -> Settings:
    """Its configuration."""
    return settings.load(town.folder / "hanvisa.toml", {})


def health(town: Municipality, clock: str, day: int = 24) -> Health:
    """How it is at that local time."""
    return health_at(loaded(town), at(clock, day))


def sorsele(town: Municipality, clock: str) -> TenantHealth:
    """How the tenant is."""
    [found] = health(town, clock).tenants
    return found


def causes(found: Health) -> list[Cause]:
    """What is wrong."""
    return [problem.cause for problem in found.problems]


@contextmanager
def working(town: Municipality, clock: str) -> Iterator[Store]:
    """`run` works on Sorsele since then; its store."""
    place = loaded(town)
    with Store.open(place.store_url) as store, TenantLock(place.store_url, "sorsele").held("hanvisa run", at(clock)):
        yield store


def progress(version: str, clock: str, following: str) -> Progress:
    """What this process would say of itself."""
    return Progress(os.getpid(), os.uname().nodename, version, at(clock), at(following))


def test_all_is_well_after_a_cycle(town: Municipality) -> None:
    """Who was read, when, and that nobody works on it between two runs of `once`."""
    found = health(town, "09:14")
    assert (found.exit_code, found.problems) == (0, ())
    [tenant] = found.tenants
    assert (tenant.last_whole, tenant.last_cycle) == (at("09:00"), at("09:00"))
    assert (tenant.mailboxes, tenant.read, tenant.unreadable, tenant.near_misses) == (2, 2, 0, 0)
    assert (tenant.holder, tenant.holder_known, tenant.held) == (None, True, ())
    assert isinstance(found.store, Place)
    assert found.store.writable
    assert found.log is not None
    assert found.log.writable


def test_a_tenant_is_stale_after_a_quarter_of_an_hour(town: Municipality) -> None:
    """Three intervals of five minutes; it says since when, how long ago, and that nobody works on it."""
    assert causes(health(town, "09:15")) == []
    found = health(town, "09:16")
    assert found.exit_code == 1
    [problem] = found.problems
    assert (problem.cause, problem.tenant, problem.since) == (Cause.NOT_READ, "sorsele", at("09:00"))
    assert problem.text == "the calendars were last read 2026-11-24 09:00, 16 minutes ago; nobody works on it"
    assert in_language(problem.text, "sv").startswith(
        "kalendrarna lästes senast 2026-11-24 09.00, för 16 minuter sedan"
    )
    assert (problem.is_for_mail(at("09:29")), problem.is_for_mail(at("09:30"))) == (False, True)


def test_a_long_interval_makes_three_of_them_the_bound(tmp_path: Path) -> None:
    """Who reads once an hour is stale after three."""
    town = Municipality(tmp_path)
    configuration = tmp_path / "hanvisa.toml"
    configuration.write_text(configuration.read_text() + "[service]\ninterval = 3600\n")
    town.once("06:00")
    assert causes(health(town, "09:00")) == []
    assert causes(health(town, "09:01")) == [Cause.NOT_READ]


def test_a_last_cycle_that_is_yet_to_come_is_as_strange(town: Municipality) -> None:
    """A clock was wrong, then or now: that nothing is wrong would be a guess."""
    [problem] = health(town, "08:00").problems
    assert problem.cause is Cause.NOT_READ
    assert "which is yet to come by this clock" in problem.text


def test_before_the_first_cycle_nothing_is_wrong_yet(tmp_path: Path) -> None:
    """A store that somebody has made, and nothing in it; but a service that has worked for a while should have read."""
    town = Municipality(tmp_path)
    with working(town, "08:00"):
        assert sorsele(town, "08:15").is_new
        assert causes(health(town, "08:15")) == []
        assert causes(health(town, "08:16")) == [Cause.NOT_READ]
    assert causes(health(town, "08:16")) == []


def test_a_tenant_that_the_service_does_not_know_of_is_told(town: Municipality) -> None:
    """It was added to the configuration, and nobody has reloaded the service."""
    configuration = town.folder / "hanvisa.toml"
    configuration.write_text(configuration.read_text() + tenant_table("mala"), encoding="utf-8")
    (town.folder / "mala.csv").write_text("mailbox,name,extensions\ncia@mala.se,Cia,4801\n", encoding="utf-8")
    [problem] = health(town, "09:01").problems
    assert (problem.cause, problem.tenant, problem.command) == (
        Cause.NOT_READ,
        "mala",
        "sudo systemctl reload hanvisa",
    )
    told = {one: town.hanvisa("check", "--at", "2026-11-24T09:01", "--tenant", one).out for one in ("sorsele", "mala")}
    assert {one: "there was no cycle of it yet" in out for one, out in told.items()} == {"sorsele": False, "mala": True}


def test_no_store_is_a_trouble_of_the_store(tmp_path: Path) -> None:
    """A mistyped address does not pass for a switchboard where all is well."""
    found = health(Municipality(tmp_path), "09:00")
    assert (found.exit_code, causes(found), found.tenants) == (3, [Cause.STORE_UNAVAILABLE], ())


def test_a_damaged_store_is_a_trouble_of_the_store(town: Municipality) -> None:
    """Nothing is known of any tenant then."""
    (town.folder / "hanvisa.db").write_bytes(b"no database at all " * 100)
    found = health(town, "09:00")
    assert (found.exit_code, found.tenants) == (3, ())


def test_who_works_on_it_is_told(town: Municipality) -> None:
    """The process, its machine, since when; its version and its next cycle are those that it said."""
    with working(town, "08:30") as store:
        store.keep_progress("sorsele", progress("0.0.9", "09:00", "09:05"))
        tenant = sorsele(town, "09:01")
    assert tenant.holder is not None
    assert (tenant.holder.pid, tenant.holder.command, tenant.holder.since) == (os.getpid(), "hanvisa run", at("08:30"))
    assert (tenant.version, tenant.next_cycle) == ("0.0.9", at("09:05"))
    assert [problem.cause for problem in tenant.problems] == [Cause.RESTART_NEEDED]


def test_a_dead_service_promises_nothing(town: Municipality) -> None:
    """Of the next cycle of a process that is gone nothing is said."""
    with Store.open(loaded(town).store_url) as store:
        store.keep_progress("sorsele", progress("0.0.9", "09:00", "09:05"))
    tenant = sorsele(town, "09:01")
    assert (tenant.version, tenant.next_cycle) == (None, None)


def test_one_unreadable_mailbox_of_two_is_many(town: Municipality) -> None:
    """Since the first cycle that could not read it, whatever the ones after it said."""
    town.bo.path.write_bytes(b"\xff no calendar")
    town.once("09:10")
    town.once("09:20")
    tenant = sorsele(town, "09:21")
    assert (tenant.read, tenant.unreadable, tenant.unreadable_since) == (1, 1, at("09:10"))
    [problem] = tenant.problems
    assert (problem.cause, problem.since) == (Cause.MANY_UNREADABLE, at("09:10"))
    assert problem.text == "1 of 2 mailboxes cannot be read, since 2026-11-24 09:10"


def test_over_one_in_twenty_unreadable_is_many_since_that_share_was_passed(town: Municipality) -> None:
    """One of twenty-four is told and not mailed; with a second one it is many, from then on."""
    for number in range(22):
        town.moves_in(f"p{number}", str(4800 + number))
    town.bo.path.write_bytes(b"\xff")
    town.once("09:10")
    [problem] = sorsele(town, "09:11").problems
    assert (problem.cause, problem.is_for_mail(at("09:11"))) == (Cause.SOME_UNREADABLE, False)
    town.anna.path.write_bytes(b"\xff")
    town.once("09:20")
    [problem] = sorsele(town, "09:21").problems
    assert (problem.cause, problem.since, problem.is_for_mail(at("09:21"))) == (
        Cause.MANY_UNREADABLE,
        at("09:20"),
        True,
    )


def test_a_cycle_that_could_read_nobody_is_no_whole_one(town: Municipality) -> None:
    """Everybody was asked for, and nobody's phone is in step with their calendar."""
    for calendar in (town.anna, town.bo):
        calendar.path.write_bytes(b"\xff")
    town.once("09:20")
    tenant = sorsele(town, "09:21")
    assert (tenant.last_whole, tenant.last_cycle) == (at("09:00"), at("09:20"))
    assert [problem.cause for problem in tenant.problems] == [Cause.NOT_READ, Cause.MANY_UNREADABLE]


def test_a_cycle_that_was_cut_short_is_no_whole_one(town: Municipality) -> None:
    """There was time for one mailbox of two."""
    place = loaded(town)
    with Store.open(place.store_url) as store:
        outcome = Worker(place.tenants[0], place, store).work(at("09:20"), go_on=lambda: False)
    assert outcome.postponed == 1
    tenant = sorsele(town, "09:21")
    assert (tenant.last_whole, tenant.last_cycle) == (at("09:00"), at("09:20"))


def test_near_misses_of_who_has_left_are_not_counted(town: Municipality) -> None:
    """Nobody is to mend them."""
    town.bo.books("SAM Budget", "10:00", "11:00")
    town.once("09:10")
    town.moves_out("bo")
    town.once("09:12")
    assert sorsele(town, "09:13").near_misses == 0


def test_near_misses_are_counted_as_each_calendar_was_read_last(town: Municipality) -> None:
    """A mailbox that is unreadable now keeps its own; one that is mended has none."""
    entry = town.anna.books("SAM Budget", "10:00", "11:00")
    town.bo.books("SAM Budget", "10:00", "11:00")
    town.once("09:10")
    assert sorsele(town, "09:11").near_misses == 2
    town.bo.path.write_bytes(b"\xff")
    town.anna.deletes(entry)
    town.once("09:11")
    assert sorsele(town, "09:11").near_misses == 1


def test_what_is_held_back_is_told_with_what_lets_it_through(town: Municipality) -> None:
    """Until somebody has approved it."""
    with Store.open(loaded(town).store_url) as store:
        store.hold("sorsele", "0b81", {"anna": Waiting(at("09:05"), 1)}, at("09:05"))
        [problem] = sorsele(town, "09:06").problems
        store.approve("sorsele", "0b81", "Eva", at("09:06"))
    assert (problem.cause, problem.command) == (Cause.HELD_BACK, "hanvisa approve sorsele 0b81")
    assert sorsele(town, "09:06").problems == ()


def test_a_refused_directory_is_told_since_the_cycle_that_refused_it(town: Municipality) -> None:
    """And no more once one has taken it into use."""
    town.directory_is("no such columns\n")
    town.once("09:05")
    town.once("09:10")
    [problem] = sorsele(town, "09:11").problems
    assert (problem.cause, problem.since) == (Cause.DIRECTORY_REFUSED, at("09:05"))
    town.moves_in("cecilia", "4713")
    town.once("09:12")
    assert sorsele(town, "09:12").problems == ()


def test_a_folder_that_is_not_there_is_told(town: Municipality) -> None:
    """Before any cycle has met it."""
    (town.folder / "calendars").rename(town.folder / "elsewhere")
    [problem] = sorsele(town, "09:01").problems
    assert problem.cause is Cause.FOLDER_MISSING
    assert str(town.folder / "calendars") in problem.text


def test_a_configuration_that_run_refused_is_told_while_that_run_works(town: Municipality) -> None:
    """Once it is dead the next one reads the file as it is."""
    with working(town, "08:30") as store:
        store.refuse_settings(
            None, RefusedSettings(os.getpid(), os.uname().nodename, at("09:01"), "there is no such key")
        )
        found = health(town, "09:02")
        assert (found.exit_code, causes(found)) == (2, [Cause.CONFIGURATION_REFUSED])
    assert causes(health(town, "09:02")) == []


def test_a_tenant_that_run_could_not_begin_is_told_until_somebody_works_on_it(town: Municipality) -> None:
    """Whatever it was has been mended since, or the next `run` would have been kept from it as well."""
    with Store.open(loaded(town).store_url) as store:
        store.refuse_settings("sorsele", RefusedSettings(1, "elsewhere", at("09:01"), "the secret is not there"))
    found = health(town, "09:02")
    assert (found.exit_code, causes(found)) == (2, [Cause.CONFIGURATION_REFUSED])
    with working(town, "09:01"):
        assert causes(health(town, "09:02")) == []


def exchange_town(folder: Path, **keys: str) -> Municipality:
    """Sorsele with an Exchange that nobody asks, whose secret is there."""
    town = Municipality(folder)
    source = exchange_source(ENDPOINT, "svc", **keys)
    configuration = folder / "hanvisa.toml"
    kept = 'secrets_dir = "secrets"\n' + configuration.read_text().partition("[[tenants]]")[0]
    configuration.write_text(kept + tenant_table("sorsele", source), encoding="utf-8")
    (folder / "secrets").mkdir()
    (folder / "secrets" / "exchange").write_text("hemligt")
    Store.open(loaded(town).store_url).close()
    return town


def test_a_missing_secret_is_told_of_its_tenant(tmp_path: Path) -> None:
    """Named, with the file; exit code 2."""
    town = exchange_town(tmp_path)
    assert health(town, "09:00").problems == ()
    (tmp_path / "secrets" / "exchange").unlink()
    found = health(town, "09:00")
    assert found.exit_code == 2
    [problem] = found.problems
    assert (problem.cause, problem.tenant) == (Cause.CONFIGURATION_REFUSED, "sorsele")
    assert str(tmp_path / "secrets" / "exchange") in problem.text


def certificate_problems(town: Municipality, now: datetime) -> list[HealthProblem]:
    """What is said of the certificate at that time."""
    return list(health_at(loaded(town), now).problems)


def test_a_certificate_is_told_of_a_month_before_it_ends(tmp_path: Path) -> None:
    """And when it has ended; one of the same name that lasts longer beside it is what counts."""
    town = exchange_town(tmp_path, ca_file="cert.pem")
    file, _ = certificate.make(tmp_path)  # it ends 364 days from now
    now = datetime.now(UTC) + timedelta(days=334)
    assert certificate_problems(town, now - _MINUTE) == []
    [soon] = certificate_problems(town, now + _MINUTE)
    assert (soon.cause, soon.tenant, soon.is_for_mail(now)) == (Cause.CERTIFICATE_ENDS, "sorsele", True)
    [ended] = certificate_problems(town, now + timedelta(days=31))
    assert "has ended" in ended.text

    newer = file.read_bytes()
    certificate.make(tmp_path, expired=True)
    file.write_bytes(newer + file.read_bytes())
    assert certificate_problems(town, now - _MINUTE) == []
    file.write_text("no certificate")
    assert [one.cause for one in certificate_problems(town, now)] == [Cause.CONFIGURATION_REFUSED]


def test_the_certificate_that_exchange_shows_is_told_of_as_well(tmp_path: Path) -> None:
    """As the service saw it last, whether it works now or not; of an endpoint that is configured no more nothing is."""
    town = exchange_town(tmp_path)
    said = Progress(
        1, "elsewhere", "0.1.0", at("09:00"), None, {ENDPOINT: at("09:00", 30), "https://old/": at("09:00")}
    )
    with Store.open(loaded(town).store_url) as store:
        store.keep_progress("sorsele", said)
    [problem] = health(town, "09:01").problems
    assert (problem.cause, problem.which, problem.since) == (
        Cause.CERTIFICATE_ENDS,
        ENDPOINT,
        at("09:00", 30) - timedelta(days=30),
    )
    assert "showed last ends 2026-11-30 09:00" in problem.text
    assert any("showed last has ended" in one.text for one in health(town, "09:01", 30).problems)


def online_town(folder: Path, *others: str, **keys: str) -> Municipality:
    """Sorsele with an Exchange Online that nobody asks, and other sources."""
    town = Municipality(folder)
    source = source_table(
        kind="graph", directory_id="sorsele.se", client_id="66666666-7777-8888-9999-000000000000", **keys
    )
    configuration = folder / "hanvisa.toml"
    kept = 'secrets_dir = "secrets"\n' + configuration.read_text().partition("[[tenants]]")[0]
    configuration.write_text(kept + tenant_table("sorsele", source, *others), encoding="utf-8")
    (folder / "secrets").mkdir()
    Store.open(loaded(town).store_url).close()
    return town


def test_the_applications_certificate_is_told_of_a_month_before_it_ends(tmp_path: Path) -> None:
    """And when it has ended; one that is not there, or has no key, keeps the tenant from being worked on."""
    town = online_town(tmp_path, certificate="app.pem")
    file = tmp_path / "secrets" / "app.pem"
    ends = certificates.make(file).not_valid_after_utc
    assert certificate_problems(town, ends - timedelta(days=31)) == []
    [soon] = certificate_problems(town, ends - timedelta(days=29))
    assert (soon.cause, soon.tenant, soon.which) == (Cause.CERTIFICATE_ENDS, "sorsele", str(file))
    [ended] = certificate_problems(town, ends + _MINUTE)
    assert "has ended" in ended.text
    key, _, _ = file.read_bytes().partition(b"-----BEGIN CERTIFICATE-----")
    file.write_bytes(key)
    [problem] = certificate_problems(town, ends)
    assert (problem.cause, "there is no certificate" in problem.text) == (Cause.CONFIGURATION_REFUSED, True)
    file.unlink()
    assert [one.cause for one in certificate_problems(town, ends)] == [Cause.CONFIGURATION_REFUSED]


def test_a_certificate_of_two_sources_is_told_once(tmp_path: Path) -> None:
    """The municipality's own authority, whose file both sides of a move are checked with."""
    site = exchange_source("https://mail.sorsele.se/EWS/Exchange.asmx", "svc", name="site", ca_file="authority.pem")
    town = online_town(tmp_path, site, name="cloud", secret="app", ca_file="authority.pem")  # noqa: S106 - a name
    for name in ("app", "exchange"):
        (tmp_path / "secrets" / name).write_text("?", encoding="utf-8")
        (tmp_path / "secrets" / name).chmod(0o600)
    file = tmp_path / "authority.pem"
    made, _ = certificate.make(tmp_path)
    made.rename(file)
    ends = datetime.now(UTC) + timedelta(days=363)
    [soon] = certificate_problems(town, ends)
    assert (soon.cause, soon.which) == (Cause.CERTIFICATE_ENDS, str(file))
    file.unlink()
    [gone] = certificate_problems(town, ends)
    assert "(ca_file) cannot be read" in gone.text


def test_a_missing_secret_of_the_application_is_told(tmp_path: Path) -> None:
    """As that of a service account; and a ca_file that cannot be read."""
    town = online_town(tmp_path, secret="app", ca_file="authority.pem")  # noqa: S106 - a name
    found = certificate_problems(town, datetime.now(UTC))
    assert [(one.cause, one.which) for one in found] == [
        (Cause.CONFIGURATION_REFUSED, str(tmp_path / "secrets" / "app")),
        (Cause.CONFIGURATION_REFUSED, str(tmp_path / "authority.pem")),
    ]


def test_a_log_that_cannot_be_written_is_told(town: Municipality) -> None:
    """A folder stands in its place, say."""
    (town.folder / "hanvisa.log").unlink()
    (town.folder / "hanvisa.log").mkdir()
    assert causes(health(town, "09:01")) == [Cause.LOG_NOT_WRITABLE]


def test_a_store_on_a_disk_without_room_is_told(town: Municipality, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, where the store and the log lie in one folder."""
    monkeypatch.setattr("sync_daemon.answers.health.places.LITTLE_ROOM", 1 << 62)
    assert causes(health(town, "09:01")) == [Cause.LITTLE_ROOM]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_store_whose_file_is_not_to_be_written_is_told(town: Municipality) -> None:
    """By its owner, who would be the service."""
    (town.folder / "hanvisa.db").chmod(0o400)
    assert causes(health(town, "09:01")) == [Cause.STORE_NOT_WRITABLE]


@pytest.mark.parametrize(
    ("seconds", "told", "swedish"),
    [
        (0, "less than a minute", "mindre än en minut"),
        (60, "a minute", "en minut"),
        (119 * 60, "119 minutes", "119 minuter"),
        (47 * 3600, "47 hours", "47 timmar"),
        (5 * 86400, "5 days", "5 dagar"),
    ],
)
def test_how_long_is_told_in_words(seconds: int, told: str, swedish: str) -> None:
    """As one would say it."""
    found = in_words(timedelta(seconds=seconds))
    assert (found, in_language(found, "sv")) == (told, swedish)
