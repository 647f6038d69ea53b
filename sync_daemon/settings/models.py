"""The tables of the configuration, and what each key may hold.

The values are validated as JSON is, strictly: `gap = true` is no number and `lunch = [12, 13]` no times of day. The
rules' own classes (`rules.policy`) are validated as they are; there is no second model of them.
"""

from __future__ import annotations

import json
import os
import re
import zoneinfo
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from rules.brake import BrakeLimits
from rules.policy import DepartmentRules, Rules
from sync_daemon import log, printable
from sync_daemon.printable import quoted
from sync_daemon.settings.alerts import Addresses, AlertsSettings
from sync_daemon.settings.board import BoardSettings
from sync_daemon.settings.notices import Receiver, each_once
from sync_daemon.settings.section import FilePath, Folders, Refused, Section
from sync_daemon.settings.sources import Source
from sync_daemon.settings.spelling import nearest
from sync_daemon.settings.store import StoreSettings
from sync_daemon.texts import Text

_DAY = 86_400
"""Seconds."""

LONGEST_KEPT = 36_525
"""Days: for ever, as far as a log is concerned."""

MOST_KEPT = 1_000_000
"""Megabytes."""

_LONGEST_ID = 50
"""Characters: a tenant's id is part of a file's name."""

_MOST_MAILBOXES = 1_000_000
"""Of a shard: one larger is none."""

_MOST_HELD = 1_000_000
"""Removals at once: a brake that lets more through is none."""


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(?:[-_][a-z0-9]+)*", text) or len(text) > _LONGEST_ID:
        remedy = Text("write small letters a-z, digits and hyphens only, at most {most}", most=_LONGEST_ID)
        raise Refused(Text("{text} is no short name", text=quoted(text)), remedy)
    return text


@cache
def _time_zones() -> frozenset[str]:
    """Kept: looking for them opens some 600 files."""
    return frozenset(zoneinfo.available_timezones())


_SWEDISH_ZONES = {"w. europe standard time": "Europe/Stockholm"}
"""Where Windows has one name for many countries, and the table has another's city; of Sweden's stands in CLDR's
windowsZones.xml, territory SE
(https://github.com/unicode-org/cldr/blob/main/common/supplemental/windowsZones.xml)."""


def _of_windows(name: str) -> str | None:
    """The zone by the name that Windows has for it, whatever its capitals (`tzutil /g`)."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415 - it takes its time to load

    known = {windows.casefold(): zone for windows, zone in WINDOWS_TO_OLSON.items()} | _SWEDISH_ZONES
    return known.get(name.strip().casefold())


def _known_zone(name: str) -> str:
    if name not in _time_zones():
        if (zone := _of_windows(name)) is not None:
            raise Refused(
                Text("{name!r} is what Windows calls a time zone", name=name), Text("write {example}", example=zone)
            )
        meant = nearest(name, _time_zones()) or Text("a name such as Europe/Stockholm")
        raise Refused(Text("the time zone {name!r} is not known", name=name), Text("write {example}", example=meant))
    return name


def _sensible_brake(limits: BrakeLimits) -> BrakeLimits:
    if limits.least > _MOST_HELD:
        problem = Text("{name} is more than {most}, which is the most that it may be", name="least", most=_MOST_HELD)
        raise Refused(problem, Text("write at most {most}", most=_MOST_HELD))
    return limits


class ServiceSettings(Section):
    """When the daemon reads. `interval`, `jitter` and `full_read` are seconds."""

    interval: Annotated[int, Field(ge=1, le=_DAY)] = 300
    jitter: Annotated[int, Field(ge=0, le=_DAY)] = 30
    full_read: Annotated[int, Field(ge=1, le=_DAY)] = 1800
    shard: Annotated[int, Field(ge=1, le=_MOST_MAILBOXES)] = 5000
    brake: Annotated[BrakeLimits, AfterValidator(_sensible_brake)] = BrakeLimits()


class RetentionSettings(Section):
    """For how many days history and log are kept."""

    history_days: Annotated[int, Field(ge=1, le=LONGEST_KEPT)] = 365
    log_days: Annotated[int, Field(ge=1, le=LONGEST_KEPT)] = 90


class LogSettings(Section):
    """What is logged, and where; once loaded, `file` is None only where the configuration says `file = false`."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    file: Annotated[FilePath | None, BeforeValidator(lambda file: None if file is False else file)] = None
    max_mb: Annotated[int, Field(ge=1, le=MOST_KEPT)] = log.MOST_MEGABYTES
    """Of all log files together, today's and those put away, in megabytes (10^6)."""


