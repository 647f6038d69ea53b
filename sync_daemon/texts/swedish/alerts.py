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
}
