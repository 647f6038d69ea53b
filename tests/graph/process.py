"""The stand-in as a test uses it: a process that is started, told what to do, and ended."""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.exchange.process import Exchange, Refused

_ROOT = Path(__file__).parents[2]
EVERYBODY = "*"


@dataclass(frozen=True)
class GraphCounters:
    """What was asked since the start or the last reset.

    `requests` are HTTP requests to Graph, `questions` what was asked in them and in batches, by kind (`calendarview`,
    `calendarview/delta`), `mailboxes` the same by address, `statuses` how many were answered by which status,
    `tokens` how many were issued.
    """

    requests: int
    batches: int
    questions: Mapping[str, int]
    mailboxes: Mapping[str, int]
    statuses: Mapping[str, int]
    faults: Mapping[str, int]
    tokens: int
    connections: int
    connections_open: int


class _EwsFace(Exchange):
    """The same organisation as EWS shows it; `with` is not for it, since it is no process of its own."""

    def __init__(self, ready: Mapping[str, Any]) -> None:
        super().__init__()
        self.endpoint, self.control = ready["ews"]["endpoint"], ready["control"]
        self.user, self.password = ready["ews"]["user"], ready["ews"]["password"]
        self._told = http.client.HTTPConnection(urlsplit(self.control).netloc, timeout=30)

    def close(self) -> None:
        """Ends the connection to the control."""
        if self._told is not None:
            self._told.close()


