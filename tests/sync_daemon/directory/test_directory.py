"""The directory: CSV → subscribers, and findings line by line (docs/architecture.md "The directory")."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.command import Alternative, Mode
from sync_daemon.directory import Directory, DirectoryUnusable, Subscriber, Unended, read, shrunk
from sync_daemon.findings import Severity
from sync_daemon.settings import EwsSource, GraphSource, IcsSource, Tenant, load
from tests.configuration import STORE, files_source, tenant_table

HEADER = "mailbox,name,extensions,department,alternative"


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    """Sorsele, with one source."""
    return _tenant(tmp_path)


def _tenant(folder: Path, more: str = "", sources: tuple[str, ...] = ()) -> Tenant:
    path = folder / "hanvisa.toml"
    path.write_text(STORE + tenant_table("sorsele", *sources) + more, encoding="utf-8")
    return load(path, {}).tenants[0]


def _read(tenant: Tenant, *lines: str) -> Directory:
    tenant.directory.write_text("\n".join(lines), encoding="utf-8")
    return read(tenant.directory, tenant)


def _told(directory: Directory) -> list[str]:
    return [f"{finding.thing.rpartition('sorsele.csv')[2]} {finding.problem}" for finding in directory.findings]


def test_a_line_is_a_subscriber(tenant: Tenant) -> None:
    """A line gives the person, their extensions, department and standing alternative."""
    directory = _read(
        tenant,
        HEADER,
        "Anna.Berg@Sorsele.se,Anna Berg,4711 oe:0701234567,Socialtjänst,>4712",
        "bo@sorsele.se,Bo,4712,,",
    )
    anna = Subscriber(
        mailbox="anna.berg@sorsele.se",
        name="Anna Berg",
        extensions=("4711", "+46701234567"),
        department="Socialtjänst",
        alternative=Alternative("4712", Mode.CONNECT),
    )
    assert directory == Directory((anna, Subscriber("bo@sorsele.se", "Bo", ("4712",))), lines=2)


def test_what_excel_writes_in_sweden(tenant: Tenant) -> None:
    """A byte order mark, semicolons, CRLF, quotes, trailing spaces and left-over empty rows are all read."""
    text = 'Mailbox;NAME;Extensions ;department\r\nanna@a.se ;"Berg; Anna";4711 ;Vård, skola\r\n'
    text += ";;;\r\n\r\nbo@a.se;Bo;4712;\r\n"
    tenant.directory.write_bytes(b"\xef\xbb\xbf" + text.encode())
    directory = read(tenant.directory, tenant)
    assert directory.subscribers == (
        Subscriber("anna@a.se", "Berg; Anna", ("4711",), "Vård, skola"),
        Subscriber("bo@a.se", "Bo", ("4712",)),
    )
    assert (directory.findings, directory.lines) == ((), 2)


def test_the_columns_stand_in_any_order(tenant: Tenant) -> None:
    """The header says which column is which, and only mailbox and extensions must be."""
    assert _read(tenant, "extensions,name,mailbox", "4711,佐藤,sato@a.se").subscribers == (
        Subscriber("sato@a.se", "佐藤", ("4711",)),
    )


def test_an_unknown_column_names_the_nearest(tenant: Tenant) -> None:
    """A misspelt column is a warning with the right name, and the lines still count."""
    directory = _read(tenant, "mailbox,name,extensions,departmnet", "anna@a.se,Anna,4711,Skola")
    assert [(finding.severity, finding.remedy) for finding in directory.findings] == [
        (Severity.WARNING, "rename it to department")
    ]
    assert len(directory.subscribers) == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("anna@a.se,Anna,,,", "skipped: it has no extension"),
        ("anna@a.se,Anna,4711 47x1,,", "skipped: '47x1' is no extension"),
        ("anna@a.se,Anna,oe:070-123 45 67,,", "skipped: 'oe:070-123' is no extension"),
        ("anna@a.se,Berg, Anna,4711,,,x", "skipped: 'Anna' is no extension"),
        ("anna@a.se,Anna,4711,,,left over", "skipped: it has more cells than there are columns"),
    ],
)
def test_a_bad_line_is_skipped_and_its_subscriber_known(tenant: Tenant, line: str, problem: str) -> None:
    """A bad line is a finding with its number; its mailbox stays as the store has it, the others are read."""
    directory = _read(tenant, HEADER, line, "bo@a.se,Bo,4712,,")
    assert [subscriber.mailbox for subscriber in directory.subscribers] == ["bo@a.se"]
    assert f", line 2 {problem}" in _told(directory)
    assert directory.skipped_mailboxes == {"anna@a.se"}
    assert not directory.unknown_mailboxes
    assert directory.lines == 2


@pytest.mark.parametrize(
    "mailbox", ["", "anna", "@a.se", "anna@", "a/b@a.se", "..\\a@a.se", "a\tb@a.se", "a@b@c", "a b@a.se"]
)
def test_a_line_whose_mailbox_cannot_be_told(tenant: Tenant, mailbox: str) -> None:
    """Without a mailbox that can be one, and a file's name too, nobody may be taken as having left."""
    directory = _read(tenant, HEADER, f'"{mailbox}",Anna,4711,,', "bo@a.se,Bo,4712,,")
    assert directory.unknown_mailboxes
    assert directory.skipped_mailboxes == frozenset()
    assert [finding.severity for finding in directory.findings] == [Severity.ERROR]


