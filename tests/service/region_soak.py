"""Several hosts with one PostgreSQL, of which one after the other is lost, and a region's people who book all the time.

Afterwards the store must be what one is that is built afresh from the same calendars; what people did by hand and were
told as done is there; nothing was written under an old number; and no tenant had nobody for long.
"""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sync_daemon.store import Store
from sync_daemon.store.fence import WRITTEN_LATE
from tests import postgresql
from tests.exchange.process import Exchange
from tests.service import shard_record
from tests.service.region import SECRET_WORD, Region
from tests.service.region_hosts import Host, Hosts, way_to
from tests.service.region_operators import Operators
from tests.service.shard_record import Record

HOSTS = 3
TENANTS = ("lulea", "arjeplog", "lycksele", "mala", "sorsele", "storuman")
"""The first is as large as all the others, and read in shards."""
TAKEN_OVER = timedelta(seconds=30)
SETTLED, SETTLED_EACH = 300.0, 0.1
"""Seconds until the store must be as the calendars are, once everything is quiet; and for each person."""
QUIET_CYCLES = 3
BOOK_EACH = 1_000
"""Seconds in which somebody books or cancels once: twice as often as in the busiest hour (`docs/scale.md`)."""

_UNFENCED = "SELECT count(*) FROM changes WHERE fence IS NULL AND by = 'calendar'"
_CHANGES = "SELECT count(*) FROM changes"
_TAKINGS = "SELECT count(*) FROM fence_takings"
_IN_SHARDS = "SELECT count(*) FROM changes JOIN fence_takings ON number = fence WHERE name LIKE %s"
_CYCLES = "SELECT count(*) FROM cycles WHERE tenant = %s"
_RAN = "SELECT at, summary FROM cycles WHERE tenant = %s ORDER BY at"
_WHOLE_CYCLES = "SELECT count(*) FROM marks WHERE name LIKE 'whole-cycle %'"
_CONFIGURATIONS = "SELECT count(*) FROM configurations"


