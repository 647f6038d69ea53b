"""Misbehaviour on demand, as tests/exchange/faults.py: which answers a fault is for, and what each kind does.

A fault is for a question (`calendarview`, `calendarview/delta`, `$batch` for all of a batch's answer), for a whole HTTP
request to Graph (`request`), or for Entra (`token`, `discovery`). Sources:
https://learn.microsoft.com/en-us/graph/errors, https://learn.microsoft.com/en-us/graph/throttling,
https://github.com/microsoftgraph/microsoft-graph-docs/issues/8760 (no Retry-After), /6201 (a page is all).
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from tests.exchange.answer import Answer
from tests.exchange.faults import Fault, Faults
from tests.graph.errors import CHALLENGE, GraphError, json_answer

Render = Callable[[], Answer]
_Kind = Callable[[Fault, Render], Answer]
_MIB = 1 << 20
WHOLE = frozenset({"request", "token", "discovery"})
"""What is one HTTP request, so that the connection may suffer."""


class GraphFaults(Faults):
    """Those in force."""

    def add(self, **values: Any) -> int:  # noqa: ANN401 - the fields of Fault
        """A further fault; the answer is its id.

        Raises:
            ValueError: nobody knows its kind, or it is none of a single question.
        """
        kind, operation = values["kind"], values.get("operation")
        if kind not in KINDS:
            raise ValueError(f"There is no fault {kind!r}; there are: {', '.join(sorted(KINDS))}")
        if kind in CONNECTION and operation not in WHOLE:
            raise ValueError(f"{kind!r} befalls a whole request: operation='request', 'token' or 'discovery'")
        return self._kept(values)

    def met(self, operation: str, mailbox: str | None, now: Any) -> Fault | None:  # noqa: ANN401 - a datetime
        """The fault that befalls an answer, if any."""
        return self.draw(operation, mailbox, now, before_logon=False)


def befall(one: Fault, render: Render) -> Answer:
    """The answer that a fault makes of a request."""
    return KINDS[one.kind](one, render)


def _error(one: Fault, render: Render) -> Answer:
    """Any status and code, in Graph's shape: `status`, `code`, `message`, `retry_after`, `headers`."""
    del render
    code = one.option("code", "ServiceNotAvailable")
    headers = dict(one.option("headers", {}))
    if one.option("retry_after", None) is not None:
        headers["Retry-After"] = str(one.option("retry_after", None))
    message = one.option("message", f"The stand-in was told to answer {code}.")
    refused = GraphError(one.option("status", 503), code, message, headers)
    return json_answer(refused.body(), refused.status, {"Content-Type": "application/json", **headers})


def _throttled(one: Fault, render: Render) -> Answer:
    """429; `retry_after` in seconds or as a date, or None for no header."""
    options = {
        "status": 429,
        "code": "ApplicationThrottled",
        "message": "Application is over its MailboxConcurrency limit.",
        "retry_after": 10,
        **one.options,
    }
    return _error(replace(one, options=options), render)


def _unauthorized(one: Fault, render: Render) -> Answer:
    """401 in the middle of it all; `headers` and `retry_after` as for `error`."""
    headers = {"WWW-Authenticate": CHALLENGE, **one.option("headers", {})}
    options = {
        "status": 401,
        "code": "InvalidAuthenticationToken",
        "message": "Access token has expired or is not yet valid.",
        **one.options,
        "headers": headers,
    }
    return _error(replace(one, options=options), render)


def _entra(one: Fault, render: Render) -> Answer:
    """Entra's refusal with any AADSTS `number`; `error`, `status`, `text`, `retry_after`."""
    del render
    number = one.option("number", 90033)
    said = {
        "error": one.option("error", "temporarily_unavailable"),
        "error_description": f"AADSTS{number}: {one.option('text', 'A transient error has occurred.')}",
        "error_codes": [number],
        "timestamp": "2026-10-19 07:00:00Z",
        "trace_id": "0b4c9fd6-6cf3-4d0c-8ad5-4fc4c5bb1f00",
        "correlation_id": "7a1b1a3e-37c0-4c26-b1be-6c0bd2a5c1a1",
    }
    retry_after = one.option("retry_after", None)
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return json_answer(said, one.option("status", 503), {"Content-Type": "application/json; charset=utf-8", **headers})


