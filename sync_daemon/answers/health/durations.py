"""How long something has lasted, in words."""

from __future__ import annotations

from datetime import timedelta

from sync_daemon.texts import Text

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def in_words(duration: timedelta) -> Text:
    """`20 minutes`, from two hours on `5 hours`, from two days on `3 days`; a fraction is left out."""
    if duration >= 2 * _DAY:
        return Text("{count} days", count=duration // _DAY)
    if duration >= 2 * _HOUR:
        return Text("{count} hours", count=duration // _HOUR)
    if duration >= 2 * _MINUTE:
        return Text("{count} minutes", count=duration // _MINUTE)
    return Text("a minute") if duration >= _MINUTE else Text("less than a minute")
