"""The configuration (docs/architecture.md "Configuration"): TOML and environment → Settings, or what is wrong."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from rules.brake import BrakeLimits
from rules.policy import MEETING, ON_DUTY_ELSEWHERE, DepartmentRules, Rules
from sync_daemon.findings import Severity
from sync_daemon.public_holidays import is_holiday
from sync_daemon.settings import (
    Settings,
    SettingsError,
    findings,
    load,
    longest_closed_run,
    nearest,
)
from sync_daemon.settings.sources import EwsSource, GraphSource, IcsSource
from sync_daemon.store.place import beside_store
from tests.configuration import STORE, source_table, tenant_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WHOLE = """
secrets_dir = "secrets"
[store]
url = "sqlite:///hanvisa.db"
[service]
interval = 300
jitter = 30
full_read = 1800
brake = {share = 0.5, least = 10}
[retention]
history_days = 365
log_days = 90
[log]
level = "info"
file = "hanvisa.log"
[[tenants]]
id = "sorsele"
timezone = "Europe/Stockholm"
directory = "sorsele.csv"
[[tenants.sources]]
kind = "ics"
folder = "calendars/sorsele"
[[tenants.departments]]
name = "Socialtjänst"
emergency = "0952-140 00"
rules = {night = false}
[tenants.rules]
commands = [
    {code = "TJÄ", aliases = ["TJA"], reason = "on-duty-elsewhere", text = {sv = "tjänsteärende", en = "away on duty"}},
    {code = "SAM", reason = "meeting", text = {sv = "sammanträde", en = "in a meeting"}},
]
gap = 15
margin = 5
lunch = ["12:00", "13:00"]
hours = ["08:00", "17:00"]
special_hours = {"2026-06-05" = false, "2026-12-23" = ["08:00", "12:00"]}
country = "SE"
countries = []
internal_numbers = []
lookback_days = 14
horizon_days = 14
night = true
after_hours = false
count_tentative = false
count_private = true
unmanned_minutes = 15
"""

TENANT = tenant_table()


def _load(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Settings:
    path = folder / "hanvisa.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, environ or {})


def _wrong(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> dict[str, tuple[str, str]]:
    """What is wrong with it: each thing's problem and remedy."""
    with pytest.raises(SettingsError) as raised:
        _load(folder, text, environ)
    assert {finding.exit_code for finding in raised.value.findings} == {2}
    assert all(str(finding) in str(raised.value) for finding in raised.value.findings)
    return {finding.thing: (finding.problem, finding.remedy) for finding in raised.value.findings}


def _with_rules(rules: str) -> str:
    return f"{STORE}{TENANT}[tenants.rules]\n{rules}\n"


def test_the_designs_own_example(tmp_path: Path) -> None:
    """The example of the design page is read as it says."""
    settings = _load(tmp_path, WHOLE)
    tenant = settings.tenants[0]
    assert settings.secrets_dir == tmp_path / "secrets"
    assert settings.store_url == f"sqlite:///{tmp_path}/hanvisa.db"
    assert settings.service.brake == BrakeLimits(share=0.5, least=10)
    assert settings.log.file == tmp_path / "hanvisa.log"
    assert tenant.directory == tmp_path / "sorsele.csv"
    assert tenant.zone.key == "Europe/Stockholm"
    assert tenant.sources == (IcsSource(kind="ics", folder=tmp_path / "calendars/sorsele"),)
    assert tenant.departments[0].rules == DepartmentRules(night=False)
    assert tenant.rules == Rules(
        commands=(ON_DUTY_ELSEWHERE, MEETING),
        special_hours={date(2026, 6, 5): False, date(2026, 12, 23): (time(8), time(12))},
    )


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    """A store and a tenant are enough; all else is as the design's example says it."""
    least, whole = _load(tmp_path, STORE + TENANT), _load(tmp_path, WHOLE)
    assert (least.service, least.retention, least.log) == (whole.service, whole.retention, whole.log)
    assert least.tenants[0].rules == Rules()
    assert least.secrets_dir is None


def test_hours_for_each_weekday_and_no_lunch(tmp_path: Path) -> None:
    """Hours may be a pair for each weekday, and lunch may be none."""
    text = _with_rules('lunch = false\nhours = {mon = ["08:00", "17:00"], fri = [08:00:00, 16:00:00], sat = false}')
    rules = _load(tmp_path, text).tenants[0].rules
    assert rules.lunch is False
    assert rules.hours == {"mon": (time(8), time(17)), "fri": (time(8), time(16)), "sat": False}


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    """Two underscores lead a level down, and a value is read as what it looks like."""
    environ = {
        "HANVISA_LOG__LEVEL": "debug",
        "HANVISA_SERVICE__INTERVAL": "60",
        "HANVISA_SERVICE__BRAKE__SHARE": "0.25",
        "HANVISA_SECRETS_DIR": "/run/secrets",
        "HANVISA_CONFIG": "other.toml",
        "PATH": "/bin",
    }
    settings = _load(tmp_path, WHOLE, environ)
    assert settings.log.level == "debug"
    assert settings.service.interval == 60
    assert settings.service.brake == BrakeLimits(share=0.25, least=10)
    assert str(settings.secrets_dir) == "/run/secrets"


def test_the_processs_own_environment_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an environment given, the process's own goes over the file."""
    (tmp_path / "hanvisa.toml").write_text(WHOLE, encoding="utf-8")
    monkeypatch.setenv("HANVISA_RETENTION__LOG_DAYS", "7")
    assert load(tmp_path / "hanvisa.toml").retention.log_days == 7


