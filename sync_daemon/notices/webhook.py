"""A word as a webhook gets it: JSON, signed with the receiver's secret and the time.

The signature is HMAC-SHA-256 (RFC 2104, FIPS 180-4) of the time in seconds since 1970, a full stop, and the body as it
is sent, as hexadecimal digits: `Hanvisa-Signature: t=1764144000,v1=5257a8…`. A receiver makes it anew, compares in
constant time, and refuses a time that lies more than five minutes off, so that nothing can be sent again by another.
The same word has the same `Idempotency-Key`, however often it comes
(https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/). An example: docs/admin.md "To the
switchboard".
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rules.departments import Notice
from sync_daemon.notices import words
from sync_daemon.settings import WebhookReceiver
from sync_daemon.store import Outgoing
from sync_daemon.texts import in_language
from sync_daemon.times import as_text

SIGNATURE, KEY = "Hanvisa-Signature", "Idempotency-Key"


def body(word: Outgoing, receiver: WebhookReceiver, zone: ZoneInfo) -> bytes:
    """The same of one word, whenever it is made."""
    notice = word.notice
    return _json(
        {
            "kind": "notice",
            "key": word.key,
            "tenant": word.tenant,
            "department": word.department,
            "stretch": notice.id,
            "state": notice.state.value,
            "reason": notice.reason and notice.reason.value,
            **_span(notice),
            "emergency": word.emergency,
            "at": as_text(notice.at),
            "before": word.before and _span(word.before),
            "text": _text(tuple(words.sentences(word, zone)), receiver),
        }
    )


def trial(tenant: str, receiver: WebhookReceiver, key: str, now: datetime) -> bytes:
    """What `hanvisa check --notices` sends."""
    text = _text(tuple(words.trial_sentences(tenant)), receiver)
    return _json({"kind": "trial", "key": key, "tenant": tenant, "at": as_text(now), "text": text})


def headers(content: bytes, key: str, secret: str, now: datetime) -> dict[str, str]:
    """Beside the body: what it is, its key, and the signature of `now`, aware."""
    seconds = int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "hanvisa",
        KEY: key,
        SIGNATURE: f"t={seconds},v1={signed(content, secret, seconds)}",
    }


def signed(content: bytes, secret: str, seconds: int) -> str:
    """The signature of a body at that time, in seconds since 1970."""
    return hmac.new(secret.encode(), f"{seconds}.".encode() + content, hashlib.sha256).hexdigest()


def _span(notice: Notice) -> dict[str, Any]:
    return {
        "from": as_text(notice.start),
        "until": as_text(notice.until),
        "back": notice.back and as_text(notice.back),
    }


def _text(sentences: tuple[str, ...], receiver: WebhookReceiver) -> str:
    return " ".join(in_language(sentence, receiver.lang) for sentence in sentences)


def _json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
