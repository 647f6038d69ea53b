"""A configuration with a misspelt key stops nobody who only asks the store or acts on it.

The service goes on with what it had read before; whoever opens a phone must not wait until somebody has mended a word.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from freezegun import freeze_time

from sync_daemon import settings
from tests.acceptance.municipality import Municipality, Result
from tests.configuration import STORE, exchange_source, tenant_table

if TYPE_CHECKING:
    from pathlib import Path

ASKING = (("referrals",), ("notices",), ("log", "--tenant", "sorsele"), ("explain", "4711"))
ACTING = (
    ("refer", "4711", "--until", "2029-01-01", "--reason", "sick"),
    ("open", "4711"),
    ("open", "4711", "--undo"),
)
MENDED = "the configuration has a problem: `hanvisa check` tells it"


@pytest.fixture
def sorsele(tmp_path: Path) -> Municipality:
    """A town that has been read once."""
    town = Municipality(tmp_path)
    town.once("06:00")
    return town


def _configured(town: Municipality, text: str) -> Municipality:
    (town.folder / "hanvisa.toml").write_text(text, encoding="utf-8")
    return town


def _rules(*lines: str) -> str:
    return STORE + tenant_table() + "\n".join(("[tenants.rules]", *lines, ""))


@pytest.mark.parametrize(
    "text",
    [
        _rules('lunsh = ["12:00", "13:00"]'),
        _rules("gap = 99999"),
        STORE + tenant_table() + '[[tenants.departments]]\nnamme = "Skola"\n',
        STORE + tenant_table().replace("directory", "directori"),
        STORE + tenant_table() + "[service]\nintervall = 300\n",
        STORE + tenant_table() + '[log]\nlevel = "loud"\n',
        STORE + tenant_table() + "[retntion]\nlog_days = 400\n",
        STORE + tenant_table("sorsele", exchange_source("https://mail.example/EWS", "svc")),
    ],
    ids=["rule", "rules", "department", "directory", "service", "level", "table", "secret"],
)
def test_whoever_asks_or_acts_on_the_store_goes_on(sorsele: Municipality, text: str) -> None:
    """And is told in one line on standard error; what reads calendars is refused as before."""
    town = _configured(sorsele, text)
    for command in (*ASKING, *ACTING):
        done = town.hanvisa(*command, "--lang", "en")
        assert done.code == 0, (command, done.err)
        assert done.err.startswith("hanvisa: the configuration has "), command
        assert done.err.count("\n") == 1
    assert [town.hanvisa(command).code for command in ("check", "once", "plan")] == [2, 2, 2]


@pytest.mark.parametrize(
    "text",
    [
        STORE.replace("url", "ulr") + tenant_table(),
        STORE + tenant_table() + '[log]\nfil = "elsewhere.log"\n',
        STORE + tenant_table() + '[lgo]\nfile = "elsewhere.log"\n',
        STORE + tenant_table().replace("timezone", "timezon"),
        STORE + tenant_table().replace("Europe/Stockholm", "Europe/Stokholm"),
        STORE + tenant_table().replace("id =", "ide ="),
        STORE + tenant_table().replace("[[tenants]]", "[[tenant]]"),
        _rules('contry = "NO"'),
        _rules('country = "XX"'),
        "[store\n",
    ],
    ids=["store", "log", "table", "zone key", "zone", "id", "tenants", "country key", "country", "no TOML"],
)
def test_nothing_is_done_without_store_log_zone_and_country(sorsele: Municipality, text: str) -> None:
    """Whose number it is, what time is meant and what has been done must be certain."""
    town = _configured(sorsele, text)
    refused = [town.hanvisa(*command) for command in (*ASKING, *ACTING)]
    assert [one.code for one in refused] == [2] * len(refused)
    assert town.hanvisa("check").code == 2


def test_one_tenant_is_left_out_and_the_others_go_on(sorsele: Municipality) -> None:
    """`referrals` ends with 1: of the other's people it says nothing."""
    text = STORE + tenant_table() + tenant_table("mala").replace("timezone", "timezon")
    town = _configured(sorsele, text)
    shown = town.hanvisa("referrals", "--lang", "en")
    assert (shown.code, "left out meanwhile: mala" in shown.err) == (1, True)
    assert [town.hanvisa("referrals", "--tenant", one).code for one in ("sorsele", "mala")] == [0, 2]
    assert "what the configuration says of mala cannot be used" in town.hanvisa("log", "--tenant", "mala").err
    assert town.hanvisa(*ACTING[0]).code == 0


def test_of_two_tenants_with_one_id_neither_is_used(sorsele: Municipality) -> None:
    """Nobody knows which of them is meant."""
    town = _configured(sorsele, STORE + tenant_table() + tenant_table() + tenant_table("mala"))
    assert "left out meanwhile: sorsele" in town.hanvisa("referrals", "--lang", "en").err
    assert town.hanvisa("open", "4711").code == 2


def test_no_time_of_return_is_promised_by_hours_that_may_be_wrong(sorsele: Municipality) -> None:
    """Everything else is as the store has it."""
    sorsele.anna.books("SAM:", "10:00", "11:00")
    sorsele.once("08:00")

    def back() -> list[str | None]:
        return [one["back"] for one in sorsele.referrals("2026-11-24T10:30", every=False)]

    assert back() == ["2026-11-24T10:05:00Z"]
    _configured(sorsele, _rules('lunsh = ["12:00", "13:00"]'))
    assert back() == [None]