def test_systemds_credentials(tmp_path: Path) -> None:
    """Under systemd the secrets are in its directory, unless the file says where."""
    environ = {"CREDENTIALS_DIRECTORY": "/run/credentials/hanvisa"}
    assert str(_load(tmp_path, STORE + TENANT, environ).secrets_dir) == "/run/credentials/hanvisa"
    assert _load(tmp_path, WHOLE, environ).secrets_dir == tmp_path / "secrets"


def test_paths_are_relative_to_the_file_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path of the TOML file itself changes nothing of that."""
    folder = tmp_path / "å 100% #1"
    folder.mkdir()
    (folder / "hanvisa.toml").write_text(STORE + TENANT, encoding="utf-8-sig")
    monkeypatch.chdir(tmp_path)
    settings = load(folder.relative_to(tmp_path) / "hanvisa.toml", {})
    assert settings.tenants[0].directory == folder / "sorsele.csv"
    assert settings.log.file == folder / "hanvisa.log"


def test_the_log_stands_beside_the_store(tmp_path: Path) -> None:
    """Beside its file; false is none."""
    beside_store = _load(tmp_path, STORE.replace("hanvisa.db", "data/hanvisa.db") + TENANT)
    assert beside_store.log.file == tmp_path / "data" / "hanvisa.log"
    assert _load(tmp_path, f"{STORE}[log]\nfile = false\n{TENANT}").log.file is None


def test_a_store_address_with_an_absolute_path_is_kept_as_it_is(tmp_path: Path) -> None:
    """It stands where it says."""
    url = "sqlite:////var/lib/hanvisa/hanvisa.db"
    assert _load(tmp_path, f'[store]\nurl = "{url}"\n{TENANT}').store_url == url


@pytest.mark.parametrize(
    ("text", "thing", "remedy"),
    [
        ("secret_dir = 'x'\n" + STORE + TENANT, "secret_dir", "write secrets_dir"),
        (STORE + "[log]\nlevle = 'info'\n" + TENANT, "log.levle", "write level"),
        (STORE + "[service]\nbrake = {sahre = 0.5}\n" + TENANT, "service.brake.sahre", "write share"),
        ((STORE + TENANT).replace("directory", "directroy"), "tenants[0] (sorsele).directroy", "write directory"),
        ((STORE + TENANT).replace("folder", "foldr"), "tenants[0] (sorsele).sources[0].foldr", "write folder"),
        (_with_rules("lunsh = false"), "tenants[0] (sorsele).rules.lunsh", "write lunch"),
        (
            _with_rules("commands = [{code = 'SAM', reason = 'meeting', alias = []}]"),
            "tenants[0] (sorsele).rules.commands[0] (SAM).alias",
            "write aliases",
        ),
        (_with_rules("hours = {mnd = ['08:00', '16:00']}"), "tenants[0] (sorsele).rules.hours.mnd", "write mon"),
        (
            STORE + TENANT + "[[tenants.departments]]\nname = 'Skola'\nrules = {nite = false}\n",
            "tenants[0] (sorsele).departments[0] (Skola).rules.nite",
            "write night",
        ),
    ],
)
def test_a_misspelt_key_names_the_nearest_right_one(tmp_path: Path, text: str, thing: str, remedy: str) -> None:
    """At any depth a key that does not exist is an error that says where it stands and what was meant."""
    assert _wrong(tmp_path, text)[thing] == ("there is no such key", remedy)


def test_a_key_like_no_other_is_told_the_right_ones(tmp_path: Path) -> None:
    """Where no key is near, the keys that may stand there are listed."""
    problem = _wrong(tmp_path, f"{STORE}[log]\ncolour = 'blue'\n{TENANT}")["log.colour"]
    assert problem == ("there is no such key", "take it away; here may stand level, file, max_mb")


@pytest.mark.parametrize(
    ("variable", "remedy"), [("HANVISA_LOG__LEVLE", "write level"), ("HANVISA_LGO__X", "write log")]
)
def test_a_misspelt_variable_is_named(tmp_path: Path, variable: str, remedy: str) -> None:
    """What the environment says wrongly is told by the variable's name."""
    told = _wrong(tmp_path, WHOLE, {variable: "info"})
    assert [remedy] == [told_remedy for thing, (_, told_remedy) in told.items() if variable.startswith(thing)]


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """One error does not hide another, whichever class checks it."""
    text = """
    [store]
    url = "mysql://db/hanvisa"
    [service]
    intervall = 300
    [[tenants]]
    id = "Sorsele kommun"
    timezone = "Europe/Stokholm"
    [[tenants.sources]]
    kind = "ews"
    endpoint = "https://mail.sorsele.se"
    [tenants.rules]
    gap = -1
    lunsh = false
    country = "SWE"
    [[tenants]]
    id = "mala"
    timezone = "Europe/Stockholm"
    directory = "mala.csv"
    sources = [{kind = "ics", folder = "a"}, {kind = "ics", folder = "b"}]
    departments = [{name = "Skola"}, {name = "Skola"}]
    [[tenants]]
    id = "mala"
    """
    sorsele = "tenants[0] (Sorsele kommun)"
    assert set(_wrong(tmp_path, text)) == {
        "store.url",
        "service.intervall",
        f"{sorsele}.id",
        f"{sorsele}.timezone",
        f"{sorsele}.directory",
        f"{sorsele}.sources[0].user",
        f"{sorsele}.sources[0].secret",
        f"{sorsele}.rules.lunsh",
        f"{sorsele}.rules.country",
        f"{sorsele}.rules",
        "tenants[1] (mala).sources",
        "tenants[1] (mala).departments[1] (Skola).name",
        "tenants[2] (mala).id",
        "tenants[2] (mala).timezone",
        "tenants[2] (mala).directory",
        "tenants[2] (mala).sources",
    }