def test_a_mailbox_stands_once(tenant: Tenant) -> None:
    """Of two lines with one mailbox the first counts, whatever its capitals."""
    directory = _read(tenant, HEADER, "anna@a.se,Anna,4711,,", "ANNA@a.se,Anna,4712,,", "bo@a.se,Bo,4712,,")
    assert [subscriber.extensions for subscriber in directory.subscribers] == [("4711",), ("4712",)]
    assert _told(directory) == [", line 3 skipped: anna@a.se stands in line 2 already"]
    assert directory.skipped_mailboxes == frozenset()


def test_an_extension_is_whose_it_was_first(tenant: Tenant) -> None:
    """A later line loses the extension, in whatever way it is written, and is skipped where none is left."""
    directory = _read(
        tenant, HEADER, "anna@a.se,Anna,4711 oe:0701234567,,", "bo@a.se,Bo,4712 +46701234567,,", "ci@a.se,Ci,4711,,"
    )
    assert [subscriber.extensions for subscriber in directory.subscribers] == [("4711", "+46701234567"), ("4712",)]
    assert _told(directory) == [
        ", line 3 +46701234567 is anna@a.se's already, and is not given to bo@a.se",
        ", line 4 4711 is anna@a.se's already, and is not given to ci@a.se",
        ", line 4 skipped: every extension in it is another's",
    ]
    assert directory.skipped_mailboxes == {"ci@a.se"}


def test_an_earlier_tenants_extension_is_taken(tenant: Tenant) -> None:
    """Tenants share a switchboard: an extension of an earlier one is not given again."""
    tenant.directory.write_text(f"{HEADER}\nanna@a.se,Anna,4711 4712,,\n", encoding="utf-8")
    directory = read(tenant.directory, tenant, {"4711": "mala"})
    assert directory.subscribers[0].extensions == ("4712",)
    assert _told(directory) == [", line 2 4711 is mala's already, and is not given to anna@a.se"]


def test_a_skipped_line_keeps_its_extensions(tenant: Tenant) -> None:
    """Who stands in a skipped line may have the extension in the store: a later line does not get it."""
    directory = _read(tenant, HEADER, "anna@a.se,Anna,4711 x,,", "bo@a.se,Bo,4711,,")
    assert directory.subscribers == ()
    assert directory.skipped_mailboxes == {"anna@a.se", "bo@a.se"}


