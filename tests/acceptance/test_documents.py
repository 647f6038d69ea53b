"""The pages keep to the code: commands, options, links, the schema, the first configuration, the lathund's subjects."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.main import get_command

from rules.command import Command, Mode, Phone, Slip, Vocabulary
from rules.entry import Entry, NearEntry, Verdict
from rules.plan import Cause
from rules.policy import Rules
from sync_daemon import directory, settings
from sync_daemon.alerts.staff import sentence
from sync_daemon.answers import wording
from sync_daemon.answers.health import MAIL_AFTER
from sync_daemon.board.changes import HOLD_SECONDS
from sync_daemon.cli.application import app
from sync_daemon.numbers import check_number
from sync_daemon.store import in_force, other_systems, schema
from sync_daemon.texts import in_language
from sync_daemon.texts.swedish import tables
from tests.acceptance.municipality import hanvisa

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
ADMIN, EXCHANGE, ONLINE, LATHUND = (
    ROOT / "docs" / f"{name}.md" for name in ("admin", "exchange", "exchange-online", "lathund")
)
_FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_SECTION = re.compile(r"^### (?:Table|View) `(\w+)`\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_FIRST_CELL = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)

APPLICATION = get_command(app)
COMMANDS = getattr(APPLICATION, "commands", {})


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words call, of a group the one within, and its arguments; the first must be there.

    An option alone is the application's own.
    """
    if words[0].startswith("-"):
        return APPLICATION, words
    found, rest = COMMANDS[words[0]], words[1:]
    while rest and rest[0] in getattr(found, "commands", {}):
        found, rest = found.commands[rest[0]], rest[1:]
    return found, rest


def text_of(page: Path) -> str:
    """The page."""
    return page.read_text(encoding="utf-8")


def called(line: str) -> list[str] | None:
    """The words after `hanvisa`, where the line of a code block calls it."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return None
    words = words[1:] if words[:1] in (["$"], ["sudo"]) else words
    for place, word in enumerate(words):
        if word.endswith("bin/hanvisa") or (place == 0 and word == "hanvisa"):
            return [one for one in words[place + 1 :] if not re.match(r"\d?>", one)]
    return None


def lines_of_code() -> Iterator[tuple[Path, list[str]]]:
    """Every call of `hanvisa` in a code block."""
    for page in PAGES:
        for _, block in _FENCED.findall(text_of(page)):
            for line in block.replace("\\\n", " ").splitlines():
                words = called(line)
                if words and not words[0].startswith("-"):
                    yield page, words


def spans() -> Iterator[tuple[Path, list[str]]]:
    """Every `hanvisa …` within a sentence or a table; brackets say that something may be left out."""
    for page in PAGES:
        prose = _FENCED.sub("", text_of(page))
        for span in _SPAN.findall(prose):
            words = re.sub(r"[\[\]]", " ", span).split()
            if words[:1] == ["hanvisa"] and len(words) > 1:
                yield page, words[1:]


def ids(calls: list[tuple[Path, list[str]]]) -> list[str]:
    """What pytest calls them."""
    return [f"{page.name}: {' '.join(words)}" for page, words in calls]


LINES, SPANS = list(lines_of_code()), list(spans())


@pytest.mark.parametrize(("page", "words"), LINES, ids=ids(LINES))
def test_a_call_in_a_code_block_is_one_that_hanvisa_takes(page: Path, words: list[str]) -> None:
    """The command line understands the command, its arguments and every option."""
    assert words[0] in COMMANDS, f"{page.name} names the command {words[0]}"
    command, arguments = command_of(words)
    command.make_context(words[0], arguments)


@pytest.mark.parametrize(("page", "words"), SPANS, ids=ids(SPANS))
def test_a_command_in_a_sentence_exists_with_its_options(page: Path, words: list[str]) -> None:
    """Every command and option that a page names is there."""
    assert words[0].startswith("-") or words[0] in COMMANDS, f"{page.name} names the command {words[0]}"
    known = {option for one in command_of(words)[0].params for option in one.opts}
    assert {word for word in words if word.startswith("-")} <= known


def test_every_command_is_in_the_admins_table() -> None:
    """The admin's page lists each command, and each of its options."""
    rows = {words[0]: words for page, words in SPANS if page == ADMIN and len(words) > 1} | {"check": ["check"]}
    assert rows.keys() >= COMMANDS.keys()
    everywhere = {"--config", "--json", "--help", "--lang"}
    for name, command in COMMANDS.items():
        for within, one in getattr(command, "commands", {"": command}).items():
            call = [name, within] if within else [name]
            options = {option.opts[0] for option in one.params if option.opts[0].startswith("-")}
            listed = {w for page, words in SPANS if page == ADMIN and words[: len(call)] == call for w in words}
            assert options - everywhere <= listed, call


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_link_leads_somewhere(page: Path) -> None:
    """Each file that a page links to is there, and has the heading that the link names."""
    for link in _LINK.findall(_FENCED.sub("", text_of(page))):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        assert not anchor or anchor in {anchor_of(one) for one in _HEADING.findall(text_of(target))}, link


