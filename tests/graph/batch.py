"""$batch: up to 20 questions in one request, each with an answer of its own, in any order.

Source: https://learn.microsoft.com/en-us/graph/json-batching
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from tests.exchange.answer import Answer
from tests.graph.errors import GraphError
from tests.graph.question import Question, read

MOST = 20


def questions(body: bytes) -> list[tuple[str, Question]]:
    """The questions of a batch by their ids.

    Raises:
        GraphError: it is none, has too many questions, or two of one id.
    """
    try:
        asked = json.loads(body)["requests"]
        found = [(str(one["id"]), read(one["method"], one["url"], one.get("headers") or {})) for one in asked]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GraphError(400, "BadRequest", "Invalid batch payload format.") from error
    if len(found) > MOST:
        text = f"Number of batch request steps exceeds the maximum value of {MOST}."
        raise GraphError(400, "BadRequest", text)
    if len({name for name, _ in found}) != len(found):
        raise GraphError(400, "BadRequest", "The ids of a batch's requests must be unique.")
    return found


def answered(asked: Iterable[tuple[str, Question]], answer: Callable[[Question], Answer]) -> bytes:
    """The body of a batch's answer: the last question first, since the order is not promised."""
    parts = [_part(name, answer(question)) for name, question in asked]
    return b'{"responses":[' + b",".join(reversed(parts)) + b"]}"


def fitting(answer: Answer) -> Answer:
    """An answer as it can stand in a batch: what calls itself JSON and is none goes as text."""
    try:
        json.loads(answer.body or b"null")
    except ValueError:
        return replace(answer, content_type="text/plain")
    except RecursionError:
        return answer
    return answer


def _part(name: str, answer: Answer) -> bytes:
    headers: dict[str, Any] = dict(answer.headers)
    if answer.content_type is not None:
        headers["Content-Type"] = answer.content_type
    is_json = (answer.content_type or "").startswith("application/json")
    body = answer.body if is_json else json.dumps(base64.b64encode(answer.body).decode()).encode()
    head = json.dumps({"id": name, "status": answer.status, "headers": headers})
    return head[:-1].encode() + b',"body":' + (body or b"null") + b"}"
