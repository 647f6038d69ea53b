"""What a person who begins is asked: each option that was not given, until hanvisa can use the answer."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import typer

from sync_daemon.cli.output import complain, language
from sync_daemon.errors import UserError
from sync_daemon.first_configuration import Exchange, Folder, Online, Person, Wanted, problem_with, whole_endpoint
from sync_daemon.texts import Listed, Text, in_language, listed

FILES, EXCHANGE, ONLINE = "ics", "ews", "graph"
CERTIFICATE, SECRET = "certificate", "secret"

Given = Mapping[str, str | None]
"""The options of `hanvisa init` by their names; None where one was not given."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked where the option was not given; `place` is where the answer belongs in `Wanted`."""

    option: str
    place: str
    text: Text
    default: str | None = None
    """None: there must be an answer."""


_TENANT = Question("--tenant", "tenant", Text("A short name for the organisation, as sorsele"))
_ZONE = Question("--zone", "zone", Text("Its time zone"), "Europe/Stockholm")
_ENDPOINT = Question(
    "--endpoint", "source.endpoint", Text("Exchange's address, as https://mail.sorsele.se/EWS/Exchange.asmx")
)
_DIRECTORY_ID = Question(
    "--directory-id", "source.directory_id", Text("The directory (tenant) ID, as Entra shows it for the application")
)
_CLIENT_ID = Question("--client-id", "source.client_id", Text("The application (client) ID, beside it"))
_ACCOUNT = Question("--account", "source.account", Text("The service account, as SORSELE\\svc-hanvisa"))
_PERSON = (
    Question("--mailbox", "person.mailbox", Text("The mailbox of a first person, yours say (Enter: none)"), ""),
    Question(
        "--extension",
        "person.extensions",
        Text("Their extensions, as 4711 or 4711 oe:0701740605 (oe: a mobile extension, no spaces in it)"),
    ),
    Question("--name", "person.name", Text("Their name"), ""),
    Question("--department", "person.department", Text("Their department (Enter: none)"), ""),
)
_EMERGENCY = Question(
    "--emergency",
    "emergency",
    Text("The number for callers when nobody of the department is there (Enter: none)"),
    "",
)

_ANY_NUMBER = "00000000-0000-0000-0000-000000000000"

_NEEDED: Mapping[str, tuple[str, ...]] = {
    EXCHANGE: ("--endpoint", "--account"),
    ONLINE: ("--directory-id", "--client-id"),
}


