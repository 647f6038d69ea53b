"""Whether the operators' board is safe: who could listen, who could sign in, and for how long its certificate holds."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sync_daemon.accounts import EVERY_TENANT, Accounts, AccountsFile, AccountsUnreadable
from sync_daemon.accounts.certificate import ServerCertificate, certificate_of_board
from sync_daemon.errors import UserError
from sync_daemon.findings import Finding, Severity, bounded
from sync_daemon.settings import BoardSettings, Settings
from sync_daemon.settings.sources import is_loopback
from sync_daemon.texts import LocalTime, Text, listed

_IN_TIME = timedelta(days=30)
"""Before a certificate ends it is told of for so long."""

_MOST_PROXIES = 65_536
"""Addresses of one network: nobody has more proxies."""

_AGAIN = Text("mend that and run `hanvisa check` again")


def findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """What is unsafe, or would keep people out; nothing where there is no board. `now` is aware."""
    board = settings.board
    if not _is_meant(board):
        return
    yield from _of_listening(board)
    if board.sign_in:
        yield from _of_users(settings)
    if board.certificate is not None and board.key is not None:
        try:
            said = certificate_of_board(board.certificate, board.key)
        except UserError as error:
            problem = Text("the board cannot begin: {problem}", problem=error.text)
            yield Finding(Severity.ERROR, "board.certificate", problem, _AGAIN)
        else:
            yield from _of_certificate(board, said, now)


def _is_meant(board: BoardSettings) -> bool:
    """Whether the configuration says anything of it, or somebody has been let in."""
    return bool(board.model_fields_set - {"users"}) or (board.users is not None and board.users.exists())


def _of_listening(board: BoardSettings) -> Iterator[Finding]:
    if not board.sign_in:
        problem = Text("whoever works at this machine sees and changes everything on the board, under no name")
        yield Finding(Severity.NOTE, "board.sign_in", problem, Text("let people sign in where others work there"))
    if not is_loopback(f"//{board.listen}") and board.certificate is None:
        if not board.trusted_proxies:
            problem = Text("whoever is on the way could read passwords and who is away: the board does not begin")
            remedy = Text("set certificate and key, or listen at 127.0.0.1 behind a proxy that is in trusted_proxies")
            yield Finding(Severity.ERROR, "board.listen", problem, remedy)
        else:
            problem = Text("between the proxy and the board nothing is encrypted")
            remedy = Text("see that nobody else is on that network, or set certificate and key as well")
            yield Finding(Severity.NOTE, "board.listen", problem, remedy)
    if (board.public_url or "").startswith("https:") and board.certificate is None and not board.trusted_proxies:
        problem = Text("nothing encrypts: the board turns away whoever comes to that address")
        remedy = Text("set certificate and key, or name the proxy that encrypts in trusted_proxies")
        yield Finding(Severity.WARNING, "board.public_url", problem, remedy)
    for proxy in board.trusted_proxies:
        if ipaddress.ip_network(proxy).num_addresses > _MOST_PROXIES:
            problem = Text("of so many addresses anybody could say from where they come")
            yield Finding(Severity.WARNING, f"board.trusted_proxies {proxy}", problem, Text("name the proxy alone"))


def _of_users(settings: Settings) -> Iterator[Finding]:
    file = settings.board.users
    if file is None:
        return
    try:
        accounts = AccountsFile(file).read()
    except AccountsUnreadable as error:
        yield Finding(Severity.ERROR, "board.users", error.text, _AGAIN)
        return
    if not accounts.users and settings.board.oidc is None:
        problem = Text("nobody can sign in to the board: there is no user in {file}", file=file)
        remedy = Text("type `hanvisa board add-user NAME --operator TENANT`")
        yield Finding(Severity.WARNING, "board.users", problem, remedy)
    yield from bounded(_of_unknown_tenants(accounts, {tenant.id for tenant in settings.tenants}))


def _of_unknown_tenants(accounts: Accounts, known: set[str]) -> Iterator[Finding]:
    named = [(user.name, {*user.operates, *user.administers}) for user in accounts.users]
    named += [(system.name, {*system.operates}) for system in accounts.systems]
    for name, tenants in named:
        if unknown := sorted(tenants - known - {EVERY_TENANT}):
            thing = Text("board user {name}", name=name)
            problem = Text("is let in to {tenants}, which the configuration does not have", tenants=listed(unknown))
            yield Finding(
                Severity.WARNING, thing, problem, Text("remove the user, and add them with the right tenants")
            )


def _of_certificate(board: BoardSettings, said: ServerCertificate, now: datetime) -> Iterator[Finding]:
    remedy = Text("put a new certificate and its key in their place; a board that runs takes them into use by itself")
    ends = LocalTime(said.ends, None)
    if now >= said.ends:
        problem = Text("it ended at {at}: browsers turn the board away", at=ends)
        yield Finding(Severity.ERROR, "board.certificate", problem, remedy)
    elif said.ends - now <= _IN_TIME:
        yield Finding(Severity.WARNING, "board.certificate", Text("it ends at {at}", at=ends), remedy)
    if now < said.begins:
        problem = Text("it is valid from {at} only: browsers turn the board away", at=LocalTime(said.begins, None))
        yield Finding(Severity.ERROR, "board.certificate", problem, Text("see to the machine's clock, or wait"))
    host = urlsplit(board.public_url).hostname if board.public_url else None
    if host and not said.is_for(host):
        problem = Text("it is not for {host}, which public_url names: browsers turn the board away", host=host)
        yield Finding(Severity.WARNING, "board.certificate", problem, remedy)
