"""How far `run` has got with a tenant, and what it refused: what another process can say of it, even once it is dead.

Each is a time at which something was done, none a promise: who reads it compares it with the clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sync_daemon.store import marks, schema
from sync_daemon.store.stored_text import text_of, text_parts
from sync_daemon.times import as_text, from_text

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Heard:
    """How well a source (by its name; None: the only one) was listened for, as of a moment ago.

    So many mailboxes were listened for; `lacks` is how many were polled instead, by the reason.
    """

    source: str | None
    listened: int
    lacks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """The process of `run` that ended a cycle of the tenant `at`, last; `next` is when it meant to begin another.

    Times in UTC; `version` is the program's that the process runs; `certificates` are those that the tenant's servers
    showed it, with their ends, by the web address. `heard` are the sources that listen for their mailboxes; of
    `unheard` mailboxes, in shards that did not say it, this is not known.
    """

    pid: int
    host: str
    version: str
    at: datetime
    next: datetime | None
    certificates: Mapping[str, datetime] = field(default_factory=dict)
    heard: tuple[Heard, ...] = ()
    unheard: int = 0


@dataclass(frozen=True, slots=True)
class RefusedSettings:
    """That the process `pid` of `run` could not use what the configuration says, and why; since then, in UTC."""

    pid: int
    host: str
    at: datetime
    problem: str


def keep(connection: Connection, tenant: str, progress: Progress) -> None:
    """Remembers how far `run` has got with the tenant."""
    told = {"pid": progress.pid, "host": progress.host, "version": progress.version, "at": as_text(progress.at)}
    following = {"next": as_text(progress.next)} if progress.next else {}
    certificates = {"certificates": {address: as_text(end) for address, end in progress.certificates.items()}}
    heard = {"heard": [_heard_to_json(one) for one in progress.heard]} if progress.heard else {}
    unheard = {"unheard": progress.unheard} if progress.unheard else {}
    said = told | following | certificates | heard | unheard
    marks.put(connection, schema.marks, marks.progress_key(tenant), json.dumps(said))


def latest(connection: Connection, tenant: str) -> Progress | None:
    """How far `run` has got; None where it never has, or another hand has been at it."""
    told = marks.value(connection, schema.marks, marks.progress_key(tenant))
    try:
        said = json.loads(told or "null")
        following = from_text(said["next"]) if "next" in said else None
        certificates = {str(address): from_text(end) for address, end in said.get("certificates", {}).items()}
        at, heard = from_text(said["at"]), tuple(_heard_from_json(one) for one in said.get("heard", ()))
        host, version, unheard = str(said["host"]), str(said["version"]), int(said.get("unheard", 0))
        return Progress(int(said["pid"]), host, version, at, following, certificates, heard, unheard)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _heard_to_json(heard: Heard) -> dict[str, Any]:
    lacks = [[*text_parts(why), count] for why, count in heard.lacks.items()]
    return {"source": heard.source, "listened": heard.listened, "lacks": lacks}


def _heard_from_json(told: dict[str, Any]) -> Heard:
    lacks = {text_of(template, values): int(count) for template, values, count in told["lacks"]}
    return Heard(told["source"], int(told["listened"]), lacks)


def refuse(connection: Connection, tenant: str | None, refused: RefusedSettings) -> None:
    """Remembers that `run` does not work on the tenant, or (None) goes on with the configuration that it had."""
    told = {"pid": refused.pid, "host": refused.host, "at": as_text(refused.at), "problem": refused.problem}
    marks.put(connection, schema.marks, marks.refused_key(tenant), json.dumps(told))


def accept(connection: Connection, tenant: str | None) -> None:
    """That is over."""
    marks.remove(connection, marks.refused_key(tenant))


def refused(connection: Connection, tenant: str | None) -> RefusedSettings | None:
    """What `run` refused and has not accepted since."""
    told = marks.value(connection, schema.marks, marks.refused_key(tenant))
    try:
        said = json.loads(told or "null")
        return RefusedSettings(int(said["pid"]), str(said["host"]), from_text(said["at"]), str(said["problem"]))
    except (KeyError, TypeError, ValueError):
        return None
