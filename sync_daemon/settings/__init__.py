"""The configuration: one TOML file, `HANVISA_…` in the environment over it → Settings.

The values are validated as JSON is, strictly: `gap = true` is no number and `lunch = [12, 13]` no times of day. The
rules' own classes (`rules.policy`) are validated as they are; there is no second model of them.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
import zoneinfo
from contextlib import suppress
from copy import deepcopy
from datetime import date, timedelta
from functools import cache, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic_core import ErrorDetails
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from rules.brake import BrakeLimits
from rules.policy import DepartmentRules, Rules
from sync_daemon import log, numbers, printable, public_holidays
from sync_daemon.errors import UserError
from sync_daemon.files import bytes_of
from sync_daemon.findings import Finding, Severity
from sync_daemon.printable import quoted
from sync_daemon.settings.sources import FilePath, Places, Section, Source, beside_the_file, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Place = tuple[str | int, ...]
"""Where a value stands in the configuration: its keys, and positions in lists."""

Leaf = tuple[Place, Any]
"""A value that is neither table nor list, and where it stands."""

Problem = tuple[str, str]
"""What is wrong, and what to do."""

_DAY = 86_400
"""Seconds."""

_CENTURY = 36_525
"""Days: for ever, as far as a log is concerned."""

LARGEST = 4 * 1024 * 1024
"""The bytes of the largest TOML file that is read."""

_TERABYTE = 1_000_000
"""Megabytes."""

_ENVIRONMENT = "HANVISA_"
_LEVEL_MARK = "__"
_LOG_FILE = "hanvisa.log"
_LONGEST_ID = 50
"""Characters: a tenant's id is part of a file's name."""

_LONGEST_TEXT = 1000
"""Characters of any text."""

_MOST_HELD = 1_000_000
"""Removals at once: a brake that lets more through is none."""

_STORE_KINDS = ("sqlite", "postgresql+psycopg")


class SettingsError(UserError):
    """The configuration cannot be used; `findings` holds everything that is wrong with it, each with exit code 2."""

    def __init__(self, path: Path, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n  ".join([f"{path} cannot be used:", *map(str, self.findings)]))


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant, or None where none is near; case makes no difference."""
    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1)
    return by_folded[found[0]] if found else None


def _store_url(text: str, info: ValidationInfo[Places | None]) -> str:
    """The address with a database file's path made absolute; what is wrong is said without it: it holds a password."""
    remedy = "write sqlite:///hanvisa.db, or postgresql+psycopg://host/database"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise refused("is no address of a database", remedy) from None
    if url.drivername not in _STORE_KINDS:
        raise refused("is an address of a kind of database that hanvisa does not use", remedy)
    if url.drivername != "sqlite":
        return text
    if not url.database or url.database == ":memory:":
        raise refused("names no file, and a store in memory forgets everything", remedy)
    return url.set(database=str(beside_the_file(Path(url.database), info))).render_as_string(hide_password=False)


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", text) or len(text) > _LONGEST_ID:
        remedy = f"write small letters a-z, digits and hyphens only, at most {_LONGEST_ID}"
        raise refused(f"{quoted(text)} is no short name", remedy)
    return text


def _known_zone(name: str) -> str:
    known = zoneinfo.available_timezones()
    if name not in known:
        meant = nearest(name, known) or "a name such as Europe/Stockholm"
        raise refused(f"the time zone {name!r} is not known", f"write {meant}")
    return name


class StoreSettings(Section):
    """Where the referrals are held."""

    url: Annotated[str, AfterValidator(_store_url)]
    """SQLAlchemy's, a SQLite file's path made absolute. With PostgreSQL it may hold a password: never print it."""


def _sensible_brake(limits: BrakeLimits) -> BrakeLimits:
    if limits.least > _MOST_HELD:
        raise refused(f"least is more than {_MOST_HELD}", f"write at most {_MOST_HELD}")
    return limits