@pytest.mark.parametrize(
    ("text", "thing", "problem"),
    [
        (_with_rules("gap = true"), "rules.gap", "is not a whole number"),
        (_with_rules("gap = '15'"), "rules.gap", "is not a whole number"),
        (_with_rules("night = 1"), "rules.night", "is not true or false"),
        (_with_rules("gap = -5"), "rules", "gap is -5 and must be at least 0"),
        (_with_rules("lunch = [12, 13]"), "rules.lunch", "is not two times of day"),
        (_with_rules("lunch = ['12.00', '13.00']"), "rules.lunch", "is not two times of day"),
        (_with_rules("lunch = ['12:00']"), "rules.lunch", "is not two times of day"),
        (_with_rules("lunch = true"), "rules.lunch", "is not two times of day"),
        (_with_rules("lunch = ['12:00', '13:00Z']"), "rules.lunch", "is a time with an offset"),
        (_with_rules("lunch = ['13:00', '12:00']"), "rules", "lunch ends at 12:00"),
        (_with_rules("hours = 8"), "rules.hours", "is neither two times of day nor such a pair"),
        (_with_rules("hours = {mon = ['08:00', 'x']}"), "rules.hours.mon", "is neither two times of day nor such a"),
        (_with_rules("special_hours = {'6 juni' = false}"), "rules.special_hours.6 juni", "is no date"),
        (_with_rules("special_hours = {2026-06-05 = 8}"), "rules.special_hours.2026-06-05", "is not two times of day"),
        (_with_rules("countries = ['FI', 'XX']"), "rules.countries[1]", "the country 'XX' is not known"),
        (_with_rules("commands = [{code = 'A B', reason = 'x'}]"), "rules.commands[0] (A B)", "the code 'A B' must be"),
        ((STORE + TENANT).replace("sorsele.csv", "").replace('""', "5"), "directory", "is not text in quotes"),
        ((STORE + TENANT).replace("directory", "rules = 5\ndirectory"), "rules", "is not a table"),
        ((STORE + TENANT).replace("ics", "imap"), "sources[0].kind", "names no kind of source"),
    ],
)
def test_a_wrong_value_says_what_it_should_be(tmp_path: Path, text: str, thing: str, problem: str) -> None:
    """A value of the wrong kind is one finding that says what belongs there."""
    told = _wrong(tmp_path, text)
    assert list(told) == [f"tenants[0] (sorsele).{thing}"]
    assert told[f"tenants[0] (sorsele).{thing}"][0].startswith(problem)


