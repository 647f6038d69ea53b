"""What led to an exception of the way to a server; the words of none of them are told on."""

from __future__ import annotations

import ssl
from collections.abc import Iterable


def causes_of(error: BaseException) -> list[BaseException]:
    """The exception and what it came of, each once."""
    found = [error]
    while (cause := found[-1].__cause__ or found[-1].__context__) is not None and cause not in found:
        found.append(cause)
    return found


def openssl_error(causes: Iterable[BaseException]) -> ssl.SSLError | None:
    """What the ssl module raised; through a proxy's tunnel it is only an argument of urllib3's."""
    said = (one for cause in causes for one in (cause, *cause.args) if isinstance(one, ssl.SSLError))
    return next(said, None)
