"""APScheduler, as far as it is needed: it rings for each tenant at its interval, or sooner where told.

Version 3 is not annotated, so this is the one module that knows it
(https://apscheduler.readthedocs.io/en/3.x/userguide.html).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger


class Timetable:
    """When it rings for each tenant. To ring is to put a request into a queue, so one thread rings for all."""

    def __init__(self) -> None:
        # Two that ring as one, after the machine has slept, are nothing to tell of: it is what `coalesce` is for.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler: Any = BackgroundScheduler(
            timezone=UTC,
            daemon=True,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """It rings from now on."""
        self._scheduler.start()

    def stop(self) -> None:
        """It rings no more."""
        self._scheduler.shutdown(wait=False)

    def every(self, name: str, interval: int, jitter: int, ring: Callable[[], None]) -> None:
        """Rings now and then each `interval` seconds, moved by `jitter` seconds at most."""
        trigger = IntervalTrigger(seconds=interval, jitter=min(jitter, interval // 2) or None, timezone=UTC)
        self._scheduler.add_job(ring, trigger, id=name, next_run_time=datetime.now(UTC), replace_existing=True)

    def sooner(self, name: str, moment: datetime) -> None:
        """Rings at the moment, where it would ring later; the interval goes on from there."""
        try:
            job = self._scheduler.get_job(name)
            if job is not None and job.next_run_time is not None and moment < job.next_run_time:
                job.modify(next_run_time=moment)
        except JobLookupError:
            return  # it was removed meanwhile

    def next(self, name: str) -> datetime | None:
        """When it rings next for this one; aware, None for never."""
        job = self._scheduler.get_job(name)
        moment: datetime | None = job and job.next_run_time
        return moment

    def remove(self, name: str) -> None:
        """Rings no more for this one."""
        try:
            self._scheduler.remove_job(name)
        except JobLookupError:
            return