@pytest.mark.parametrize(
    ("line", "thing", "remedy"),
    [
        ("[service]\ninterval = 0", "service.interval", "write at least 1"),
        ("[retention]\nlog_days = 0", "retention.log_days", "write at least 1"),
        ("[log]\nlevel = 'loud'", "log.level", "write one of 'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_a_number_out_of_bounds_says_the_bounds(tmp_path: Path, line: str, thing: str, remedy: str) -> None:
    """Limits are told with the remedy."""
    assert _wrong(tmp_path, f"{STORE}{line}\n{TENANT}")[thing][1] == remedy


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ('lunch = ["13:00", "12:00"]', "lunch ends at 12:00, which is not after its beginning at 13:00"),
        ('hours = ["17:00", "08:00"]', "hours ends at 08:00, which is not after its beginning at 17:00"),
        (
            'hours = {mon = ["08:00", "16:00"], tue = ["17:00", "08:00"]}',
            "hours.tue ends at 08:00, which is not after its beginning at 17:00",
        ),
        ('hours = {wed = ["08:00", "08:00"]}', "hours.wed ends at 08:00, which is not after its beginning at 08:00"),
    ],
)
def test_hours_that_end_before_they_begin_are_refused(tmp_path: Path, rules: str, problem: str) -> None:
    """The tenant's and a department's alike, each weekday by itself; so are hours without length."""
    remedy = "write a value that can be"
    assert _wrong(tmp_path, _with_rules(rules)) == {"tenants[0] (sorsele).rules": (problem, remedy)}
    department = f"[[tenants.departments]]\nname = 'IFO'\nrules = {{{rules}}}\n"
    told = _wrong(tmp_path, STORE + TENANT + department)
    assert told == {"tenants[0] (sorsele).departments[0] (IFO).rules": (problem, remedy)}


def test_special_hours_that_end_before_they_begin_are_refused(tmp_path: Path) -> None:
    """By their date; those beside them are well."""
    rules = 'special_hours = {2026-06-05 = false, 2026-12-23 = ["12:00", "08:00"], 2026-12-24 = ["08:00", "12:00"]}'
    problem = "2026-12-23 ends at 08:00, which is not after its beginning at 12:00"
    assert _wrong(tmp_path, _with_rules(rules))["tenants[0] (sorsele).rules"][0] == problem


def test_variables_of_the_environment_in_any_order(tmp_path: Path) -> None:
    """A table may be one value, and a key of it another; what is no table gives way to the keys that are set in it."""
    environ = {
        "HANVISA_SERVICE__BRAKE__LEAST": "5",
        "HANVISA_SERVICE__BRAKE": '{"share": 0.25, "least": 7}',
        "HANVISA_LOG__LEVEL": "debug",
        "HANVISA_LOG": "quiet",
        "HANVISA_SECRETS_DIR": "null",
    }
    settings = _load(tmp_path, WHOLE, environ)
    assert settings.service.brake == BrakeLimits(share=0.25, least=5)
    assert settings.log.level == "debug"
    assert settings.secrets_dir is None


@pytest.mark.parametrize(
    ("variable", "value", "thing", "problem"),
    [
        ("HANVISA_LOG", "quiet", "HANVISA_LOG", "is not a table"),
        ("HANVISA_LOG__LEVEL__X", "1", "HANVISA_LOG__LEVEL", "is not one of"),
        ("HANVISA_SERVICE__INTERVAL", "60.5", "HANVISA_SERVICE__INTERVAL", "is not a whole number"),
        ("HANVISA_SERVICE__INTERVAL", '"60"', "HANVISA_SERVICE__INTERVAL", "is not a whole number"),
        ("HANVISA_TENANTS__0__ID", "x", "HANVISA_TENANTS", "is not a list"),
        ("HANVISA_SECRET_DIR", "x", "HANVISA_SECRET_DIR", "there is no such key"),
    ],
)
def test_the_environment_is_as_strict_as_the_file(
    tmp_path: Path, variable: str, value: str, thing: str, problem: str
) -> None:
    """A value of the wrong kind, or in a place where nothing can stand, is told by its variable."""
    told = _wrong(tmp_path, WHOLE, {variable: value})
    assert told[thing][0].startswith(problem)


def test_a_prefix_in_small_letters_is_not_ours(tmp_path: Path) -> None:
    """Nor is a name of one level that is near no key."""
    environ = {"hanvisa_log__level": "debug", "HANVISA_DEMO": ".demo", "HANVISA_": "x", "HANVISALOG__LEVEL": "debug"}
    assert _load(tmp_path, WHOLE, environ).log.level == "info"


def test_a_key_of_the_file_is_written_as_it_is(tmp_path: Path) -> None:
    """Capitals are for the environment."""
    told = _wrong(tmp_path, f"{STORE}[LOG]\nlevel = 'info'\n{TENANT}")
    assert told["LOG"] == ("there is no such key", "write log")


def test_an_unknown_kind_of_source_says_which_there_are(tmp_path: Path) -> None:
    """Kinds that come with later versions are no kinds yet, and their keys are not complained of."""
    told = _wrong(tmp_path, (STORE + TENANT).replace('kind = "ics"', 'kind = "imap"\nuser = "x"'))
    assert told == {
        "tenants[0] (sorsele).sources[0].kind": (
            "names no kind of source that this version reads",
            "write 'ics', 'ews' or 'graph'",
        )
    }


ENDPOINT = "https://mail.sorsele.se/EWS/Exchange.asmx"
EXCHANGE = f'secrets_dir = "secrets"\n{STORE}' + tenant_table(
    "sorsele",
    source_table(kind="ews", endpoint=ENDPOINT, user=r"SORSELE\svc-hanvisa", secret="sorsele-ews"),  # noqa: S106 - a name
)


def test_exchange_needs_an_endpoint_a_user_and_a_secret(tmp_path: Path) -> None:
    """All else has a default: NTLM, impersonation, eight connections; the secret is a file in secrets_dir."""
    [source] = _load(tmp_path, EXCHANGE).tenants[0].sources
    assert source == EwsSource.model_construct(
        kind="ews",
        endpoint="https://mail.sorsele.se/EWS/Exchange.asmx",
        user="SORSELE\\svc-hanvisa",
        secret=tmp_path / "secrets" / "sorsele-ews",
    )


@pytest.mark.parametrize(
    ("old", "new", "thing", "problem"),
    [
        ("https://mail", "http://mail", "", "endpoint would send the password in the clear"),
        ("https://mail.sorsele.se/", "https://u:p@mail.sorsele.se/", ".endpoint", "holds a user or a password"),
        ("https://mail.sorsele.se/", "mail.sorsele.se/", ".endpoint", "is no web address"),
        ("https://mail.sorsele.se/", "https://mail sorsele.se/", ".endpoint", "is no web address"),
        ('"sorsele-ews"', '"../sorsele-ews"', ".secret", "is no name of a file"),
        ('secrets_dir = "secrets"', "", ".secret", "names a secret, but there is no folder of secrets"),
        ('"sorsele-ews"', '"sorsele-ews"\nconcurency = 4', ".concurency", "there is no such key"),
        ('"sorsele-ews"', '"sorsele-ews"\nfolder = "x"', ".folder", "there is no such key"),
        ('"sorsele-ews"', '"sorsele-ews"\nauth = "digest"', ".auth", "is not one of 'basic', 'ntlm' or 'kerberos'"),
    ],
)
def test_what_exchange_cannot_be_read_with_is_told(
    tmp_path: Path, old: str, new: str, thing: str, problem: str
) -> None:
    """Before anything is sent: a password in the clear, one in an address, a secret that is nowhere."""
    told = _wrong(tmp_path, EXCHANGE.replace(old, new))
    assert [(place, said) for place, (said, _) in told.items()] == [
        (f"tenants[0] (sorsele).sources[0]{thing}", problem)
    ]
    assert "u:p" not in str(told)


def test_http_is_for_this_machine_only(tmp_path: Path) -> None:
    """And there only where the configuration says so."""
    local = EXCHANGE.replace("https://mail.sorsele.se", "http://127.0.0.1:8080")
    assert _wrong(tmp_path, local)
    assert _load(tmp_path, local + "allow_http = true\n")
    assert _wrong(tmp_path, EXCHANGE.replace("https://", "http://") + "allow_http = true\n")


def test_a_delegate_is_doubted(tmp_path: Path) -> None:
    """It may not see what is private."""
    settings = _load(tmp_path, EXCHANGE + 'access = "delegate"\n')
    found = findings(settings, date(2026, 11, 24))
    assert [(one.severity, one.problem) for one in found] == [
        (Severity.NOTE, "a delegate sees private entries only where each person lets it"),
    ]


APPLICATION = "66666666-7777-8888-9999-000000000000"

ONLINE = f'secrets_dir = "secrets"\n{STORE}' + tenant_table(
    "sorsele", source_table(kind="graph", directory_id="sorsele.se", client_id=APPLICATION, certificate="app.pem")
)


def test_exchange_online_needs_a_directory_an_application_and_what_it_signs_in_with(tmp_path: Path) -> None:
    """All else has a default: Microsoft's own addresses, four requests at once; the certificate is in secrets_dir."""
    [source] = _load(tmp_path, ONLINE).tenants[0].sources
    assert source == GraphSource.model_construct(
        kind="graph",
        directory_id="sorsele.se",
        client_id=APPLICATION,
        certificate=tmp_path / "secrets" / "app.pem",
    )


@pytest.mark.parametrize(
    ("other", "meant"), [("tenant_id", "directory_id"), ("application_id", "client_id"), ("client_secret", "secret")]
)
def test_the_names_that_others_have_for_a_key_are_answered_by_ours(tmp_path: Path, other: str, meant: str) -> None:
    """Microsoft calls the directory a tenant."""
    told = _wrong(tmp_path, f'{ONLINE}{other} = "x"\n')
    assert told[f"tenants[0] (sorsele).sources[0].{other}"] == ("there is no such key", f"write {meant}")


@pytest.mark.parametrize(
    ("old", "new", "thing", "problem"),
    [
        ('certificate = "app.pem"', "", "", "a graph source signs in by a certificate or by a secret"),
        ('"app.pem"', '"app.pem"\nsecret = "s"', "", "a graph source signs in by a certificate or by a secret"),
        (
            '"app.pem"',
            '"app.pem"\nendpoint = "http://127.0.0.1/v1.0"',
            ".endpoint",
            "would send what opens the calendars in the clear",
        ),
        (
            '"app.pem"',
            '"app.pem"\nauthority = "http://localhost"',
            ".authority",
            "would send what opens the calendars in the clear",
        ),
        ('"app.pem"', '"app.pem"\nauthority = "https://u:p@host"', ".authority", "holds a user or a password"),
        ('"sorsele.se"', '"common"', ".directory_id", "is no directory of Entra's"),
        ('"sorsele.se"', '"sorsele.se/../x"', ".directory_id", "is no directory of Entra's"),
        ('"sorsele.se"', '"Sorsele kommun"', ".directory_id", "is no directory of Entra's"),
        ('"sorsele.se"', '"sorsele"', ".directory_id", "is no directory of Entra's"),
        (f'"{APPLICATION}"', '"hanvisa"', ".client_id", "is no application's number"),
        (f'"{APPLICATION}"', f'"{APPLICATION}0"', ".client_id", "is no application's number"),
        ('"app.pem"', '"secrets/app.pem"', ".certificate", "is no name of a file"),
        ('"app.pem"', '"app.pem"\nallow_http = true', ".allow_http", "there is no such key"),
    ],
)
def test_what_exchange_online_cannot_be_read_with_is_told(
    tmp_path: Path, old: str, new: str, thing: str, problem: str
) -> None:
    """Before anything is sent, and never in the clear, not even on this machine."""
    told = _wrong(tmp_path, ONLINE.replace(old, new))
    assert [(place, said) for place, (said, _) in told.items()] == [
        (f"tenants[0] (sorsele).sources[0]{thing}", problem)
    ]
    assert "u:p" not in str(told)


def test_a_time_zone_names_the_nearest(tmp_path: Path) -> None:
    """A misspelt time zone is told with the one that was meant."""
    told = _wrong(tmp_path, (STORE + TENANT).replace("Stockholm", "Stokholm"))
    assert told["tenants[0] (sorsele).timezone"][1] == "write Europe/Stockholm"


def test_several_sources_need_names(tmp_path: Path) -> None:
    """With more than one source each has a name of its own."""
    more = '[[tenants.sources]]\nkind = "ics"\nfolder = "b"\nname = "b"\n'
    assert "no name" in _wrong(tmp_path, STORE + TENANT + more)["tenants[0] (sorsele).sources"][0]
    told = _wrong(tmp_path, STORE + TENANT + 'name = "b"\n' + more)
    assert told["tenants[0] (sorsele).sources[1] (b).name"] == ("'b' stands here twice", "give each its own")


@pytest.mark.parametrize("url", ["hanvisa.db", "sqlite://", "sqlite:///:memory:", "mysql://u:hemligt@db/x"])
def test_a_store_that_cannot_be(tmp_path: Path, url: str) -> None:
    """What is a store is said by example."""
    assert "sqlite:///hanvisa.db" in _wrong(tmp_path, f'[store]\nurl = "{url}"\n{TENANT}')["store.url"][1]


def _with_store(url: str, more: str = "") -> str:
    return f'secrets_dir = "secrets"\n[store]\nurl = "{url}"\n{more}{TENANT}'


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("postgresql+psycopg://hanvisa:hemligt@db/hanvisa", "has a password in it"),
        ("postgresql+psycopg://hanvisa@db/hanvisa?password=hemligt", "has a password in it"),
        ("postgresql+psycopg://hanvisa@db/hanvisa?passfile=pass", "has a password in it"),
        ("postgresql+psycopg://hanvisa@db", "names no database"),
        ("postgresql+asyncpg://hanvisa@db/hanvisa", "names a driver that hanvisa does not use"),
        ("postgresql://hanvisa@db/hanvisa?sslmodus=require", "has a parameter that is not known"),
        ("postgresql://hanvisa@db1:5432,db2:5433/hanvisa", "is no address of a database"),
    ],
)
def test_an_address_of_postgresql_that_cannot_be(tmp_path: Path, url: str, problem: str) -> None:
    """It says what to do, and no password stands in it."""
    found, remedy = _wrong(tmp_path, _with_store(url))["store.url"]
    assert found == problem
    assert "hemligt" not in found + remedy
    assert remedy


