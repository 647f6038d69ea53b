"""The users and the systems that the file holds."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

EVERY_TENANT = "*"
"""Instead of a tenant's id: all of the configuration, also those that are yet to come."""

_Tenants = Annotated[tuple[str, ...], Field(max_length=1000)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class User(_Row):
    """A person who signs in with a password; of what tenants they are an operator and an admin."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(max_length=1000, repr=False)]
    """As argon2 writes it: parameters, salt and hash."""
    operates: _Tenants = ()
    administers: _Tenants = ()

    @property
    def fingerprint(self) -> str:
        """Another one as soon as anything of the account is: a session that began before is then over."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class System(_Row):
    """Another system that asks over HTTP; `origin` is whose referrals it sets."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    token: Annotated[str, Field(min_length=64, max_length=64, repr=False)]
    """SHA-256 of its token, which is too long to be guessed and needs no slower hash."""
    origin: Annotated[str, Field(min_length=1, max_length=100)]
    operates: _Tenants = ()


class Accounts(_Row):
    """Everything that the file holds."""

    users: tuple[User, ...] = ()
    systems: tuple[System, ...] = ()

    def user(self, name: str) -> User | None:
        """The one of that name."""
        return next((one for one in self.users if one.name == name), None)

    def system(self, name: str) -> System | None:
        """The one of that name."""
        return next((one for one in self.systems if one.name == name), None)

    def with_user(self, user: User) -> Accounts:
        """With that user, in the place of one of the same name."""
        others = (one for one in self.users if one.name != user.name)
        return self.model_copy(update={"users": (*others, user)})

    def with_system(self, system: System) -> Accounts:
        """With that system, in the place of one of the same name."""
        others = (one for one in self.systems if one.name != system.name)
        return self.model_copy(update={"systems": (*others, system)})

    def without(self, *, user: str | None = None, system: str | None = None) -> Accounts:
        """Without the user or the system of that name."""
        users = tuple(one for one in self.users if one.name != user)
        systems = tuple(one for one in self.systems if one.name != system)
        return self.model_copy(update={"users": users, "systems": systems})


def tenants_meant(named: Collection[str], configured: Iterable[str]) -> frozenset[str]:
    """The ids of the configuration that are named; of `*` all of them."""
    return frozenset(one for one in configured if EVERY_TENANT in named or one in named)