def anchor_of(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_a_picture_is_small_and_shown_on_a_page() -> None:
    """Of `docs/pictures`, which `script/pictures` makes: none is left over, none keeps a page waiting."""
    shown = {link for page in PAGES for link in _LINK.findall(text_of(page)) if "pictures/" in link}
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    assert {picture.name for picture in pictures} == {Path(link).name for link in shown}
    assert [picture.name for picture in pictures if picture.stat().st_size > 150 * 1024] == []


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_script_that_is_named_is_there(page: Path) -> None:
    """Nobody is sent to a script that does not exist."""
    for name in re.findall(r"\bscript/[\w-]+", text_of(page)):
        assert (ROOT / name).is_file(), name


def test_the_admins_page_has_the_schema() -> None:
    """Each table and the view, with exactly the columns that they have, in their order."""
    documented = {name: _FIRST_CELL.findall(body) for name, body in _SECTION.findall(text_of(ADMIN))}
    ours = (*schema.metadata.tables.values(), in_force.in_force_view, *other_systems.metadata.tables.values())
    tables = {table.name: table for table in ours}
    assert documented == {name: [column.name for column in table.columns] for name, table in tables.items()}


def section(page: Path, heading: str) -> str:
    """What stands below the page's heading, up to the next one of its level or above."""
    found = re.search(rf"^(#+) {heading}\n(.*?)(?=^## |^\1 |\Z)", text_of(page), re.MULTILINE | re.DOTALL)
    assert found, f"{page.name} has no heading {heading}"
    return found[2]


def blocks(text: str) -> Mapping[str, str]:
    """The last code block in each language."""
    return dict(_FENCED.findall(text))


def test_the_first_configuration_can_be_used(tmp_path: Path) -> None:
    """Who copies the admin's page has a configuration and a directory without a finding."""
    (tmp_path / "calendars" / "sorsele").mkdir(parents=True)
    (tmp_path / "hanvisa.toml").write_text(blocks(section(ADMIN, "The first configuration"))["toml"], encoding="utf-8")
    (tmp_path / "sorsele.csv").write_text(blocks(section(ADMIN, "The directory"))["csv"], encoding="utf-8")
    loaded = settings.load(tmp_path / "hanvisa.toml", {})
    read = directory.read(tmp_path / "sorsele.csv", loaded.tenants[0])
    assert settings.findings(loaded, date(2026, 11, 24)) == []
    assert read.findings == ()
    assert len(read.subscribers) == read.lines == 2


@pytest.mark.parametrize(
    ("page", "heading"),
    [(ADMIN, "The first configuration"), (EXCHANGE, "The configuration"), (ONLINE, "The configuration")],
)
def test_the_page_shows_what_init_writes(
    page: Path, heading: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command on the page, and below it the file, to the letter."""
    text = section(page, heading)
    calls = [called(line) for line in text.replace("\\\n", " ").splitlines()]
    (words,) = [words for words in calls if words and words[0] == "init" and "--yes" in words]
    monkeypatch.chdir(tmp_path)
    assert hanvisa(*words).code == 0
    assert (tmp_path / "hanvisa.toml").read_text(encoding="utf-8") == blocks(text)["toml"]


def test_the_directory_that_init_writes_has_the_pages_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each column that the admin's page explains, but the one for several sources."""
    monkeypatch.chdir(tmp_path)
    hanvisa("init", "--yes", "--tenant", "sorsele", "--source", "ics")
    columns = (tmp_path / "sorsele.csv").read_text(encoding="utf-8").strip()
    text = section(ADMIN, "The directory")
    assert columns == blocks(text)["csv"].splitlines()[0]
    assert columns.split(",") == [column for column in _FIRST_CELL.findall(text) if column != "source"]


def lathund(title: str) -> list[str]:
    """The subjects in the lathund's table whose first column is called so."""
    table = text_of(LATHUND).partition(f"| {title} |")[2].partition("\n\n")[0]
    return _FIRST_CELL.findall(table)


PARSE = Vocabulary(Rules().commands, {"4711"}, check_number("SE", ())).parse


@pytest.mark.parametrize("subject", lathund("Skriv i ämnet"))
def test_what_the_lathund_says_to_write_is_a_command(subject: str) -> None:
    """The sign closes the phone or leaves it open, `>` connects, `@` tells."""
    said = PARSE(subject)
    assert isinstance(said, Command)
    assert said.phone is (Phone.OPEN if ";" in subject else Phone.CLOSED)
    wanted = Mode.CONNECT if ">" in subject else Mode.INFO if "@" in subject else None
    assert (said.alternative and said.alternative.mode) == wanted


@pytest.mark.parametrize("subject", lathund("Räknas inte"))
def test_what_the_lathund_says_does_not_count_does_not(subject: str) -> None:
    """A subject that the lathund warns of carries no command."""
    assert not isinstance(PARSE(subject), Command)


_IN_WORDS = {5: "fem", 10: "tio", 2: "två"}


def test_the_lathund_keeps_to_what_holds_where_nothing_is_set() -> None:
    """Its minutes, weeks and hours are the defaults'."""
    page, rules, service = " ".join(text_of(LATHUND).split()), Rules(), settings.ServiceSettings()
    assert f"var {_IN_WORDS[service.interval // 60]}te minut" in page
    assert service.interval + service.jitter < 10 * 60  # a reading of everybody takes its time as well
    assert f"växeln ser {_IN_WORDS[rules.horizon_days // 7]} veckor framåt" in page
    assert f"när pausen är högst {rules.gap} minuter. {_IN_WORDS[rules.margin].title()} minuter läggs till" in page
    assert f"börjar mer än {max(rules.gap, rules.margin)} minuter efter att det första har börjat" in page
    assert rules.lunch == (time(12), time(13))
    assert "under lunchen (12–13), eller högst 15 minuter före, gäller hänvisningen till 13.00" in page
    assert rules.hours == (time(8), time(17))
    assert "ger åter måndag 08.00" in page
    assert (rules.night, rules.after_hours, rules.count_private, rules.count_tentative) == (True, False, True, False)
    assert not [word for word in ("arrangör", "heldagsbokning", "Heldagsbokning") if word in page]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (">070-174 06 05 kl 13", True),
        (">070-174 06 05, 10 pers", False),
        ("@4711 10 pers", True),
        (">4711/12", False),
        (">112", False),
        (">077-123 45 67", False),
    ],
)
def test_what_the_lathund_says_of_a_number_is_so(text: str, holds: bool) -> None:  # noqa: FBT001 - a row
    """Each of its examples, used or not."""
    said = PARSE(f"SAM: Budget {text}")
    assert isinstance(said, Command)
    assert (said.alternative is not None) == holds


