"""The stand-in as a test uses it: a process that is started, told what to do, and ended."""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

_ROOT = Path(__file__).parents[2]
EVERYBODY = "*"


@dataclass(frozen=True)
class Counters:
    """What was asked and done since the start or the last reset.

    `subscriptions` and `streams` (connections that hang) are those that there are now, `streams_begun` all that there
    have been since the start: who was refused has begun none.
    """

    operations: Mapping[str, int]
    mailboxes: Mapping[str, int]
    faults: Mapping[str, int]
    refused: Mapping[str, int]
    locked: list[str]
    negotiate: int
    proxied: int
    busy: int
    connections: int
    connections_open: int
    subscriptions: int
    streams: int
    streams_begun: int


class Refused(Exception):
    """The control did not do what it was told."""


class Exchange:
    """A context manager around `python -m tests.exchange`.

    Items are mappings of subject, start and end (ISO 8601; without an offset in the item's `zone`), and as wanted
    all_day, uid, zone (a Windows name), sensitivity, cancelled, response, meeting, organizer, attendees, location,
    body, busy, raw ({property URI: XML, or None for absent}), and series ({kind, interval, days, day_of_month, month,
    week, number, until, deleted: [original starts], modified: [{original_start, start, end, subject, …}]}).
    """

    endpoint: str
    control: str
    user: str
    password: str

    def __init__(  # noqa: PLR0913 - each is an option of the command
        self,
        *,
        mailboxes: int = 0,
        entries: int = 20,
        auth: str = "basic",
        access: str = "impersonation",
        calendars: Path | None = None,
        tls: tuple[Path, Path] | None = None,
        user: str | None = None,
        password: str | None = None,
        port: int = 0,
        now: datetime | None = None,
    ) -> None:
        self._arguments = ["--auth", auth, "--access", access, "--mailboxes", str(mailboxes), "--entries", str(entries)]
        self._arguments += ["--port", str(port)]
        told = None if now is None else now.isoformat()
        for name, value in (("--calendars", calendars), ("--user", user), ("--password", password), ("--now", told)):
            if value is not None:
                self._arguments += [name, str(value)]
        if tls is not None:
            self._arguments += ["--tls", str(tls[0]), str(tls[1])]
        self._process: subprocess.Popen[bytes] | None = None
        self._told: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.exchange", "--with-parent", *self._arguments]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        line = self._process.stdout.readline() if self._process.stdout else b""
        if not line:
            raise Refused(f"The stand-in ended at once, with {self._process.wait()}; its stderr says why")
        ready = json.loads(line)
        self.endpoint, self.control = ready["endpoint"], ready["control"]
        self.user, self.password = ready["user"], ready["password"]
        self._told = http.client.HTTPConnection(urlsplit(self.control).netloc, timeout=30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._told is not None:
            self._told.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()

    def ends_with_parent(self) -> bool:
        """Closes its stdin, as a parent that dies does; whether it ends by itself within some seconds."""
        if self._process is None or self._process.stdin is None:
            raise Refused("The stand-in is not running")
        self._process.stdin.close()
        return self._process.wait(timeout=10) == 0

    @property
    def pid(self) -> int:
        """The process, for who measures its CPU."""
        if self._process is None:
            raise Refused("The stand-in is not running")
        return self._process.pid

    def _tell(self, command: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON holds anything
        if self._told is None:
            raise Refused("The stand-in is not running")
        self._told.request("POST", "/", json.dumps({"do": command, **arguments}))
        answer = json.loads(self._told.getresponse().read())
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def well_again(self) -> None:
        """Nothing wrong any more: faults, budgets, limits, rights and the account's password as at the start."""
        self.clear_faults()
        self.throttle(None)
        self.at_once(None)
        self.policy()
        self.impersonation(EVERYBODY)
        self.rights("none")
        self.lock_after(None)
        self.half_open(on=False)
        self.streaming()
        self.set_password(self.user, self.password)

    def add_mailbox(
        self, mailbox: str, items: Iterable[Mapping[str, Any]] = (), *, password: str | None = None
    ) -> None:
        """A new mailbox, or another in place of the old; its owner logs on by the address."""
        self._tell("add_mailbox", mailbox=mailbox, items=list(items), password=password)

    def add_mailboxes(self, mailboxes: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, list[str]]:
        """New mailboxes with these items, many at once; the answer is the items' ids, by mailbox."""
        told = {one: list(items) for one, items in mailboxes.items()}
        ids: dict[str, list[str]] = self._tell("add_mailboxes", mailboxes=told)
        return ids

    def remove_mailbox(self, mailbox: str) -> None:
        """No such mailbox any more: ErrorNonExistentMailbox."""
        self._tell("remove_mailbox", mailbox=mailbox)

    def add_item(self, mailbox: str, **item: Any) -> str:  # noqa: ANN401 - see the class
        """One further item; the answer is its id."""
        return self.add_items(mailbox, [item])[0]

    def add_items(self, mailbox: str, items: Iterable[Mapping[str, Any]]) -> list[str]:
        """Further items; the answer is their ids."""
        ids: list[str] = self._tell("add_items", mailbox=mailbox, items=list(items))
        return ids

    def replace_items(self, mailbox: str, items: Iterable[Mapping[str, Any]]) -> list[str]:
        """These items in place of all; the answer is their ids."""
        ids: list[str] = self._tell("replace_items", mailbox=mailbox, items=list(items))
        return ids

    def change_item(self, mailbox: str, item: str, **values: Any) -> None:  # noqa: ANN401 - see the class
        """Another item in the place of one, under its id, as its owner would change it."""
        self._tell("change_item", mailbox=mailbox, item=item, values=values)

    def copy_item(self, mailbox: str, item: str) -> str:
        """A copy of an item in its calendar, as Outlook makes it; the answer is its id."""
        copied: str = self._tell("copy_item", mailbox=mailbox, item=item)
        return copied

    def remove_item(self, mailbox: str, item: str, *, moved: bool = False) -> None:
        """Takes an item away by its id; `moved` to the deleted items, as Outlook does it."""
        self._tell("remove_item", mailbox=mailbox, item=item, moved=moved)

    def canned(
        self, mailbox: str, body: bytes | None, *, status: int = 200, content_type: str = "text/xml; charset=utf-8"
    ) -> None:
        """Whole bytes as the answer to each FindItem of a mailbox; None for its own answers again."""
        text = None if body is None else base64.b64encode(body).decode()
        self._tell("canned", mailbox=mailbox, body=text, status=status, content_type=content_type)

    def now(self, moment: datetime | None) -> None:
        """The time, which is aware; None for the clock's."""
        self._tell("now", moment=None if moment is None else moment.isoformat())

    def owner_password(self, mailbox: str) -> str:
        """That of a mailbox's owner as long as none was set."""
        return f"owner-of-{mailbox.lower()}"

    def streaming(  # noqa: PLR0913 - each is one setting
        self,
        *,
        back_ends: int = 2,
        keep_alive: float = 45,
        simulated: bool = False,
        hanging_limit: int = 3,
        ids_limit: int = 200,
        subscriptions_limit: int = 5000,
        keeps_events: bool = True,
        status_events: bool = False,
        delay: float = 0,
        affinity_error: str = "ErrorProxyRequestNotAllowed",
    ) -> None:
        """How streams go: see `tests.exchange.subscriptions.Streaming`; what is not given is as at the start.

        Keep-alives go by the clock, or by the time told by `now` where `simulated`; ConnectionTimeout always by that.
        """
        told = {name: value for name, value in locals().items() if name != "self"}
        self._tell("streaming", **told)

    def evict(self, mailbox: str | None = None, code: str | None = None) -> int:
        """Forgets the subscriptions to a mailbox, or all; without `code` (a ResponseCode) nobody is told. How many."""
        evicted: int = self._tell("evict", mailbox=mailbox, code=code)
        return evicted

    def end_streams(self, how: str = "closed", mailbox: str | None = None) -> int:
        """Ends the connections that a mailbox hangs on, or all: `closed` says so, `cut` and `reset` do not. How many.

        The subscriptions stay.
        """
        ended: int = self._tell("end_streams", how=how, mailbox=mailbox)
        return ended

    def half_open(self, *, on: bool = True) -> None:
        """Connections that hang, and those to come, say nothing at all, but stay open; or those to come speak again."""
        self._tell("half_open", on=on)

    def restart(self) -> None:
        """As a server that was started anew: no subscription, and each connection that hangs is broken off."""
        self._tell("restart")

    def lose_affinity(self) -> None:
        """Cookies given so far route nowhere, and mailboxes have other homes; connections that hang stay."""
        self._tell("lose_affinity")

    def set_password(self, user: str, password: str) -> None:
        """Another password of the service account or of an owner."""
        self._tell("set_password", user=user, password=password)

    def lock_after(self, refusals: int | None) -> None:
        """Accounts are locked after so many refused logons in a row; None for never."""
        self._tell("lock_after", refusals=refusals)

    def unlock(self, user: str) -> None:
        """Lets a locked account in again."""
        self._tell("unlock", user=user)

    def impersonation(self, *mailboxes: str) -> None:
        """The mailboxes that the service account holds the role for: `EVERYBODY`, none at all, or these."""
        self._tell("impersonation", mailboxes=list(mailboxes))

    def rights(self, right: str, mailbox: str = EVERYBODY) -> None:
        """The service account's right in a calendar: editor, reviewer, reviewer-without-private, denied, none."""
        self._tell("rights", right=right, mailbox=mailbox)

    def throttle(
        self, requests: int | None, *, seconds: float = 60, per: str = "account", simulated: bool = False
    ) -> None:
        """A budget of so many requests a window, by account, mailbox or server; None for no budget.

        The window is of the clock's time, or of that told by `now` where `simulated`.
        """
        self._tell("throttle", requests=requests, seconds=seconds, per=per, simulated=simulated)

    def at_once(
        self, most: int | None, *, seconds: float = 0.005, answer: str = "ErrorServerBusy", crowd: bool = False
    ) -> None:
        """So many requests are answered at once, each after these seconds; the others are busy, without a back-off.

        `answer` is the ResponseCode or the HTTP status of those; None for as many requests as come.
        Where there is a `crowd`, the last place is taken until somebody was turned away.
        """
        self._tell("at_once", most=most, seconds=seconds, answer=answer, crowd=crowd)

    def policy(
        self,
        *,
        find_limit: int = 1000,
        find_limit_is_error: bool = False,
        times_with_offset: bool = False,
        compressed: bool = False,
    ) -> None:
        """The most items of a view, whether more is an error, times with the offset of TimeZoneContext's zone, gzip."""
        self._tell(
            "policy",
            find_limit=find_limit,
            find_limit_is_error=find_limit_is_error,
            times_with_offset=times_with_offset,
            compressed=compressed,
        )

    def fault(  # noqa: PLR0913 - each is one restriction of the same thing
        self,
        kind: str,
        *,
        share: float = 1.0,
        mailbox: str | None = None,
        times: int | None = None,
        until: datetime | None = None,
        before_logon: bool = False,
        operation: str = "FindItem",
        **options: Any,  # noqa: ANN401 - those of the kind, see tests/exchange/faults.py
    ) -> int:
        """Something that goes wrong from now on, in a share of the answers; the answer is its id."""
        ends = None if until is None else until.isoformat()
        limits = {"share": share, "mailbox": mailbox, "times": times, "until": ends, "before_logon": before_logon}
        made: int = self._tell("fault", kind=kind, operation=operation, **limits, **options)
        return made

    def answers(self, mailbox: str, body: bytes, *, status: int = 200, times: int | None = None) -> int:
        """The next `times` answers of a mailbox, or all, are these bytes; the answer is the fault's id."""
        text = base64.b64encode(body).decode()
        return self.fault("raw", mailbox=mailbox, times=times, body=text, status=status)

    def clear_faults(self, fault: int | None = None) -> None:
        """All goes well again, or one fault ends."""
        self._tell("clear_faults", fault=fault)

    def seed(self, seed: int) -> None:
        """The seed of chance."""
        self._tell("seed", seed=seed)

    def counters(self) -> Counters:
        """What was asked and done since the start or the last reset."""
        return Counters(**self._tell("counters"))

    def reset_counters(self) -> None:
        """All counters from nought, but for the connections that are open."""
        self._tell("reset_counters")