def test_the_password_of_a_database_is_a_file(tmp_path: Path) -> None:
    """Which the address that the store is opened by names, and whose content it does not have."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/database").write_text("hemligt")
    url = "postgresql+psycopg://hanvisa@db1,db2/hanvisa?target_session_attrs=read-write"
    found = _load(tmp_path, _with_store(url, 'secret = "database"\n'))
    opened = make_url(found.store_url)
    assert found.store.url == url
    assert (opened.host, opened.password, opened.query["target_session_attrs"]) == ("db1,db2", None, "read-write")
    assert opened.query["password_file"] == str(tmp_path / "secrets/database")
    assert "hemligt" not in found.store_url


def test_what_a_host_keeps_for_itself_is_beside_the_configuration(tmp_path: Path) -> None:
    """Of a store in PostgreSQL, where no folder is named: the log as well; a SQLite file has its own."""
    url = "postgresql://hanvisa@localhost/hanvisa"
    by_default = _load(tmp_path, _with_store(url))
    named = _load(tmp_path, _with_store(url, 'folder = "here"\n'))
    assert beside_store(by_default.store_url) == tmp_path / "hanvisa"
    assert beside_store(named.store_url) == tmp_path / "here/hanvisa"
    assert named.log.file == tmp_path / "here/hanvisa.log"
    assert _wrong(tmp_path, _with_store("sqlite:///hanvisa.db", 'folder = "here"\n'))["store"] == (
        "a store in a file has no password, and no other folder",
        "take folder out",
    )


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("postgresql://hanvisa@db1,db2/hanvisa", ["db1", "db2"]),
        ("postgresql://hanvisa@db1/hanvisa?sslmode=require", ["db1"]),
        ("postgresql://hanvisa@/hanvisa?host=db1:5432&host=127.0.0.1:5433", ["db1:5432"]),
        ("postgresql://hanvisa@db1/hanvisa?sslmode=verify-full&sslrootcert=ca.pem", []),
        ("postgresql://hanvisa@db1/hanvisa?sslrootcert=system", []),
        ("postgresql://hanvisa@localhost:5433/hanvisa", []),
        ("postgresql://hanvisa@[::1]/hanvisa", []),
        ("postgresql://hanvisa@/hanvisa?host=/run/postgresql", []),
        ("postgresql:///hanvisa", []),
        ("sqlite:///hanvisa.db", []),
    ],
)
def test_a_database_elsewhere_is_to_be_known_by_its_certificate(tmp_path: Path, url: str, hosts: list[str]) -> None:
    """Of one on this machine there is nobody on the way."""
    assert _load(tmp_path, _with_store(url)).store.unverified_hosts == hosts


def test_the_issuer_of_a_database_s_certificate_is_beside_the_configuration(tmp_path: Path) -> None:
    """As every path is; `system` is none."""
    url = "postgresql://hanvisa@db1/hanvisa?sslmode=verify-full&sslrootcert="
    found = make_url(_load(tmp_path, _with_store(f"{url}ca.pem")).store_url)
    assert found.query["sslrootcert"] == str(tmp_path / "ca.pem")
    assert make_url(_load(tmp_path, _with_store(f"{url}system")).store_url).query["sslrootcert"] == "system"


@pytest.mark.parametrize(
    ("windows", "zone"),
    [
        ("W. Europe Standard Time", "Europe/Stockholm"),
        ("w. europe standard time", "Europe/Stockholm"),
        ("GMT Standard Time", "Europe/London"),
    ],
)
def test_windows_names_of_zones_are_known(tmp_path: Path, windows: str, zone: str) -> None:
    """What `tzutil /g` prints is what an admin writes first."""
    told = _wrong(tmp_path, (STORE + TENANT).replace("Europe/Stockholm", windows))
    assert told["tenants[0] (sorsele).timezone"] == (f"'{windows}' is what Windows calls a time zone", f"write {zone}")


@pytest.mark.parametrize(
    ("text", "thing", "told"),
    [
        (
            (STORE + TENANT).replace("[[tenants]]", "[tenants]"),
            "tenants",
            ("is not a list in brackets", "write [[tenants]], with two brackets on each side"),
        ),
        (
            (STORE + TENANT).replace("[[tenants.sources]]", "[tenants.sources]"),
            "tenants[0] (sorsele).sources",
            ("is not a list in brackets", "write [[tenants.sources]], with two brackets on each side"),
        ),
        (
            (STORE + TENANT).replace("[[tenants.sources]]", "[[sources]]"),
            "sources",
            ("stands outside a tenant", "write [[tenants.sources]]"),
        ),
        (STORE + TENANT + "[rules]\ngap = 5\n", "rules", ("stands outside a tenant", "write [tenants.rules]")),
        (
            'timezone = "Europe/Stockholm"\n' + STORE + TENANT,
            "timezone",
            ("stands outside a tenant", "write timezone below [[tenants]]"),
        ),
    ],
    ids=["one tenant", "one source", "sources outside", "rules outside", "key outside"],
)
def test_tables_that_are_written_in_the_wrong_brackets_or_place(
    tmp_path: Path, text: str, thing: str, told: tuple[str, str]
) -> None:
    """TOML's tables are the first thing that goes wrong."""
    assert _wrong(tmp_path, text)[thing] == told


