"""By which names the board may be asked for: else another site could pass for it by giving its own name our address.

(DNS rebinding: https://owasp.org/www-community/attacks/DNS_Rebinding.) Such a name is never a bare address, which a
browser does not look up, so that addresses are let in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit


def host_in(header: str) -> str:
    """The host of a `Host` header, without the port; empty where it is none."""
    try:
        parts = urlsplit(f"//{header}")
        whole = parts.netloc == header and parts.port != 0 and not parts.username
    except ValueError:
        return ""
    return (parts.hostname or "").rstrip(".") if whole else ""


def is_served(host: str, names: Collection[str]) -> bool:
    """Whether that is this board, of which these are the names; `*.example.se` names each host of that domain."""
    if not host:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        _, _, domain = host.partition(".")
        return host == "localhost" or host in names or f"*.{domain}" in names
    return True
