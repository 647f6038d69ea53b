"""How hanvisa itself is: `status`, the mail, and what `check`, `referrals` and `notices` say of it."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "type `{command}`": "skriv `{command}`",
    "mend that and run `hanvisa check` again": "rätta det och kör `hanvisa check` igen",
    "there was no cycle yet": "inget varv har körts än",
    "there was no cycle yet: {problem}": "inget varv har körts än: {problem}",
    "run `hanvisa once`, or start the service": "kör `hanvisa once`, eller starta tjänsten",
    "{tenant} is not worked on: {problem}": "ingen arbetar med {tenant}: {problem}",
    "the same extensions stand in {first} and in {second}: {extensions}": (
        "samma anknytningar står i {first} och i {second}: {extensions}"
    ),
    "take each out of the directory whose it is not; until then who had it first keeps it, and the other one is"
    " without it, or, without any other extension, not read": (
        "ta bort var och en ur den katalog där den inte hör hemma; till dess behåller den som hade den först den, och den"
        " andra är utan, eller läses inte om det är den enda anknytningen"
    ),
    "{one} and {other}": "{one} och {other}",
    "{extension} (lines {first} and {second})": "{extension} (raderna {first} och {second})",
    "and {count} more": "och {count} till",
    "last read": "senast läst",
    "worked on by": "sköts av",
    "mailboxes": "postlådor",
    "unreadable": "oläsbara",
    "near misses": "nästan rätt",
    "held back": "hålls tillbaka",
    "next cycle": "nästa varv",
    "never": "aldrig",
    "nobody": "ingen",
    "cannot be seen": "går inte att se",
    "{at}, {duration} ago": "{at}, för {duration} sedan",
    "{at}, which is yet to come": "{at}, vilket inte har varit än",
    "{command}, process {pid} on {host}, since {since}": "{command}, process {pid} på {host}, sedan {since}",
    "{tenant}: no cycle yet: run `hanvisa once`, or start the service": (
        "{tenant}: inget varv än: kör `hanvisa once`, eller starta tjänsten"
    ),
    "{thing}: {problem}. Type `{command}`.": "{thing}: {problem}. Skriv `{command}`.",
    "The store": "Lagret",
    "The log": "Loggen",
    "{what} {file} {state}; room: {room}": "{what} {file} {state}; plats: {room}",
    "can be written": "går att skriva i",
    "cannot be written": "går inte att skriva i",
    "belongs to another user, who may be able to write it": "tillhör en annan användare, som kanske kan skriva i det",
    "{count} GB": "{count} GB",
    "{count} MB": "{count} MB",
    "Nothing is wrong.": "Inget är fel.",
    "{count} days": "{count} dagar",
    "{count} hours": "{count} timmar",
    "{count} minutes": "{count} minuter",
    "a minute": "en minut",
    "less than a minute": "mindre än en minut",
    "the store cannot be reached: {problem}": "lagret kan inte nås: {problem}",
    "the configuration was refused {at}, and the service goes on with the one before it": (
        "konfigurationen godtogs inte {at}, och tjänsten fortsätter med den föregående"
    ),
    "there is no store at {file} yet, as is right before the first `hanvisa once` or `hanvisa run`; after it, see "
    "that url in [store] is right": (
        "det finns inget lager i {file} än, som det ska vara före det första `hanvisa once` eller `hanvisa run`; "
        "efter det, se efter att url i [store] är rätt"
    ),
    "there is no store at {file}: see that url in [store] is right; move the store that you have there by "
    "`hanvisa store copy`; only where you have none, run `hanvisa once`": (
        "det finns inget lager i {file}: se till att url i [store] är rätt; flytta dit det lager ni har med "
        "`hanvisa store copy`; bara om ni inte har något, kör `hanvisa once`"
    ),
    "there is no store at {file}: see that url in [store] is right, and run `hanvisa once` or start the service": (
        "det finns inget lager i {file}: se till att url i [store] är rätt, kör `hanvisa once` eller starta tjänsten"
    ),
    "a certificate in {file} (ca_file) has ended, {at}: put the new one there": (
        "ett certifikat i {file} (ca_file) gick ut {at}: lägg dit det nya"
    ),
    "a certificate in {file} (ca_file) ends {at}: put the new one there in time": (
        "ett certifikat i {file} (ca_file) går ut {at}: lägg dit det nya i tid"
    ),
    "the certificate that {endpoint} showed last ends {at}": "certifikatet som {endpoint} visade senast går ut {at}",
    "the certificate that {endpoint} showed last has ended, {at}": (
        "certifikatet som {endpoint} visade senast gick ut {at}"
    ),
    "the certificate {file} (ca_file) cannot be read": "certifikatet {file} (ca_file) kan inte läsas",
    "the store {file} cannot be written: see to its rights, its folder's, and the disk": (
        "det går inte att skriva i lagret {file}: se över dess rättigheter, mappens och disken"
    ),
    "the log {file} cannot be written; until it can, nothing is logged": (
        "det går inte att skriva i loggen {file}; tills det går loggas ingenting"
    ),
    "the disk of {folder} has room for {megabytes} MB": "disken med {folder} har plats för {megabytes} MB",
    "the calendars were last read {at}, which is yet to come by this clock; {who}": (
        "kalendrarna lästes senast {at}, vilket enligt den här klockan inte har varit än; {who}"
    ),
    "the calendars were last read {at}, {duration} ago; {who}": (
        "kalendrarna lästes senast {at}, för {duration} sedan; {who}"
    ),
    "not all calendars have been read since {at}, for {duration}; {who}": (
        "alla kalendrar har inte lästs sedan {at}, på {duration}; {who}"
    ),
    "{tenant}: what stands here may be old: {problem}": "{tenant}: det som står här kan vara gammalt: {problem}",
    "who works on it cannot be seen": "vem som arbetar med kommunen går inte att se",
    "there was no cycle of it yet, but of others: the service may not know of it": (
        "inget varv har körts för den än, men för andra: tjänsten kanske inte känner till den"
    ),
    "nobody works on it": "ingen arbetar med kommunen",
    "`{command}`, process {pid} on {host}, has worked on it since {since}": (
        "`{command}`, process {pid} på {host}, har arbetat med kommunen sedan {since}"
    ),
    "it is not worked on: {problem}": "ingen arbetar med kommunen: {problem}",
    "`hanvisa run` has not worked on it since {at}: it could not be begun": (
        "`hanvisa run` har inte arbetat med kommunen sedan {at}: det gick inte att börja"
    ),
    "the directory {file} has not been taken into use since {at}": (
        "katalogen {file} har inte tagits i bruk sedan {at}"
    ),
    "{problem}: {reason}": "{problem}: {reason}",
    "the directory {file} cannot be read: {reason}": "katalogen {file} kan inte läsas: {reason}",
    "it is no file": "det är ingen fil",
    "the latest cycle found an error in the directory {file}": "det senaste varvet fann ett fel i katalogen {file}",
    "the latest cycle found {count} errors in the directory {file}": (
        "det senaste varvet fann {count} fel i katalogen {file}"
    ),
    "the folder of calendars {folder} is not there": "kalendermappen {folder} finns inte",
    "{count} of {mailboxes} mailbox cannot be read, since {at}": (
        "{count} av {mailboxes} postlåda kan inte läsas, sedan {at}"
    ),
    "{count} removal is held back as set {set}, since {at}": (
        "{count} borttagning hålls tillbaka som uppsättning {set}, sedan {at}"
    ),
    "{count} of {mailboxes} mailboxes cannot be read, since {at}": (
        "{count} av {mailboxes} postlådor kan inte läsas, sedan {at}"
    ),
    "{count} people who would leave are held back as set {set}, since {at}": (
        "{count} personer som skulle lämna katalogen hålls tillbaka som uppsättning {set}, sedan {at}"
    ),
    "{count} removals are held back as set {set}, since {at}": (
        "{count} borttagningar hålls tillbaka som uppsättning {set}, sedan {at}"
    ),
    "`hanvisa run` is version {running}, and {installed} is installed: start it anew": (
        "`hanvisa run` är version {running}, och {installed} är installerad: starta om tjänsten"
    ),
}
