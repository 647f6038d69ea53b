"""At first contact `check` says whether subjects arrive, and which rights the application has beyond those it needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.municipality import Municipality
from tests.configuration import STORE, source_table, tenant_table
from tests.graph.process import Graph

ANNA = "anna@sorsele.se"
_TOMORROW = datetime.now(UTC).date() + timedelta(days=1)  # `check` looks at the calendars as they are now
MEETINGS = [
    {"subject": "SAM: Budget", "start": f"{_TOMORROW}T{hour:02d}:00Z", "end": f"{_TOMORROW}T{hour:02d}:30Z"}
    for hour in (7, 9, 14)
]
WHOLE = "may read whole entries in every mailbox"


@pytest.fixture(scope="module", name="graph")
def _graph() -> Iterator[Graph]:
    with Graph() as server:
        server.add_mailbox(ANNA, MEETINGS)
        yield server


@pytest.fixture(name="town")
def _town(graph: Graph, tmp_path: Path) -> Municipality:
    graph.well_again()
    graph.add_mailbox(ANNA, MEETINGS)
    return configured(tmp_path, graph)


def configured(folder: Path, graph: Graph, detect: str = "poll") -> Municipality:
    """Sorsele with Anna, whose mailbox is in the cloud."""
    town = Municipality(folder)
    (folder / "secrets").mkdir()
    (folder / "secrets" / "online").write_text(graph.secret, encoding="utf-8")
    (folder / "secrets" / "online").chmod(0o600)
    source = source_table(
        kind="graph",
        directory_id=graph.directory_id,
        client_id=graph.client_id,
        secret="online",  # noqa: S106 - a name
        endpoint=graph.endpoint,
        authority=graph.authority,
        ca_file=str(graph.ca_file),
        detect=detect,
    )
    text = f'secrets_dir = "secrets"\n{STORE}{tenant_table("sorsele", source)}'
    (folder / "hanvisa.toml").write_text(text, encoding="utf-8")
    (folder / "sorsele.csv").write_text(f"mailbox,name,extensions\n{ANNA},Anna Berg,4711\n", encoding="utf-8")
    return town


def test_the_least_permission_is_enough_where_it_shows_subjects(town: Municipality, graph: Graph) -> None:
    """Then nothing is said of it."""
    graph.grant("Calendars.ReadBasic.All")
    assert "tenant sorsele" not in town.hanvisa("check").out
    assert "sorsele: 3 changes" in town.hanvisa("plan").out
    graph.add_mailbox(ANNA, MEETINGS[:1])
    assert "sorsele: 1 change " in town.hanvisa("plan").out.replace("\n", " ")


def test_where_no_subject_arrives_it_is_said_what_to_grant(town: Municipality, graph: Graph) -> None:
    """Nobody can know beforehand; in Swedish too."""
    graph.grant("Calendars.ReadBasic.All")
    graph.application(subject_in_basic=False)
    told = town.hanvisa("check").out
    assert "no subject is told" in told
    assert "the role Application Calendars.Read in Exchange Online" in told
    assert "Until that is mended, nothing of this mailbox is removed or shortened" in told
    assert "inget ämne lämnas ut" in town.hanvisa("check", "--lang", "sv").out


def test_a_consent_for_everybody_is_noted(town: Municipality, graph: Graph) -> None:
    """It holds beside any scope; the token says so, and nothing else is asked for it."""
    graph.grant("Calendars.Read")
    told = town.hanvisa("check")
    assert WHOLE in told.out
    assert "(Calendars.Read)" in told.out
    assert "medgivande i Entra" in town.hanvisa("check", "--lang", "sv").out


def test_a_right_beyond_calendars_is_noted(town: Municipality, graph: Graph) -> None:
    """By its name, beside what it needs, which is not."""
    graph.grant("Calendars.ReadBasic.All", "Mail.Read")
    told = town.hanvisa("check").out
    assert "rights that are not needed (Mail.Read)" in told
    assert WHOLE not in told
    assert "rättigheter som inte behövs (Mail.Read)" in town.hanvisa("check", "--lang", "sv").out


def test_a_scope_alone_is_not_noted(town: Municipality, graph: Graph) -> None:
    """What Exchange's RBAC gives stands in no token."""
    graph.grant()
    graph.scope(ANNA)
    told = town.hanvisa("check").out
    assert WHOLE not in told
    assert ANNA not in told


@pytest.mark.parametrize(("role", "noted"), [("Calendars.Read", True), ("Calendars.ReadBasic.All", False)])
def test_delta_with_more_than_the_least_is_noted(tmp_path: Path, graph: Graph, role: str, noted: bool) -> None:  # noqa: FBT001
    """Its answers cannot be chosen, and may hold bodies."""
    graph.well_again()
    graph.grant(role)
    told = configured(tmp_path, graph, "delta").hanvisa("check").out
    assert ("carries the bodies of entries" in told) is noted


def test_what_is_the_same_for_everybody_is_told_once(town: Municipality) -> None:
    """A secret of another application: a line in `check`, `once` and `plan`, an object each in `check --json`."""
    people = [f"p{number}@sorsele.se" for number in range(9)]
    lines = (f"{person},P,48{number:02}" for number, person in enumerate(people))
    (town.folder / "sorsele.csv").write_text("\n".join(("mailbox,name,extensions", *lines, "")), encoding="utf-8")
    (town.folder / "secrets" / "online").write_text("of another one", encoding="utf-8")
    found = [one for one in town.hanvisa("check", "--json").json if one["severity"] == "error"]
    assert sorted(one["thing"] for one in found) == [f"sorsele: {person}" for person in people]
    assert {one["problem"] for one in found} == {"cannot be read"}
    for command in ("check", "once", "plan"):
        told = town.hanvisa(command, "--lang", "en").out
        assert "9 of 9 mailboxes cannot be read, p0@sorsele.se, p1@sorsele.se, p2@sorsele.se and others" in told
        assert told.count("cannot be read") == 1
    told = town.hanvisa("check", "--lang", "sv").out
    assert "fel: sorsele: 9 av 9 postlådor går inte att läsa, p0@sorsele.se, p1@sorsele.se, p2@sorsele.se med" in told
