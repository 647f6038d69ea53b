"""Who has signed in, until when. Of each session a digest of its cookie is kept, so that nobody can use what is kept.

They are kept in a file beside the store, so that a new version of hanvisa signs nobody out.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sync_daemon.files import bytes_of

IDLE = timedelta(hours=1)
"""A session that is not used for so long is over; a page that is open asks by itself every few seconds."""

_KEPT_EACH = timedelta(minutes=5)
"""So old at most is what is kept of when a session was used last."""

_MOST = 1000
"""Sessions at once; of more the oldest end."""

_MOST_EACH = 50
"""Of one person, or of one account that a whole switchboard shares: so nobody signs another out by signing in."""

_LARGEST = 4 * 1024 * 1024
_COOKIE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody's. `account` is the fingerprint of a local user's; None where another has said who they are.

    Then `operates` and `administers` are what was said of them, and `vouched` stands for the settings by which it was.
    """

    digest: str
    name: str
    begun: datetime
    seen: datetime
    account: str | None = None
    operates: tuple[str, ...] = ()
    administers: tuple[str, ...] = ()
    vouched: str = ""


class Sessions:
    """All of them. `file` None: they end with the process. `clock` is aware. Safe to share between threads."""

    def __init__(self, file: Path | None, clock: Callable[[], datetime], longest: timedelta) -> None:
        self._file = file
        self._clock = clock
        self._longest = longest
        self._lock = threading.Lock()
        self._kept = clock()
        self.secret, self._sessions = _kept_in(file)

    def begin(self, session: Callable[[str, datetime], Session]) -> str:
        """A new session of the digest and the time that `session` is given; the value of its cookie."""
        cookie = secrets.token_urlsafe(_COOKIE_BYTES)
        now = self._clock()
        made = session(digest_of(cookie), now)
        with self._lock:
            alive = [one for one in self._sessions.values() if self._is_alive(one, now)]
            own = sorted((one for one in alive if one.name == made.name), key=lambda one: one.begun)
            over = {one.digest for one in own[: -(_MOST_EACH - 1)]}
            newest = sorted((one for one in alive if one.digest not in over), key=lambda one: one.begun)[-(_MOST - 1) :]
            self._sessions = {one.digest: one for one in (*newest, made)}
            self._keep()
        return cookie

    def of(self, cookie: str) -> Session | None:
        """The session of that cookie, where it is not over; it is used now."""
        digest, now = digest_of(cookie), self._clock()
        with self._lock:
            found = self._sessions.get(digest)
            if found is None or not self._is_alive(found, now):
                return None
            self._sessions[digest] = found = replace(found, seen=now)
            if not timedelta() <= now - self._kept < _KEPT_EACH:
                self._keep()
            return found

    def end(self, cookie: str) -> None:
        """Ends it at once."""
        with self._lock:
            if self._sessions.pop(digest_of(cookie), None) is not None:
                self._keep()

    def _is_alive(self, session: Session, now: datetime) -> bool:
        """Not where the clock was set back before its beginning: nobody knows then how old it is."""
        return session.begun <= now < session.begun + self._longest and now < session.seen + IDLE

    def _keep(self) -> None:
        """Writes them down, with when each was used last."""
        self._kept = self._clock()
        if self._file is None:
            return
        data = {"secret": self.secret.hex(), "sessions": [asdict(one) for one in self._sessions.values()]}
        beside = self._file.with_name(f"{self._file.name}.new")
        with suppress(OSError):  # then they end with the process
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                os.fchmod(descriptor, 0o600)
                json.dump(data, file, default=datetime.isoformat)
            beside.replace(self._file)


def digest_of(cookie: str) -> str:
    """What is kept of a cookie."""
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()


def _kept_in(file: Path | None) -> tuple[bytes, dict[str, Session]]:
    """The secret and the sessions; a new one and none where nothing is kept, or others could have read it."""
    if file is not None:
        with suppress(OSError, ValueError, TypeError, KeyError):
            if file.stat().st_mode & 0o077 == 0 and file.stat().st_uid == os.geteuid():
                data = json.loads(bytes_of(file, _LARGEST))
                sessions = [_session(one) for one in data["sessions"]]
                return bytes.fromhex(data["secret"]), {one.digest: one for one in sessions}
    return secrets.token_bytes(_COOKIE_BYTES), {}


def _session(kept: dict[str, Any]) -> Session:
    times = {key: datetime.fromisoformat(kept[key]) for key in ("begun", "seen")}
    tenants = {key: tuple(kept[key]) for key in ("operates", "administers")}
    return Session(**{**kept, **times, **tenants})
