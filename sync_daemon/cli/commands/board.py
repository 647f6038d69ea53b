"""`board`: the operators' page."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from sync_daemon.cli.application import CONFIG, ConfigOption, LangOption, app, example
from sync_daemon.cli.output import complain
from sync_daemon.cli.workplace import workplace
from sync_daemon.errors import UserError
from sync_daemon.findings import Finding
from sync_daemon.settings import BoardSettings
from sync_daemon.texts import Text

board = typer.Typer(no_args_is_help=False, invoke_without_command=True)
app.add_typer(board, name="board", epilog=example("hanvisa board --config /srv/hanvisa/hanvisa.toml"))


@board.callback()
def serve_board(context: typer.Context, config: ConfigOption = CONFIG, lang: LangOption = None) -> None:
    """Serve the operators' page until SIGTERM or Ctrl-C; or say who may use it."""
    if context.invoked_subcommand is not None:
        return
    from sync_daemon.board.place import Place  # noqa: PLC0415 - as below
    from sync_daemon.board.serving import serve  # noqa: PLC0415 - the pages are a third of every command's start

    with workplace(config, store_only=True, store_later=True) as place:
        refuse_doubtful(place.findings)
        address = _address(place.settings.board)
        served = Place(place.settings, place.store, lambda: datetime.now(UTC))

        def listening() -> None:
            complain(Text("The board is at {address}/ until Ctrl-C.", address=address))
            if (trouble := served.roll().trouble) is not None:
                complain(Text("hanvisa: {problem}", problem=trouble.text))

        serve(served, listening)


def refuse_doubtful(findings: tuple[Finding, ...]) -> None:
    """UserError where what is wrong in the configuration is of the board: it is not to listen as nobody meant."""
    wrong = [one for one in findings if one.thing.split(".")[0].removeprefix("HANVISA_").lower().startswith("board")]
    if wrong:
        raise UserError(wrong[0].text)


def _address(settings: BoardSettings) -> str:
    scheme = "http" if settings.certificate is None else "https"
    return settings.public_url or f"{scheme}://{settings.listen}"
