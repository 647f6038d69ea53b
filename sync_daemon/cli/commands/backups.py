"""Commands about a copy of the store to fall back on: `backup`, `restore`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import structlog
import typer

from sync_daemon.cli.application import CONFIG, ConfigOption, LangOption, app, example
from sync_daemon.cli.commands.store import store_settings
from sync_daemon.cli.output import say
from sync_daemon.store.databases import name_at
from sync_daemon.texts import Text


@app.command(epilog=example("hanvisa backup /srv/hanvisa/backup.db --force"))
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file that is to hold it, mode 0600.")],
    force: Annotated[bool, typer.Option("--force", help="Put it in the place of a file that is there.")] = False,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
) -> None:
    """Write everything in the store into one SQLite file, while the service works; said to be done once it is whole."""
    from sync_daemon.store.backup import back_up  # noqa: PLC0415 - no other command needs it

    with store_settings(config) as loaded:
        counts = back_up(loaded.store_url, file, datetime.now(UTC), force=force)
        rows = sum(counts.values())
        structlog.get_logger().info("backup_made", file=str(file.absolute()), count=rows)
    say(Text("{file} is whole: {count} rows.", file=file, count=rows))


@app.command(epilog=example("hanvisa restore /srv/hanvisa/backup.db --force"))
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `hanvisa backup` has written.")],
    force: Annotated[
        bool, typer.Option("--force", help="Put it in the place of a store that is there, which is kept beside it.")
    ] = False,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
) -> None:
    """Let the store be what a backup holds; the service and the board must have ended."""
    from sync_daemon.store.moving import Caller  # noqa: PLC0415 - no other command needs it
    from sync_daemon.store.restoring import restore as restore_store  # noqa: PLC0415 - the same

    with store_settings(config) as loaded:
        url, now = loaded.store_url, datetime.now(UTC)
        caller = Caller([one.id for one in loaded.tenants], f"hanvisa restore {file}", now)
        restored = restore_store(file, url, caller, force=force)
        rows, kept = sum(restored.counts.values()), restored.kept
        told = {"file": str(file.absolute()), "count": rows, "kept": None if kept is None else str(kept)}
        structlog.get_logger().warning("store_restored", **told)
    say(Text("{store} is what {file} holds: {count} rows.", store=name_at(url), file=file, count=rows))
    if kept is not None:
        say(Text("What was there before is kept in {kept}.", kept=kept))
    say(Text("Start the service: its first cycle brings the calendars' referrals in step."))
