"""What an ID token's claims say of somebody → what they may see: a `Viewer`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sync_daemon import printable
from sync_daemon.board.openid.refused import NotSignedIn, without_access
from sync_daemon.board.viewer import Viewer
from sync_daemon.settings.openid import EVERY, OpenIdSettings
from sync_daemon.texts import Text

_MOST_SHOWN = 100
"""Characters of a person's name."""


def viewer_in(claims: Mapping[str, Any], settings: OpenIdSettings, tenants: Collection[str]) -> Viewer:
    """Who it is, and which of these tenants they are an operator or an admin of.

    Raises NotSignedIn where there is no name or no role, with what an admin is to do about it.
    """
    name = claims.get(settings.name_claim)
    shown = printable.cut(name, _MOST_SHOWN) if isinstance(name, str) else ""
    if not shown:
        raise _without_name(settings)
    groups = _groups(claims, settings)
    roles = [role for role in settings.roles if role.group in groups]
    administers = _named((tenant for role in roles for tenant in role.admin), tenants)
    operates = _named((tenant for role in roles for tenant in role.operator), tenants) | administers
    if not operates:
        problem = Text("{name} is signed in, but has no role here", name=shown)
        remedy = Text(
            "an admin puts you into a group that a role of [board.oidc] names, or adds a role for one of yours"
        )
        raise without_access("no_role", problem, remedy)
    return Viewer(shown, operates, administers)


def _named(ids: Iterable[str], tenants: Collection[str]) -> frozenset[str]:
    named = {*ids}
    return frozenset(tenants) if EVERY in named else frozenset(named & {*tenants})


def _groups(claims: Mapping[str, Any], settings: OpenIdSettings) -> frozenset[str]:
    """AD FS sends a single group as a text, others a list."""
    said = claims.get(settings.groups_claim)
    if said is None:
        raise _too_many() if _left_out(claims, settings.groups_claim) else _without_groups(settings)
    listed = [said] if isinstance(said, str) else said
    return frozenset(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else frozenset()


def _left_out(claims: Mapping[str, Any], claim: str) -> bool:
    """Whether there were too many for a token: then it names a place to ask instead.

    https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference#groups-overage-claim
    """
    elsewhere = claims.get("_claim_names")
    return (isinstance(elsewhere, dict) and claim in elsewhere) or bool(claims.get("hasgroups"))


def _too_many() -> NotSignedIn:
    problem = Text("you are in more groups than the sign-in service tells of")
    remedy = Text(
        "an admin has it send only the groups that are assigned to the application, or uses app roles (docs/admin.md,"
        " Entra ID)"
    )
    return without_access("groups_left_out", problem, remedy)


def _without_groups(settings: OpenIdSettings) -> NotSignedIn:
    problem = Text(
        "the sign-in service does not say which groups you are in (no claim {claim})", claim=settings.groups_claim
    )
    remedy = Text("an admin has it put them into the ID token, or mends groups_claim of [board.oidc]")
    return without_access("no_groups", problem, remedy)


def _without_name(settings: OpenIdSettings) -> NotSignedIn:
    problem = Text("the sign-in service does not say who you are (no claim {claim})", claim=settings.name_claim)
    remedy = Text("an admin has it put that into the ID token, or mends name_claim of [board.oidc]")
    return without_access("no_name", problem, remedy)
