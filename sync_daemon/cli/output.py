"""How results are shown: JSON to the letter of the interface, and tables for a person at a terminal."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any

import rich.text
from rich.console import Console
from rich.table import Table

from rules.command import Alternative
from sync_daemon.answers.wording import telephone_number
from sync_daemon.printable import LINE_LENGTH, cut, escaped, one_line
from sync_daemon.texts import Language, in_language, short_time

_UNPIPED_WIDTH = 160
_ERRORS = "hanvisa-in-ascii"
_IN_ASCII = {"→": "->", "–": "-", "█": "#", "░": "=", "▒": "%", "·": ".", "○": "o", "…": "...", "’": "'"}
"""What is shown where the terminal has no such sign."""


def write_anywhere() -> None:
    """Lets output and errors be written whatever the terminal's encoding: a letter that it lacks is put in others."""
    codecs.register_error(_ERRORS, _put_in_others)
    if sys.stdout is None:  # closed (`>&-`), as Python says it
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - until the process ends
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def lost_output(*, after_an_error: bool = False) -> OSError | None:
    """Why standard output cannot be written, None where all of it is; after an error it is written nowhere."""
    if not isinstance(sys.stdout, io.TextIOWrapper):
        return None
    try:
        sys.stdout.flush()
        if after_an_error:  # what could not be written once is forgotten
            os.write(sys.stdout.fileno(), b"\n")
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return error
    return None


def _put_in_others(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    plain = (_IN_ASCII.get(one) or unicodedata.normalize("NFKD", one) for one in letters)
    return "".join("".join(filter(str.isascii, some)) or "?" for some in plain), error.end


def print_json(value: Any, indent: int | None = 1) -> None:  # noqa: ANN401 - JSON
    """The value, as other programs read it; ASCII where the terminal cannot show all of it."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=indent)
    sys.stdout.write(f"{escaped(text)}\n")


def console() -> Console:
    """Standard output; wide enough for a table where it is no terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _UNPIPED_WIDTH)


class _Shown:
    """The language of this command's person."""

    language: Language = "en"


def show_in(language: Language) -> None:
    """From now on every text is shown in that language."""
    _Shown.language = language


def language() -> Language:
    """The language that texts are shown in."""
    return _Shown.language


def say(text: str) -> None:
    """A line for a person, in their language: text, never markup, and no order to the terminal."""
    # As Text it is no markup, and `:smile:` no emoji.
    console().print(rich.text.Text(cut_line(in_language(text, language()))), soft_wrap=True)


def complain(text: str) -> None:
    """The same on standard error, which may have several lines."""
    lines = "\n".join(map(cut_line, in_language(text, language()).split("\n")))
    Console(stderr=True, highlight=False).print(rich.text.Text(lines), soft_wrap=True)


def cut_line(text: str) -> str:
    """A line as it is shown, with the spaces that it begins with."""
    line = one_line(text)
    return line if len(line) <= LINE_LENGTH else f"{line[:LINE_LENGTH]}…"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> None:
    """A table; nothing of a cell is taken for markup."""
    shown = Table(
        title=None if title is None else rich.text.Text(cut(in_language(title, language()))),
        title_justify="left",
        box=None,
        pad_edge=False,
        header_style="bold",
        show_header=any(columns),
    )
    for column in columns:
        shown.add_column(in_language(column, language()), overflow="fold")
    for row in rows:
        shown.add_row(*(rich.text.Text(cut(in_language(cell, language()))) for cell in row))
    console().print(shown)


def clock(moment: datetime | None, zone: tzinfo, today: datetime | None = None) -> str:
    """A local time, with its date unless that is today's, and with the year where that is another."""
    return "–" if moment is None else short_time(moment, zone, today, language())


def told(alternative: Alternative | None, country: str) -> str:
    """Whom to try, and how: `→` connects, without it the number is told."""
    if alternative is None:
        return ""
    number = telephone_number(alternative.number, country)
    return f"→ {number}" if alternative.mode.value == "connect" else number