@pytest.mark.parametrize("subject", ["SEM: Fjällen", "SJK:"])
def test_a_code_that_is_not_configured_counts_nothing(subject: str) -> None:
    """As the lathund says of leave and illness."""
    assert not isinstance(PARSE(subject), Command)


def test_the_swedish_page_of_the_switchboard_has_the_words_on_the_screen() -> None:
    """Each column and each state that it explains is called so there."""
    in_swedish = text_of(ROOT / "docs" / "operator.md").partition("\n# ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", in_swedish, re.MULTILINE)
    explained = [word for cell in cells for word in _SPAN.findall(cell)]
    assert {"kommun", "åter", "sök", "satt av", "återtagen"} <= set(explained)
    assert [word for word in explained if word not in tables.ROWS.values()] == []


def test_the_pages_are_read_at_all() -> None:
    """The searches above find what they look for, lest they prove nothing."""
    assert {"once", "plan", "approve", "explain", "open", "refer"} <= {words[0] for _, words in LINES}
    assert {"approve", "run"} <= {words[0] for _, words in SPANS}
    assert len(lathund("Skriv i ämnet")) == 6
    assert len(lathund("Räknas inte")) == 3


def test_the_admins_page_has_the_words_of_every_verdict() -> None:
    """As `explain` prints them in English."""
    (listed,) = re.findall(r"what became of it \(([^)]*)\)", ADMIN.read_text(encoding="utf-8"))
    told = [re.sub(r"\s+", " ", word) for word in _SPAN.findall(listed)]
    assert told == [wording.verdict(verdict, "en") for verdict in Verdict]


