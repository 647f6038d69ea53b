"""An answer that takes long is made for one who asks at a time, and for all who ask the same meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Answer = TypeVar("_Answer")


class SharedAnswer(Generic[_Answer]):
    """The last answer to a question: another system that asks very often takes no more than a part of one processor.

    Safe to share between threads. The question names all that the answer depends on, the store's version and the
    second of the clock included.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[Hashable, _Answer] | None = None

    def to(self, question: Hashable, answer: Callable[[], _Answer]) -> _Answer:
        """The answer; made now where this is another question than the last one."""
        with self._lock:
            if self._last is None or self._last[0] != question:
                self._last = question, answer()
            return self._last[1]