@dataclass
class Trial:
    """All of it."""

    region: Region
    hosts: Hosts
    operators: Operators
    folder: Path
    wrong: list[str] = field(default_factory=list)

    @property
    def _patience(self) -> float:
        return SETTLED + SETTLED_EACH * self.region.people

    def begins(self) -> None:
        """Returns once everybody's calendar has been read."""
        end = time.monotonic() + self._patience
        while postgresql.sql(self.hosts.url, _WHOLE_CYCLES) != [(len(TENANTS),)]:
            assert time.monotonic() < end, "not every tenant has had a whole cycle"
            time.sleep(0.5)
        # As autovacuum does, which a server of the tests has not: without it queries of thousands of people's last
        # changes once took ten seconds here; why was not found out.
        postgresql.sql(self.hosts.url, "ANALYZE")

    def befell(self) -> str:
        """What happened, in words."""
        kinds = Counter(one.kind for one in self.hosts.losses)
        losses = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        return (
            f"hosts lost: {losses}; {self.hosts.connections_ended} connections ended; "
            f"{self.region.booked} bookings, {self.region.cancelled} cancelled"
        )

    def lives(self, seconds: float, bookings: float) -> None:
        """For so long, with so many bookings and cancellations a second; then everything is quiet."""
        over = threading.Event()
        threads = [
            threading.Thread(target=self._again_and_again, args=(over, 1 / bookings, self.region.books_or_cancels)),
            threading.Thread(target=self._again_and_again, args=(over, 0.7, self.operators.act)),
        ]
        for one in threads:
            one.start()
        try:
            self.hosts.befall(seconds, lambda: not self.wrong)
        finally:
            over.set()
            for one in threads:
                one.join()

    def _again_and_again(self, over: threading.Event, seconds: float, does: Callable[[], None]) -> None:
        while not over.wait(seconds):
            try:
                does()
            except Exception as problem:  # noqa: BLE001 - told at the end, with all that came before
                self.wrong.append(f"{does.__name__}: {type(problem).__name__}: {problem}")
                return

    def settles(self) -> str:
        """Waits until the store is as one that is built afresh, and stays so; how it is, in words."""
        afresh = self.region.moves_into(self.folder / "afresh", f"sqlite:///{self.folder / 'afresh.db'}")
        built = afresh.hanvisa("once")
        assert built.code == 0, built
        expected = afresh.rows(self.region.untouched)
        began, end = time.monotonic(), time.monotonic() + self._patience
        while (found := self._rows()) != expected and time.monotonic() < end:
            time.sleep(3)
        took = time.monotonic() - began
        before = postgresql.sql(self.hosts.url, _CHANGES)
        cycles = {one: self._cycles(one) for one in TENANTS}
        while any(self._cycles(one) < cycles[one] + QUIET_CYCLES for one in TENANTS) and time.monotonic() < end:
            time.sleep(0.5)
        if missing := sorted(set(expected) - set(found)):
            self.wrong.append(f"{len(missing)} rows are not there that ought to be, such as {missing[0]}")
        if too_many := sorted(set(found) - set(expected)):
            self.wrong.append(f"{len(too_many)} rows are there that ought not to be, such as {too_many[0]}")
        if postgresql.sql(self.hosts.url, _CHANGES) != before:
            self.wrong.append("changes were written while nobody changed anything")
        still = [one for one in TENANTS if self._cycles(one) < cycles[one] + QUIET_CYCLES]
        if still:
            self.wrong.append(f"no cycles of {', '.join(still)} any more")
        return f"{len(expected)} rows as in a store built afresh, {took:.0f} s after the last loss"

    def _rows(self) -> list[str]:
        return self.operators.place.rows(self.region.untouched)

    def _cycles(self, tenant: str) -> int:
        return int(str(postgresql.sql(self.hosts.url, _CYCLES, tenant)[0][0]))

    def judge(self) -> list[str]:
        """What must hold, but for the rows; what was found, in words."""
        url = self.hosts.url
        late, unfenced = postgresql.sql(url, WRITTEN_LATE), postgresql.sql(url, _UNFENCED)
        self.wrong += [f"written under an old number: {row}" for row in late[:5]]
        if unfenced != [(0,)]:
            self.wrong.append(f"changes of the calendar without a number: {unfenced}")
        if postgresql.sql(url, _CONFIGURATIONS) != [(1,)]:
            self.wrong.append("hosts with the same configuration have taken it for several")
        self.wrong += self.operators.lost(url) + self.operators.problems
        if not self.hosts.all_work():
            self.wrong.append("a process has ended by itself")
        done = [one for one in self.operators.acts if one.done]
        changes, takings = (postgresql.sql(url, asked)[0][0] for asked in (_CHANGES, _TAKINGS))
        return [
            f"{len(done)} of {len(self.operators.acts)} acts were told as done, and are there",
            f"{changes} changes under {takings} numbers, {len(late)} of them too late",
            self._taken_over(),
            self._shards(),
            self._longest_wait(),
            self._lock_lost(),
            self._said(),
        ]

    def _taken_over(self) -> str:
        """How long each lost host's tenants had nobody: until another has taken them, or it is back itself."""
        taken = self.hosts.logged("tenant_taken")
        longest = timedelta()
        count = 0
        for loss in self.hosts.losses:
            for tenant in sorted(loss.tenants):
                others = [(at, whose) for at, whose, told in taken if told["tenant"] == tenant and whose != loss.host]
                after = [at for at, _ in others if at >= loss.at.replace(microsecond=0)]
                assert loss.back is not None
                took = min(after[0] if after else loss.back, loss.back) - loss.at
                count += bool(after and after[0] < loss.back)
                longest = max(longest, took)
                if took > TAKEN_OVER:
                    self.wrong.append(f"{tenant} was taken over {took.total_seconds():.1f} s after {loss}")
        return f"{count} tenants of lost hosts were taken over, after {longest.total_seconds():.1f} s at most"

    def _shards(self) -> str:
        """How long one had nobody, and that who woke without its lock wrote nothing of it."""
        found, wrong = shard_record.judged(self.hosts.record.noted())
        self.wrong += wrong[:5]
        ((changes,),) = postgresql.sql(self.hosts.url, _IN_SHARDS, f"{TENANTS[0]}/%")
        if not changes:
            self.wrong.append("nothing was written in shards")
        return f"{found}; {changes} changes were written in shards"

    def _longest_wait(self) -> str:
        """Between two cycles of a tenant by any host: a loss may cost TAKEN_OVER, and the cycle that it ended."""
        longest = (timedelta(), "nobody", 0)
        for tenant in TENANTS:
            ran = [_times(row) for row in postgresql.sql(self.hosts.url, _RAN, tenant)]
            cycle = max((until - start for start, until in ran), default=timedelta())
            for (_, ended), (begins, _) in pairwise(ran):
                losses = [one for one in self.hosts.losses if tenant in one.tenants and ended - cycle < one.at < begins]
                usual = cycle + timedelta(seconds=self.region.interval + 1)
                longest = max(longest, (begins - ended, tenant, len(losses)))
                if begins - ended > usual + TAKEN_OVER * max(1, len(losses)):
                    self.wrong.append(
                        f"no cycle of {tenant} from {ended} to {begins}, with {len(losses)} losses: {losses}"
                    )
        wait, tenant, hit = longest
        return (
            f"the longest time between two cycles of a tenant is {wait.total_seconds():.1f} s ({tenant}, {hit} losses)"
        )

    def _lock_lost(self) -> str:
        """A host that comes back after its lock was taken says so, once a tenant, and goes on."""
        taken, told = self.hosts.logged("tenant_taken"), self.hosts.logged("lock_lost")
        count = 0
        for loss in self.hosts.losses:
            assert loss.back is not None
            if loss.kind == "killed":
                continue
            following = [one.at for one in self.hosts.losses if one.host == loss.host and one.at > loss.at]
            end = min(following, default=datetime.now(UTC))
            for tenant in sorted(loss.tenants):
                others = [at for at, whose, one in taken if one["tenant"] == tenant and whose != loss.host]
                if not any(loss.at.replace(microsecond=0) <= at < loss.back for at in others):
                    continue
                again = [at for at, whose, one in taken if one["tenant"] == tenant and whose == loss.host]
                until = min([at for at in again if at >= loss.back.replace(microsecond=0)] + [end])
                said = [
                    at
                    for at, whose, one in told
                    if one["tenant"] == tenant and whose == loss.host and loss.at < at <= until
                ]
                count += len(said)
                if len(said) != 1 and not (not said and end - loss.back < timedelta(seconds=2 * self.region.interval)):
                    self.wrong.append(f"lock_lost of {tenant} was said {len(said)} times after {loss}")
        return f"lock_lost was said {len(told)} times, {count} of them once each by a host that was back"

    def _said(self) -> str:
        said = [host.place.said for host in self.hosts.everybody] + [self.operators.place.said]
        for word in ("Traceback", '"event": "bug"', '"event":"bug"', SECRET_WORD):
            lines = [line for one in said for line in one.splitlines() if word in line]
            if lines:
                self.wrong.append(f"{word} was said {len(lines)} times, such as {lines[0]}")
        return f"{sum(one.count(chr(10)) for one in said)} lines were said, no bug and no subject among them"


