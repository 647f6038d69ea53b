"""When: `hanvisa run`. Each tenant's cycles on a schedule, signals, and a store that comes and goes.

The main thread waits for signals and acts on them. Each tenant has a thread of its own, so that tenants never wait for
one another, and one queue of what is asked of it: by the timetable, which rings, by a source that tells of a change, by
the main thread. Whatever ends the process, and whenever, leaves the store between two transactions; the next process
reads every mailbox and does the rest.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

import structlog

from sync_daemon import log
from sync_daemon.alerts.heartbeat import Heartbeat
from sync_daemon.alerts.rounds import Round, after
from sync_daemon.alerts.watch import Watch, always
from sync_daemon.answers.health import stale_after
from sync_daemon.cycle.report import Outcome
from sync_daemon.errors import HanvisaError, UserError
from sync_daemon.log import Trouble, Troubles
from sync_daemon.notices.deliveries import Deliveries
from sync_daemon.service.presence import DUTY, Presence, Works
from sync_daemon.service.self_told import keep_accepted, keep_refused
from sync_daemon.service.shard_host import ShardHost
from sync_daemon.service.shared_store import SharedStore
from sync_daemon.service.signals import Asked, Signals
from sync_daemon.service.systemd import Systemd
from sync_daemon.service.tenant_thread import OtherHosts, TenantThread
from sync_daemon.service.tenant_threads import TenantThreads
from sync_daemon.service.timetable import Timetable
from sync_daemon.service.worker import Worker
from sync_daemon.settings import Settings, Tenant
from sync_daemon.settled_memory import SettledMemory
from sync_daemon.store import Store
from sync_daemon.store.databases import is_postgresql, parsed_url
from sync_daemon.store.locks import tenant_lock
from sync_daemon.store.shards import shard_named
from sync_daemon.store.told import Told, listener
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from sync_daemon.service.jobs import ProcrastinateJobs

__all__ = ["Service", "Worker"]

LOOK_SECONDS = 1.0
"""How often the clock is compared with the time that has passed."""

JUMP_SECONDS = 30.0
"""A clock that is off by so much has been set."""

END_SECONDS = 4.0
"""How long a cycle in progress is waited for when the service ends: SIGTERM ends it within 5 seconds."""


def utc_now() -> datetime:
    """The machine's clock, aware, in UTC."""
    return datetime.now(UTC)


