"""The town of docs/admin.md "Somebody complains: what do I type?": a week in which all of it happens.

From Monday 4 to Monday 11 January 2027, with Epiphany on the Wednesday. The extension of complaint 7 is 4707, and so
on. The second municipality, Malå, is the one whose calendars were emptied.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.acceptance.municipality import Calendar, Municipality
from tests.configuration import files_source, tenant_table

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

NOW = "2027-01-11T10:30"
"""When the complaints are answered."""

_ZONE = ZoneInfo("Europe/Stockholm")
_DEPARTMENT = '[[tenants.departments]]\nname = "IFO"\nemergency = "0952-140 00"\n'
_IN_MALA = range(4816, 4828)


def instant(local: str) -> datetime:
    """That local time."""
    return datetime.fromisoformat(local).replace(tzinfo=_ZONE)


class ComplainingTown:
    """Everybody has one complaint; `clock` is told what time it is."""

    def __init__(self, folder: Path, clock: FrozenDateTimeFactory) -> None:
        self._clock = clock
        second = tenant_table("mala", files_source("calendars-of-mala"))
        self.town = Municipality(folder, _DEPARTMENT + second)
        self._calendars = {4711: self.town.anna, 4712: self.town.bo}
        for number in (*range(4701, 4711), *range(4713, 4721), 4723):
            self._calendars[number] = self.town.moves_in(f"person{number}", str(number))
        for number in (4713, 4723):
            name = f"person{number}"
            self.town.lists(name, f"{name}@sorsele.se,{name.title()},{number},IFO,")
        self.town.lists("person4701", "person4701@sorsele.se,Karin Ek,4701,,")
        self._write_mala()
        self._book()
        self._live()

    def _write_mala(self) -> None:
        folder = self.town.folder / "calendars-of-mala"
        folder.mkdir()
        lines = ["mailbox,name,extensions,department,alternative"]
        for number in _IN_MALA:
            lines.append(f"m{number}@mala.se,M{number},{number},,")
            Calendar(folder / f"m{number}@mala.se.ics").books("SAM:", "2027-01-11T13:00", "2027-01-11T15:00")
        (self.town.folder / "mala.csv").write_text("\n".join((*lines, "")), encoding="utf-8")

    def _books(self, number: int, subject: str, start: str, end: str, *lines: str) -> str:
        """An entry of the 5th where no day is named; its UID."""
        first, last = (text if "-" in text else f"2027-01-05T{text}" for text in (start, end))
        return self._calendars[number].books(subject, first, last, *lines)

    def _invited(self, number: int, partstat: str) -> tuple[str, str]:
        return "ORGANIZER:mailto:chef@sorsele.se", f"ATTENDEE;PARTSTAT={partstat}:mailto:person{number}@sorsele.se"

    def _book(self) -> None:
        self._books(4701, "SAM: Budget", "10:00", "11:00")
        self._books(4702, "SAM Budget", "10:00", "11:00")
        self._books(4702, "SAM: Budget", "2027-01-11T10:00", "2027-01-11T11:00")
        self._books(4703, "SAM: Budget", "10:00", "11:00", *self._invited(4703, "NEEDS-ACTION"))
        self._books(4704, "SAM: Budget >4702", "10:00", "11:00", *self._invited(4704, "ACCEPTED"))
        self._gone = self._books(4705, "SAM: Budget", "13:00", "14:00")
        self._books(4706, "TJÄ: Kurs", "2027-01-08", "2027-01-09")
        self._books(4707, "SAM: Budget", "10:00", "11:00")
        self._books(4708, "SAM: Budget", "10:00", "11:00")
        self._books(4709, "SAM: Budget", "09:00", "10:00")
        self._books(4709, "SAM: Budget", "10:16", "11:00")
        self._books(4710, "SAM: Budget", "09:00", "10:00")
        self._books(4710, "SAM: Budget", "10:10", "11:00")
        self._books(4711, "SAM: Budget >4799", "09:00", "10:00")
        self._books(4711, "SAM: Budget >4702", "09:10", "10:00")
        self._books(4712, "SAM: Budget >4702", "2027-01-11T10:00", "2027-01-11T12:00")
        self._books(4713, "SAM: Budget", "2027-01-11T09:00", "2027-01-11T11:00")
        self._books(4723, "SAM: Budget", "2027-01-11T09:00", "2027-01-11T11:00")
        self._books(4714, "TJÄ: Kurs", "2027-01-05", "2027-01-06")
        self._books(4715, "SAM: Budget", "10:00", "11:50")
        self._books(4717, "SAM: Budget", "10:00", "11:00", "CLASS:PRIVATE")
        self._books(4718, "SAM: Budget", "2027-01-11T13:00", "2027-01-11T14:00")
        self._books(4720, "TJÄ: Kurs", "2027-01-11", "2027-02-06")

    def _live(self) -> None:
        self._at("2027-01-04T07:00", "once")
        self._at("2027-01-05T10:20", "open", "4708", "--by", "Lisa")
        self._calendars[4705].deletes(self._gone)
        self._at("2027-01-05T12:30", "once")
        self._at("2027-01-08T07:00", "once")
        for number in (4707, 4723):
            self._calendars[number].path.unlink()
        self._at("2027-01-08T16:00", "once")
        self.town.moves_out("person4718")
        self._at("2027-01-11T08:00", "once")
        for path in (self.town.folder / "calendars-of-mala").iterdir():
            path.write_text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", encoding="utf-8")
        self._at("2027-01-11T10:15", "once")
        self._clock.move_to(instant(NOW))

    def _at(self, local: str, *arguments: str) -> None:
        self._clock.move_to(instant(local))
        result = self.town.hanvisa(*arguments)
        assert result.code in {0, 1}, result.err
