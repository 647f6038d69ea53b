"""What befalls the shards of a large tenant, as the database itself notes it down, and how long each waited.

Triggers write each event with the server's clock, in the transaction in which it happens, so that what is undone is not
in it: a shard is asked (a request in `shards` without an answer), its job is started and ended (procrastinate's own
rows, which it deletes), its lock is taken (the mark that each taker writes), it is answered. Who loses hosts notes
that as well.

**A shard waits** while it has a request without an answer and nobody works on it. Somebody works on it while the
process that took its lock last has a job of it that has started, and is not lost. So a wait begins when the shard is
asked, or when its host is lost in the middle of its job, or its lock is, or the job ends without an answer; and it ends
when a host that is there has both lock and job, or answers. A request in the place of another that nobody answered
begins no new wait; the loss of whoever was about to end it does: of the tenant's holder, who alone gives the shard to
another, or of whom it was given to. How long all of it was is kept as well. How long reading takes is no part of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sync_daemon.service.jobs import ProcrastinateJobs
from tests import postgresql

LONGEST = timedelta(seconds=30)
"""For so long may one wait."""

_NOTES = """
CREATE SCHEMA noted;
CREATE TABLE noted.events (
    id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL DEFAULT clock_timestamp(), what text NOT NULL,
    name text NOT NULL, process int, job bigint, fence bigint
);
CREATE FUNCTION noted.process(told text) RETURNS int LANGUAGE sql AS $$
    SELECT (regexp_match(told, ' (\\d+) [0-9a-f]+$'))[1]::int
$$;
CREATE FUNCTION noted.shard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.answer IS NOT NULL THEN
        INSERT INTO noted.events (what, name, process, fence) VALUES ('answered', NEW.tenant || '/' || NEW.number,
            noted.process(NEW.host), nullif(current_setting('hanvisa.fence', true), '')::bigint);
    ELSE
        INSERT INTO noted.events (what, name) VALUES ('asked', NEW.tenant || '/' || NEW.number);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE ON public.shards FOR EACH ROW EXECUTE FUNCTION noted.shard();
CREATE FUNCTION noted.lock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO noted.events (what, name, process, fence) SELECT 'taken', fences.name,
        (NEW.value::json->>'pid')::int, fences.number FROM public.fences WHERE 'lock ' || fences.name = NEW.name;
    RETURN NULL;
END $$;
CREATE TRIGGER noted AFTER INSERT OR UPDATE ON public.marks FOR EACH ROW
    WHEN (NEW.name LIKE 'lock %' AND NEW.name NOT LIKE 'lock duty/%') EXECUTE FUNCTION noted.lock();
