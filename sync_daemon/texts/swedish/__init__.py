"""The Swedish of every `Text`, by its English template: a module an area, with the same `{names}` in both."""

from __future__ import annotations

from collections.abc import Mapping

from sync_daemon.texts.swedish import commands, health

SWEDISH: Mapping[str, str] = {**commands.ROWS, **health.ROWS}
"""All rows. A time of day is written with a full stop (13.00), a command or a key as it is typed."""
