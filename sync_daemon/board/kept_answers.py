"""Answers that several ask for, kept as long as nothing in them changes, with the tag by which a browser has them."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

_MOST = 300
"""Some for each operator, less than 100 KiB each; of more the oldest is forgotten, and made once more."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """Its bytes, and their tag (RFC 9110, 8.8.3)."""

    body: bytes
    tag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tag", f'"{hashlib.sha256(self.body).hexdigest()[:32]}"')


class KeptAnswers:
    """The latest, by what they depend on. Safe to share between threads."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, KeptAnswer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, what: Hashable) -> KeptAnswer | None:
        """The answer to that; None where it is not known."""
        with self._lock:
            return self._answers.get(what)

    def keep(self, what: Hashable, body: bytes) -> KeptAnswer:
        """Remembers it."""
        answer = KeptAnswer(body)
        with self._lock:
            self._answers[what] = answer
            while len(self._answers) > _MOST:
                self._answers.popitem(last=False)
        return answer
