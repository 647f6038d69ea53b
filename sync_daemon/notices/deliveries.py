"""The thread of `hanvisa run` that delivers notices: it looks what waits, and begins a thread for whom that is due.

Whatever a receiver does, and however long it takes, no other waits for it, no cycle, and not the end of the process.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sync_daemon import log
from sync_daemon.cycle.report import Outcome
from sync_daemon.errors import HanvisaError, StoreUnavailable
from sync_daemon.log import Trouble, Troubles
from sync_daemon.notices.line import Line
from sync_daemon.notices.sending import Send, sender
from sync_daemon.settings import Settings, Tenant
from sync_daemon.store import Outgoing, Store

SETTLE_SECONDS = 2.0
"""How long what is on its way is waited for, where another host is to go on."""

LOOK_SECONDS = 2.0
"""How often it is looked what is due, where nothing has been said meanwhile."""

Begin = Callable[[str, Callable[[], None]], None]
"""Has something done, under a name; not waited for."""


def on_a_thread(name: str, work: Callable[[], None]) -> None:
    """The end of the process does not wait for it."""
    threading.Thread(target=work, name=name, daemon=True).start()


class Deliveries:
    """Delivers what waits of the tenants that this process works on, which `is_ours` says, by their ids.

    `store` gives the one that is in use. Public methods may be called from any thread.
    """

    def __init__(
        self,
        settings: Settings,
        store: Callable[[], Store],
        is_ours: Callable[[str], bool],
        clock: Callable[[], datetime],
        begin: Begin = on_a_thread,
    ) -> None:
        self._settings = settings
        self._store = store
        self._is_ours = is_ours
        self._clock = clock
        self._begin = begin
        self._lines: dict[tuple[str, str], Line] = {}
        self._busy: set[tuple[str, str]] = set()
        self._ended = threading.Condition()
        self._troubles = Troubles()
        self._stopped = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)

    def start(self) -> None:
        """It is looked from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Nothing more is sent; what is on its way is not waited for."""
        self._stopped.set()
        self._woken.set()

    def settle(self, tenant: str) -> None:
        """Gives back once nothing of the tenant is on its way, which must be no more this process's; or after a while.

        Whoever has the tenant next reads what waits, and would send again what is not known to be taken.
        """
        with self._ended:
            self._ended.wait_for(lambda: all(place[0] != tenant for place in list(self._busy)), SETTLE_SECONDS)

    def use(self, settings: Settings) -> None:
        """From the next look on; what waits for another try is tried then, for what was wrong may be mended."""
        self._settings = settings
        for line in list(self._lines.values()):
            line.at_once = True
        self._woken.set()

    def after_cycle(self, outcome: Outcome) -> None:
        """Looks at once, where the cycle has said something."""
        if outcome.said:
            self._woken.set()

    def look(self) -> None:
        """Has delivered what is due now. Raises StoreUnavailable."""
        for tenant in self._settings.tenants:
            if not self._stopped.is_set() and self._is_ours(tenant.id):
                self._look_at(tenant, self._store())

    def _look_at(self, tenant: Tenant, store: Store) -> None:
        receivers = {one.id: one for one in tenant.notices}
        waiting: dict[str, list[Outgoing]] = defaultdict(list)
        for word in store.outgoing(tenant.id):
            waiting[word.receiver].append(word)
        for receiver_id, words in waiting.items():
            place, receiver = (tenant.id, receiver_id), receivers.get(receiver_id)
            line = self._lines.setdefault(place, Line(tenant.id, receiver_id, receiver.label if receiver else None))
            if place in self._busy or not line.is_due(words, self._clock(), can_send=receiver is not None):
                continue
            send = sender(receiver, tenant, self._settings) if receiver is not None else None
            self._busy.add(place)
            try:
                self._begin(f"notices to {line.label}", partial(self._deliver, line, send, store))
            except BaseException:
                self._busy.discard(place)
                raise

    def _deliver(self, line: Line, send: Send | None, store: Store) -> None:
        """On the receiver's thread."""
        try:
            line.deliver(send, store, self._clock, partial(self._goes_on, line.tenant))
        except StoreUnavailable:
            return  # the tenant's own thread tells of that
        except Exception as error:  # noqa: BLE001 - a bug; the next look is taken all the same
            log.bug(error, tenant=line.tenant)
        finally:
            with self._ended:
                self._busy.discard((line.tenant, line.receiver))
                self._ended.notify_all()

    def _goes_on(self, tenant: str) -> bool:
        return not self._stopped.is_set() and self._is_ours(tenant)

    def _run(self) -> None:
        while not self._stopped.is_set():
            troubles = []
            self._woken.clear()
            try:
                self.look()
            except StoreUnavailable:
                pass  # the tenants' threads tell of that
            except HanvisaError as error:
                troubles = [Trouble("notices_failed", fields={"problem": str(error)})]
            except Exception as error:  # noqa: BLE001 - the next look is taken all the same
                if not self._troubles.lasts("look"):
                    log.bug(error)
                troubles = [Trouble("notices_failed", fields={"problem": type(error).__name__})]
            self._troubles.update("look", troubles, self._clock())
            self._woken.wait(LOOK_SECONDS)
