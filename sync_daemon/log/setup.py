"""Setting the log up: one configuration for structlog, for the standard library's logging and for warnings."""

from __future__ import annotations

import logging
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from sync_daemon.errors import UserError
from sync_daemon.log.catalogue import Catalogue, Stamp
from sync_daemon.log.daily_file import MOST_MEGABYTES, DailyFile
from sync_daemon.log.events import LEVELS
from sync_daemon.log.exceptions import without_words
from sync_daemon.log.libraries import LibraryRecords, log_warning
from sync_daemon.log.outlets import OUTLETS
from sync_daemon.texts import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _utc_now() -> datetime:
    return datetime.now(UTC)


def configure(  # noqa: PLR0913 - the last two are for tests
    file: Path | None,
    level: str,
    log_days: int,
    terminal: bool,  # noqa: FBT001 - one of four settings; callers name it
    *,
    megabytes: int = MOST_MEGABYTES,
    strict: bool = False,
    clock: Callable[[], datetime] = _utc_now,
) -> None:
    """Send events of `level` and above to the file (None: no file) and, with `terminal`, to stderr.

    Days end at midnight UTC; files older than `log_days` days are removed, and the oldest where all are larger than
    `megabytes` (10^6). A file that cannot be written is told on stderr, and stops nothing. With `strict` (tests) an
    event or field that `events` does not know raises ValueError or TypeError where it is logged; without, it is logged
    as far as it is safe. `clock` says the time, aware. May be called again, and then replaces what was set. Raises
    UserError where the level is none.
    """
    if level.lower() not in LEVELS:
        raise UserError(
            Text("log.level is {level!r}; it must be one of {levels}", level=level, levels=", ".join(LEVELS))
        )
    today = clock().astimezone(UTC).date()
    OUTLETS.use(DailyFile(file, log_days, today, megabytes) if file else None, terminal=terminal, today=today)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            without_words,
            Catalogue(strict=strict),
            Stamp(clock),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: OUTLETS,
        cache_logger_on_first_use=False,
    )
    # Whatever a library has set up for itself is taken down: its handlers print what they are given.
    logging.basicConfig(handlers=[LibraryRecords(logging.WARNING)], level=logging.WARNING, force=True)
    warnings.showwarning = log_warning