@pytest.mark.parametrize(
    "text",
    [
        f'[store]\nurl = "mysql://u:hemligt@db/x"\n{TENANT}',
        f'[store]\nurl = ["hemligt"]\n{TENANT}',
        STORE + TENANT + 'password = "hemligt"\n',
        STORE + TENANT + "password = hemligt\n",
    ],
)
def test_no_error_repeats_a_secret(tmp_path: Path, text: str) -> None:
    """What stands where a secret may stand is in no error, nor in what it was raised from."""
    with pytest.raises(SettingsError) as raised:
        _load(tmp_path, text, {"HANVISA_STORE__PASSWORD": "hemligt"})
    assert "hemligt" not in f"{raised.value}{raised.value.__cause__!r}{raised.value.__context__!r}"


def test_a_fault_of_toml_says_the_line(tmp_path: Path) -> None:
    """What is no TOML is told by line and column."""
    (problem, _) = _wrong(tmp_path, "[store]\nurl = sqlite\n")[str(tmp_path / "hanvisa.toml")]
    assert "line 2, column 7" in problem


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder, and one that is not UTF-8 are told by their path."""
    with pytest.raises(SettingsError, match=r"missing\.toml: No such file"):
        load(tmp_path / "missing.toml", {})
    with pytest.raises(SettingsError, match="Is a directory"):
        load(tmp_path, {})
    (tmp_path / "hanvisa.toml").write_bytes("# hej\n# åäö\n".encode("cp1252"))
    with pytest.raises(SettingsError, match="line 2 is not UTF-8"):
        load(tmp_path / "hanvisa.toml", {})


def test_an_empty_file_lacks_store_and_tenants(tmp_path: Path) -> None:
    """Nothing is guessed of where the store is and whose calendars are read."""
    assert _wrong(tmp_path, "") == {"store": ("is missing", "add it"), "tenants": ("is missing", "add it")}


def test_the_longest_run_of_closed_days() -> None:
    """A weekend is two days; Easter 2026, from Good Friday to Easter Monday, is four."""
    assert longest_closed_run(Rules(), is_holiday("SE"), date(2026, 11, 2), days=28) == 2
    assert longest_closed_run(Rules(), is_holiday("SE"), date(2026, 3, 30), days=14) == 4
    assert longest_closed_run(Rules(hours={}), is_holiday("SE"), date(2026, 1, 1)) == 370


def test_what_is_right_is_not_doubtful(tmp_path: Path) -> None:
    """The design's example, with its folder there, has no findings."""
    (tmp_path / "calendars/sorsele").mkdir(parents=True)
    assert findings(_load(tmp_path, WHOLE), date(2026, 11, 24)) == []


