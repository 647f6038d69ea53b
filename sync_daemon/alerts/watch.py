"""The thread of `hanvisa run` that mails: it looks each minute how hanvisa is, and tells staff what cycles found.

Whatever it waits for, and however long, no cycle waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from queue import Empty, Full, Queue

from sync_daemon import log
from sync_daemon.alerts.memory import BesideStore, InProcess, InStore, Memory
from sync_daemon.alerts.staff import NearMisses, mail_staff, notice_quietly
from sync_daemon.alerts.telling import Memories, audiences, tell
from sync_daemon.answers.health import Cause, Health, health_of, nothing_seen, without_store
from sync_daemon.cycle.report import Outcome
from sync_daemon.errors import HanvisaError, StoreUnavailable
from sync_daemon.log import Trouble, Troubles
from sync_daemon.settings import Settings, Tenant
from sync_daemon.store import Store
from sync_daemon.transport.mail import mail_server

LOOK_SECONDS = 60.0
"""How often it is looked how hanvisa is."""

SECOND_TELLS_AFTER = timedelta(minutes=20)
"""For so long it is left to the host that was on duty to tell that the store is away: it may be gone with the store."""

MOST_WAITING = 1000
"""So many people may wait to be mailed; who is left out is found again when their calendar is read next."""


def always() -> bool:
    """There is no other host."""
    return True


class Watch:
    """Mails what is due. `store` gives the one that is in use; its public methods may be called from any thread.

    `on_duty` says whether admins are this host's to mail, None while the store does not say: of several hosts one is.
    """

    def __init__(
        self,
        settings: Settings,
        store: Callable[[], Store],
        clock: Callable[[], datetime],
        on_duty: Callable[[], bool | None] = always,
    ) -> None:
        self._on_duty = on_duty
        self._was_on_duty = True
        self._unknown_since: datetime | None = None
        self._settings = settings
        self._store = store
        self._clock = clock
        self._began = clock()
        self._beside = InProcess(BesideStore(settings.store_url))
        self._troubles = Troubles()
        self._found: Queue[NearMisses] = Queue(MOST_WAITING)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    def start(self) -> None:
        """It is looked from now on, the first time when a minute has gone."""
        self._thread.start()

    def stop(self) -> None:
        """Nothing more is mailed; a mail that is on its way is not waited for."""
        self._stopped.set()

    def use(self, settings: Settings) -> None:
        """From the next look on."""
        self._settings = settings

    def after_cycle(self, tenant: Tenant, outcome: Outcome) -> None:
        """Takes up what staff are to be told of what the cycle read; waits for no mail."""
        staff = self._settings.alerts.staff
        for found in notice_quietly(tenant, outcome, self._store(), self._clock(), mail=staff):
            try:
                self._found.put_nowait(found)
            except Full:
                return

    def look(self) -> None:
        """Mails what is due now, to admins and then to staff."""
        settings, now = self._settings, self._clock()
        server = mail_server(settings)
        duty = self._on_duty()
        if audiences(settings) and not self._is_for_another(now, duty=duty):
            # Off duty it is only told that the store answers again, by who has told that it did not.
            health, memory = (nothing_seen(settings, now), None) if duty is False else self._seen(settings, now)
            tell(settings, self._as_of_the_start(health), Memories(self._beside, memory), server.send)
        found = self._taken()
        if found and settings.alerts.staff:
            mail_staff(found, settings, self._store(), server.send, now)

    def _is_for_another(self, now: datetime, *, duty: bool | None) -> bool:
        """Whether it is left to the host that was on duty until the store was away."""
        if duty is not None:
            self._was_on_duty, self._unknown_since = duty, None
            return False
        self._unknown_since = self._unknown_since or now
        return not self._was_on_duty and now - self._unknown_since < SECOND_TELLS_AFTER

    def _seen(self, settings: Settings, now: datetime) -> tuple[Health, Memory | None]:
        try:
            return health_of(settings, self._store(), now), InStore(self._store())
        except StoreUnavailable as error:
            return without_store(settings, error, now), None

    def _as_of_the_start(self, health: Health) -> Health:
        """A service that has just begun has read nothing for as long as it was off: that is no trouble of now."""
        tenants = tuple(
            replace(
                tenant,
                problems=tuple(
                    replace(one, since=max(one.since, self._began))
                    if one.cause is Cause.NOT_READ and one.since
                    else one
                    for one in tenant.problems
                ),
            )
            for tenant in health.tenants
        )
        return replace(health, tenants=tenants)

    def _taken(self) -> list[NearMisses]:
        found: list[NearMisses] = []
        try:
            while len(found) < MOST_WAITING:
                found.append(self._found.get_nowait())
        except Empty:
            return found
        return found

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS):
            troubles = []
            try:
                self.look()
            except HanvisaError as error:
                troubles = [Trouble("alerts_failed", fields={"problem": str(error)})]
            except Exception as error:  # noqa: BLE001 - the next look is taken all the same
                if not self._troubles.lasts("look"):
                    log.bug(error)
                troubles = [Trouble("alerts_failed", fields={"problem": type(error).__name__})]
            self._troubles.update("look", troubles, self._clock())
