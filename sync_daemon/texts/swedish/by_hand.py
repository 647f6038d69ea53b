"""What operators do by hand, and what of the configuration that needs."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "the configuration has {count} problems: `hanvisa check` tells them": (
        "konfigurationen har {count} fel: `hanvisa check` säger vilka"
    ),
    "the configuration has a problem: `hanvisa check` tells it": "konfigurationen har ett fel: `hanvisa check` säger vilket",
    "{problems}; left out meanwhile: {tenants}": "{problems}; utelämnade så länge: {tenants}",
    "what the configuration says of {id} cannot be used: mend what `hanvisa check` tells": (
        "det som konfigurationen säger om {id} går inte att använda: rätta det som `hanvisa check` säger"
    ),
    "whether calls can go to {number} is not known while the configuration is wrong: mend what `hanvisa check` tells, or"
    " give an extension": (
        "om samtal kan gå till {number} är inte känt så länge konfigurationen är fel: rätta det som `hanvisa check` säger,"
        " eller ange en anknytning"
    ),
    "{option} is empty: write what others are to read there": "{option} är tomt: skriv det som andra ska läsa där",
    "{text} is no time; write it as {examples}": "{text} är ingen tid; skriv den som {examples}",
    "{text} is too far away; write a time from {first} to {last}": (
        "{text} ligger för långt bort; skriv en tid från {first} till {last}"
    ),
    "the calendar": "kalendern",
    "the directory": "katalogen",
    "an operator": "en telefonist",
    "an alternative is told or connected: give --info or --connect, not both": (
        "ett alternativt svarsställe meddelas eller kopplas: ange --info eller --connect, inte båda"
    ),
    "{person} is referred: {reason}, {start} to {until}; the phone stays open.": (
        "{person} är hänvisad: {reason}, {start} till {until}; telefonen är öppen."
    ),
    "{person} is referred: {reason}, {start} to {until}; the phone is closed.": (
        "{person} är hänvisad: {reason}, {start} till {until}; telefonen är stängd."
    ),
    "{person} is referred: {reason}, {start} to {until}; the phone stays open; {alternative}.": (
        "{person} är hänvisad: {reason}, {start} till {until}; telefonen är öppen; {alternative}."
    ),
    "{person} is referred: {reason}, {start} to {until}; the phone is closed; {alternative}.": (
        "{person} är hänvisad: {reason}, {start} till {until}; telefonen är stängd; {alternative}."
    ),
    "calls are connected to {number}": "samtal kopplas till {number}",
    "{number} is told to the caller": "{number} meddelas den som ringer",
    "{reason}, {start} to {until}, set by {by}": "{reason}, {start} till {until}, satt av {by}",
    "{reason}, {start} to {until}, set by {by}; {alternative}": (
        "{reason}, {start} till {until}, satt av {by}; {alternative}"
    ),
    "It replaces: {referral}.": "Den ersätter: {referral}.",
    "{done} {replaced}": "{done} {replaced}",
    "that referral would be over: it would end {until}": "den hänvisningen vore redan över: den skulle sluta {until}",
    "{number} is no number that calls can go to: give an extension, or a whole telephone number": (
        "{number} är inget nummer som samtal kan gå till: ange en anknytning, eller ett helt telefonnummer"
    ),
    "{number} is {name}'s own number: an alternative is somebody else's": (
        "{number} är det egna numret för {name}: ett alternativt svarsställe är någon annans"
    ),
    "{person} ({extension}) is not referred at that time: there is nothing to open": (
        "{person} ({extension}) är inte hänvisad då: det finns inget att öppna"
    ),
    "{name}'s phone is open from {start}; the referral ({reason}) would have lasted until {until}. {after}": (
        "Telefonen för {name} är öppen från {start}; hänvisningen ({reason}) skulle ha gällt till {until}. {after}"
    ),
    "{done} `hanvisa open {extension} --undo` takes it back.": "{done} `hanvisa open {extension} --undo` tar tillbaka det.",
    "the reason": "orsaken",
    "the end": "slutet",
    "of {person} nothing is set by hand at that time": "för {person} är inget satt för hand då",
    "of {person} nothing is set by hand at that time; to come: {coming}": (
        "för {person} är inget satt för hand då; det som kommer: {coming}"
    ),
    "{reason} from {start}": "{reason} från {start}",
    "{name}'s phone was not opened last by {by}: there is nothing to take back": (
        "Telefonen för {name} öppnades inte senast av {by}: det finns inget att ta tillbaka"
    ),
    "{person}: {reason}, {start} to {until}, set by {by}, is withdrawn. {after}": (
        "{person}: {reason}, {start} till {until}, satt av {by}, är återtagen. {after}"
    ),
    "of {person} nothing is set by hand at that time: `hanvisa open` ends what the calendar says": (
        "för {person} är inget satt för hand då: `hanvisa open` avslutar det som kalendern säger"
    ),
    "of {person} nothing is set by hand at that time; what is to come is named by its beginning: --from {times}": (
        "för {person} är inget satt för hand då; det som kommer anges med sin början: --from {times}"
    ),
    "{name}'s phone has not been opened by hand: there is nothing to take back": (
        "Telefonen för {name} har inte öppnats för hand: det finns inget att ta tillbaka"
    ),
    "{reason} until {until}": "{reason} till {until}",
    "The opening of {name}'s phone at {at} is taken back; in force again: {again}.": (
        "Öppningen {at} av telefonen för {name} är återtagen; gäller igen: {again}."
    ),
    "The opening of {name}'s phone at {at} is taken back; what it ended is over by now.": (
        "Öppningen {at} av telefonen för {name} är återtagen; det som den avslutade är över nu."
    ),
    "The phone stays closed until {until}: {reason}.": "Telefonen är fortsatt stängd till {until}: {reason}.",
    "No referral that is known closes it after that.": "Därefter finns ingen känd hänvisning som stänger telefonen.",
    "The phone closes again at {start}: {reason}.": "Telefonen stängs igen {start}: {reason}.",
    "The phone closes next at {start}: {reason}.": "Telefonen stängs nästa gång {start}: {reason}.",
    "{time} is over, and what callers were told then stays as it was: leave the time out for now": (
        "{time} är över, och det som de som ringde fick höra då förblir som det var: utelämna tiden, så gäller nu"
    ),
    "{option} is {time}, which is over: write a later time": "{option} är {time}, vilket är över: skriv en senare tid",
    "{time} is more than five years ahead: write an earlier time": (
        "{time} ligger mer än fem år framåt: skriv en tidigare tid"
    ),
    "{time} is yet to come: leave the time out for now": "{time} har inte kommit än: utelämna tiden, så gäller nu",
    "nobody has the extension {number}: see that the directory lists it, and run `hanvisa once`": (
        "ingen har anknytningen {number}: se efter att katalogen har den, och kör `hanvisa once`"
    ),
    "referral by hand withdrawn": "hänvisning satt för hand återtagen",
    "withdrawn by hand: {count}": "återtagen för hand: {count}",
}
