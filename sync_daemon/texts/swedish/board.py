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
    "The board is at http://{address}/ until Ctrl-C.": "Tavlan finns på http://{address}/ tills Ctrl-C.",
}