def _http(one: Fault, render: Render) -> Answer:
    """A page in HTML with any status, as a gateway or a proxy sends."""
    del render
    retry_after = one.option("retry_after", None)
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    status = one.option("status", 503)
    text = one.option("text", f"HTTP Error {status}. The service is unavailable.")
    html = f"<!DOCTYPE HTML><HTML><HEAD><TITLE>Error</TITLE></HEAD><BODY><h2>{text}</h2></BODY></HTML>"
    return Answer(html.encode(), status, "text/html; charset=us-ascii", headers)


def _html(one: Fault, render: Render) -> Answer:
    return _http(replace(one, options={"status": 200, "text": "Sign in to your account", **one.options}), render)


def _redirect(one: Fault, render: Render) -> Answer:
    del render
    location = one.option("location", "https://graph.elsewhere.example/v1.0/users")
    return Answer(b"", one.option("status", 302), None, (("Location", location),))


def _raw(one: Fault, render: Render) -> Answer:
    """`body`: any bytes, in base64; `packed`: they are said to be gzip."""
    del render
    body = base64.b64decode(one.option("body", ""))
    headers = (("Content-Encoding", "gzip"),) if one.option("packed", False) else ()  # noqa: FBT003 - a default
    return Answer(body, one.option("status", 200), one.option("content_type", "application/json"), headers)


def _json(one: Fault, render: Render) -> Answer:
    """`value`: any JSON in place of the answer."""
    del render
    return json_answer(one.option("value", {"value": "none"}), one.option("status", 200))


def _not_gzip(one: Fault, render: Render) -> Answer:
    del one
    return replace(render(), headers=(("Content-Encoding", "gzip"),))


