"""What is said of a store in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "jobs cannot be given by the store {name}: {problem}": "arbeten går inte att fördela genom lagret {name}: {problem}",
    "other systems use a store in PostgreSQL only, and url in [store] names a file: `hanvisa board add-token` lets one act over HTTP": "andra system använder bara ett lager i PostgreSQL, och url i [store] anger en fil: `hanvisa board add-token` låter ett system arbeta över HTTP",
    "--role {role}: that cannot be a role here; begin with a letter, write letters, digits and _ . $ -, and not what is hanvisa's own": "--role {role}: det kan inte vara en roll här; börja med en bokstav, skriv bokstäver, siffror och _ . $ -, och inte det som är hanvisas eget",
    "say whose phones it sees and acts on: --tenant TENANT, several times where it is of several": "säg vems telefoner det ser och ändrar: --tenant KOMMUN, flera gånger om det gäller flera",
    "the certificate of {hosts} is not looked at: whoever is on the way could be the database": "certifikatet för {hosts} kontrolleras inte: den som finns på vägen kan utge sig för att vara databasen",
    "add sslmode=verify-full&sslrootcert=FILE to the address, the file with who issued it": "lägg till sslmode=verify-full&sslrootcert=FIL i adressen, filen med den som utfärdat det",
    "a dry run works on a copy of the store's file, and this one is no file: look with `hanvisa plan`": "en provkörning arbetar på en kopia av lagrets fil, och det här lagret är ingen fil: se efter med `hanvisa plan`",
    "{what} {name} answers; see to its disk where it is": "{what} {name} svarar; se till dess disk där den finns",
    "write sqlite:///hanvisa.db, or {example}": "skriv sqlite:///hanvisa.db, eller {example}",
    'take it out, write it into a file in secrets_dir, and name that: secret = "database" in [store]': 'ta bort det, skriv det i en fil i secrets_dir, och ange den: secret = "database" i [store]',
    "names a driver that hanvisa does not use": "anger en drivrutin som hanvisa inte använder",
    "has a password in it": "innehåller ett lösenord",
    "names no database": "anger ingen databas",
    "take {key} out": "ta bort {key}",
    "write several servers with ports as …@/hanvisa?host=db1:5432&host=db2:5433": "skriv flera servrar med portar som …@/hanvisa?host=db1:5432&host=db2:5433",
    "has a parameter that is not known": "har en parameter som inte är känd",
    "a store in a file has no password, and no other folder": "ett lager i en fil har inget lösenord och ingen annan mapp",
    "all of this process's connections to it are in use; try again": "alla den här processens anslutningar till det används; försök igen",
    "url in [store] begins with {kind}: a store is kept in sqlite:///… or postgresql+psycopg://…": "url i [store] börjar med {kind}: ett lager ligger i sqlite:///… eller postgresql+psycopg://…",
    "url in [store] cannot be read; write it as sqlite:///hanvisa.db or postgresql+psycopg://…": "url i [store] går inte att läsa; skriv den som sqlite:///hanvisa.db eller postgresql+psycopg://…",
    "a store in PostgreSQL needs the package psycopg, which is not installed: {error}": "ett lager i PostgreSQL behöver paketet psycopg, som inte är installerat: {error}",
    "it is no UTF-8": "den är inte UTF-8",
    "the server {host} was the primary until another took its place, and takes writes again, which would be lost: turn it off, or let it come back as a standby (docs/admin.md); where it was taken back on purpose, start hanvisa anew": "servern {host} var primär tills en annan tog dess plats, och tar emot skrivningar igen, som skulle gå förlorade: stäng av den, eller låt den komma tillbaka som standby (docs/admin.md); togs den tillbaka med avsikt, starta om hanvisa",
    "the file {file}, which secret in [store] names, cannot be read: {reason}; see that it is there and that this user may read it": "filen {file}, som secret i [store] anger, går inte att läsa: {reason}; se efter att den finns och att den här användaren får läsa den",
    "two referrals of the calendar of one subscriber and phone would overlap: nothing was written": "två hänvisningar från kalendern för samma person och telefonläge skulle överlappa: inget skrevs",
    "the server's certificate is not one that is trusted; name the issuer's file by sslrootcert in url in [store]": "serverns certifikat är inget som litas på; ange utfärdarens fil med sslrootcert i url i [store]",
    "no server answers there; see that it runs, and the host in url in [store]": "ingen server svarar där; se efter att den är igång, och värden i url i [store]",
    "none of the servers takes writes: start the primary, or have its standby promoted; it goes on by itself then": (
        "ingen av servrarna tar emot skrivningar: starta den primära, eller låt dess reservserver ta över; sedan fortsätter det av sig självt"
    ),
    "the server takes no writes (a standby?); put `target_session_attrs=read-write` into url in [store]": "servern tar inte emot skrivningar (en reservserver?); lägg `target_session_attrs=read-write` i url i [store]",
    "the server ended a transaction that stood still; try again": "servern avslutade en transaktion som stod stilla; försök igen",
    "the server ended a transaction that took too long; try again": "servern avslutade en transaktion som tog för lång tid; försök igen",
    "the server lets this role not in; see its pg_hba.conf, and the role in url in [store]": "servern släpper inte in den här rollen; se efter i dess pg_hba.conf, och rollen i url i [store]",
    "the server refused the password; see the role in url, and the file that secret in [store] names (of a store that is not in the configuration ~/.pgpass)": "servern avvisade lösenordet; se efter rollen i url, och filen som secret i [store] anger (för ett lager som inte står i konfigurationen ~/.pgpass)",
    "the server has no such database; create it, or name another one in url in [store]": "servern har ingen sådan databas; skapa den, eller ange en annan i url i [store]",
    "a pooler in between gives each transaction another session: no lock of a tenant lasts in one": "en pooler däremellan ger varje transaktion en annan session: inget lås för en kommun håller i en sådan",
    "set pool_mode = session in it, or name the server itself in url in [store]": "sätt pool_mode = session i den, eller ange servern själv i url i [store]",
    "since the server looked through {tables} (ANALYZE), as many rows have changed as are in there: it looks for rows by what was in there then": (
        "sedan servern gick igenom {tables} (ANALYZE) har lika många rader ändrats som finns där: den letar efter rader efter vad som fanns där då"
    ),
    "see that the server's autovacuum is on; `ANALYZE` in the database helps at once": "se till att serverns autovacuum är på; `ANALYZE` i databasen hjälper genast",
    "this database has a store in the schema {schemas} as well: locks and jobs are the database's, so that whoever works with one store keeps the other's hosts from it": (
        "den här databasen har ett lager även i schemat {schemas}: lås och jobb är databasens, så den som arbetar med ett lager hindrar det andras värdar"
    ),
    "give each store a database of its own: `hanvisa store copy` moves one; drop what nobody uses": "ge varje lager en egen databas: `hanvisa store copy` flyttar ett; ta bort det som ingen använder",
    "what is told on one connection is not heard on another: a pooler in between gives each transaction another session; set pool_mode = session in it, or name the server itself in url in [store]": "det som sägs på en anslutning hörs inte på en annan: en pooler däremellan ger varje transaktion en annan session; sätt pool_mode = session i den, eller ange servern själv i url i [store]",
    "another transaction came between; try again": "en annan transaktion kom emellan; försök igen",
    "another transaction stood in the way and neither could go on; try again": "en annan transaktion stod i vägen och ingen av dem kom vidare; försök igen",
    "the role may not do that; make it the owner of the database": "rollen får inte göra det; gör den till databasens ägare",
    "the server's disk is full; make room on it": "serverns disk är full; gör plats på den",
    "the server has no memory left; see to the server": "servern har inget minne kvar; se till servern",
    "the server has no connection left; raise its max_connections, or end who has them": "servern har ingen anslutning kvar; höj dess max_connections, eller avsluta dem som har dem",
    "the server broke off what took too long; try again": "servern avbröt det som tog för lång tid; försök igen",
    "the server is being shut down, or ended the connection; try again": "servern stängs ner, eller avslutade anslutningen; försök igen",
    "the server has crashed and comes back; try again": "servern har kraschat och kommer tillbaka; försök igen",
    "the server is starting or shutting down; try again": "servern startar eller stängs ner; försök igen",
    "the server ended a connection that was not used; try again": "servern avslutade en anslutning som inte användes; försök igen",
    "the server's disk does not read or write; see to the server": "serverns disk läser eller skriver inte; se till servern",
    "the database is damaged; put a backup in its place": "databasen är skadad; lägg en säkerhetskopia på dess plats",
    "PostgreSQL says {error}": "PostgreSQL säger {error}",
    "{remedy} ({words})": "{remedy} ({words})",
}
