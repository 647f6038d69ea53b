"""What the board says of a person, a department and a tenant's calendars."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "The extension {number} is the mobile number.": "Anknytningen {number} är mobilnumret.",
    "The alternative {number} ({name}) is away too, {back}.": "Alternativet {number} ({name}) är också borta, {back}.",
    "The alternative {number} ({name}) is away, {back}.": "Alternativet {number} ({name}) är borta, {back}.",
    "{name}, there": "{name}, på plats",
    "{name}, reachable by phone": "{name}, nås på telefonen",
    "{name}, lunch hour": "{name}, lunchtid",
    "{name}, outside office hours": "{name}, utanför kontorstid",
    "{name}, not known whether there": "{name}, okänt om på plats",
    "{name}, no longer in the directory": "{name}, inte längre i katalogen",
    "It is not known whether {name} is there. The phone is not referred.": (
        "Det går inte att säga om {name} är på plats. Telefonen är inte hänvisad."
    ),
    "It is not known whether {name} is there: the calendar has been unreadable since {since}."
    " The phone is not referred.": (
        "Det går inte att säga om {name} är på plats: kalendern har inte kunnat läsas sedan {since}."
        " Telefonen är inte hänvisad."
    ),
    "Referred until {since}, then lunch until {back}.": "Hänvisad till {since}, sedan lunch till {back}.",
    "Last known: gone from {start}, {reason}.": "Senast känt: borta från {start}, {reason}.",
    "Gone from {start}, {reason}.": "Borta från {start}, {reason}.",
    "Gone again from {start}, {reason}.": "Borta igen från {start}, {reason}.",
    "The calendars have not all been read yet.": "Alla kalendrar har inte lästs än.",
    "The calendars were read {at}.": "Kalendrarna lästes {at}.",
    "The calendars were read {at}, but for one person's.": "Kalendrarna lästes {at}, utom en persons.",
    "The calendars were read {at}, but for those of {count} people.": "Kalendrarna lästes {at}, utom {count} personers.",
    "{tenant}: nothing new arrives, for `hanvisa run` does not run; what stands here is of {at}": "{tenant}: inget nytt kommer in, för `hanvisa run` är inte igång; det som står här är från {at}",
    "{tenant}: the calendar of {name} cannot be read": "{tenant}: kalendern för {name} kan inte läsas",
    "{tenant}: the calendar of one person cannot be read": "{tenant}: en persons kalender kan inte läsas",
    "{tenant}: the calendars of {count} people of {people} cannot be read": "{tenant}: kalendrarna för {count} av {people} personer kan inte läsas",
}
