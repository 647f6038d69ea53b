"""What is wrong or doubtful in the configuration."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "share is {share} and must be over 0 and at most 1": "share är {share} och ska vara över 0 och högst 1",
    "{name} is {value} and must be at least {least}": "{name} är {value} och ska vara minst {least}",
    "{name} ends at {end}, which is not after its beginning at {start}": '{name} slutar "{end}", vilket inte är efter början "{start}"',
    "the code {code!r} stands in commands twice": "koden {code!r} står två gånger i commands",
    "the code {code} has {count} aliases and may have {most}": "koden {code} har {count} alias och får ha {most}",
    "the code {code} must have a reason, and texts, of 1 to {most} characters": "koden {code} ska ha reason, och "
    "text, på 1 till {most} tecken",
    "{name} has {count} and may have {most}": "{name} har {count} och får ha {most}",
    "the code {start}… has {count} letters and may have {most}": "koden {start}… har {count} bokstäver och får ha "
    "{most}",
    "the code {code!r} must be letters and digits without spaces or signs": "koden {code!r} ska vara bokstäver och "
    "siffror utan mellanslag eller tecken",
    "{name} is more than {most}, which is the most that it may be": "{name} är mer än {most}, som är det mesta den "
    "får vara",
    "is a time with an offset": "är en tid med tidszon",
    'write the local time of day, as "12:00"': 'skriv den lokala tiden på dagen, som "12:00"',
    "has {count} characters": "har {count} tecken",
    "the country {country!r} is not known": "landet {country!r} är inte känt",
    "has a character that cannot be shown ({sign})": "har ett tecken som inte går att visa ({sign})",
    "write it without": "skriv det utan",
    "{name!r} stands here twice": "{name!r} står här två gånger",
    "give each its own": "ge var och en sitt eget",
    "a two-letter code such as SE": "en kod på två bokstäver, som SE",
    "tenant {tenant}, department {department}": "tenant {tenant}, avdelning {department}",
    "every {seconds} s is more often than the interval of {interval} s": "var {seconds} s är oftare än intervallet "
    "på {interval} s",
    "{seconds} s spreads a cycle over more than the interval of {interval} s": "{seconds} s sprider ett varv över "
    "mer än intervallet på {interval} s",
    "its emergency number is neither an internal number nor a valid external one": "dess akutnummer är varken ett "
    "internt nummer eller ett giltigt externt",
    "lookback_days is {days}, but {run} days in a row have no office hours": "lookback_days är {days}, men {run} "
    "dagar i rad saknar kontorstid",
    "set lookback_days to {days} or more, or mend the office hours": "sätt lookback_days till {days} eller mer, "
    "eller rätta kontorstiderna",
    "tenant {tenant}: {thing}": "tenant {tenant}: {thing}",
    "{number!r} is no internal number": "{number!r} är inget internt nummer",
    "write digits, the first not 0, that are no emergency or service number": "skriv siffror, den första inte 0, "
    "som inte är något nöd- eller servicenummer",
    "tenant {tenant}": "tenant {tenant}",
    "raise it, or shorten service.interval": "höj den, eller sänk service.interval",
    "lower it": "sänk den",
    "write one that can be called": "skriv ett som går att ringa",
    "name a file with --config that hanvisa may read": "ange med --config en fil som hanvisa får läsa",
    "is not TOML: {error}": "är inte TOML ({error})",
    "mend that line; https://toml.io shows how values are written": "rätta den raden; https://toml.io visar hur "
    "värden skrivs",
    "line {line} is not UTF-8": "rad {line} är inte UTF-8",
    "save the file as UTF-8": "spara filen som UTF-8",
    "{name!r} is what Windows calls a time zone": "{name!r} är vad Windows kallar en tidszon",
    "write [[{table}]], with two brackets on each side": "skriv [[{table}]], med två klamrar på var sida",
    "stands outside a tenant": "står utanför en kommun",
    "{key} below [[tenants]]": "{key} under [[tenants]]",
    "an entry that begins with {codes} closes no phone": "en bokning som börjar med {codes} stänger ingen telefon",
    "name it among the commands as well, unless that is meant": "ange det bland commands också, om det inte är meningen",
    "write small letters a-z, digits and hyphens only, at most {most}": "skriv bara små bokstäver a-z, siffror och "
    "bindestreck, högst {most}",
    "one of several sources has no name": "en av flera källor har inget namn",
    "is an address of a kind of database that hanvisa does not use": "är adressen till ett slags databas som "
    "hanvisa inte använder",
    "names no file, and a store in memory forgets everything": "anger ingen fil, och ett lager i minnet glömmer allt",
    "{text} is no short name": "{text} är inget kort namn",
    "a name such as Europe/Stockholm": "ett namn som Europe/Stockholm",
    "the time zone {name!r} is not known": "tidszonen {name!r} är inte känd",
    "give each a name; the directory's column source uses it": "ge varje källa ett namn; katalogens kolumn source "
    "använder det",
    "is no address of a database": "är ingen adress till en databas",
    "holds a number or a list that is too long to be meant": "innehåller ett tal eller en lista som är för lång för "
    "att vara menad",
    "look for it and take it out": "leta upp den och ta bort den",
    "is not two times of day": "är inte två klockslag",
    'write ["12:00", "13:00"], or false for none': 'skriv ["12:00", "13:00"], eller false för ingen',
    "is neither two times of day nor such a pair for each weekday": "är varken två klockslag eller ett sådant par "
    "för varje veckodag",
    "is not two times of day for a date": "är inte två klockslag för ett datum",
    "{first} or {last}": "{first} eller {last}",
    "{last}": "{last}",
    "is not {noun}": "är inte {noun}",
    "write {example}": "skriv {example}",
    "write at most {most}": "skriv högst {most}",
    "write a value that can be": "skriv ett värde som är möjligt",
    "take it away; here may stand {keys}": "ta bort den; här får stå {keys}",
    "there is no such key": "det finns ingen sådan nyckel",
    "{file} cannot be used:\n  {problems}": "{file} går inte att använda:\n  {problems}",
    "text in quotes": "text inom citattecken",
    "text that is not empty": "text som inte är tom",
    "text of at most {most} characters": "text på högst {most} tecken",
    "a whole number": "ett heltal",
    "a number": "ett tal",
    "true or false": "true eller false",
    "a list in brackets": "en lista inom hakparenteser",
    "a list of one or more": "en lista med en eller flera",
    "a list of at most {most}": "en lista med högst {most}",
    "a table": "en tabell",
    "more than {bound}": "mer än {bound}",
    "at least {bound}": "minst {bound}",
    "at most {bound}": "högst {bound}",
    "one of {values}": "en av {values}",
    "what belongs here": "det som hör hemma här",
    "is missing": "saknas",
    "names no kind of source that this version reads": "anger inget slags källa som den här versionen läser",
    "add it": "lägg till den",
    "{problems}": "{problems}",
    "is no date": "är inget datum",
    "write it as 2026-12-23": "skriv det som 2026-12-23",
    "write them as user and secret, and the address without them": "skriv dem som user och secret, och adressen "
    "utan dem",
    "write the name of a file in secrets_dir, without a folder": "skriv namnet på en fil i secrets_dir, utan mapp",
    "names a secret, but there is no folder of secrets": "anger en hemlighet, men det finns ingen mapp för hemligheter",
    "create it, or mend the source's folder": "skapa den, eller rätta källans folder",
    "is no web address": "är ingen webbadress",
    "holds a user or a password": "innehåller en användare eller ett lösenord",
    "is no name of a file": "är inget filnamn",
    'set secrets_dir = "secrets" at the top': 'sätt secrets_dir = "secrets" överst',
    "proxy would be sent the password in the clear": "proxy skulle få lösenordet i klartext",
    "a delegate sees private entries only where each person lets it": "ett ombud ser privata bokningar bara där var "
    "och en tillåter det",
    "let it see private items in every mailbox, or use impersonation; else such a phone stays open": "låt det se "
    "privata objekt i varje postlåda, eller använd impersonation; annars förblir en sådan telefon öppen",
    "endpoint would send the password in the clear": "endpoint skulle skicka lösenordet i klartext",
    "write an endpoint with https://…": "skriv en endpoint med https://…",
    "there is no such folder": "det finns ingen sådan mapp",
    "would send what opens the calendars in the clear": "skulle skicka det som öppnar kalendrarna i klartext",
    "is no application's number": "är inget programs nummer",
    "write its Application (client) ID, as {example}": "skriv dess `Application (client) ID`, som {example}",
    "a graph source signs in by a certificate or by a secret": "en källa av typen graph loggar in med ett certifikat eller "
    "med en hemlighet",
    "write one of the keys certificate and secret; the certificate is the better": "skriv en av nycklarna certificate och "
    "secret; certifikatet är bättre",
}
