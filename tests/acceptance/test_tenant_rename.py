"""A tenant's id is changed in the configuration: what the store holds under the former one goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from sync_daemon.store.lock import TenantLock
from tests.acceptance.municipality import NOON
from tests.configuration import files_source, tenant_table

if TYPE_CHECKING:
    from tests.acceptance.municipality import Municipality

OLD, NEW = "sorsele", "sorsele-kommun"
MALA = tenant_table("mala", files_source("mala"))


@pytest.fixture
def lived_in(town: Municipality) -> Municipality:
    """Anna has opened her phone, Bo is referred by hand, and of twelve others something is held back."""
    town.anna.books("SAM:", "09:00", "12:00")
    people = [town.moves_in(f"p{number}", str(4800 + number)) for number in range(12)]
    for person in people:
        person.books("SAM:", "2026-11-25T13:00", "2026-11-25T16:00", uid="a")
    town.once("09:30")
    town.hanvisa("open", "4711", "--at", "2026-11-24T10:00")
    town.hanvisa("refer", "4712", "--from", "2026-11-24T10:00", "--until", "2026-11-28T10:00")
    for person in people:
        person.deletes("a")
    assert town.once("10:05").json[0]["held"] == 12
    return town


def _is_called(town: Municipality, new: str, former: str = OLD) -> None:
    config = town.folder / "hanvisa.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(f'id = "{former}"', f'id = "{new}"'), encoding="utf-8")


@contextmanager
def _store(town: Municipality) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(town.folder / "hanvisa.db")) as store:
        yield store


def _without_tenant(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "tenant": ""} for row in rows]


def test_a_renamed_tenant_goes_on_as_it_was(lived_in: Municipality) -> None:
    """Referrals, openings, what was set by hand, what is held back, cycles; nothing has the former id any more."""
    before = lived_in.referrals("10:10")
    held = lived_in.once("10:10").json[0]["set"]
    _is_called(lived_in, NEW)
    done = lived_in.hanvisa("tenant", "rename", OLD, NEW)
    assert (done.code, done.out.split()[0]) == (0, "14")
    assert _without_tenant(lived_in.referrals("10:15")) == _without_tenant(before)
    cycle = lived_in.once("10:15")
    assert (cycle.json[0]["read"], cycle.json[0]["created"], cycle.json[0]["held"]) == (14, 0, 12)
    assert cycle.json[0]["set"] == held
    assert _without_tenant(lived_in.referrals("10:15")) == _without_tenant(before)
    assert lived_in.hanvisa("approve", NEW, held).code == 0
    assert lived_in.once("10:20").json[0]["removed"] == 12
    with _store(lived_in) as store:
        for table in ("subscribers", "notices", "held", "cycles"):
            assert store.execute(f"SELECT count(*) FROM {table} WHERE tenant = ?", (OLD,)).fetchone() == (0,)  # noqa: S608
        names = {name for (name,) in store.execute("SELECT name FROM marks")}
    assert names == {f"{what} {NEW}" for what in ("unreadable", "near-misses", "whole-cycle", "let-through changes")}


def test_what_refuses_the_directory_says_what_to_run(lived_in: Municipality) -> None:
    """The former tenant has every extension; taking them away from somebody would mend nothing."""
    _is_called(lived_in, NEW)
    cycle = lived_in.hanvisa("once", "--at", "2026-11-24T10:10")
    assert cycle.code == 1
    assert f"`hanvisa tenant rename {OLD} {NEW}`" in cycle.out
    assert cycle.out.count("\n") == 3  # the tenant, the error, what was read
    assert lived_in.hanvisa("tenant", "rename", OLD, NEW).code == 0
    assert lived_in.once("10:15").json[0]["read"] == 14


def test_a_line_that_wants_a_former_tenants_extension_says_what_may_be(lived_in: Municipality) -> None:
    """Among many that do not: perhaps another organisation got the number."""
    config = lived_in.folder / "hanvisa.toml"
    head, _, _ = config.read_text(encoding="utf-8").partition("[[tenants]]")
    config.write_text(head, encoding="utf-8")
    _beside_mala(lived_in, "4711")
    with (lived_in.folder / "mala.csv").open("a", encoding="utf-8") as lines:
        lines.write("cia@mala.se,Cia,4998\ndan@mala.se,Dan,4999\n")
    cycle = lived_in.hanvisa("once", "--at", "2026-11-24T10:10")
    assert f"the configuration has no tenant {OLD}: where it is mala now, run `hanvisa tenant rename {OLD} mala`" in (
        cycle.out
    )
    assert "write an extension of their own" not in cycle.out


NOW = "2026-11-24T10:06"


def test_check_names_a_tenant_that_the_configuration_no_longer_has(lived_in: Municipality) -> None:
    """With how many people it has, and what to do."""
    assert all(one["thing"] != OLD for one in lived_in.hanvisa("check", "--json", "--at", NOW).json)
    _is_called(lived_in, NEW)
    (found,) = [one for one in lived_in.hanvisa("check", "--json").json if one["thing"] == OLD]
    assert (found["severity"], found["problem"].partition(",")[0]) == (
        "warning",
        "the store has 14 people of this tenant",
    )
    assert f"hanvisa tenant rename {OLD}" in found["remedy"]


def test_a_tenant_that_has_another_ones_extension_is_told_as_before(lived_in: Municipality) -> None:
    """Both are in the configuration: the directories are wrong, not an id."""
    _beside_mala(lived_in, "4711")
    cycle = lived_in.hanvisa("once", "--at", "2026-11-24T10:10")
    assert "take it away from one of them" in cycle.out
    assert "tenant rename" not in cycle.out


@pytest.mark.parametrize(
    ("configured", "old", "new", "told"),
    [
        (OLD, OLD, NEW, f"there is no tenant '{NEW}' in the configuration"),
        (OLD, OLD, OLD, f"the configuration still has a tenant {OLD}"),
        (NEW, "sorsle", NEW, f"the store has nobody of a tenant sorsle; there are {OLD}"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    lived_in: Municipality, configured: str, old: str, new: str, told: str
) -> None:
    """With 2, and nothing is written."""
    before = lived_in.referrals("10:10")
    _is_called(lived_in, configured)
    result = lived_in.hanvisa("tenant", "rename", old, new)
    assert result.code == 2
    assert told in result.err
    _is_called(lived_in, OLD, configured)
    assert lived_in.referrals("10:10") == before


def test_who_joined_meanwhile_is_no_hindrance(lived_in: Municipality) -> None:
    """A line was added with the new id: it is taken into use when the tenant goes on under that."""
    _is_called(lived_in, NEW)
    lived_in.moves_in("nils", "4999")
    assert lived_in.once("10:10").json[0]["read"] == 0
    assert lived_in.hanvisa("tenant", "rename", OLD, NEW).code == 0
    assert lived_in.once("10:15").json[0]["read"] == 15


def _beside_mala(town: Municipality, extension: str) -> None:
    config = town.folder / "hanvisa.toml"
    config.write_text(config.read_text(encoding="utf-8") + MALA, encoding="utf-8")
    (town.folder / "mala").mkdir()
    line = f"bea@mala.se,Bea,{extension}"
    (town.folder / "mala.csv").write_text(f"mailbox,name,extensions\n{line}\n", encoding="utf-8")


def test_two_tenants_are_never_made_one(lived_in: Municipality) -> None:
    """The new id has people in the store."""
    _beside_mala(lived_in, "4999")
    lived_in.once("10:10")
    config = lived_in.folder / "hanvisa.toml"
    head, _, _ = config.read_text(encoding="utf-8").partition("[[tenants]]")
    config.write_text(head + MALA, encoding="utf-8")
    result = lived_in.hanvisa("tenant", "rename", OLD, "mala")
    assert result.code == 2
    assert "the store has 1 people of mala already" in result.err


@pytest.mark.parametrize("worked_on", [OLD, NEW])
def test_nobody_works_on_either_meanwhile(lived_in: Municipality, worked_on: str) -> None:
    """A service that knows the former configuration, or the new one: 1, and who it is."""
    _is_called(lived_in, NEW)
    url = f"sqlite:///{lived_in.folder / 'hanvisa.db'}"
    with TenantLock(url, worked_on).held("hanvisa run", NOON):
        result = lived_in.hanvisa("tenant", "rename", OLD, NEW)
    assert result.code == 1
    assert f"{worked_on} is being worked on by `hanvisa run`" in result.err
    assert lived_in.hanvisa("tenant", "rename", OLD, NEW).code == 0


def test_a_store_out_of_reach_is_told(lived_in: Municipality) -> None:
    """With 3."""
    _is_called(lived_in, NEW)
    (lived_in.folder / "hanvisa.db").unlink()
    (lived_in.folder / "hanvisa.db").mkdir()
    assert lived_in.hanvisa("tenant", "rename", OLD, NEW).code == 3
