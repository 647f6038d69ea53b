"""Where an answer goes on, and whether it says itself that it is not whole.

https://learn.microsoft.com/en-us/graph/paging has `@odata.nextLink`. In version 4.01 of OData the `odata.` may lack
(https://docs.oasis-open.org/odata/odata-json-format/v4.01/odata-json-format-v4.01.html), and in version 3 the `@` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def next_link(body: Mapping[str, Any]) -> object:
    """The link to the next page, however it is spelled; None where there is none."""
    links = (link for name, link in body.items() if name.lower().endswith("nextlink") and link is not None)
    return next(links, None)


def tells_of_error(body: Mapping[str, Any]) -> bool:
    """Whether an error stands beside the events."""
    return any(
        told is not None and (name.lower() == "error" or (name.startswith("@") and name.lower().endswith("error")))
        for name, told in body.items()
    )