def test_the_admins_page_has_every_cause_of_a_change() -> None:
    """As the store holds them, and JSON and the log have them."""
    (listed,) = re.findall(r"^\| `cause` \| (.*) \|$", section(ADMIN, "Table `changes`"), re.MULTILINE)
    assert _SPAN.findall(listed) == [cause.value for cause in Cause]


def test_the_alerts_of_the_admins_page_can_be_used(tmp_path: Path) -> None:
    """Who copies the page's table has one that loads, and nothing to be warned of."""
    example = blocks(section(ADMIN, "By mail"))["toml"]
    whole = f'secrets_dir = "secrets"\n{blocks(section(ADMIN, "The first configuration"))["toml"]}{example}'
    (tmp_path / "hanvisa.toml").write_text(whole, encoding="utf-8")
    found = settings.load(tmp_path / "hanvisa.toml", {}).alerts
    assert (found.user, found.secret, list(found.findings())) == ("SORSELE\\svc-hanvisa", tmp_path / "secrets/mail", [])


def test_the_admins_page_names_every_cause_that_is_mailed() -> None:
    """As `status` names them."""
    told = section(ADMIN, "By mail")
    assert [cause.value for cause in MAIL_AFTER if f"`{cause.value}`" not in told] == []


def test_the_mail_to_staff_is_as_the_admins_page_shows_it() -> None:
    """Word for word, as the Swedish table has it."""
    shown = blocks(section(ADMIN, "To staff"))["text"]
    start = datetime(2026, 12, 1, 9, tzinfo=UTC)
    entry = NearEntry(Entry("k", start, start, Command("SAM", Phone.CLOSED)), Slip.SIGN_MISSING, "k")
    assert in_language(sentence(entry, ZoneInfo("Europe/Stockholm")), "sv") in shown


def test_the_proxy_of_the_page_lets_an_answer_wait() -> None:
    """One of `/changed` comes after that many seconds at the latest."""
    page = section(ADMIN, "Behind a proxy")
    (known,) = re.findall(r"proxy_read_timeout (\d+)s;", page)
    assert int(known) > HOLD_SECONDS
    assert f"must let an answer wait for {HOLD_SECONDS:.0f} seconds" in page
