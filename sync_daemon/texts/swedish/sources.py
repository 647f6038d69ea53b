"""Why a calendar or a secret cannot be read; of Exchange see exchange.py."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "{file}: the secret is no text in UTF-8; save it as UTF-8": "{file}: hemligheten är ingen text i UTF-8; spara "
    "den som UTF-8",
    "{file}: the secret is empty; write the password into its first line": "{file}: hemligheten är tom; skriv "
    "lösenordet på första raden",
    "{file}: the secret is empty; write the secret's Value into its first line": "{file}: hemligheten är tom; skriv "
    "hemlighetens Value på första raden",
    "{file}: the secret cannot be read ({reason}); write the secret's Value, as Entra showed it, into that file, and let "
    "the service's account read it": "{file}: hemligheten går inte att läsa ({reason}); skriv hemlighetens Value, som "
    "Entra visade det, i den filen, och låt tjänstens konto läsa den",
    "{file}: the secret cannot be read ({reason}); write the password into that file, and let the service's account "
    "read it": "{file}: hemligheten går inte att läsa ({reason}); skriv lösenordet i den filen, och låt tjänstens "
    "konto läsa den",
    "{file}: the secret is no text; save it as UTF-8": "{file}: hemligheten är ingen text; spara den som UTF-8",
    "put the calendar as {file} into {folder}: there is no such file": "lägg kalendern som {file} i {folder}: där "
    "finns ingen sådan fil",
    "keep one of {names} in {folder}: they differ in capitals only": "behåll en av {names} i {folder}: bara stora "
    "och små bokstäver skiljer dem",
    "let the service read {path}: {reason}": "låt tjänsten läsa {path}: {reason}",
    "put a file in the place of {path}: it is something else": "lägg en fil i stället för {path}: det är något annat",
    "export less of the calendar to {path}: it is larger than {most} MiB": "exportera mindre av kalendern till "
    "{path}: den är större än {most} MiB",
    "create the folder {folder}, or mend the source's folder: there is no such": (
        "skapa mappen {folder}, eller rätta källans folder: någon sådan finns inte"
    ),
    "let the service list the folder {folder}: {reason}": "låt tjänsten lista mappen {folder}: {reason}",
    "export the calendar anew to {path}: the process that read it ended ({code})": "exportera kalendern på nytt till {path}: processen som läste den tog slut ({code})",
    "look at the disk of {path}, or export less of the calendar: it was not read in {seconds} seconds": "se över disken för {path}, eller exportera mindre av kalendern: den lästes inte på {seconds} sekunder",
    "export less of the calendar to {path}: reading it took over {seconds} seconds of the processor": "exportera mindre av kalendern till {path}: att läsa den tog över {seconds} sekunders processortid",
    "export less of the calendar to {path}: reading it took over {most} MiB of memory": "exportera mindre av kalendern till {path}: att läsa den tog över {most} MiB minne",
    "look what ends the processes that read calendars: {path} could not be read": "se efter vad som avslutar processerna som läser kalendrar: {path} kunde inte läsas",
    "look why no process that reads calendars can be started: {why}": "se efter varför ingen process som läser kalendrar kan startas: {why}",
    "look why this ends at once: {command}": "se efter varför detta tar slut genast: {command}",
    "export the calendar again: it could not be read as one ({problem})": "exportera kalendern på nytt: den gick inte att läsa som en kalender ({problem})",
    "export the calendar again: the file is empty": "exportera kalendern på nytt: filen är tom",
    "export less of the calendar: the file has more than {most} lines": "exportera mindre av kalendern: filen har fler än {most} rader",
    "export the calendar again as iCalendar: the file does not begin with BEGIN:VCALENDAR": "exportera kalendern på nytt som iCalendar: filen börjar inte med BEGIN:VCALENDAR",
    "let whoever writes the file rename it into place when it is whole: it does not end with END:VCALENDAR": "låt den som skriver filen byta namn på den först när den är hel: den slutar inte med END:VCALENDAR",
    "export the calendar again as UTF-8: the file is in another encoding": "exportera kalendern på nytt som UTF-8: filen har en annan teckenkodning",
}
