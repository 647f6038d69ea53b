"""What is said as the store is copied, moved, backed up and restored."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "the store {name} is being filled from {other} since {at} and is not whole yet: let `hanvisa store copy` end, or run the same command again, which goes on": "lagret {name} fylls från {other} sedan {at} och är inte helt än: låt `hanvisa store copy` bli klart, eller kör samma kommando igen, som fortsätter",
    "the store {name} was moved to {other} at {at} and is not used any more: name that one in url in [store]; to go back, `hanvisa store use` (docs/admin.md)": "lagret {name} flyttades till {other} {at} och används inte längre: ange det nya i url i [store]; för att gå tillbaka, `hanvisa store use` (docs/admin.md)",
    "it was moved, and is not written to any more; `hanvisa check` says where to": "det har flyttats, och det skrivs inte längre i det; `hanvisa check` säger vart",
    "a row of the table {table} has a value of another kind than its column: mend it first ({after})": "en rad i tabellen {table} har ett värde av annat slag än sin kolumn: rätta det först ({after})",
    "it is among the first": "den är bland de första",
    "it overlaps another referral of the calendar's of the same person and phone": "den överlappar en annan hänvisning från kalendern för samma person och telefon",
    "a text in it has the character NUL, which PostgreSQL has no place for": "en text i den har tecknet NUL, som PostgreSQL inte har plats för",
    "its values are of another kind than their columns": "dess värden är av annat slag än sina kolumner",
    "the row {key} of the table {table} cannot be written to {name}: {problem}; mend it in the store that is copied, whose row it is, and run the same command again": "raden {key} i tabellen {table} går inte att skriva till {name}: {problem}; rätta den i lagret som kopieras, vars rad det är, och kör samma kommando igen",
    "the copy differs in the table {table}: {rows} rows ({digest}) were copied and {found} ({other}) are there; somebody else has written to it: run the same command again": "kopian skiljer sig i tabellen {table}: {rows} rader ({digest}) kopierades och {found} ({other}) finns där; någon annan har skrivit i den: kör samma kommando igen",
    "there is no store at {name}: see how it is written": "det finns inget lager på {name}: se hur det är skrivet",
    "{name} is named twice: name the store, and where it is to be": "{name} anges två gånger: ange lagret, och var det ska ligga",
    "{name} was moved to {other} at {at} already: there is nothing left to do": "{name} har redan flyttats till {other} {at}: det finns inget kvar att göra",
    "there is a store at {name} already: name an empty database or a new file, or move that one away": "det finns redan ett lager på {name}: ange en tom databas eller en ny fil, eller flytta undan det",
    "the database {name} holds a table {table} that hanvisa has not made: name an empty one": "databasen {name} har en tabell {table} som hanvisa inte har gjort: ange en tom",
    "{other}, where the store was moved, cannot be asked what people have changed in it since: {problem} (with --force the old one is used all the same)": "{other}, dit lagret flyttades, går inte att fråga vad folk har ändrat i det sedan dess: {problem} (med --force används det gamla ändå)",
    "the store {name} was not moved: it can be used as it is": "lagret {name} har inte flyttats: det går att använda som det är",
    "since {at} people have made {count} changes in {other} that {name} lacks: to keep them, copy that one to a new place by `hanvisa store copy`; with --force they are left behind": "sedan {at} har folk gjort {count} ändringar i {other} som {name} saknar: för att behålla dem, kopiera det till en ny plats med `hanvisa store copy`; med --force blir de kvar där",
    "a url {problem}; {remedy}": "en url {problem}; {remedy}",
    "table": "tabell",
    "rows": "rader",
    "digest": "kontrollsumma",
    "{count} of the rows were there already, from an attempt before.": "{count} av raderna fanns där redan, från ett tidigare försök.",
    "{store} and {former} are equal: {count} rows in {tables} tables.": "{store} och {former} är lika: {count} rader i {tables} tabeller.",
    "{former} is used no more. Name the new one in url in [store], and start the service.": "{former} används inte längre. Ange det nya i url i [store], och starta tjänsten.",
    "hanvisa: {other} could not be reached ({problem}), and does not know that it is used no more: see that nothing works on it when it comes back": "hanvisa: {other} gick inte att nå ({problem}), och vet inte att det inte används längre: se till att inget arbetar med det när det kommer tillbaka",
    "{count} changes that people made since are in {other} only.": "{count} ändringar som folk har gjort sedan dess finns bara i {other}.",
    "{store} is used again. Name it in url in [store], and start the service.": "{store} används igen. Ange det i url i [store], och starta tjänsten.",
    "the store was moved": "lagret har flyttats",
    "a store that had been moved is used again": "ett lager som hade flyttats används igen",
}