@pytest.mark.parametrize(
    ("written", "alternative"),
    [
        ("4712", Alternative("4712", Mode.INFO)),
        ("> 4712", Alternative("4712", Mode.CONNECT)),
        ("＞4712", Alternative("4712", Mode.CONNECT)),
        ("0952-140 00", Alternative("+4695214000", Mode.INFO)),
        (">+46 70 765 43 21", Alternative("+46707654321", Mode.CONNECT)),
    ],
)
def test_an_alternative_is_told_or_connected(tenant: Tenant, written: str, alternative: Alternative) -> None:
    """`>` in front connects the calls; without it the operator is told."""
    directory = _read(tenant, HEADER, f"anna@a.se,Anna,4711,,{written}", "bo@a.se,Bo,4712,,")
    assert directory.subscribers[0].alternative == alternative
    assert directory.findings == ()


@pytest.mark.parametrize(
    "written",
    [
        "4711",
        ">oe",
        "0900-1234567",
        "112",
        ">118 118",
        "anna",
        ">",
        "+4722345678",
        "4799",
        "＞4799",
        "500",
        "075-1234567",
        "0952-140 00/01",
        "0952-140 00.1",
        "４７１２",
        "4712-13",
    ],
)
def test_a_bad_alternative_is_none(tenant: Tenant, written: str) -> None:
    """One's own number, nobody's extension, or one that no subject may name is no alternative; the subscriber stays."""
    directory = _read(tenant, HEADER, f"anna@a.se,Anna,4711,,{written}", "bo@a.se,Bo,4712,,")
    assert directory.subscribers[0].alternative is None
    assert [finding.severity for finding in directory.findings] == [Severity.WARNING]


def test_ones_own_mobile_is_no_alternative(tenant: Tenant) -> None:
    """An own number is known however it is written."""
    directory = _read(tenant, HEADER, "anna@a.se,Anna,4711 oe:0701234567,,070-123 45 67")
    assert directory.subscribers[0].alternative is None


def test_an_alternative_is_somebodys_extension_on_any_line(tenant: Tenant) -> None:
    """On a later line, on one that is skipped, or on one whose mailbox is none; a mobile extension is one too."""
    directory = _read(
        tenant,
        HEADER,
        "anna@a.se,Anna,4711,,4712",
        "bo@a.se,Bo,4712 x,,",
        "ci@a.se,Ci,4713,,4714",
        "no mailbox,Di,4714,,",
        "eva@a.se,Eva,4715 oe:+4722345678,,",
        "fia@a.se,Fia,4716,,>+47 22 34 56 78",
    )
    assert [one.alternative and one.alternative.number for one in directory.subscribers] == [
        "4712",
        "4714",
        None,
        "+4722345678",
    ]


def test_an_alternative_whose_line_is_broken_is_known_from_the_store(tenant: Tenant) -> None:
    """A good alternative is not lost because the colleague's line has a spreadsheet's number in it."""
    text = f"{HEADER}\nanna@a.se,Anna,4711,,4712\nbo@a.se,Bo,4.712E+03,,\n"
    tenant.directory.write_text(text, encoding="utf-8")
    assert read(tenant.directory, tenant).subscribers[0].alternative is None
    directory = read(tenant.directory, tenant, known={"4711", "4712"})
    assert directory.subscribers[0].alternative == Alternative("4712", Mode.INFO)


def test_another_tenants_extension_is_no_alternative(tenant: Tenant) -> None:
    """Whose it is is told by another directory, and may be another's tomorrow."""
    tenant.directory.write_text(f"{HEADER}\nanna@a.se,Anna,4711,,4712\n", encoding="utf-8")
    directory = read(tenant.directory, tenant, {"4712": "bo@mala.se (mala)"})
    assert directory.subscribers[0].alternative is None
    assert _told(directory) == [", line 2 the alternative '4712' is no number that can be used"]


def test_an_internal_number_of_the_configuration_is_an_alternative(tenant: Tenant, tmp_path: Path) -> None:
    """The reception, that is nobody's extension, stands in `internal_numbers`; 112 is none there either."""
    tenant = _tenant(tmp_path, '[tenants.rules]\ninternal_numbers = ["4700", "112"]\n')
    directory = _read(tenant, HEADER, "anna@a.se,Anna,4711,,>4700", "bo@a.se,Bo,4712,,112")
    assert [one.alternative for one in directory.subscribers] == [Alternative("4700", Mode.CONNECT), None]


