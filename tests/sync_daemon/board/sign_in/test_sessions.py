"""Whose sessions there are at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sync_daemon.board.sign_in.sessions import Session, Sessions

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def begins(sessions: Sessions, name: str) -> str:
    """The cookie of one more of theirs."""
    return sessions.begin(lambda digest, now: Session(digest, name, now, now))


def test_whoever_signs_in_again_and_again_signs_out_nobody_else() -> None:
    """Of somebody's sessions the oldest ends where they are too many; another's stays."""
    sessions = Sessions(None, lambda: NOW, timedelta(hours=12))
    eva, first = begins(sessions, "eva"), begins(sessions, "adam")
    last = [begins(sessions, "adam") for _ in range(1100)][-1]
    assert [sessions.of(cookie) is not None for cookie in (eva, first, last)] == [True, False, True]
