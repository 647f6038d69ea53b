"""The demonstration's four municipalities: directories and calendars with something to show at any time of any day."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_FIRST_DAY = "20260105"  # a Monday: the series begin there and never end

_FIRST_NAMES = ("Anna", "Bo", "Cecilia", "David", "Eva", "Filip", "Greta", "Hans", "Ingrid", "Johan")
_LAST_NAMES = ("Lundmark", "Stenvall", "Åström", "Nilsson", "Öberg", "Fjällås", "Renberg", "Sandberg", "Marklund", "Ek")
_DEPARTMENTS = ("Socialtjänst", "Bygg och miljö", "Kommunledning")


@dataclass(frozen=True)
class Municipality:
    """A tenant of the demonstration; its extensions begin with `series`."""

    id: str
    name: str
    series: int
    people: int = 10
    area_code: str = "0952"


MUNICIPALITIES = (
    Municipality("arjeplog", "Arjeplog", 11, area_code="0961"),
    Municipality("mala", "Malå", 22, area_code="0953"),
    Municipality("sorsele", "Sorsele", 33, area_code="0952"),
    Municipality("arvidsjaur", "Arvidsjaur", 44, area_code="0960"),
)


@dataclass(frozen=True)
class Booking:
    """A series in a calendar: times of day, or a whole day where `start` is empty."""

    subject: str
    start: str = ""
    end: str = ""
    days: str = "MO,TU,WE,TH,FR"
    lines: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Person:
    """A line of a directory, and what stands in the calendar."""

    mailbox: str
    name: str
    extensions: str
    department: str
    alternative: str
    bookings: tuple[Booking, ...]


def people_of(place: Municipality) -> Iterator[Person]:
    """Everybody of a municipality, the same at each call."""
    drawn = random.Random(place.id)  # noqa: S311 - nothing secret is drawn
    for number in range(place.people):
        first, last = _FIRST_NAMES[number % len(_FIRST_NAMES)], drawn.choice(_LAST_NAMES)
        mailbox = f"{_plain(first)}.{_plain(last)}@{place.id}.example"
        extension = f"{place.series}{number + 10}"
        mobile = f" oe:070{place.series}{number + 10:02d}{place.series}{number % 10}" if number % 4 == 0 else ""
        department = _DEPARTMENTS[0] if number < 3 else _DEPARTMENTS[1 + number % 2]
        alternative = f"{place.series}{(number + 1) % place.people + 10}" if number % 3 == 0 else ""
        yield Person(
            mailbox, f"{first} {last}", extension + mobile, department, alternative, _bookings(number, mailbox, place)
        )


def _bookings(number: int, mailbox: str, place: Municipality) -> tuple[Booking, ...]:
    colleague = f"{place.series}{(number + 2) % place.people + 10}"
    every_day = "MO,TU,WE,TH,FR,SA,SU"
    away = "MO,TU,WE,TH,FR" if place.series % 2 else "MO,TU,WE,TH"
    kinds = (
        (Booking("TJÄ: Hembesök", days=away),),
        (Booking("TJÄ: Utbildning", days=away),),
        (Booking("SAM: Personalmöte", "070000", "235500", every_day),),
        (
            Booking("SAM: Beredning", "080000", "090000"),
            Booking(f"SAM: Budget @{colleague}", "090000", "100000"),
            Booking("SAM: Uppföljning", "101000", "113000"),
        ),
        (Booking(f"SAM: Nämnd >{colleague}", "100000", "115000"), Booking("SAM: Nämnd forts.", "131000", "150000")),
        (Booking("SAM: Samtal", "130000", "160000", every_day, ("CLASS:PRIVATE",)),),
        (
            Booking(
                "SAM: Kick-off",
                "080000",
                "170000",
                every_day,
                ("ORGANIZER:mailto:chef@example", f"ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:{mailbox}"),
            ),
        ),
        (Booking("SAM Budget utan kolon", "090000", "100000"), Booking("SAMTAL: Anna", "140000", "150000")),
        (Booking("SAM; Fokustid, sök mig gärna", "000000", "235500", every_day),),
        (
            Booking("TJÄ: Beredskap", "000000", "120000", every_day),
            Booking("TJÄ: Beredskap", "180000", "235900", every_day),
        ),
    )
    return kinds[number % len(kinds)]


_FOLDERS = {"files": ".demo", "exchange": ".demo-exchange", "online": ".demo-online"}


class NotOurs(Exception):
    """Something stands in the demonstration's folder that no demonstration has made."""