@pytest.mark.parametrize("number", ["112", "118118", "11414", "116117"])
def test_a_service_number_is_nobodys_extension(tenant: Tenant, number: str) -> None:
    """Its line is skipped as one with a wrong number is, and it is nobody's alternative, whatever the store has."""
    lines = f"{HEADER}\nanna@a.se,Anna,{number},,\nbo@a.se,Bo,4712,,{number}\n"
    tenant.directory.write_text(lines, encoding="utf-8")
    directory = read(tenant.directory, tenant, known={number})
    assert [(one.mailbox, one.alternative) for one in directory.subscribers] == [("bo@a.se", None)]
    assert f", line 2 skipped: '{number}' is no extension" in _told(directory)
    assert directory.skipped_mailboxes == {"anna@a.se"}


def test_findings_stand_in_the_order_of_the_lines(tenant: Tenant) -> None:
    """Also those of alternatives, which are judged when the whole file has been read."""
    directory = _read(tenant, HEADER, "anna@a.se,Anna,4711,,4799", "bo@a.se,Bo,,,", "ci@a.se,Ci,4713,,4798")
    assert [told.split()[2] for told in _told(directory)] == ["2", "3", "4"]


def test_who_has_no_name_is_called_by_the_mailbox(tenant: Tenant) -> None:
    """A missing name is a note only."""
    directory = _read(tenant, HEADER, "anna.berg@a.se,,4711,,")
    assert directory.subscribers[0].name == "anna.berg"
    assert [finding.exit_code for finding in directory.findings] == [0]


def test_a_configured_department_that_no_line_names(tmp_path: Path) -> None:
    """It is probably misspelt, here or there: a warning with the line; a department needs no configuration."""
    tenant = _tenant(tmp_path, '[[tenants.departments]]\nname = "Socialtjänst"\n')
    directory = _read(tenant, HEADER, "anna@a.se,Anna,4711,Socialtjänsten,")
    assert directory.subscribers[0].department == "Socialtjänsten"
    (finding,) = directory.findings
    assert (finding.severity, finding.thing) == (Severity.WARNING, f"{tenant.directory}, line 2")
    assert finding.problem == "the department is 'Socialtjänsten' here, and 'Socialtjänst' in the configuration"
    assert finding.remedy == "write 'Socialtjänst' here, or 'Socialtjänsten' in [[tenants.departments]]"


def test_a_department_that_several_lines_spell_otherwise_is_told_once(tmp_path: Path) -> None:
    """With the first of the lines; one that is like no other names only the file."""
    tenant = _tenant(tmp_path, '[[tenants.departments]]\nname = "Skola"\n[[tenants.departments]]\nname = "Växel"\n')
    lines = [f"p{number}@a.se,P,480{number},Skolan," for number in range(3)]
    first, second = _read(tenant, HEADER, *lines).findings
    assert (first.thing, "here and in 2 more lines" in first.problem) == (f"{tenant.directory}, line 2", True)
    assert (second.thing, second.remedy) == (str(tenant.directory), "take it out of there, or name it in a line")


def test_a_department_is_the_same_typed_on_a_mac(tmp_path: Path) -> None:
    """Ä in two characters is Ä in one."""
    tenant = _tenant(tmp_path, '[[tenants.departments]]\nname = "Socialtj\u00e4nst"\n')
    directory = _read(tenant, HEADER, "anna@a.se,Anna,4711,Socialtja\u0308nst,")
    assert directory.subscribers[0].department == "Socialtj\u00e4nst"
    assert directory.findings == ()


def test_the_source_must_be_configured(tmp_path: Path) -> None:
    """With several sources each line names one of them; a folder of files cannot say whose is not there."""
    sources = tuple(files_source(name, name=name) for name in ("onsite", "online"))
    tenant = _tenant(tmp_path, sources=sources)
    directory = _read(tenant, "mailbox,name,extensions,source", "a@a.se,A,1,online", "b@a.se,B,2,onlin", "c@a.se,C,3,")
    assert [(subscriber.mailbox, subscriber.source) for subscriber in directory.subscribers] == [("a@a.se", "online")]
    assert _told(directory) == [
        ", line 3 skipped: the source 'onlin' is not configured",
        ", line 4 skipped: the source is missing",
    ]
    assert directory.findings[0].remedy == "write online"


