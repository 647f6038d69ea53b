"""What the board says of one person, and of what is done to their phone."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "{name}, {day}": "{name}, {day}",
    "A strip of time from 00 to 24. {pieces}": "En remsa av tid från 00 till 24. {pieces}",
    "A strip of time from 00 to 24. Nothing is known that closes the phone on {day}.": "En remsa av tid från 00 till 24. Inget är känt som stänger telefonen {day}.",
    "entries": "bokningar",
    "referral": "hänvisning",
    "outside office hours": "utanför kontorstid",
    "lunch": "lunch",
    "{span}: {what}.": "{span}: {what}.",
    "{when} {command} {became}.": "{when} {command} {became}.",
    "closed: {reason}": "stängd: {reason}",
    "open: {reason}": "öppen: {reason}",
    "{span}: phone closed, {reason}. Set by {by}.": "{span}: telefonen stängd, {reason}. Satt av {by}.",
    "{span}: phone open, {reason}. Set by {by}.": "{span}: telefonen öppen, {reason}. Satt av {by}.",
    "{time}: the opening was taken back by {by}.": "{time}: öppningen togs tillbaka av {by}.",
    "{time}: the phone was opened by hand.": "{time}: telefonen öppnades för hand.",
    "{time}: the phone was opened by {by}.": "{time}: telefonen öppnades av {by}.",
}
