"""`python -m tests.bench.operators URL NUMBER`: operators who type names at the board until standard input ends.

Prints as JSON how many answers were none. A process of its own: what it does must not slow what is measured beside it.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import threading
from urllib.parse import quote, urlsplit

_LETTERS = (3, 8)
"""So many are typed of a name, from and to."""

_BETWEEN_LETTERS = 0.25
_LOOKS_FOR = 4.0
"""Seconds that an operator talks to the caller before the next name; the page fetches its list again meanwhile."""

_POLLS_EVERY = 2.5
_TIMEOUT = 30.0


class Operator:
    """One browser with one connection, which it keeps."""

    def __init__(self, host: str, seed: int, done: threading.Event) -> None:
        self._connection = http.client.HTTPConnection(host, timeout=_TIMEOUT)
        self._drawn = random.Random(seed)
        self._done = done
        self.failed = 0

    def work(self) -> None:
        """Types names until it is done; the first of them at a moment of its own."""
        self._done.wait(self._drawn.random() * _LOOKS_FOR)
        while not self._done.is_set():
            name = f"person {self._drawn.randrange(10_000)}"[: self._drawn.randint(*_LETTERS) + len("person")]
            tag = ""
            for length in range(1, len(name) + 1):
                tag = self._search(name[:length])
                if self._done.wait(_BETWEEN_LETTERS):
                    return
            for _ in range(int(_LOOKS_FOR / _POLLS_EVERY)):
                self._done.wait(_POLLS_EVERY)
                tag = self._search(name, tag)

    def _search(self, typed: str, tag: str = "") -> str:
        self._connection.request("GET", f"/list?q={quote(typed)}", headers={"If-None-Match": tag} if tag else {})
        answer = self._connection.getresponse()
        answer.read()
        self.failed += answer.status not in {200, 304}
        return answer.headers.get("ETag") or ""


def main(url: str, number: str) -> None:
    """Says `ready` on a line of its own, then works until standard input ends."""
    done = threading.Event()
    operators = [Operator(urlsplit(url).netloc, seed, done) for seed in range(int(number))]
    threads = [threading.Thread(target=operator.work) for operator in operators]
    for thread in threads:
        thread.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    done.set()
    for thread in threads:
        thread.join()
    json.dump({"failed": sum(operator.failed for operator in operators)}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
