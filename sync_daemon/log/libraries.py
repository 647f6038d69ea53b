"""What other libraries log and warn of: an event each, from WARNING up, without their words."""

from __future__ import annotations

import logging
from typing import TextIO

import structlog

from sync_daemon.log.exceptions import type_name

_MAY_SPEAK = ("alembic", "sqlalchemy.pool")
"""Loggers whose words are kept: they, and those below them, never see a calendar."""


class LibraryRecords(logging.Handler):
    """Makes an event of a library's log record. The handler's own level holds, whatever a logger was set to."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record as `library_warning`."""
        about: dict[str, object] = {"logger": record.name, "severity": record.levelname.lower()}
        if record.exc_info and record.exc_info[0]:
            about["exception"] = type_name(record.exc_info[0])
        if any(record.name == name or record.name.startswith(f"{name}.") for name in _MAY_SPEAK):
            about["text"] = _text(record)
        structlog.get_logger().warning("library_warning", **about)


def _text(record: logging.LogRecord) -> str | None:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 - a library's own mistake, in its arguments
        return None


def log_warning(  # noqa: PLR0913, PLR0917 - the signature of warnings.showwarning
    message: Warning | str,  # noqa: ARG001 - it may quote anything
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001 - the log is where it goes
    line: str | None = None,  # noqa: ARG001 - the source line
) -> None:
    """Log a warning of Python's as `python_warning`."""
    structlog.get_logger().debug("python_warning", category=category.__name__, place=f"{filename}:{lineno}")