def test_where_two_exchanges_can_be_asked_a_line_may_leave_the_source_out(tmp_path: Path) -> None:
    """Beside one Exchange there is nobody else to ask; a source that nobody knows is a mistake as before."""
    on_site = EwsSource(kind="ews", name="site", endpoint="https://mail.a.se", user="svc", secret=Path("exchange"))
    cloud = GraphSource(
        kind="graph",
        name="cloud",
        directory_id="a.se",
        client_id="66666666-7777-8888-9999-000000000000",
        secret=Path("graph"),
    )
    files = IcsSource(kind="ics", name="files", folder=tmp_path)
    tenant = _tenant(tmp_path)
    lines = ("mailbox,name,extensions,source", "a@a.se,A,1,", "b@a.se,B,2,clod")
    found = _read(tenant.model_copy(update={"sources": (files, on_site, cloud)}), *lines)
    assert [(subscriber.mailbox, subscriber.source) for subscriber in found.subscribers] == [("a@a.se", None)]
    assert _told(found) == [", line 3 skipped: the source 'clod' is not configured"]
    found = _read(tenant.model_copy(update={"sources": (files, on_site)}), *lines[:2])
    assert _told(found) == [", line 2 skipped: the source is missing"]


def test_a_quoted_cell_over_two_lines_does_not_move_the_numbers(tenant: Tenant) -> None:
    """A finding names the line on which its row begins."""
    directory = _read(tenant, HEADER, 'anna@a.se,"Anna', 'Berg",4711,,', "bo@a.se,Bo,,,")
    assert _told(directory) == [", line 4 skipped: it has no extension"]


@pytest.mark.parametrize(
    ("content", "problem", "remedy"),
    [
        (b"", "there is no column mailbox", "the first line names the columns"),
        (b"mejl,extensions\n", "there is no column mailbox", "the first line names the columns"),
        (b"mailbox,extension\n", "there is no column extensions", "rename the column extension"),
        (b"mailbox,extensions,name,name\n", "there are two columns name", "take one away"),
        ("mailbox,extensions,name\na@a.se,1,Åsa\n".encode("cp1252"), "line 2: is not UTF-8", "CSV UTF-8"),
        ("mailbox,extensions\n".encode("utf-16"), "is not UTF-8", "CSV UTF-8"),
        (b'mailbox,extensions\na@a.se,"4711\nb@a.se,4712\n', "line 2: is no CSV", "without its partner"),
    ],
)
def test_a_file_that_cannot_be_parsed(tenant: Tenant, content: bytes, problem: str, remedy: str) -> None:
    """Nothing of such a file is taken into use; the message says what to do."""
    tenant.directory.write_bytes(content)
    with pytest.raises(DirectoryUnusable, match=problem) as raised:
        read(tenant.directory, tenant)
    assert remedy in str(raised.value)
    assert "sorsele.csv" in raised.value.findings[0].thing


def test_a_file_that_is_missing(tenant: Tenant) -> None:
    """A missing file is told by its path."""
    with pytest.raises(DirectoryUnusable, match=r"sorsele\.csv: No such file"):
        read(tenant.directory, tenant)


def test_an_empty_directory_is_doubtful(tenant: Tenant) -> None:
    """A header alone is a warning."""
    directory = _read(tenant, HEADER)
    assert (directory.lines, [finding.severity for finding in directory.findings]) == (0, [Severity.WARNING])


@pytest.mark.parametrize(
    ("now", "before", "lost"), [(5, 10, False), (4, 10, True), (0, 1, True), (0, 0, False), (9, 3, False)]
)
def test_a_file_that_lost_over_half_of_its_lines(now: int, before: int, lost: bool) -> None:  # noqa: FBT001
    """Half may go at once; more is not believed."""
    assert shrunk(now, before) is lost


