"""By which tag a browser says what it has, so that nothing is made that it would throw away."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

_MOST = 500
"""Some for each operator; of more the oldest is forgotten, and made once more."""


class Tags:
    """The tag of each answer that was given of late, by what it depends on. Safe to share between threads."""

    def __init__(self) -> None:
        self._tags: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, what: Hashable) -> str | None:
        """The tag of the answer to that; None where it is not known."""
        with self._lock:
            return self._tags.get(what)

    def keep(self, what: Hashable, tag: str) -> str:
        """Remembers it; the tag."""
        with self._lock:
            self._tags[what] = tag
            while len(self._tags) > _MOST:
                self._tags.popitem(last=False)
        return tag
