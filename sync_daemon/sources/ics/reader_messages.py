"""What crosses between the service and the process that reads calendars: frames, and a reading as plain values.

JSON, for what is broken on the other side must not be able to run anything here; and nothing but what a `Reading` may
hold, so that no subject and no UID has a place in it (docs/rules.md §7).
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rules.command import Alternative, Command, Mode, Phone, Refusal, Slip
from rules.entry import Entries, Entry, Fault, NearEntry, Reading, Response, Unreadable
from sync_daemon.sources import KeyMaker, Mailbox, Parse, Window
from sync_daemon.texts import Text
from sync_daemon.texts.swedish import SWEDISH

HEADER = struct.Struct("!I")
"""In front of each frame: its length in bytes."""

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer; 2,000 entries have a fortieth of that."""

JOB, FILE = b"J", b"F"
"""The first byte of what the service sends: what to read for, in pickle, and which file, in JSON."""

READY = b"ready"
"""The answer to a job."""

_LONGEST_TEXT = 5_000
_RESPONSES = {response.value: response for response in Response}


@dataclass(frozen=True, slots=True)
class Job:
    """What files are read for; goes to the process that reads them, once for many."""

    window: Window
    parse: Parse
    zone: Any
    make_key: KeyMaker


@dataclass(frozen=True, slots=True)
class Answer:
    """A reading; with `spent` whoever read has grown large and is not to be asked again."""

    reading: Reading
    spent: bool = False


def frame(content: bytes) -> bytes:
    """With its length in front."""
    return HEADER.pack(len(content)) + content


def pack_request(mailbox: Mailbox, path: Path) -> bytes:
    """The request for one file."""
    return FILE + json.dumps([mailbox.address, sorted(mailbox.own_numbers), str(path)]).encode("utf-8", "surrogatepass")


def parse_request(content: bytes) -> tuple[Mailbox, Path]:
    """What `pack_request` made, less its first byte."""
    address, own_numbers, path = json.loads(content.decode("utf-8", "surrogatepass"))
    return Mailbox(address, frozenset(own_numbers)), Path(path)


def packed(answer: Answer) -> bytes:
    """The answer as it crosses."""
    reading = answer.reading
    if isinstance(reading, Unreadable):
        return json.dumps([answer.spent, _remedy_row(reading.remedy)]).encode("utf-8", "surrogatepass")
    # Most entries of a mailbox say the same.
    would_be = [near.would_be for near in reading.near_misses]
    different = dict.fromkeys(entry.command for entry in (*reading.entries, *would_be))
    commands = {command: place for place, command in enumerate(different)}
    rows = [_row(entry, commands[entry.command]) for entry in reading.entries]
    faults = [_fault_row(fault) for fault in reading.faults]
    near = [[_row(n.would_be, commands[n.would_be.command]), n.slip.value, n.series] for n in reading.near_misses]
    counts = [reading.complete, reading.without_command]
    said = [_command_row(command) for command in commands]
    return json.dumps([answer.spent, said, rows, near, faults, counts]).encode("utf-8", "surrogatepass")


def unpacked(content: bytes) -> Answer:
    """What `packed` made. Raises ValueError for anything else."""
    try:
        spent, *rest = json.loads(content.decode("utf-8", "surrogatepass"))
        if len(rest) == 1:
            return Answer(Unreadable(_remedy(*rest[0])), bool(spent))
        said, rows, near, faults, (complete, without_command) = rest
        commands = [_command(*row) for row in said]
        entries = tuple(_entry(commands, *row) for row in rows)
        near_misses = tuple(NearEntry(_entry(commands, *row), Slip(slip), _text(series)) for row, slip, series in near)
        known = tuple(_fault(*row) for row in faults)
        return Answer(Entries(entries, bool(complete), int(without_command), near_misses, known), bool(spent))
    except (TypeError, ValueError, LookupError, OverflowError, OSError, RecursionError):  # OSError: of a far time
        pass
    # Not chained: it may quote what it could not read.
    raise ValueError("no answer of ours")


def _remedy_row(remedy: str) -> list[Any]:
    if not isinstance(remedy, Text):
        return [remedy, {}]
    return [remedy.template, {name: one if isinstance(one, int) else str(one) for name, one in remedy.values.items()}]


def _remedy(template: object, values: object) -> str:
    """A sentence of ours, or a plain text: a template that is not ours is not filled, for it could ask for anything."""
    if not isinstance(values, dict):
        raise TypeError("no values")
    plain = {name: value if isinstance(value, int) else _text(value) for name, value in values.items()}
    return Text.of(template, plain) if isinstance(template, str) and template in SWEDISH else _text(template)


def _command_row(command: Command) -> list[Any]:
    alternative = command.alternative
    named = [alternative.number, alternative.mode.value] if alternative else None
    return [command.code, command.phone.value, named, command.refused and command.refused.value]


def _command(code: object, phone: str, named: list[Any] | None, refused: str | None) -> Command:
    alternative = Alternative(_text(named[0]), Mode(named[1])) if named else None
    return Command(_text(code), Phone(phone), alternative, Refusal(refused) if refused else None)


def _row(entry: Entry, command: int) -> list[Any]:
    return [
        entry.key,
        entry.start.timestamp(),
        entry.end.timestamp(),
        command,
        entry.all_day,
        entry.cancelled,
        entry.response.value,
        entry.private,
        entry.also,
    ]


def _entry(commands: list[Command], *row: Any) -> Entry:  # noqa: ANN401 - what came across
    key, start, end, command, all_day, cancelled, response, private, also = row
    return Entry(
        _text(key),
        datetime.fromtimestamp(start, UTC),
        datetime.fromtimestamp(end, UTC),
        commands[command],
        all_day is True,
        cancelled is True,
        _RESPONSES[response],
        private is True,
        tuple(map(_text, also)) if also else (),
    )


def _fault_row(fault: Fault) -> list[Any]:
    keys = None if fault.keys is None else sorted(fault.keys)
    return [fault.number, fault.problem, fault.count, keys, *(at and at.timestamp() for at in (fault.start, fault.end))]


def _fault(*row: Any) -> Fault:  # noqa: ANN401 - what came across
    number, problem, count, keys, start, end = row
    known = None if keys is None else frozenset(map(_text, keys))
    times = [None if seconds is None else datetime.fromtimestamp(seconds, UTC) for seconds in (start, end)]
    return Fault(int(number), _text(problem), int(count), known, *times)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise TypeError("no text")
    return value
