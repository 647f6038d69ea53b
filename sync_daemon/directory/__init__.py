"""A tenant's directory: CSV → subscribers, and findings line by line.

Excel in Sweden writes `;` between the columns and, as "CSV UTF-8", a byte order mark; its plain "CSV" is in the
machine's old code page (https://donatstudios.com/CSV-An-Encoding-Nightmare) and is refused.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from rules.command import Alternative, Mode, NumberCheck
from sync_daemon.errors import HanvisaError
from sync_daemon.files import bytes_of
from sync_daemon.findings import Finding, Severity
from sync_daemon.numbers import check_number, internal_numbers, is_service, normalised
from sync_daemon.printable import NAME_LENGTH, cut, quoted, unshowable
from sync_daemon.settings import Tenant, nearest
from sync_daemon.settings.origin import exchanges
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

LARGEST = 32 * 1024 * 1024
"""The bytes of the largest file that is read; 100,000 people have a third of that."""

_LONGEST_CELL = 2000
"""Characters of a cell; a name or a department that is longer is cut, the line of another is skipped."""

_LONGEST_MAILBOX = 250
"""Characters: a file's name has 255 bytes, and the calendar is `<mailbox>.ics`; RFC 5321 4.5.3.1.3 lets it have 254."""

_MOST_COLUMNS = 50
"""Of those that are not known, how many of the first are told of."""

# A cell of any length is a cell, and costs the line that it stands in, not the file.
csv.field_size_limit(LARGEST)

_REQUIRED = ("mailbox", "extensions")
_COLUMNS = ("mailbox", "name", "extensions", "department", "alternative", "source")
_SPACE = re.compile(r"\s")
_UTF_8 = Text('save the file as UTF-8, in Excel as "CSV UTF-8 (Comma delimited)"')
_BLANK = " ;,\t"
"""What a line may hold that holds nothing."""
_NOBODY: Mapping[str, str] = MappingProxyType({})
_NONE: frozenset[str] = frozenset()
_OTHER_ALTERNATIVE = Text(
    "write somebody's extension, one of internal_numbers, or a whole number outside the switchboard; until then "
    "they have none"
)

Row = dict[str, str]
"""A line's cells by column, without the spaces around them; a missing cell is empty."""


class DirectoryUnusable(HanvisaError):
    """The file cannot be parsed, so nothing of it is taken into use; `findings` says why."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__("\n".join(map(str, findings)))


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person as the directory has them: the mailbox in lower case, the extensions normalised.

    `alternative` is the standing one. `source` is a source's name, or None where the tenant has only one, or where its
    Exchanges are to be asked. `number` is that of the line, which says nothing of the person.
    """

    mailbox: str
    name: str
    extensions: tuple[str, ...]
    department: str | None = None
    alternative: Alternative | None = None
    source: str | None = None
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Unended:
    """The last line, by its number, where it has no line ending; its mailbox, where that could be told."""

    number: int
    mailbox: str | None


@dataclass(frozen=True, slots=True)
class Directory:
    """What a file says. `lines` counts those that are not blank, less the header, bad ones too.

    Who stands in a line that was skipped stays as the store has them: `skipped_mailboxes` are those that could be
    told. Where `unknown_mailboxes`, one could not be told, and nobody may be taken as having left.
    """

    subscribers: tuple[Subscriber, ...]
    findings: tuple[Finding, ...] = ()
    lines: int = 0
    unknown_mailboxes: bool = False
    skipped_mailboxes: frozenset[str] = frozenset()
    unended: Unended | None = field(default=None, compare=False)


def shrunk(lines_now: int, lines_before: int) -> bool:
    """Whether a file has lost over half of its lines: then it is not taken into use."""
    return lines_now * 2 < lines_before


def read(
    path: Path,
    tenant: Tenant,
    taken: Mapping[str, str] = _NOBODY,
    vanished: Mapping[str, str] = _NOBODY,
    known: Collection[str] = _NONE,
) -> Directory:
    """The tenant's directory; `taken` are the extensions, normalised, that earlier tenants have, and who has them.

    Of those `vanished` are the ones of tenants that the configuration does not have, with the tenant's id. `known` are
    those of the tenant's own people as the store has them: of who stands in a line that is skipped, too.

    Raises:
        DirectoryUnusable: the file is missing or unreadable, not UTF-8, no CSV, or lacks a column that must be.
    """
    text = _text(path)
    rows = _rows(path, text)
    header_line, header = next(rows, (1, []))
    columns = [name.casefold() for name in header]
    _require_columns(_line(path, header_line), columns)
    check = check_number(tenant.rules.country, tenant.rules.countries)
    reading = _Reading(path, tenant, check, dict(taken), frozenset(taken), vanished)
    reading.unknown_columns(header_line, header)
    last = header_line
    for number, cells in rows:
        reading.line(number, columns, cells)
        last = number
    found = reading.directory(known)
    return replace(found, unended=reading.unended(last)) if _is_unended(text) else found