def test_a_lookback_shorter_than_a_closed_fortnight(tmp_path: Path) -> None:
    """Closed from Saturday to the Sunday two weeks on is 16 days: 14 days of looking back would lose the first."""
    (tmp_path / "calendars").mkdir()
    closed = ", ".join(f'"2026-07-{day:02}" = false' for day in range(6, 18))
    settings = _load(tmp_path, _with_rules(f"special_hours = {{{closed}}}"))
    (finding,) = findings(settings, date(2026, 6, 1))
    assert finding.severity is Severity.WARNING
    assert "16 days" in finding.problem
    assert "17 or more" in finding.remedy


def test_what_loads_but_is_doubtful(tmp_path: Path) -> None:
    """A strange internal or emergency number, and seconds that do not fit, are warnings; a missing folder an error."""
    text = STORE + "[service]\ninterval = 20\nfull_read = 10\n" + TENANT
    text += "[[tenants.departments]]\nname = 'Skola'\nemergency = '0952'\nrules = {hours = {}}\n"
    text += "[tenants.rules]\ninternal_numbers = ['4711', '0952-14000']\n"
    told = findings(_load(tmp_path, text), date(2026, 11, 24))
    assert [finding.severity is Severity.ERROR for finding in told] == [False, False, True, False, False, False]
    assert [finding.thing for finding in told] == [
        "service.full_read",
        "service.jitter",
        f"tenant sorsele: {tmp_path / 'calendars'}",
        "tenant sorsele: internal_numbers",
        "tenant sorsele, department Skola",
        "tenant sorsele, department Skola",
    ]


def test_the_nearest_word() -> None:
    """Case makes no difference, and what is like nothing has no nearest."""
    assert nearest("LUNSH", ["lunch", "hours"]) == "lunch"
    assert nearest("stockholm", ["Europe/Stockholm", "Europe/Oslo"]) == "Europe/Stockholm"
    assert nearest("xyzzy", ["lunch", "hours"]) is None


