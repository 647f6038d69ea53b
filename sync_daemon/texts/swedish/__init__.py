"""The Swedish of every `Text`, by its English template: a module an area, with the same `{names}` in both."""

from __future__ import annotations

from collections.abc import Mapping

from sync_daemon.texts.swedish import (
    alerts,
    board,
    brake,
    by_hand,
    commands,
    directory,
    events,
    exchange,
    explained,
    graph_reading,
    graph_signing_in,
    health,
    notices,
    other_source,
    settings,
    setup,
    signs,
    sources,
    store,
    streams,
    system,
    tables,
    told,
    unreadable,
)

SWEDISH: Mapping[str, str] = {
    **alerts.ROWS,
    **board.ROWS,
    **brake.ROWS,
    **by_hand.ROWS,
    **commands.ROWS,
    **directory.ROWS,
    **events.ROWS,
    **exchange.ROWS,
    **explained.ROWS,
    **graph_reading.ROWS,
    **graph_signing_in.ROWS,
    **health.ROWS,
    **notices.ROWS,
    **other_source.ROWS,
    **settings.ROWS,
    **setup.ROWS,
    **signs.ROWS,
    **sources.ROWS,
    **store.ROWS,
    **streams.ROWS,
    **system.ROWS,
    **tables.ROWS,
    **told.ROWS,
    **unreadable.ROWS,
}
"""All rows. A time of day is written with a full stop (13.00), a command or a key as it is typed."""
