"""The sign-in of one board: its users, its sessions, and whose a request is."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from sync_daemon.accounts import Accounts, AccountsFile, AccountsUnreadable, User
from sync_daemon.accounts.models import tenants_meant
from sync_daemon.accounts.passwords import digest_of
from sync_daemon.board.place import Place
from sync_daemon.board.sign_in import csrf
from sync_daemon.board.sign_in.attempts import Attempts
from sync_daemon.board.sign_in.sessions import Session, Sessions
from sync_daemon.board.viewer import Viewer
from sync_daemon.store import sqlite
from sync_daemon.store.place import beside_store

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


@dataclass
class SignIn:
    """One for the process, in `request.app.state.sign_in`."""

    place: Place
    sessions: Sessions
    file: AccountsFile | None
    attempts: Attempts = field(init=False)
    _told: str = ""
    """What of the file has been logged already."""
    _last_read: Accounts = field(default_factory=Accounts)

    def __post_init__(self) -> None:
        self.attempts = Attempts(lambda: self.accounts, self.place.clock, self.sessions.secret)

    @classmethod
    def of(cls, place: Place) -> SignIn:
        """As the configuration says; the sessions are kept beside the store."""
        board, store = place.settings.board, beside_store(place.settings.store_url)
        kept = store.with_name(store.name + sqlite.SESSIONS_SUFFIX) if store is not None and board.sign_in else None
        sessions = Sessions(kept, place.clock, timedelta(hours=board.session_hours))
        return cls(place, sessions, AccountsFile(board.users) if board.users is not None else None)

    @property
    def accounts(self) -> Accounts:
        """Who is in the file now; while it cannot be read, who was in it before."""
        try:
            if self.file is not None:
                self._last_read, self._told = self.file.read(), ""
        except AccountsUnreadable as error:
            if self._told == str(error):
                return self._last_read
            self._told = str(error)
            structlog.get_logger().warning("board_users_unreadable", problem=str(error))
        return self._last_read

    def viewer(self, operates: Collection[str], administers: Collection[str], name: str, origin: str) -> Viewer:
        """Who they are, of the configuration's tenants that are named; `*` names all of them."""
        configured = [tenant.id for tenant in self.place.settings.tenants]
        admin_of = tenants_meant(administers, configured)
        return Viewer(name, tenants_meant(operates, configured) | admin_of, admin_of, origin)

    def everybody(self) -> Viewer:
        """Where nobody signs in: who is at this machine."""
        return self.viewer("*", "*", "operator", "operator")

    def of_user(self, user: User) -> Viewer:
        """Who a local user is."""
        return self.viewer(user.operates, user.administers, user.name, "operator")

    def signed_in(self, request: Request) -> Viewer | None:
        """Whose session the request has, if it is not over; its account has not been changed since it began."""
        cookie = request.cookies.get(session_cookie(request), "")
        session = self.sessions.of(cookie) if cookie else None
        if session is None:
            return None
        if session.account is None and session.vouched != self._provider:
            self.sessions.end(cookie)
            return None
        if session.account is None:
            return self.viewer(session.operates, session.administers, session.name, "operator")
        user = self.accounts.user(session.name)
        if user is None or user.fingerprint != session.account:
            self.sessions.end(cookie)
            return None
        return self.of_user(user)

    def system(self, token: str) -> Viewer | None:
        """Whose token it is."""
        digest, found = digest_of(token), None
        for system in self.accounts.systems:  # all of them, so that it takes as long whose it is
            if hmac.compare_digest(system.token, digest):
                found = system
        return None if found is None else self.viewer(found.operates, (), found.name, found.origin)

    def begin(self, request: Request, response: Response, viewer: Viewer, account: str | None = None) -> None:
        """The answer signs the viewer in; a session that the browser had is over.

        `account` is the fingerprint of a local user's; None for who was signed in by another.
        """
        if session_cookie(request) in request.cookies:
            self.sessions.end(request.cookies[session_cookie(request)])
        cookie = self.sessions.begin(lambda digest, now: self._session(digest, now, viewer, account))
        set_cookie(request, response, session_cookie(request), cookie)
        structlog.get_logger().info("board_signed_in", by=viewer.name, address=address_of(request))

    def _session(self, digest: str, now: datetime, viewer: Viewer, account: str | None) -> Session:
        """Of a local user the file says, at each request, what they may; of others it is kept what was said of them."""
        if account is not None:
            return Session(digest, viewer.name, now, now, account)
        said = (*viewer.operates,), (*viewer.administers,)
        return Session(digest, viewer.name, now, now, None, *said, self._provider)

    @property
    def _provider(self) -> str:
        """Stands for the settings by which another vouches for people: where they change, its sessions are over."""
        oidc = self.place.settings.board.oidc
        return "" if oidc is None else digest_of(oidc.model_dump_json())

    def end(self, request: Request, response: Response) -> None:
        """The answer signs out whoever has signed in."""
        name = session_cookie(request)
        if name in request.cookies:
            self.sessions.end(request.cookies[name])
            response.delete_cookie(name, path="/", secure=is_secure(request), httponly=True, samesite="lax")

    def csrf_token(self, request: Request, form_cookie: str) -> str:
        """What the forms of this visitor's pages have: of the session, before that of the cookie of the form.

        Where nobody signs in there is no cookie; another site's page can read none of ours, and is told by `Origin`.
        """
        if not self.place.settings.board.sign_in:
            return csrf.token_for(self.sessions.secret, "")
        return csrf.token_for(self.sessions.secret, request.cookies.get(session_cookie(request)) or form_cookie)


def sign_in_of(request: Request) -> SignIn:
    """The process's."""
    found: SignIn = request.app.state.sign_in
    return found


def new_form_cookie() -> str:
    """A value by which a browser is known that nobody has signed in with."""
    return secrets.token_urlsafe(24)


def address_of(request: Request) -> str:
    """From where it was sent; behind a trusted proxy, from where to that."""
    return request.client.host if request.client is not None else ""


def is_secure(request: Request) -> bool:
    """Whether nobody on the way can read it."""
    return request.url.scheme == "https"


def session_cookie(request: Request) -> str:
    """With TLS no other host of the domain can set it (RFC 6265bis, 4.1.3.2: the prefix `__Host-`)."""
    return "__Host-hanvisa" if is_secure(request) else "hanvisa"


def form_cookie(request: Request) -> str:
    """The cookie of who has not signed in yet."""
    return f"{session_cookie(request)}-form"


def browser_cookie(request: Request) -> str:
    """The cookie of a browser from which somebody has signed in before."""
    return f"{session_cookie(request)}-browser"


def set_cookie(request: Request, response: Response, name: str, value: str, max_age: int | None = None) -> None:
    """For so many seconds, or until the browser ends; for our own pages alone, and for no script."""
    response.set_cookie(
        name, value, max_age=max_age, path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )
