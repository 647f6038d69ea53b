"""What the operators' board says."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "is no address to listen at": "är ingen adress att lyssna på",
    'write it as "127.0.0.1:8471"': 'skriv den som "127.0.0.1:8471"',
    "is no address of a proxy": "är ingen adress till en proxy",
    'write it as "10.0.0.5" or "10.0.0.0/28"': 'skriv den som "10.0.0.5" eller "10.0.0.0/28"',
    "anybody who reaches {listen} would see and change everything": "vem som helst som når {listen} skulle kunna se och ändra allt",
    'let people sign in, or write listen = "127.0.0.1:8471"': 'låt folk logga in, eller skriv listen = "127.0.0.1:8471"',
    "certificate and key belong together": "certificate och key hör ihop",
    "write both, or neither": "skriv båda eller ingen",
    "The board is at {address}/ until Ctrl-C.": "Tavlan finns på {address}/ tills Ctrl-C.",
    "Referrals": "Hänvisningar",
    "Skip to the content": "Hoppa till innehållet",
    "Pages": "Sidor",
    "Who is away": "Vem är borta",
    "Administration": "Administration",
    "Go back to the board.": "Tillbaka till tavlan.",
    "That cannot be read": "Det går inte att läsa",
    "That is not yours to see or change": "Det har du inte rätt att se eller ändra",
    "There is no such page or person": "Det finns ingen sådan sida eller person",
    "That is too much at once": "Det är för mycket på en gång",
    "Too many attempts": "För många försök",
    "Something went wrong in hanvisa": "Något gick fel i hanvisa",
    "The store of referrals cannot be reached": "Lagret med hänvisningar går inte att nå",
    "You may be signed in as somebody else than you thought. An admin can give you the tenant.": "Du kan vara inloggad som någon annan än du tror. En administratör kan ge dig kommunen.",
    "The address may be old: search for the person anew.": "Adressen kan vara gammal: sök efter personen på nytt.",
    "Write less, and try again.": "Skriv mindre och försök igen.",
    "Wait a minute, and try again.": "Vänta en minut och försök igen.",
    "Try again. Where it stays so, tell an admin: the log has the event `bug`.": "Försök igen. Om det fortsätter, säg till en administratör: loggen har händelsen `bug`.",
    "Nothing can be shown or changed until it answers. This page tries again by itself; tell an admin.": "Inget kan visas eller ändras förrän det svarar. Sidan försöker igen av sig själv; säg till en administratör.",
}
