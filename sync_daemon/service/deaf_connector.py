"""procrastinate's connections, with a listener that whatever is told cannot end.

Any role that may connect to a database may tell on any channel of it, and a word that is not as procrastinate writes
them ends its worker, with all that the worker has; one may also ask it to end a job. So of each word no more is
believed than that there may be a job (https://www.postgresql.org/docs/18/sql-notify.html).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from procrastinate import PsycopgConnector

if TYPE_CHECKING:
    from collections.abc import Iterable

    from procrastinate.connector import Notify

_LOOK = '{"type": "job_inserted"}'


class DeafConnector(PsycopgConnector):
    """One that looks for jobs at each word, whatever it is."""

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """As the base does."""

        async def look(*, channel: str, payload: str) -> None:  # noqa: ARG001 - procrastinate's names
            await on_notification(channel=channel, payload=_LOOK)

        await super().listen_notify(on_notification=look, channels=channels)
