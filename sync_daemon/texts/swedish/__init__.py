"""The Swedish of every `Text`, by its English template: a module an area, with the same `{names}` in both."""

from __future__ import annotations

from collections.abc import Mapping

from sync_daemon.texts.swedish import alerts, commands, directory, events, health, settings, sources, store, system

SWEDISH: Mapping[str, str] = {
    **alerts.ROWS,
    **commands.ROWS,
    **directory.ROWS,
    **events.ROWS,
    **health.ROWS,
    **settings.ROWS,
    **sources.ROWS,
    **store.ROWS,
    **system.ROWS,
}
"""All rows. A time of day is written with a full stop (13.00), a command or a key as it is typed."""
