"""A TOML file, with `HANVISA_…` of the environment over it → Settings, or everything that is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy.engine import make_url

from sync_daemon.findings import Finding, Severity
from sync_daemon.settings.checks import problems_across
from sync_daemon.settings.layers import LEVEL_MARK, PREFIX, Layered, layered
from sync_daemon.settings.models import Settings, StoreOnly, validated
from sync_daemon.settings.problems import TOO_LONG, Place, Problem, SettingsError, label, problems_in, value_at
from sync_daemon.settings.sources import ONE_WAY_TO_SIGN_IN
from sync_daemon.settings.usable import usable_for_store

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOG_FILE = "hanvisa.log"
_USERS_FILE = "board-users.json"


def load(path: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """The configuration in the TOML file, with `HANVISA_…` of `environ` (default: the process's own) over it.

    Where `secrets_dir` is not set it is systemd's `CREDENTIALS_DIRECTORY`, if there is one.

    Raises:
        SettingsError: the file cannot be read, or holds what cannot be; everything that is wrong is in it.
    """
    looked_at = _looked_at(path, environ)
    if looked_at.problems:
        raise SettingsError(path, looked_at.findings)
    return _with_own_files(validated(looked_at.configuration.data, looked_at.folder, Settings), looked_at.folder)


def load_for_store(path: Path, environ: Mapping[str, str] | None = None) -> ForStore:
    """As `load`, for whoever only asks the store or acts on it: what else is wrong does not keep them from that.

    What is wrong with the calendars, the service and most rules is left out, and told in `findings`. A tenant whose id,
    time zone or country is not certain is left out whole. Logs are kept for ever, for how long may be what is wrong.

    Raises:
        SettingsError: what is wrong concerns the store, the log, or every tenant; everything that is wrong is in it.
    """
    looked_at = _looked_at(path, environ)
    data, folder = looked_at.configuration.data, looked_at.folder
    if not looked_at.problems:
        return ForStore(_with_own_files(validated(data, folder, Settings), folder))
    usable = usable_for_store(data, looked_at.problems)
    try:
        loaded = validated(usable.data, folder, StoreOnly) if usable is not None else None
    except ValidationError:
        loaded = None
    if usable is None or loaded is None:
        raise SettingsError(path, looked_at.findings)
    for tenant in loaded.tenants:
        tenant.doubt(usable.doubted[tenant.id])
    return ForStore(_with_own_files(loaded, folder), looked_at.findings, usable.left_out)


@dataclass(frozen=True, slots=True)
class ForStore:
    """What can be used of a configuration, what is wrong with it, and the ids of the tenants that are left out."""

    settings: Settings
    findings: tuple[Finding, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _LookedAt:
    """What the configuration says, and everything that is wrong with it."""

    configuration: Layered
    folder: Path
    problems: Mapping[Place, Problem]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(
            _finding(place, problem, self.configuration)
            for place, problem in self.problems.items()
            if not self._is_of_what_was_taken_away(place, problem)
        )

    def _is_of_what_was_taken_away(self, place: Place, problem: Problem) -> bool:
        """Whether the key that it misses is there, and told as wrong itself."""
        ways = ((*place, key) for key in ("certificate", "secret"))
        return problem[0] == ONE_WAY_TO_SIGN_IN and any(way in self.problems for way in ways)


def _looked_at(path: Path, environ: Mapping[str, str] | None) -> _LookedAt:
    try:
        configuration = layered(path, os.environ if environ is None else environ)
        folder = path.absolute().parent
        return _LookedAt(configuration, folder, _all_problems(configuration.data, folder))
    except RecursionError:
        raise SettingsError(path, [Finding(Severity.ERROR, str(path), *TOO_LONG, 2)]) from None


def load_in_part(path: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """What is left of a configuration once everything that is wrong with it is left out: enough to tell somebody so.

    Raises:
        SettingsError: too little is left.
    """
    looked_at = _looked_at(path, environ)
    try:
        left = _without(looked_at.configuration.data, looked_at.problems)
        return _with_own_files(validated(left, looked_at.folder, Settings), looked_at.folder)
    except ValidationError:
        raise SettingsError(path, looked_at.findings) from None


def _with_own_files(settings: Settings, folder: Path) -> Settings:
    """With the files of hanvisa's own that the configuration does not name."""
    if settings.board.users is None:
        board = settings.board.model_copy(update={"users": folder / _USERS_FILE})
        settings = settings.model_copy(update={"board": board})
    if settings.store.folder is None and not settings.store.is_file:
        store = settings.store.model_copy(update={"folder": folder})
        settings = settings.model_copy(update={"store": store})
    if "file" in settings.log.model_fields_set:
        return settings
    beside = settings.store.folder or Path(make_url(settings.store.url).database or "").parent
    section = settings.log.model_copy(update={"file": beside / _LOG_FILE})
    return settings.model_copy(update={"log": section})


def _all_problems(data: Mapping[str, Any], folder: Path) -> dict[Place, Problem]:
    """Everything that is wrong: what was found is taken away and the rest looked at again, until nothing new appears.

    A class's own check runs only once its fields are right, so one look would not show all. What concerns several
    places, or what the rules' classes cannot know, is looked for first.
    """
    problems = problems_across(data)
    while True:
        try:
            validated(_without(data, problems), folder, Settings)
        except ValidationError as error:
            new = {place: problem for place, problem in problems_in(error, data).items() if place not in problems}
            if not new:
                return problems
            problems |= new
        else:
            return problems


def _without(data: Mapping[str, Any], places: Iterable[Place]) -> dict[str, Any]:
    """A copy without what stands there; an element of a list stays, lest the others move up."""
    rest: dict[str, Any] = deepcopy(dict(data))
    for place in places:
        holder = value_at(rest, place[:-1])
        if isinstance(holder, dict):
            holder.pop(place[-1], None)
    return rest


def _finding(place: Place, problem: Problem, configuration: Layered) -> Finding:
    return Finding(Severity.ERROR, _name_of(place, configuration), *problem, exit_code=2)


def _name_of(place: Place, configuration: Layered) -> str:
    """`tenants[0] (sorsele).rules.lunsh`, or the environment's variable that says it."""
    if value_at(configuration.environment, place) is not None:
        return PREFIX + LEVEL_MARK.join(map(str, place)).upper()
    words: list[str] = []
    value: Any = configuration.data
    for key in place:
        value = value_at(value, (key,))
        words.append(f"[{key}]{label(value)}" if isinstance(key, int) else f".{key}")
    return "".join(words).removeprefix(".")