class Graph:
    """A context manager around `python -m tests.graph`.

    Items are the mappings of tests.exchange.process.Exchange, and may have `graph`: overrides of an event's properties
    by their names in JSON, of which `without` lists those to be left out. `exchange` is the EWS face of the same
    organisation (over HTTPS with the same `ca_file`).
    """

    endpoint: str
    authority: str
    ca_file: Path
    directory_id: str
    client_id: str
    secret: str
    certificate: Path
    """A PEM file with the application's key and certificate."""
    exchange: Exchange

    def __init__(  # noqa: PLR0913 - each is an option of the command
        self,
        *,
        mailboxes: int = 0,
        entries: int = 20,
        calendars: Path | None = None,
        port: int = 0,
        authority_port: int = 0,
        now: datetime | None = None,
        folder: Path | None = None,
    ) -> None:
        self._arguments = ["--mailboxes", str(mailboxes), "--entries", str(entries)]
        self._arguments += ["--port", str(port), "--authority-port", str(authority_port)]
        for name, value in (("--calendars", calendars), ("--now", None if now is None else now.isoformat())):
            if value is not None:
                self._arguments += [name, str(value)]
        self._folder = folder
        self._own_folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._face: _EwsFace | None = None

    def __enter__(self) -> Self:
        if self._folder is None:
            self._own_folder = tempfile.TemporaryDirectory(prefix="graph-stand-in-")
        folder = self._folder or Path(self._own_folder.name if self._own_folder else "")
        command = [sys.executable, "-m", "tests.graph", "--with-parent", "--folder", str(folder), *self._arguments]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        line = self._process.stdout.readline() if self._process.stdout else b""
        if not line:
            raise Refused(f"The stand-in ended at once, with {self._process.wait()}; its stderr says why")
        ready = json.loads(line)
        self.endpoint, self.authority = ready["endpoint"], ready["authority"]
        self.ca_file, self.certificate = Path(ready["ca_file"]), Path(ready["certificate"])
        self.directory_id, self.client_id, self.secret = ready["directory_id"], ready["client_id"], ready["secret"]
        self._face = _EwsFace(ready)
        self.exchange = self._face
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._face is not None:
            self._face.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
        if self._own_folder is not None:
            self._own_folder.cleanup()

    @property
    def pid(self) -> int:
        """The process, for who measures its CPU."""
        if self._process is None:
            raise Refused("The stand-in is not running")
        return self._process.pid

    def _tell(self, command: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON holds anything
        return self.exchange._tell(command, **arguments)  # noqa: SLF001 - one control for both faces

    def add_mailbox(
        self,
        mailbox: str,
        items: Iterable[Mapping[str, Any]] = (),
        *,
        home: str = "cloud",
        answer: str = "MailboxNotEnabledForRESTAPI",
    ) -> None:
        """A new mailbox, or another in place of the old; see `move` for its home."""
        self.exchange.add_mailbox(mailbox, items)
        self.move(mailbox, home, answer=answer)

    def move(self, mailbox: str, home: str, *, answer: str = "MailboxNotEnabledForRESTAPI") -> None:
        """Moves a mailbox with its items: `cloud` (EWS knows it no more), `site` (Graph knows it no more) or `both`.

        `answer` is the code by which Graph says so: MailboxNotEnabledForRESTAPI, ResourceNotFound or ErrorInvalidUser.
        """
        self._tell("graph_home", mailbox=mailbox, home=home, answer=answer)

    def remove_mailbox(self, mailbox: str) -> None:
        """No such mailbox any more, on either face: ErrorInvalidUser, ErrorNonExistentMailbox."""
        self.exchange.remove_mailbox(mailbox)

    def add_item(self, mailbox: str, **item: Any) -> str:  # noqa: ANN401 - see the class
        """One further item; the answer is its id for `remove_item`."""
        return self.exchange.add_item(mailbox, **item)

    def add_items(self, mailbox: str, items: Iterable[Mapping[str, Any]]) -> list[str]:
        """Further items; the answer is their ids for `remove_item`."""
        return self.exchange.add_items(mailbox, items)

    def replace_items(self, mailbox: str, items: Iterable[Mapping[str, Any]]) -> list[str]:
        """These items in place of all; the answer is their ids for `remove_item`."""
        return self.exchange.replace_items(mailbox, items)

    def change_item(self, mailbox: str, item: str, **values: Any) -> None:  # noqa: ANN401 - see the class
        """An item as it is from now on, whole, in place of what its id names; the uid stays unless it is given."""
        self.exchange.change_item(mailbox, item, **values)

    def remove_item(self, mailbox: str, item: str) -> None:
        """Takes an item away by its id."""
        self.exchange.remove_item(mailbox, item)

    def now(self, moment: datetime | None) -> None:
        """The time, which is aware; None for the clock's."""
        self.exchange.now(moment)

    def grant(self, *consents: str) -> None:
        """The roles consented to for the whole tenant, in tokens from now on, such as Calendars.ReadBasic.All."""
        self._tell("graph_application", consents=list(consents))

    def scope(self, *mailboxes: str, role: str = "Calendars.Read") -> None:
        """RBAC for Applications: the role for these mailboxes alone, at once, beside what `grant` gives.

        With no mailbox named, the assignment is taken away.
        """
        self._tell("graph_application", scoped=[[[role], list(mailboxes)]] if mailboxes else [])

    def application(self, **values: Any) -> None:  # noqa: ANN401 - as named
        """Changes what Entra knows: client_id, secret, secret_expired, certificates (PEM files), lifetime (seconds).

        And `subject_in_basic`: whether Calendars.ReadBasic.All shows subjects.
        """
        if "certificates" in values:
            values["certificates"] = [str(file) for file in values["certificates"]]
        self._tell("graph_application", **values)

    def policy(self, **values: Any) -> None:  # noqa: ANN401 - as named
        """Graph's ways, as the fields of tests/graph/policy.py; one that is not given is as at the start."""
        self._tell("graph_policy", **values)

    def throttle(
        self,
        requests: int | None,
        *,
        seconds: float = 600,
        per: str = "mailbox",
        retry_after: str | None = "automatic",
        simulated: bool = False,
    ) -> None:
        """A budget of questions in a window, per mailbox or application; None for no budget. At the start 10,000.

        `retry_after`: seconds or a date, None for no header. The window is of the clock's time, or of that told by
        `now` where `simulated`.
        """
        values = {"seconds": seconds, "per": per, "retry_after": retry_after, "simulated": simulated}
        self._tell("graph_throttle", requests=requests, **values)

    def at_once(
        self, most: int | None, *, per: str = "mailbox", seconds: float = 0.005, retry_after: str | None = None
    ) -> None:
        """So many at once, the others hear 429: questions of a mailbox (at the start 4), or the application's requests.

        Each takes at least these seconds; None for as many as come.
        """
        self._tell("graph_at_once", most=most, per=per, seconds=seconds, retry_after=retry_after)

    def end_delta_tokens(self, mailbox: str | None = None) -> None:
        """The delta tokens of a mailbox, or all, are not known any more: 410."""
        self._tell("graph_end_delta_tokens", mailbox=mailbox)

    def fault(  # noqa: PLR0913 - each is one restriction of the same thing
        self,
        kind: str,
        *,
        operation: str = "calendarview",
        share: float = 1.0,
        mailbox: str | None = None,
        times: int | None = None,
        until: datetime | None = None,
        **options: Any,  # noqa: ANN401 - those of the kind, see tests/graph/faults.py
    ) -> int:
        """Something that goes wrong from now on, in a share of the answers; the answer is its id.

        `operation`: calendarview, calendarview/delta, $batch, request (any HTTP request to Graph), token, discovery.
        """
        ends = None if until is None else until.isoformat()
        limits = {"share": share, "mailbox": mailbox, "times": times, "until": ends}
        made: int = self._tell("graph_fault", kind=kind, operation=operation, **limits, **options)
        return made

    def answers(self, mailbox: str, body: bytes, *, status: int = 200, times: int | None = None) -> int:
        """The next `times` answers about a mailbox, or all, are these bytes; the answer is the fault's id."""
        text = base64.b64encode(body).decode()
        return self.fault("raw", operation="", mailbox=mailbox, times=times, body=text, status=status)

    def clear_faults(self, fault: int | None = None) -> None:
        """All goes well again on Graph's face and Entra's, or one fault ends."""
        self._tell("graph_clear_faults", fault=fault)

    def seed(self, seed: int) -> None:
        """The seed of chance, of both faces."""
        self._tell("graph_seed", seed=seed)
        self.exchange.seed(seed)

    def well_again(self) -> None:
        """Nothing wrong any more, and all as at the start but for the mailboxes, on both faces."""
        self.clear_faults()
        self.policy()
        self.throttle(10_000)
        self.at_once(4, seconds=0)
        self.grant("Calendars.Read")
        self.scope()
        self.application(
            client_id=self.client_id,
            secret=self.secret,
            secret_expired=False,
            certificates=[self.certificate],
            subject_in_basic=True,
            lifetime=3599,
        )
        self.exchange.well_again()

    def revoke_tokens(self) -> None:
        """No token that was issued is good any more: 401."""
        self._tell("graph_revoke")

    def tokens(self) -> list[str]:
        """All tokens issued since the start or the last reset, to look for in what was written."""
        issued: list[str] = self._tell("graph_tokens")
        return issued

    def counters(self) -> GraphCounters:
        """What was asked since the start or the last reset."""
        return GraphCounters(**self._tell("graph_counters"))

    def reset_counters(self) -> None:
        """The counters of both faces from nought, but for the connections that are open."""
        self._tell("graph_reset_counters")
        self.exchange.reset_counters()
