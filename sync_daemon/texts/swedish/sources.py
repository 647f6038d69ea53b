"""Why a calendar or a secret cannot be read; of Exchange see exchange.py."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "{file}: the secret is no text in UTF-8; save it as UTF-8": "{file}: hemligheten är ingen text i UTF-8; spara "
    "den som UTF-8",
    "{file}: the secret is empty; write the password into its first line": "{file}: hemligheten är tom; skriv "
    "lösenordet på första raden",
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
    "let the service list the folder {folder}: {reason}": "låt tjänsten lista mappen {folder}: {reason}",
}
