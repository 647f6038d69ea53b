"""Mail and heartbeat: what is wrong with their settings, and the mails themselves."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "is no mail address": "är ingen e-postadress",
    'write it as "it@sorsele.se", without a name': 'skriv den som "it@sorsele.se", utan namn',
    "is no mail server": "är ingen e-postserver",
    'write "mail.sorsele.se" or "mail.sorsele.se:587"': 'skriv "mail.sorsele.se" eller "mail.sorsele.se:587"',
    "would send the monitor's token in the clear: who reads it can say that all is well": "skulle skicka övervakningens "
    "nyckel okrypterad: den som läser den kan säga att allt är väl",
    "no sender is set": "ingen avsändare är satt",
    'add `from = "hanvisa@sorsele.se"`, an address that the mail server takes': 'lägg till `from = "hanvisa@sorsele.se"`, '
    "en adress som e-postservern tar emot",
    "no mail server is set": "ingen e-postserver är satt",
    'add smtp = "mail.sorsele.se"': 'lägg till smtp = "mail.sorsele.se"',
    "user and secret belong together": "user och secret hör ihop",
    "write both, or neither for a server without sign-in": "skriv båda, eller ingen för en server utan inloggning",
    "the password would be sent in the clear": "lösenordet skulle skickas okrypterat",
    'write security = "starttls" or "tls"': 'skriv security = "starttls" eller "tls"',
    "mail by {host} goes unencrypted, to a server that may be another": "e-post genom {host} går okrypterad, till en "
    "server som kan vara en annan",
    'write security = "starttls" where the server offers it (port 587), or "tls" (465)': 'skriv security = "starttls" '
    'där servern erbjuder det (port 587), eller "tls" (465)',
    "is set, and there is no mail server": "är satt, och det finns ingen e-postserver",
    "add [alerts] with `smtp` and `from`": "lägg till [alerts] med `smtp` och `from`",
    'the mail server {host} offers no STARTTLS: nothing was sent; write security = "tls",'
    ' or "none" on a network that you trust': (
        "e-postservern {host} erbjuder inte STARTTLS: inget skickades;"
        ' skriv security = "tls", eller "none" i ett nät som ni litar på'
    ),
    "the mail server {host} offers no sign-in: nothing was sent": "e-postservern {host} erbjuder ingen inloggning: "
    "inget skickades",
    "the mail server {host} refused the password less than an hour ago: write the right one into {file}": "e-postservern "
    "{host} nekade lösenordet för mindre än en timme sedan: skriv det rätta i {file}",
    "the mail server {host} refuses the sign-in of {user} ({code})": "e-postservern {host} nekar inloggningen för {user} "
    "({code})",
    "the mail server {host} takes no mail from {sender} ({code})": "e-postservern {host} tar inte emot e-post från "
    "{sender} ({code})",
    "the mail server {host} takes no mail for {to} ({code})": "e-postservern {host} tar inte emot e-post till {to} "
    "({code})",
    "the mail server {host} refuses the mail ({code})": "e-postservern {host} nekar mejlet ({code})",
    "the mail server {host} hung up, or did not answer in time": "e-postservern {host} lade på, eller svarade inte i tid",
    "the mail server {host} does not speak as a mail server does": "e-postservern {host} talar inte som en e-postserver",
    "the certificate of the mail server {host} does not hold ({reason})": "certifikatet för e-postservern {host} håller "
    "inte ({reason})",
    "the mail server {host}:{port} does not speak TLS there ({reason})": "e-postservern {host}:{port} talar inte TLS där "
    "({reason})",
    "the mail server {host}:{port} does not answer": "e-postservern {host}:{port} svarar inte",
    "the mail server {host}:{port} cannot be reached ({reason})": "e-postservern {host}:{port} går inte att nå "
    "({reason})",
    "the mail server {host} cannot be named or signed in to as [alerts] says": "e-postservern {host} går inte att "
    "tilltala så som [alerts] säger",
    "the calendars are read again": "kalendrarna läses igen",
    "the brake holds nothing back any more": "bromsen håller inget tillbaka längre",
    "no more than 5 % of the mailboxes are unreadable": "högst 5 % av postlådorna är oläsbara",
    "the configuration is in use": "konfigurationen används",
    "the directory is in use again": "katalogen används igen",
    "no certificate ends within 30 days any more": "inget certifikat går ut inom 30 dagar längre",
    "the store answers again": "lagret svarar igen",
    "How everything is: `hanvisa status`, on {host}.": "Hur allt står till: `hanvisa status`, på {host}.",
    "This is mailed once when it begins and once when it is over, at most once an hour of each.": "Sådant skickas en gång "
    "när det börjar och en gång när det är över, högst en gång i timmen om varje sak.",
    "This is a trial: mail from hanvisa on {host} arrives. It is no alarm.": "Detta är ett prov: e-post från hanvisa på "
    "{host} kommer fram. Det är inget larm.",
    "hanvisa: a trial": "hanvisa: provmejl",
    "hanvisa: {thing}: {problem}": "hanvisa: {thing}: {problem}",
    "hanvisa: {thing}: over: {problem}": "hanvisa: {thing}: över: {problem}",
    "hanvisa: {count} things are wrong": "hanvisa: {count} saker är fel",
    "hanvisa: {count} things are over": "hanvisa: {count} saker är över",
    "hanvisa: {begun} wrong, {over} over": "hanvisa: {begun} fel, {over} över",
    "This is wrong:": "Detta är fel:",
    "This is over:": "Detta är över:",
    "* {thing}: {problem}. Type `{command}`.": "* {thing}: {problem}. Skriv `{command}`.",
    "* {thing}: {now}. It was otherwise since {began}.": "* {thing}: {now}. Så var det inte sedan {began}.",
    "the configuration cannot be used: {problem}": "konfigurationen går inte att använda: {problem}",
    "nobody is to be mailed: name them as `to` in [alerts]": "ingen ska få e-post: ange dem som `to` i [alerts]",
    "nothing is mailed, for it cannot be kept in {file} what was: {reason}": "inget skickas, för det går inte att spara i "
    "{file} vad som har skickats: {reason}",
    "Could not be mailed to {to}: {problem}": "Kunde inte skickas till {to}: {problem}",
    "Mailed to {to}.": "Skickat till {to}.",
    "The mail to {to} was taken: {answer}": "Mejlet till {to} togs emot: {answer}",
    "The mail to {to} could not be sent: {problem}. The server said: {answer}": "Mejlet till {to} kunde inte skickas: "
    "{problem}. Servern sade: {answer}",
    "{to} is refused: mend the address in [alerts]": "{to} nekas: rätta adressen i [alerts]",
    "nothing": "ingenting",
    "its certificate does not hold, or it does not speak TLS there": "certifikatet håller inte, eller så talas inte TLS där",
    "it does not answer": "den svarar inte",
    "it cannot be reached": "den går inte att nå",
    "it answers with {code}": "den svarar med {code}",
    "{count} more are written like these.": "{count} till är skrivna likadant.",
    "Write {command} first in the subject, and the phone is closed.": "Skriv {command} först i ämnet, så stängs telefonen.",
    "Questions: {address}, or answer this mail.": "Frågor: {address}, eller svara på det här mejlet.",
    "Questions: ask the switchboard.": "Frågor: fråga växeln.",
    "A booking of yours does not close the phone": "En av dina bokningar stänger inte telefonen",
    "The booking {when} looks like a referral, but its colon is missing. The phone is open.": "Bokningen {when} ser ut som en hänvisning, men kolon saknas. Telefonen är öppen.",
    "The booking {when} looks like a referral, but its colon is another sign. The phone is open.": "Bokningen {when} ser ut som en hänvisning, men i stället för kolon står ett annat tecken. Telefonen är öppen.",
    "The booking {when} looks like a referral, but two letters of its code are swapped. The phone is open.": "Bokningen {when} ser ut som en hänvisning, men två bokstäver i koden har bytt plats. Telefonen är öppen.",
    "{weekday} {day} {month}, all day,": "{weekday} {day} {month}, hela dagen,",
    "{weekday} {day} {month} {time}": "{weekday} {day} {month} {time}",
    "Monday": "måndag",
    "Tuesday": "tisdag",
    "Wednesday": "onsdag",
    "Thursday": "torsdag",
    "Friday": "fredag",
    "Saturday": "lördag",
    "Sunday": "söndag",
    "January": "januari",
    "February": "februari",
    "March": "mars",
    "April": "april",
    "May": "maj",
    "June": "juni",
    "July": "juli",
    "August": "augusti",
    "September": "september",
    "October": "oktober",
    "November": "november",
    "December": "december",
    "nothing can be mailed: {problem}": "ingen e-post kan skickas: {problem}",
    "mend that and run `hanvisa check --mail`": "rätta det och kör `hanvisa check --mail`",
    "--mail goes with none of {options}: leave it out": "--mail går inte ihop med {options}: utelämna det",
}