CREATE FUNCTION noted.job() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was hanvisa_jobs.procrastinate_jobs := coalesce(NEW, OLD);
BEGIN
    IF was.task_name = 'hanvisa.read_shard' THEN
        INSERT INTO noted.events (what, name, process, job)
            VALUES (CASE TG_OP WHEN 'INSERT' THEN 'deferred' WHEN 'UPDATE' THEN 'started' ELSE 'ended' END,
                (was.args->>'tenant') || '/' || (was.args->>'number'),
                noted.process(CASE TG_OP WHEN 'INSERT' THEN was.queue_name
                    ELSE current_setting('application_name') END), was.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER noted_begin AFTER INSERT OR DELETE ON hanvisa_jobs.procrastinate_jobs
    FOR EACH ROW EXECUTE FUNCTION noted.job();
CREATE TRIGGER noted_start AFTER UPDATE ON hanvisa_jobs.procrastinate_jobs
    FOR EACH ROW WHEN (OLD.status = 'todo' AND NEW.status = 'doing') EXECUTE FUNCTION noted.job();
"""
_NOTE = "INSERT INTO noted.events (what, name, process) VALUES (%s, %s, %s)"
_NOTED = "SELECT at, what, name, process, job, fence FROM noted.events ORDER BY at, id"


@dataclass(frozen=True, slots=True)
class Noted:
    """One event: of a shard or a tenant's lock by its name, or (`lost`, `back`) of a process."""

    at: datetime
    what: str
    name: str = ""
    process: int | None = None
    job: int | None = None
    fence: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """That nobody worked on a shard that was asked for."""

    shard: str
    first: datetime
    """When nobody began to work on it, whoever was lost since."""
    began: datetime
    ended: datetime

    @property
    def lasted(self) -> timedelta:
        """How long."""
        return self.ended - self.began

    @property
    def in_all(self) -> timedelta:
        """How long, whoever was lost meanwhile."""
        return self.ended - self.first


@dataclass(frozen=True, slots=True)
class Record:
    """The one of the store at that address."""

    url: str

    def begins(self) -> None:
        """From here on it is noted; the tables of jobs are made for that."""
        jobs = ProcrastinateJobs(self.url, "nobody")
        try:
            jobs.hosts()
        finally:
            jobs.close()
        postgresql.sql(self.url, _NOTES)

    def note(self, what: str, process: int | None, name: str = "") -> None:
        """That a process was lost or is back, or (`unlocked`) that a lock's connection was ended."""
        postgresql.sql(self.url, _NOTE, what, name, process)

    def noted(self) -> list[Noted]:
        """All of it, in the order of time."""
        return [Noted(*row) for row in postgresql.sql(self.url, _NOTED)]  # type: ignore[arg-type] # as the table has it


@dataclass(slots=True)
class _Shard:
    """How it is with one at a moment."""

    name: str
    is_asked: bool = False
    host: int | None = None
    holder: int | None = None
    """Who has its tenant."""
    given: dict[int, int] = field(default_factory=dict)
    jobs: dict[int, int] = field(default_factory=dict)
    """The process of each that has started and not ended."""
    first: datetime | None = None
    began: datetime | None = None

    def happens(self, event: Noted) -> None:
        job, process = event.job or 0, event.process
        if event.what == "asked":
            self.is_asked = True
        elif event.what == "answered":
            self.is_asked = False
        elif event.what in {"taken", "unlocked"}:
            self.host = process
        elif event.what == "deferred" and process is not None:
            self.given[job] = process
        elif event.what == "started" and process is not None:
            self.given[job] = self.jobs[job] = process
        elif event.what == "ended":
            self.given.pop(job, None)
            self.jobs.pop(job, None)

    def is_worked_on(self, lost: set[int]) -> bool:
        return self.host is not None and self.host not in lost and self.host in self.jobs.values()

    def waits_for(self) -> set[int | None]:
        return {self.holder, self.host, *self.given.values()}


def waits(noted: Iterable[Noted]) -> list[Wait]:
    """Each, in the order of their ends; one that has none ends with the last event."""
    shards: dict[str, _Shard] = {}
    holders: dict[str, int | None] = {}
    lost: set[int] = set()
    found: list[Wait] = []
    at: datetime | None = None
    for event in noted:
        at = event.at
        if event.what == "lost" and event.process is not None:
            lost.add(event.process)
        elif event.what == "back":
            lost.discard(event.process or 0)
        elif "/" in event.name:
            shards.setdefault(event.name, _Shard(event.name)).happens(event)
        elif event.name:
            holders[event.name] = event.process
        for shard in shards.values():
            shard.holder = holders.get(shard.name.partition("/")[0])
            found += _looked_at(shard, event, lost)
    return found + [wait for one in shards.values() for wait in _ended(one, at)]


def _looked_at(shard: _Shard, event: Noted, lost: set[int]) -> list[Wait]:
    """The wait that ended with the event, if any."""
    if not shard.is_asked or shard.is_worked_on(lost):
        ended = _ended(shard, event.at)
        shard.first = shard.began = None
        return ended
    if shard.first is None or shard.began is None:
        shard.first = shard.began = event.at
    elif event.what == "lost" and event.process in shard.waits_for():
        ended = _ended(shard, event.at)
        shard.began = event.at
        return ended
    return []


def _ended(shard: _Shard, at: datetime | None) -> list[Wait]:
    if shard.first is None or shard.began is None or at is None:
        return []
    return [Wait(shard.name, shard.first, shard.began, at)]


def _story(wait: Wait, noted: Iterable[Noted]) -> str:
    """What befell the shard meanwhile, and which processes were lost, by the seconds since the wait began."""
    told = [
        f"{(one.at - wait.began).total_seconds():.1f} {one.what} {one.process or ''}".strip()
        for one in noted
        if wait.began <= one.at <= wait.ended and (one.name == wait.shard or not one.name)
    ]
    return f"{wait.shard} waited {wait.lasted.total_seconds():.1f} s from {wait.began:%H:%M:%S} on: {', '.join(told)}"


def written_after(noted: Iterable[Noted]) -> list[Noted]:
    """Answers of who had lost the shard's lock to another: none, ever."""
    newest: dict[str, int] = defaultdict(int)
    late = []
    for event in noted:
        if event.what == "taken":
            newest[event.name] = max(newest[event.name], event.fence or 0)
        elif event.what == "answered" and (event.fence or 0) < newest[event.name]:
            late.append(event)
    return late


def woke_without(noted: Iterable[Noted]) -> int:
    """How many shards' locks had another host when their own was back again."""
    hosts: dict[str, int | None] = {}
    had: dict[int | None, set[str]] = {}
    count = 0
    for event in noted:
        if event.what == "taken" and "/" in event.name:
            hosts[event.name] = event.process
        elif event.what == "lost":
            had[event.process] = {shard for shard, host in hosts.items() if host == event.process}
        elif event.what == "back":
            count += sum(hosts[shard] != event.process for shard in had.pop(event.process, ()))
    return count


def judged(noted: Sequence[Noted]) -> tuple[str, list[str]]:
    """What it comes to, and what must not be, in words."""
    waited = waits(noted)
    wrong = [_story(one, noted) for one in waited if one.lasted > LONGEST]
    wrong += [f"answered under an old number: {one}" for one in written_after(noted)]
    answered, taken = (sum(one.what == what and "/" in one.name for one in noted) for what in ("answered", "taken"))
    longest = max((one.lasted for one in waited), default=timedelta()).total_seconds()
    in_all = max((one.in_all for one in waited), default=timedelta()).total_seconds()
    found = (
        f"shards answered {answered} times, were taken {taken} times, waited {longest:.1f} s at most, {in_all:.1f} s "
        f"where one host was lost after the other; {woke_without(noted)} were another's when their host woke"
    )
    return found, wrong
