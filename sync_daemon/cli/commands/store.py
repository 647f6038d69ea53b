"""Commands about the store as a whole: `store copy`, `store use`."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from sync_daemon import log
from sync_daemon.cli.application import CONFIG, ConfigOption, LangOption, app, example
from sync_daemon.cli.output import complain, say, table
from sync_daemon.cli.store_address import StoreAddresses
from sync_daemon.cli.workplace import loaded_for_store, workplace
from sync_daemon.errors import UserError
from sync_daemon.store import Configuration
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync_daemon.settings import Settings
    from sync_daemon.store.copied_tables import Content

store = typer.Typer(
    no_args_is_help=True, help="Move the store to another place, use the former one again, or let other systems in."
)
app.add_typer(store, name="store")

_URL = "sqlite:///hanvisa.db, or postgresql+psycopg://…, as url in \\[store] has it, without a password"


@store.command(epilog=example("hanvisa store copy sqlite:///hanvisa.db postgresql+psycopg://hanvisa@db1/hanvisa"))
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help=f"The store that is used now: {_URL}.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="An empty database or a new file, where it is to be.")],
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
) -> None:
    """Copy everything to another place, compare both, and let the old store be used no more; goes on after a kill."""
    from sync_daemon.store.moving import Caller, move  # noqa: PLC0415 - no other command needs it

    with store_settings(config) as loaded:
        addresses = StoreAddresses(loaded, config)
        old, new, now = addresses.of(source), addresses.of(target), datetime.now(UTC)
        caller = Caller([one.id for one in loaded.tenants], f"hanvisa store copy {source} {target}", now)
        copied = move(old, new, caller)
        names = {"former": addresses.name(old), "store": addresses.name(new)}
        rows = sum(one.rows for one in copied.contents)
        structlog.get_logger().info("store_moved", count=rows, **names)
    tell(copied.contents)
    if copied.found:
        say(Text("{count} of the rows were there already, from an attempt before.", count=copied.found))
    say(
        Text(
            "{store} and {former} are equal: {count} rows in {tables} tables.",
            count=rows,
            tables=len(copied.contents),
            **names,
        )
    )
    say(Text("{former} is used no more. Name the new one in url in [store], and start the service.", **names))


@store.command(epilog=example("hanvisa store use sqlite:///hanvisa.db"))
def use(
    url: Annotated[str, typer.Argument(metavar="URL", help=f"The store that was moved: {_URL}.")],
    force: Annotated[
        bool, typer.Option("--force", help="Though the other cannot be asked, or has what people changed since.")
    ] = False,
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
) -> None:
    """Use a store again that was moved by `store copy`, and the one that it was moved to no more."""
    from sync_daemon.store.moving import Caller  # noqa: PLC0415 - no other command needs it
    from sync_daemon.store.taking_back import use_again  # noqa: PLC0415 - the same

    with store_settings(config) as loaded:
        addresses = StoreAddresses(loaded, config)
        address = addresses.of(url)
        caller = Caller([one.id for one in loaded.tenants], f"hanvisa store use {url}", datetime.now(UTC))
        taken = use_again(address, addresses.of, caller, force=force)
        name = addresses.name(address)
        structlog.get_logger().warning("store_taken_back", store=name, former=taken.other, lost=taken.lost)
    if taken.unreached is not None:
        complain(
            Text(
                "hanvisa: {other} could not be reached ({problem}), and does not know that it is used no more: see "
                "that nothing works on it when it comes back",
                other=taken.other,
                problem=taken.unreached,
            )
        )
    if taken.lost:
        say(Text("{count} changes that people made since are in {other} only.", count=taken.lost, other=taken.other))
    say(Text("{store} is used again. Name it in url in [store], and start the service.", store=name))


@store.command(name="put-into-force", epilog=example("hanvisa store put-into-force"))
def put_into_force(config: ConfigOption = CONFIG, lang: LangOption = None) -> None:
    """Of several hosts with one PostgreSQL, let this one's configuration be the newest: to go back to an older one."""
    from sync_daemon.settings.digest import digest_of  # noqa: PLC0415 - no other command needs it

    with workplace(config) as place:
        if place.settings.store.is_file:
            raise UserError(Text("a store in a file has one host, whose configuration is in force when it is reloaded"))
        digest, now = digest_of(place.settings, place.store.secret()), datetime.now(UTC)
        new = Configuration(0, digest, now, socket.gethostname(), version("hanvisa"))
        number = place.store.put_into_force(new, again=True).number
    say(
        Text(
            "Configuration {number} ({digest}) is in force. Reload each host that has it.", number=number, digest=digest
        )
    )


def tell(contents: Iterable[Content]) -> None:
    """The tables, with how many rows and what digest each has."""
    columns = (Text("table"), Text("rows"), Text("digest"))
    table(columns, [(one.table, str(one.rows), one.digest) for one in contents])


@contextmanager
def store_settings(config: Path) -> Iterator[Settings]:
    """The configuration as far as it can be used, with its log; no store is opened."""
    loaded = loaded_for_store(config).settings
    days, most = loaded.retention.log_days, loaded.log.max_mb
    log.configure(loaded.log.file, loaded.log.level, days, terminal=False, megabytes=most)
    log.install_hooks()
    yield loaded