def _times(row: tuple[object, ...]) -> tuple[datetime, datetime]:
    at, summary = row
    assert isinstance(at, datetime)
    told = json.loads(summary) if isinstance(summary, str) else summary
    assert isinstance(told, dict)
    return at, at + timedelta(milliseconds=int(told.get("milliseconds", 0)))


@dataclass(frozen=True, slots=True)
class Plan:
    """So many people, for so long; a loss so often and for so long at most, in seconds."""

    people: int
    seconds: float
    seed: int
    every: float = 20.0
    longest: float = 40.0


def trial(folder: Path, plan: Plan) -> tuple[list[str], list[str]]:
    """What was found, and what was wrong, in words."""
    with ExitStack() as stack:
        server = postgresql.Server(("max_connections=200", "shared_buffers=64MB"))
        stack.callback(server.remove)
        server.start()
        url = server.url(server.new_database())
        Store.open(url).close()
        record = Record(url)
        record.begins()
        interval = 5 if plan.people < 1000 else 15
        exchange = stack.enter_context(Exchange())
        region = Region(exchange, TENANTS, plan.people, interval, random.Random(f"{plan.seed} bookings"))
        everybody = [
            Host(number, region.moves_into(folder / f"host{number}", own_url), proxy)
            for number in range(1, HOSTS + 1)
            for proxy, own_url in [stack.enter_context(way_to(server, url))]
        ]
        losses = random.Random(f"{plan.seed} losses")
        hosts = Hosts(everybody, url, plan.every, plan.longest / 8, plan.longest, losses, record)
        place = region.moves_into(folder / "operators", url)
        operators = Operators(place, region, random.Random(f"{plan.seed} acts"))
        one = Trial(region, hosts, operators, folder)
        for host in everybody:
            stack.callback(host.ends)
            host.starts()
        one.begins()
        one.lives(plan.seconds, max(2.0, plan.people / BOOK_EACH))
        found = [one.befell(), one.settles(), *one.judge()]
        if SECRET_WORD in server.log:
            one.wrong.append("the server's log has a subject")
        return found, one.wrong


def soak(people: int, seconds: float, seed: int) -> int:
    """As the issue has it: a loss each 20 seconds, for up to 40; the exit code."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hanvisa-region-") as folder:
        found, wrong = trial(Path(folder), Plan(people, seconds, seed))
    for line in (*found, *(f"WRONG: {one}" for one in wrong)):
        print(line)  # noqa: T201
    print(f"{people} people, {len(wrong)} wrong, seed {seed} ({time.monotonic() - began:.0f} s)")  # noqa: T201
    return 1 if wrong else 0
