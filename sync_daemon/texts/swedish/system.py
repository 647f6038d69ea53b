"""What the system and the log say of files."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "No such file or directory": "filen eller mappen finns inte",
    "Permission denied": "hanvisa har inte rättighet till det",
    "Operation not permitted": "det är inte tillåtet",
    "Is a directory": "det är en mapp",
    "Not a directory": "det är ingen mapp",
    "No space left on device": "disken är full",
    "Disk quota exceeded": "diskkvoten är slut",
    "File too large": "filen är för stor",
    "Read-only file system": "disken går bara att läsa",
    "Input/output error": "disken svarar inte som den ska",
    "Too many open files": "för många öppna filer",
    "Resource temporarily unavailable": "resursen är upptagen just nu",
    "Connection timed out": "ingen svarade i tid",
    "Connection refused": "anslutningen togs inte emot",
    "cannot be read": "går inte att läsa",
    "the log file {file} may not be read; use the service's user": "loggfilen {file} får inte läsas; kör som "
    "tjänstens användare",
    "the log file {file} cannot be read: {reason}; see to it": "loggfilen {file} går inte att läsa: {reason}; se "
    "efter varför",
    "log.level is {level!r}; it must be one of {levels}": "log.level är {level!r}; det ska vara en av {levels}",
    "make its folder": "skapa dess mapp",
    "let the service's user write there": "låt tjänstens användare skriva där",
    "make room": "gör plats",
    "let the service's user rename it": "låt tjänstens användare byta namn på den",
    "take the folder away": "ta bort mappen",
    "take it away": "ta bort den",
    "move that file away": "flytta undan den filen",
    "let something read the pipe": "låt något läsa från röret",
    "{remedy}, or set log.file": "{remedy}, eller ange log.file",
    "the log cannot be written: {reason}; until it can, nothing is logged": "loggen går inte att skriva: {reason}; "
    "tills dess loggas inget",
    "see to it": "se efter varför",
}
