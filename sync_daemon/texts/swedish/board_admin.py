"""What the board's admin part says."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "Set {set}: one person would leave the directory, held since {since}.": "Uppsättning {set}: en person skulle lämna katalogen, hålls sedan {since}.",
    "Set {set}: {count} people would leave the directory, held since {since}.": "Uppsättning {set}: {count} personer skulle lämna katalogen, hålls sedan {since}.",
    "Set {set}: one removal or shortening, held since {since}.": "Uppsättning {set}: en borttagning eller förkortning, hålls sedan {since}.",
    "Set {set}: {count} removals and shortenings, held since {since}.": "Uppsättning {set}: {count} borttagningar och förkortningar, hålls sedan {since}.",
    "A part of it was approved by {by} at {at}; what is listed here joined it since.": "En del godkändes av {by} {at}; det som står här har kommit till sedan dess.",
    "Approved by {by} at {at}: it goes through at the next cycle.": "Godkänd av {by} {at}: den går igenom vid nästa varv.",
    "nobody has the number {text}, and nobody is called so": "ingen har numret {text}, och ingen heter så",
    "By what the store remembers: the calendar itself is not read here, nor what the next cycle would change. `{command}` reads it.": "Enligt det som lagret minns: själva kalendern läses inte här, och inte heller vad nästa varv skulle ändra. `{command}` läser den.",
    "asked for": "efterfrågat",
    "State": "Läge",
    "Explain": "Förklara",
    "The log of today": "Dagens logg",
    "Last read": "Senast läst",
    "Worked on by": "Sköts av",
    "Next cycle": "Nästa varv",
    "Mailboxes": "Postlådor",
    "{count}, of which {readable} can be read and {unreadable} cannot": "{count}, varav {readable} kan läsas och {unreadable} inte",
    "Held back by the brake": "Hålls tillbaka av bromsen",
    "Approve set {set}": "Godkänn uppsättning {set}",
    "Only where the calendars are as they should be: it goes through at the next cycle.": "Bara om kalendrarna är som de ska: det går igenom vid nästa varv.",
    "Mailboxes that cannot be read": "Postlådor som inte kan läsas",
    "Entries that are nearly commands": "Bokningar som nästan är kommandon",
    "only what is wrong": "bara det som är fel",
    "each line": "varje rad",
    "Show": "Visa",
    "Only the latest {count} lines are here; `hanvisa log` has them all.": "Bara de senaste {count} raderna står här; `hanvisa log` har alla.",
    "Nothing has been logged today.": "Inget har loggats i dag.",
    "Number or name": "Nummer eller namn",
    "When; left empty: now": "När; lämnas tomt: nu",
    "Several people are called so:": "Flera personer heter så:",
    "`hanvisa explain {number}` says why, and what to do": "`hanvisa explain {number}` säger varför, och vad man gör",
    "Cannot be read: {remedy}.": "Kan inte läsas: {remedy}.",
    "Cannot be read since {since}: {remedy}.": "Kan inte läsas sedan {since}: {remedy}.",
    "One entry is nearly a command.": "En bokning är nästan ett kommando.",
    "{count} entries are nearly commands.": "{count} bokningar är nästan kommandon.",
}
