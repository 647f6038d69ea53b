"""What a configuration says, in layers: the environment over the TOML file over systemd's folder of secrets.

pydantic-settings reads the environment and lays the layers over each other. The values are validated only afterwards
(`models.validated`): a BaseSettings takes Python's values, where ours are to be as strict as JSON's. Secrets are no
layer: the configuration names their files, which are read whenever they are needed.
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_settings import BaseSettings, EnvSettingsSource, InitSettingsSource, SettingsConfigDict

from sync_daemon.files import bytes_of
from sync_daemon.findings import Finding, Severity
from sync_daemon.settings.models import Settings
from sync_daemon.settings.problems import TOO_LONG, SettingsError
from sync_daemon.settings.spelling import nearest
from sync_daemon.texts import Text
from sync_daemon.texts.system_errors import reason_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic.fields import FieldInfo
    from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "HANVISA_"
"""How a variable of the environment begins that sets a key."""

LEVEL_MARK = "__"
"""What stands in a variable between a table's key and one in it."""

_LARGEST = 4 * 1024 * 1024
"""The bytes of the largest TOML file that is read."""

_WHOLE = "hanvisa"
"""The layers' one field. It holds whatever they say, so that a misspelt table comes along, and is refused."""


class Layered(NamedTuple):
    """The whole configuration, and what of it the environment says; neither is validated."""

    data: dict[str, Any]
    environment: dict[str, Any]


class _Layers(BaseSettings):
    model_config = SettingsConfigDict(env_nested_delimiter=LEVEL_MARK)

    # Of a dict without types pydantic-settings reads each variable in it as JSON, whatever its name.
    hanvisa: dict  # type: ignore[type-arg]


class _Environment(EnvSettingsSource):
    """`HANVISA_LOG__LEVEL=debug` → {"log": {"level": "debug"}}; a value that is JSON is read as JSON."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(_Layers)
        # In the order of their names; what is no table gives way to variables that set keys in it.
        named = {name.removeprefix(PREFIX).lower(): text for name, text in sorted(environ.items()) if _sets_a_key(name)}
        self.env_vars = {
            f"{_WHOLE}{LEVEL_MARK}{name}": text
            for name, text in named.items()
            if isinstance(_value(text), dict) or not any(other.startswith(f"{name}{LEVEL_MARK}") for other in named)
        }

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ANN401, ARG002 - as its base
        return _value(value)


def _sets_a_key(name: str) -> bool:
    """Others use the prefix too (`HANVISA_CONFIG`): a name of one level counts only where it is near a key's."""
    keys = name.removeprefix(PREFIX).lower().split(LEVEL_MARK)
    return name.startswith(PREFIX) and (len(keys) > 1 or nearest(keys[0], Settings.model_fields) is not None)


def _value(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def layered(path: Path, environ: Mapping[str, str]) -> Layered:
    """What the TOML file and the environment say; `secrets_dir` is systemd's `CREDENTIALS_DIRECTORY` by default.

    Raises:
        SettingsError: the file cannot be read.
    """
    environment = _Environment(environ)
    file = InitSettingsSource(_Layers, {_WHOLE: _toml(path)})
    systemd = {"secrets_dir": environ["CREDENTIALS_DIRECTORY"]} if "CREDENTIALS_DIRECTORY" in environ else {}
    default = InitSettingsSource(_Layers, {_WHOLE: systemd})

    class Layers(_Layers):
        @classmethod
        def settings_customise_sources(cls, *_: object, **__: object) -> tuple[PydanticBaseSettingsSource, ...]:
            return environment, file, default

    return Layered(Layers().hanvisa, environment().get(_WHOLE, {}))


def _toml(path: Path) -> dict[str, Any]:
    reason: str
    remedy: str
    try:
        # utf-8-sig: Notepad writes a byte order mark, which TOML does not know.
        return tomllib.loads(bytes_of(path, _LARGEST).decode("utf-8-sig"))
    except OSError as error:
        reason = reason_of(error)
        remedy = Text("name a file with --config that hanvisa may read")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        reason, remedy = Text("line {line} is not UTF-8", line=line), Text("save the file as UTF-8")
    except tomllib.TOMLDecodeError as error:
        reason = Text("is not TOML: {error}", error=error)
        remedy = Text("mend that line; https://toml.io shows how values are written")
    except (ValueError, RecursionError):
        reason, remedy = TOO_LONG
    raise SettingsError(path, [Finding(Severity.ERROR, str(path), reason, remedy, 2)])
