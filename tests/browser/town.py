"""The four municipalities that the board shows in a browser: a configuration, calendars, and a store after real cycles.

It is Tuesday 24 November 2026, half past ten. Each person is what an operator may be asked for; who is who stands in
`PEOPLE`. `build` makes it once; a test that changes something works on a copy of the folder.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from tests.acceptance.municipality import Calendar, hanvisa
from tests.configuration import STORE, files_source, tenant_table

if TYPE_CHECKING:
    from pathlib import Path

ZONE = ZoneInfo("Europe/Stockholm")
DAY = "2026-11-24"
NOW = datetime(2026, 11, 24, 10, 30, tzinfo=ZONE).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """A line of a directory, and what is booked: subject, from, until; times of the day, or whole days."""

    tenant: str
    name: str
    extensions: str
    department: str = ""
    bookings: tuple[tuple[str, str, str], ...] = ()
    mailbox: str = ""

    @property
    def address(self) -> str:
        """The mailbox."""
        letters = str.maketrans("åäöé", "aaoe")
        return f"{(self.mailbox or self.name.lower().translate(letters).replace(' ', '.'))}@{self.tenant}.example"


IFO, CARE, BUILDING = "Individ- och familjeomsorg", "Hemtjänst", "Bygg och miljö"

PEOPLE = (
    Person("sorsele", "Anna Åström", "4711 oe:070-1740605", IFO, (("SAM: Budget @4712", "10:00", "11:30"),)),
    Person("sorsele", "Bo Öberg", "4712", IFO),
    Person("sorsele", "Cecilia Ek", "4713", BUILDING, (("SAM: Nämnd >4714", "09:00", "11:50"),)),
    Person("sorsele", "David Marklund", "4714", BUILDING, (("TJÄ: Kurs", DAY, "2026-11-25"),)),
    Person("sorsele", "Eva Sandberg", "4715", BUILDING),
    Person("sorsele", "Filip Renberg", "4716", BUILDING, (("SAM; Fokustid", "08:00", "11:00"),)),
    Person("sorsele", "Greta Lindmark", "4717", IFO, (("SAM: Samtal", "10:00", "10:50"),)),
    Person("sorsele", "Hans Nilsson", "4718", IFO, (("SAM: Beredning", "10:00", "11:00"),)),
    Person("sorsele", "Ingrid Fjällås", "4719", BUILDING, (("SAM: Möte", "14:00", "15:00"),)),
    Person("sorsele", "Johan Ek", "4720", BUILDING, (("SAM: Möte", "14:00", "15:00"),)),
    Person("sorsele", "Karin Stenvall", "4721", CARE, (("SAM: Hembesök", "10:00", "11:00"),)),
    Person("sorsele", "Lars Holm", "4722", CARE, (("SAM: Hembesök", "09:30", "11:00"),)),
    Person("mala", "Maria Lundmark", "2211", BUILDING, (("SAM: Plan", "10:00", "11:00"),)),
    Person("mala", "Nils Berg", "2212", BUILDING),
    Person("arjeplog", "Olga Sjöberg", "1111 oe:070-1740612", "Skola", (("TJÄ: Resa", DAY, "2026-11-26"),)),
    Person("arjeplog", "Per Sundqvist", "1112", "Skola"),
    Person("arvidsjaur", "Anna Berg", "4411", "Kultur", (("SAM: Lokal", "10:00", "11:00"),)),
    Person("arvidsjaur", "Rolf Vikström", "4412", "Kultur"),
)

EMERGENCY = {("sorsele", IFO): "0952-140 10", ("sorsele", CARE): "0952-140 30", ("arvidsjaur", "Kultur"): "0960-155 00"}
TENANTS = ("arjeplog", "mala", "sorsele", "arvidsjaur")
UNREADABLE = "Ingrid Fjällås"


def build(folder: Path) -> None:
    """Writes it all and lives the morning until `NOW`; the folder is there and empty."""
    (folder / "hanvisa.toml").write_text(_configuration(), encoding="utf-8")
    for tenant in TENANTS:
        (folder / "calendars" / tenant).mkdir(parents=True)
        people = [person for person in PEOPLE if person.tenant == tenant]
        lines = [f"{one.address},{one.name},{one.extensions},{one.department}," for one in people]
        text = "\n".join(("mailbox,name,extensions,department,alternative", *lines, ""))
        (folder / f"{tenant}.csv").write_text(text, encoding="utf-8")
        for person in people:
            _write_calendar(folder, person)
    with freeze_time(NOW) as clock:
        _at(clock, "07:30", folder, "once")
        _at(clock, "10:10", folder, "open", "4718", "--by", "Lisa")
        _at(
            clock,
            "10:15",
            folder,
            "refer",
            "4715",
            "--until",
            "12:20",
            "--reason",
            "lunch",
            "--info",
            "4712",
            "--by",
            "Lisa",
        )
        calendar_of(folder, UNREADABLE).unlink()
        _at(clock, "10:29", folder, "once")


def copy(built: Path, folder: Path) -> Path:
    """A town of its own, as `build` left the other."""
    shutil.copytree(built, folder, dirs_exist_ok=True)
    return folder


def calendar_of(folder: Path, name: str) -> Path:
    """The file of that person's calendar."""
    person = person_called(name)
    return folder / "calendars" / person.tenant / f"{person.address}.ics"


def books(folder: Path, name: str, *bookings: tuple[str, str, str]) -> None:
    """From now on the calendar of that person has these, and nothing else."""
    _write_calendar(folder, replace(person_called(name), bookings=bookings))


def person_called(name: str) -> Person:
    """The person of that name."""
    return next(person for person in PEOPLE if person.name == name)


def cycle(folder: Path, at: datetime, *arguments: str) -> None:
    """A real cycle of the daemon at that time; some mailbox cannot be read, and that is no failure here."""
    moment = at.astimezone(UTC).isoformat(timespec="seconds")
    _hanvisa(folder, "once", "--at", moment, *arguments)


def _at(clock: object, local: str, folder: Path, *arguments: str) -> None:
    clock.move_to(datetime.fromisoformat(f"{DAY}T{local}").replace(tzinfo=ZONE))  # type: ignore[attr-defined]
    _hanvisa(folder, *arguments)


def _hanvisa(folder: Path, *arguments: str) -> None:
    result = hanvisa(*arguments, "--config", str(folder / "hanvisa.toml"))
    assert result.code in {0, 1}, (arguments, result)
    assert "is being worked on" not in result.err


def _write_calendar(folder: Path, person: Person) -> None:
    calendar = Calendar(folder / "calendars" / person.tenant / f"{person.address}.ics")
    calendar.path.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", encoding="utf-8")
    for subject, start, end in person.bookings:
        calendar.books(subject, start, end)


def _configuration() -> str:
    tables = [STORE, "[board]\nsign_in = false\n"]
    for tenant in TENANTS:
        tables.append(tenant_table(tenant, files_source(f"calendars/{tenant}")))
        for (its, name), number in EMERGENCY.items():
            if its == tenant:
                tables.append(f'[[tenants.departments]]\nname = "{name}"\nemergency = "{number}"\n')
    return "\n".join(tables)