class Service:
    """The daemon. `load` reads the configuration again; `only` is the one tenant that it works on."""

    def __init__(  # noqa: PLR0913 - the last three have defaults
        self,
        settings: Settings,
        store: Store,
        load: Callable[[], Settings],
        *,
        only: str | None = None,
        dry_run: bool = False,
        clock: Callable[[], datetime] = utc_now,
        systemd: Systemd | None = None,
    ) -> None:
        self._settings = settings
        self._systemd = systemd or Systemd({})
        self._load = load
        self._only = only
        self._dry_run = dry_run
        self._clock = clock
        self._store = SharedStore(store, settings.store_url, clock)
        self._timetable = Timetable()
        self._memory = SettledMemory()
        self._troubles = Troubles()
        self._threads = TenantThreads(self._systemd, self._troubles, clock)
        self._refused: dict[str, str] = {}
        self._presence = self._present(settings)
        on_duty = self._presence.on_duty if self._presence is not None else always
        # A dry run beside the service would tell everything a second time, and of a copy.
        self._watch = None if dry_run else Watch(settings, lambda: self._store.current, clock, on_duty)
        self._heartbeat = None if dry_run else Heartbeat()
        store_in_use, is_ours = lambda: self._store.current, self._threads.works_on
        self._deliveries = None if dry_run else Deliveries(settings, store_in_use, is_ours, clock)
        self._telling = [one for one in (self._watch, self._deliveries, self._presence) if one is not None]
        self._listener = listener(settings.store_url, self._hear, clock)
        self._jobs, self._shards = self._new_jobs()
        self._round = Round(time.monotonic(), {})

    def run(self) -> bool:
        """Works until SIGTERM or SIGINT; False where a cycle did not end in time: then the process is ended hard."""
        with Signals() as signals:
            tenants = self._tenants(self._settings)
            self._logger().info(
                "service_started",
                pid=os.getpid(),
                version=version("hanvisa"),
                tenants=[tenant.id for tenant in tenants],
            )
            self._timetable.start()
            keep_accepted(self._store.current, None)
            if self._presence is not None:
                self._presence.start()
            for tenant in tenants:
                self._begin(tenant)
            if self._presence is not None:
                self._presence.tell_soon()
            for thread in (self._watch, self._heartbeat, self._deliveries, self._listener):
                if thread is not None:
                    thread.start()
            if self._jobs is not None and self._shards is not None:
                self._jobs.start(lambda: self._store.current, self._shards, self._hear_of_shards)
            self._systemd.ready()
            self._loop(signals)
        self._systemd.stopping()
        return self._end()

    def _present(self, settings: Settings) -> Presence | None:
        """Only where there may be other hosts: a store in a file is one host's."""
        if self._dry_run or settings.store.is_file:
            return None
        duty = tenant_lock(settings.store_url, DUTY)
        return Presence(settings, lambda: self._store.current, self._works, self._leave, duty, self._clock)

    def _works(self) -> Works:
        threads = dict(self._threads.now)
        works_on = [tenant for tenant, thread in threads.items() if thread.works]
        shards = [shard_named(*shard) for shard in self._shards.works_on] if self._shards is not None else []
        return Works(works_on, [tenant for tenant in threads if tenant not in works_on], shards)

    def _leave(self, tenant: str) -> None:
        """The tenant's thread looks for itself whether it is to leave it, once its cycle has ended."""
        if (thread := self._threads.now.get(tenant)) is not None:
            thread.ask(frozenset())

    def _new_jobs(self) -> tuple[ProcrastinateJobs | None, ShardHost | None]:
        """By which large tenants are read in shards, where the store is in PostgreSQL."""
        url, presence = self._settings.store_url, self._presence
        if presence is None or not is_postgresql(parsed_url(url)):
            return None, None
        from sync_daemon.service.jobs import ProcrastinateJobs  # noqa: PLC0415 - nobody else needs it

        jobs, store = ProcrastinateJobs(url, presence.id, presence.older), lambda: self._store.current
        host = ShardHost(
            self._settings,
            store,
            self._clock,
            presence.id,
            jobs.hear,
            only=self._only,
            leaves=presence.leaves,
            memory=self._memory,
        )
        return jobs, host

    def _hear_of_shards(self, tenant: str, mailboxes: frozenset[str]) -> None:
        """What another process's listeners heard, of a tenant that this one has."""
        thread = self._threads.now.get(tenant)
        if thread is not None:
            thread.hear(mailboxes)

    def _begin(self, tenant: Tenant) -> None:
        """One tenant's wrong secret stops nobody else's work; where there is nobody else, nothing is begun."""
        try:
            self._add(self._worker(tenant, self._settings))
        except UserError as error:
            if self._only or len(self._settings.tenants) == 1:
                raise
            self._refused[tenant.id] = str(error)
            keep_refused(self._store.current, tenant.id, error.text, self._clock())
        else:
            keep_accepted(self._store.current, tenant.id)

    def _loop(self, signals: Signals) -> None:
        before = self._clock().timestamp() - time.monotonic()
        while True:
            asked = signals.wait(LOOK_SECONDS)
            if Asked.END in asked:
                return
            if Asked.RELOAD in asked:
                self._systemd.reloading()
                self._reload()
                self._systemd.ready()
            for name, problem in self._refused.items():
                refused = Trouble("tenant_refused", fields={"problem": problem})
                self._troubles.update((name, "start"), [refused], self._clock(), tenant=name)
            self._threads.look_after(self._refused)
            if self._shards is not None:
                self._shards.look()
            self._beat()
            ahead = self._clock().timestamp() - time.monotonic()
            if abs(ahead - before) > JUMP_SECONDS:
                self._logger().warning("clock_jumped", seconds=round(ahead - before))
                for thread in self._threads.now.values():
                    thread.ask(frozenset())
            before = ahead

    def _hear(self, told: Told) -> None:
        """On the listener's thread: what was not heard meanwhile may be of any tenant."""
        for name, thread in tuple(self._threads.now.items()):
            if told.missed or told.acted_on == name:
                thread.hear_of_an_act()

    def _beat(self) -> None:
        """Tells the monitor how a round ended, where it has."""
        if self._presence is not None:
            self._beat_for_all_hosts(self._presence.whole_cycles())
            return
        cycles = self._threads.whole_cycles() | dict.fromkeys(self._refused, 0)
        longest = stale_after(self._settings.service).total_seconds()
        self._round, well = after(self._round, cycles, time.monotonic(), longest)
        if self._heartbeat is not None and well is not None:
            self._heartbeat.beat(self._settings.alerts, self._clock(), well=well)

    def _beat_for_all_hosts(self, cycles: Mapping[str, int]) -> None:
        """The same of what all hosts did together, by the one that is on duty: its first round begins with its duty."""
        now = time.monotonic()
        if cycles and not self._round.cycles:
            self._round = Round(now, cycles)
            return
        longest = stale_after(self._settings.service).total_seconds()
        self._round, well = after(self._round, cycles, now, longest)
        if self._heartbeat is not None and well is not None:
            self._heartbeat.beat(self._settings.alerts, self._clock(), well=well)

    def _after_cycle(self, worker: Worker, outcome: Outcome) -> None:
        if self._watch is not None:
            self._watch.after_cycle(worker.tenant, outcome)
        if self._deliveries is not None:
            self._deliveries.after_cycle(outcome)

    def _reload(self) -> None:
        """Everything new is made before anything old is let go, so that what is wrong changes nothing."""
        try:
            settings = self._loaded()
            workers = [self._worker(tenant, settings) for tenant in self._tenants(settings)]
            if (settings.log, settings.retention) != (self._settings.log, self._settings.retention):
                self._log_to(settings)
        except HanvisaError as error:
            self._refuse(str(error))
            return
        except Exception as error:  # noqa: BLE001 - a bug; the configuration that is in use is not to fall with it
            log.bug(error)
            self._refuse(f"a bug ({type(error).__name__}): please report it")
            return
        self._settings = settings
        for one in (*self._telling, *([] if self._shards is None else [self._shards])):
            one.use(settings)
        for refused in (None, *self._refused):
            keep_accepted(self._store.current, refused)
        for name in self._refused:
            self._troubles.update((name, "start"), [], self._clock(), tenant=name)
        self._refused.clear()
        for gone in self._threads.now.keys() - {worker.tenant.id for worker in workers}:
            self._threads.remove(gone)
        for worker in workers:
            thread = self._threads.now.get(worker.tenant.id)
            if thread is None:
                self._add(worker)
            else:
                thread.use(worker)
        self._logger().info("configuration_taken", tenants=[worker.tenant.id for worker in workers])

    def _refuse(self, problem: str) -> None:
        if self._presence is not None:
            self._presence.refuse(problem)
        keep_refused(self._store.current, None, problem, self._clock())
        self._logger().error("configuration_refused", problem=problem)

    def _log_to(self, settings: Settings) -> None:
        """Raises UserError where it is another file, and cannot be written."""
        file, days = settings.log.file, settings.retention.log_days
        if file is not None and file != self._settings.log.file and (finding := log.finding(file)) is not None:
            raise UserError(str(finding))
        log.configure(file, settings.log.level, days, terminal=False, megabytes=settings.log.max_mb)

    def _loaded(self) -> Settings:
        settings = self._load()
        if settings.store_url != self._settings.store_url:
            raise UserError(Text("store.url has changed: end the service and start it anew to use another store"))
        return settings

    def _end(self) -> bool:
        for thread in (self._watch, self._heartbeat, self._deliveries, self._presence, self._listener):
            if thread is not None:
                thread.stop()
        self._threads.stop()
        self._timetable.stop()
        if self._jobs is not None and self._shards is not None:
            self._jobs.stop()
            self._shards.let_go_of_all()
        unfinished = self._threads.unfinished(END_SECONDS)
        if self._presence is not None:
            self._presence.wait()
        if self._shards is not None and self._shards.is_busy:
            unfinished.append("shards")
        if self._jobs is not None:
            self._jobs.close()
        self._logger().info("service_stopped", pid=os.getpid(), unfinished=unfinished)
        return not unfinished

    def _add(self, worker: Worker) -> None:
        others = OtherHosts()
        if self._presence is not None and self._deliveries is not None:
            others = OtherHosts(self._presence.leaves, self._deliveries.settle)
        self._threads.add(
            TenantThread(worker, self._store, self._timetable, self._clock, self._after_cycle, others, self._memory)
        )

    def _worker(self, tenant: Tenant, settings: Settings) -> Worker:
        known = self._threads.now.get(tenant.id)
        troubles = known.troubles if known else None
        return Worker(
            tenant,
            settings,
            self._store.current,
            troubles=troubles,
            dry_run=self._dry_run,
            elapsed=time.monotonic,
            jobs=self._jobs,
        )

    def _tenants(self, settings: Settings) -> list[Tenant]:
        wanted = [tenant for tenant in settings.tenants if self._only in {None, tenant.id}]
        if not wanted:
            raise UserError(Text("there is no tenant {tenant!r} in the configuration", tenant=self._only))
        return wanted

    def _logger(self) -> structlog.stdlib.BoundLogger:
        logger: structlog.stdlib.BoundLogger = structlog.get_logger()
        return logger.bind(dry_run=True) if self._dry_run else logger
