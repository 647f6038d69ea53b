"""Calendars that are damaged, or made to cost time, memory or a wrong phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random

_HEAD, _TAIL = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "END:VCALENDAR\r\n"
_START = "DTSTART:20261124T090000Z\r\n"
_LONGEST = 2_000_000
"""Bytes of a mutated calendar, about: the daemon's own limit is tried by tests of its own."""


def calendar(*parts: str) -> bytes:
    """A file of those components."""
    return (_HEAD + "".join(parts) + _TAIL).encode("utf-8", "surrogatepass")


def entry(*lines: str, uid: str = "hostile", subject: str = "SAM: x", start: str = _START) -> str:
    """A VEVENT of half an hour, less its end where the lines have one."""
    ends = "" if any(line.startswith(("DTEND", "DURATION")) for line in lines) else "DURATION:PT30M\r\n"
    rest = "".join(f"{line}\r\n" for line in lines)
    return f"BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:{subject}\r\n{start}{ends}{rest}END:VEVENT\r\n"


def nested(size: int) -> bytes:
    """Components within each other that nobody ends."""
    return calendar(entry(*["BEGIN:A"] * size))


def nested_and_ended(size: int) -> bytes:
    """Components within each other."""
    return calendar(entry(*["BEGIN:A"] * size, *["END:A"] * size))


def subject(size: int) -> bytes:
    """Spaces between a word and a number, in an entry that nobody asked for."""
    return calendar(entry(subject="Offert" + " " * size + "2027"))


def escapes(size: int) -> bytes:
    """A subject of escapes."""
    return calendar(entry(subject="SAM: " + "\\n" * size))


def carriage_returns(size: int) -> bytes:
    """A line of CR."""
    return calendar(entry("DESCRIPTION:" + "\r" * size + "x"))


def short_lines(size: int) -> bytes:
    """Lines that say nothing."""
    return calendar("ab\n" * size)


def blank_lines(size: int) -> bytes:
    """Lines of which there is nothing to see."""
    return calendar(" \r\n\t\r\n\x0b\n" * size)


def folds(size: int) -> bytes:
    """One line on very many."""
    return calendar(entry("DESCRIPTION:x" + "\r\n y" * size))


def parameters(size: int) -> bytes:
    """Parameters before many values, each of which might look through all of them."""
    quotes = ";X=" + "a" * size + ';Y="' + "b" * size
    return calendar(entry(f'EXDATE{quotes}":{",".join(["20261125T090000"] * (size // 20))}', "RRULE:FREQ=DAILY"))


def excluded(size: int) -> bytes:
    """EXDATEs."""
    return calendar(entry("RRULE:FREQ=DAILY", f"EXDATE:{_times(size)}"))


def extra(size: int) -> bytes:
    """RDATEs."""
    return calendar(entry(f"RDATE:{_times(size)}"))


def overrides(size: int) -> bytes:
    """A series by the minute, each occurrence of which changes all that follow."""
    changes = (
        entry(f"RECURRENCE-ID;RANGE=THISANDFUTURE:{time}", start=f"DTSTART:{time}\r\n") for time in _minutes(size)
    )
    return calendar(entry("RRULE:FREQ=MINUTELY"), *changes)


def rules(size: int) -> bytes:
    """A series with very many rules."""
    return calendar(entry(*[f"RRULE:FREQ=WEEKLY;INTERVAL={1 + number % 9}" for number in range(size)]))


def zones(size: int) -> bytes:
    """Time zones that change each week since the year 1, each of them used."""
    parts = "".join(
        f"BEGIN:{name}\r\nDTSTART:00010101T030000\r\nTZOFFSETFROM:{before}\r\nTZOFFSETTO:{after}\r\n"
        f"RRULE:FREQ=YEARLY;BYDAY={day}\r\nEND:{name}\r\n"
        for name, before, after, day in (("STANDARD", "+0200", "+0100", "MO"), ("DAYLIGHT", "+0100", "+0200", "TH"))
    )
    made = [f"BEGIN:VTIMEZONE\r\nTZID:Zone{number}\r\n{parts}END:VTIMEZONE\r\n" for number in range(size)]
    used = [entry(uid=f"{number}", start=f"DTSTART;TZID=Zone{number}:20261124T090000\r\n") for number in range(size)]
    return calendar(*made, *used)


def clock_changes(size: int) -> bytes:
    """Time zones as they should be, each of them used."""
    made = "".join(
        f"BEGIN:VTIMEZONE\r\nTZID:Zone{number}\r\n"
        "BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n"
        "BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"
        for number in range(size)
    )
    used = (entry(uid=f"{number}", start=f"DTSTART;TZID=Zone{number}:20261124T090000\r\n") for number in range(size))
    return calendar(made, *used)


def zone_parts(size: int) -> bytes:
    """A time zone with very many parts."""
    part = "BEGIN:STANDARD\r\nDTSTART:19700101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n"
    zone = f"BEGIN:VTIMEZONE\r\nTZID:Home\r\n{part * size}END:VTIMEZONE\r\n"
    return calendar(zone, entry(start="DTSTART;TZID=Home:20261124T090000\r\n"))


