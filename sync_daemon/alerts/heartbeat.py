"""The sign of life that a monitor waits for, so that somebody notices where the whole machine is gone."""

from __future__ import annotations

from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread

from sync_daemon import log
from sync_daemon.log import Trouble, Troubles
from sync_daemon.settings import AlertsSettings


class Heartbeat:
    """Sends beats on a thread of its own: whoever asks for one waits for nothing, and only the latest is sent."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[tuple[AlertsSettings, bool, datetime] | None] = SimpleQueue()
        self._troubles = Troubles()
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Beats are sent from now on."""
        self._thread.start()

    def stop(self) -> None:
        """None is sent any more; one that is on its way is not waited for."""
        self._asked.put(None)

    def beat(self, settings: AlertsSettings, now: datetime, *, well: bool) -> None:
        """Asks for one; nothing where no monitor is set."""
        if settings.heartbeat is not None:
            self._asked.put((settings, well, now))

    def _run(self) -> None:
        from sync_daemon.alerts.monitor import send  # noqa: PLC0415 - requests takes its time, which no command has

        while (asked := self._latest()) is not None:
            settings, well, now = asked
            try:
                problem = send(settings, well=well)
            except Exception as error:  # noqa: BLE001 - a bug; the next beat is tried all the same
                log.bug(error)
                problem = type(error).__name__
            troubles = [Trouble("heartbeat_failed", fields={"problem": problem})] if problem else []
            self._troubles.update("heartbeat", troubles, now)

    def _latest(self) -> tuple[AlertsSettings, bool, datetime] | None:
        asked = self._asked.get()
        while asked is not None:
            try:
                asked = self._asked.get_nowait()
            except Empty:
                return asked
        return None
