"""What an act came to, said on the page that follows it, once; and known again where the same form is sent twice.

A browser that sends a form a second time (a double click, a reload) gets the same answer, and nothing is done twice.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

_MOST = 1000
"""Acts that are remembered; a form is sent again within seconds."""


@dataclass(frozen=True, slots=True)
class FormSent:
    """A form as it was sent: by whom, to which address, and the value that tells it from others of its page."""

    by: str
    address: str
    form: str


@dataclass
class SaidOnce:
    """Of one board, in `request.app.state.said`. Threads share it.

    `acting` is held from the look at a person's state until what is done about it is written: of two operators on this
    board who act at the same moment the second sees what the first has done.
    """

    acting: threading.Lock = field(default_factory=threading.Lock)
    _done: OrderedDict[FormSent, str] = field(default_factory=OrderedDict)
    _unsaid: set[FormSent] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, sent: FormSent, text: str) -> None:
        """That the form was acted on, and what it came to."""
        with self._lock:
            self._done[sent] = text
            self._unsaid.add(sent)
            while len(self._done) > _MOST:
                oldest, _ = self._done.popitem(last=False)
                self._unsaid.discard(oldest)

    def was_done(self, sent: FormSent) -> bool:
        """Whether the form was acted on before; what that came to is then said again."""
        with self._lock:
            if sent in self._done:
                self._unsaid.add(sent)
            return sent in self._done

    def take(self, sent: FormSent) -> str | None:
        """What the form came to, where that is yet to be said."""
        with self._lock:
            if sent not in self._unsaid:
                return None
            self._unsaid.discard(sent)
            return self._done[sent]
