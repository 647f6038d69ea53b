"""Exceptions without their words: the type and the places in the code, and nothing that a calendar may have put there.

structlog's own tracebacks print local variables where rich is installed
(https://www.structlog.org/en/stable/exceptions.html); no traceback is rendered here at all.
"""

from __future__ import annotations

import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

import structlog

from sync_daemon.log.outlets import OUTLETS, say

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from types import TracebackType

_FRAMES_KEPT = 30


def bug(error: BaseException, **context: object) -> None:
    """Log an exception that was not expected: its type, and where it happened, never its words."""
    structlog.get_logger().error("bug", **about(error), **context)


def install_hooks() -> None:
    """Have exceptions that nobody caught logged as `bug`, on any thread, and told to the person in one line.

    typer puts a hook of its own in place when its app is called, so this belongs inside the app's callback.
    """
    sys.excepthook = _on_exception
    threading.excepthook = _on_thread_exception
    sys.unraisablehook = _on_unraisable


def without_words(_logger: object, _method: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: `exc_info` becomes what may be told of the exception."""
    error = record.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        record.update(about(error))
    return record


def about(error: BaseException) -> dict[str, object]:
    """The fields that tell of an exception."""
    return {"exception": type_name(type(error)), "causes": _causes(error), "frames": _frames(error)}


def type_name(kind: type[BaseException]) -> str:
    """The exception's name, with its module unless it is Python's own."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _causes(error: BaseException) -> list[str]:
    """What led to the exception, the nearest first: each one's type and the place that raised it."""
    seen = [error]
    while cause := seen[-1].__cause__ or seen[-1].__context__:
        if any(cause is one for one in seen):
            break
        seen.append(cause)
    return [" at ".join([type_name(type(cause)), *_frames(cause)[-1:]]) for cause in seen[1:]]


def _frames(error: BaseException) -> list[str]:
    """`file:line function` from the outermost call inwards, without source lines and local variables."""
    walk = traceback.walk_tb(error.__traceback__)
    frames = [f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}" for frame, line in walk]
    return frames[-_FRAMES_KEPT:]


def _on_exception(kind: type[BaseException], error: BaseException, _traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        say("hanvisa: interrupted")
        return
    bug(error)
    _tell(kind)


def _on_thread_exception(arguments: threading.ExceptHookArgs) -> None:
    if issubclass(arguments.exc_type, SystemExit):
        return
    bug(arguments.exc_value or arguments.exc_type(), where=arguments.thread.name if arguments.thread else None)
    _tell(arguments.exc_type)


def _on_unraisable(arguments: sys.UnraisableHookArgs) -> None:
    bug(arguments.exc_value or arguments.exc_type(), where="while an object was taken down")
    _tell(arguments.exc_type)


def _tell(kind: type[BaseException]) -> None:
    place = f"the log has the place: {OUTLETS.file.path}" if OUTLETS.file else "there is no log file"
    say(f"hanvisa: an unexpected {type_name(kind)}; this is a bug in hanvisa, please report it; {place}")
