"""Receivers that fail and a process that is killed, again and again: each notice arrives all the same, in its order.

What a receiver does with each request is drawn: it takes it, refuses it, hangs up before or after it took it, or the
process that sent it is killed then. `script/soak outbox` is the long form.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from enum import StrEnum
from itertools import count
from pathlib import Path

from rules.departments import Notice, State
from sync_daemon import settings
from sync_daemon.settings import Settings
from sync_daemon.store import Store
from tests.acceptance.municipality import NOON
from tests.configuration import STORE, tenant_table
from tests.forked import forked
from tests.mail_server import mail_server
from tests.service.delivering import deliver_all
from tests.webhook_receiver import SECRET, webhook_receiver

TENANT = "sorsele"
TO = "vaxel@sorsele.se"
PATIENCE = 120.0
"""Seconds in which a process must have been killed, or be done."""


class Does(StrEnum):
    """What becomes of a request."""

    TAKES = "takes"
    REFUSES = "refuses"
    HANGS_UP = "hangs up"
    TAKES_AND_HANGS_UP = "takes and hangs up"
    DIES = "the sender dies first"
    TAKES_AND_DIES = "takes, and the sender dies before it is told"
    TAKES_AS_IT_DIES = "takes, and the sender dies at about that time of what another receiver does"


FAILURES = (Does.REFUSES, Does.HANGS_UP, Does.TAKES_AND_HANGS_UP)
DEATHS = (Does.DIES, Does.TAKES_AND_DIES)
LOST = frozenset({Does.TAKES_AND_HANGS_UP, Does.TAKES_AND_DIES, Does.TAKES_AS_IT_DIES})
"""It was taken, and the sender cannot know, or has no time to keep that."""
TAKEN = frozenset({Does.TAKES, *LOST})


@dataclass
class Fate:
    """What comes of each request, drawn beforehand; after that everything is taken."""

    drawn: list[Does]
    pid: int | None = None
    arrived: dict[str, list[tuple[str, str, Does]]] = field(default_factory=lambda: defaultdict(list))
    """By receiver each word's key and text with what became of it, in the order of arriving."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, receiver: str, key: str, text: str) -> Does:
        """What becomes of this request; whoever sent it may be dead when it returns."""
        with self.lock:
            does = self.drawn.pop(0) if self.drawn else Does.TAKES
            if self.pid is None:  # it is dead already: what it had sent before is heard, and the answer by nobody
                if does in DEATHS:
                    self.drawn.append(does)
                    does = Does.HANGS_UP
                elif does is Does.TAKES:
                    does = Does.TAKES_AS_IT_DIES
            self.arrived[receiver].append((key, text, does))
            if does in DEATHS and self.pid is not None:
                os.kill(self.pid, signal.SIGKILL)
                self.pid = None
                self._others_end_too(receiver)
            return does

    def _others_end_too(self, receiver: str) -> None:
        """What another receiver took last may not have been kept when the sender died."""
        for other, its in self.arrived.items():
            if other != receiver and its and its[-1][2] is Does.TAKES:
                its[-1] = (*its[-1][:2], Does.TAKES_AS_IT_DIES)


@dataclass(frozen=True)
class Outcome:
    """How often a process was killed and a receiver failed, how many words came twice, and what was wrong."""

    kills: int
    failures: int
    words: int
    repeated: int
    wrong: tuple[str, ...]


def outbox(folder: Path, failures: int, kills: int, departments: int, drawn: random.Random) -> Outcome:
    """Says a word of each department to each process, until so much has gone wrong and everything is delivered."""
    fates = [drawn.choice(FAILURES) for _ in range(failures)] + [drawn.choice(DEATHS) for _ in range(kills)]
    fates += [Does.TAKES] * (failures + kills) * 2
    drawn.shuffle(fates)
    fate = Fate(fates)
    with ExitStack() as stack:
        post, hook = stack.enter_context(mail_server()), stack.enter_context(webhook_receiver())
        hook.answers = lambda word: _answer(fate.of("trio", word["key"], word["text"]))
        post.answers = lambda mail: _reply(fate.of(TO, str(mail["Message-ID"]), _told(mail)))
        loaded = _written(folder, post.port, hook.address)
        with Store.open(loaded.store_url) as store:
            said = Said(store, loaded, departments)
            for day in count():
                if not fate.drawn and not store.outgoing(TENANT):
                    break
                said.one_more()
                _lives(folder, fate, NOON + timedelta(days=day))
    return Outcome(
        sum(does in DEATHS for its in fate.arrived.values() for _, _, does in its),
        sum(does in FAILURES for its in fate.arrived.values() for _, _, does in its),
        said.words,
        sum(times - 1 for its in fate.arrived.values() for times in _times_taken(its).values()),
        tuple(wrong for its in fate.arrived.values() for wrong in _wrong(its, said.words)),
    )


