"""What is told of a person beside the entries."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "Nothing is known of that day: no cycle has run yet.": "Inget är känt om den dagen: inget varv har körts än.",
    "Nothing is known of that day: the store's memory begins {began} ([retention] history_days).": (
        "Inget är känt om den dagen: lagrets minne börjar {began} ([retention] history_days)."
    ),
    "The mailbox is another one since {since} and has not been read whole: nothing is removed or shortened"
    " until it has.": (
        "Postlådan är en annan sedan {since} och har inte lästs hel: inget tas bort eller kortas förrän den har det."
    ),
    "No cycle reads so far ahead yet: entries of that day are read from {moment} on, {days} days ahead.": (
        "Inget varv läser så långt fram än: bokningar den dagen läses från {moment}, {days} dagar i förväg."
    ),
    "The brake would hold this back at the next cycle: {change}": (
        "Bromsen skulle hålla tillbaka detta vid nästa varv: {change}"
    ),
    "The brake holds this back: {change} Held as set {set} since {since}; `hanvisa approve {tenant} {set}`"
    " lets it through.": (
        "Bromsen håller tillbaka detta: {change} Hålls som uppsättning {set} sedan {since};"
        " `hanvisa approve {tenant} {set}` släpper igenom det."
    ),
    "{extension}: {line}": "{extension}: {line}",
    "{number} is told, not connected, because {number} is away until {until}.": (
        "{number} uppges och kopplas inte, för {number} är borta till {until}."
    ),
    "From the store alone: the calendar and the next cycle are not looked at until the configuration is mended.": (
        "Bara ur lagret: varken kalendern eller nästa varv tas upp förrän konfigurationen är rättad."
    ),
    "The brake holds back in set {set}: {changes}. `hanvisa approve {tenant} {set}` lets it through.": (
        "Bromsen håller tillbaka i uppsättningen {set}: {changes}. `hanvisa approve {tenant} {set}` släpper igenom det."
    ),
    "The calendar could not be read at {since}, nor since: what was known then stays.": (
        "Kalendern gick inte att läsa {since} och har inte gått att läsa sedan dess: det som var känt då gäller ännu."
    ),
    "Has left the directory on {left}: the calendar is not read any more. The referral in force stays until it"
    " ends, those to come are removed.": (
        "Har lämnat katalogen {left}: kalendern läses inte längre. Hänvisningen som gäller står kvar tills den slutar,"
        " kommande tas bort."
    ),
    "The directory no longer lists the person: from the next cycle on the calendar is not read any more. The"
    " referral in force stays until it ends, those to come are removed.": (
        "Personen finns inte längre i katalogen: från nästa varv läses inte kalendern. Hänvisningen som gäller står"
        " kvar tills den slutar, kommande tas bort."
    ),
    "The directory no longer lists the person, and the brake would hold that back at the next cycle: until it"
    " is let through everything stays as if they were listed.": (
        "Personen finns inte längre i katalogen, och bromsen skulle hålla tillbaka det vid nästa varv: tills det släpps"
        " igenom är allt som om personen fanns kvar."
    ),
    "The directory no longer lists the person. Held as set {set} since {since}: until it is let through"
    " everything stays as if they were listed; `hanvisa approve {tenant} {set}` lets it through.": (
        "Personen finns inte längre i katalogen. Hålls som uppsättning {set} sedan {since}: tills det släpps igenom är allt"
        " som om personen fanns kvar; `hanvisa approve {tenant} {set}` släpper igenom det."
    ),
    "{department}: {words}.": "{department}: {words}.",
    "{department} would be unmanned from {start} until {until} by what is known, and is not told of: {unread}.": (
        "{department} vore obemannad från {start} till {until} enligt vad som är känt, och det meddelas inte: {unread}."
    ),
    "told {moment}": "meddelad {moment}",
    "corrected {moment}": "rättad {moment}",
    "withdrawn {moment}": "återtagen {moment}",
    "withdrawn {moment}, for {reason}": "återtagen {moment}, för {reason}",
    "the calendar of {members} could not be read": "kalendern för {members} kunde inte läsas",
    "somebody is there again: {members}": "någon är på plats igen: {members}",
    "fewer than two are left in the department": "färre än två är kvar på avdelningen",
    "the calendar of {member} cannot be read": "kalendern för {member} kan inte läsas",
    "the calendar of {member} could not be read at {since}, nor since": "kalendern för {member} gick inte att läsa {since} och har inte gått att läsa sedan dess",
    "has left": "har slutat",
    "  {name}: {about}": "  {name}: {about}",
    "nobody is called {text}: write a part of the name or mailbox, or the extension": (
        "ingen heter {text}: skriv en del av namnet eller postlådan, eller anknytningen"
    ),
    "{count} people are called {text}: write the extension, or more of the name or mailbox\n{people}": (
        "{count} personer heter {text}: skriv anknytningen, eller mer av namnet eller postlådan\n{people}"
    ),
}
