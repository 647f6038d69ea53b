"""Of whom another source is read than before, and where a mailbox is looked for."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "Read from {source} since {since}, from another source before: nothing is removed or shortened until"
    " {readings} readings there in a row agree; {count} have.": (
        "Läses från {source} sedan {since}, från en annan källa tidigare: inget tas bort eller kortas förrän"
        " {readings} läsningar där i rad säger detsamma; {count} har gjort det."
    ),
    "Read from {source} since {since}, from {before} before: nothing is removed or shortened until {readings}"
    " readings there in a row agree; {count} have.": (
        "Läses från {source} sedan {since}, från {before} tidigare: inget tas bort eller kortas förrän {readings}"
        " läsningar där i rad säger detsamma; {count} har gjort det."
    ),
    "1 person is read from another source than before: nothing of theirs is removed or shortened until"
    " {readings} readings there in a row agree": (
        "1 person läses från en annan källa än tidigare: inget av deras tas bort eller kortas förrän {readings}"
        " läsningar där i rad säger detsamma"
    ),
    "{count} people are read from another source than before: nothing of theirs is removed or shortened until"
    " {readings} readings there in a row agree": (
        "{count} personer läses från en annan källa än tidigare: inget av deras tas bort eller kortas förrän {readings}"
        " läsningar där i rad säger detsamma"
    ),
    "  {problem}": "  {problem}",
    "1 mailbox is read from {source}": "1 postlåda läses från {source}",
    "{count} mailboxes are read from {source}": "{count} postlådor läses från {source}",
    "1 mailbox has not been read from any source yet": "1 postlåda har ännu inte lästs från någon källa",
    "{count} mailboxes have not been read from any source yet": (
        "{count} postlådor har ännu inte lästs från någon källa"
    ),
    "{problem}: {names}": "{problem}: {names}",
    "{problem}: {names} and others": "{problem}: {names} med flera",
    "mend what keeps them from being read before you take a source out of the configuration": (
        "åtgärda det som hindrar att de läses innan du tar bort en källa ur konfigurationen"
    ),
    "leave that source in the configuration: without it nobody would read them": (
        "låt den källan stå kvar i konfigurationen: utan den läser ingen dem"
    ),
    "before you take that source out, see that it stays so for a day and that everybody can be read": (
        "innan du tar bort den källan, se att det förblir så ett dygn och att alla kan läsas"
    ),
    "The calendar is read from {source}.": "Kalendern läses från {source}.",
    "{tenant}: {problem}": "{tenant}: {problem}",
    "waits: {action}": "väntar: {action}",
    "wait: `hanvisa plan` shows what waits, `hanvisa explain` says of anybody since when": (
        "vänta: `hanvisa plan` visar vad som väntar, `hanvisa explain` säger om var och en sedan när"
    ),
    "is in {found}, and the directory says {listed}": "finns i {found}, och katalogen säger {listed}",
    "write {found} into the column source, or leave it empty: the mailbox is looked for where it was, and "
    "then read where it is": (
        "skriv {found} i kolumnen source, eller lämna den tom: postlådan söks där den var, och läses sedan där den är"
    ),
    "see in Exchange and in the Microsoft 365 admin center where this mailbox is and write its address as "
    "it is there, or take the line out: {sources} say that they have no such mailbox": (
        "se i Exchange och i administrationscentret för Microsoft 365 var postlådan finns och skriv adressen som den"
        " är där, eller ta bort raden: {sources} säger att de inte har någon sådan postlåda"
    ),
    "write one of {sources} into the directory's column source": "skriv en av {sources} i katalogens kolumn source",
    "{remedy}: none is called {name}": "{remedy}: ingen heter {name}",
    "wait: the last reading of its source has not come to an end yet; if it lasts for hours, restart the service": (
        "vänta: den förra läsningen av dess källa är inte klar än; starta om tjänsten om det varar i timmar"
    ),
    "a mailbox is read from another source": "en postlåda läses från en annan källa",
    "many mailboxes are read from another source": "många postlådor läses från en annan källa",
}