def _truncated(one: Fault, render: Render) -> Answer:
    whole = render()
    return replace(whole, body=whole.body[: one.option("after", len(whole.body) // 2)])


def _not_json(one: Fault, render: Render) -> Answer:
    del render
    text = one.option("text", "The server is being updated {and will return")
    return Answer(str(text).encode(), 200, "application/json")


def _empty(one: Fault, render: Render) -> Answer:
    del render
    return Answer(b"", one.option("status", 200), "application/json")


def _content_type(one: Fault, render: Render) -> Answer:
    return replace(render(), content_type=one.option("value", "application/octet-stream"))


def _deep(one: Fault, render: Render) -> Answer:
    del render
    depth = one.option("depth", 100_000)
    return Answer(b'{"value":' + b"[" * depth + b"]" * depth + b"}", 200, "application/json")


def _huge(one: Fault, render: Render) -> Answer:
    del render
    return Answer(_big(one.option("mib", 64)), 200, "application/json")


def _gzip_bomb(one: Fault, render: Render) -> Answer:
    del render
    return Answer(_bomb(one.option("mib", 256)), 200, "application/json", (("Content-Encoding", "gzip"),))


@lru_cache(maxsize=4)
def _big(mib: int) -> bytes:
    return b'{"value":[{"id":"AAMk=","subject":"' + b"x" * (mib * _MIB) + b'"}]}'


@lru_cache(maxsize=4)
def _bomb(mib: int) -> bytes:
    return gzip.compress(_big(mib), 9)


def _changed(answer: Answer, change: Callable[[dict[str, Any]], None]) -> Answer:
    """The answer with its JSON changed; one that is an error stays."""
    if answer.status != 200:
        return answer
    value = json.loads(answer.body)
    change(value)
    return replace(answer, body=json.dumps(value, ensure_ascii=False).encode())


def _next_link(one: Fault, render: Render) -> Answer:
    """`link`: what stands in @odata.nextLink, in place of any deltaLink; another host's unless said otherwise."""

    def change(value: dict[str, Any]) -> None:
        value.pop("@odata.deltaLink", None)
        value["@odata.nextLink"] = one.option(
            "link", "https://graph.elsewhere.example/v1.0/users/x/calendarView?$skip=10"
        )

    return _changed(render(), change)


def _silent_cut(one: Fault, render: Render) -> Answer:
    """Fewer entries than there are, and no word of it."""

    def change(value: dict[str, Any]) -> None:
        value.pop("@odata.nextLink", None)
        value["value"] = value.get("value", [])[: one.option("items", 1)]

    return _changed(render(), change)


_BAD: Mapping[str, Mapping[str, Any]] = {
    "no-start": {"start": None},
    "unreadable-start": {"start": {"dateTime": "yesterday at noon", "timeZone": "UTC"}},
    "unknown-zone": {"start": {"dateTime": "2026-10-19T10:00:00.0000000", "timeZone": "Customized Time Zone"}},
    "start-is-text": {"start": "2026-10-19T10:00:00Z"},
    "no-end": {"end": None},
    "no-subject": {"subject": None},
    "subject-is-number": {"subject": 7},
    "no-uid": {"uid": None, "iCalUId": None},
    "no-type": {"type": None},
    "unknown-type": {"type": "unknownFutureValue"},
    "no-response": {"responseStatus": None},
    "unknown-property": {"nobodyKnowsThis": {"of": 2031}},
}


def _bad_item(one: Fault, render: Render) -> Answer:
    """`what`: see _BAD, whose None leaves a property out; `index`: which entry of the page."""
    bad = _BAD[one.option("what", "no-start")]

    def change(value: dict[str, Any]) -> None:
        entries = value.get("value", [])
        if entries:
            entry = entries[one.option("index", 0) % len(entries)]
            entry.update(bad)
            for name in [name for name, worth in bad.items() if worth is None]:
                entry.pop(name, None)

    return _changed(render(), change)


def _batch(one: Fault, render: Render) -> Answer:
    """`what` becomes of a batch's answers.

    It is missing, twice, unknown-id, no-status, no-body, no-headers, text-status or not-list.
    """
    what = one.option("what", "missing")

    def change(value: dict[str, Any]) -> None:
        parts = value.get("responses", [])
        part = parts[one.option("index", 0) % len(parts)] if parts else {}
        match what:
            case "missing":
                parts.remove(part)
            case "twice":
                parts.append(part)
            case "unknown-id":
                part["id"] = "nobody's"
            case "no-status" | "no-body" | "no-headers":
                part.pop({"no-status": "status", "no-body": "body", "no-headers": "headers"}[what], None)
            case "text-status":
                part["status"] = str(part.get("status"))
            case "not-list":
                value["responses"] = {"0": part}
            case _:
                raise ValueError(f"A batch has no {what!r}")

    return _changed(render(), change)


def _timeout(one: Fault, render: Render) -> Answer:
    return replace(render(), delay=one.option("seconds", 5.0))


def _cut(one: Fault, render: Render) -> Answer:
    whole = render()
    return replace(whole, cut=one.option("after", len(whole.body) // 2))


def _reset(one: Fault, render: Render) -> Answer:
    del one, render
    return Answer(b"", reset=True)


def _drip(one: Fault, render: Render) -> Answer:
    return replace(render(), drip=one.option("seconds", 1.0))


def _drip_headers(one: Fault, render: Render) -> Answer:
    return replace(render(), drip_head=one.option("seconds", 1.0))


CONNECTION: dict[str, _Kind] = {
    "timeout": _timeout,
    "cut": _cut,
    "reset": _reset,
    "drip": _drip,
    "drip-headers": _drip_headers,
    "not-gzip": _not_gzip,
    "gzip-bomb": _gzip_bomb,
}
"""Those that only a whole HTTP request can meet."""

KINDS: dict[str, _Kind] = CONNECTION | {
    "error": _error,
    "throttled": _throttled,
    "status-401": _unauthorized,
    "entra": _entra,
    "http": _http,
    "html": _html,
    "redirect": _redirect,
    "raw": _raw,
    "json": _json,
    "truncated-json": _truncated,
    "not-json": _not_json,
    "empty": _empty,
    "content-type": _content_type,
    "deep": _deep,
    "huge": _huge,
    "next-link": _next_link,
    "silent-cut": _silent_cut,
    "bad-item": _bad_item,
    "batch": _batch,
}
