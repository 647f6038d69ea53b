"""How hanvisa is, as `status --json` prints it: an interface, which may get fields and loses none."""

from __future__ import annotations

from typing import Any

from sync_daemon.answers.as_json import time_json
from sync_daemon.answers.health import Health, HealthProblem, Place, TenantHealth
from sync_daemon.answers.health.places import Database
from sync_daemon.store import Host


def health_json(health: Health) -> dict[str, Any]:
    """All of it; times in UTC, `null` where something is not known or is not."""
    in_force = health.hosts.in_force
    return {
        "at": time_json(health.at),
        "installed": health.installed,
        "exit_code": health.exit_code,
        "problems": [_problem(problem) for problem in health.problems],
        "tenants": [_tenant(tenant) for tenant in health.tenants],
        "store": _place(health.store),
        "log": health.log and _place(health.log),
        "hosts": [_host(one, health) for one in health.hosts.all],
        "configuration": in_force
        and {
            "number": in_force.number,
            "digest": in_force.digest,
            "since": time_json(in_force.since),
            "host": in_force.host,
            "version": in_force.version,
        },
    }


def _host(host: Host, health: Health) -> dict[str, Any]:
    return {
        "host": host.host,
        "pid": host.pid,
        "version": host.version,
        "schema": host.schema,
        "configuration": host.configuration,
        "digest": host.digest,
        "older": health.hosts.is_older(host),
        "started": time_json(host.started),
        "seen": time_json(host.seen),
        "silent_seconds": int(host.silent.total_seconds()),
        "works_on": list(host.works_on),
        "shards": list(host.shards),
        "stands_by": list(host.stands_by),
        "refused": host.refused,
    }


def _problem(problem: HealthProblem) -> dict[str, Any]:
    return {
        "cause": problem.cause.value,
        "tenant": problem.tenant,
        "since": time_json(problem.since),
        "problem": str(problem.text),
        "command": problem.command,
    }


def _tenant(tenant: TenantHealth) -> dict[str, Any]:
    holder = tenant.holder
    return {
        "tenant": tenant.tenant,
        "last_whole_cycle": time_json(tenant.last_whole),
        "last_cycle": time_json(tenant.last_cycle),
        "worked_on_by": holder
        and {
            "command": holder.command,
            "pid": holder.pid,
            "host": holder.host,
            "since": time_json(holder.since),
            "version": tenant.version,
        },
        "worked_on_known": tenant.holder_known,
        "next_cycle": time_json(tenant.next_cycle),
        "mailboxes": tenant.mailboxes,
        "read": tenant.read,
        "unreadable": tenant.unreadable,
        "unreadable_since": time_json(tenant.unreadable_since),
        "near_misses": tenant.near_misses,
        "held": [
            {"set": one.set, "kind": one.kind, "count": one.count, "since": time_json(one.since)} for one in tenant.held
        ],
        "listening": [
            {
                "source": one.source,
                "listened_for": one.listened,
                "polled": [{"mailboxes": count, "why": str(why)} for why, count in one.lacks.items()],
            }
            for one in tenant.heard
        ],
        "listening_unknown": tenant.unheard,
        "doubted": tenant.doubted,
        "receivers": [
            {
                "receiver": one.receiver,
                "kind": one.kind,
                "configured": one.configured,
                "waiting": one.waiting,
                "since": time_json(one.since),
                "problem": one.problem and str(one.problem),
                "refused": one.refused,
                "last_delivered": time_json(one.last_delivered),
            }
            for one in tenant.receivers
        ],
        "read_from": dict(tenant.read_from),
    }


def _place(place: Place | Database) -> dict[str, Any]:
    if isinstance(place, Database):
        return {"path": place.name, "writable": None, "free_bytes": None}
    return {"path": str(place.path), "writable": place.writable, "free_bytes": place.free}