def soak(failures: int, kills: int, seed: int) -> int:
    """The long form: prints what came of it, and gives the exit code."""
    with tempfile.TemporaryDirectory() as scratch:
        found = outbox(Path(scratch), failures, kills, 10, random.Random(seed))
    for problem in found.wrong:
        print(problem)  # noqa: T201
    print(  # noqa: T201
        f"{found.failures} failures, {found.kills} kills: {found.words} words to each of two receivers, "
        f"{found.repeated} of them twice or more; {len(found.wrong)} wrong"
    )
    return 1 if found.wrong else 0


class Said:
    """What is said of the departments: each time another word, the first time that they are unmanned."""

    def __init__(self, store: Store, loaded: Settings, departments: int) -> None:
        self._store = store
        self._to = loaded.tenants[0].receivers_of("")
        self._departments = [f"Avdelning {number}" for number in range(departments)]
        self._rounds = 0
        self.words = 0

    def one_more(self) -> None:
        """Of each department; its number is the hour at which it ends."""
        start, self._rounds = NOON, self._rounds + 1
        until = NOON + timedelta(days=3650, hours=self._rounds)
        state = State.TOLD if self._rounds == 1 else State.CORRECTED
        known = self._store.notices(TENANT, NOON)
        saying = {
            one: [Notice(start, until, None, state, start, known[one][0].id if one in known else None)]
            for one in self._departments
        }
        self.words += len(saying)
        self._store.say(TENANT, saying, {}, dict.fromkeys(self._departments, self._to))


def _lives(folder: Path, fate: Fate, now: datetime) -> None:
    """A process delivers until nothing waits, or until it is killed."""
    with fate.lock:
        process = forked(deliver_all, folder, now, TENANT)
        fate.pid = process.pid
    process.join(PATIENCE)
    with fate.lock:
        fate.pid = None
    if process.exitcode is None:
        process.kill()
        raise AssertionError("nothing is delivered any more")
    assert process.exitcode in {0, -signal.SIGKILL}, process.exitcode


def _wrong(arrived: Sequence[tuple[str, str, Does]], words: int) -> list[str]:
    """What is not as it must be of what one receiver took, by department."""
    wrong: list[str] = []
    taken: dict[str, list[tuple[str, str, Does]]] = defaultdict(list)
    for key, text, does in arrived:
        if does in TAKEN:
            taken[_department(text)].append((key, text, does))
    for department, its in taken.items():
        first = list({key: text for key, text, _ in its}.values())
        if first != sorted(first, key=_until):
            wrong.append(f"{department}: not in order: {[_until(text) for text in first]}")
        seen: set[str] = set()
        before, became = "", Does.TAKES
        for key, text, does in its:
            if key in seen and (key != before or became not in LOST):
                wrong.append(f"{department}: came again though its answer was not lost: {text}")
            seen.add(key)
            before, became = key, does
    distinct = len({key for its in taken.values() for key, _, _ in its})
    if distinct != words:
        wrong.append(f"{distinct} of {words} words were delivered")
    return wrong


def _times_taken(arrived: Sequence[tuple[str, str, Does]]) -> Counter[str]:
    return Counter(key for key, _, does in arrived if does in TAKEN)


def _department(text: str) -> str:
    return text[: text.index(" är obemannad")].removeprefix("Rättelse: ")


def _until(text: str) -> str:
    """As the text says it, which sorts as the times do."""
    return text[text.index("–") + 1 :][:16]


def _told(mail: EmailMessage) -> str:
    return str(mail["Subject"])


def _answer(does: Does) -> int:
    """The status, 0 for none."""
    return 200 if does is Does.TAKES else 503 if does is Does.REFUSES else 0


def _reply(does: Does) -> str | None:
    """SMTP's answer, empty for none; None where it is taken."""
    return {Does.TAKES: None, Does.REFUSES: "451 4.3.0 Not now"}.get(does, "")


def _written(folder: Path, port: int, address: str) -> Settings:
    (folder / "secrets").mkdir()
    (folder / "secrets" / "trio").write_text(SECRET, encoding="utf-8")
    alerts = f'[alerts]\nfrom = "hanvisa@sorsele.se"\nsmtp = "127.0.0.1:{port}"\nsecurity = "none"\n'
    notices = (
        f'[[tenants.notices]]\nkind = "mail"\nto = "{TO}"\n'
        f'[[tenants.notices]]\nkind = "webhook"\nname = "trio"\nurl = "{address}"\nsecret = "trio"\n'
    )
    text = f'secrets_dir = "secrets"\n{STORE}{alerts}{tenant_table()}{notices}'
    (folder / "hanvisa.toml").write_text(text, encoding="utf-8")
    return settings.load(folder / "hanvisa.toml", {})
