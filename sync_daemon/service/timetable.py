"""APScheduler, as far as it is needed: one job a tenant, at an interval, never two at once, sooner when asked.

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

_TENANTS = 200
"""Threads at most; one is made when it is needed."""


class Timetable:
    """When each tenant's job runs."""

    def __init__(self) -> None:
        # A job that is still running when it is due again is nothing to tell of: it is what `coalesce` is for.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler: Any = BackgroundScheduler(
            timezone=UTC,
            daemon=True,
            executors={"default": ThreadPoolExecutor(_TENANTS)},
            # One works at a time; what is asked for while it does must not be turned away before it has been noted.
            job_defaults={"coalesce": True, "max_instances": 3, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Jobs run from now on."""
        self._scheduler.start()

    def stop(self) -> None:
        """No job begins any more; those that run are not waited for."""
        self._scheduler.shutdown(wait=False)

    def every(self, name: str, interval: int, jitter: int, job: Callable[[], None]) -> None:
        """Runs the job now and then each `interval` seconds, moved by `jitter` seconds at most."""
        trigger = IntervalTrigger(seconds=interval, jitter=min(jitter, interval // 2) or None, timezone=UTC)
        self._scheduler.add_job(job, trigger, id=name, next_run_time=datetime.now(UTC), replace_existing=True)

    def sooner(self, name: str, moment: datetime) -> None:
        """Runs the job at the moment, where it would run later; the interval goes on from there."""
        try:
            job = self._scheduler.get_job(name)
            if job is not None and job.next_run_time is not None and moment < job.next_run_time:
                job.modify(next_run_time=moment)
        except JobLookupError:
            return  # it was removed meanwhile

    def remove(self, name: str) -> None:
        """Runs it no more."""
        try:
            self._scheduler.remove_job(name)
        except JobLookupError:
            return