def _names_where_needed(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    if len(sources) > 1 and not all(source.name for source in sources):
        problem = Text("one of several sources has no name")
        raise Refused(problem, Text("give each a name; the directory's column source uses it"))
    return sources


def _fits_a_tenant(own: DepartmentRules) -> DepartmentRules:
    """The spans are checked with a tenant's rules, which is else done only when a member is planned for."""
    Rules().for_department(own)
    return own


class Department(Section):
    """A department with an emergency number, or rules of its own."""

    name: Annotated[str, Field(min_length=1, max_length=printable.NAME_LENGTH)]
    emergency: str | None = None
    rules: Annotated[DepartmentRules, AfterValidator(_fits_a_tenant)] | None = None


class Tenant(Section):
    """One organisation: its directory, its calendars, its rules."""

    id: Annotated[str, AfterValidator(_slug)]
    timezone: Annotated[str, AfterValidator(_known_zone)]
    directory: FilePath
    sources: Annotated[tuple[Source, ...], Field(min_length=1, max_length=50), AfterValidator(_names_where_needed)]
    alerts_to: Addresses = ()
    departments: Annotated[tuple[Department, ...], Field(max_length=5000)] = ()
    notices: Annotated[tuple[Receiver, ...], Field(max_length=20), AfterValidator(each_once)] = ()
    """Who is told of unmanned departments."""
    rules: Rules = Rules()
    _configured: frozenset[str] = PrivateAttr(default=frozenset())
    _doubted: frozenset[str] = PrivateAttr(default=frozenset())

    def remember_configured(self, ids: Iterable[str]) -> None:
        """Remembers the ids of all of the configuration's tenants, for `knows`."""
        self._configured = frozenset(ids)

    def knows(self, tenant: str) -> bool:
        """Whether the configuration has a tenant of that id; True of any id for a tenant that was made alone."""
        return not self._configured or tenant in self._configured

    def doubt(self, rules: Iterable[str]) -> None:
        """Remembers that these of the rules are as by default, because what the configuration says of them is wrong."""
        self._doubted = frozenset(rules)

    def doubts(self, *rules: str) -> bool:
        """Whether any of these rules is not what the configuration means; never of one that was loaded whole."""
        return not self._doubted.isdisjoint(rules)

    def receivers_of(self, department: str) -> tuple[str, ...]:
        """Who is told of the department, by what the store knows them by."""
        return tuple(one.id for one in self.notices if one.hears_of(department))

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
    alerts: AlertsSettings = AlertsSettings()
    board: BoardSettings = BoardSettings()
    tenants: Annotated[tuple[Tenant, ...], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _tenants_know_each_other(self) -> Self:
        for tenant in self.tenants:
            tenant.remember_configured(other.id for other in self.tenants)
        return self

    @property
    def store_url(self) -> str:
        """The address that the store is opened by; no password in it."""
        return self.store.address


class TenantOfStore(Tenant):
    """A tenant as far as the store is concerned: without its directory and its calendars."""

    directory: FilePath = Path(os.devnull)
    sources: tuple[Source, ...] = ()


class StoreOnly(Settings):
    """The configuration for whoever only asks the store or acts on it: of what fills it nothing is there."""

    tenants: Annotated[tuple[TenantOfStore, ...], Field(min_length=1)]


Model = TypeVar("Model", bound=Settings)


def validated(data: Mapping[str, Any], folder: Path, model: type[Model]) -> Model:
    """The settings in what the configuration says, as JSON could; its file stands in that folder.

    Raises:
        pydantic.ValidationError: something in it cannot be.
    """
    secrets = data.get("secrets_dir")
    folders = Folders(folder, folder / secrets if isinstance(secrets, str) else None)
    # As bytes: half a character, which the environment may hold, is no JSON.
    text = json.dumps(data, default=str, ensure_ascii=False).encode("utf-8", "replace")
    return model.model_validate_json(text, context=folders)