def _text(path: Path) -> str:
    try:
        # NFC: a file from a Mac and one from Windows spell a department in one way.
        return unicodedata.normalize("NFC", bytes_of(path, LARGEST).decode("utf-8-sig"))
    except OSError as error:
        problem, remedy = reason_of(error), Text("put the file there, and let hanvisa read it")
        raise DirectoryUnusable(_error(str(path), problem, remedy)) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DirectoryUnusable(_error(_line(path, line), Text("is not UTF-8"), _UTF_8)) from None


def _is_unended(text: str) -> bool:
    return bool(text[max(text.rfind("\n"), text.rfind("\r")) + 1 :].strip(_BLANK))


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, and the line that it begins on."""
    first_words = next((line for line in text.splitlines() if line.strip(_BLANK)), "")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first_words else ",", strict=True)
    begins = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        problem, remedy = (
            Text("is no CSV ({error})", error=error),
            Text('look for a " without its partner from there on'),
        )
        raise DirectoryUnusable(_error(_line(path, begins), problem, remedy)) from None


def _require_columns(thing: str, columns: list[str]) -> None:
    findings = [
        _error(thing, Text("there is no column {name}", name=name), _rename(name, columns))
        for name in _REQUIRED
        if name not in columns
    ]
    twice = [name for name in _COLUMNS if columns.count(name) > 1]
    findings += [
        _error(thing, Text("there are two columns {name}", name=name), Text("take one away")) for name in twice
    ]
    if findings:
        raise DirectoryUnusable(*findings)


def _rename(name: str, columns: Iterable[str]) -> str:
    meant = nearest(name, [column for column in columns if column not in _COLUMNS])
    return (
        Text("rename the column {meant}", meant=meant)
        if meant
        else Text("the first line names the columns: {columns}", columns=",".join(_COLUMNS))
    )


def _line(path: Path, number: int) -> Text:
    return Text("{file}, line {number}", file=path, number=number)


def _error(thing: str, problem: str, remedy: str) -> Finding:
    return Finding(Severity.ERROR, thing, problem, remedy)


@dataclass(slots=True)
class _Reading:
    """A file being read. `owners` are the extensions given so far: whose it was first.

    `foreign` are those of other tenants, and `alternatives` what the subscribers' lines say, by line: whether an
    extension is somebody's is known when all of them have been read.
    """

    path: Path
    tenant: Tenant
    check: NumberCheck
    owners: dict[str, str]
    foreign: frozenset[str]
    vanished: Mapping[str, str]
    subscribers: list[Subscriber] = field(default_factory=list)
    findings: list[tuple[int, Finding]] = field(default_factory=list)
    alternatives: list[tuple[int, str]] = field(default_factory=list)
    lines: int = 0
    unknown_mailboxes: bool = False
    first_lines: dict[str, int] = field(default_factory=dict)
    departments: dict[str, list[int]] = field(default_factory=dict)
    """The lines that name each."""

    def directory(self, known: Collection[str]) -> Directory:
        rules = self.tenant.rules
        internal = internal_numbers(rules.internal_numbers, rules.country)
        good = (self.owners.keys() - self.foreign) | set(known) | internal
        subscribers = tuple(
            replace(subscriber, alternative=self._alternative(line, text, subscriber.extensions, good))
            for subscriber, (line, text) in zip(self.subscribers, self.alternatives, strict=True)
        )
        skipped = self.first_lines.keys() - {subscriber.mailbox for subscriber in subscribers}
        by_line = (finding for _, finding in sorted(self.findings, key=itemgetter(0)))
        findings = (*by_line, *self._unnamed_departments(), *self._emptiness())
        return Directory(subscribers, findings, self.lines, self.unknown_mailboxes, frozenset(skipped))

    def unended(self, number: int) -> Unended:
        """The line of that number as the last one."""
        mailbox = next((mailbox for mailbox, line in self.first_lines.items() if line == number), None)
        return Unended(number, mailbox)

    def unknown_columns(self, line: int, header: Sequence[str]) -> None:
        for name in header[:_MOST_COLUMNS]:
            if name and name.casefold() not in _COLUMNS:
                meant = nearest(name, _COLUMNS)
                remedy = (
                    Text("rename it to {meant}", meant=meant) if meant else Text("take it away; nothing of it is read")
                )
                self._tell(Severity.WARNING, line, Text("the column {name} is not known", name=quoted(name)), remedy)

    def line(self, number: int, columns: list[str], cells: list[str]) -> None:
        self.lines += 1
        row: Row = dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))
        row |= {what: self._named(number, what, row.get(what, "")) for what in ("name", "department")}
        self.departments.setdefault(row["department"], []).append(number)
        if self._stands_twice(number, row["mailbox"].lower()):
            return
        mailbox = self._mailbox(number, row["mailbox"])
        if self._is_too_long(number, row):
            return
        extensions = self._extensions(number, mailbox or Text("line {number}", number=number), row["extensions"])
        in_place = self._fits(number, columns, cells) and self._names_source(number, row.get("source", ""))
        if mailbox and extensions and in_place:
            self.subscribers.append(self._subscriber(number, mailbox, extensions, row))
            self.alternatives.append((number, row.get("alternative", "")))

    def _subscriber(self, number: int, mailbox: str, extensions: tuple[str, ...], row: Row) -> Subscriber:
        return Subscriber(
            mailbox=mailbox,
            name=row["name"] or self._nameless(number, mailbox),
            extensions=extensions,
            department=row["department"] or None,
            source=row.get("source") or None,
            number=number,
        )

    def _named(self, line: int, what: str, text: str) -> str:
        """A name as it can be shown to an operator, and a finding where that is not what stands there."""
        sign = unshowable(_SPACE.sub(" ", text[:_LONGEST_CELL]))  # a line break in a cell is no harm
        noun = Text("the name") if what == "name" else Text("the department")
        if len(text) > NAME_LENGTH:
            problem = Text(
                "{what} has {count} characters, and is cut to {most}", what=noun, count=len(text), most=NAME_LENGTH
            )
            self._tell(Severity.WARNING, line, problem, Text("write a shorter one"))
        elif sign:
            self._tell(
                Severity.NOTE,
                line,
                Text("{what} has a sign that cannot be shown ({sign})", what=noun, sign=sign),
                Text("write it anew"),
            )
        return cut(text)

    def _is_too_long(self, line: int, row: Row) -> bool:
        longest = max(map(len, row.values()))
        if longest > _LONGEST_CELL:
            self._skip(
                line,
                Text("a cell in it has {longest} characters", longest=longest),
                Text("write at most {most}", most=_LONGEST_CELL),
            )
        return longest > _LONGEST_CELL

    def _stands_twice(self, line: int, mailbox: str) -> bool:
        first = self.first_lines.get(mailbox)
        if first is not None:
            self._skip(
                line,
                Text("{mailbox} stands in line {first} already", mailbox=mailbox, first=first),
                Text("write all of their extensions there"),
            )
        return first is not None

    def _mailbox(self, line: int, text: str) -> str | None:
        """The mailbox in lower case; None, and a finding, where it is none."""
        mailbox = text.lower()
        if _is_mailbox(mailbox):
            self.first_lines[mailbox] = line
            return mailbox
        self.unknown_mailboxes = True
        problem = Text("{text} is no mailbox", text=quoted(text)) if text else Text("the mailbox is missing")
        self._skip(line, problem, Text("write the address, as anna@sorsele.se"))
        return None

    def _extensions(self, line: int, owner: str, text: str) -> tuple[str, ...]:
        """The extensions that the line may have; none, and a finding, where it has none or a wrong one.

        Those of a line that is skipped are given all the same: who stands in it may have them in the store.
        """
        numbers = {written: self._extension(written) for written in text.split()}
        good = dict.fromkeys(number for number in numbers.values() if number)
        own = tuple(number for number in good if self._claim(line, owner, number))
        wrong = ", ".join(quoted(written) for written, number in numbers.items() if number is None)
        if wrong:
            remedy = Text("write digits as 4711, mobile extensions as oe:0701234567, each without spaces")
            self._skip(line, Text("{wrong} is no extension", wrong=wrong), remedy)
            return ()
        if not own:
            problem = Text("every extension in it is another's") if numbers else Text("it has no extension")
            self._skip(line, problem, self._advice(good, Text("write an extension of their own")))
        return own

    def _extension(self, written: str) -> str | None:
        """The number as the store has extensions; None where it can be none."""
        number = normalised(written, self.tenant.rules.country)
        return None if number is None or is_service(number, self.tenant.rules.country) else number

    def _claim(self, line: int, owner: str, extension: str) -> bool:
        first = self.owners.setdefault(extension, owner)
        if first != owner:
            problem = Text(
                "{extension} is {first}'s already, and is not given to {owner}",
                extension=extension,
                first=first,
                owner=owner,
            )
            self._tell(
                Severity.WARNING, line, problem, self._advice([extension], Text("take it away from one of them"))
            )
        return first == owner

    def _advice(self, extensions: Iterable[str], otherwise: str) -> str:
        """What to do about another's extensions: a tenant that got another id has them all under the former one."""
        former = next((self.vanished[one] for one in extensions if one in self.vanished), None)
        if former is None:
            return otherwise
        rename = f"hanvisa tenant rename {former} {self.tenant.id}"
        return Text(
            "the configuration has no tenant {former}: where it is {tenant} now, run `{command}`",
            former=former,
            tenant=self.tenant.id,
            command=rename,
        )

    def _fits(self, line: int, columns: list[str], cells: list[str]) -> bool:
        fits = not any(cells[len(columns) :])
        if not fits:
            self._skip(
                line, Text("it has more cells than there are columns"), Text('put a cell that holds a separator in "…"')
            )
        return fits

    def _names_source(self, line: int, name: str) -> bool:
        sources = [source.name for source in self.tenant.sources if source.name]
        if name in sources or (not name and (len(self.tenant.sources) == 1 or exchanges(self.tenant.sources))):
            return True
        problem = (
            Text("the source {name} is not configured", name=quoted(name)) if name else Text("the source is missing")
        )
        meant = (
            nearest(name, sources) or Text("one of {sources}", sources=", ".join(sources))
            if sources
            else Text("nothing in the column source")
        )
        self._skip(line, problem, Text("write {example}", example=meant))
        return False

    def _alternative(self, line: int, text: str, own: Collection[str], good: Collection[str]) -> Alternative | None:
        if not text:
            return None
        connect = text.startswith((">", "＞"))
        number = self._alternative_number(text[1:].strip() if connect else text, good)
        if number is not None and number not in own:
            return Alternative(number, Mode.CONNECT if connect else Mode.INFO)
        if number:
            problem = Text("the alternative {text} is their own number", text=quoted(text))
        else:
            problem = Text("the alternative {text} is no number that can be used", text=quoted(text))
        self._tell(Severity.WARNING, line, problem, _OTHER_ALTERNATIVE)
        return None

    def _alternative_number(self, text: str, good: Collection[str]) -> str | None:
        """An extension of the tenant's, or one that a subject may name as well (docs/rules.md §2)."""
        number = self._extension(text)
        return number if number in good else self.check(text)

    def _nameless(self, line: int, mailbox: str) -> str:
        name = mailbox.partition("@")[0]
        self._tell(
            Severity.NOTE,
            line,
            Text("{mailbox} has no name, and is called {name}", mailbox=mailbox, name=name),
            Text("write the name"),
        )
        return name

    def _unnamed_departments(self) -> Iterator[Finding]:
        for department in self.tenant.departments:
            if unicodedata.normalize("NFC", department.name) in self.departments:
                continue
            configured = {unicodedata.normalize("NFC", one.name) for one in self.tenant.departments}
            meant = nearest(department.name, self.departments.keys() - configured - {""})
            yield self._unnamed(department.name) if meant is None else self._otherwise(department.name, meant)

    def _unnamed(self, name: str) -> Finding:
        problem = Text("no line names the department {name!r} of the configuration", name=name)
        remedy = Text("take it out of there, or name it in a line")
        return Finding(Severity.WARNING, str(self.path), problem, remedy)

    def _otherwise(self, name: str, meant: str) -> Finding:
        """Which of the two is misspelt nobody knows but who wrote them."""
        first, *more = self.departments[meant]
        values = {"meant": meant, "name": name, "count": len(more)}
        problem = Text("the department is {meant!r} here, and {name!r} in the configuration", **values)
        if more:
            problem = Text(
                "the department is {meant!r} here and in {count} more lines, and {name!r} in the configuration",
                **values,
            )
        remedy = Text("write {name!r} here, or {meant!r} in [[tenants.departments]]", meant=meant, name=name)
        return Finding(Severity.WARNING, _line(self.path, first), problem, remedy)

    def _emptiness(self) -> Iterator[Finding]:
        if not self.lines:
            yield Finding(
                Severity.WARNING,
                str(self.path),
                Text("there is nobody in it"),
                Text("write a line for each subscriber"),
            )

    def _skip(self, line: int, problem: str, remedy: str) -> None:
        self._tell(Severity.ERROR, line, Text("skipped: {problem}", problem=problem), remedy)

    def _tell(self, severity: Severity, line: int, problem: str, remedy: str) -> None:
        self.findings.append((line, Finding(severity, _line(self.path, line), problem, remedy)))


def _is_mailbox(text: str) -> bool:
    """An address that can be a file's name too: `<mailbox>.ics`."""
    local, _, domain = text.partition("@")
    strange = any(character in " /\\" or not character.isprintable() for character in text)
    return bool(local and domain) and "@" not in domain and not strange and len(text) <= _LONGEST_MAILBOX
