"""What the command line itself says."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "hanvisa: {problem}": "hanvisa: {problem}",
    "--lang is {text}; it must be sv or en": "--lang är {text}; det ska vara sv eller en",
    "hanvisa: the output cannot be written: {reason}; what the command changed is changed": "hanvisa: utskriften går inte att skriva: {reason}; det som kommandot ändrade är ändrat",
    "hanvisa: a bug ({exception}); the log says where, please report that": "hanvisa: ett fel i programmet ({exception}); loggen säger var, anmäl det gärna",
    "{name} ({extensions}) is a subscriber of their own.": "{name} ({extensions}) är en egen person.",
    "{name} ({extensions}) is {old} and {new}; the next cycle reads the calendar.": "{name} ({extensions}) är {old} och {new}; nästa varv läser kalendern.",
    "{count} set by hand on that stay to their end.": "{count} som är satta för hand där står kvar tills de tar slut.",
    "no tenant has the mailbox {mailbox}: see how the directory writes it": "ingen kommun har postlådan {mailbox}: se hur katalogen skriver den",
    "several tenants have the mailbox {mailbox}: give --tenant": "flera kommuner har postlådan {mailbox}: ange --tenant",
    "{moved} people of {old} are {new}'s now, with their referrals and history; the next cycle reads them all.": "{moved} personer i {old} hör nu till {new}, med sina hänvisningar och sin historik; nästa varv läser alla.",
    "the configuration still has a tenant {old}: give it the new id there first": "konfigurationen har ännu en tenant {old}: ge den det nya id:t där först",
    "{thing}: {problem}; {remedy}": "{thing}: {problem}; {remedy}",
    "{problem}; and {count} more such": "{problem}; och {count} till av samma slag",
    "others than its owner may write there (mode {mode})": "andra än ägaren får skriva där (rättigheter {mode})",
    "others may read it or write to it (mode {mode})": "andra får läsa den eller skriva i den (rättigheter {mode})",
    "chmod 600 it; the service does as it starts": "kör chmod 600 på den; tjänsten gör det när den startar",
    "give it to the service's user, and chmod 600 it": "ge den till tjänstens användare, och kör chmod 600 på den",
    "who writes to it can have the password sent elsewhere": "den som skriver i den kan få lösenordet skickat någon annanstans",
    "chmod go-w it: {why}": "kör chmod go-w på den: {why}",
    "others than its owner may read the secret": "andra än ägaren får läsa hemligheten",
    "chmod 600 the file": "kör chmod 600 på filen",
    "who writes in it can put other files there": "den som skriver i den kan lägga dit andra filer",
    "store.url has changed: end the service and start it anew to use another store": "store.url har ändrats: stoppa tjänsten och starta den igen för att använda ett annat lager",
    "there is no tenant {tenant!r} in the configuration": "konfigurationen har ingen tenant {tenant!r}",
    "(`--all` shows each line, `--extension` those of one person)": "(`--all` visar varje rad, `--extension` en persons)",
    "did you mean {id}?": "menade du {id}?",
    "there are {ids}": "det finns {ids}",
    "there is no tenant {id} in the configuration; {hint}": "konfigurationen har ingen kommun {id}; {hint}",
}
