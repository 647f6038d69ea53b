"""The hosts that share a store in PostgreSQL: what each works on, which is silent, older, or sees another directory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from sync_daemon.answers.health.durations import in_words
from sync_daemon.answers.health.problems import Cause, HealthProblem
from sync_daemon.settings import Settings
from sync_daemon.settings.digest import digest_of
from sync_daemon.store import Configuration, Host, Store
from sync_daemon.texts import Text, listed


@dataclass(frozen=True, slots=True)
class Hosts:
    """Every process that has told of itself within a day, and the configuration that is in force; of a file nothing."""

    all: tuple[Host, ...] = ()
    in_force: Configuration | None = None

    def only(self, wanted: Collection[str]) -> Hosts:
        """The same, of some tenants by their ids."""
        return replace(self, all=tuple(_only(one, wanted) for one in self.all))

    def is_older(self, host: Host) -> bool:
        """Whether another configuration than the host's has been put into force since."""
        return self.in_force is not None and host.configuration < self.in_force.number


NO_HOSTS = Hosts()


def _only(host: Host, wanted: Collection[str]) -> Host:
    return replace(
        host,
        works_on=tuple(one for one in host.works_on if one in wanted),
        stands_by=tuple(one for one in host.stands_by if one in wanted),
        shards=tuple(one for one in host.shards if one.partition("/")[0] in wanted),
        directories={tenant: digest for tenant, digest in host.directories.items() if tenant in wanted},
    )


def hosts_of(settings: Settings, store: Store) -> Hosts:
    """As the store has them. Raises StoreUnavailable."""
    if settings.store.is_file:
        return Hosts()
    return Hosts(tuple(store.hosts()), store.configuration_in_force())


def told(hosts: Hosts) -> Iterator[Text]:
    """A sentence of each."""
    for host in hosts.all:
        number = Text("configuration {number}", number=host.configuration)
        if hosts.is_older(host):
            number = Text("configuration {number}, which is older", number=host.configuration)
        seen = Text("seen just now")
        if host.is_silent:
            seen = Text("silent for {duration}", duration=in_words(host.silent))
        yield Text(
            "Host {host}, process {pid}: {does}; version {version}, {configuration} ({digest}); {seen}",
            host=host.host,
            pid=host.pid,
            does=_does(host),
            version=host.version,
            configuration=number,
            digest=host.digest,
            seen=seen,
        )


def _does(host: Host) -> Text:
    """Of one that is silent only what it did is known: another may have that by now."""
    if works_on := (*host.works_on, *host.shards):
        if host.is_silent:
            return Text("worked on {names}", names=listed(works_on))
        return Text("works on {names}", names=listed(works_on))
    if host.stands_by and not host.is_silent:
        return Text("stands by for {names}", names=listed(host.stands_by))
    return Text("works on nothing")


def problems_of(hosts: Hosts) -> Iterator[HealthProblem]:
    """What is wrong with any of them, or between them."""
    for host in hosts.all:
        which = f"{host.host} {host.pid}"
        if host.is_silent and host.seen is not None:
            text = Text(
                "the host {host}, process {pid}, has been silent for {duration}: see to that machine; the others take "
                "over what it worked on",
                host=host.host,
                pid=host.pid,
                duration=in_words(host.silent),
            )
            yield HealthProblem(Cause.HOST_SILENT, None, host.seen, text, "sudo systemctl status hanvisa", which)
        elif hosts.is_older(host) and hosts.in_force is not None:
            yield _older(host, hosts.in_force, which)
        if host.refused is not None and not host.is_silent:
            text = Text("the host {host} goes on with the configuration before the one that it refused", host=host.host)
            yield HealthProblem(Cause.CONFIGURATION_REFUSED, None, None, text, "hanvisa check", which)
    yield from _different_directories([one for one in hosts.all if not one.is_silent])


def _older(host: Host, newest: Configuration, which: str) -> HealthProblem:
    text = Text(
        "the host {host} has configuration {number}, and {newest} is in force, from {from_host}: it takes nothing new "
        "while a host with a newer one is there; copy the configuration to it and reload it",
        host=host.host,
        number=host.configuration,
        newest=newest.number,
        from_host=newest.host,
    )
    since = max(newest.since, host.started)
    return HealthProblem(Cause.CONFIGURATION_OLDER, None, since, text, "sudo systemctl reload hanvisa", which)


def _different_directories(hosts: Sequence[Host]) -> Iterator[HealthProblem]:
    """Whoever took the tenant over would close and open other phones."""
    seen: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for host in hosts:
        for tenant, digest in host.directories.items():
            if digest:
                seen[tenant][digest].append(host.host)
    for tenant, by_digest in sorted(seen.items()):
        if len(by_digest) > 1:
            names = listed(sorted({hosts_of_one[0] for hosts_of_one in by_digest.values()}))
            text = Text("the directory is not the same on {hosts}: copy the right one to each", hosts=names)
            yield HealthProblem(Cause.DIRECTORIES_DIFFER, tenant, None, text, "hanvisa check")


def own_configuration(settings: Settings, store: Store) -> HealthProblem | None:
    """That what this host's files say was in force before another was; None also of one that never was yet."""
    if settings.store.is_file:
        return None
    newest = store.configuration_in_force()
    own = store.configuration_of(digest_of(settings, store.secret()))
    if newest is None or own is None or own.number == newest.number:
        return None
    text = Text(
        "the configuration here is number {number}, and {newest} is in force, from {host}: copy that one here and "
        "reload it; only to go back to this one on purpose, `hanvisa store put-into-force`",
        number=own.number,
        newest=newest.number,
        host=newest.host,
    )
    return HealthProblem(Cause.CONFIGURATION_OLDER, None, newest.since, text, "sudo systemctl reload hanvisa", "here")