def test_a_share_that_no_brake_can_have_is_told(tmp_path: Path) -> None:
    """Limits of the brake are checked where it stands, in the rules."""
    problem, _ = _wrong(tmp_path, f"{STORE}[service]\nbrake = {{share = 2}}\n{TENANT}")["service.brake"]
    assert problem == "share is 2.0 and must be over 0 and at most 1"


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("horizon_days = 3000000", "horizon_days is more than 1000"),
        ("lookback_days = 1001", "lookback_days is more than 1000"),
        ("gap = 1e14", "is not a whole number"),
        ("gap = 100000000000000", "gap is more than 1440"),
        (f"margin = 1{'0' * 4000}", "margin is more than 1440"),
        ("margin = nan", "is not a whole number"),
        ("gap = inf", "is not a whole number"),
        ("gap = -inf", "is not a whole number"),
        ("gap = true", "is not a whole number"),
        ("unmanned_minutes = 10081", "unmanned_minutes is more than 10080"),
        ("lookback_days = 0", "must be at least 1"),
        ("internal_numbers = [" + '"1",' * 100_001 + "]", "internal_numbers has 100001"),
        ("countries = [" + '"SE",' * 301 + "]", "countries has 301"),
        ("commands = [" + '{code = "A", reason = "a"},' * 101 + "]", "commands has 101"),
        ('commands = [{code = "A", reason = "a", aliases = [' + '"B",' * 21 + "]}]", "has 21 aliases"),
        ('commands = [{code = "' + "A" * 33 + '", reason = "a"}]', "has 33 letters"),
        ('commands = [{code = "A", reason = ""}]', "must have a reason"),
        ('commands = [{code = "A", reason = "a", text = {sv = " "}}]', "must have a reason"),
        ('commands = [{code = "A", reason = "' + "a" * 201 + '"}]', "1 to 200 characters"),
        ('commands = [{code = "A", reason = "a\\u001b[2J"}]', "cannot be shown (U+001B)"),
        ('commands = [{code = "A", reason = "a", text = {sv = "\\u202ea"}}]', "cannot be shown (U+202E)"),
    ],
)
def test_rules_that_nobody_means_are_refused(tmp_path: Path, rules: str, told: str) -> None:
    """Each number has a most, each list a length, each text a sensible one; the message says which."""
    with pytest.raises(SettingsError) as raised:
        _load(tmp_path, _with_rules(rules))
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("text", "environ", "told"),
    [
        ((STORE + TENANT).replace('"sorsele"', '"../sorsele"'), {}, "is no short name"),
        ((STORE + TENANT).replace('"sorsele"', '"' + "a" * 51 + '"'), {}, "at most 50"),
        ((STORE + TENANT).replace('"sorsele"', '"sor\\u009bsele"'), {}, "U+009B"),
        ((STORE + TENANT).replace('"sorsele.csv"', '"sorsele\\u0000.csv"'), {}, "U+0000"),
        ((STORE + TENANT).replace('"sorsele.csv"', '"' + "a" * 1001 + '"'), {}, "has 1001 characters"),
        (STORE + TENANT + '[[tenants.departments]]\nname = "a\\nb"\n', {}, "U+000A"),
        (STORE + TENANT + '[[tenants.departments]]\nname = "' + "a" * 201 + '"\n', {}, "at most 200 characters"),
        (f"{STORE}[service]\nbrake = {{least = 1000001}}\n{TENANT}", {}, "least is more than 1000000"),
        (f"{STORE}[service]\nbrake = {{share = nan}}\n{TENANT}", {}, "share is nan"),
        (f"{STORE}[service]\ninterval = inf\n{TENANT}", {}, "is not a whole number"),
        (STORE + TENANT, {"HANVISA_SERVICE__INTERVAL": "1e400"}, "is not a whole number"),
        (STORE + TENANT, {"HANVISA_SERVICE__INTERVAL": "[" * 100_000}, "has 100000 characters"),
        (STORE + TENANT, {"HANVISA_LOG__LEVEL": "\udcff"}, "U+DCFF"),
        ("a." * 3000 + "b = 1\n" + STORE + TENANT, {}, "too long to be meant"),
        (STORE + TENANT, {"HANVISA_A" + "__B" * 3000: "1"}, "too long to be meant"),
        ("#" * (4 * 1024 * 1024 + 1), {}, "it is larger than 4 MiB"),
    ],
)
def test_what_nobody_writes_is_refused_in_words(tmp_path: Path, text: str, environ: dict[str, str], told: str) -> None:
    """A path of another folder, an order to the terminal, a number without end, a table in a table in a table."""
    with pytest.raises(SettingsError) as raised:
        _load(tmp_path, text, environ)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("commands", "missing"),
    [
        ("[{code = 'LUN', reason = 'lunch'}]", "TJÄ / SAM"),
        ("[{code = 'LUN', reason = 'lunch'}, {code = 'SAM', reason = 'meeting'}]", "TJÄ"),
        ("[{code = 'Möte', reason = 'm', aliases = ['sam', 'tjä']}]", None),
        ("[{code = 'SAM', reason = 'm'}, {code = 'TJÄ', reason = 'd'}, {code = 'LUN', reason = 'l'}]", None),
    ],
)
def test_commands_that_leave_the_usual_ones_out_are_noted(tmp_path: Path, commands: str, missing: str | None) -> None:
    """Who adds one of their own replaces the list: staff go on writing what they know."""
    told = findings(_load(tmp_path, _with_rules(f"commands = {commands}")), date(2026, 11, 24))
    assert [(one.severity, one.problem) for one in told if one.thing.endswith(": commands")] == (
        [] if missing is None else [(Severity.NOTE, f"an entry that begins with {missing} closes no phone")]
    )