class Interview:
    """Takes what was given, asks for the rest where it may, and has each answer looked at."""

    def __init__(self, given: Given, *, asks: bool) -> None:
        self._given = given
        self._asks = asks

    def wanted(self, *, has_directory: Callable[[Wanted], bool]) -> Wanted:
        """Everything but the password; of a tenant that `has_directory` already nobody is asked for.

        Raises UserError for what cannot be, or is missing where nobody is asked.
        """
        self._require_what_cannot_be_asked()
        # Whatever is not known yet is something that is right: so a problem is the last answer's.
        known = Wanted("sorsele", Folder("calendars"))
        known = self._with_source(self._answered(self._answered(known, _TENANT), _ZONE))
        if not has_directory(known) or self._given["--mailbox"]:
            known = self._with_person(known)
        numbers = tuple((self._given["--internal-numbers"] or "").replace(",", " ").split())
        return _checked(replace(known, internal_numbers=numbers), "--internal-numbers")

    def password(self, wanted: Wanted) -> str | None:
        """The account's, or the application's secret, typed unseen; None where it comes into its file later."""
        if wanted.secret is None or not self._asks:
            return None
        if isinstance(wanted.source, Online):
            if wanted.source.sign_in == CERTIFICATE:
                return None
            question = Text("The secret's value, which is not shown (Enter: later)")
        else:
            question = Text("The account's password, which is not shown (Enter: later)")
        return getpass.getpass(f"{in_language(question, language())}: ") or None

    @property
    def _kind(self) -> str | None:
        """Of the source, also where only something of it was given."""
        given = self._given
        if given["--source"]:
            return given["--source"]
        if given["--directory-id"] or given["--client-id"]:
            return ONLINE
        return EXCHANGE if given["--endpoint"] else FILES if given["--path"] else None

    def _require_what_cannot_be_asked(self) -> None:
        needed = ["--tenant", *_NEEDED.get(self._kind or "", ())]
        missing = [option for option in needed if self._given[option] is None]
        missing += [] if self._kind else ["--source"]
        if missing and not self._asks:
            raise UserError(_missing(*missing))

    def _with_source(self, known: Wanted) -> Wanted:
        kind = self._kind
        while kind not in {FILES, EXCHANGE, ONLINE}:
            question = Text(
                "Where the calendars are: ews (Exchange on site), graph (Exchange Online) or ics (a folder of files)"
            )
            kind = _prompt(question, None)
        if kind == FILES:
            text = Text("The folder of the files, beside the configuration where it does not begin with /")
            return self._answered(known, Question("--path", "source.path", text, f"calendars/{known.tenant}"))
        return self._with_online(known) if kind == ONLINE else self._with_exchange(known)

    def _with_exchange(self, known: Wanted) -> Wanted:
        given = {name: value for name in ("auth", "access", "ca_file") if (value := self._given[_option(name)])}
        known = replace(known, source=Exchange("https://mail.example/EWS/Exchange.asmx", "account", **given))
        return self._answered(self._answered(known, _ENDPOINT), _ACCOUNT)

    def _with_online(self, known: Wanted) -> Wanted:
        options = ("--authority", "--endpoint", "--ca-file")
        authority, endpoint, ca_file = (self._given[option] or None for option in options)
        source = Online("sorsele.example", _ANY_NUMBER, authority=authority, endpoint=endpoint, ca_file=ca_file)
        known = _checked(replace(known, source=source), listed(option for option in options if self._given[option]))
        known = self._answered(self._answered(known, _DIRECTORY_ID), _CLIENT_ID)
        by = self._given["--sign-in"] or CERTIFICATE
        while self._asks and not self._given["--sign-in"]:
            by = _prompt(Text("How it signs in: by certificate, or by secret"), CERTIFICATE)
            if by in {CERTIFICATE, SECRET}:
                break
        return _with(known, "source.sign_in", by)

    def _with_person(self, known: Wanted) -> Wanted:
        asked = replace(known, person=Person("anna@sorsele.example", "4711"))
        for question in _PERSON:
            asked = self._answered(asked, question)
            if asked.person is None or not asked.person.mailbox:
                return known
        return self._answered(asked, _EMERGENCY) if asked.person and asked.person.department else asked

    def _answered(self, known: Wanted, question: Question) -> Wanted:
        """What is known, with the answer; it is asked for again until it can be used."""
        given = self._given[question.option]
        while given is None and self._asks:
            told = _prompt(question.text, question.default)
            extended = _with(known, question.place, told)
            problem = problem_with(extended) if told else None
            if problem is None:
                return extended
            complain(Text("{problem}; {remedy}", problem=problem.problem, remedy=problem.remedy))
        answer = question.default if given is None else given
        if answer is None:
            raise UserError(_missing(question.option))
        extended = _with(known, question.place, answer)
        return _checked(extended, question.option) if answer else extended


def is_somebody_there() -> bool:
    """Whether a person sits at the terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _missing(*options: str) -> Text:
    return Text("give {options}: nobody is asked here, see `hanvisa init -h`", options=listed(options, " "))


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _with(known: Wanted, place: str, answer: str) -> Wanted:
    """What is known, with the answer in its place: a field, or one of the source or the person."""
    holder, _, name = place.rpartition(".")
    answer = whole_endpoint(answer) if name == "endpoint" else answer
    return replace(known, **{holder: replace(getattr(known, holder), **{name: answer})} if holder else {name: answer})


def _checked(known: Wanted, option: str | Listed) -> Wanted:
    problem = problem_with(known)
    if problem is not None:
        said = Text("{option}: {problem}; {remedy}", option=option, problem=problem.problem, remedy=problem.remedy)
        raise UserError(said)
    return known


def _prompt(question: Text, default: str | None) -> str:
    told = in_language(question, language())
    return str(typer.prompt(told, default=default, show_default=bool(default), err=True)).strip()
