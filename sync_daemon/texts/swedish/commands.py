"""What the command line itself says."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "hanvisa: {problem}": "hanvisa: {problem}",
    "--lang is {text}; it must be sv or en": "--lang är {text}; det ska vara sv eller en",
    "did you mean {id}?": "menade du {id}?",
    "there are {ids}": "det finns {ids}",
    "there is no tenant {id} in the configuration; {hint}": "konfigurationen har ingen kommun {id}; {hint}",
}
