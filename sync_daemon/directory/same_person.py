"""Who of a changed directory is the same person under another mailbox (docs/rules.md §9): pure.

The mail domain changes, or somebody marries: a line goes, another comes, and it is still their phone.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHORTEST_NAME = 2
"""An initial is nobody's given name."""


class Line(Protocol):
    """A line of the directory, as it was or as it is."""

    @property
    def mailbox(self) -> str:
        """The address."""

    @property
    def name(self) -> str:
        """As the operator says it."""

    @property
    def extensions(self) -> Sequence[str]:
        """Normalised."""


def renamed(left: Iterable[Line], came: Iterable[Line]) -> dict[str, str]:
    """The mailbox that somebody had, by the one that they have now.

    Of those who `left` and `came` with one change of the directory. They are one where they share an extension and the
    part before @ or the name, or have all extensions and the given name in common; in this order, then by how many
    extensions they share, then by the mailboxes. Nobody is matched twice.
    """
    holders = {number: line for line in left for number in line.extensions}
    pairs = []
    for new in came:
        for old in {
            holders[number].mailbox: holders[number] for number in new.extensions if number in holders
        }.values():
            rank = _rank(old, new)
            if rank is not None:
                shared = len({*old.extensions} & {*new.extensions})
                pairs.append((rank, -shared, old.mailbox, new.mailbox))
    found: dict[str, str] = {}
    taken: set[str] = set()
    for _, _, before, now in sorted(pairs):
        if now not in found and before not in taken:
            found[now] = before
            taken.add(before)
    return found


def _rank(old: Line, new: Line) -> int | None:
    """How surely they are one, the surest first; None where they are not."""
    part = _plain(old.mailbox.partition("@")[0]) == _plain(new.mailbox.partition("@")[0])
    name = bool(_words(old.name)) and _words(old.name) == _words(new.name)
    if part or name:
        return 0 if part and name else 1 if part else 2
    given = _given_name(old.name)
    alike = len(given) >= _SHORTEST_NAME and given == _given_name(new.name)
    return 3 if alike and {*old.extensions} == {*new.extensions} else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip()


def _words(name: str) -> list[str]:
    """Of `Berg, Anna` and of `Anna Berg` the same; empty for nobody."""
    return sorted(word for word in re.split(r"[\s,]+", _plain(name)) if word)


def _given_name(name: str) -> str:
    """The first word; of `Berg, Anna` the one after the comma."""
    _, comma, after = name.partition(",")
    words = [word for word in re.split(r"[\s._]+", _plain(after if comma else name)) if word]
    return words[0] if words else ""
