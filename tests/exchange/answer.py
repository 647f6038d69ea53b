"""An answer as it goes onto the wire, well or badly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


class Parts(Protocol):
    """A body that comes part by part, chunked; `ended` is how: closed, cut or reset."""

    ended: str | None

    def parts(self) -> Iterator[bytes]:
        """Each part; an empty one where it is time to see whether anybody still listens."""

    def left(self) -> None:
        """The connection is gone, or the body is whole."""


@dataclass(frozen=True)
class Answer:
    """Status, headers and body; and what a fault does to the connection.

    `delay` is in seconds before the first byte. `cut` closes the connection after so many bytes of the body. `drip`
    is the pause in seconds after each byte of the body, `drip_head` that after each byte of status and headers, which
    then do not end. `reset` sends a TCP reset in place of anything. `stream` comes in place of the body.
    """

    body: bytes
    status: int = 200
    content_type: str | None = "text/xml; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0
    cut: int | None = None
    drip: float = 0
    drip_head: float = 0
    reset: bool = False
    stream: Parts | None = None
