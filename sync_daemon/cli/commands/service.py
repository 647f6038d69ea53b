"""`run`: the daemon."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url

from sync_daemon import log, settings
from sync_daemon.answers import exposure
from sync_daemon.cli.application import CONFIG, ConfigOption, LangOption, TenantOption, app, example
from sync_daemon.cli.output import complain, language
from sync_daemon.cli.workplace import workplace
from sync_daemon.errors import UserError
from sync_daemon.settings import Settings, Tenant
from sync_daemon.store import sqlite
from sync_daemon.texts import Text


@app.command(epilog=example("hanvisa run --config /srv/hanvisa/hanvisa.toml"))
def run(
    config: ConfigOption = CONFIG,
    lang: LangOption = None,
    tenant: TenantOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Log what it would do, on a copy of the store; write no referral.")
    ] = False,
) -> None:
    """Run as a service: keep the store in step until SIGTERM; SIGHUP reads the configuration again."""
    # Until the service listens to it, a SIGHUP would end the process.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from sync_daemon.service import Service  # noqa: PLC0415 - it takes its time to load, which no other command has
    from sync_daemon.service.systemd import Systemd  # noqa: PLC0415 - as above

    def load() -> Settings:
        loaded = settings.load(config, os.environ)
        exposure.tell_of_own(exposure.put_right(loaded))
        exposure.tell(config, loaded)
        return _on_a_copy(loaded) if dry_run else loaded

    with workplace(config, adapted=_copied if dry_run else None) as place:
        tenants = place.tenants(tenant)
        if sys.stderr.isatty():
            _receive(place.settings.log.file, tenants[0])
        exposure.tell(config, place.settings)
        systemd = Systemd(os.environ)
        ended = Service(place.settings, place.store, load, only=tenant, dry_run=dry_run, systemd=systemd).run()
    if not ended:
        os._exit(0)  # a thread that hangs in a read would be waited for without end; the store is whole


def _receive(file: Path | None, tenant: Tenant) -> None:
    """Says to a person at a terminal where to look, and from then on shows them what goes wrong."""
    log.show_warnings(tenant.zone, language())
    if file is None:
        complain(Text("It works until Ctrl-C. There is no log (log.file = false); warnings are shown here."))
    else:
        complain(Text("It works until Ctrl-C. The log is {file}; warnings are shown here too.", file=file))


def _copied(loaded: Settings) -> Settings:
    """With a fresh copy of the store made. Raises UserError where the store is no file."""
    if not loaded.store.is_file:
        raise UserError(
            Text("a dry run works on a copy of the store's file, and this one is no file: look with `hanvisa plan`")
        )
    copy = _on_a_copy(loaded)
    sqlite.copy_file(make_url(loaded.store_url), sqlite.file_at(copy.store_url))
    return copy


def _on_a_copy(loaded: Settings) -> Settings:
    url = make_url(loaded.store_url)
    copy = url.set(database=f"{url.database}{sqlite.DRY_RUN_SUFFIX}").render_as_string(hide_password=False)
    return loaded.model_copy(update={"store": loaded.store.model_copy(update={"url": copy})})
