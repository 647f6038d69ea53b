"""An answer as it goes onto the wire, well or badly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """Status, headers and body; and what a fault does to the connection.

    `delay` is in seconds before the first byte. `cut` closes the connection after so many bytes of the body. `drip`
    is the pause in seconds after each byte of the body, `drip_head` that after each byte of status and headers, which
    then do not end. `reset` sends a TCP reset in place of anything.
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
