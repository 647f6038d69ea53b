"""`Wanted` → the TOML and the CSV file, with what each key is for behind it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from sync_daemon.first_configuration.wanted import SECRETS, Exchange, Folder, Online, Wanted
from sync_daemon.texts import Language, Text, in_language

_COLUMNS = ("mailbox", "name", "extensions", "department", "alternative")

_COMMENT_AT = 36
"""The column at which comments begin, where the line before them is no longer."""


def configuration_text(wanted: Wanted, language: Language) -> str:
    """The TOML file, its comments in that language."""
    blocks = (_top(wanted), _store(), _tenant(wanted), _source(wanted), _department(wanted), _rules(wanted))
    return "\n".join("".join(f"{_line(line, language)}\n" for line in block) for block in blocks)


def directory_text(wanted: Wanted) -> str:
    """The CSV file: the columns, and the first person, where there is one."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(_COLUMNS)
    if (person := wanted.person) is not None:
        lines.writerow((person.mailbox, person.name, person.extensions, person.department, ""))
    return text.getvalue()


_Line = tuple[str, Text | None]
"""What stands in a line, and the comment behind it; where nothing stands before it, the line is a comment."""


def _line(line: _Line, language: Language) -> str:
    code, comment = line
    if comment is None:
        return code
    told = f"# {in_language(comment, language)}"
    return f"{code:<{_COMMENT_AT}} {told}" if code else told


def _top(wanted: Wanted) -> Iterator[_Line]:
    yield "", Text("Made by `hanvisa init`. Every key, and what holds where it is not set: docs/reference.md")
    yield "", Text("A path that does not begin with / begins in the folder of this file.")
    if wanted.secret is not None:
        yield _key("secrets_dir", str(SECRETS)), _what_is_secret(wanted.source)


def _what_is_secret(source: Folder | Exchange | Online) -> Text:
    if not isinstance(source, Online):
        return Text("the folder with the file of the password")
    if source.sign_in == "secret":
        return Text("the folder with the file of the secret")
    return Text("the folder with the file of the certificate")


def _store() -> Iterator[_Line]:
    yield "[store]", None
    yield _key("url", "sqlite:///hanvisa.db"), Text("who is referred; the log, hanvisa.log, lies beside it")


def _tenant(wanted: Wanted) -> Iterator[_Line]:
    yield "", Text("One organisation. More of them are more [[tenants]].")
    yield "[[tenants]]", None
    yield _key("id", wanted.tenant), Text("keep it: the store knows the people by it")
    yield _key("timezone", wanted.zone), None
    yield _key("directory", str(wanted.directory)), Text("who has which mailbox and which extensions")


def _source(wanted: Wanted) -> Iterator[_Line]:
    yield "[[tenants.sources]]", None
    if isinstance(wanted.source, Folder):
        yield _key("kind", "ics"), Text("a folder with a file <mailbox>.ics for each person")
        yield _key("folder", wanted.source.path), None
    elif isinstance(wanted.source, Online):
        yield from _online(wanted.source, wanted)
    else:
        yield from _exchange(wanted.source, wanted)


def _exchange(source: Exchange, wanted: Wanted) -> Iterator[_Line]:
    yield _key("kind", "ews"), Text("Exchange Server 2016, 2019 or SE: docs/exchange.md")
    yield _key("endpoint", source.endpoint), None
    yield _key("user", source.account), Text("the service account; a backslash is written twice")
    yield _key("secret", wanted.secret.name if wanted.secret else ""), Text("its password: the first line of that file")
    yield _key("auth", source.auth), Text("ntlm, basic or kerberos")
    yield _key("access", source.access), Text("impersonation or delegate")
    if source.ca_file is not None:
        yield _key("ca_file", source.ca_file), Text("the authority that signed Exchange's certificate")
    else:
        yield "# " + _key("ca_file", "ca.pem"), Text("only for a certificate that your own authority signed")
    if source.is_in_the_clear:
        yield "allow_http = true", Text("without encryption, for a test on this machine")


def _online(source: Online, wanted: Wanted) -> Iterator[_Line]:
    yield _key("kind", "graph"), Text("Exchange Online, over Microsoft Graph: docs/exchange-online.md")
    yield _key("directory_id", source.directory_id), Text("Directory (tenant) ID in Entra")
    yield _key("client_id", source.client_id), Text("Application (client) ID there")
    key = _key(source.sign_in, wanted.secret.name if wanted.secret else "")
    if source.sign_in == "certificate":
        yield key, Text("a file with the private key and the certificate, PEM")
    else:
        yield key, Text("its value: the first line of that file")
    for name, value in (("authority", source.authority), ("endpoint", source.endpoint), ("ca_file", source.ca_file)):
        if value is not None:
            yield _key(name, value), None
    yield '# detect = "delta"', Text("asks each minute who has changed, instead of reading all")


def _department(wanted: Wanted) -> Iterator[_Line]:
    given = wanted.person.department if wanted.person is not None and wanted.emergency else None
    mark, name, number = ("", given, wanted.emergency) if given else ("# ", "Socialtjänst", "0952-140 00")
    yield f"{mark}[[tenants.departments]]", None
    yield mark + _key("name", name), Text("as the directory writes it")
    yield mark + _key("emergency", number), Text("callers get it when nobody of the department is there")


def _rules(wanted: Wanted) -> Iterator[_Line]:
    numbers = ", ".join(map(_value, wanted.internal_numbers))
    mark = "" if numbers else "# "
    yield "", Text("What holds where nothing else is said: take the # away and change it.")
    yield f"{mark}[tenants.rules]", None
    yield '# hours = ["08:00", "17:00"]', Text("office hours, Monday to Friday")
    yield '# lunch = ["12:00", "13:00"]', Text("false: none")
    yield '# country = "SE"', Text("whose holidays and telephone numbers hold")
    yield (
        f"{mark}internal_numbers = [{numbers}]",
        Text("numbers of the switchboard that are nobody's, as a reception's"),
    )


def _key(name: str, value: str) -> str:
    return f"{name} = {_value(value)}"


def _value(text: str) -> str:
    """A string as TOML has it: what JSON can write is TOML too (https://toml.io/en/v1.0.0#string)."""
    return json.dumps(text, ensure_ascii=False)