@pytest.mark.parametrize(
    ("end", "unended"),
    [
        ("", Unended(3, "bo@a.se")),
        ("\n", None),
        ("\r\n", None),
        ("\r", None),
        ("\r\n \t", None),
        ("\n,;", None),
        ("\r\ncec", Unended(4, None)),
        ("\n\ncecilia@a.se,Cecilia,4713", Unended(5, "cecilia@a.se")),
    ],
)
def test_a_last_line_without_its_end_is_told_of(tenant: Tenant, end: str, unended: Unended | None) -> None:
    """The file may have been cut there; blanks behind the last line are no line, however lines end."""
    text = f"mailbox,name,extensions\r\nanna@a.se,Anna,4711\nbo@a.se,Bo,4712{end}"
    tenant.directory.write_text(text, encoding="utf-8", newline="")
    assert read(tenant.directory, tenant).unended == unended


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.sampled_from('a@.se,;"\n\r \t>0147å\x00\ufeff'), max_size=80))
def test_no_file_makes_reading_fail_otherwise(tenant: Tenant, text: str) -> None:
    """Whatever follows the header: every line is a subscriber or was skipped, or the file is unusable."""
    tenant.directory.write_text(f"{HEADER}\n{text}", encoding="utf-8", newline="")
    try:
        directory = read(tenant.directory, tenant)
    except DirectoryUnusable as error:
        assert error.findings  # noqa: PT017 - it may be unusable, and then says why
        return
    extensions = [extension for subscriber in directory.subscribers for extension in subscriber.extensions]
    assert len(extensions) == len(set(extensions))
    skipped = sum(finding.severity is Severity.ERROR for finding in directory.findings)
    assert len(directory.subscribers) <= directory.lines <= len(directory.subscribers) + skipped


@pytest.mark.parametrize(
    ("column", "told"),
    [
        ("name", "the name has 1048576 characters, and is cut to 200"),
        ("department", "the department has 1048576 characters, and is cut to 200"),
        ("extensions", "skipped: a cell in it has 1048576 characters"),
        ("alternative", "skipped: a cell in it has 1048576 characters"),
        ("mailbox", "skipped: 'aaaa"),
    ],
)
def test_a_cell_without_end_costs_its_own_line_at_most(tenant: Tenant, column: str, told: str) -> None:
    """The others are read, and the finding fits on a line."""
    row = {"mailbox": "anna@a.se", "name": "Anna", "extensions": "4711", "department": "", "alternative": ""}
    row[column] = "a" * (1 << 20)
    directory = _read(tenant, HEADER, ",".join(row.values()), "bo@a.se,Bo,4712,,")
    assert told in directory.findings[0].problem
    assert all(len(str(finding)) < 1000 for finding in directory.findings)
    assert "bo@a.se" in [one.mailbox for one in directory.subscribers]
    assert all(len(one.name) <= 200 and len(one.department or "") <= 200 for one in directory.subscribers)


def test_a_name_is_what_can_be_shown(tenant: Tenant) -> None:
    """Controls are spaces, marks of direction are gone, and a note says so; where nothing is left there is no name."""
    lines = ("anna@a.se,\x1b[2JAnna\u202e Ek,4711,Vård\x9b,", "bo@a.se,\u2066\x1b,4712,,")
    directory = _read(tenant, HEADER, *lines)
    assert [(one.name, one.department) for one in directory.subscribers] == [("[2JAnna Ek", "Vård"), ("bo", None)]
    assert _told(directory)[:3] == [
        ", line 2 the name has a sign that cannot be shown (U+001B)",
        ", line 2 the department has a sign that cannot be shown (U+009B)",
        ", line 3 the name has a sign that cannot be shown (U+2066)",
    ]
    assert {finding.severity for finding in directory.findings} == {Severity.NOTE}


def test_columns_without_end_are_not_all_told_of(tenant: Tenant) -> None:
    """The first fifty will do."""
    directory = _read(tenant, "mailbox,extensions" + "".join(f",x{n}" for n in range(20_000)), "anna@a.se,4711")
    assert len(directory.findings) < 50
    assert [one.mailbox for one in directory.subscribers] == ["anna@a.se"]
