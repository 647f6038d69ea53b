"""A content line cut into name, parameters and value (RFC 5545 §3.1).

The patterns take what they have taken for good (`++`, `*+`): a line is looked at once, however it is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_LINE = re.compile(r'([\w-]++)\s*+((?:;(?:"[^"]*+"|[^":]++)*+)?+):(.*)', re.DOTALL)
# A time holds no colon, but a TZID that was not quoted may: `DTSTART;TZID=tzone://Microsoft/Custom:20261124T090000`.
_TIME_LINE = re.compile(r"([\w-]++)\s*+((?:;.*)?):([^:]*+)", re.DOTALL)
_TIMES = re.compile(r"(?:DTSTART|DTEND|RECURRENCE-ID|RDATE|EXDATE)\s*+[;:]", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER = re.compile(r';\s*+([\w-]++)\s*+=\s*+((?:"[^"]*+"|[^";]++)*+)')


@dataclass(frozen=True, slots=True, repr=False)
class Property:
    """A property as the file writes it; `name` in capitals. Of one that is `torn` only the name is known."""

    name: str
    value: str
    written_parameters: str = ""
    torn: bool = False

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameters without their quotes, by name in capitals; of two of one name the first."""
        found: dict[str, str] = {}
        for match in _PARAMETER.finditer(self.written_parameters):
            found.setdefault(match[1].upper(), match[2].strip().strip('"'))
        return found

    def every(self, name: str) -> set[str]:
        """What a parameter is said to be, once or more often, without quotes; what is empty left out."""
        parameters = _PARAMETER.finditer(self.written_parameters)
        values = (match[2].strip().strip('"') for match in parameters if match[1].upper() == name)
        return {value for value in values if value}

    def parameter(self, name: str) -> str | None:
        """The parameter's value, or None. Looks through all of them: not to be asked for each of many values."""
        return self.parameters.get(name) if self.written_parameters else None

    @property
    def values(self) -> list[str]:
        """The values of a property that may hold several; none where a writer left it empty."""
        return [value for value in map(str.strip, self.value.split(",")) if value]

    @property
    def text(self) -> str:
        """The value of a TEXT property, unescaped (RFC 5545 §3.3.11)."""
        return unescaped(self.value)


def unescaped(text: str) -> str:
    """The text that a TEXT value stands for (RFC 5545 §3.3.11)."""
    return _ESCAPED.sub(lambda escaped: "\n" if escaped[1] in "nN" else escaped[1], text)


def content_line(line: str) -> Property | None:
    """The property of a line, or None where it is none."""
    match = (_TIME_LINE if _TIMES.match(line) else _LINE).fullmatch(line)
    return Property(match[1].upper(), match[3], match[2]) if match else None
