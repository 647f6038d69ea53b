"""A token may be anything: what it says of permissions is told, and what it is no token of is not."""

from __future__ import annotations

import base64
import json

import pytest

from sync_daemon.sources.graph.permissions import roles_in


def token(claims: object) -> str:
    """A JSON Web Token with these claims."""
    return f"head.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.signature"


@pytest.mark.parametrize("roles", [[], ["Calendars.Read"], ["Calendars.ReadBasic.All", "User.Read.All"]])
def test_the_roles_of_a_token_are_told(roles: list[str]) -> None:
    """Also that there are none."""
    assert roles_in(token({"aud": "https://graph.microsoft.com", "roles": roles})) == frozenset(roles)
    assert roles_in(token({})) == frozenset()


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "a.å.c", "EwBgA8l6BAAU.", f"a.{'W1' * 50_000}.c", token([]), token({"roles": "all"})]
)
def test_of_what_is_no_token_nothing_is_known(text: str) -> None:
    """Microsoft's may have any form: https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens."""
    assert roles_in(text) is None


def test_what_is_no_role_is_none() -> None:
    """Whatever else stands in the list."""
    assert roles_in(token({"roles": [7, None, ["x"], "y" * 1_000, "Calendars.Read"]})) == frozenset({"Calendars.Read"})
