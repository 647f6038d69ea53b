"""What the application may do by the admin's consent in Entra, as its own token says, and what is more than it needs.

The token's claim `roles` names the application permissions that were consented to, which hold for every mailbox of the
organisation; what RBAC for Applications gives stands in no token:
https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference,
https://learn.microsoft.com/en-us/exchange/permissions-exo/application-rbac
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator

from sync_daemon.findings import Finding, Severity
from sync_daemon.settings.sources import GraphSource
from sync_daemon.texts import Text, listed

_WHOLE = frozenset({"Calendars.Read", "Calendars.ReadWrite"})
"""Those that open an entry's body too."""

_NEEDED = frozenset({"Calendars.ReadBasic.All", "Calendars.ReadBasic"})
_ROLE = re.compile(r"[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z0-9-]+)+")
"""As Microsoft writes them: https://learn.microsoft.com/en-us/graph/permissions-reference"""

_LONGEST_ROLE = 100
_MOST_TOLD = 10


def roles_in(token: str) -> frozenset[str] | None:
    """The permissions that a token says it gives; None where it cannot be read: it is Graph's, and may be anything."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - RFC 7519: a head, the claims, a signature
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    roles = claims.get("roles", []) if isinstance(claims, dict) else None
    if not isinstance(roles, list):
        return None
    return frozenset(role for role in roles if isinstance(role, str) and len(role) <= _LONGEST_ROLE)


def findings(roles: frozenset[str] | None, settings: GraphSource, tenant: str) -> Iterator[Finding]:
    """What `check` says of them; nothing where they are not known."""
    if roles is None:
        return
    thing = Text("tenant {tenant}: {thing}", tenant=tenant, thing=settings.endpoint)
    whole = sorted(roles & _WHOLE)
    if whole:
        problem = Text(
            "by a consent in Entra the application may read whole entries in every mailbox of the organisation "
            "({roles}), whatever scope RBAC for Applications gives it",
            roles=listed(whole),
        )
        remedy = Text(
            "take that consent back: a scope of mailboxes in Exchange, or Calendars.ReadBasic.All in Entra where "
            "subjects arrive with it, is enough (docs/exchange-online.md has both, and how to prove them)"
        )
        yield Finding(Severity.NOTE, thing, problem, remedy)
    more = sorted(role for role in roles - _WHOLE - _NEEDED if _ROLE.fullmatch(role))
    if more:
        problem = Text(
            "by consents in Entra the application has rights that are not needed ({roles})",
            roles=listed(more[:_MOST_TOLD]),
        )
        remedy = Text(
            "take them back in Entra (Enterprise apps, the application, Permissions); where another program needs "
            "them, let each have an application of its own"
        )
        yield Finding(Severity.NOTE, thing, problem, remedy)
