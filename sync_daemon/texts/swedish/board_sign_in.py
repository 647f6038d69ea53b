"""What is said of who may use the board: its users, their passwords, how they sign in."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "the board's users in {file} cannot be read: {reason}; mend the file, or move it away and add the users anew": "tavlans användare i {file} kan inte läsas: {reason}; rätta filen, eller flytta undan den och lägg till användarna på nytt",
    "it is not as `hanvisa board add-user` writes it": "den är inte som `hanvisa board add-user` skriver den",
    "the password has fewer than {least} characters: choose a longer one": "lösenordet har färre än {least} tecken: välj ett längre",
    "the password has more than {most} characters: choose a shorter one": "lösenordet har fler än {most} tecken: välj ett kortare",
    "the password is guessed at once: choose another one": "lösenordet gissas genast: välj ett annat",
}