def attendees(size: int) -> bytes:
    """Very many who were invited."""
    return calendar(entry(*[f"ATTENDEE;CN=x;PARTSTAT=ACCEPTED:mailto:p{number}@x.se" for number in range(size)]))


def entries(size: int) -> bytes:
    """Very many meetings on one day."""
    return calendar(*(entry(uid=f"{number}") for number in range(size)))


def other_entries(size: int) -> bytes:
    """The same, without a command."""
    return calendar(*(entry(uid=f"{number}", subject="Lunch") for number in range(size)))


def broken_entries(size: int) -> bytes:
    """Very many that cannot be understood."""
    return calendar(*(entry(uid=f"{number}", start="DTSTART:now\r\n") for number in range(size)))


def uid(size: int) -> bytes:
    """A name without an end, and a time zone's."""
    return calendar(entry(uid="u" * size), entry(uid="z", start=f"DTSTART;TZID={'/a' * size}:20261124T090000\r\n"))


def by_the_minute(size: int) -> bytes:
    """206 bytes that book every minute, that many times."""
    return calendar(*(entry("RRULE:FREQ=MINUTELY", uid=f"{number}") for number in range(size)))


CONSTRUCTS: Mapping[Callable[[int], bytes], int] = {
    nested: 40_000,
    nested_and_ended: 20_000,
    subject: 200_000,
    escapes: 200_000,
    carriage_returns: 1_000_000,
    short_lines: 60_000,
    blank_lines: 60_000,
    folds: 100_000,
    parameters: 100_000,
    excluded: 4_000,
    extra: 4_000,
    overrides: 500,
    rules: 500,
    zones: 40,
    clock_changes: 20,
    zone_parts: 4_000,
    attendees: 5_000,
    entries: 700,
    other_entries: 700,
    broken_entries: 700,
    uid: 300_000,
    by_the_minute: 1,
}
"""What grows with a number, and from which number on it takes a measurable time."""


def hostile_calendars(valid: Sequence[bytes], random: Random) -> Iterator[bytes]:
    """Without an end: one made to cost, one of the valid ones damaged, one of bytes as they come."""
    makers = list(CONSTRUCTS.items())
    while True:
        make, size = random.choice(makers)
        yield make(max(1, int(size * random.random())))
        yield damaged(random.choice(valid) if valid else calendar(entry()), random)
        yield odd(random)
        yield random.randbytes(random.randrange(4_000))


def odd(random: Random) -> bytes:
    """A calendar whose times and numbers are far from any other's."""
    far = random.choice(["00010101T000000Z", "99991231T235959Z", "99991231", "00010101", "20261124T090000Z"])
    often = random.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"])
    number = "9" * random.choice([1, 9, 18, 5_000])
    lines = [
        f"DTEND:{random.choice(['99991231T235959Z', '99991231', '20261124T100000Z', '00010101T000000'])}",
        f"SEQUENCE:{number}",
        f"EXDATE:{far}",
        f"RRULE:FREQ={often};INTERVAL={number};UNTIL={far}",
        f"RRULE:FREQ={often};COUNT={number}",
        f"DURATION:P{number}D",
        f"RECURRENCE-ID:{far}",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261124T090000Z",
        'ORGANIZER;SENT-BY="mailto:evil@x.se":mailto:anna@sorsele.se',
        "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
        "STATUS:CANCELLED",
    ]
    chosen = random.sample(lines, random.randrange(1, len(lines)))
    return calendar(entry(*chosen, start=f"DTSTART:{far}\r\n"), entry(uid="beside"))


def damaged(content: bytes, random: Random) -> bytes:
    """The calendar with something cut out, doubled, put in or turned, a few times."""
    for _ in range(random.randrange(1, 6)):
        begin, end = sorted(random.randrange(len(content) + 1) for _ in range(2))
        end = min(end, begin + random.choice([1, 8, 200, 20_000]))
        part = content[begin:end]
        instead = random.choice(
            [
                b"",
                part * random.choice([2, 3, 50]),
                bytes(reversed(part)),
                random.randbytes(random.randrange(1, 9)),
                random.choice([b"\r", b"\r\n ", b"\x00", b"\xff", b'"', b";", b":", b","]) * random.choice([1, 1_000]),
                random.choice([b"\r\nBEGIN:VEVENT\r\n", b"\r\nEND:VEVENT\r\n", b"\r\nBEGIN:VTIMEZONE\r\n"]),
            ]
        )
        content = (content[:begin] + instead + content[end:])[:_LONGEST]
    return content


def _times(size: int) -> str:
    return ",".join(_minutes(size))


def _minutes(size: int) -> list[str]:
    """That many times, a minute apart, from the 24th on."""
    return [
        f"202611{24 + number // 1440 % 6:02d}T{number // 60 % 24:02d}{number % 60:02d}{number // 8640 % 60:02d}Z"
        for number in range(size)
    ]