class ServiceSettings(Section):
    """When the daemon reads. `interval`, `jitter` and `full_read` are seconds."""

    interval: Annotated[int, Field(ge=1, le=_DAY)] = 300
    jitter: Annotated[int, Field(ge=0, le=_DAY)] = 30
    full_read: Annotated[int, Field(ge=1, le=_DAY)] = 1800
    brake: Annotated[BrakeLimits, AfterValidator(_sensible_brake)] = BrakeLimits()


class RetentionSettings(Section):
    """For how many days history and log are kept."""

    history_days: Annotated[int, Field(ge=1, le=_CENTURY)] = 365
    log_days: Annotated[int, Field(ge=1, le=_CENTURY)] = 90


class LogSettings(Section):
    """What is logged, and where; once loaded, `file` is None only where the configuration says `file = false`."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    file: Annotated[FilePath | None, BeforeValidator(lambda file: None if file is False else file)] = None
    max_mb: Annotated[int, Field(ge=1, le=_TERABYTE)] = log.MOST_MEGABYTES
    """Of all log files together, today's and those put away, in megabytes (10^6)."""


def _names_where_needed(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    if len(sources) > 1 and not all(source.name for source in sources):
        raise refused("one of several sources has no name", "give each a name; the directory's column source uses it")
    return sources


class Department(Section):
    """A department with an emergency number, or rules of its own."""

    name: Annotated[str, Field(min_length=1, max_length=printable.NAME_LENGTH)]
    emergency: str | None = None
    rules: DepartmentRules | None = None


class Tenant(Section):
    """One organisation: its directory, its calendars, its rules."""

    id: Annotated[str, AfterValidator(_slug)]
    timezone: Annotated[str, AfterValidator(_known_zone)]
    directory: FilePath
    sources: Annotated[tuple[Source, ...], Field(min_length=1, max_length=50), AfterValidator(_names_where_needed)]
    departments: Annotated[tuple[Department, ...], Field(max_length=5000)] = ()
    rules: Rules = Rules()
    _all: frozenset[str] = PrivateAttr(default=frozenset())

    def stands_among(self, ids: Iterable[str]) -> None:
        """The ids of all of the configuration's tenants."""
        self._all = frozenset(ids)

    def knows(self, tenant: str) -> bool:
        """Whether the configuration has a tenant of that id; one that was made alone knows no better."""
        return not self._all or tenant in self._all

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The zone that the tenant's times of day are in."""
        return zoneinfo.ZoneInfo(self.timezone)


class Settings(Section):
    """The whole configuration. Every path is absolute, or relative to where the TOML file's own path is."""

    secrets_dir: FilePath | None = None
    store: StoreSettings
    service: ServiceSettings = ServiceSettings()
    retention: RetentionSettings = RetentionSettings()
    log: LogSettings = LogSettings()
    tenants: Annotated[tuple[Tenant, ...], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _introduced(self) -> Self:
        for tenant in self.tenants:
            tenant.stands_among(one.id for one in self.tenants)
        return self

    @property
    def store_url(self) -> str:
        """SQLAlchemy's address of the store, a SQLite file's path made absolute."""
        return self.store.url


def load(path: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """The configuration in the TOML file, with `HANVISA_…` of `environ` (default: the process's own) over it.

    Where `secrets_dir` is not set it is systemd's `CREDENTIALS_DIRECTORY`, if there is one.

    Raises:
        SettingsError: the file cannot be read, or holds what cannot be; everything that is wrong is in it.
    """
    try:
        return _loaded(path, os.environ if environ is None else environ)
    except RecursionError:
        raise SettingsError(path, [Finding(Severity.ERROR, str(path), *_TOO_LONG, 2)]) from None


_TOO_LONG: Problem = ("holds a number or a list that is too long to be meant", "look for it and take it out")


def _loaded(path: Path, environ: Mapping[str, str]) -> Settings:
    over = _environment(environ)
    data = _merged(_toml(path), over)
    if "CREDENTIALS_DIRECTORY" in environ:
        data.setdefault("secrets_dir", environ["CREDENTIALS_DIRECTORY"])
    folder = path.absolute().parent
    problems = _problems(data, folder)
    if problems:
        raise SettingsError(path, [_finding(place, problem, data, over) for place, problem in problems.items()])
    return _with_log_file(_validated(data, folder), folder)


def _validated(data: Mapping[str, Any], folder: Path) -> Settings:
    secrets = data.get("secrets_dir")
    places = Places(folder, folder / secrets if isinstance(secrets, str) else None)
    # As bytes: half a character, which the environment may hold, is no JSON.
    text = json.dumps(data, default=str, ensure_ascii=False).encode("utf-8", "replace")
    return Settings.model_validate_json(text, context=places)


def _with_log_file(settings: Settings, folder: Path) -> Settings:
    if "file" in settings.log.model_fields_set:
        return settings
    url = make_url(settings.store_url)
    beside = Path(url.database).parent if url.drivername == "sqlite" and url.database else folder
    section = settings.log.model_copy(update={"file": beside / _LOG_FILE})
    return settings.model_copy(update={"log": section})


def _toml(path: Path) -> dict[str, Any]:
    try:
        # utf-8-sig: Notepad writes a byte order mark, which TOML does not know.
        return tomllib.loads(bytes_of(path, LARGEST).decode("utf-8-sig"))
    except OSError as error:
        reason, remedy = error.strerror or "cannot be read", "name a file with --config that hanvisa may read"
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        reason, remedy = f"line {line} is not UTF-8", "save the file as UTF-8"
    except tomllib.TOMLDecodeError as error:
        reason, remedy = f"is not TOML: {error}", "mend that line; https://toml.io shows how values are written"
    except (ValueError, RecursionError):
        reason, remedy = _TOO_LONG
    raise SettingsError(path, [Finding(Severity.ERROR, str(path), reason, remedy, 2)])


def _environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """`HANVISA_LOG__LEVEL=debug` → {"log": {"level": "debug"}}; a value that is JSON is read as JSON."""
    result: dict[str, Any] = {}
    for name, text in sorted(environ.items()):
        keys = name.removeprefix(_ENVIRONMENT).lower().split(_LEVEL_MARK)
        if name.startswith(_ENVIRONMENT) and _is_meant_for_settings(keys):
            value: Any = text
            with suppress(ValueError, RecursionError):
                value = json.loads(text)
            for key in reversed(keys):
                value = {key: value}
            result = _merged(result, value)
    return result


def _is_meant_for_settings(keys: list[str]) -> bool:
    """Others use the prefix too (`HANVISA_CONFIG`): a name of one level counts only where it is near a key's."""
    return len(keys) > 1 or nearest(keys[0], Settings.model_fields) is not None


def _merged(below: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = {key for key in below.keys() & over.keys() if isinstance(below[key], dict) and isinstance(over[key], dict)}
    return {**below, **over, **{key: _merged(below[key], over[key]) for key in both}}


def _problems(data: Mapping[str, Any], folder: Path) -> dict[Place, Problem]:
    """Everything that is wrong: what was found is taken away and the rest looked at again, until nothing new appears.

    A class's own check runs only once its fields are right, so one look would not show all. What concerns several
    places, or what the rules' classes cannot know, is looked for first.
    """
    leaves = list(_leaves(data, ()))
    found = {**_zoned_times(leaves), **_unknown_countries(leaves), **_repeated_names(leaves), **_unshowable(leaves)}
    while True:
        try:
            _validated(_without(data, found), folder)
        except ValidationError as error:
            fresh = {place: problem for place, problem in _told(error, data).items() if place not in found}
            if not fresh:
                return found
            found |= fresh
        else:
            return found


def _without(data: Mapping[str, Any], places: Iterable[Place]) -> dict[str, Any]:
    """A copy without what stands there; an element of a list stays, lest the others move up."""
    rest: dict[str, Any] = deepcopy(dict(data))
    for place in places:
        holder: Any = reduce(_inside, place[:-1], rest)
        if isinstance(holder, dict):
            holder.pop(place[-1], None)
    return rest


_SPANS: Mapping[str, Problem] = {
    "lunch": ("is not two times of day", 'write ["12:00", "13:00"], or false for none'),
    "hours": (
        "is neither two times of day nor such a pair for each weekday",
        'write ["08:00", "17:00"], or {mon = ["08:00", "17:00"], fri = ["08:00", "16:00"]}',
    ),
    "special_hours": (
        "is not two times of day for a date",
        'write {"2026-12-23" = ["08:00", "12:00"], "2026-06-05" = false}',
    ),
}


def _span_key(place: Place) -> str | None:
    return next((key for key in place if isinstance(key, str) and key in _SPANS and "rules" in place), None)


def _zoned_times(leaves: Iterable[Leaf]) -> dict[Place, Problem]:
    """Times of day with an offset: they are the tenant's own, and the rules' classes cannot compare the two kinds."""
    problem = ("is a time with an offset", 'write the local time of day, as "12:00"')
    return {
        _whole_span(place): problem
        for place, value in leaves
        if _span_key(place) and isinstance(value, str) and re.fullmatch(r"[\d:.]+ *(?:[Zz]|[+\-−].*)", value)
    }


def _unknown_countries(leaves: Iterable[Leaf]) -> dict[Place, Problem]:
    plans = numbers.supported_countries()
    known = {"country": plans & public_holidays.supported_countries(), "countries": plans}
    found: dict[Place, Problem] = {}
    for place, value in leaves:
        match place:
            case (_, _, "rules", "country" | "countries" as key, *_) if isinstance(value, str):
                if value not in known[key]:
                    meant = nearest(value, known[key]) or "a two-letter code such as SE"
                    found[place] = (f"the country {value!r} is not known", f"write {meant}")
    return found


def _unshowable(leaves: Iterable[Leaf]) -> dict[Place, Problem]:
    """What a terminal would take for an order, what is no character, and what nobody has written by hand."""
    found: dict[Place, Problem] = {}
    for place, value in leaves:
        if isinstance(value, str) and len(value) > _LONGEST_TEXT:
            found[place] = (f"has {len(value)} characters", f"write at most {_LONGEST_TEXT}")
        elif isinstance(value, str) and (sign := printable.unshowable(value)):
            found[place] = (f"has a character that cannot be shown ({sign})", "write it without")
    return found


def _repeated_names(leaves: Iterable[Leaf]) -> dict[Place, Problem]:
    """Tenants, and a tenant's sources and departments, are told apart by their `id` or `name`."""
    found: dict[Place, Problem] = {}
    seen: set[tuple[Place, object]] = set()
    for place, value in leaves:
        if len(place) > 1 and isinstance(place[-2], int) and place[-1] in {"id", "name"}:
            if (place[:-2], value) in seen:
                found[place] = (f"{value!r} stands here twice", "give each its own")
            seen.add((place[:-2], value))
    return found


def _leaves(value: Any, place: Place) -> Iterator[Leaf]:  # noqa: ANN401 - whatever TOML holds
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _leaves(below, (*place, key))
    elif isinstance(value, list):
        for position, below in enumerate(value):
            yield from _leaves(below, (*place, position))
    else:
        yield place, value


def _whole_span(place: Place) -> Place:
    """The place of the pair of times, for that of one of them."""
    return place[:-1] if _span_key(place) and isinstance(place[-1], int) else place


def _told(error: ValidationError, data: Mapping[str, Any]) -> dict[Place, Problem]:
    """What pydantic found, by place, in our words; of a value that could be several things, the deepest finding."""
    found: dict[Place, Problem] = {}
    for details in error.errors(include_url=False, include_input=False):
        place = _whole_span(_place(details, data))
        found.setdefault(place, _problem(place, details))
    unknown_kinds = {place[:-1] for place in found if place[-1] == "kind" and "sources" in place}
    return {
        place: problem
        for place, problem in found.items()
        if not any(other[: len(place)] == place for other in found if other != place)
        and (place[-1] == "kind" or place[:-1] not in unknown_kinds)
    }


def _place(details: ErrorDetails, data: Mapping[str, Any]) -> Place:
    """Where in the configuration: pydantic's `loc` less the names of the types that it tried."""
    place: Place = ()
    value: Any = data
    for key in details["loc"]:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            if details["type"] != "missing" or key != details["loc"][-1]:
                continue
        place = (*place, key)
    return (*place, "kind") if details["type"] in _NO_SUCH_KIND else place


_NO_SUCH_KIND = ("union_tag_invalid", "union_tag_not_found")
"""What pydantic says of a source whose kind is none, or is not there."""


_NOUNS = {
    "string_type": "text in quotes",
    "path_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "string_too_long": "text of at most {max_length} characters",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list in brackets",
    "too_short": "a list of one or more",
    "too_long": "a list of at most {max_length}",
    "model_type": "a table",
    "dataclass_type": "a table",
    "dict_type": "a table",
    "mapping_type": "a table",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "literal_error": "one of {expected}",
}


def _problem(place: Place, details: ErrorDetails) -> Problem:
    kind, context = details["type"], details.get("ctx", {})
    if kind in {"extra_forbidden", "unexpected_keyword_argument"} or details["loc"][-1] == "[key]":
        return _unknown_key(place, details["loc"])
    if kind in _NO_SUCH_KIND:
        kinds = context.get("expected_tags") or ", ".join(map(repr, _kinds()))
        problem = "is missing" if kind == "union_tag_not_found" else "names no kind of source that this version reads"
        return problem, f"write {kinds.replace(', ', ' or ')}"
    if kind == "refused":
        return context["problem"], context["remedy"]
    if kind == "value_error":
        return str(context["error"]), "write a value that can be"
    return _SPANS[key] if (key := _span_key(place)) else _wrong_type(kind, context)


def _wrong_type(kind: str, context: Mapping[str, Any]) -> Problem:
    if kind == "missing":
        return "is missing", "add it"
    noun = _NOUNS.get(kind, "what belongs here").format_map(context)
    return f"is not {noun}", f"write {noun}"


def _unknown_key(place: Place, loc: Place) -> Problem:
    if place[-2:-1] == ("special_hours",):
        return "is no date", "write it as 2026-12-23"
    known = _known_keys(place[:-1], next((kind for kind in _kinds() if kind in loc), None))
    meant = nearest(str(place[-1]), known)
    return "there is no such key", f"write {meant}" if meant else f"take it away; here may stand {', '.join(known)}"


def _known_keys(place: Place, kind: str | None) -> list[str]:
    """The keys that may stand there; of a source those of its kind."""
    nodes = [_schema()]
    for key in place:
        nodes = [below for node in nodes for variant in _variants(node) for below in _below(variant, key)]
    variants = [variant for node in nodes for variant in _variants(node)]
    return [key for node in variants if _kind(node) in {None, kind} for key in _keys(node)]


def _kind(node: dict[str, Any]) -> str | None:
    kind: str | None = node.get("properties", {}).get("kind", {}).get("const")
    return kind


def _kinds() -> list[str]:
    """The kinds of source."""
    return [kind for node in _schema()["$defs"].values() if (kind := _kind(node))]


def _keys(node: dict[str, Any]) -> Iterator[str]:
    yield from node.get("properties", ())
    yield from node.get("propertyNames", {}).get("enum", ())


@cache
def _schema() -> dict[str, Any]:
    return Settings.model_json_schema()


def _variants(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in node:
        node = _schema()["$defs"][node["$ref"].rpartition("/")[2]]
    yield node
    for variant in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        yield from _variants(variant)


def _below(node: dict[str, Any], key: str | int) -> Iterator[dict[str, Any]]:
    if isinstance(key, int):
        below = node.get("items")
    else:
        below = node.get("properties", {}).get(key, node.get("additionalProperties"))
    if isinstance(below, dict):
        yield below


def _finding(place: Place, problem: Problem, data: Mapping[str, Any], over: Mapping[str, Any]) -> Finding:
    return Finding(Severity.ERROR, _thing(place, data, over), *problem, exit_code=2)


def _thing(place: Place, data: Mapping[str, Any], over: Mapping[str, Any]) -> str:
    """`tenants[0] (sorsele).rules.lunsh`, or the environment's variable that says it."""
    if _holds(over, place):
        return _ENVIRONMENT + _LEVEL_MARK.join(map(str, place)).upper()
    words: list[str] = []
    value: Any = data
    for key in place:
        value = _inside(value, key)
        words.append(f"[{key}]{_label(value)}" if isinstance(key, int) else f".{key}")
    return "".join(words).removeprefix(".")


def _holds(value: Any, place: Place) -> bool:  # noqa: ANN401 - whatever JSON holds
    return reduce(_inside, place, value) is not None


def _inside(value: Any, key: str | int) -> Any:  # noqa: ANN401 - whatever TOML holds
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        return None


def _label(value: Any) -> str:  # noqa: ANN401 - whatever TOML holds
    names = [value[key] for key in ("id", "name", "code") if key in value] if isinstance(value, dict) else []
    return f" ({names[0]})" if names and isinstance(names[0], str) else ""


def longest_closed_run(rules: Rules, is_holiday: Callable[[date], bool], from_day: date, days: int = 370) -> int:
    """The most days without office hours in a row, among the `days` from `from_day` on."""
    longest = run = 0
    for day in (from_day + timedelta(days=ahead) for ahead in range(days)):
        run = 0 if rules.office_hours_on(day, holiday=is_holiday(day)) else run + 1
        longest = max(longest, run)
    return longest


def findings(settings: Settings, today: date) -> list[Finding]:
    """What loads but is doubtful; `today` is a local date, from which on a year of office hours is looked at."""
    return [
        *_doubtful_service(settings.service),
        *_doubtful_log(settings.log.file),
        *(finding for tenant in settings.tenants for finding in _doubtful_tenant(tenant, today)),
    ]


def _doubtful_service(service: ServiceSettings) -> Iterator[Finding]:
    if service.full_read < service.interval:
        problem = f"every {service.full_read} s is more often than the interval of {service.interval} s"
        yield Finding(Severity.WARNING, "service.full_read", problem, "raise it, or shorten service.interval")
    if service.jitter > service.interval:
        problem = f"{service.jitter} s spreads a cycle over more than the interval of {service.interval} s"
        yield Finding(Severity.WARNING, "service.jitter", problem, "lower it")


def _doubtful_log(file: Path | None) -> Iterator[Finding]:
    finding = log.finding(file) if file else None
    if finding is not None:
        yield finding


def _doubtful_tenant(tenant: Tenant, today: date) -> Iterator[Finding]:
    for source in tenant.sources:
        yield from source.doubts(tenant.id)
    for number in tenant.rules.internal_numbers:
        if not numbers.is_internal(number, tenant.rules.country):
            thing = f"tenant {tenant.id}: internal_numbers"
            remedy = "write digits, the first not 0, that are no emergency or service number"
            yield Finding(Severity.WARNING, thing, f"{number!r} is no internal number", remedy)
    yield from _short_lookback(f"tenant {tenant.id}", tenant.rules, today)
    for department in tenant.departments:
        yield from _doubtful_department(tenant, department, today)


def _doubtful_department(tenant: Tenant, department: Department, today: date) -> Iterator[Finding]:
    thing = f"tenant {tenant.id}, department {department.name}"
    if department.emergency and not numbers.normalised(department.emergency, tenant.rules.country):
        problem = "its emergency number is neither an internal number nor a valid external one"
        yield Finding(Severity.WARNING, thing, problem, "write one that can be called")
    if department.rules is not None and department.rules.hours is not None:
        yield from _short_lookback(thing, tenant.rules.for_department(department.rules), today)


def _short_lookback(thing: str, rules: Rules, today: date) -> Iterator[Finding]:
    """An entry whose end a run of closed days prolongs must be read until the run is over (RULES §6.7)."""
    run = longest_closed_run(rules, public_holidays.is_holiday(rules.country), today)
    if run >= rules.lookback_days:
        problem = f"lookback_days is {rules.lookback_days}, but {run} days in a row have no office hours"
        remedy = f"set lookback_days to {run + 1} or more, or mend the office hours"
        yield Finding(Severity.WARNING, thing, problem, remedy)
