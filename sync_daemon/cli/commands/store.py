"""Commands about the store as a whole."""

from __future__ import annotations

import typer

from sync_daemon.cli.application import app

store = typer.Typer(no_args_is_help=True, help="Let other systems use the store.")
app.add_typer(store, name="store")
