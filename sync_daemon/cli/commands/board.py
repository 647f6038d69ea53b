"""`board`: the operators' page."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from sync_daemon.board.place import Place
from sync_daemon.board.serving import serve
from sync_daemon.cli.application import CONFIG, ConfigOption, LangOption, app, example
from sync_daemon.cli.output import complain
from sync_daemon.cli.workplace import require_store, workplace
from sync_daemon.texts import Text

board = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(board, name="board", epilog=example("hanvisa board --config /srv/hanvisa/hanvisa.toml"))


@board.callback()
def serve_board(context: typer.Context, config: ConfigOption = CONFIG, lang: LangOption = None) -> None:
    """Serve the operators' page until SIGTERM or Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    with workplace(config, store_only=True) as place:
        require_store(place)
        complain(Text("The board is at http://{address}/ until Ctrl-C.", address=place.settings.board.listen))
        serve(Place(place.settings, place.store, lambda: datetime.now(UTC)))