def test_a_complaint_is_answered_by_what_the_store_knows(sorsele: Municipality) -> None:
    """It says that neither calendar nor next cycle is looked at, and tells nothing by a rule that is doubted."""
    sorsele.anna.books("SAM: hemligt", "2026-11-24T10:00", "2026-11-24T11:50")
    sorsele.once("2026-11-24T08:00")
    town = _configured(sorsele, _rules('lunsh = ["12:00", "13:00"]'))
    with freeze_time("2026-11-24T09:30:00Z"):
        for at in ((), ("--at", "10:10"), ("--at", "10:40")):
            result = town.hanvisa("explain", "4711", *at, "--lang", "en")
            told = " ".join(result.out.split())
            assert result.code == 0
            assert "10:00–11:50 SAM: counts" in told
            assert "the calendar and the next cycle are not looked at until the configuration is mended." in told
            assert "No time of return, in a meeting." in told
            assert "No time is promised" not in told
            assert "next cycle would" not in told
            assert "lunch, closed" not in told
        answer = town.hanvisa("explain", "anna", "--json").json
    assert (answer["store_only"], answer["pending"], answer["held"]) == (True, None, None)
    assert [entry["verdict"] for entry in answer["entries"]] == ["counts"]
    assert town.hanvisa("explain", "nobody").code == 2


def test_what_the_brake_holds_is_told_by_the_store(tmp_path: Path) -> None:
    """With the set's name, for `approve` works meanwhile."""
    town = Municipality(tmp_path, "[service]\nbrake = {share = 0.5, least = 1}\n")
    for calendar in (town.anna, town.bo):
        calendar.books("SAM:", "2026-11-24T13:00", "2026-11-24T16:00", uid="a")
    with freeze_time("2026-11-24T06:00:00Z"):
        town.hanvisa("once")
    for calendar in (town.anna, town.bo):
        calendar.deletes("a")
    with freeze_time("2026-11-24T08:00:00Z"):
        name = town.hanvisa("once", "--json").json[0]["set"]
        _configured(town, STORE + tenant_table() + "[service]\nintervall = 300\n")
        told = " ".join(town.hanvisa("explain", "4711", "--lang", "en").out.split())
    assert (
        f"The brake holds back in set {name}: Anna (4711): meeting, 2026-11-24 13:00 to 2026-11-24 16:05, would be"
        in told
    )
    assert "Bo (4712)" not in told
    assert f"`hanvisa approve sorsele {name}` lets it through." in told


def test_no_notice_is_said_otherwise_by_hours_that_may_be_wrong(sorsele: Municipality) -> None:
    """It stays as the last cycle that knew them said it."""
    town = _configured(sorsele, _rules('hours = ["07:00", "16:00"]'))
    for name, extension in (("anna", "4711"), ("bo", "4712")):
        town.lists(name, f"{name}@sorsele.se,{name.title()},{extension},Office,")
        town.moves_in(name, extension).books("TJÄ:", "2026-11-24T06:00", "2026-11-24T18:00")
        town.lists(name, f"{name}@sorsele.se,{name.title()},{extension},Office,")
    town.once("08:30")

    def told() -> list[tuple[str, str]]:
        return [
            (one["from"], one["state"]) for one in town.hanvisa("notices", "--json", "--at", "2026-11-24T09:00").json
        ]

    assert told() == [("2026-11-24T06:00:00Z", "told")]
    _configured(town, _rules('huors = ["07:00", "16:00"]'))
    assert told() == [("2026-11-24T06:00:00Z", "told")]


def test_an_alternative_outside_is_refused_where_the_numbers_may_be_wrong(sorsele: Municipality) -> None:
    """A colleague's extension is certain: the store has it."""
    town = _configured(sorsele, _rules('internal_number = ["4799"]'))

    def refer(alternative: str) -> Result:
        return town.hanvisa("refer", "4711", "--until", "2029-01-01", "--info", alternative, "--lang", "en")

    assert "is not known while the configuration is wrong" in refer("4799").err
    assert (refer("4799").code, refer("4712").code) == (2, 0)


def test_no_log_is_lost_by_what_may_be_wrong(sorsele: Municipality) -> None:
    """How long they are kept may be the very thing that is misspelt."""
    _configured(sorsele, STORE + tenant_table() + "[retention]\nlog_dayz = 400\n[log]\nmax_mb = -1\n")
    old = sorsele.folder / "hanvisa.log.2026-01-01"
    old.write_text("{}\n", encoding="utf-8")
    assert sorsele.hanvisa(*ACTING[0]).code == 0
    assert old.exists()
    told = (sorsele.folder / "hanvisa.log").read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(told)["event"] == "referral_set"


def test_what_is_right_is_loaded_whole(sorsele: Municipality) -> None:
    """Then nothing is told, and nothing is doubted."""
    usable = settings.load_for_store(sorsele.folder / "hanvisa.toml", {})
    assert (usable.findings, usable.left_out) == ((), ())
    assert usable.settings == settings.load(sorsele.folder / "hanvisa.toml", {})
    assert not usable.settings.tenants[0].doubts("hours", "country")
