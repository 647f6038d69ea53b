"""Answers that are read whole, within bounds of size and time, and as what they say they are packed with."""

from __future__ import annotations

from collections.abc import Iterator

import requests
import requests.exceptions
import urllib3.exceptions

from sync_daemon.sources.exchange.deadline import left

_CHUNK = 65_536


class AnswerTooLarge(requests.exceptions.ConnectionError):
    """It has more bytes than are taken."""


class AnswerTooSlow(requests.exceptions.Timeout):
    """It was not there in time."""


class AnswerBroken(requests.exceptions.ContentDecodingError):
    """It says that it is packed, and cannot be unpacked."""


def take(response: requests.Response, most: int) -> None:
    """Reads the content into the response. `most` are the bytes that are taken, unpacked.

    Raises AnswerTooLarge, AnswerTooSlow, AnswerBroken and requests' ConnectionError.
    """
    response._content = b"".join(_chunks(response, most))  # noqa: SLF001 - what requests itself would do
    response._content_consumed = True  # noqa: SLF001 - the same


def _chunks(response: requests.Response, most: int) -> Iterator[bytes]:
    taken = 0
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            taken += len(chunk)
            if taken > most:
                response.close()
                raise AnswerTooLarge("the answer is too large", response=response)
            if left() <= 0:
                response.close()
                raise AnswerTooSlow("the answer takes too long", response=response)
            yield chunk
        if not taken and response.raw.tell():
            # Of one that ends too soon urllib3 says nothing.
            raise AnswerBroken("the answer cannot be unpacked", response=response)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        response.close()
        if isinstance(error, urllib3.exceptions.DecodeError):
            raise AnswerBroken("the answer cannot be unpacked", response=response) from None
        if isinstance(error, requests.exceptions.RequestException):
            raise
        if isinstance(error, urllib3.exceptions.ReadTimeoutError | TimeoutError):
            raise AnswerTooSlow("the answer takes too long", response=response) from error
        raise requests.exceptions.ConnectionError("the answer was cut off") from error
