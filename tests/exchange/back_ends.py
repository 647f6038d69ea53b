"""Which back end a request goes to: by the cookie of affinity, by its anchor mailbox, else by whom it acts as.

Sources: https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/how-to-maintain-affinity-between-group-of-subscriptions-and-mailbox-server
(X-AnchorMailbox and X-PreferServerAffinity ask for the cookie X-BackEndOverrideCookie, which then routes; an example
of its value), and the bytes of the subscription id on
https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/how-to-stream-notifications-about-mailbox-events-by-using-ews-in-exchange
(the server's name with its length before it, the length of a GUID, the GUID, a time).
"""

from __future__ import annotations

import base64
import binascii
import struct
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

COOKIE = "X-BackEndOverrideCookie"


@dataclass(frozen=True)
class Routed:
    """Where a request goes, and the cookie that it is answered with, if it asked for affinity."""

    back_end: str
    cookie: str | None = None


@dataclass
class BackEnds:
    """So many servers behind one address; `generation` is that of the cookies that are honoured."""

    number: int = 2
    generation: int = 1941996295

    def home(self, address: str) -> str:
        """The server that keeps a mailbox, always the same one."""
        return self._named(zlib.crc32(address.lower().encode()) % self.number)

    def route(self, headers: Mapping[str, str], acting: str) -> Routed:
        """Where a request with these headers (lower case) goes, which acts as somebody."""
        wants = headers.get("x-preferserveraffinity", "").lower() == "true"
        anchor = headers.get("x-anchormailbox")
        server, _, generation = _cookie(headers.get("cookie", "")).partition("~")
        if wants and generation == str(self.generation) and server in self._names():
            return Routed(server)
        chosen = self.home(anchor or acting)
        return Routed(chosen, f"{chosen}~{self.generation}" if wants and anchor else None)

    def forget(self) -> None:
        """Cookies given so far route nowhere any more, and each mailbox has another home."""
        self.generation += 1

    def _named(self, number: int) -> str:
        return f"ex{(number + self.generation) % self.number + 1:02}.kommun.example"

    def _names(self) -> set[str]:
        return {self._named(number) for number in range(self.number)}


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def new_id(back_end: str) -> str:
    """An id for a subscription that lies on a back end."""
    name, unique = back_end.encode(), uuid.uuid4().bytes_le
    raw = struct.pack("<H", len(name)) + name + struct.pack("<I", len(unique)) + unique + uuid.uuid4().bytes[:8]
    return base64.b64encode(raw).decode()


def back_end_of(subscription: str) -> str | None:
    """The back end that an id names; None where it is no id at all."""
    try:
        raw = base64.b64decode(subscription, validate=True)
        length = struct.unpack_from("<H", raw)[0]
        return raw[2 : 2 + length].decode() if len(raw) == length + 2 + 4 + 16 + 8 else None
    except (binascii.Error, ValueError, struct.error, UnicodeDecodeError):
        return None
