"""What `hanvisa init` asks, writes and says; how far a command is; what `run` says."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "A short name for the organisation, as sorsele": "Ett kort namn på kommunen, till exempel sorsele",
    "Its time zone": "Kommunens tidszon",
    "Where the calendars are: ews (Exchange on site), graph (Exchange Online) or ics (a folder of files)": (
        "Var kalendrarna finns: ews (Exchange i egen drift), graph (Exchange Online) eller ics (en mapp med filer)"
    ),
    "The folder of the files, beside the configuration where it does not begin with /": (
        "Mappen med filerna, räknad från konfigurationens mapp om den inte börjar med /"
    ),
    "The directory (tenant) ID, as Entra shows it for the application": (
        '"Directory (tenant) ID", som Entra visar det för appen'
    ),
    "The application (client) ID, beside it": '"Application (client) ID", som står bredvid',
    "How it signs in: by certificate, or by secret": "Hur appen loggar in: med certificate eller med secret",
    "The secret's value, which is not shown (Enter: later)": "Hemlighetens värde, som inte visas (Enter: senare)",
    "  see that Entra has the certificate of {file}: docs/exchange-online.md": (
        "  se till att Entra har certifikatet i {file}: docs/exchange-online.md"
    ),
    "  put the private key and its certificate into {file}, PEM, mode 600": (
        "  lägg den privata nyckeln och certifikatet i {file}, PEM, rättigheter 600"
    ),
    "  write the secret's value into {file}: its first line, mode 600": (
        "  skriv hemlighetens värde i {file}: på första raden, rättigheter 600"
    ),
    "Exchange's address, as https://mail.sorsele.se/EWS/Exchange.asmx": (
        "Adressen till Exchange, till exempel https://mail.sorsele.se/EWS/Exchange.asmx"
    ),
    "The service account, as SORSELE\\svc-hanvisa": "Tjänstekontot, till exempel SORSELE\\svc-hanvisa",
    "The account's password, which is not shown (Enter: later)": "Kontots lösenord, som inte visas (Enter: senare)",
    "The mailbox of a first person, yours say (Enter: none)": (
        "En första persons postlåda, din egen om du vill (Enter: ingen)"
    ),
    "Their extensions, as 4711 or 4711 oe:0701740605 (oe: a mobile extension, no spaces in it)": (
        "Anknytningarna, till exempel 4711 eller 4711 oe:0701740605 (oe: en mobilanknytning, utan mellanslag i numret)"
    ),
    "Their name": "Namnet",
    "Their department (Enter: none)": "Avdelningen (Enter: ingen)",
    "The number for callers when nobody of the department is there (Enter: none)": (
        "Numret som den som ringer får när ingen på avdelningen är på plats (Enter: inget)"
    ),
    "{problem}; {remedy}": "{problem}; {remedy}",
    "{option}: {problem}; {remedy}": "{option}: {problem}; {remedy}",
    "give {options}: nobody is asked here, see `hanvisa init -h`": (
        "ange {options}: här ställs inga frågor, se `hanvisa init -h`"
    ),
    "--password-stdin: a certificate has none; give --sign-in secret, or leave it out": (
        "--password-stdin: ett certifikat har inget; ange --sign-in secret eller utelämna det"
    ),
    "--password-stdin: nothing came on standard input; send the password there": (
        "--password-stdin: det kom inget på standard in; skicka lösenordet dit"
    ),
    "Written: {files}": "Skrivet: {files}",
    "{file} was there already, and is used as it is.": "{file} fanns redan och används som den är.",
    "What comes next:": "Det här kommer sedan:",
    "  write the password into {file}: its first line, mode 600": (
        "  skriv lösenordet i {file}: på första raden, rättigheter 600"
    ),
    "  have the calendars written into {folder}: a <mailbox>.ics each": (
        "  låt kalendrarna skrivas i {folder}: en <postlåda>.ics var"
    ),
    "  write a line for each person into {file}": "  skriv en rad för varje person i {file}",
    "  {hanvisa} check{option}  # reads every calendar; what is wrong, and what to do": (
        "  {hanvisa} check{option}  # läser varje kalender; vad som är fel och vad du gör åt det"
    ),
    "  {hanvisa} plan{option}  # which phones would be closed, and when": (
        "  {hanvisa} plan{option}  # vilka telefoner som skulle stängas, och när"
    ),
    "  {hanvisa} once{option}  # writes the referrals": "  {hanvisa} once{option}  # skriver hänvisningarna",
    "  {hanvisa} referrals --all{option}  # who is away, and who will be": (
        "  {hanvisa} referrals --all{option}  # vilka som är eller blir hänvisade"
    ),
    "  {hanvisa} run{option}  # keeps them in step; as a service: docs/admin.md": (
        "  {hanvisa} run{option}  # håller dem i takt med kalendrarna; som tjänst: docs/admin.md"
    ),
    "Made by `hanvisa init`. Every key, and what holds where it is not set: docs/reference.md": (
        "Skriven av `hanvisa init`. Alla nycklar, och vad som gäller när de inte är satta: docs/reference.md"
    ),
    "A path that does not begin with / begins in the folder of this file.": (
        "En sökväg som inte börjar med / räknas från den här filens mapp."
    ),
    "the folder with the file of the password": "mappen med lösenordets fil",
    "the folder with the file of the secret": "mappen med hemlighetens fil",
    "the folder with the file of the certificate": "mappen med certifikatets fil",
    "Exchange Online, over Microsoft Graph: docs/exchange-online.md": (
        "Exchange Online, genom Microsoft Graph: docs/exchange-online.md"
    ),
    "Directory (tenant) ID in Entra": '"Directory (tenant) ID" i Entra',
    "Application (client) ID there": '"Application (client) ID" på samma ställe',
    "a file with the private key and the certificate, PEM": "en fil med den privata nyckeln och certifikatet, PEM",
    "its value: the first line of that file": "dess värde: första raden i den filen",
    "asks each minute who has changed, instead of reading all": "frågar varje minut vilka som ändrats i stället för att läsa alla",
    "who is referred; the log, hanvisa.log, lies beside it": "hänvisningarna; loggen, hanvisa.log, ligger bredvid",
    "One organisation. More of them are more [[tenants]].": "En kommun. Fler kommuner är fler [[tenants]].",
    "keep it: the store knows the people by it": "ändra det inte: lagret känner personerna på det",
    "who has which mailbox and which extensions": "katalogen: vem som har vilken postlåda och vilka anknytningar",
    "a folder with a file <mailbox>.ics for each person": "en mapp med en fil <postlåda>.ics för varje person",
    "Exchange Server 2016, 2019 or SE: docs/exchange.md": "Exchange Server 2016, 2019 eller SE: docs/exchange.md",
    "the service account; a backslash is written twice": "tjänstekontot; omvänt snedstreck skrivs två gånger",
    "its password: the first line of that file": "dess lösenord: första raden i den filen",
    "ntlm, basic or kerberos": "ntlm, basic eller kerberos",
    "impersonation or delegate": "impersonation eller delegate",
    "the authority that signed Exchange's certificate": "utfärdaren av Exchanges certifikat",
    "only for a certificate that your own authority signed": "bara om er egen utfärdare har signerat certifikatet",
    "without encryption, for a test on this machine": "utan kryptering, för prov på den här datorn",
    "as the directory writes it": "som katalogen skriver den",
    "callers get it when nobody of the department is there": (
        "den som ringer får det när ingen på avdelningen är på plats"
    ),
    "What holds where nothing else is said: take the # away and change it.": (
        "Det här gäller om inget annat sägs: ta bort # och ändra."
    ),
    "office hours, Monday to Friday": "kontorstid, måndag till fredag",
    "false: none": "false: ingen",
    "whose holidays and telephone numbers hold": "vems helgdagar och telefonnummer som gäller",
    "numbers of the switchboard that are nobody's, as a reception's": (
        "växelns nummer som inte är någons, till exempel receptionens"
    ),
    "{file} is there already, and stays as it is: name another file with --config": (
        "{file} finns redan och får vara som den är: ange en annan fil med --config"
    ),
    "{file} is there already, and stays as it is: move it away first": (
        "{file} finns redan och får vara som den är: flytta undan den först"
    ),
    "there is no folder {folder}: make it first": "mappen {folder} finns inte: skapa den först",
    "the folder {folder} belongs to another user, who could not read what root writes there: use"
    " `sudo -u '#{owner}' hanvisa init`": (
        "mappen {folder} tillhör en annan användare, som inte kan läsa det som root skriver där: använd"
        " `sudo -u '#{owner}' hanvisa init`"
    ),
    "{file} cannot be written: {reason}; see to its folder": "{file} kan inte skrivas: {reason}; se till dess mapp",
    "{tenant}: reading the directory and the calendars": "{tenant}: läser katalogen och kalendrarna",
    "{tenant}: {number} of {of} mailboxes": "{tenant}: {number} av {of} postlådor",
    "{count} tenants": "{count} kommuner",
    "1 tenant": "1 kommun",
    "{count} mailboxes read": "{count} postlådor lästa",
    "1 mailbox read": "1 postlåda läst",
    "{tenants}, {mailboxes}, {count} not.": "{tenants}, {mailboxes}, {count} inte.",
    "{tenants}, {mailboxes}.": "{tenants}, {mailboxes}.",
    "It works until Ctrl-C. There is no log (log.file = false); warnings are shown here.": (
        "Tjänsten arbetar tills du trycker Ctrl-C. Det finns ingen logg (`log.file = false`); varningar visas här."
    ),
    "It works until Ctrl-C. The log is {file}; warnings are shown here too.": (
        "Tjänsten arbetar tills du trycker Ctrl-C. Loggen är {file}; varningar visas också här."
    ),
}
