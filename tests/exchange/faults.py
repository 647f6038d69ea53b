"""Misbehaviour on demand: which answers a fault is for, and what each kind does.

Sources: .../exchange-web-services/ews-throttling-in-exchange (busy), .../web-service-reference/responsecode (codes),
https://github.com/mguessan/davmail/issues/161 (the value of a back-off); what IIS and the front end of Exchange add:
X-CasErrorCode and a redirect to /ews/genericerrorpage.htm.
"""

from __future__ import annotations

import base64
import gzip
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from tests.exchange.answer import Answer
from tests.exchange.finding import Damage
from tests.exchange.soap import ENVELOPE, MESSAGES, TYPES, Refusal, SoapFault, back_off_xml, failure, fault, response
from tests.exchange.throttling import busy

Render = Callable[[Damage | None], Answer]
_Kind = Callable[["Fault", str, Render], Answer]
_MIB = 1 << 20


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong: in a share of the answers, for one mailbox or all, the next `times` or for ever.

    `until` ends it by the stand-in's time. `before_logon` lets it come before the account is looked at. `operation`
    is the one that it concerns, empty for all.
    """

    id: int
    kind: str
    share: float = 1.0
    mailbox: str | None = None
    times: int | None = None
    until: datetime | None = None
    before_logon: bool = False
    operation: str = "FindItem"
    options: dict[str, Any] = field(default_factory=dict)

    def option(self, name: str, default: Any) -> Any:  # noqa: ANN401 - JSON holds anything
        """An option as the control gave it."""
        return self.options.get(name, default)

    def fits(self, operation: str, mailbox: str | None, now: datetime) -> bool:
        """Whether an answer is one that it may befall."""
        wanted = self.operation in {"", operation} and self.mailbox in {None, mailbox}
        return wanted and (self.until is None or now < self.until)


@dataclass
class Faults:
    """Those in force. Chance is by seed, fault and mailbox, so that threads in another order draw the same."""

    seed: int = 0
    in_force: list[Fault] = field(default_factory=list)
    _left: Counter[int] = field(default_factory=Counter)
    _asked: Counter[tuple[int, str | None]] = field(default_factory=Counter)
    _made: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **values: Any) -> int:  # noqa: ANN401 - the fields of Fault
        """A further fault; the answer is its id.

        Raises:
            ValueError: nobody knows its kind.
        """
        if values["kind"] not in KINDS:
            raise ValueError(f"There is no fault {values['kind']!r}; there are: {', '.join(sorted(KINDS))}")
        return self._kept(values)

    def _kept(self, values: dict[str, Any]) -> int:
        with self._lock:
            self._made += 1
            made = Fault(id=self._made, **values)
            self._left[made.id] = -1 if made.times is None else made.times
            self.in_force = [*self.in_force, made]
            return made.id

    def clear(self, which: int | None = None) -> None:
        """Ends one, or all."""
        with self._lock:
            self.in_force = [one for one in self.in_force if which is not None and one.id != which]

    def draw(self, operation: str, mailbox: str | None, now: datetime, *, before_logon: bool) -> Fault | None:
        """The fault that befalls an answer, if any: the first in force that fits and comes up."""
        if not self.in_force:
            return None
        with self._lock:
            for one in self.in_force:
                fitting = one.before_logon is before_logon and one.fits(operation, mailbox, now)
                if fitting and self._left[one.id] and self._comes_up(one, mailbox):
                    self._left[one.id] -= 1
                    return one
        return None

    def _comes_up(self, one: Fault, mailbox: str | None) -> bool:
        if one.share >= 1:
            return True
        whose = (one.id, mailbox)
        self._asked[whose] += 1
        return random.Random(f"{self.seed} {whose} {self._asked[whose]}").random() < one.share


def befall(one: Fault, operation: str, render: Render) -> Answer:
    """The answer that a fault makes of a request."""
    return KINDS[one.kind](one, operation, render)


def _busy(one: Fault, operation: str, render: Render) -> Answer:
    del render
    milliseconds = one.option("back_off_ms", 10_000)
    fault_of_busy = busy(milliseconds)
    if not one.option("in_message", False):  # noqa: FBT003 - a default
        return Answer(fault(fault_of_busy), 500)
    detail = "" if milliseconds is None else back_off_xml(milliseconds)
    refusal = Refusal(fault_of_busy.code, fault_of_busy.text, message_xml=detail)
    return Answer(response(operation, [failure(operation, refusal)]))


def _code(one: Fault, operation: str, render: Render) -> Answer:
    """Any ResponseCode, of one message or (`as_fault`) of the whole request."""
    del render
    code = one.option("code", "ErrorMailboxMoveInProgress")
    text = one.option("text", f"The stand-in was told to answer {code}.")
    if one.option("as_fault", False):  # noqa: FBT003 - a default
        return Answer(fault(SoapFault(code, text)), 500)
    return Answer(response(operation, [failure(operation, Refusal(code, text))]))


def _http(one: Fault, operation: str, render: Render) -> Answer:
    del operation, render
    status = one.option("status", 503)
    retry_after = one.option("retry_after", None)
    said = {"Retry-After": retry_after, "Date": one.option("date", None)}
    headers = tuple((name, str(value)) for name, value in said.items() if value is not None)
    return _page(status, one.option("text", f"HTTP Error {status}. The service is unavailable."), headers)


def _page(status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    html = f"<!DOCTYPE HTML><HTML><HEAD><TITLE>Error</TITLE></HEAD><BODY><h2>{text}</h2><hr></BODY></HTML>"
    return Answer(html.encode(), status, "text/html; charset=us-ascii", headers)


def _unauthorized(one: Fault, operation: str, render: Render) -> Answer:
    del operation, render
    schemes = one.option("schemes", ["Negotiate", "NTLM", 'Basic realm="mail"'])
    page = _page(401, "401 - Unauthorized", tuple(("WWW-Authenticate", scheme) for scheme in schemes))
    return replace(page, delay=one.option("seconds", 0.0), drip=one.option("drip", 0.0))


def _redirect(one: Fault, operation: str, render: Render) -> Answer:
    del operation, render
    default = "/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx"
    return Answer(b"", 302, "text/html; charset=utf-8", (("Location", one.option("location", default)),))


def _front_end(one: Fault, operation: str, render: Render) -> Answer:
    del operation, render
    code = one.option("code", "UserNotFound")
    return Answer(b"", one.option("status", 500), None, (("X-CasErrorCode", code), ("X-FEServer", "EX01")))


def _timeout(one: Fault, operation: str, render: Render) -> Answer:
    del operation
    return replace(render(None), delay=one.option("seconds", 5.0))


def _cut(one: Fault, operation: str, render: Render) -> Answer:
    del operation
    whole = render(None)
    return replace(whole, cut=one.option("after", len(whole.body) // 2))


def _reset(one: Fault, operation: str, render: Render) -> Answer:
    del one, operation, render
    return Answer(b"", reset=True)


def _drip(one: Fault, operation: str, render: Render) -> Answer:
    del operation
    return replace(render(None), drip=one.option("seconds", 1.0))


def _drip_headers(one: Fault, operation: str, render: Render) -> Answer:
    """Its headers never end."""
    del operation
    return replace(render(None), drip_head=one.option("seconds", 1.0))


def _raw(one: Fault, operation: str, render: Render) -> Answer:
    """`body`: any bytes, in base64; `packed`: they are said to be gzip."""
    del operation, render
    body = base64.b64decode(one.option("body", ""))
    headers = (("Content-Encoding", "gzip"),) if one.option("packed", False) else ()  # noqa: FBT003 - a default
    return Answer(body, one.option("status", 200), one.option("content_type", "text/xml; charset=utf-8"), headers)


def _truncated(one: Fault, operation: str, render: Render) -> Answer:
    del operation
    body = render(None).body
    return Answer(body[: one.option("after", len(body) // 2)])


def _html(one: Fault, operation: str, render: Render) -> Answer:
    del operation, render
    return _page(200, one.option("text", "Outlook Web App"))


def _not_xml(one: Fault, operation: str, render: Render) -> Answer:
    del operation, render
    return Answer(str(one.option("text", "The server is being updated & will return < soon")).encode())


def _empty(one: Fault, operation: str, render: Render) -> Answer:
    del one, operation, render
    return Answer(b"")


def _content_type(one: Fault, operation: str, render: Render) -> Answer:
    del operation
    return replace(render(None), content_type=one.option("value", "application/octet-stream"))


def _wrong_namespace(one: Fault, operation: str, render: Render) -> Answer:
    del operation
    other = one.option("value", "http://www.w3.org/2003/05/soap-envelope")
    whole = render(None)
    return replace(whole, body=whole.body.replace(ENVELOPE.encode(), str(other).encode()))


def _entities(one: Fault, operation: str, render: Render) -> Answer:
    """`what`: laughs (a billion of them), quadratic, or external (a file of the reader's machine)."""
    del operation, render
    what = one.option("what", "laughs")
    if what == "external":
        declared, used = f'<!ENTITY x SYSTEM "{one.option("url", "file:///etc/hostname")}">', "&x;"
    elif what == "quadratic":
        declared, used = f'<!ENTITY x "{"ha" * 50_000}">', "&x;" * 5_000
    else:
        levels = (f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        declared, used = f'<!ENTITY l0 "ha">{"".join(levels)}', "&l9;"
    return Answer(_one_subject(used, f"<!DOCTYPE s [{declared}]>"))


def _one_subject(subject: str, doctype: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{doctype}<s:Envelope xmlns:s="{ENVELOPE}"><s:Body>'
        f'<m:FindItemResponse xmlns:m="{MESSAGES}" xmlns:t="{TYPES}"><m:ResponseMessages>'
        '<m:FindItemResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>'
        '<m:RootFolder TotalItemsInView="1" IncludesLastItemInRange="true"><t:Items><t:CalendarItem>'
        f'<t:ItemId Id="AAMk=" ChangeKey="Dw=="/><t:Subject>{subject}</t:Subject></t:CalendarItem></t:Items>'
        "</m:RootFolder></m:FindItemResponseMessage></m:ResponseMessages></m:FindItemResponse></s:Body></s:Envelope>"
    ).encode()


def _deep(one: Fault, operation: str, render: Render) -> Answer:
    del operation, render
    depth = one.option("depth", 10_000)
    return Answer(_one_subject("<t:x>" * depth + "</t:x>" * depth))


def _huge(one: Fault, operation: str, render: Render) -> Answer:
    del operation, render
    return Answer(_big(one.option("mib", 64)))


def _gzip_bomb(one: Fault, operation: str, render: Render) -> Answer:
    del operation, render
    return Answer(_bomb(one.option("mib", 256)), headers=(("Content-Encoding", "gzip"),))


@lru_cache(maxsize=4)
def _big(mib: int) -> bytes:
    return _one_subject("x" * (mib * _MIB))


@lru_cache(maxsize=4)
def _bomb(mib: int) -> bytes:
    return gzip.compress(_big(mib), 9)


def _control_characters(one: Fault, operation: str, render: Render) -> Answer:
    """A subject with a character that XML forbids, as Exchange really sends it."""
    del operation
    subject = f"<t:Subject>{one.option('text', 'TJÄ: M&#x1F;öte')}</t:Subject>"
    return render(Damage(one.option("index", 0), (("item:Subject", subject),)))


_BAD = {
    "no-start": ("calendar:Start", None),
    "unreadable-start": ("calendar:Start", "<t:Start>yesterday at noon</t:Start>"),
    "no-end": ("calendar:End", None),
    "no-subject": ("item:Subject", None),
    "no-uid": ("calendar:UID", None),
    "unknown-element": ("stand-in:Unknown", "<t:NobodyKnowsThis Of='2031'><t:Deeper/></t:NobodyKnowsThis>"),
}


def _bad_item(one: Fault, operation: str, render: Render) -> Answer:
    """`what`: no-start, unreadable-start, no-end, no-subject, no-uid, unknown-element; `index`: which of the view."""
    del operation
    return render(Damage(one.option("index", 0), (_BAD[one.option("what", "no-start")],)))


def _silent_cut(one: Fault, operation: str, render: Render) -> Answer:
    del operation
    return render(Damage(cut=one.option("items", 10)))


KINDS: dict[str, _Kind] = {
    "busy": _busy,
    "code": _code,
    "http": _http,
    "status-401": _unauthorized,
    "redirect": _redirect,
    "cas-error": _front_end,
    "timeout": _timeout,
    "cut": _cut,
    "reset": _reset,
    "drip": _drip,
    "drip-headers": _drip_headers,
    "raw": _raw,
    "truncated-xml": _truncated,
    "html": _html,
    "not-xml": _not_xml,
    "empty": _empty,
    "content-type": _content_type,
    "wrong-namespace": _wrong_namespace,
    "entities": _entities,
    "deep": _deep,
    "huge": _huge,
    "gzip-bomb": _gzip_bomb,
    "control-characters": _control_characters,
    "bad-item": _bad_item,
    "silent-cut": _silent_cut,
}
