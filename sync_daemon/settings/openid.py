"""Signing in at the board by OpenID Connect: the table `[board.oidc]`. Who vouches for people, and what groups may."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sync_daemon.settings.section import FilePath, Refused, Section
from sync_daemon.settings.sources import SecretFile, web_address
from sync_daemon.texts import Text

EVERY = "*"
"""In place of a tenant's id: all of the configuration's."""

_SHARED_AUTHORITIES = ("common", "organizations", "consumers")
"""Entra's that stand for any directory: https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc."""


def _issuer(address: str) -> str:
    """As the provider writes itself, to the letter; it vouches for people, so that it is asked by HTTPS only."""
    parts = urlsplit(web_address(address))
    if parts.scheme != "https":
        problem = Text("would let anybody on the way say who somebody is")
        raise Refused(problem, Text("write {example}", example="https://…"))
    if parts.query or parts.fragment:
        raise Refused(Text("is no issuer"), Text("write it as the provider's openid-configuration has it"))
    if any(part in _SHARED_AUTHORITIES for part in parts.path.split("/")):
        problem = Text("would let in people of any directory of Entra's")
        raise Refused(problem, Text("write your own: https://login.microsoftonline.com/DIRECTORY-ID/v2.0"))
    return address


def _several(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


_Name = Annotated[str, Field(min_length=1, max_length=300)]

_Tenants = Annotated[
    tuple[_Name, ...],
    BeforeValidator(_several),
    Field(max_length=1000, json_schema_extra={"type": "array"}),
]
"""Tenants by their ids: one, a list, or `"*"`."""


class OpenIdRole(Section):
    """What the members of a group may."""

    group: _Name
    operator: _Tenants = ()
    admin: _Tenants = ()

    @model_validator(mode="after")
    def _gives_something(self) -> Self:
        if not self.operator and not self.admin:
            problem = Text("the role lets nobody see anything")
            raise Refused(problem, Text('write the tenants of operator or admin, or "*" for all'))
        return self


class OpenIdSettings(Section):
    """An OpenID provider: Entra ID, AD FS, or another; it knows this board as a confidential client."""

    issuer: Annotated[str, AfterValidator(_issuer)]
    """What the provider calls itself; `/.well-known/openid-configuration` below it says the rest."""
    client_id: _Name
    secret: SecretFile
    roles: Annotated[tuple[OpenIdRole, ...], Field(min_length=1, max_length=1000)]
    groups_claim: _Name = "groups"
    """Entra's app roles come as `roles`; AD FS names the claim as its rule does."""
    name_claim: _Name = "preferred_username"
    """What is shown, and kept in the log and the store of who did something; AD FS has `upn`."""
    scopes: Annotated[tuple[_Name, ...], BeforeValidator(_several), Field(max_length=20)] = ("openid", "profile")
    """What is asked for; AD FS wants `allatclaims` as well."""
    resource: _Name | None = None
    """AD FS: the identifier of the web API whose claims it puts into the ID token."""
    response_mode: Literal["query", "form_post"] = "query"
    """How the answer comes back through the browser; AD FS documents `form_post` for claims of one's own."""
    ca_file: FilePath | None = None
    proxy: Annotated[str, AfterValidator(web_address)] | None = None

    @model_validator(mode="after")
    def _asks_who_it_is(self) -> Self:
        if "openid" not in self.scopes:
            problem = Text("without the scope openid the provider does not say who signs in")
            raise Refused(problem, Text('write scopes = ["openid", "profile"]'))
        return self
