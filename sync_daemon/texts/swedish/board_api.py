"""What other systems are told over HTTP where something is wrong."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "that cannot be read": "det går inte att läsa",
    "without a token that is known: send Authorization: Bearer and the token": (
        "utan en nyckel som är känd: skicka Authorization: Bearer och nyckeln"
    ),
    "not over a line that others can read, and not for another site's page: ask over https, and from no page": (
        "inte över en ledning som andra kan läsa, och inte för en annan webbplats sida: fråga över https, och inte från en sida"
    ),
    "there is no such address: see /api/openapi.json": "det finns ingen sådan adress: se /api/openapi.json",
    "there is nothing that is asked for or done in this way: see /api/openapi.json": (
        "det finns inget att fråga efter eller göra på det sättet: se /api/openapi.json"
    ),
    "more was sent than anything here needs": "mer skickades än något här behöver",
    "what is sent must be JSON: send Content-Type: application/json": (
        "det som skickas måste vara JSON: skicka Content-Type: application/json"
    ),
    "hanvisa is not known by the name that was asked for": "hanvisa är inte känd under det namn som frågan gällde",
    "too many attempts: wait a minute": "för många försök: vänta en minut",
    "something went wrong in hanvisa; its log has the event bug": "något gick fel i hanvisa; loggen har händelsen bug",
    "the store of referrals cannot be reached: try again in some seconds": (
        "lagret med hänvisningar går inte att nå: försök igen om några sekunder"
    ),
    "what was sent is no JSON object": "det som skickades är inget JSON-objekt",
    "{field} is missing": "{field} saknas",
    "there is no field {field} here; there are {known}": "det finns inget fält {field} här; det finns {known}",
    "{field} must be a text": "{field} måste vara en text",
    "{field} is empty": "{field} är tomt",
    "{field} has more than {most} characters": "{field} har fler än {most} tecken",
    "{field} must be true or false": "{field} måste vara true eller false",
    "{field} must be one of {allowed}": "{field} måste vara något av {allowed}",
    "{field} must be a whole number from 1 to {most}": "{field} måste vara ett heltal från 1 till {most}",
    "{field} must be an object": "{field} måste vara ett objekt",
    "{field} is not as it must be": "{field} är inte som det måste vara",
    "there is no tenant {id} that this token is for": "det finns ingen kommun {id} som denna nyckel gäller för",
    "nobody whom this token is for has the extension {number}": "ingen som denna nyckel gäller för har anknytningen {number}",
}