def folder_of(environ: Mapping[str, str], source: str) -> Path:
    """Where the demonstration lives: that of each source in a folder of its own, or where HANVISA_DEMO says.

    `source` is where the calendars are read from: files, exchange or online.
    """
    return Path(environ.get("HANVISA_DEMO") or _FOLDERS[source]).resolve()


def clear(folder: Path) -> None:
    """Takes an earlier demonstration away. Raises NotOurs, and takes nothing away, where it is something else."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        made_here = (folder / "hanvisa.toml").read_text(encoding="utf-8").startswith(_HEAD.splitlines()[0])
    except OSError:
        made_here = False
    if not made_here:
        raise NotOurs(f"{folder} is no demonstration's, and stays as it is: name another folder in HANVISA_DEMO")
    shutil.rmtree(folder)


FOLDER = """\
kind = "ics"
folder = "calendars/{id}"
"""
"""Where a municipality's calendars are read from, unless `write` is told otherwise."""


def write(folder: Path, source: str = FOLDER) -> None:
    """Configuration, directories and calendars, all below the folder; `source` are the keys of each tenant's source."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = [_HEAD]
    for place in MUNICIPALITIES:
        calendars = folder / "calendars" / place.id
        calendars.mkdir(parents=True, exist_ok=True)
        lines = ["mailbox,name,extensions,department,alternative"]
        for person in people_of(place):
            cells = (person.mailbox, person.name, person.extensions, person.department, person.alternative)
            lines.append(",".join(cells))
            (calendars / f"{person.mailbox}.ics").write_text(_calendar(person), encoding="utf-8", newline="")
        (folder / f"{place.id}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        sections.append(_TENANT.format(id=place.id) + source.format(id=place.id))
        sections.append(_DEPARTMENT.format(name=_DEPARTMENTS[0], emergency=f"{place.area_code}-140 00"))
    (folder / "hanvisa.toml").write_text("".join(sections), encoding="utf-8")


_HEAD = """\
# Made by script/demo; each run makes it anew.
secrets_dir = "secrets"
[store]
url = "sqlite:///hanvisa.db"
[board]
sign_in = false
"""

_TENANT = """
[[tenants]]
id = "{id}"
timezone = "Europe/Stockholm"
directory = "{id}.csv"
[[tenants.sources]]
"""

_DEPARTMENT = """\
[[tenants.departments]]
name = "{name}"
emergency = "{emergency}"
"""


def _calendar(person: Person) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//hanvisa//demonstration//SV"]
    for number, booking in enumerate(person.bookings, start=1):
        lines += ["BEGIN:VEVENT", f"UID:{number}-{person.mailbox}", "DTSTAMP:20260101T000000Z", *_times(booking)]
        lines += [f"RRULE:FREQ=WEEKLY;BYDAY={booking.days}", f"SUMMARY:{_escaped(booking.subject)}", *booking.lines]
        lines.append("END:VEVENT")
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _times(booking: Booking) -> tuple[str, ...]:
    if not booking.start:
        return (f"DTSTART;VALUE=DATE:{_FIRST_DAY}", "DURATION:P1D")
    zone = "TZID=W. Europe Standard Time"
    return tuple(
        f"{name};{zone}:{_FIRST_DAY}T{time}" for name, time in (("DTSTART", booking.start), ("DTEND", booking.end))
    )


def _escaped(text: str) -> str:
    return text.replace(";", r"\;").replace(",", r"\,")


def _plain(name: str) -> str:
    return name.lower().translate(str.maketrans("åäö", "aao"))
