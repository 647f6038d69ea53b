"""What `explain` says of a day's entries."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "all day": "heldag",
    "{entry} (until {reach})": "{entry} (till {reach})",
    "all day {day}": "heldag {day}",
    "all day {first} – {last}": "heldag {first} – {last}",
    "the person's own": "personens egen",
    "accepted": "accepterad",
    "accepted tentatively": "preliminärt accepterad",
    "declined": "avböjd",
    "not answered": "inte besvarad",
    "looks like {expected}, but the colon is missing": "ser ut som {expected}, men kolon saknas",
    "looks like {expected}, but another sign stands in the colon's place": (
        "ser ut som {expected}, men ett annat tecken står i stället för kolon"
    ),
    "looks like {expected}, but two letters are swapped": "ser ut som {expected}, men två bokstäver har bytt plats",
    "No office hours that day: {holiday}.": "Ingen kontorstid den dagen: {holiday}.",
    "No office hours that day: `special_hours` says so.": "Ingen kontorstid den dagen: så står det i `special_hours`.",
    "No office hours that day: a {weekday}.": "Ingen kontorstid den dagen: en {weekday}.",
    "private, and counts like any other (`count_private`)": "privat, och gäller som andra (`count_private`)",
    "private entries do not count here (`count_private = false`)": (
        "privata bokningar gäller inte här (`count_private = false`)"
    ),
    "another person booked it, and it is accepted": "en annan person har bokat den, och den är accepterad",
    "another person booked it; {answer}, and counts all the same (`count_tentative`)": (
        "en annan person har bokat den; {answer}, och gäller ändå (`count_tentative`)"
    ),
    "after {before}: {minutes} minutes between, more than the {slack} of `{key}`: not one absence": (
        "efter {before}: {minutes} minuter emellan, mer än de {slack} som `{key}` medger: inte samma frånvaro"
    ),
    "after {before}: {minutes} minutes between, no more than the {slack} of `{key}`: one absence": (
        "efter {before}: {minutes} minuter emellan, inte mer än de {slack} som `{key}` medger: samma frånvaro"
    ),
    "begins as the night of {before} ends, which takes in nothing more: not one absence": (
        "börjar när natten efter {before} slutar, och den tar inte in något mer: inte samma frånvaro"
    ),
    "after {before}: the phone was opened between: not one absence": (
        "efter {before}: telefonen öppnades däremellan: inte samma frånvaro"
    ),
    "after {before}: its referral had ended when this entry was first read: not one absence": (
        "efter {before}: dess hänvisning hade slutat när den här bokningen först lästes: inte samma frånvaro"
    ),
    "its alternative {number} is followed": "dess alternativ {number} följs",
    "its alternative {number} is followed: told, not connected, because {extension} is away until {until}": (
        "dess alternativ {number} följs: det uppges och kopplas inte, för {extension} är borta till {until}"
    ),
    "This referral lasts until {until}; lunch lasts until {back}.": (
        "Hänvisningen gäller till {until}; lunchen varar till {back}."
    ),
    "This referral lasts until {until}; the next office hours begin {back}.": (
        "Hänvisningen gäller till {until}; nästa kontorstid börjar {back}."
    ),
    "their alternative {number} is not followed: only that of an entry of one's own is": (
        "den andras alternativ {number} följs inte: bara det i en egen bokning gör det"
    ),
    "its alternative {number} is not followed: the entry begins more than {minutes} minutes into the absence": (
        "dess alternativ {number} följs inte: bokningen börjar mer än {minutes} minuter in i frånvaron"
    ),
    "its alternative {number} is not followed: an earlier entry names one": (
        "dess alternativ {number} följs inte: en tidigare bokning anger ett"
    ),
    "its alternative is not followed: {why}": "dess alternativ följs inte: {why}",
    "the absence has no alternative": "frånvaron har inget alternativ",
    "the absence has the directory's alternative {number}": "frånvaron har katalogens alternativ {number}",
    "the absence has the alternative {number}, which {entry} names": (
        "frånvaron har alternativet {number}, som {entry} anger"
    ),
    "no number stands behind the sign": "inget nummer står efter tecknet",
    "what follows it does not show where the number ends": "det som följer visar inte var numret slutar",
    "the number is no extension of the directory and none of `internal_numbers`; service numbers are never used": (
        "numret är ingen anknytning i katalogen och inget av `internal_numbers`; servicenummer används aldrig"
    ),
    "as a whole it is no fixed, mobile, 010 or 020 number of `country` or `countries`": (
        "i sin helhet är det inget fast nummer, mobil-, 010- eller 020-nummer i `country` eller `countries`"
    ),
    "it is the person's own number": "det är personens eget nummer",
    "No time is promised: none of the {days} days that are looked ahead (`horizon_days`) has an office hour with"
    " the phone open; this referral lasts until {until}.": (
        "Ingen tid lovas: ingen av de {days} dagar som överblickas (`horizon_days`) har en kontorstid då telefonen är"
        " öppen; den här hänvisningen varar till {until}."
    ),
}
